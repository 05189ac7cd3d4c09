//! Keeping the live view true to the store. Only the ledger calls this, from one thread.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::domain::{AppUrl, Change, Key, Record, SessionGlimpse, SessionId, UserGlimpse};

use super::people::Put;
use super::snapshot::Draft;
use super::{Directory, Narrowing};

impl Directory {
    /// Fills the directory at the start. Answers nothing: there are no streams yet.
    pub fn load(&self, records: Vec<Record>) {
        let changes: Vec<Change> = records.into_iter().map(Change::Put).collect();
        self.apply(&changes);
    }

    /// Makes changes visible. `Some` when somebody may have lost a right: open streams must then be judged anew.
    pub fn apply(&self, changes: &[Change]) -> Option<Narrowing> {
        let mut draft = None;
        let mut narrowed = false;
        let mut ended = Vec::new();
        for change in changes {
            narrowed |= match change {
                Change::Put(record) => self.put(record, &mut draft),
                Change::Remove(key) => {
                    ended.extend(session_of(key));
                    self.remove(key, &mut draft)
                }
            };
        }
        if let Some(draft) = draft {
            self.publish(draft);
        }
        self.applied.fetch_add(1, Ordering::AcqRel);
        if self.changes.receiver_count() > 0 {
            // Nobody may listen any more by now.
            let _ = self.changes.send(changes.into());
        }
        narrowed.then(|| Narrowing { ended: ended.into() })
    }

    /// Moves the console; used by a reload of the config.
    pub fn move_console(&self, console: Option<AppUrl>) {
        let mut draft = Draft::of(&self.snapshot.load());
        draft.set_console(console);
        self.publish(draft);
    }

    fn publish(&self, draft: Draft) {
        let snapshot = draft.finish();
        let version = snapshot.version;
        self.snapshot.store(Arc::new(snapshot));
        self.versions.send_replace(version);
    }

    fn put(&self, record: &Record, draft: &mut Option<Draft>) -> bool {
        match record {
            Record::User(user) => {
                let put = self.people.put(UserGlimpse::from(&**user));
                if put != Put::New {
                    self.people_version.fetch_add(1, Ordering::AcqRel);
                }
                put == Put::Narrowed
            }
            Record::Registration(bond) => self.people.bind(bond),
            Record::Session(session) => self.sessions.put(SessionGlimpse::from(&**session)),
            Record::App(app) => {
                self.draft(draft).put_app(app);
                true
            }
            Record::Member(member) => {
                self.draft(draft).put_member(member);
                true
            }
            Record::Role(role) => {
                self.draft(draft).put_role(role);
                true
            }
            Record::ApiKey(key) => {
                self.draft(draft).put_key(key);
                false
            }
            Record::Workspace(workspace) => {
                self.draft(draft).put_workspace(workspace);
                false
            }
            Record::Mail(_) => {
                self.mail_came.notify_one();
                false
            }
            Record::Secrets(_)
            | Record::NamesWorkspace(..)
            | Record::NamesApp(..)
            | Record::NamesUser(..)
            | Record::Invitation(_)
            | Record::NamesInvitation(..)
            | Record::OpensInvitation(..)
            | Record::NamesFederated(..)
            | Record::Ticket(_)
            | Record::Provider(_)
            | Record::Authority(_)
            | Record::Certificate(_)
            | Record::Audit(_)
            | Record::AuditStart(_)
            | Record::Tally(_)
            | Record::AcmeAccount(_) => false,
        }
    }

    fn remove(&self, key: &Key, draft: &mut Option<Draft>) -> bool {
        match key {
            Key::User(user) => self.people.remove(*user),
            Key::Registration(app, user) => self.people.unbind(*app, *user),
            Key::Session(_, user, session) => {
                if user.is_none() {
                    self.void_unrecorded_devices();
                }
                self.sessions.remove(session);
            }
            Key::App(app) => self.draft(draft).remove_app(*app),
            Key::Workspace(workspace) => self.draft(draft).remove_workspace(*workspace),
            Key::Member(user) => self.draft(draft).remove_member(*user),
            Key::Role(role) => self.draft(draft).remove_role(*role),
            Key::ApiKey(key) => self.draft(draft).remove_key(*key),
            Key::Secrets
            | Key::WorkspaceName(_)
            | Key::AppName(..)
            | Key::Username(..)
            | Key::Invitation(..)
            | Key::InvitationFor(..)
            | Key::InviteCode(_)
            | Key::Federated(..)
            | Key::Ticket(_)
            | Key::Mail(_)
            | Key::Provider(_)
            | Key::Authority
            | Key::Certificate(..)
            | Key::Audit(_)
            | Key::Tally(..)
            | Key::AcmeAccount => return false,
        }
        true
    }

    fn draft<'a>(&self, draft: &'a mut Option<Draft>) -> &'a mut Draft {
        draft.get_or_insert_with(|| Draft::of(&self.snapshot.load()))
    }
}

fn session_of(key: &Key) -> Option<SessionId> {
    match key {
        Key::Session(_, _, session) => Some(*session),
        _ => None,
    }
}
