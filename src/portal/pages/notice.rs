//! Pages that ask for nothing, and the same as problems for programs (RFC 9457).

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::domain::Language;
use crate::handoff::Notice;
use crate::policy::{Challenge, Refusal};
use crate::portal::whole_seconds;

use super::answer::{self, Answer, Headers};
use super::arrival::Arrival;
use super::site::Site;
use super::views::{Action, Link, NoticePage, Watch};
use super::words::{Notices, Said, words};

/// How soon a visitor of a stopped app asks again, in seconds: soon for a person, seldom for a gateway of thousands.
const STOPPED_SECONDS: u64 = 15;
/// How soon somebody who waits for approval asks again, in seconds: they sit before the page.
const WAITING_SECONDS: u64 = 3;
const OVERLOADED: Duration = Duration::from_secs(5);

/// What is to be told, in every form that it takes.
pub(super) struct Outcome {
    pub(super) status: StatusCode,
    /// The last part of the problem's type.
    pub(super) code: &'static str,
    pub(super) said: fn(&Notices) -> &Said,
}

macro_rules! outcomes {
    ($($name:ident = $status:ident $code:literal $said:ident;)+) => {$(
        pub(super) const $name: Outcome =
            Outcome { status: StatusCode::$status, code: $code, said: |notices| &notices.$said };
    )+};
}

outcomes! {
    NOT_INVITED = FORBIDDEN "not-invited" not_invited;
    SIGN_UP_CLOSED = FORBIDDEN "sign-up-closed" sign_up_closed;
    INVITE_GONE = GONE "invite-gone" invite_gone;
    LINK_GONE = GONE "link-gone" link_gone;
    WAITING = FORBIDDEN "waiting" waiting;
    STOPPED = SERVICE_UNAVAILABLE "app-stopped" stopped;
    BAD_GATEWAY = BAD_GATEWAY "bad-gateway" bad_gateway;
    GATEWAY_TIMEOUT = GATEWAY_TIMEOUT "gateway-timeout" gateway_timeout;
    IS_OVERLOADED = SERVICE_UNAVAILABLE "overloaded" overloaded;
    UNAVAILABLE = SERVICE_UNAVAILABLE "unavailable" overloaded;
    SIGN_IN_REQUIRED = UNAUTHORIZED "sign-in-required" not_sent;
    NOT_SIGNED_IN = UNAUTHORIZED "sign-in-required" not_signed_in;
    COOKIES = OK "cookies" cookies;
    NOT_FOUND = NOT_FOUND "not-found" not_found;
    METHOD_NOT_ALLOWED = METHOD_NOT_ALLOWED "method-not-allowed" not_found;
    WRONG_ORIGIN = FORBIDDEN "wrong-origin" wrong_origin;
    CONSOLE = OK "console" console;
}

/// An outcome on its way to become an answer.
pub(super) struct Telling {
    outcome: Outcome,
    wants_page: bool,
    page: NoticePage,
    more: Map<String, Value>,
    headers: Vec<(http::HeaderName, String)>,
}

impl Telling {
    pub(super) fn new(outcome: Outcome, site: &Site, wants_page: bool) -> Self {
        let said = (outcome.said)(&site.words().notices);
        let page = NoticePage::new(site.bare_frame(said.heading), said.text);
        Self { outcome, wants_page, page, more: Map::new(), headers: Vec::new() }
    }

    /// Changes what only a person sees.
    pub(super) fn page(mut self, change: impl FnOnce(NoticePage) -> NoticePage) -> Self {
        self.page = change(self.page);
        self
    }

    pub(super) fn link(self, label: &'static str, href: String) -> Self {
        self.page(|page| page.offer(Action::Link { link: Link { href, label }, new_tab: false }))
    }

    /// A member that only a program sees.
    pub(super) fn member(mut self, name: &str, value: Value) -> Self {
        self.more.insert(name.to_owned(), value);
        self
    }

    pub(super) fn header(mut self, name: http::HeaderName, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(super) fn retry_after(self, wait: Duration) -> Self {
        self.header(http::header::RETRY_AFTER, whole_seconds(wait).to_string())
    }

    pub(super) fn answer(self) -> Answer {
        let Outcome { status, code, said } = self.outcome;
        let answer = if self.wants_page {
            answer::page(status, &self.page)
        } else {
            let english = said(&words(Language::En).notices);
            answer::problem(status, code, english.heading, self.more)
        };
        self.headers.into_iter().fold(answer, |answer, (name, value)| answer.with(name, &value))
    }
}

impl Arrival {
    pub(super) fn tell(&self, outcome: Outcome) -> Telling {
        Telling::new(outcome, &self.site, self.visit.wants_page).member("app", json!(self.site.title))
    }

    /// A page of the gateway in the app's stead: the request's own path is the app's.
    /// `email` is whom the visitor is signed in as.
    pub(super) fn notice(&self, notice: Notice, email: Option<&str>) -> Answer {
        match notice {
            Notice::Challenged(challenge) => self.challenged(challenge),
            Notice::Refused(Refusal::NotInvited) => self.not_invited(email),
            Notice::Refused(Refusal::Waiting) => self.waiting(email),
            Notice::Refused(Refusal::Stopped) => self.stopped(),
            Notice::BadGateway => self.again(self.tell(BAD_GATEWAY)).answer(),
            Notice::GatewayTimeout => self.again(self.tell(GATEWAY_TIMEOUT)).answer(),
            Notice::Overloaded => self.again(self.tell(IS_OVERLOADED)).retry_after(OVERLOADED).answer(),
        }
    }

    /// A request without proof that must not become a redirect. The browser keeps a form's content with this page: to
    /// load it again after signing in elsewhere sends the form.
    fn challenged(&self, challenge: Challenge) -> Answer {
        let words = self.site.words();
        let return_to = self.site.came_from(&self.request).unwrap_or_else(|| self.site.home());
        let link = Link { href: self.gate_for(challenge, Some(&return_to)), label: words.sign_in };
        let telling = self.tell(SIGN_IN_REQUIRED);
        let telling = telling.page(|page| {
            let page = NoticePage { steps: &words.notices.not_sent_steps, ..page };
            page.offer(Action::Link { link, new_tab: true })
        });
        self.with_sign_in_url(telling, challenge).answer()
    }

    /// Where a program's person signs in. Without a target: the page that asks is not the one that a person looks at.
    pub(super) fn with_sign_in_url(&self, telling: Telling, challenge: Challenge) -> Telling {
        telling.member("sign_in_url", json!(self.site.absolute(&self.gate_for(challenge, None))))
    }

    pub(super) fn not_invited(&self, email: Option<&str>) -> Answer {
        let words = self.site.words();
        let notices = &words.notices;
        let sign_out = Action::Post { to: self.site.link("sign-out", None), return_to: None, label: words.sign_out };
        let telling = self.tell(NOT_INVITED).page(|page| match email {
            Some(email) => page.say((notices.signed_in_as)(email)),
            None => page,
        });
        let telling = telling.link(notices.other_account, self.site.link("sign-in", Some(&self.target())));
        telling.page(|page| if self.session().is_some() { page.offer(sign_out) } else { page }).answer()
    }

    /// Registered, and not approved yet: the page opens the app by itself when it is so.
    pub(super) fn waiting(&self, email: Option<&str>) -> Answer {
        let words = self.site.words();
        let notices = &words.notices;
        let url = format!("{}/me", self.site.base());
        let watch = Watch { url, seconds: WAITING_SECONDS, text: notices.waiting_watch };
        let is_safe = matches!(*self.request.method(), Method::GET | Method::HEAD);
        let sign_out = Action::Post { to: self.site.link("sign-out", None), return_to: None, label: words.sign_out };
        self.tell(WAITING)
            .page(|page| match email {
                Some(email) => page.say((notices.signed_in_as)(email)),
                None => page,
            })
            .page(|page| NoticePage { watch: is_safe.then_some(watch), ..page }.offer(sign_out))
            .answer()
    }

    pub(super) fn stopped(&self) -> Answer {
        let notices = &self.site.words().notices;
        let url = format!("{}/me", self.site.base());
        let watch = Watch { url, seconds: STOPPED_SECONDS, text: notices.watching };
        let is_safe = matches!(*self.request.method(), Method::GET | Method::HEAD);
        self.tell(STOPPED)
            .page(|page| NoticePage { watch: is_safe.then_some(watch), ..page })
            .retry_after(Duration::from_secs(STOPPED_SECONDS))
            .answer()
    }

    /// Offers what the visitor asked for once more, if asking twice does no harm.
    fn again(&self, telling: Telling) -> Telling {
        match *self.request.method() {
            Method::GET | Method::HEAD => telling.link(self.site.words().try_again, self.target().to_string()),
            _ => telling,
        }
    }

    /// The app's path that was asked for, when a link can lead there.
    fn target(&self) -> crate::domain::ReturnTo {
        let path = self.request.uri().path_and_query().map_or("/", |path| path.as_str());
        let reserved = format!("{}/", self.site.base());
        let own = path.starts_with(&reserved);
        path.parse().ok().filter(|_| !own).unwrap_or_else(|| self.return_to())
    }
}
