//! Live tables: what is listed elsewhere, pushed as it changes (server-sent events, WHATWG HTML section 9.2).
//!
//! A stream repeats rows exactly as the lists give them. It follows everything that is applied, gathers what concerns
//! it for a moment, and reads the rows anew; connections that open and close are looked at every other second. It ends
//! with the right of whoever asked, which is judged again each time before anything is sent.

mod app;
mod pending;
mod pulse;
mod seats;
mod wire;
mod workspace;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::Response;
use tokio::sync::broadcast::Receiver;

use crate::directory::AppEntry;
use crate::domain::Change;
use crate::portal::right::SeeUsers;
use crate::upstreams::{State as Reach, Trouble};

use super::app_view::AppView;
use super::authority::{AppGrant, Credential, Program, WorkspaceGrant};
use super::{Api, Problem};

pub(super) use pulse::{Beat, Pulse};
pub(super) use seats::Seats;
use wire::{Outlet, Place};

/// What comes within this time of a change goes out with it: a verb that ends ten sessions is one thing to look at.
const GATHER: Duration = Duration::from_millis(40);
/// Connections are counted so often.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Proxies close what is silent for a minute; some do so earlier.
const BREATHE_EVERY: Duration = Duration::from_secs(15);
/// Rows that go out at a time. What is beyond comes with the next look, or is read anew by whoever listens.
const ROWS_MOST: usize = 500;

/// What every stream needs.
struct Follower {
    api: Arc<Api>,
    credential: Credential,
    changes: Receiver<Arc<[Change]>>,
    outlet: Outlet,
}

impl Follower {
    fn put_app(&mut self, entry: &AppEntry, sessions: usize) {
        let view = AppView::of(&entry.app, &entry.workspace, self.api.desk.health());
        self.outlet.put("app", &view.with_sessions(sessions));
    }
}

/// What is told of an app's upstreams when it changes.
type Condition = Vec<(Reach, Option<Trouble>)>;

/// Who looks on wants to know soon, which `Health` takes note of.
fn condition(api: &Api, entry: &AppEntry) -> Condition {
    api.desk.health().of(&entry.app).into_iter().map(|upstream| (upstream.state, upstream.error)).collect()
}

pub(super) async fn of_app(
    State(api): State<Arc<Api>>,
    grant: AppGrant<SeeUsers>,
    asked: Asked,
) -> Result<Response, Problem> {
    let (follower, answer) = follow(api, asked)?;
    tokio::spawn(app::Stream::new(follower, &grant.entry.app).run());
    Ok(answer)
}

pub(super) async fn of_workspace(
    State(api): State<Arc<Api>>,
    grant: WorkspaceGrant,
    asked: Asked,
) -> Result<Response, Problem> {
    let (follower, answer) = follow(api, asked)?;
    tokio::spawn(workspace::Stream::new(follower, grant.workspace.id).run());
    Ok(answer)
}

/// Takes a seat and listens, before anything is read: nothing falls in between.
fn follow(api: Arc<Api>, asked: Asked) -> Result<(Follower, Response), Problem> {
    let seat = api.seats.take(asked.program.name())?;
    let directory = api.desk.directory();
    // Counted before it is listened to: at worst, who comes back reads anew without need.
    let applied = directory.applied();
    let changes = directory.changes();
    let place = Place::new(api.pulse.run(), applied);
    let is_behind =
        asked.place.is_some_and(|last| last != Place::new(api.pulse.run(), directory.applied()).to_string());
    let (outlet, answer) = wire::open(seat, place, is_behind);
    Ok((Follower { credential: asked.credential, changes, outlet, api }, answer))
}

/// Who asks, and where they were.
pub(super) struct Asked {
    program: Program,
    credential: Credential,
    /// The `id` of the last event that came through.
    place: Option<String>,
}

impl FromRequestParts<Arc<Api>> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Problem> {
        let program = Program::from_request_parts(parts, api).await?;
        let credential = parts.extensions.get::<Credential>().cloned().ok_or(Problem::Unauthorized)?;
        let mut place = parts.headers.get("Last-Event-ID").and_then(|value| value.to_str().ok()).map(str::to_owned);
        for (name, value) in url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            match &*name {
                "since" => place = place.or_else(|| Some(value.into_owned())),
                other => return Err(Problem::flaw(other, "a stream takes `since`, the `id` of an event, and no more")),
            }
        }
        Ok(Self { program, credential, place: place.filter(|place| !place.is_empty()) })
    }
}
