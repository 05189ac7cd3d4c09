//! One workspace's title and name, and its end.

use std::sync::Arc;

use axum::extract::State;

use crate::desk::{Expected, WorkspaceChange};
use crate::domain::Slug;
use crate::portal::console::Console;
use crate::portal::console::errors::Errors;
use crate::portal::console::field::{Field, FormView};
use crate::portal::console::frame::{self, Nav};
use crate::portal::console::place::InWorkspace;
use crate::portal::console::sent::Sent;
use crate::portal::console::sheet::{AskSheet, FormSheet};
use crate::portal::console::stop::Stop;
use crate::portal::pages::{self, Answer};
use crate::portal::right::EditWorkspace;

use super::words::words;
use super::{ALL, fields, judge};

type Here = InWorkspace<EditWorkspace>;

pub(super) async fn page(here: Here) -> Answer {
    let (title, name) = (here.workspace.title.clone(), here.workspace.name.to_string());
    form(&here, &title, &name, &Errors::default())
}

pub(super) async fn change(State(console): State<Arc<Console>>, here: Here, Sent(sent): Sent) -> Answer {
    let words = words(here.member.language);
    let (title, typed) = (sent.text("title").trim(), sent.filled("name"));
    let name = typed.as_deref().map(|typed| typed.trim().parse::<Slug>()).transpose();
    let typed = typed.clone().unwrap_or_else(|| here.workspace.name.to_string());
    let Ok(name) = name else {
        let mut errors = Errors::default();
        errors.add("name", words.bad_name);
        return form(&here, title, &typed, &errors);
    };
    let change = WorkspaceChange { name, title: Some(title.to_owned()) };
    let (authority, id) = (&here.member.authority, here.workspace.id);
    match console.desk.change_workspace(authority, id, change, &Expected::Anything).await {
        Ok(view) => pages::see_other(&format!("/w/{}/settings?done=saved", view.workspace.name)),
        Err(error) => form(&here, title, &typed, &judge(error, &here.member, words)),
    }
}

fn form(here: &Here, title: &str, name: &str, errors: &Errors) -> Answer {
    let words = words(here.member.language);
    let is_fixed = here.workspace.is_default();
    let mut fields = fields(words, title, name);
    if is_fixed && let Some(name) = fields.pop() {
        fields.push(name.hint(words.name_fixed).fixed());
    }
    let form = FormView::new(here.path("/settings"), here.member.words().save, fields);
    let frame = here.frame(words.settings, Nav::Settings);
    let sheet = FormSheet::new(frame, form.judged(errors, here.member.words()));
    let may_end = here.member.is_owner() && !is_fixed;
    if may_end { sheet.grave(here.path("/settings/delete"), words.delete) } else { sheet }.answer(errors.status())
}

pub(super) async fn ask(State(console): State<Arc<Console>>, here: Here) -> Answer {
    question(&console, &here, &Errors::default())
}

pub(super) async fn delete(State(console): State<Arc<Console>>, here: Here) -> Answer {
    let (authority, id) = (&here.member.authority, here.workspace.id);
    match console.desk.delete_workspace(authority, id, true, &Expected::Anything).await {
        Ok(()) => pages::see_other(&format!("{ALL}?done=deleted")),
        Err(error) => question(&console, &here, &judge(error, &here.member, words(here.member.language))),
    }
}

/// What goes with it, by name.
fn question(console: &Console, here: &Here, errors: &Errors) -> Answer {
    if !here.member.is_owner() || here.workspace.is_default() {
        return here.member.stop(Stop::NotFound);
    }
    let words = words(here.member.language);
    let contents = console.desk.workspace_contents(here.workspace.id);
    let apps = contents.apps.iter().map(|title| (words.app_goes)(title));
    let members = (contents.members > 0).then(|| (words.members_lose)(contents.members));
    let keys = (contents.keys > 0).then(|| (words.keys_go)(contents.keys));
    let mut points: Vec<String> = apps.chain(members).chain(keys).collect();
    if points.is_empty() {
        points.push(words.is_empty.to_owned());
    }
    let fields: Vec<Field> = Vec::new();
    let form = FormView::new(here.path("/settings/delete"), words.delete, fields).grave();
    AskSheet {
        frame: here.frame((words.delete_heading)(&frame::title(&here.workspace)), Nav::Settings),
        lead: words.delete_lead.to_owned(),
        points,
        form: form.cancel(here.path("/settings")).judged(errors, here.member.words()),
    }
    .answer()
}
