//! What all ways in share: the attempt under guards, and the session that success makes.

use std::time::Duration;

use crate::domain::audit::{Entry as Said, Party, PartyKind};
use crate::domain::{
    App, AppId, Guard, Key, Proposal, Record, Registration, Revision, Session, SessionToken, Timestamp, User, UserId,
    UserProof,
};
use crate::policy::Rules;
use crate::store::StoreError;

use super::{ATTEMPTS, Caller, Desk, EnterError, SignedIn, Trouble, read};

/// Sessions that one user has on one app. More browsers than anybody uses; the one unseen for longest makes room.
const SESSIONS_PER_USER: usize = 100;
/// What is kept of a browser's description; real ones are shorter.
const AGENT_MOST: usize = 300;
/// Tabs that one browser brings back together sign in one after the other: what the first of them has just got still
/// serves it when the last one arrives. Longer than ten of them take on a slow panel.
const BESIDE: Duration = Duration::from_secs(30);

/// An app as it is written now, running.
pub(super) struct OpenApp {
    pub(super) app: App,
    revision: Revision,
}

impl OpenApp {
    /// What is decided for the app holds only as long as nobody changes it.
    pub(super) fn guard(&self) -> Guard {
        Guard::At(Key::App(self.app.id), self.revision)
    }
}

/// A user as written now.
pub(super) struct Known {
    pub(super) user: User,
    pub(super) revision: Revision,
}

impl Known {
    pub(super) fn guard(&self) -> Guard {
        Guard::At(Key::User(self.user.id), self.revision)
    }
}

/// What a session is to prove.
pub(super) struct Proven {
    pub(super) user: Option<UserProof>,
    pub(super) master: Option<u32>,
    /// A display name for somebody without a user.
    pub(super) name: Option<String>,
    /// What the audit record says of it.
    pub(super) said: Said,
}

impl Desk {
    /// An app that is there and switched on, or nobody enters.
    pub(super) fn open_app(&self, id: AppId) -> Result<OpenApp, EnterError> {
        match read::app(&*self.archive, id) {
            Ok(Some((app, revision))) if app.running => Ok(OpenApp { app, revision }),
            Ok(_) => Err(EnterError::Unavailable),
            Err(error) => Err(unavailable(&error)),
        }
    }

    /// Tries until nothing changes in between. Each attempt judges anew by what it reads.
    pub(super) async fn enter(
        &self,
        mut attempt: impl FnMut() -> Result<Entry, EnterError> + Send,
    ) -> Result<SignedIn, EnterError> {
        for _ in 0..ATTEMPTS {
            let Entry { proposal, token } = attempt()?;
            match self.ledger.propose(proposal).await.map_err(Trouble::from) {
                Ok(_) => {
                    self.note_entry(&token.id());
                    return Ok(SignedIn { token });
                }
                Err(Trouble::Changed) => {}
                Err(Trouble::Failed(error)) => return Err(unavailable(&error)),
            }
        }
        Err(unavailable(&"what a sign-in depends on never stood still"))
    }

    /// Adds the caller's new session, and takes the one that it replaces, unless the same person got that a moment ago
    /// in the same browser: signing out ends both. A proof that the old session holds and the
    /// new one lacks goes over, as long as that session is still there.
    pub(super) fn seat(&self, proposal: Proposal, app: &App, caller: &Caller, proven: Proven) -> Entry {
        let token = SessionToken::random();
        let now = self.clock.now();
        let mut session = Session {
            id: token.id(),
            app: app.id,
            device: caller.device,
            user: proven.user,
            master: proven.master,
            created_at: now,
            last_seen_at: now,
            ip: caller.ip.to_canonical(),
            agent: shortened(&caller.agent),
            name: proven.name,
        };
        let said = proven.said.from(caller.ip).on(Party::new(PartyKind::Session, session.id, ""));
        let proposal = self.replace(proposal, app, caller, &mut session).record(said);
        Entry { proposal: proposal.put(Record::Session(Box::new(session))), token }
    }

    fn replace(&self, proposal: Proposal, app: &App, caller: &Caller, session: &mut Session) -> Proposal {
        let Some(old) = caller.session else { return proposal };
        let Some(live) = self.directory.session(&old).filter(|live| live.app == app.id) else { return proposal };
        let key = Key::Session(app.id, live.user.map(|proof| proof.user), old);
        let visitor = self.directory.proven(app.id, &live);
        let proofs = visitor.proofs.filter(|proofs| Rules::from(app).hold(proofs, session.created_at));
        let master = proofs.and_then(|proofs| proofs.master).filter(|version| Some(*version) == app.master_version());
        let user = live.user.filter(|_| proofs.is_some_and(|proofs| proofs.user.is_some()));
        if session.name.is_none() {
            session.name = self.directory.display_name(&old).map(|name| name.to_string());
        }
        let takes_master = session.master.is_none() && master.is_some();
        let takes_user = session.user.is_none() && user.is_some();
        let is_beside = session.user.zip(user).is_some_and(|(new, old)| new == old)
            && live.device == session.device
            && session.created_at.since(live.created_at) < BESIDE;
        session.master = session.master.or(master);
        session.user = session.user.or(user);
        if takes_user {
            // Who somebody is was proven then, not now: an absolute limit counts from there.
            session.created_at = live.created_at;
        }
        let guarded = if takes_master || takes_user { proposal.expect(Guard::Present(key.clone())) } else { proposal };
        let guarded = match user.filter(|_| takes_user) {
            Some(proof) => guarded.expect(Guard::Present(Key::Registration(app.id, proof.user))),
            None => guarded,
        };
        if is_beside { guarded } else { guarded.remove(key) }
    }

    /// Registers a user with an app, or finds them registered. Sessions of an earlier registration do not come back.
    ///
    /// The user is written again with every new registration: whoever deletes the user as nobody's must notice it.
    pub(super) fn register(
        &self,
        proposal: Proposal,
        app: &App,
        user: &User,
        invited: bool,
        bond: Option<&Registration>,
    ) -> Result<Proposal, StoreError> {
        let key = Key::Registration(app.id, user.id);
        match bond {
            Some(bond) if bond.invited || !invited => Ok(proposal.expect(Guard::Present(key))),
            Some(bond) => {
                let bond = Registration { invited, waiting: false, ..bond.clone() };
                Ok(proposal.expect(Guard::Present(key)).put(Record::Registration(bond)))
            }
            None => {
                let stale = read::sessions_of_user(&*self.archive, app.id, Some(user.id), 2 * SESSIONS_PER_USER)?;
                let proposal = stale.iter().fold(proposal, |proposal, session| proposal.remove(session.key()));
                let registered_at = self.clock.now();
                let waiting = app.approval && !invited;
                let bond = Registration { app: app.id, user: user.id, invited, registered_at, waiting };
                Ok(proposal.put(Record::User(Box::new(user.clone()))).create(Record::Registration(bond)))
            }
        }
    }

    /// Takes the sessions that a user has too many of.
    pub(super) fn make_room(&self, proposal: Proposal, mut sessions: Vec<Session>) -> Proposal {
        let excess = (sessions.len() + 1).saturating_sub(SESSIONS_PER_USER);
        if excess == 0 {
            return proposal;
        }
        sessions.sort_by_key(|session| self.last_seen(session));
        sessions.iter().take(excess).fold(proposal, |proposal, session| proposal.remove(session.key()))
    }

    pub(super) fn user_sessions(&self, app: AppId, user: UserId) -> Result<Vec<Session>, StoreError> {
        read::sessions_of_user(&*self.archive, app, Some(user), 2 * SESSIONS_PER_USER)
    }

    /// The store learns late when a session was used; the directory knows.
    pub(super) fn last_seen(&self, session: &Session) -> Timestamp {
        let live = self.directory.session(&session.id).map(|live| live.last_seen_at);
        live.unwrap_or(session.last_seen_at)
    }
}

/// A success in the making.
pub(super) struct Entry {
    pub(super) proposal: Proposal,
    pub(super) token: SessionToken,
}

pub(super) fn unavailable(error: &dyn std::fmt::Display) -> EnterError {
    tracing::error!(%error, "a visitor could not be served");
    EnterError::Unavailable
}

pub(super) fn shortened(agent: &str) -> String {
    agent.chars().filter(|c| !c.is_control()).take(AGENT_MOST).collect()
}
