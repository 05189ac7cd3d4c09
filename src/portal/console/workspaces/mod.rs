//! Workspaces: all of them, a new one, and the settings of one.

mod settings;
mod words;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use http::StatusCode;

use crate::desk::AdminError;
use crate::domain::Slug;

use super::Console;
use super::errors::Errors;
use super::field::{Field, FormView};
use super::frame::{self, Frame, Nav};
use super::member::Member;
use super::place::InAccount;
use super::sent::Sent;
use super::sheet::FormSheet;
use crate::portal::pages::{self, Answer};
use words::{Words, words};

const ALL: &str = "/account/workspaces";

pub(super) fn routes() -> Router<Arc<Console>> {
    Router::new()
        .route(ALL, get(list))
        .route("/account/workspaces/new", get(blank).post(create))
        .route("/w/{workspace}/settings", get(settings::page).post(settings::change))
        .route("/w/{workspace}/settings/delete", get(settings::ask).post(settings::delete))
}

#[derive(Template)]
#[template(path = "workspaces/list.html", config = "src/portal/console/askama.toml")]
struct ListPage {
    frame: Frame,
    words: &'static Words,
    rows: Vec<Row>,
}

struct Row {
    title: String,
    name: Slug,
    apps: usize,
    members: usize,
}

async fn list(here: InAccount) -> Answer {
    let words = words(here.member.language);
    let snapshot = &here.member.snapshot;
    let rows = here.member.workspaces().into_iter().map(|workspace| Row {
        title: frame::title(&workspace),
        name: workspace.name.clone(),
        apps: snapshot.apps_in(workspace.id).count(),
        members: snapshot.staff.members.values().filter(|member| member.role_in(workspace.id).is_some()).count(),
    });
    let rows = rows.collect();
    pages::page(StatusCode::OK, &ListPage { frame: here.frame(words.workspaces, Nav::Workspaces), words, rows })
}

async fn blank(here: InAccount) -> Answer {
    new(&here, "", "", &Errors::default())
}

async fn create(State(console): State<Arc<Console>>, here: InAccount, Sent(sent): Sent) -> Answer {
    let words = words(here.member.language);
    let (title, typed) = (sent.text("title").trim(), sent.text("name").trim());
    let Ok(name) = typed.parse::<Slug>() else {
        let mut errors = Errors::default();
        errors.add("name", words.bad_name);
        return new(&here, title, typed, &errors);
    };
    let given = Some(title.to_owned()).filter(|title| !title.is_empty());
    match console.desk.create_workspace(&here.member.authority, name, given).await {
        Ok(made) => pages::see_other(&format!("/w/{}/apps?done=created", made.workspace.name)),
        Err(error) => new(&here, title, typed, &judge(error, &here.member, words)),
    }
}

fn new(here: &InAccount, title: &str, name: &str, errors: &Errors) -> Answer {
    let words = words(here.member.language);
    let fields = fields(words, title, name);
    let form = FormView::new("/account/workspaces/new", here.member.words().save, fields).cancel(ALL);
    let frame = here.frame(words.new, Nav::Workspaces);
    FormSheet::new(frame, form.judged(errors, here.member.words())).lead(words.lead).answer(errors.status())
}

fn fields(words: &Words, title: &str, name: &str) -> Vec<Field> {
    vec![
        Field::text("title", words.title).value(title),
        Field::text("name", words.name).value(name).hint(words.name_hint),
    ]
}

fn judge(error: AdminError, member: &Member, words: &'static Words) -> Errors {
    Errors::of(error, member.words(), |field| match field {
        "name" => Some(words.bad_name.to_owned()),
        "title" => Some(words.bad_title.to_owned()),
        _ => None,
    })
}
