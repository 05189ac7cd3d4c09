//! The API for programs, `/api/v1`: the desk's verbs as JSON over HTTP, guarded by bearer keys.

mod access_links;
mod app_fields;
mod app_moves;
mod app_view;
mod apps;
mod audit;
mod authority;
mod body;
pub(super) mod duration;
mod endpoint;
mod entries;
mod events;
mod figures;
mod health;
mod idempotency;
mod invite_view;
mod invites;
mod keys;
mod list;
mod mail;
mod me;
mod member_invites;
mod members;
mod openapi;
mod pasted;
mod problem;
mod providers;
mod qr_code;
mod rate;
mod roles;
mod routes;
mod sessions;
mod stored_keys;
mod tag;
#[cfg(test)]
mod tests;
mod user_changes;
mod user_row;
mod users;
mod workspaces;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::get;

use crate::desk::{AdminError, Desk, acting};

pub use crate::desk::Scope;
pub use keys::{ApiKey, ApiKeys};
use problem::Problem;

/// What handlers need; a handler gets its right to touch something from `authority`, not from here.
struct Api {
    desk: Arc<Desk>,
    keys: Arc<ApiKeys>,
    answers: idempotency::Answers,
    pulse: events::Pulse,
    seats: events::Seats,
}

impl Api {
    /// The identity providers of the configuration.
    fn providers(&self) -> Vec<user_row::Configured> {
        self.desk.providers().into_iter().map(|provider| (provider.id, provider.issuer)).collect()
    }
}

/// Paths begin with `/api/v1`; requests carry an `Extension<handoff::Visit>`.
pub fn router(desk: Arc<Desk>, keys: Arc<ApiKeys>) -> Router {
    let (pulse, seats) = (events::Pulse::default(), events::Seats::default());
    let api = Arc::new(Api { desk, keys, answers: idempotency::Answers::default(), pulse, seats });
    let endpoints = routes::all().into_iter();
    endpoints
        .fold(Router::new(), |router, endpoint| router.route(&endpoint.path, endpoint.router))
        .route_layer(from_fn(tag::answer))
        // The last stands before the others: who asks, how often, and whether it was asked before.
        .route_layer(from_fn_with_state(Arc::clone(&api), idempotency::once))
        .route_layer(from_fn_with_state(Arc::clone(&api), rate::limit))
        .route_layer(from_fn_with_state(Arc::clone(&api), authority::identify))
        .route(openapi::PATH, get(openapi::read))
        .fallback(async || Problem::NotFound)
        .method_not_allowed_fallback(async || Problem::MethodNotAllowed)
        .layer(map_response(never_stored))
        .with_state(api)
}

/// Work in many steps, which goes on when whoever asked for it has gone.
async fn undisturbed<T: Send + 'static>(
    work: impl Future<Output = Result<T, AdminError>> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::spawn(acting::with(acting::current(), work)).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(Problem::Unavailable),
    }
}

async fn never_stored(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
