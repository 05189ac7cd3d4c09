//! What a visitor sees instead of the app: the way to sign in, or why it cannot be shown.

use http::StatusCode;

use crate::directory::AppEntry;
use crate::domain::ReturnTo;
use crate::handoff::Notice;
use crate::policy::{Challenge, Refusal};

use super::origin::Origin;
use super::respond::{Answer, visitor_base};
use super::wire::RequestHead;

/// How long a stopped app or a full gateway asks to wait, in seconds.
const RETRY_AFTER: &str = "5";

/// The way to the page on which a proof is given, with the way back.
pub(super) fn challenge_path(challenge: Challenge, entry: &AppEntry, head: &RequestHead) -> String {
    let page = challenge.page();
    let prefix = &entry.app.url.prefix;
    let target: ReturnTo = head.target().whole().parse().unwrap_or_else(|_| ReturnTo::home(prefix));
    let back = percent_encoding::utf8_percent_encode(target.as_str(), percent_encoding::NON_ALPHANUMERIC);
    format!("{prefix}/.millgate/{page}?return_to={back}")
}

/// 401 for programs, with the address of the page that a person would see.
pub(super) fn unauthorized(challenge: Challenge, entry: &AppEntry, origin: &Origin, head: &RequestHead) -> Answer {
    let (code, title) = match challenge {
        Challenge::MasterPassword => ("master-password-required", "This app asks for its master password"),
        Challenge::SignIn | Challenge::SignInAndMasterPassword => ("sign-in-required", "This app asks you to sign in"),
    };
    let page = challenge.page();
    let url = format!("{}{}/.millgate/{page}", visitor_base(origin, origin.visitor_host(head)), entry.app.url.prefix);
    Answer::problem(StatusCode::UNAUTHORIZED, code, title, &[("sign_in_url", &url)])
        .with("WWW-Authenticate", format!("Millgate realm=\"{}\"", entry.app.name))
}

/// A notice for programs; also for people while the control plane cannot make a page.
pub(super) fn problem(notice: Notice, entry: &AppEntry) -> Answer {
    let app = entry.app.name.as_str();
    let make = |status, code, title: &str| Answer::problem(status, code, title, &[("app", app)]);
    match notice {
        Notice::Challenged(_) => make(StatusCode::UNAUTHORIZED, "sign-in-required", "This app asks you to sign in"),
        Notice::Refused(Refusal::NotInvited) => {
            make(StatusCode::FORBIDDEN, "not-invited", "Only people who were invited may use this app")
        }
        Notice::Refused(Refusal::Waiting) => {
            make(StatusCode::FORBIDDEN, "waiting", "The registration waits until somebody approves it")
        }
        Notice::Refused(Refusal::Stopped) => {
            make(StatusCode::SERVICE_UNAVAILABLE, "app-stopped", "This app is switched off at the moment")
                .with("Retry-After", RETRY_AFTER)
        }
        Notice::BadGateway => make(StatusCode::BAD_GATEWAY, "bad-gateway", "The app did not answer"),
        Notice::GatewayTimeout => {
            make(StatusCode::GATEWAY_TIMEOUT, "gateway-timeout", "The app did not answer in time")
        }
        Notice::Overloaded => make(StatusCode::SERVICE_UNAVAILABLE, "overloaded", "The gateway is overloaded")
            .with("Retry-After", RETRY_AFTER),
    }
}
