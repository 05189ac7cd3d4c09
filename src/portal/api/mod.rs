//! The API for programs, `/api/v1`: the desk's verbs as JSON over HTTP, guarded by bearer keys.

mod access_links;
mod app_fields;
mod app_moves;
mod app_view;
mod apps;
mod authority;
mod body;
mod duration;
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
pub(in crate::portal) mod pasted;
mod problem;
mod providers;
mod qr_code;
mod rate;
mod roles;
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
use axum::routing::{delete, get, post, put};

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
    routes()
        .route_layer(from_fn(tag::answer))
        // The last stands before the others: who asks, how often, and whether it was asked before.
        .route_layer(from_fn_with_state(Arc::clone(&api), idempotency::once))
        .route_layer(from_fn_with_state(Arc::clone(&api), rate::limit))
        .route_layer(from_fn_with_state(Arc::clone(&api), authority::identify))
        .fallback(async || Problem::NotFound)
        .method_not_allowed_fallback(async || Problem::MethodNotAllowed)
        .layer(map_response(never_stored))
        .with_state(api)
}

/// Everything that is for programs with a key.
fn routes() -> Router<Arc<Api>> {
    const APP: &str = "/api/v1/workspaces/{workspace}/apps/{app}";
    let below = |rest: &str| format!("{APP}{rest}");
    Router::new()
        .route("/api/v1/providers", get(providers::list))
        .route("/api/v1/apps", get(apps::list_all))
        .route("/api/v1/workspaces", get(workspaces::list).post(workspaces::create))
        .route(
            "/api/v1/workspaces/{workspace}",
            get(workspaces::read).patch(workspaces::change).delete(workspaces::delete),
        )
        .route("/api/v1/me", get(me::read).patch(me::change))
        .route("/api/v1/members", get(members::list).post(member_invites::create))
        .route("/api/v1/members/{id}", get(members::read).patch(members::change).delete(members::remove))
        .route("/api/v1/members/{id}/roles/{workspace}", put(members::assign).delete(members::unassign))
        .route("/api/v1/members/invites", get(member_invites::list))
        .route("/api/v1/members/invites/{id}", get(member_invites::read).delete(member_invites::withdraw))
        .route("/api/v1/members/invites/{id}/renew", post(member_invites::renew))
        .route("/api/v1/roles", get(roles::list).post(roles::create))
        .route("/api/v1/roles/{id}", get(roles::read).patch(roles::change).delete(roles::delete))
        .route("/api/v1/keys", get(stored_keys::list).post(stored_keys::create))
        .route("/api/v1/keys/{id}", get(stored_keys::read).patch(stored_keys::change).delete(stored_keys::delete))
        .route("/api/v1/workspaces/{workspace}/apps", get(apps::list).post(apps::create))
        .route(APP, get(apps::read).patch(apps::change).delete(apps::delete))
        .route("/api/v1/workspaces/{workspace}/events", get(events::of_workspace))
        .route(&below("/events"), get(events::of_app))
        .route(&below("/figures"), get(figures::read))
        .route(&below("/users"), get(users::list).post(user_changes::create))
        .route(&below("/users/{id}"), get(users::read).patch(user_changes::change).delete(users::deregister))
        .route(&below("/users/{id}/approve"), post(user_changes::approve))
        .route(&below("/users/{id}/reset-link"), post(user_changes::reset_link))
        .route(&below("/users/{id}/sign-out"), post(user_changes::sign_out))
        .route(&below("/sessions"), get(sessions::list))
        .route(&below("/sessions/{id}"), get(sessions::read).delete(sessions::end))
        .route(&below("/access-links"), post(access_links::create))
        .route(&below("/invites"), get(invites::list).post(invites::create))
        .route(&below("/invites/{id}"), get(invites::read).delete(invites::withdraw))
        .route(&below("/invites/{id}/renew"), post(invites::renew))
        .route(&below("/copy"), post(app_moves::copy))
        .route(&below("/move"), post(app_moves::relocate))
        .route(&below("/qr.svg"), get(qr_code::of_app))
        .route(&below("/probe"), post(health::probe_app))
        .route("/api/v1/workspaces/{workspace}/probe", post(health::probe_address))
        .route("/api/v1/mail", get(mail::list))
        .route("/api/v1/mail/test", post(mail::test))
        .route("/api/v1/mail/{id}", delete(mail::delete))
        .route("/api/v1/mail/{id}/retry", post(mail::retry))
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
