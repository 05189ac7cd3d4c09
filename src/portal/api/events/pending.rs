//! What has changed of an app and was not told yet.

use std::collections::{HashMap, HashSet};

use crate::directory::Directory;
use crate::domain::{App, AppId, Change, InvitationId, Key, MailId, Record, SessionId, UserId};

/// Ids only: rows are read when they are sent.
#[derive(Default)]
pub(super) struct Pending {
    /// Whose rows are to be read anew.
    pub(super) users: HashSet<UserId>,
    /// … and with them all their sessions, which are worth something else now.
    pub(super) changed_users: HashSet<UserId>,
    pub(super) sessions: HashSet<SessionId>,
    pub(super) invitations: HashSet<InvitationId>,
    pub(super) app: bool,
    /// More than rows can tell.
    pub(super) everything: bool,
    /// The letters on their way, by what they carry: when one has gone, only its own id is told.
    letters: HashMap<MailId, InvitationId>,
    /// What rows depend on beside their own records.
    rules: Option<(bool, Option<u32>)>,
}

impl Pending {
    pub(super) fn of(app: &App) -> Self {
        Self { rules: Some(rules(app)), ..Self::default() }
    }

    pub(super) fn note(&mut self, app: AppId, changes: &[Change], directory: &Directory) {
        for change in changes {
            match change {
                Change::Put(record) => self.note_put(app, record, directory),
                Change::Remove(key) => self.note_removal(app, key),
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.users.len() + self.changed_users.len() + self.sessions.len() + self.invitations.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0 && !self.app && !self.everything
    }

    /// What is to be told now; letters and rules are still needed afterwards.
    pub(super) fn take(&mut self) -> Self {
        let (letters, rules) = (std::mem::take(&mut self.letters), self.rules);
        std::mem::replace(self, Self { letters, rules, ..Self::default() })
    }

    fn note_put(&mut self, app: AppId, record: &Record, directory: &Directory) {
        match record {
            Record::User(user) => {
                let is_ours = directory.person(user.id).is_some_and(|person| person.invited_to(app).is_some());
                self.changed_users.extend(is_ours.then_some(user.id));
            }
            Record::Registration(bond) if bond.app == app => {
                self.changed_users.insert(bond.user);
            }
            Record::Session(session) if session.app == app => {
                self.sessions.insert(session.id);
                self.users.extend(session.user.map(|proof| proof.user));
            }
            Record::Invitation(invitation) if invitation.app == app => {
                self.invitations.insert(invitation.id);
                self.letters.extend(invitation.mail.map(|mail| (mail, invitation.id)));
            }
            Record::Mail(mail) => self.invitations.extend(self.letters.get(&mail.id)),
            Record::App(changed) if changed.id == app => {
                self.app = true;
                self.everything |= self.rules.replace(rules(changed)) != self.rules;
            }
            _ => {}
        }
    }

    fn note_removal(&mut self, app: AppId, key: &Key) {
        match key {
            Key::Registration(of, user) if *of == app => {
                self.changed_users.insert(*user);
            }
            Key::Session(of, user, session) if *of == app => {
                self.sessions.insert(*session);
                self.users.extend(*user);
            }
            Key::Invitation(of, invitation) if *of == app => {
                self.invitations.insert(*invitation);
            }
            Key::Mail(mail) => self.invitations.extend(self.letters.remove(mail)),
            _ => {}
        }
    }
}

/// Who waits depends on whether the app asks for approval, and proofs on its master password.
fn rules(app: &App) -> (bool, Option<u32>) {
    (app.approval, app.master_version())
}
