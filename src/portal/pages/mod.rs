//! The pages that visitors meet, below every app's own address and in an app's stead.
//!
//! Read `enter` first: sign-in, sign-up and master password. Nothing here holds a rule: the policy judges, the desk
//! acts.

mod account;
mod answer;
mod arrival;
pub(super) mod assets;
mod complaint;
mod cookies;
mod doorstep;
mod enter;
mod form;
mod gates;
mod hand_over;
mod invite;
pub(super) mod language;
mod leave;
mod notice;
mod oidc;
mod reset;
mod rounds;
mod set_up;
mod site;
mod trust;
mod views;
mod words;

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, StatusCode, header};
use serde_json::Map;

use crate::desk::Desk;
use crate::domain::AppId;
use crate::handoff::{Notice, Visit};
use crate::policy::{RESERVED, Refusal, Verdict, decide};
use crate::tokens::Claims;

use arrival::{Arrival, Verb};
use gates::Gate;
use notice::Telling;

pub(super) use answer::{Answer, Headers, inline, page, problem, see_other, without_body};
pub(super) use doorstep::{foreign_form, no_owner, sign_in};
pub(super) use form::Form;
pub(super) use trust::answer as trust;

/// How long ago something was, as people say it.
pub(super) fn ago(past: std::time::Duration, language: crate::domain::Language) -> String {
    account::ago::ago(past, &words::words(language).account.ago)
}

/// Whether a provider's answer comes to that path.
pub(super) fn is_callback(path: &str) -> bool {
    oidc::callback_of(path).is_some()
}

pub(super) struct Pages {
    desk: Arc<Desk>,
    jwks: Bytes,
    rounds: rounds::Rounds,
    bounces: hand_over::Bounces,
}

/// A reserved path, without the app's prefix.
enum Reserved<'a> {
    Gate(Gate),
    SignOut,
    HandOver,
    Invite(&'a str),
    Oidc(oidc::Place<'a>),
    Account,
    ChangeAccount(account::Part),
    Forgot,
    Reset(&'a str),
    ConfirmAddress(&'a str),
    SetUp(&'a str),
    Me,
    Jwks,
    Asset(&'a str),
}

impl<'a> Reserved<'a> {
    fn parse(path: &'a str) -> Option<Self> {
        let rest = path.strip_prefix(RESERVED)?.strip_prefix('/')?;
        Some(match rest.split_once('/') {
            None => match rest {
                "sign-in" => Self::Gate(Gate::SignIn),
                "sign-up" => Self::Gate(Gate::SignUp),
                "master-password" => Self::Gate(Gate::MasterPassword),
                "sign-out" => Self::SignOut,
                "hand-over" => Self::HandOver,
                "me" => Self::Me,
                account::ACCOUNT => Self::Account,
                "reset" => Self::Forgot,
                "jwks.json" => Self::Jwks,
                _ => return None,
            },
            Some(("invite", code)) => Self::Invite(code),
            Some(("oidc", rest)) => Self::Oidc(oidc::Place::parse(rest)?),
            Some((account::ACCOUNT, part)) => Self::ChangeAccount(account::Part::parse(part)?),
            Some(("reset", code)) => Self::Reset(code),
            Some(("confirm-address", code)) => Self::ConfirmAddress(code),
            Some(("set-up", code)) => Self::SetUp(code),
            Some(("assets", name)) => Self::Asset(name),
            Some(_) => return None,
        })
    }

    fn takes_forms(&self) -> bool {
        match self {
            Self::Gate(_) | Self::SignOut | Self::HandOver | Self::Invite(_) => true,
            Self::Oidc(place) => matches!(place, oidc::Place::Question(_)),
            Self::ChangeAccount(_) | Self::Forgot | Self::Reset(_) | Self::ConfirmAddress(_) | Self::SetUp(_) => true,
            Self::Account | Self::Me | Self::Jwks | Self::Asset(_) => false,
        }
    }
}

impl Pages {
    pub(super) fn new(desk: Arc<Desk>, jwks: &serde_json::Value) -> Self {
        Self {
            desk,
            jwks: Bytes::from(jwks.to_string()),
            rounds: rounds::Rounds::new(),
            bounces: hand_over::Bounces::new(),
        }
    }

    /// A path below `/.millgate/` of an app.
    pub(super) async fn reserved(&self, app: AppId, request: Request<Bytes>, visit: Visit) -> Answer {
        let Some(entry) = self.desk.directory().snapshot().app(app).cloned() else { return gone() };
        let arrival = Arrival::new(entry, request, visit);
        let path = arrival.request.uri().path();
        let path = path.strip_prefix(&*arrival.site.prefix).unwrap_or(path);
        let answer = match Reserved::parse(path) {
            Some(reserved) => self.open(&arrival, reserved).await,
            None => not_found(&arrival),
        };
        cookies::clear_dead(answer, &arrival)
    }

    async fn open(&self, arrival: &Arrival, reserved: Reserved<'_>) -> Answer {
        let verb = match arrival.verb() {
            Some(Verb::Send) if !reserved.takes_forms() => None,
            verb => verb,
        };
        let Some(verb) = verb else { return wrong_method(arrival, reserved.takes_forms()) };
        match reserved {
            Reserved::Gate(gate) => self.enter(arrival, gate, verb).await,
            Reserved::SignOut => self.leave(arrival, verb).await,
            Reserved::HandOver => self.hand_over(arrival, verb).await,
            Reserved::Invite(code) => self.invite(arrival, code, verb).await,
            Reserved::Oidc(place) => self.oidc(arrival, place, verb).await,
            Reserved::Account => self.account(arrival).await,
            Reserved::ChangeAccount(part) => self.change_account(arrival, part, verb).await,
            Reserved::Forgot => self.forgot(arrival, verb).await,
            Reserved::Reset(code) => self.reset(arrival, code, verb).await,
            Reserved::ConfirmAddress(code) => self.confirm_address(arrival, code, verb).await,
            Reserved::SetUp(code) => self.set_up(arrival, code, verb).await,
            Reserved::Me => self.me(arrival),
            Reserved::Jwks => answer::keys(self.jwks.clone()),
            Reserved::Asset(name) => assets::find(name).map_or_else(|| not_found(arrival), answer::asset),
        }
    }

    /// A page in an app's stead.
    pub(super) fn notice(&self, app: AppId, notice: Notice, request: Request<Bytes>, visit: Visit) -> Answer {
        let Some(entry) = self.desk.directory().snapshot().app(app).cloned() else { return gone() };
        let arrival = Arrival::new(entry, request, visit);
        let answer = arrival.notice(notice, self.email(&arrival).as_deref());
        cookies::clear_dead(answer, &arrival)
    }

    /// A provider's answer, which comes to the console's address whichever app it is for.
    pub(super) async fn callback(&self, request: &Request<Bytes>, visit: &Visit) -> Answer {
        match oidc::callback_of(request.uri().path()) {
            Some(provider) => self.oidc_callback(request, visit, provider).await,
            None => gone(),
        }
    }

    /// Who the app would be told that this is.
    fn me(&self, arrival: &Arrival) -> Answer {
        let unpaged = |outcome| Telling::new(outcome, &arrival.site, false);
        match self.judge(arrival) {
            Verdict::Forward(permit) => {
                let directory = self.desk.directory();
                // Also a device's session that is not recorded yet: the app hears of it, too.
                match Claims::of(&arrival.entry, directory, permit.principal(), arrival.session()) {
                    Some(claims) => answer::json(&claims),
                    None => unpaged(notice::NOT_SIGNED_IN).answer(),
                }
            }
            Verdict::Challenge(challenge) => {
                arrival.with_sign_in_url(unpaged(notice::NOT_SIGNED_IN), challenge).answer()
            }
            Verdict::Refuse(Refusal::NotInvited) => unpaged(notice::NOT_INVITED).answer(),
            Verdict::Refuse(Refusal::Waiting) => unpaged(notice::WAITING).answer(),
            Verdict::Refuse(Refusal::Stopped) => unpaged(notice::STOPPED).answer(),
        }
    }

    /// The decision that the data plane would make about this visitor.
    fn judge(&self, arrival: &Arrival) -> Verdict {
        let directory = self.desk.directory();
        let visitor = directory.visitor(arrival.app(), arrival.visit.session.as_ref(), arrival.visit.device);
        decide(&arrival.entry.rules, &visitor, self.desk.clock().now())
    }

    /// Whom the visitor is signed in as.
    fn email(&self, arrival: &Arrival) -> Option<String> {
        let directory = self.desk.directory();
        let visitor = directory.visitor(arrival.app(), arrival.visit.session.as_ref(), arrival.visit.device);
        let proofs = visitor.proofs.filter(|proofs| proofs.app == arrival.app())?;
        directory.person(proofs.user?.user).map(|person| person.username().to_owned())
    }
}

fn not_found(arrival: &Arrival) -> Answer {
    let home = arrival.site.home().to_string();
    arrival.tell(notice::NOT_FOUND).link(arrival.site.words().to_the_app, home).answer()
}

fn wrong_method(arrival: &Arrival, takes_forms: bool) -> Answer {
    let methods = if takes_forms { "GET, HEAD, POST" } else { "GET, HEAD" };
    arrival.tell(notice::METHOD_NOT_ALLOWED).answer().with(header::ALLOW, methods)
}

/// The app was deleted while the visitor was on the way here.
fn gone() -> Answer {
    problem(StatusCode::NOT_FOUND, "not-found", "Nothing is here", Map::new())
}
