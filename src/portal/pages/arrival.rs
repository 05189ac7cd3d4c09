//! One visitor before one app: the request, what the data plane knows of it, and the app's site.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, header};

use crate::desk::Caller;
use crate::directory::AppEntry;
use crate::domain::cookie::{self, Presented};
use crate::domain::{AppId, Language, ReturnTo, SessionId};
use crate::handoff::Visit;
use crate::policy::Challenge;

use super::form::Form;
use super::rounds::Trail;
use super::site::Site;

/// Agents are shown in lists; a longer one tells nothing more.
const MAX_AGENT: usize = 256;
/// Apps of one host that somebody is signed in to; each costs a look.
const MOST_ELSEWHERE: usize = 16;

pub(super) struct Arrival {
    pub(super) entry: Arc<AppEntry>,
    pub(super) request: Request<Bytes>,
    pub(super) visit: Visit,
    pub(super) site: Site,
}

/// What a visitor wants with a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    See,
    Send,
}

impl Arrival {
    pub(super) fn new(entry: Arc<AppEntry>, request: Request<Bytes>, visit: Visit) -> Self {
        let site = Site::new(&entry.app, &request, &visit);
        Self { entry, request, visit, site }
    }

    /// The same visitor, addressed in the language that somebody chose for them.
    pub(super) fn spoken(&self, language: Option<Language>) -> Self {
        let (entry, request, visit) = (Arc::clone(&self.entry), self.request.clone(), self.visit.clone());
        Self { entry, request, visit, site: self.site.spoken(language) }
    }

    pub(super) fn app(&self) -> AppId {
        self.entry.app.id
    }

    pub(super) fn verb(&self) -> Option<Verb> {
        match *self.request.method() {
            Method::GET | Method::HEAD => Some(Verb::See),
            Method::POST => Some(Verb::Send),
            _ => None,
        }
    }

    pub(super) fn caller(&self) -> Caller {
        let Visit { ip, device, session, .. } = self.visit;
        Caller { ip, agent: self.agent(), device, session }
    }

    pub(super) fn session(&self) -> Option<SessionId> {
        self.visit.session
    }

    pub(super) fn agent(&self) -> String {
        let agent = self.request.headers().get(header::USER_AGENT).map_or(&b""[..], |value| value.as_bytes());
        String::from_utf8_lossy(agent).chars().filter(|c| !c.is_control()).take(MAX_AGENT).collect()
    }

    /// What is known of a browser that may keep no cookies.
    pub(super) fn trail<'a>(&self, agent: &'a str, return_to: &'a ReturnTo) -> Trail<'a> {
        Trail { app: self.app(), ip: self.visit.ip, agent, return_to }
    }

    /// Where the address says that the visitor wants to go; without that, the app's start page.
    pub(super) fn return_to(&self) -> ReturnTo {
        let query = Form::query(self.request.uri().query());
        query.return_to(&self.site.prefix).unwrap_or_else(|| self.site.home())
    }

    /// The same, when the form itself may say it.
    pub(super) fn return_to_by(&self, form: &Form) -> ReturnTo {
        form.return_to(&self.site.prefix).unwrap_or_else(|| self.return_to())
    }

    /// Whether the browser sent back any cookie of the gateway.
    pub(super) fn keeps_cookies(&self) -> bool {
        self.visit.cookie_came || self.cookie_names().any(cookie::is_ours)
    }

    pub(super) fn has_cookie(&self, name: &str) -> bool {
        self.cookie_names().any(|found| found == name.as_bytes())
    }

    /// The page that meets a challenge, as a link.
    pub(super) fn gate_for(&self, challenge: Challenge, return_to: Option<&ReturnTo>) -> String {
        self.site.link(challenge.page(), return_to)
    }

    /// What came under that name.
    pub(super) fn cookie_values(&self, name: &[u8]) -> impl Iterator<Item = &[u8]> {
        self.cookies().filter(move |(found, _)| *found == name).map(|(_, value)| value)
    }

    /// The sessions on other apps whose cookies came along, because a browser keeps cookies by host. A few suffice.
    pub(super) fn sessions_elsewhere(&self) -> impl Iterator<Item = (AppId, SessionId)> {
        let apps = self.cookie_names().filter_map(cookie::owner).filter(|(app, _)| *app != self.app());
        let sessions = apps.filter_map(|(app, secure)| {
            let headers = self.request.headers().get_all(header::COOKIE).iter().map(|value| value.as_bytes());
            match cookie::find(headers, cookie::name(app, secure).as_bytes()) {
                Presented::One(token) => Some((app, token.id())),
                Presented::Nothing | Presented::Unusable => None,
            }
        });
        sessions.take(MOST_ELSEWHERE)
    }

    fn cookie_names(&self) -> impl Iterator<Item = &[u8]> {
        self.cookies().map(|(name, _)| name)
    }

    fn cookies(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let headers = self.request.headers().get_all(header::COOKIE).iter();
        headers.flat_map(|value| cookie::pairs(value.as_bytes()))
    }
}
