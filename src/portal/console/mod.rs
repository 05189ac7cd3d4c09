//! The console: where members build, see who is there and act. Server-rendered; its script only adds comfort.
//!
//! Read `member` and `place` first: who asks, and what they may touch, are what handlers take. The desk acts, and the
//! API does the same by the same verbs. How to add a page stands in `frame`.

mod apps;
mod audit;
mod errors;
mod field;
mod frame;
mod keys;
mod look;
mod mail;
mod member;
mod pager;
mod people;
mod place;
mod profile;
mod sent;
mod sheet;
mod stop;
mod upload;
mod users;
mod visited;
mod words;
mod workspaces;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use http::{Method, Request};
use tower::util::ServiceExt;

use crate::desk::{Desk, acting};
use crate::handoff::Visit;

use super::api::ApiKeys;
use super::guard;
use super::pages::{self, Answer};
use member::Member;
use stop::Stop;

/// What handlers need; a handler gets its right to touch something from `place`, not from here.
pub(super) struct Console {
    pub(super) desk: Arc<Desk>,
    /// Of the configuration, to be shown.
    keys: Arc<ApiKeys>,
    visited: visited::Visited,
}

/// The console's door: who is nobody here stays outside.
pub(super) struct Entrance {
    desk: Arc<Desk>,
    router: Router,
}

impl Entrance {
    pub(super) fn new(desk: Arc<Desk>, keys: Arc<ApiKeys>) -> Self {
        let console = Arc::new(Console { desk: Arc::clone(&desk), keys, visited: visited::Visited::default() });
        Self { desk, router: router(console) }
    }

    /// A path of the console's own address that is not reserved.
    pub(super) async fn answer(&self, request: Request<Bytes>, visit: Visit) -> Answer {
        if self.desk.directory().snapshot().staff.owners().next().is_none() {
            return pages::no_owner(&request, &visit);
        }
        let Some(member) = Member::of(&self.desk, &request, &visit) else { return pages::sign_in(&request, &visit) };
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        if !is_read && !guard::is_same_origin(request.headers(), visit.secure, &visit.host) {
            return pages::foreign_form(&request, &visit);
        }
        let actor = member.authority.actor().clone();
        let mut request = request.map(Body::from);
        request.extensions_mut().insert(visit);
        request.extensions_mut().insert(member);
        match acting::with(actor, self.router.clone().oneshot(request)).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        }
    }
}

/// Each part of the console brings its own routes.
fn router(console: Arc<Console>) -> Router {
    Router::new()
        .route("/", get(home))
        .merge(apps::routes())
        .merge(audit::routes())
        .merge(look::routes())
        .merge(users::routes())
        .merge(keys::routes())
        .merge(mail::routes())
        .merge(people::routes())
        .merge(profile::routes())
        .merge(workspaces::routes())
        .fallback(async |member: Member| member.stop(Stop::NotFound))
        .method_not_allowed_fallback(async |member: Member| member.stop(Stop::WrongMethod))
        .with_state(console)
}

/// To the apps of a workspace: where the member was last, else the first by title that they see.
async fn home(State(console): State<Arc<Console>>, member: Member) -> Answer {
    let workspaces = member.workspaces();
    let last = console.visited.last(member.id);
    let last = workspaces.iter().find(|workspace| Some(workspace.id) == last);
    match last.or(workspaces.first()) {
        Some(workspace) => pages::see_other(&format!("/w/{}/apps", workspace.name)),
        None if member.is_owner() => pages::see_other("/account/workspaces"),
        None => member.stop(Stop::NoWorkspace),
    }
}

impl IntoResponse for Stop {
    /// For extractors that fail before they know the member, which the entrance makes sure of.
    fn into_response(self) -> Answer {
        self.problem()
    }
}
