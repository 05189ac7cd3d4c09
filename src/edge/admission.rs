//! From a request's facts to a verdict: no await, no store, no lock.

use std::net::IpAddr;
use std::sync::Arc;

use crate::directory::{AppEntry, LiveSession, Sighting, Snapshot};
use crate::domain::cookie::{self, Presented};
use crate::domain::{AccessMode, AppId, DeviceId, Scheme, SessionId, SessionToken, Timestamp};
use crate::policy::{Challenge, Destination, Permit, Refusal, Verdict, Visitor, decide};

use super::origin::Origin;
use super::redirect;
use super::respond::Answer;
use super::wire::{Kind, Reject, RequestHead, Target, is_reserved};
use super::worker::Worker;

/// A session's cookie is sent again on its first use in each day of its life.
const RENEW_EVERY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// What is to be done with a request.
pub(super) enum Admission {
    Forward(Permit, Arc<AppEntry>, Traveler),
    /// Another proxy forwards it: it is told who comes.
    Vouch(Permit, Arc<AppEntry>, Traveler),
    /// Another proxy is told why it must not.
    Say(Answer),
    /// A reserved path of an app.
    Reserved(Arc<AppEntry>, Traveler),
    /// The console's own address, where a member's cookie may come along.
    Console(Traveler),
    Challenge(Challenge, Arc<AppEntry>, Traveler),
    Refuse(Refusal, Arc<AppEntry>, Traveler),
    Alive,
    Ready,
    Trust,
    /// For an ACME server (RFC 8555 section 8.3).
    Proof(String),
    /// To the same page over TLS.
    Secure(String),
    UnknownHost,
}

impl Admission {
    /// The app whose address the request came to.
    pub(super) fn app(&self) -> Option<&AppEntry> {
        match self {
            Self::Forward(_, entry, _)
            | Self::Vouch(_, entry, _)
            | Self::Reserved(entry, _)
            | Self::Challenge(_, entry, _)
            | Self::Refuse(_, entry, _) => Some(entry),
            Self::Console(_) | Self::Alive | Self::Ready | Self::Trust => None,
            Self::Say(_) | Self::Proof(_) | Self::Secure(_) | Self::UnknownHost => None,
        }
    }
}

/// The visitor as known from the cookie.
#[derive(Debug)]
pub(super) struct Traveler {
    pub(super) device: DeviceId,
    /// The session cookie's session, whether it is recorded or not yet.
    pub(super) session: Option<SessionId>,
    /// A cookie to be sent with the answer.
    pub(super) set_cookie: Option<String>,
    /// A cookie came that is of no use any more.
    pub(super) stale_cookie: bool,
}

impl Traveler {
    /// On the console's address, which has no devices.
    pub(super) fn unknown() -> Self {
        Self { device: DeviceId::random(), session: None, set_cookie: None, stale_cookie: false }
    }
}

/// How the answer is going to be used (T9): `Sec-Fetch-*` first; browsers omit it on plain HTTP to a LAN address,
/// where method, `Upgrade` and `Accept` tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// A person looks at the answer, and the request may be made again.
    Navigation,
    /// A person looks at the answer, but the request carried something.
    Submission,
    Background,
}

impl Class {
    pub(super) fn of(head: &RequestHead) -> Self {
        let is_read = matches!(head.method(), "GET" | "HEAD");
        let mode = head.text(Kind::SecFetchMode);
        let is_person = match mode {
            "" => !head.upgrades && head.method() != "OPTIONS" && accepts_html(head.text(Kind::Accept)),
            "navigate" => !matches!(head.text(Kind::SecFetchDest), "serviceworker" | "empty"),
            _ => false,
        };
        match (is_person, is_read) {
            (true, true) => Self::Navigation,
            (true, false) => Self::Submission,
            (false, _) => Self::Background,
        }
    }

    pub(super) fn is_page(self) -> bool {
        self != Self::Background
    }
}

fn accepts_html(accept: &str) -> bool {
    accept
        .split(',')
        .any(|range| range.trim().split(';').next().is_some_and(|kind| kind.eq_ignore_ascii_case("text/html")))
}

/// Judges one request.
pub(super) fn admit(
    worker: &Worker,
    head: &RequestHead,
    origin: &Origin,
    redirects: bool,
) -> Result<Admission, Reject> {
    let target = head.target();
    if let Some(answer) = on_every_host(worker, target.path()) {
        return Ok(answer);
    }
    let snapshot = worker.snapshot();
    // A proxy before this one may speak TLS already.
    if redirects && origin.scheme == Scheme::Http {
        let secure = redirect::to_tls(&snapshot, &origin.authority, &target);
        return Ok(secure.map_or(Admission::UnknownHost, Admission::Secure));
    }
    let Some(destination) = route(&snapshot, origin, &target)? else { return Ok(Admission::UnknownHost) };
    let (app, prefix_length) = match destination {
        Destination::App { app, prefix_length } => (app, prefix_length),
        Destination::Console => (AppId::CONSOLE, 0),
    };
    let Some(entry) = snapshot.app(app) else { return Ok(Admission::UnknownHost) };
    let rest = target.path().get(prefix_length..).unwrap_or_default();
    let arrival = Arrival { worker, head, entry, origin };
    let (visitor, traveler) = arrival.identify();
    if is_reserved(rest) {
        return Ok(Admission::Reserved(Arc::clone(entry), traveler));
    }
    if destination == Destination::Console {
        return Ok(Admission::Console(traveler));
    }
    let entry = Arc::clone(entry);
    Ok(match decide(&entry.rules, &visitor, worker.now()) {
        Verdict::Forward(permit) => {
            worker.views.note(app, head);
            Admission::Forward(permit, entry, traveler)
        }
        Verdict::Challenge(challenge) => Admission::Challenge(challenge, entry, traveler),
        Verdict::Refuse(refusal) => Admission::Refuse(refusal, entry, traveler),
    })
}

/// What is answered without asking whose host it is.
fn on_every_host(worker: &Worker, path: &str) -> Option<Admission> {
    // Both begin with a dot, and hardly another path does.
    let dotted = path.strip_prefix("/.")?;
    if let Some(token) = dotted.strip_prefix("well-known/acme-challenge/") {
        // A token that is not ours may be one of the app's.
        return (worker.shared.acme_proof)(token).map(Admission::Proof);
    }
    match dotted.strip_prefix("millgate/")? {
        "healthz" => Some(Admission::Alive),
        "readyz" => Some(Admission::Ready),
        page if page == "trust" || page.starts_with("trust/") => {
            (worker.shared.offers_trust)().then_some(Admission::Trust)
        }
        _ => None,
    }
}

/// Finds the destination. A path that some server reads as another one must lead to the same place in every reading.
fn route(snapshot: &Snapshot, origin: &Origin, target: &Target<'_>) -> Result<Option<Destination>, Reject> {
    let place = |path: &str| {
        let found = snapshot.routes.find(&origin.authority, origin.scheme, path);
        let reserved = match found {
            Some(Destination::App { prefix_length, .. }) => is_reserved(path.get(prefix_length..).unwrap_or_default()),
            Some(Destination::Console) => is_reserved(path),
            None => false,
        };
        (found, reserved)
    };
    let as_sent = place(target.path());
    for reading in target.readings().skip(1) {
        if place(&reading) != as_sent {
            return Err(Reject::Malformed("the path can be read in two ways"));
        }
    }
    Ok(as_sent.0)
}

/// A request at an app's door.
struct Arrival<'a> {
    worker: &'a Worker,
    head: &'a RequestHead,
    entry: &'a Arc<AppEntry>,
    origin: &'a Origin,
}

impl Arrival<'_> {
    /// Who comes: by the cookie's session, by a device's own cookie, or as a stranger for this one request.
    fn identify(&self) -> (Visitor, Traveler) {
        let app = self.entry.app.id;
        let secure = self.origin.scheme == Scheme::Https;
        let name = if secure { &self.entry.secure_cookie } else { &self.entry.plain_cookie };
        let (token, stale_cookie) = match cookie::find(self.head.all(Kind::Cookie), name.as_bytes()) {
            Presented::One(token) => (token, true),
            Presented::Nothing => return self.stranger(false),
            Presented::Unusable => return self.stranger(true),
        };
        let id = token.id();
        let directory = &self.worker.shared.directory;
        if let Some(live) = directory.session(&id).filter(|live| live.app == app) {
            let visitor = directory.proven(app, &live);
            // Past its limits, a session is not seen any more: or knocking twice would bring it back to life.
            let holds = visitor.proofs.is_some_and(|proofs| self.entry.rules.hold(&proofs, self.worker.now()));
            let set_cookie = if holds { self.note_use(&token, id, &live) } else { None };
            let traveler = Traveler { device: live.device, session: Some(id), set_cookie, stale_cookie: false };
            return (visitor, traveler);
        }
        let unrecorded = self.worker.shared.devices.verify(app, &token, directory.uptime_millis());
        match unrecorded.filter(|device| directory.may_record_device(device.minted_at_millis)) {
            Some(known) => {
                self.report_device(app, id, known.device);
                let traveler =
                    Traveler { device: known.device, session: Some(id), set_cookie: None, stale_cookie: false };
                (Visitor { device: known.device, proofs: None }, traveler)
            }
            None => self.stranger(stale_cookie),
        }
    }

    /// A page that opens is worth a cookie; a script or a robot that keeps none makes nothing grow.
    fn stranger(&self, stale_cookie: bool) -> (Visitor, Traveler) {
        let app = self.entry.app.id;
        let greeted = self.entry.app.access == AccessMode::Public && Class::of(self.head) == Class::Navigation;
        let traveler = if greeted {
            let uptime = self.worker.shared.directory.uptime_millis();
            let (token, device) = self.worker.shared.devices.mint(app, uptime);
            let cookie = cookie::keep(app, self.origin.scheme == Scheme::Https, &token);
            Traveler { device, session: Some(token.id()), set_cookie: Some(cookie), stale_cookie }
        } else {
            Traveler { device: DeviceId::random(), session: None, set_cookie: None, stale_cookie }
        };
        (Visitor { device: traveler.device, proofs: None }, traveler)
    }

    /// Keeps `last_seen_at` and the cookie fresh, both rarely.
    fn note_use(&self, token: &SessionToken, id: SessionId, live: &LiveSession) -> Option<String> {
        let now = self.worker.now();
        let directory = &self.worker.shared.directory;
        if !directory.touch(&id, live, now, self.entry.rules.note_every()) {
            return None;
        }
        self.worker.shared.sightings.report(Sighting::Used { session: id, at: now });
        let day = |at: Timestamp| (at.as_millis() - live.created_at.as_millis()).div_euclid(RENEW_EVERY_MILLIS);
        let secure = self.origin.scheme == Scheme::Https;
        (day(now) != day(live.last_seen_at)).then(|| cookie::keep(live.app, secure, token))
    }

    /// Once a second at most: until the ledger has written it, every request of the device would report it.
    fn report_device(&self, app: AppId, session: SessionId, device: DeviceId) {
        let mut reported = self.worker.reported.borrow_mut();
        if reported.len() >= MAX_REPORTED || !reported.insert(session) {
            return;
        }
        let ip: IpAddr = self.origin.ip;
        let agent = self.head.text(Kind::UserAgent).chars().take(MAX_AGENT).collect();
        let at = self.worker.now();
        self.worker.shared.sightings.report(Sighting::Device { app, session, device, ip, agent, at });
    }
}

/// New devices that one worker reports in a second.
const MAX_REPORTED: usize = 4096;
/// Of a `User-Agent`, this much is kept.
const MAX_AGENT: usize = 200;
