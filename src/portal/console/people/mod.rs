//! Members and their roles: for the whole installation, and in one workspace.

mod here;
mod invite;
mod list;
mod one;
mod roles;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::desk::{AdminError, MemberView};
use crate::portal::console::field::Choice;

use super::Console;
use super::errors::Errors;
use super::member::Member;
use words::People;

const MEMBERS: &str = "/account/members";
const ROLES: &str = "/account/roles";

pub(super) fn routes() -> Router<Arc<Console>> {
    Router::new()
        .route(MEMBERS, get(list::page))
        .route("/account/members/new", get(invite::page).post(invite::send))
        .route("/account/members/{id}", get(one::page).post(one::change))
        .route("/account/members/{id}/remove", get(one::ask).post(one::remove))
        .route("/account/members/invites/{id}/renew", post(invite::renew))
        .route("/account/members/invites/{id}/withdraw", get(invite::ask).post(invite::withdraw))
        .route(ROLES, get(roles::list))
        .route("/account/roles/new", get(roles::blank).post(roles::create))
        .route("/account/roles/{id}", get(roles::page).post(roles::change))
        .route("/account/roles/{id}/delete", get(roles::ask).post(roles::delete))
        .route("/w/{workspace}/members", get(here::page).post(here::assign))
}

/// What a verb said about a form of this part.
fn judge(error: AdminError, member: &Member, words: &'static People) -> Errors {
    match error {
        AdminError::LastOwner => {
            let mut errors = Errors::default();
            errors.say(words.remove_last_owner);
            errors
        }
        error => Errors::of(error, member.words(), |field| match field {
            "email" => Some(words.bad_email.to_owned()),
            "name" => Some(words.bad_role_name.to_owned()),
            _ => None,
        }),
    }
}

/// As people are called; the address of who gave no name.
fn called(view: &MemberView) -> String {
    let name = view.name();
    match (&view.email, name.is_empty()) {
        (Some(email), true) => email.to_string(),
        _ => name,
    }
}

/// Every role there is, and none.
fn role_choices(member: &Member, held: Option<crate::domain::RoleId>, words: &'static People) -> Vec<Choice> {
    let mut roles: Vec<_> = member.snapshot.staff.roles.values().collect();
    roles.sort_by_key(|role| (role.id != crate::domain::RoleId::FULL_ACCESS, role.name.to_lowercase()));
    let none = Choice::new("", words.no_role, held.is_none());
    let choices = roles.into_iter().map(|role| Choice::new(role.id.to_string(), &role.name, held == Some(role.id)));
    std::iter::once(none).chain(choices).collect()
}
