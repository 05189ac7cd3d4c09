//! An app's users: who is there, live; each of them; invitations; figures. The live table's script is `assets/live.js`.

mod chart;
mod end;
mod invite_verbs;
mod invites;
mod list;
mod one;
mod query;
mod rows;
mod verbs;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::desk::{Desk, Reach, UserView};
use crate::domain::AppId;

use super::Console;

pub(super) use chart::figures;

/// A member's right is one in the workspace.
const REACH: Reach = Reach::Workspace;

pub(super) fn routes() -> Router<Arc<Console>> {
    let below = |rest: &str| format!("/w/{{workspace}}/apps/{{app}}{rest}");
    Router::new()
        .route(&below("/users"), get(list::page))
        .route(&below("/users/rows"), get(list::rows))
        .route(&below("/users/{id}"), get(one::page).post(verbs::change))
        .route(&below("/users/{id}/approve"), post(verbs::approve))
        .route(&below("/users/{id}/suspend"), post(verbs::suspend))
        .route(&below("/users/{id}/resume"), post(verbs::resume))
        .route(&below("/users/{id}/sign-out"), post(verbs::sign_out))
        .route(&below("/users/{id}/reset"), post(verbs::reset))
        .route(&below("/users/{id}/delete"), get(end::ask_delete).post(end::delete))
        .route(&below("/users/{id}/decline"), get(end::ask_decline).post(end::decline))
        .route(&below("/sessions/{id}/end"), get(end::ask_session).post(end::session))
        .route(&below("/invites"), get(invites::page).post(invites::invite))
        .route(&below("/invites/{id}/renew"), post(invite_verbs::renew))
        .route(&below("/invites/{id}/withdraw"), get(invite_verbs::ask).post(invite_verbs::withdraw))
}

/// As people call them; the user name of who gave no name.
fn called(user: &UserView) -> String {
    let name = format!("{} {}", user.given_name, user.family_name);
    let name = name.trim();
    if name.is_empty() { user.username.to_string() } else { name.to_owned() }
}

/// The titles of the other apps of the workspace that a user is registered with.
fn elsewhere(desk: &Desk, app: AppId, user: &UserView) -> Vec<String> {
    let snapshot = desk.directory().snapshot();
    let Some(person) = desk.directory().person(user.id) else { return Vec::new() };
    let others = snapshot.apps.values().filter(|entry| entry.app.id != app);
    let theirs = others.filter(|entry| person.invited_to(entry.app.id).is_some());
    let mut titles: Vec<String> = theirs.map(|entry| super::apps::title(&entry.app)).collect();
    titles.sort_unstable();
    titles
}
