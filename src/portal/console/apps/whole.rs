//! What concerns an app as a whole: to copy it, to move it to another workspace, to delete it.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use http::StatusCode;

use crate::desk::AppCopy;
use crate::domain::{AppUrl, Permission, Slug, Workspace};
use crate::portal::console::Console;
use crate::portal::console::errors::Errors;
use crate::portal::console::field::{Choice, Field, FormView};
use crate::portal::console::frame::{self, Frame};
use crate::portal::console::place::{InApp, segment};
use crate::portal::console::sent::Sent;
use crate::portal::console::stop::Stop;
use crate::portal::pages::{self, Answer};
use crate::portal::right::{CreateApps, DeleteApps};

use super::beside::Beside;
use super::head::title;
use super::naming;
use super::words::{making, settings};

/// A question with a form, or with nothing to do about it.
#[derive(Template)]
#[template(path = "apps/whole.html", config = "src/portal/console/askama.toml")]
struct WholePage {
    frame: Frame,
    lead: &'static str,
    points: Vec<String>,
    after: Option<&'static str>,
    form: Option<FormView>,
    back: String,
}

pub(super) async fn copy(here: InApp<CreateApps>) -> Answer {
    let app = here.app();
    let name = naming::free(&title(app), here.workspace.id, &here.member.snapshot);
    let mut url = app.url.clone();
    // Where the old name stands in the address, the new one does.
    url.host = url.host.replace(app.name.as_str(), &name).into();
    url.prefix = url.prefix.replace(app.name.as_str(), &name).into();
    let url = if url == app.url { String::new() } else { url.to_string() };
    copy_page(&here, &title(app), &name, &url, &Errors::default())
}

pub(super) async fn make_copy(
    State(console): State<Arc<Console>>,
    here: InApp<CreateApps>,
    Sent(form): Sent,
) -> Answer {
    let words = making(here.member.language);
    let (label, name, url) = (form.text("title").trim(), form.text("name").trim(), form.text("url").trim());
    let mut errors = Errors::default();
    let parsed: (Result<Slug, _>, Result<AppUrl, _>) = (name.parse(), url.parse());
    if parsed.0.is_err() {
        errors.add("name", words.wrong_name);
    }
    if parsed.1.is_err() {
        errors.add("url", words.wrong_url);
    }
    if let (Ok(slug), Ok(address)) = parsed {
        let copy = AppCopy { name: slug, title: Some(label.to_owned()), url: address, master_password: None };
        match console.desk.copy_app(here.app().id, here.workspace.id, copy).await {
            Ok(app) => {
                return pages::see_other(&format!("/w/{}/apps/{}?done=copied", here.workspace.name, segment(&app)));
            }
            Err(error) => {
                let explain = |field: &str| (field == "title").then(|| words.wrong_title.to_owned());
                let beside = Beside { name: Some("name"), url: Some("url"), named: name };
                errors = beside.errors(error, &here.member, explain);
            }
        }
    }
    copy_page(&here, label, name, url, &errors)
}

fn copy_page(here: &InApp<CreateApps>, label: &str, name: &str, url: &str, errors: &Errors) -> Answer {
    let (words, own) = (settings(here.member.language), making(here.member.language));
    let fields = vec![
        Field::text("title", words.title).value(label),
        Field::text("name", words.name).value(name).hint(own.name_hint).verbatim(),
        Field::text("url", words.url).value(url).hint(words.url_hint).verbatim(),
    ];
    let form = FormView::new(here.path("/settings/copy"), words.copy_submit, fields).cancel(back(here));
    let page = WholePage {
        frame: here.frame(format!("{}: {}", words.copy, title(here.app()))),
        lead: words.copy_lead,
        points: Vec::new(),
        after: None,
        form: Some(form.judged(errors, here.member.words())),
        back: back(here),
    };
    pages::page(errors.status(), &page)
}

/// To the settings, for who may see them.
fn back<R>(here: &InApp<R>) -> String {
    here.path(if here.may(Permission::EditApps) { "/settings" } else { "" })
}

pub(super) async fn relocate(here: InApp<DeleteApps>) -> Answer {
    relocate_page(&here, &Errors::default())
}

pub(super) async fn make_move(
    State(console): State<Arc<Console>>,
    here: InApp<DeleteApps>,
    Sent(form): Sent,
) -> Answer {
    let target = targets(&here).into_iter().find(|each| each.name.as_str() == form.text("workspace"));
    let Some(target) = target else { return here.member.stop(Stop::NotFound) };
    match console.desk.move_app(here.app().id, target.id).await {
        Ok(app) => pages::see_other(&format!("/w/{}/apps/{}?done=moved", target.name, segment(&app))),
        Err(error) => {
            let beside = Beside { name: Some("workspace"), ..Beside::default() };
            let errors = beside.errors(error, &here.member, |_| None);
            relocate_page(&here, &errors)
        }
    }
}

/// Where the member may put it.
fn targets(here: &InApp<DeleteApps>) -> Vec<Arc<Workspace>> {
    let mut all = here.member.workspaces();
    all.retain(|each| each.id != here.workspace.id && here.member.may(each.id, Permission::CreateApps));
    all
}

fn relocate_page(here: &InApp<DeleteApps>, errors: &Errors) -> Answer {
    let words = settings(here.member.language);
    let targets = targets(here);
    let form = (!targets.is_empty()).then(|| {
        let choices = targets.iter().map(|each| Choice::new(each.name.as_str(), frame::title(each), false));
        let fields = vec![Field::select("workspace", words.relocate_to, choices.collect())];
        FormView::new(here.path("/settings/move"), words.relocate_submit, fields)
            .cancel(back(here))
            .judged(errors, here.member.words())
    });
    let page = WholePage {
        frame: here.frame(format!("{}: {}", words.relocate, title(here.app()))),
        lead: if form.is_some() { words.relocate_lead } else { words.relocate_nowhere },
        points: Vec::new(),
        after: None,
        form,
        back: back(here),
    };
    pages::page(errors.status(), &page)
}

pub(super) async fn delete(State(console): State<Arc<Console>>, here: InApp<DeleteApps>) -> Answer {
    let words = settings(here.member.language);
    let devices = console.desk.directory().sessions_of(here.app().id);
    let form = FormView::new(here.path("/settings/delete"), words.delete_submit, Vec::new());
    let page = WholePage {
        frame: here.frame((words.delete_ask)(&title(here.app()))),
        lead: words.delete_lead,
        points: (devices > 0)
            .then(|| (words.delete_sessions)(devices))
            .into_iter()
            .chain([words.delete_users.to_owned()])
            .collect(),
        after: Some(words.delete_upstream),
        form: Some(form.grave().cancel(back(&here))),
        back: back(&here),
    };
    pages::page(StatusCode::OK, &page)
}

pub(super) async fn make_delete(State(console): State<Arc<Console>>, here: InApp<DeleteApps>, Sent(_): Sent) -> Answer {
    match console.desk.delete_app(here.app().id).await {
        Ok(()) => pages::see_other(&format!("/w/{}/apps?done=app-deleted", here.workspace.name)),
        Err(error) => here.member.stop(error.into()),
    }
}

/// What was just done, by its name in the address.
pub(super) fn done(name: &str, language: crate::domain::Language) -> Option<&'static str> {
    let (apps, words) = (super::words::words(language), settings(language));
    Some(match name {
        "started" => apps.started,
        "stopped" => apps.was_stopped,
        "copied" => words.copied,
        "moved" => words.moved,
        "app-deleted" => words.deleted,
        _ => return None,
    })
}
