//! The mails that wait, and whether the mail server takes one.

mod words;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use http::StatusCode;

use crate::desk::{MailKind, MailView};
use crate::domain::{Email, MailId, Timestamp};
use crate::mail::Dialogue;
use crate::portal::pages::{self, Answer, Form};

use super::Console;
use super::errors::Errors;
use super::field::{Field, FormView};
use super::frame::{Frame, Nav};
use super::pager::Pager;
use super::place::{Id, InAccount};
use super::sent::Sent;
use words::{Words, words};

const OWN: &str = "/account/mail";

pub(super) fn routes() -> Router<Arc<Console>> {
    Router::new()
        .route(OWN, get(page))
        .route("/account/mail/test", post(test))
        .route("/account/mail/{id}/retry", post(retry))
        .route("/account/mail/{id}/delete", post(delete))
}

#[derive(Template)]
#[template(path = "mail/list.html", config = "src/portal/console/askama.toml")]
struct MailPage {
    frame: Frame,
    words: &'static Words,
    has_server: bool,
    rows: Vec<Row>,
    pager: Pager,
    form: FormView,
    dialogue: Option<Dialogue>,
}

struct Row {
    id: MailId,
    to: String,
    kind: &'static str,
    app: String,
    since: Timestamp,
    next: Option<Timestamp>,
    error: Option<String>,
    is_stuck: bool,
}

async fn page(State(console): State<Arc<Console>>, here: InAccount, query: Form) -> Answer {
    show(&console, &here, &query, None, &Errors::default(), "").await
}

async fn retry(State(console): State<Arc<Console>>, here: InAccount, Id(id): Id<MailId>) -> Answer {
    match console.desk.retry_mail(id).await {
        Ok(_) => pages::see_other(&format!("{OWN}?done=saved")),
        Err(error) => here.member.stop(error.into()),
    }
}

async fn delete(State(console): State<Arc<Console>>, here: InAccount, Id(id): Id<MailId>) -> Answer {
    match console.desk.delete_mail(id).await {
        Ok(()) => pages::see_other(&format!("{OWN}?done=deleted")),
        Err(error) => here.member.stop(error.into()),
    }
}

/// What was said between the gateway and the mail server, whether or not the mail got out.
async fn test(State(console): State<Arc<Console>>, here: InAccount, Sent(sent): Sent) -> Answer {
    let words = words(here.member.language);
    let typed = sent.text("to").trim();
    let mut errors = Errors::default();
    let dialogue = match typed.parse::<Email>() {
        Ok(to) => match console.desk.send_test_mail(&to, here.member.language).await {
            Ok(dialogue) => Some(dialogue),
            Err(error) => {
                errors = Errors::of(error, here.member.words(), |_| None);
                None
            }
        },
        Err(_) => {
            errors.add("to", words.bad_email);
            None
        }
    };
    show(&console, &here, &Form::query(None), dialogue, &errors, typed).await
}

async fn show(
    console: &Console,
    here: &InAccount,
    query: &Form,
    dialogue: Option<Dialogue>,
    errors: &Errors,
    to: &str,
) -> Answer {
    let words = words(here.member.language);
    let mails = match console.desk.mails().await {
        Ok(mails) => mails,
        Err(error) => return here.member.stop(error.into()),
    };
    let (mails, pager) = Pager::cut(mails, query, OWN);
    let to = if to.is_empty() { here.member.username.as_str() } else { to };
    let field = Field::line("email", "to", words.to).value(to);
    let form = FormView::new("/account/mail/test", words.test, vec![field]);
    let page = MailPage {
        frame: here.frame(words.mail, Nav::Mail),
        words,
        has_server: console.desk.has_mail(),
        rows: mails.into_iter().map(|mail| row(here, mail, words)).collect(),
        pager,
        form: form.judged(errors, here.member.words()),
        dialogue,
    };
    pages::page(if errors.is_empty() { StatusCode::OK } else { errors.status() }, &page)
}

fn row(here: &InAccount, mail: MailView, words: &'static Words) -> Row {
    let app = here.member.snapshot.app(mail.app).map(|entry| entry.app.title.clone());
    Row {
        id: mail.id,
        to: mail.to.to_string(),
        kind: match mail.kind {
            MailKind::Invite => words.invite,
            MailKind::Reset => words.reset,
            MailKind::Address => words.address,
        },
        app: app.unwrap_or_default(),
        since: mail.created_at,
        next: mail.next_try_at,
        error: mail.last_error,
        is_stuck: mail.is_stuck,
    }
}
