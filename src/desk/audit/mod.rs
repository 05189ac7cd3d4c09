//! The audit record: what is said of each verb, how long it is kept, how it is read.
//!
//! An entry goes into the proposal that it tells of, so that both are kept or neither.

mod app_change;
mod failures;
mod read;
mod trim;

use std::fmt;
use std::time::Duration;

use crate::domain::audit::{Action, Entry, Party, PartyKind, Place};
use crate::domain::{App, AppId, DeviceId, Invitation, Key, Proposal, Record, SessionId, User, UserId, WorkspaceId};

use super::Desk;
use super::acting::{self, Who};

pub use failures::Failed;
pub(super) use failures::Failures;
pub use read::{AuditExport, AuditFilter};

/// How much of the record is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditLimits {
    pub keep: Duration,
    pub most: u64,
}

impl Default for AuditLimits {
    /// A year and the time to notice that it is over; a million entries are some 300 MB.
    fn default() -> Self {
        Self { keep: Duration::from_hours(400 * 24), most: 1_000_000 }
    }
}

impl Desk {
    /// Something that is done now, by whoever acts.
    pub(in crate::desk) fn entry(&self, action: Action) -> Entry {
        let actor = acting::current();
        let entry = Entry::new(self.clock.now(), self.party_of(&actor.who), action);
        match actor.ip {
            Some(ip) => entry.from(ip),
            None => entry,
        }
    }

    /// The same about an app.
    pub(in crate::desk) fn entry_at(&self, action: Action, app: &App) -> Entry {
        self.at_app(self.entry(action), app)
    }

    /// What somebody does themselves, at an app.
    pub(in crate::desk) fn entry_by(&self, action: Action, app: &App, party: Party) -> Entry {
        Entry { actor: party, ..self.entry_at(action, app) }
    }

    /// An app that was just made, with what matters most about it.
    pub(in crate::desk) fn made(&self, action: Action, app: &App) -> Entry {
        let entry = self.entry_at(action, app).with("title", &app.title).with("url", &app.url);
        entry.with("upstream", &app.upstream).with("access", app.access.as_str())
    }

    /// The same, about an app that may have gone meanwhile.
    pub(in crate::desk) fn entry_in(&self, action: Action, app: AppId) -> Entry {
        let entry = self.entry(action);
        match self.app(app) {
            Some(known) => self.at_app(entry, &known.app),
            None => entry,
        }
    }

    /// What somebody does about their own account, at whatever app they do it.
    pub(in crate::desk) fn entry_of(&self, action: Action, app: AppId, user: &User) -> Entry {
        Entry { actor: person(user), ..self.entry_in(action, app) }
    }

    /// What is done about a user of an app.
    pub(in crate::desk) fn entry_on_user(&self, action: Action, app: AppId, user: &User) -> Entry {
        self.entry_in(action, app).on(person(user))
    }

    /// A session that ends, whosever it is.
    pub(in crate::desk) fn entry_on_session(&self, app: AppId, session: SessionId) -> Entry {
        let entry = self.entry_in(Action::SessionEnd, app);
        let live = self.directory.session(&session);
        let holder = live.map(|live| self.holder_of(app, live.user.map(|proof| proof.user), live.device));
        let name = holder.map(|holder| if holder.name.is_empty() { holder.id } else { holder.name });
        entry.on(Party::new(PartyKind::Session, session, name.unwrap_or_default()))
    }

    /// An invitation to an app; one to the console makes a member.
    pub(in crate::desk) fn entry_on_invite(&self, action: Action, app: &App, invitation: &Invitation) -> Entry {
        let action = match action {
            Action::InviteCreate if app.id == AppId::CONSOLE => Action::MemberInvite,
            other => other,
        };
        self.entry_at(action, app).on(invite(invitation))
    }

    pub(in crate::desk) fn in_workspace(&self, entry: Entry, workspace: WorkspaceId) -> Entry {
        if workspace == WorkspaceId::ACCOUNT {
            return entry;
        }
        let snapshot = self.directory.snapshot();
        let name = snapshot.workspaces.get(&workspace).map(|workspace| workspace.name.to_string());
        Entry { workspace: Some(Place::new(workspace, name.unwrap_or_default())), ..entry }
    }

    fn at_app(&self, entry: Entry, app: &App) -> Entry {
        // The console is the account's own.
        if app.id == AppId::CONSOLE {
            return entry;
        }
        let entry = self.in_workspace(entry, app.workspace);
        Entry { app: Some(Place::new(app.id, &app.name)), ..entry }
    }

    fn party_of(&self, who: &Who) -> Party {
        match who {
            Who::Machine => Party::machine(),
            Who::Visitor => Party::stranger(),
            Who::Member(user) => Party::new(PartyKind::Member, user, self.username_of(*user)),
            Who::Key(id) => {
                let snapshot = self.directory.snapshot();
                let name = snapshot.staff.keys.get(id).map(|key| key.name.clone());
                Party::new(PartyKind::Key, id, name.unwrap_or_default())
            }
            Who::ConfigKey { name, .. } => Party::new(PartyKind::ConfigKey, "", name),
        }
    }

    /// Whoever has a session, as far as the live view knows them.
    pub(in crate::desk) fn holder_of(&self, app: AppId, user: Option<UserId>, device: DeviceId) -> Party {
        match user {
            Some(user) if app == AppId::CONSOLE => Party::new(PartyKind::Member, user, self.username_of(user)),
            Some(user) => Party::new(PartyKind::User, user, self.username_of(user)),
            None => Party::new(PartyKind::Device, device, ""),
        }
    }

    fn username_of(&self, user: UserId) -> String {
        self.directory.person(user).map(|person| person.username().to_owned()).unwrap_or_default()
    }

    /// Says something that changes nothing else, when there is time. Lost when the ledger is overrun.
    pub(in crate::desk) fn note(&self, entry: Entry) {
        if !self.ledger.propose_later(Proposal::new().record(entry)) {
            tracing::warn!("an entry of the audit record was dropped: too much is waiting to be written");
        }
    }
}

/// A user; in the account realm, a member.
pub(in crate::desk) fn person(user: &User) -> Party {
    let kind = if user.workspace == WorkspaceId::ACCOUNT { PartyKind::Member } else { PartyKind::User };
    Party::new(kind, user.id, &user.username)
}

pub(in crate::desk) fn invite(invitation: &Invitation) -> Party {
    Party::new(PartyKind::Invite, invitation.id, &invitation.username)
}

/// Whether a user's names or rights to come in differ, as an entry says it.
pub(in crate::desk) fn user_changes(entry: Entry, before: &User, after: &User) -> Entry {
    entry
        .changed("username", &before.username, &after.username)
        .changed("email_verified", before.email_verified, after.email_verified)
        .changed("given_name", &before.given_name, &after.given_name)
        .changed("family_name", &before.family_name, &after.family_name)
        .changed("suspended", before.suspended, after.suspended)
}

pub(in crate::desk) use app_change::app_changes;

/// How somebody came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::desk) enum Way<'a> {
    Password,
    Provider(&'a crate::domain::Slug),
    /// By being signed in to another app.
    HandOver,
    ResetLink,
}

impl fmt::Display for Way<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password => f.write_str("password"),
            Self::Provider(id) => f.write_str(id.as_str()),
            Self::HandOver => f.write_str("other-app"),
            Self::ResetLink => f.write_str("reset-link"),
        }
    }
}

/// The record's own key.
pub(in crate::desk) fn index_of(record: &Record) -> Option<u64> {
    match record.key() {
        Key::Audit(index) => Some(index),
        _ => None,
    }
}
