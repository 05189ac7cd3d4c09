//! Where a member is, and that they may do there what the handler does: the right stands in the handler's signature.
//!
//! What one may not see does not exist (404); what one sees but may not do is refused by name (403).

use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;

use crate::desk::Desk;
use crate::directory::AppEntry;
use crate::domain::{App, Permission, Revision, Workspace};
use crate::portal::pages::Answer;
use crate::portal::right::Right;

use super::Console;
use super::frame::{Frame, Nav};
use super::member::Member;
use super::stop::Stop;

/// In a workspace, with a right there.
pub(super) struct InWorkspace<R> {
    pub(super) member: Member,
    pub(super) workspace: Arc<Workspace>,
    right: PhantomData<R>,
}

/// At one app, with a right to it.
pub(super) struct InApp<R> {
    pub(super) member: Member,
    pub(super) workspace: Arc<Workspace>,
    pub(super) entry: Arc<AppEntry>,
    right: PhantomData<R>,
}

/// What belongs to the whole installation: owners only.
pub(super) struct InAccount {
    pub(super) member: Member,
}

impl<R> InWorkspace<R> {
    pub(super) fn may(&self, permission: Permission) -> bool {
        self.member.may(self.workspace.id, permission)
    }

    /// `/w/default` and what follows.
    pub(super) fn path(&self, rest: &str) -> String {
        format!("/w/{}{rest}", self.workspace.name)
    }

    pub(super) fn frame(&self, heading: impl Into<String>, here: Nav) -> Frame {
        self.member.frame(heading).in_workspace(&self.member, &self.workspace, here)
    }
}

impl<R> InApp<R> {
    pub(super) fn app(&self) -> &App {
        &self.entry.app
    }

    /// In which what a page shows was written; none, if that was changed while it was made.
    pub(super) fn revision(&self, desk: &Desk) -> Revision {
        let written = desk.app_as_written(self.entry.app.id).ok().filter(|(app, _)| *app == self.entry.app);
        written.map(|(_, revision)| revision).unwrap_or_default()
    }

    pub(super) fn may(&self, permission: Permission) -> bool {
        self.member.authority.may_app(&self.member.snapshot, &self.entry.app, permission)
    }

    /// `/w/default/apps/hmi` and what follows.
    pub(super) fn path(&self, rest: &str) -> String {
        format!("/w/{}/apps/{}{rest}", self.workspace.name, segment(&self.entry.app))
    }

    pub(super) fn frame(&self, heading: impl Into<String>) -> Frame {
        self.member.frame(heading).in_workspace(&self.member, &self.workspace, Nav::Apps)
    }
}

impl InAccount {
    pub(super) fn frame(&self, heading: impl Into<String>, here: Nav) -> Frame {
        self.member.frame(heading).in_account(&self.member, here)
    }
}

impl<R: Right> FromRequestParts<Arc<Console>> for InWorkspace<R> {
    type Rejection = Answer;

    async fn from_request_parts(parts: &mut Parts, console: &Arc<Console>) -> Result<Self, Answer> {
        let (member, workspace) = workspace(parts, console).await?;
        if member.may(workspace.id, R::PERMISSION) {
            return Ok(Self { member, workspace, right: PhantomData });
        }
        Err(member.stop(Stop::NotAllowed(R::PERMISSION)))
    }
}

impl<R: Right> FromRequestParts<Arc<Console>> for InApp<R> {
    type Rejection = Answer;

    async fn from_request_parts(parts: &mut Parts, console: &Arc<Console>) -> Result<Self, Answer> {
        let (member, workspace) = workspace(parts, console).await?;
        let name = parameter(parts, console, "app").await;
        let found = name.as_deref().and_then(|name| {
            let snapshot = &member.snapshot;
            snapshot.app_named(workspace.id, name).or_else(|| snapshot.apps.get(&name.parse().ok()?)).cloned()
        });
        let entry = found.filter(|entry| {
            entry.app.workspace == workspace.id && member.authority.sees_app(&member.snapshot, &entry.app)
        });
        let Some(entry) = entry else { return Err(member.stop(Stop::NotFound)) };
        if !member.authority.may_app(&member.snapshot, &entry.app, R::PERMISSION) {
            return Err(member.stop(Stop::NotAllowed(R::PERMISSION)));
        }
        Ok(Self { member, workspace, entry, right: PhantomData })
    }
}

impl FromRequestParts<Arc<Console>> for InAccount {
    type Rejection = Answer;

    async fn from_request_parts(parts: &mut Parts, console: &Arc<Console>) -> Result<Self, Answer> {
        let member = Member::from_request_parts(parts, console).await.map_err(Stop::problem)?;
        if member.is_owner() { Ok(Self { member }) } else { Err(member.stop(Stop::NotFound)) }
    }
}

/// What an app is called in paths: its name, unless one of our own pages has it.
pub(super) fn segment(app: &App) -> String {
    match app.name.as_str() {
        "new" | "try" => app.id.to_string(),
        name => name.to_owned(),
    }
}

/// The `{id}` of a path; one that cannot be an id names nothing.
pub(super) struct Id<T>(pub(super) T);

impl<T: std::str::FromStr> FromRequestParts<Arc<Console>> for Id<T> {
    type Rejection = Answer;

    async fn from_request_parts(parts: &mut Parts, console: &Arc<Console>) -> Result<Self, Answer> {
        let member = Member::from_request_parts(parts, console).await.map_err(Stop::problem)?;
        let text = parameter(parts, console, "id").await;
        text.and_then(|text| text.parse().ok()).map(Self).ok_or_else(|| member.stop(Stop::NotFound))
    }
}

async fn workspace(parts: &mut Parts, console: &Arc<Console>) -> Result<(Member, Arc<Workspace>), Answer> {
    let member = Member::from_request_parts(parts, console).await.map_err(Stop::problem)?;
    let name = parameter(parts, console, "workspace").await;
    let found = name.as_deref().and_then(|name| {
        let snapshot = &member.snapshot;
        snapshot.workspace_named(name).or_else(|| snapshot.workspaces.get(&name.parse().ok()?)).cloned()
    });
    let seen = found.filter(|workspace| member.authority.sees(&member.snapshot, workspace.id));
    match seen {
        Some(workspace) => {
            console.visited.note(member.id, workspace.id);
            Ok((member, workspace))
        }
        None => Err(member.stop(Stop::NotFound)),
    }
}

async fn parameter(parts: &mut Parts, console: &Arc<Console>, name: &str) -> Option<String> {
    let all = RawPathParams::from_request_parts(parts, console).await.ok()?;
    all.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}
