//! What can be done with a person, and taken back: rename, approve, suspend, sign out; and a link to a new password.

use std::sync::Arc;

use axum::extract::State;

use crate::desk::{AdminError, UserChange};
use crate::domain::{UserId, Username};
use crate::portal::console::Console;
use crate::portal::console::errors::Errors;
use crate::portal::console::place::{Id, InApp};
use crate::portal::console::sent::Sent;
use crate::portal::console::sheet::GivenSheet;
use crate::portal::pages::{self, Answer};
use crate::portal::qr;
use crate::portal::right::ManageUsers;

use super::words::words;
use super::{REACH, called, one};

type Here = InApp<ManageUsers>;

pub(super) async fn change(
    State(console): State<Arc<Console>>,
    here: Here,
    Id(id): Id<UserId>,
    Sent(sent): Sent,
) -> Answer {
    let words = words(here.member.language);
    let user = match console.desk.user(here.app().id, id).await {
        Ok(user) => user,
        Err(error) => return here.member.stop(error.into()),
    };
    let typed = ["given_name", "family_name", "username"].map(|field| sent.text(field).trim().to_owned());
    let [given_name, family_name, username] = typed.clone();
    let mut errors = Errors::default();
    match username.parse::<Username>() {
        Ok(parsed) => {
            let username = Some(parsed).filter(|parsed| *parsed != user.username);
            let (given_name, family_name) = (Some(given_name), Some(family_name));
            let change = UserChange { given_name, family_name, username, ..UserChange::default() };
            match console.desk.change_user(here.app().id, id, change, REACH).await {
                Ok(()) => return pages::see_other(&here.path(&format!("/users/{id}?done=saved"))),
                Err(error) => errors = Errors::of(error, here.member.words(), |_| None),
            }
        }
        Err(_) => errors.add("username", words.bad_username),
    }
    one::show(&console, &here, &user, Some(typed), &errors)
}

pub(super) async fn approve(State(console): State<Arc<Console>>, here: Here, Id(id): Id<UserId>) -> Answer {
    let done = console.desk.approve_user(here.app().id, id).await;
    after(&here, done, "/users?kind=waiting&done=approved".to_owned())
}

pub(super) async fn suspend(State(console): State<Arc<Console>>, here: Here, Id(id): Id<UserId>) -> Answer {
    let change = UserChange { suspended: Some(true), ..UserChange::default() };
    let done = console.desk.change_user(here.app().id, id, change, REACH).await;
    after(&here, done, format!("/users/{id}?done=suspended"))
}

pub(super) async fn resume(State(console): State<Arc<Console>>, here: Here, Id(id): Id<UserId>) -> Answer {
    let change = UserChange { suspended: Some(false), ..UserChange::default() };
    let done = console.desk.change_user(here.app().id, id, change, REACH).await;
    after(&here, done, format!("/users/{id}?done=resumed"))
}

pub(super) async fn sign_out(State(console): State<Arc<Console>>, here: Here, Id(id): Id<UserId>) -> Answer {
    let done = console.desk.sign_out_everywhere(here.app().id, id, REACH).await;
    after(&here, done, format!("/users/{id}?done=signed-out"))
}

/// The link is shown once, to whoever hands it over.
pub(super) async fn reset(State(console): State<Arc<Console>>, here: Here, Id(id): Id<UserId>) -> Answer {
    let words = words(here.member.language);
    let name = match console.desk.user(here.app().id, id).await {
        Ok(user) => called(&user),
        Err(error) => return here.member.stop(error.into()),
    };
    match console.desk.reset_link(here.app().id, id, REACH).await {
        Ok(made) => GivenSheet {
            frame: here.frame(words.reset),
            lead: (words.reset_given)(&name),
            label: words.link.to_owned(),
            code: qr::svg(&made.link),
            secret: made.link,
            note: Some((words.reset_note)(&super::rows::date_of(made.expires_at))),
            back: (here.path(&format!("/users/{id}")), (words.back_to)(&name)),
        }
        .answer(),
        Err(error) => here.member.stop(error.into()),
    }
}

fn after(here: &Here, done: Result<(), AdminError>, path: String) -> Answer {
    match done {
        Ok(()) => pages::see_other(&here.path(&path)),
        Err(error) => here.member.stop(error.into()),
    }
}
