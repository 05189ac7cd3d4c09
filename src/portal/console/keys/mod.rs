//! API keys: one's own, and those of the installation.

mod make;
mod words;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use http::StatusCode;

use crate::desk::{Expected, KeyChange, KeyView, Scope};
use crate::domain::{KeyId, KeyScope, Slug, Timestamp};
use crate::portal::api::ApiKey;
use crate::portal::pages::{self, Answer};

use super::Console;
use super::field::FormView;
use super::frame::{self, Frame, Nav};
use super::member::Member;
use super::place::{Id, InAccount};
use super::sent::Sent;
use super::sheet::AskSheet;
use words::{Words, words};

pub(super) fn routes() -> Router<Arc<Console>> {
    Router::new()
        .route(Shelf::Own.path(), get(async |console, member| list(console, member, Shelf::Own).await))
        .route(Shelf::All.path(), get(async |console, here: InAccount| list(console, here.member, Shelf::All).await))
        .route("/profile/keys/new", get(make::blank_own).post(make::create_own))
        .route("/account/keys/new", get(make::blank).post(make::create))
        .route("/profile/keys/{id}/switch", post(switch))
        .route("/profile/keys/{id}/delete", get(ask).post(delete))
}

/// Which keys a page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shelf {
    Own,
    All,
}

impl Shelf {
    const fn path(self) -> &'static str {
        match self {
            Self::Own => "/profile/keys",
            Self::All => "/account/keys",
        }
    }

    /// Where a key is shown.
    fn of(key: &KeyView, member: &Member) -> Self {
        if key.key.is_personal_of(member.id) { Self::Own } else { Self::All }
    }

    fn frame(self, member: &Member, heading: impl Into<String>) -> Frame {
        match self {
            Self::All if member.is_owner() => member.frame(heading).in_account(member, Nav::Keys),
            Self::Own | Self::All => member.frame(heading),
        }
    }
}

#[derive(Template)]
#[template(path = "keys/list.html", config = "src/portal/console/askama.toml")]
struct ListPage {
    frame: Frame,
    words: &'static Words,
    lead: &'static str,
    new: String,
    rows: Vec<Row>,
    /// On the page of one's own, the owner is known.
    shows_owner: bool,
}

struct Row {
    /// None for a key of the configuration, which nobody changes here.
    id: Option<KeyId>,
    name: String,
    scope: String,
    owner: String,
    used: Option<(Timestamp, String)>,
    ends: Option<Timestamp>,
    state: (&'static str, &'static str),
    is_on: bool,
}

async fn list(State(console): State<Arc<Console>>, member: Member, shelf: Shelf) -> Answer {
    let words = words(member.language);
    let mut keys = match console.desk.api_keys(&member.authority) {
        Ok(keys) => keys,
        Err(error) => return member.stop(error.into()),
    };
    keys.retain(|key| shelf == Shelf::All || key.key.is_personal_of(member.id));
    keys.sort_by_key(|key| (key.key.name.to_lowercase(), key.key.id));
    let (heading, lead) = match shelf {
        Shelf::Own => (words.own, words.own_lead),
        Shelf::All => (words.keys, words.lead),
    };
    let mut rows: Vec<Row> = keys.iter().map(|key| row(&console, &member, key, words)).collect();
    if shelf == Shelf::All {
        rows.extend(console.keys.all().iter().map(|key| configured(&member, key, words)));
    }
    let page = ListPage {
        frame: shelf.frame(&member, heading),
        words,
        lead,
        new: format!("{}/new", shelf.path()),
        rows,
        shows_owner: shelf == Shelf::All,
    };
    pages::page(StatusCode::OK, &page)
}

fn row(console: &Console, member: &Member, view: &KeyView, words: &'static Words) -> Row {
    let key = &view.key;
    let is_over = key.expires_at.is_some_and(|end| end <= member.now);
    let owner = console.desk.directory().person(key.owner);
    Row {
        id: Some(key.id),
        name: key.name.clone(),
        scope: scope(member, key.scope, words),
        owner: owner.map(|person| person.username().to_owned()).unwrap_or_default(),
        used: key.last_used.map(|last| (last.at, last.ip.to_string())),
        ends: key.expires_at,
        state: match (is_over, key.enabled) {
            (true, _) => ("stopped", words.over),
            (false, true) => ("running", words.on),
            (false, false) => ("stopped", words.off),
        },
        is_on: key.enabled,
    }
}

/// It is changed where it stands; who uses it and when is not kept.
fn configured(member: &Member, key: &ApiKey, words: &'static Words) -> Row {
    let snapshot = &member.snapshot;
    let workspace = |name: &Slug| snapshot.workspaces.values().find(|workspace| workspace.name == *name);
    let scope = match &key.scope {
        Scope::Account => Some(KeyScope::Account),
        Scope::Workspace(name) => workspace(name).map(|found| KeyScope::Workspace(found.id)),
        Scope::App(within, name) => workspace(within)
            .and_then(|found| snapshot.app_named(found.id, name.as_str()))
            .map(|entry| KeyScope::App(entry.app.id)),
    };
    Row {
        id: None,
        name: key.name.clone(),
        scope: scope.map_or_else(|| words.gone.to_owned(), |scope| self::scope(member, scope, words)),
        owner: words.configured.to_owned(),
        used: None,
        ends: None,
        state: ("running", words.on),
        is_on: true,
    }
}

fn scope(member: &Member, scope: KeyScope, words: &Words) -> String {
    let snapshot = &member.snapshot;
    let title = |id| snapshot.workspaces.get(&id).map(|workspace| frame::title(workspace));
    let named = match scope {
        KeyScope::Personal => Some(words.personal.to_owned()),
        KeyScope::Account => Some(words.account.to_owned()),
        KeyScope::Workspace(id) => title(id).map(|title| (words.of_workspace)(&title)),
        KeyScope::App(id) => snapshot.apps.get(&id).and_then(|entry| {
            let workspace = title(entry.app.workspace)?;
            Some((words.of_app)(&workspace, &entry.app.title))
        }),
    };
    named.unwrap_or_else(|| words.gone.to_owned())
}

async fn switch(State(console): State<Arc<Console>>, member: Member, Id(id): Id<KeyId>, Sent(sent): Sent) -> Answer {
    let change = KeyChange { enabled: Some(sent.text("enabled") == "on"), ..KeyChange::default() };
    match console.desk.change_api_key(&member.authority, id, change, &Expected::Anything).await {
        Ok(view) => pages::see_other(&format!("{}?done=saved", Shelf::of(&view, &member).path())),
        Err(error) => member.stop(error.into()),
    }
}

async fn ask(State(console): State<Arc<Console>>, member: Member, Id(id): Id<KeyId>) -> Answer {
    let words = words(member.language);
    match console.desk.api_key(&member.authority, id) {
        Ok(view) => {
            let shelf = Shelf::of(&view, &member);
            let form = FormView::new(format!("/profile/keys/{id}/delete"), member.words().delete, Vec::new());
            AskSheet {
                frame: shelf.frame(&member, (words.delete_heading)(&view.key.name)),
                lead: words.delete_lead.to_owned(),
                points: Vec::new(),
                form: form.grave().cancel(shelf.path()),
            }
            .answer()
        }
        Err(error) => member.stop(error.into()),
    }
}

async fn delete(State(console): State<Arc<Console>>, member: Member, Id(id): Id<KeyId>) -> Answer {
    let authority = &member.authority;
    let shelf = match console.desk.api_key(authority, id) {
        Ok(view) => Shelf::of(&view, &member),
        Err(error) => return member.stop(error.into()),
    };
    match console.desk.delete_api_key(authority, id, &Expected::Anything).await {
        Ok(()) => pages::see_other(&format!("{}?done=deleted", shelf.path())),
        Err(error) => member.stop(error.into()),
    }
}
