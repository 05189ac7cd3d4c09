//! Inviting many people at once, and what became of invitations. Links are shown once.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use http::StatusCode;

use crate::desk::{Invited, Invitee, Terms, Window};
use crate::domain::{Email, InvitationId, Language, Permission, Username};
use crate::portal::api::pasted;
use crate::portal::console::Console;
use crate::portal::console::apps::{AppHead, Tab, settle};
use crate::portal::console::errors::Errors;
use crate::portal::console::field::{Choice, Field, FormView};
use crate::portal::console::frame::Frame;
use crate::portal::console::pager::Pager;
use crate::portal::console::place::InApp;
use crate::portal::console::sent::Sent;
use crate::portal::pages::{self, Answer, Form, assets};
use crate::portal::qr;
use crate::portal::right::{ManageUsers, SeeUsers};

use super::REACH;
use super::rows::{InviteRow, Teller};
use super::words::{Users, words};

/// As many as one call of the API takes.
const MOST: usize = 1000;
const DAYS: [u32; 6] = [1, 3, 7, 14, 30, 90];
const DAYS_USUAL: u32 = 14;

#[derive(Template)]
#[template(path = "users/invites.html", config = "src/portal/console/askama.toml")]
struct InvitesPage {
    frame: Frame,
    head: AppHead,
    words: &'static Users,
    base: String,
    /// For who may invite.
    form: Option<FormView>,
    invites: Vec<InviteRow>,
    may_manage: bool,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "users/invited.html", config = "src/portal/console/askama.toml")]
struct InvitedPage {
    frame: Frame,
    head: AppHead,
    words: &'static Users,
    given: Vec<Given>,
    refused: Vec<(String, String)>,
    back: String,
}

/// A link that is shown this once.
struct Given {
    name: Option<String>,
    username: String,
    link: String,
    code: Option<String>,
    posted: &'static str,
}

pub(super) async fn page(State(console): State<Arc<Console>>, here: InApp<SeeUsers>, query: Form) -> Answer {
    settle(&console, &[&here.entry]).await;
    show(&console, &here, &query, &Form::query(None), &Errors::default()).await
}

async fn show<R>(console: &Console, here: &InApp<R>, query: &Form, typed: &Form, errors: &Errors) -> Answer {
    let words = words(here.member.language);
    let window = Window::<InvitationId> { query: None, limit: usize::MAX, after: None };
    let found = match console.desk.invitations(here.app().id, |_| true, window).await {
        Ok((found, _)) => found,
        Err(error) => return here.member.stop(error.into()),
    };
    let teller = Teller { words, language: here.member.language, now: here.member.now };
    let mut invites: Vec<InviteRow> = found.into_iter().map(|view| teller.invitation(view)).collect();
    invites.sort_by(|one, other| other.mark.cmp(&one.mark));
    let (invites, pager) = Pager::cut(invites, query, &here.path("/invites"));
    let may_manage = here.may(Permission::ManageUsers);
    let head = AppHead::of(console, here, Tab::Invites);
    let page = InvitesPage {
        frame: here.frame(format!("{} · {}", words.invites, head.title)).telling((words.done)(&here.member.done)),
        head,
        words,
        base: here.path(""),
        form: may_manage.then(|| form(console, here, typed).judged(errors, here.member.words())),
        invites,
        may_manage,
        pager,
    };
    pages::page(errors.status(), &page)
}

fn form<R>(console: &Console, here: &InApp<R>, typed: &Form) -> FormView {
    let words = words(here.member.language);
    let is_new = typed.pairs().next().is_none();
    let language = typed.text("language");
    let languages = [("", words.language_of_app), ("en", "English"), ("de", "Deutsch")];
    let days: u32 = typed.text("days").parse().unwrap_or(DAYS_USUAL);
    let mut fields = vec![
        Field::area("emails", words.emails).value(typed.text("emails")).hint(words.emails_hint),
        Field::select(
            "language",
            words.language,
            languages.map(|(value, label)| Choice::new(value, label, value == language)).into(),
        )
        .optional(),
        Field::select(
            "days",
            words.valid,
            DAYS.map(|each| Choice::new(each.to_string(), (words.days)(each), each == days)).into(),
        ),
    ];
    let sends = console.desk.has_mail() && (is_new || typed.text("mail") == "on");
    let mail = Field::tick("mail", words.mail, sends);
    fields.push(if console.desk.has_mail() { mail } else { mail.fixed().hint(words.no_mail_server) });
    FormView::new(here.path("/invites"), words.invite, fields)
}

pub(super) async fn invite(State(console): State<Arc<Console>>, here: InApp<ManageUsers>, Sent(sent): Sent) -> Answer {
    let words = words(here.member.language);
    let found = pasted::read(sent.text("emails"));
    let mut errors = Errors::default();
    if found.is_empty() {
        errors.add("emails", words.no_emails);
    } else if found.len() > MOST {
        errors.add("emails", words.too_many);
    }
    if !errors.is_empty() {
        return show(&console, &here, &Form::query(None), &sent, &errors).await;
    }
    let days: u32 = sent.text("days").parse().ok().filter(|days| DAYS.contains(days)).unwrap_or(DAYS_USUAL);
    let terms = Terms {
        language: match sent.text("language") {
            "en" => Some(Language::En),
            "de" => Some(Language::De),
            _ => None,
        },
        valid: Duration::from_hours(24 * u64::from(days)),
        send: sent.text("mail") == "on" && console.desk.has_mail(),
    };
    let (people, refused) = read(&found, words);
    let inputs: Vec<String> = people.iter().map(|invitee| invitee.username.to_string()).collect();
    let people = people.into_iter().map(|invitee| (invitee, terms)).collect();
    match console.desk.invite(here.app().id, people, REACH).await {
        Ok(outcomes) => given(&console, &here, inputs, outcomes, refused),
        Err(error) => {
            let errors = Errors::of(error, here.member.words(), |_| None);
            show(&console, &here, &Form::query(None), &sent, &errors).await
        }
    }
}

/// Everybody once; what is no address is told back.
fn read(found: &[pasted::Pasted<'_>], words: &Users) -> (Vec<Invitee>, Vec<(String, String)>) {
    let (mut people, mut refused, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for one in found {
        let Ok(email) = one.address.parse::<Email>() else {
            refused.push((one.input.chars().take(200).collect(), words.not_an_address.to_owned()));
            continue;
        };
        let username = Username::from(email);
        if seen.insert(username.clone()) {
            let (given_name, family_name) = one.names();
            let (given_name, family_name) = (given_name.to_owned(), family_name.to_owned());
            people.push(Invitee { username, given_name, family_name, grants: None });
        }
    }
    (people, refused)
}

type Outcome = Result<Invited, crate::desk::AdminError>;

/// A page and no redirect: the links are nowhere but here.
pub(super) fn given(
    console: &Console,
    here: &InApp<ManageUsers>,
    inputs: Vec<String>,
    outcomes: Vec<Outcome>,
    mut refused: Vec<(String, String)>,
) -> Answer {
    let words = words(here.member.language);
    let mut given = Vec::new();
    for (input, outcome) in inputs.into_iter().zip(outcomes) {
        match outcome {
            Ok(Invited { view, link, posted }) => {
                let invitation = view.invitation;
                let name = format!("{} {}", invitation.given_name, invitation.family_name).trim().to_owned();
                given.push(Given {
                    name: Some(name).filter(|name| !name.is_empty()),
                    username: invitation.username.to_string(),
                    code: qr::svg(&link),
                    link,
                    posted: (words.posted)(posted),
                });
            }
            Err(error) => refused.push((input, here.member.words().told(&error))),
        }
    }
    let status = if given.is_empty() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = InvitedPage {
        frame: here.frame(words.invited),
        head: AppHead::of(console, here, Tab::Invites),
        words,
        given,
        refused,
        back: here.path("/invites"),
    };
    pages::page(status, &page)
}

impl InvitesPage {
    fn live_style(&self) -> &'static str {
        &assets::LIVE_STYLE.name
    }
}

impl InvitedPage {
    fn live_style(&self) -> &'static str {
        &assets::LIVE_STYLE.name
    }
}
