//! "Continue as …": the sign-in page looks for a sign-in at another app of the workspace, here or by asking there.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::{Method, StatusCode, header};

use crate::desk::EnterError;
use crate::domain::{AppUrl, FlowKeyId, HandOverCode, ReturnTo};
use crate::policy::RESERVED;
use crate::throttle::Block;

use super::answer::{self, Answer, Headers};
use super::arrival::{Arrival, Verb};
use super::form::Form;
use super::gates::Gate;
use super::views::{FormPage, HandOver};
use super::{Pages, cookies, not_found};

/// What the other app answers when nobody is signed in there.
const NOBODY: &str = "none";
const PARAMETER: &str = "hand_over";

impl Pages {
    /// At the app that may know somebody: goes back with the answer. At the one that asked: takes it.
    pub(super) async fn hand_over(&self, arrival: &Arrival, verb: Verb) -> Answer {
        match verb {
            Verb::See => self.answer_for(arrival),
            Verb::Send => self.go_on_as(arrival).await,
        }
    }

    /// The sign-in page, with what can be offered. A browser that comes from elsewhere is sent once to where it may be
    /// signed in; it always comes back, and then the address says what came of it.
    pub(super) fn show_sign_in(&self, arrival: &Arrival, return_to: &ReturnTo, mut page: FormPage) -> Answer {
        let query = Form::query(arrival.request.uri().query());
        let brought = query.filled(PARAMETER);
        if let Some(brought) = &brought {
            let key = cookies::flow_key(arrival).map(|key| key.id());
            key.inspect(|key| self.bounces.end(*key));
            page.hand_over =
                HandOverCode::parse(brought.as_bytes()).and_then(|code| self.offer(arrival, return_to, &code, key));
            if let (Some(_), Some(switch)) = (&page.hand_over, &mut page.frame.switch) {
                switch.href = format!("{}&{PARAMETER}={brought}", switch.href);
            }
        }
        let is_asked_for = *arrival.request.method() == Method::GET && arrival.visit.wants_page;
        let mut binding = None;
        if page.hand_over.is_none() && is_asked_for {
            let flow = cookies::flow_cookie(arrival);
            if let Some(code) = self.sign_in_that_came(arrival, flow.key) {
                page.hand_over = self.offer(arrival, return_to, &code, Some(flow.key));
                binding = Some(flow.line);
            } else if brought.is_none()
                && let Some(away) = self.bounce(arrival, return_to, &flow)
            {
                return self.with_probe(arrival, away.cookie(&flow.line));
            }
        }
        let answer = self.with_probe(arrival, answer::page(StatusCode::OK, &page));
        match binding {
            Some(line) => answer.cookie(&line),
            None => answer,
        }
    }

    /// Apps of one host, as of one machine with many ports, see each other's cookies.
    fn sign_in_that_came(&self, arrival: &Arrival, key: FlowKeyId) -> Option<HandOverCode> {
        let caller = arrival.caller();
        let (from, session) = self.desk.sign_in_to_take_over(arrival.app(), &caller, arrival.sessions_elsewhere())?;
        self.desk.hand_over(from, session, arrival.app(), key)
    }

    fn offer(
        &self,
        arrival: &Arrival,
        return_to: &ReturnTo,
        code: &HandOverCode,
        key: Option<FlowKeyId>,
    ) -> Option<HandOver> {
        let offer = self.desk.hand_over_offer(arrival.app(), &arrival.caller(), code, key)?;
        let words = arrival.site.words();
        Some(HandOver {
            lead: (words.signed_in_at)(&offer.at),
            label: (words.continue_as)(&offer.who),
            action: arrival.site.link("hand-over", None),
            code: code.reveal(),
            return_to: return_to.to_string(),
        })
    }

    /// To the app where such a browser signed in lately.
    fn bounce(&self, arrival: &Arrival, return_to: &ReturnTo, flow: &cookies::FlowCookie) -> Option<Answer> {
        if !comes_from_elsewhere(arrival) {
            return None;
        }
        let from = self.desk.likely_sign_in(arrival.app(), &arrival.caller())?;
        let browser = self.bounces.browser(arrival.visit.ip, &arrival.agent());
        if !self.bounces.begin(flow.key, browser, self.desk.directory().uptime_millis()) {
            return None;
        }
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("to", &arrival.app().to_string())
            .append_pair("return_to", return_to.as_str())
            .append_pair("key", &flow.key.to_string())
            .finish();
        Some(answer::see_other(&format!("{}{RESERVED}/hand-over?{query}", from.app.url)))
    }

    /// Leads back to an app that shares its sign-ins, at the address that the directory has of it, and nowhere else.
    fn answer_for(&self, arrival: &Arrival) -> Answer {
        let query = Form::query(arrival.request.uri().query());
        let to = query.text("to").parse().ok().and_then(|to| self.desk.hands_over(arrival.app(), to));
        let Some(to) = to else { return not_found(arrival) };
        let url = &to.app.url;
        let return_to = query.return_to(&url.prefix).unwrap_or_else(|| ReturnTo::home(&url.prefix));
        // Only a browser that was sent here just now, as far as that can be told: a link from anybody else gets nothing.
        let browser = self.bounces.browser(arrival.visit.ip, &arrival.agent());
        let now = self.desk.directory().uptime_millis();
        let key = query.text("key").parse().ok().filter(|key| self.bounces.is_away(*key, browser, now));
        let code = arrival.session().zip(key);
        let code = code.and_then(|(session, key)| self.desk.hand_over(arrival.app(), session, to.app.id, key));
        let code = code.map_or_else(|| NOBODY.to_owned(), |code| code.reveal());
        answer::see_other(&sign_in_at(url, &return_to, &code))
    }

    async fn go_on_as(&self, arrival: &Arrival) -> Answer {
        let form = match self.read_form(arrival) {
            Ok(form) => form,
            Err(answer) => return *answer,
        };
        let return_to = arrival.return_to_by(&form);
        let code = HandOverCode::parse(form.text("code").as_bytes());
        let key = cookies::flow_key(arrival).map(|key| key.id());
        let outcome = match code {
            Some(code) => self.desk.accept_hand_over(arrival.app(), &arrival.caller(), &code, key).await,
            None => Err(EnterError::LinkGone),
        };
        match outcome {
            Ok(signed_in) => self.welcome(arrival, &return_to, PARAMETER, &signed_in),
            // Too late, or signed out over there meanwhile: there is always the other way.
            Err(EnterError::LinkGone) if arrival.visit.wants_page => {
                let sign_in = arrival.site.link(Gate::SignIn.page(), Some(&return_to));
                answer::see_other(&format!("{sign_in}&{PARAMETER}={NOBODY}"))
            }
            Err(error) => self.turn_down_gate(arrival, Gate::SignIn, &return_to, &Form::default(), &error),
        }
    }
}

fn sign_in_at(url: &AppUrl, return_to: &ReturnTo, code: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("return_to", return_to.as_str())
        .append_pair(PARAMETER, code)
        .finish();
    format!("{url}{RESERVED}/{}?{query}", Gate::SignIn.page())
}

/// Not from this very origin. What began there may have been a form, and browsers do not let the answer to a form lead to
/// an origin that the form's page does not name (Content Security Policy, `form-action`).
fn comes_from_elsewhere(arrival: &Arrival) -> bool {
    let headers = arrival.request.headers();
    match headers.get("sec-fetch-site") {
        Some(site) => site != "same-origin",
        None => {
            let own = arrival.site.absolute("/");
            !headers.get(header::REFERER).is_some_and(|from| from.as_bytes().starts_with(own.as_bytes()))
        }
    }
}

/// Browsers that were sent to another app and did not come back yet. Who comes anew without having been back could not
/// reach that app, and is not sent there again.
pub(super) struct Bounces {
    hasher: RandomState,
    away: Mutex<HashMap<FlowKeyId, Away>>,
}

#[derive(Clone, Copy)]
struct Away {
    /// In milliseconds since the start.
    since: u64,
    browser: Browser,
}

/// A browser, by all that two apps see alike of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Browser(u64);

/// As long as the cookie that tells the browser.
const REMEMBERED: Duration = Duration::from_secs(10 * 60);
/// On their way at the same time; beyond that, nobody is sent. Half a megabyte.
const MOST: usize = 4096;

impl Away {
    fn is_recent(&self, now: u64) -> bool {
        Duration::from_millis(now.saturating_sub(self.since)) <= REMEMBERED
    }
}

impl Bounces {
    pub(super) fn new() -> Self {
        Self { hasher: RandomState::new(), away: Mutex::default() }
    }

    fn browser(&self, ip: IpAddr, agent: &str) -> Browser {
        Browser(self.hasher.hash_one((Block::of(ip), agent)))
    }

    /// Whether the browser may go; `now` in milliseconds since the start.
    fn begin(&self, key: FlowKeyId, browser: Browser, now: u64) -> bool {
        let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        if away.len() >= MOST {
            away.retain(|_, away| away.is_recent(now));
        }
        if away.len() >= MOST || away.get(&key).is_some_and(|away| away.is_recent(now)) {
            return false;
        }
        away.insert(key, Away { since: now, browser });
        true
    }

    fn is_away(&self, key: FlowKeyId, browser: Browser, now: u64) -> bool {
        let away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        away.get(&key).is_some_and(|away| away.is_recent(now) && away.browser == browser)
    }

    fn end(&self, key: FlowKeyId) {
        self.away.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: Browser = Browser(1);

    #[test]
    fn who_did_not_come_back_is_not_sent_again_for_a_while() {
        let bounces = Bounces::new();
        let key = FlowKeyId::from_bytes([1; 32]);
        assert!(!bounces.is_away(key, ME, 0));
        assert!(bounces.begin(key, ME, 0));
        assert!(bounces.is_away(key, ME, 600_000) && !bounces.is_away(key, Browser(2), 0));
        assert!(!bounces.begin(key, ME, 600_000));
        assert!(!bounces.is_away(key, ME, 600_001) && bounces.begin(key, ME, 600_001));
        bounces.end(key);
        assert!(!bounces.is_away(key, ME, 600_002) && bounces.begin(key, ME, 600_002));
    }

    #[test]
    fn strangers_cannot_make_it_grow() {
        let bounces = Bounces::new();
        for number in 0..2 * MOST as u64 {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&number.to_be_bytes());
            bounces.begin(FlowKeyId::from_bytes(key), ME, 0);
        }
        assert_eq!(bounces.away.lock().unwrap().len(), MOST);
        assert!(bounces.begin(FlowKeyId::from_bytes([9; 32]), ME, 600_001));
    }
}
