//! A new key. Its secret is shown once.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;

use crate::desk::{MadeKey, NewKey};
use crate::domain::{KeyScope, Timestamp};
use crate::portal::console::Console;
use crate::portal::console::errors::Errors;
use crate::portal::console::field::{Choice, Field, FormView};
use crate::portal::console::frame;
use crate::portal::console::member::Member;
use crate::portal::console::place::InAccount;
use crate::portal::console::sent::Sent;
use crate::portal::console::sheet::{FormSheet, GivenSheet};
use crate::portal::pages::{Answer, Form};

use super::Shelf;
use super::words::{Words, words};

/// In days: a trial, a quarter, a year.
const SPANS: [u32; 3] = [7, 90, 365];

pub(super) async fn blank_own(member: Member) -> Answer {
    form(&member, Shelf::Own, &Form::query(None), &Errors::default())
}

pub(super) async fn blank(here: InAccount) -> Answer {
    form(&here.member, Shelf::All, &Form::query(None), &Errors::default())
}

pub(super) async fn create_own(State(console): State<Arc<Console>>, member: Member, Sent(sent): Sent) -> Answer {
    make(&console, &member, Shelf::Own, &sent).await
}

pub(super) async fn create(State(console): State<Arc<Console>>, here: InAccount, Sent(sent): Sent) -> Answer {
    make(&console, &here.member, Shelf::All, &sent).await
}

async fn make(console: &Console, member: &Member, shelf: Shelf, sent: &Form) -> Answer {
    let words = words(member.language);
    let scope = match shelf {
        Shelf::Own => Some(KeyScope::Personal),
        Shelf::All => scope(member, sent.text("scope")),
    };
    let Some(scope) = scope else {
        let mut errors = Errors::default();
        errors.add("scope", member.words().missing);
        return form(member, shelf, sent, &errors);
    };
    let new = NewKey { name: sent.text("name").to_owned(), scope, expires_at: end(member.now, sent.text("days")) };
    match console.desk.create_api_key(&member.authority, new).await {
        Ok(made) => given(member, shelf, made, words),
        Err(error) => {
            let explain = |field: &str| (field == "name").then(|| words.bad_name.to_owned());
            form(member, shelf, sent, &Errors::of(error, member.words(), explain))
        }
    }
}

/// What is no number never ends.
fn end(now: Timestamp, days: &str) -> Option<Timestamp> {
    let days: u32 = days.parse().ok()?;
    Some(now.plus(Duration::from_hours(24 * u64::from(days))))
}

/// `account`, `workspace:{id}` or `app:{id}`, as the choices below have it.
fn scope(member: &Member, text: &str) -> Option<KeyScope> {
    match text.split_once(':') {
        None if text == "account" => Some(KeyScope::Account),
        Some(("workspace", id)) => member.snapshot.workspaces.get(&id.parse().ok()?).map(|w| KeyScope::Workspace(w.id)),
        Some(("app", id)) => member.snapshot.apps.get(&id.parse().ok()?).map(|entry| KeyScope::App(entry.app.id)),
        _ => None,
    }
}

fn form(member: &Member, shelf: Shelf, sent: &Form, errors: &Errors) -> Answer {
    let words = words(member.language);
    let mut fields = vec![Field::text("name", words.name).value(sent.text("name")).hint(words.name_hint)];
    if shelf == Shelf::All {
        fields.push(Field::select("scope", words.scope, scopes(member, sent.text("scope"), words)));
    }
    let days = sent.text("days");
    let spans = SPANS.map(|span| Choice::new(span.to_string(), (words.days)(span), span.to_string() == days));
    let for_ever = Choice::new("", words.for_ever, days.is_empty());
    fields.push(Field::select("days", words.valid, spans.into_iter().chain([for_ever]).collect()));
    let form = FormView::new(format!("{}/new", shelf.path()), words.make, fields).cancel(shelf.path());
    let sheet = FormSheet::new(shelf.frame(member, words.new), form.judged(errors, member.words()));
    let lead = if shelf == Shelf::Own { words.own_lead } else { words.lead };
    sheet.lead(lead).answer(errors.status())
}

fn scopes(member: &Member, chosen: &str, words: &Words) -> Vec<Choice> {
    let mut choices = vec![Choice::new("account", words.account, chosen == "account")];
    for workspace in member.workspaces() {
        let title = frame::title(&workspace);
        let value = format!("workspace:{}", workspace.id);
        let is_on = chosen == value;
        choices.push(Choice::new(value, (words.of_workspace)(&title), is_on));
        let mut apps: Vec<_> = member.snapshot.apps_in(workspace.id).collect();
        apps.sort_by_key(|entry| (entry.app.title.to_lowercase(), entry.app.id));
        choices.extend(apps.into_iter().map(|entry| {
            let value = format!("app:{}", entry.app.id);
            let is_on = chosen == value;
            Choice::new(value, (words.of_app)(&title, &entry.app.title), is_on)
        }));
    }
    choices
}

fn given(member: &Member, shelf: Shelf, made: MadeKey, words: &'static Words) -> Answer {
    let back = if shelf == Shelf::Own { words.own } else { words.keys };
    GivenSheet {
        frame: shelf.frame(member, made.view.key.name.clone()),
        lead: words.secret_lead.to_owned(),
        label: words.secret.to_owned(),
        secret: made.secret,
        code: None,
        note: Some(words.secret_note.to_owned()),
        back: (shelf.path().to_owned(), back.to_owned()),
    }
    .answer()
}
