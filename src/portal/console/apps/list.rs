//! The apps of a workspace, as cards or as a list.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use http::StatusCode;

use crate::desk::matches;
use crate::directory::AppEntry;
use crate::domain::{AccessMode, AppId, Permission};
use crate::portal::console::Console;
use crate::portal::console::frame::{Frame, Nav};
use crate::portal::console::place::{InWorkspace, segment};
use crate::portal::pages::{self, Answer, Form, assets};
use crate::portal::right::SeeApps;

use super::head::title;
use super::icon::Face;
use super::status::{self, Outage};
use super::whole;
use super::words::{Apps, words};

#[derive(Template)]
#[template(path = "apps/list.html", config = "src/portal/console/askama.toml")]
struct ListPage {
    frame: Frame,
    words: &'static Apps,
    rows: Vec<Row>,
    /// Whether there are any, whatever the filters say.
    has_apps: bool,
    /// Whether there are so many that one searches.
    has_filters: bool,
    is_list: bool,
    /// The same apps in the other form.
    other_form: String,
    q: String,
    states: Vec<(&'static str, &'static str, bool)>,
    modes: Vec<(&'static str, &'static str, bool)>,
    own: String,
    /// The workspace's, for the script that keeps the page fresh.
    api: String,
    new: Option<String>,
}

struct Row {
    href: String,
    title: String,
    description: String,
    face: Face,
    state: status::State,
    outage: Option<Outage>,
    mode: &'static str,
    url: String,
    devices: usize,
}

/// Fewer fit on one screen.
const SEARCHABLE: usize = 7;

pub(super) async fn of_workspace(here: InWorkspace<SeeApps>) -> Answer {
    pages::see_other(&here.path("/apps"))
}

pub(super) async fn page(State(console): State<Arc<Console>>, here: InWorkspace<SeeApps>, query: Form) -> Answer {
    let words = words(here.member.language);
    let own = here.path("/apps");
    let mut apps: Vec<&Arc<AppEntry>> =
        here.member.snapshot.apps.values().filter(|entry| entry.app.workspace == here.workspace.id).collect();
    apps.sort_by_key(|entry| (title(&entry.app).to_lowercase(), entry.app.id));
    let all = apps.len();
    let shown: Vec<&AppEntry> = apps.iter().map(|entry| &***entry).collect();
    status::settle(&console, &shown).await;
    apps.retain(|entry| is_wanted(&console, entry, &query));
    let (state, mode) = (query.text("state"), query.text("mode"));
    let devices = console.desk.directory().sessions_by_app();
    let is_list = query.text("view") == "list";
    let page = ListPage {
        frame: here.frame(words.apps, Nav::Apps).telling(whole::done(&here.member.done, here.member.language)),
        words,
        rows: apps.into_iter().map(|entry| row(&console, &here, entry, &devices, words)).collect(),
        has_apps: all > 0,
        has_filters: all >= SEARCHABLE || !query.text("q").is_empty() || !state.is_empty() || !mode.is_empty(),
        is_list,
        other_form: other_form(&query, &own, is_list),
        q: query.text("q").to_owned(),
        states: status::State::SOUGHT.map(|each| (each.name(), each.word(words), each.name() == state)).into(),
        modes: AccessMode::ALL.map(|each| (each.as_str(), (words.mode)(each), each.as_str() == mode)).into(),
        new: here.may(Permission::CreateApps).then(|| here.path("/apps/new")),
        api: format!("/api/v1/workspaces/{}", here.workspace.name),
        own,
    };
    pages::page(StatusCode::OK, &page)
}

impl ListPage {
    fn live_script(&self) -> &'static str {
        &assets::LIVE_SCRIPT.name
    }

    fn live_style(&self) -> &'static str {
        &assets::LIVE_STYLE.name
    }
}

fn is_wanted(console: &Console, entry: &AppEntry, query: &Form) -> bool {
    let (app, q) = (&entry.app, query.text("q").trim());
    let (state, mode) = (query.text("state"), query.text("mode"));
    let texts = [app.name.as_str(), &app.title, &app.description, &app.url.to_string(), &app.upstream.to_string()];
    (q.is_empty() || matches(q, texts))
        && (state.is_empty() || status::State::of(console, entry).name() == state)
        && (mode.is_empty() || app.access.as_str() == mode)
}

fn row(
    console: &Console,
    here: &InWorkspace<SeeApps>,
    entry: &AppEntry,
    devices: &HashMap<AppId, usize>,
    words: &Apps,
) -> Row {
    let app = &entry.app;
    let href = here.path(&format!("/apps/{}", segment(app)));
    Row {
        title: title(app),
        description: app.description.clone(),
        face: Face::of(app, &href),
        href,
        state: status::State::of(console, entry),
        outage: Outage::of(console, &here.member, entry),
        mode: (words.mode)(app.access),
        url: app.url.to_string(),
        devices: devices.get(&app.id).copied().unwrap_or_default(),
    }
}

fn other_form(query: &Form, own: &str, is_list: bool) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in query.pairs().filter(|(name, _)| matches!(*name, "q" | "state" | "mode")) {
        pairs.append_pair(name, value);
    }
    format!("{own}?{}", pairs.append_pair("view", if is_list { "cards" } else { "list" }).finish())
}
