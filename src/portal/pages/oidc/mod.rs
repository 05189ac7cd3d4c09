//! Signing in by identity providers: the buttons, the way there, the way back, and what is asked on it.

mod arrive;
mod buttons;
mod callback;
mod depart;
mod telling;

use http::{Method, header};

use crate::domain::Slug;

use super::answer::{Answer, Headers};
use super::arrival::{Arrival, Verb};
use super::{Pages, not_found, wrong_method};

pub(super) use callback::callback_of;

/// Codes are in these addresses: no other page learns them.
const NO_REFERRER: &str = "no-referrer";

/// A path below `/.millgate/oidc/`; providers by their names as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'a> {
    Status,
    Start(&'a str),
    Return(&'a str),
    Question(&'a str),
}

impl<'a> Place<'a> {
    pub(super) fn parse(rest: &'a str) -> Option<Self> {
        match rest.split_once('/') {
            None if rest == "status" => Some(Self::Status),
            None => Some(Self::Start(rest)),
            Some((provider, "return")) => Some(Self::Return(provider)),
            Some((provider, "link")) => Some(Self::Question(provider)),
            Some(_) => None,
        }
    }
}

impl Pages {
    pub(super) async fn oidc(&self, arrival: &Arrival, place: Place<'_>, verb: Verb) -> Answer {
        // Who only asks for a head has no use for what these do.
        let is_head = arrival.request.method() == Method::HEAD;
        let (Place::Start(name) | Place::Return(name) | Place::Question(name)) = place else {
            return self.oidc_status(arrival);
        };
        let Ok(provider) = name.parse::<Slug>() else { return not_found(arrival) };
        if !arrival.entry.rules.running {
            return arrival.stopped();
        }
        let answer = match place {
            Place::Start(_) | Place::Return(_) if is_head => wrong_method(arrival, false).with(header::ALLOW, "GET"),
            Place::Start(_) => self.oidc_depart(arrival, provider).await,
            Place::Return(_) => self.oidc_return(arrival, &provider).await,
            Place::Question(_) => self.oidc_question(arrival, &provider, verb).await,
            Place::Status => self.oidc_status(arrival),
        };
        match answer.headers().contains_key(header::REFERRER_POLICY) && matches!(place, Place::Question(_)) {
            // A form without any referrer would come from nowhere: its `Origin` is `null`.
            true => answer.with(header::REFERRER_POLICY, "strict-origin"),
            false => answer.with(header::REFERRER_POLICY, NO_REFERRER),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_page() {
        assert_eq!(Place::parse("status"), Some(Place::Status));
        assert_eq!(Place::parse("google"), Some(Place::Start("google")));
        assert_eq!(Place::parse("google/return"), Some(Place::Return("google")));
        assert_eq!(Place::parse("google/link"), Some(Place::Question("google")));
        assert_eq!(Place::parse("google/callback"), None);
        assert_eq!(Place::parse("google/return/x"), None);
        assert_eq!(callback_of("/.millgate/oidc/google/callback"), Some("google"));
        assert_eq!(callback_of("/.millgate/oidc/google/x/callback"), None);
        assert_eq!(callback_of("/.millgate/oidc/callback"), None);
    }
}
