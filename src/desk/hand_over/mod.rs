//! One sign-in per workspace: an app takes over who somebody is from another app where the same browser is signed in.
//!
//! The browser shows the sign-in by a cookie of the other app: with the request itself where both have one host, and
//! else by going there and back. Either way a code comes of it, bound to the browser, and a click uses it.

mod codes;
mod traces;

use std::sync::Arc;

use crate::directory::{AppEntry, LiveSession};
use crate::domain::{
    AppId, Change, FlowKeyId, Guard, HandOverCode, Key, Record, Scheme, Session, SessionId, Timestamp, UserProof,
};

use super::audit::Way;
use super::entry::Entry;
use super::sign_in::ProvenUser;
use super::{Caller, Desk, EnterError, SignedIn};

use codes::{Codes, Moment};
use traces::{Trace, Traces};

#[derive(Default)]
pub(super) struct HandOvers {
    codes: Codes,
    traces: Traces,
}

/// A sign-in that may be taken over as long as it lives.
#[derive(Debug, Clone, Copy)]
struct Source {
    app: AppId,
    session: SessionId,
    proof: UserProof,
}

/// What a visitor is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOverOffer {
    /// The user name.
    pub who: String,
    /// Where that user is signed in in this browser.
    pub at: String,
}

impl Desk {
    /// The app at `to`, if sign-ins at `from` count there.
    pub fn hands_over(&self, from: AppId, to: AppId) -> Option<Arc<AppEntry>> {
        let snapshot = self.directory.snapshot();
        let (from, to) = (snapshot.app(from)?, snapshot.app(to)?);
        share(from, to).then(|| Arc::clone(to))
    }

    /// A code by which `to` takes over the sign-in of a session of `from`, in the browser that holds `key`.
    pub fn hand_over(&self, from: AppId, session: SessionId, to: AppId, key: FlowKeyId) -> Option<HandOverCode> {
        self.hands_over(from, to)?;
        let (source, _) = self.source(from, session)?;
        Some(self.hand_overs.codes.make(source, to, key, self.offer_moment()))
    }

    /// Of a browser's sessions on other apps, the one that was used last and that opens `to`.
    pub fn sign_in_to_take_over(
        &self,
        to: AppId,
        caller: &Caller,
        sessions: impl Iterator<Item = (AppId, SessionId)>,
    ) -> Option<(AppId, SessionId)> {
        let found = sessions.filter_map(|(app, session)| {
            let (source, live) = self.source(app, session)?;
            self.taken_over(to, caller, &source).ok()?;
            Some((live.last_seen_at, app, session))
        });
        found.max_by_key(|(seen, ..)| *seen).map(|(_, app, session)| (app, session))
    }

    /// What the code would do, if it still does.
    pub fn hand_over_offer(
        &self,
        to: AppId,
        caller: &Caller,
        code: &HandOverCode,
        key: Option<FlowKeyId>,
    ) -> Option<HandOverOffer> {
        let source = self.hand_overs.codes.find(code, to, key, self.offer_moment())?;
        self.taken_over(to, caller, &source).ok()?;
        let who = self.directory.person(source.proof.user)?.username().to_owned();
        let app = self.app(source.app)?;
        let at = if app.app.title.is_empty() { app.app.name.to_string() } else { app.app.title.clone() };
        Some(HandOverOffer { who, at })
    }

    /// Signs in at `to` whoever the code stands for. `LinkGone`: it is over, or belongs to another browser.
    pub async fn accept_hand_over(
        &self,
        to: AppId,
        caller: &Caller,
        code: &HandOverCode,
        key: Option<FlowKeyId>,
    ) -> Result<SignedIn, EnterError> {
        let found = self.hand_overs.codes.take(code, to, key, self.offer_moment());
        let source = found.ok_or(EnterError::LinkGone)?;
        self.enter(|| self.taken_over(to, caller, &source)).await
    }

    /// Another app where this browser may be signed in, and whose cookies do not come along to `to`.
    pub fn likely_sign_in(&self, to: AppId, caller: &Caller) -> Option<Arc<AppEntry>> {
        let snapshot = self.directory.snapshot();
        let to = snapshot.app(to)?;
        let trace = self.hand_overs.traces.trace(to.app.workspace, caller.ip, &caller.agent)?;
        let place = |app: &AppEntry| (app.app.url.scheme, app.app.url.host.clone());
        let mut likely = self.hand_overs.traces.recent(trace).filter_map(|app| snapshot.app(app));
        likely.find(|from| share(from, to) && place(from) != place(to)).cloned()
    }

    /// The browser has signed out there: it is not sent to that app any more.
    pub fn forget_sign_in(&self, app: AppId, caller: &Caller) {
        let trace = |entry: Arc<AppEntry>| self.hand_overs.traces.trace(entry.app.workspace, caller.ip, &caller.agent);
        if let Some(trace) = self.app(app).and_then(trace) {
            self.hand_overs.traces.forget(trace, app);
        }
    }

    /// A session was begun or used; what is known of its browser may bring it to other apps.
    pub(super) fn note_sign_in(&self, session: &Session) {
        if let Some((trace, app)) = session.user.and_then(|_| self.trace_of(session)) {
            self.hand_overs.traces.note(trace, app);
        }
    }

    /// The same for one that was just made.
    pub(super) fn note_entry(&self, id: &SessionId) {
        self.count_visit(id, self.clock.now());
        let live = self.directory.session(id).filter(|live| live.user.is_some());
        let key = live.map(|live| Key::Session(live.app, live.user.map(|proof| proof.user), *id));
        // Only a hint is lost when the store cannot be read.
        if let Some(Ok(Some((Record::Session(session), _)))) = key.map(|key| self.archive.get(&key)) {
            self.note_sign_in(&session);
        }
    }

    fn offer_moment(&self) -> Moment {
        Moment { clock: self.clock.now(), uptime: self.directory.uptime_millis() }
    }

    fn trace_of(&self, session: &Session) -> Option<(Trace, AppId)> {
        let entry = self.app(session.app).filter(|entry| !entry.app.keeps_apart)?;
        let trace = self.hand_overs.traces.trace(entry.app.workspace, session.ip, &session.agent)?;
        Some((trace, session.app))
    }

    /// A session that lives and knows its user.
    fn source(&self, app: AppId, session: SessionId) -> Option<(Source, LiveSession)> {
        let entry = self.app(app)?;
        let live = self.directory.session(&session).filter(|live| live.app == app)?;
        let proofs = self.directory.proven(app, &live).proofs?;
        if proofs.user.is_none() || !entry.rules.hold(&proofs, self.clock.now()) {
            return None;
        }
        Some((Source { app, session, proof: live.user? }, live))
    }

    /// Judges anew whether the source still lives and the app takes its user in, and how.
    fn taken_over(&self, to: AppId, caller: &Caller, source: &Source) -> Result<Entry, EnterError> {
        let entry = self.hands_over(source.app, to).ok_or(EnterError::LinkGone)?;
        let found = self.source(source.app, source.session).filter(|(found, _)| found.proof == source.proof);
        let (_, live) = found.ok_or(EnterError::LinkGone)?;
        let age = self.clock.now().since(live.created_at);
        if entry.rules.absolute_limit.is_some_and(|limit| age > limit) {
            return Err(EnterError::LinkGone);
        }
        let proven = ProvenUser::by(Way::HandOver, source.proof);
        let entered = self.take_in(to, caller, &proven, None)?;
        let key = Key::Session(source.app, Some(source.proof.user), source.session);
        let Entry { proposal, token } = backdated(entered, live.created_at);
        Ok(Entry { proposal: proposal.expect(Guard::Present(key)), token })
    }
}

/// Who somebody is was proven then, not now: an absolute limit counts from there, however often it is handed on.
fn backdated(mut entry: Entry, proven_at: Timestamp) -> Entry {
    let id = entry.token.id();
    for change in &mut entry.proposal.changes {
        if let Change::Put(Record::Session(session)) = change
            && session.id == id
        {
            session.created_at = session.created_at.min(proven_at);
        }
    }
    entry
}

/// Two running apps of one workspace that share sign-ins. What was shown over HTTP could be anybody's who listens, so
/// that it opens nothing behind HTTPS.
fn share(from: &AppEntry, to: &AppEntry) -> bool {
    let is_open = |app: &AppEntry| app.app.running && !app.app.keeps_apart;
    from.app.id != to.app.id
        && from.app.workspace == to.app.workspace
        && is_open(from)
        && is_open(to)
        && (from.app.url.scheme == Scheme::Https || to.app.url.scheme == Scheme::Http)
}
