//! The API for programs, `/api/v1`: the desk's verbs as JSON over HTTP, guarded by bearer keys.

mod access_links;
mod app_fields;
mod app_view;
mod apps;
mod authority;
mod body;
mod duration;
mod keys;
mod list;
mod problem;
mod providers;
mod sessions;
#[cfg(test)]
mod tests;
mod users;
mod workspaces;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::{get, post};

use crate::desk::Desk;

pub use keys::{ApiKey, ApiKeys, Scope};
use problem::Problem;

/// What handlers need; a handler gets its right to touch something from `authority`, not from here.
struct Api {
    desk: Arc<Desk>,
    keys: Arc<ApiKeys>,
}

/// Paths begin with `/api/v1`; requests carry an `Extension<handoff::Visit>`.
pub fn router(desk: Arc<Desk>, keys: Arc<ApiKeys>) -> Router {
    const APP: &str = "/api/v1/workspaces/{workspace}/apps/{app}";
    let below = |rest: &str| format!("{APP}{rest}");
    Router::new()
        .route("/api/v1/providers", get(providers::list))
        .route("/api/v1/workspaces", get(workspaces::list))
        .route("/api/v1/workspaces/{workspace}", get(workspaces::read))
        .route("/api/v1/workspaces/{workspace}/apps", get(apps::list).post(apps::create))
        .route(APP, get(apps::read).patch(apps::change).delete(apps::delete))
        .route(&below("/users"), get(users::list))
        .route(&below("/users/{id}"), get(users::read).delete(users::deregister))
        .route(&below("/sessions"), get(sessions::list))
        .route(&below("/sessions/{id}"), get(sessions::read).delete(sessions::end))
        .route(&below("/access-links"), post(access_links::create))
        .fallback(async || Problem::NotFound)
        .method_not_allowed_fallback(async || Problem::MethodNotAllowed)
        .layer(axum::middleware::map_response(never_stored))
        .with_state(Arc::new(Api { desk, keys }))
}

async fn never_stored(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
