//! Who is at the console: a signed-in member, how far their rights go, and how they like to be addressed.

use std::convert::Infallible;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{Request, header};

use crate::desk::{Authority, Caller, Desk};
use crate::directory::Snapshot;
use crate::domain::{Language, Permission, ReturnTo, SessionId, Theme, Timestamp, UserId, Workspace, WorkspaceId};
use crate::handoff::Visit;
use crate::portal::pages::{Answer, Form, language};

use super::Console;
use super::frame::Frame;
use super::stop::Stop;
use super::words::{Shell, shell};

/// Taken by every handler. What it knows is of one moment: that in which the request came.
#[derive(Clone)]
pub(super) struct Member(Arc<Seat>);

pub(super) struct Seat {
    pub(super) authority: Authority,
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) now: Timestamp,
    pub(super) id: UserId,
    pub(super) session: SessionId,
    /// The address, or the user name of who has none.
    pub(super) username: String,
    /// As people are called; the user name of who gave no name.
    pub(super) name: String,
    pub(super) language: Language,
    pub(super) theme: Option<Theme>,
    /// With query, as it was asked for.
    pub(super) path: String,
    /// What was just done, by the name that the page before gave it: `?done=saved`.
    pub(super) done: String,
}

impl Deref for Member {
    type Target = Seat;

    fn deref(&self) -> &Seat {
        &self.0
    }
}

impl Member {
    /// `None` for everybody whom the console does not let in.
    pub(super) fn of<T>(desk: &Desk, request: &Request<T>, visit: &Visit) -> Option<Self> {
        let session = visit.session?;
        let authority = desk.authority_of_session(&session, visit.device, visit.ip)?;
        let directory = desk.directory();
        let snapshot = directory.snapshot();
        let crate::desk::acting::Who::Member(id) = authority.actor().who else { return None };
        let person = directory.person(id)?;
        let record = snapshot.staff.members.get(&id);
        let name = [person.given_name(), person.family_name()].join(" ").trim().to_owned();
        let name = if name.is_empty() { person.username().to_owned() } else { name };
        let chosen = record.and_then(|member| member.language).unwrap_or_else(|| by_browser(request));
        Some(Self(Arc::new(Seat {
            theme: record.and_then(|member| member.theme),
            language: chosen,
            username: person.username().to_owned(),
            name,
            id,
            session,
            now: desk.clock().now(),
            path: request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned(),
            done: Form::query(request.uri().query()).text("done").to_owned(),
            authority,
            snapshot,
        })))
    }

    pub(super) fn words(&self) -> &'static Shell {
        shell(self.language)
    }

    /// Whether the whole installation is theirs.
    pub(super) fn is_owner(&self) -> bool {
        self.authority.is_owner(&self.snapshot)
    }

    pub(super) fn may(&self, workspace: WorkspaceId, permission: Permission) -> bool {
        self.authority.may(&self.snapshot, workspace, permission)
    }

    /// What they see, by title.
    pub(super) fn workspaces(&self) -> Vec<Arc<Workspace>> {
        let all = self.snapshot.workspaces.values();
        let mut seen: Vec<_> = all.filter(|one| self.authority.sees(&self.snapshot, one.id)).cloned().collect();
        seen.sort_by_key(|workspace| (workspace.title.to_lowercase(), workspace.id));
        seen
    }

    /// The frame of a page that belongs to no workspace; `place::InWorkspace` has the other.
    pub(super) fn frame(&self, heading: impl Into<String>) -> Frame {
        Frame::new(self, heading.into())
    }

    /// A page that says why not.
    pub(super) fn stop(&self, stop: Stop) -> Answer {
        stop.answer(self)
    }

    /// Where to go after a form that stands on many pages: its `return_to`, or the start.
    pub(super) fn return_to(form: &Form) -> ReturnTo {
        form.return_to("").unwrap_or_else(|| ReturnTo::home(""))
    }
}

/// For verbs that ask who calls.
pub(super) fn caller(parts: &Parts) -> Option<Caller> {
    let visit = parts.extensions.get::<Visit>()?;
    let agent = parts.headers.get(header::USER_AGENT).map_or(&b""[..], |value| value.as_bytes());
    let agent = String::from_utf8_lossy(agent).chars().filter(|c| !c.is_control()).take(256).collect();
    Some(Caller { ip: visit.ip, agent, device: visit.device, session: visit.session })
}

fn by_browser<T>(request: &Request<T>) -> Language {
    let accept = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    language::negotiate(accept.unwrap_or_default())
}

impl FromRequestParts<Arc<Console>> for Member {
    type Rejection = Stop;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Console>) -> Result<Self, Stop> {
        parts.extensions.get::<Self>().cloned().ok_or(Stop::Unavailable)
    }
}

/// The query of the page's address.
impl FromRequestParts<Arc<Console>> for Form {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Console>) -> Result<Self, Infallible> {
        Ok(Self::query(parts.uri.query()))
    }
}
