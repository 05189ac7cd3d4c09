//! What cannot be taken back: a registration, a session. Each asks first and says exactly what ends.

use std::sync::Arc;

use axum::extract::State;

use crate::desk::UserView;
use crate::domain::{AccessMode, SessionId, UserId};
use crate::portal::console::Console;
use crate::portal::console::apps::title;
use crate::portal::console::field::FormView;
use crate::portal::console::place::{Id, InApp};
use crate::portal::console::sheet::AskSheet;
use crate::portal::pages::{self, Answer};
use crate::portal::right::ManageUsers;

use super::rows::Teller;
use super::words::words;
use super::{called, elsewhere};

type Here = InApp<ManageUsers>;

pub(super) async fn ask_delete(State(console): State<Arc<Console>>, here: Here, Id(id): Id<UserId>) -> Answer {
    match console.desk.user(here.app().id, id).await {
        Ok(user) => ask(&console, &here, &user, false),
        Err(error) => here.member.stop(error.into()),
    }
}

pub(super) async fn ask_decline(State(console): State<Arc<Console>>, here: Here, Id(id): Id<UserId>) -> Answer {
    match console.desk.user(here.app().id, id).await {
        Ok(user) => ask(&console, &here, &user, true),
        Err(error) => here.member.stop(error.into()),
    }
}

pub(super) async fn delete(State(console): State<Arc<Console>>, here: Here, Id(id): Id<UserId>) -> Answer {
    match console.desk.deregister(here.app().id, id).await {
        Ok(()) => pages::see_other(&here.path("/users?done=deleted")),
        Err(error) => here.member.stop(error.into()),
    }
}

pub(super) async fn decline(State(console): State<Arc<Console>>, here: Here, Id(id): Id<UserId>) -> Answer {
    match console.desk.deregister(here.app().id, id).await {
        Ok(()) => pages::see_other(&here.path("/users?kind=waiting&done=declined")),
        Err(error) => here.member.stop(error.into()),
    }
}

fn ask(console: &Console, here: &Here, user: &UserView, declines: bool) -> Answer {
    let words = words(here.member.language);
    let name = called(user);
    let verb = if declines { "decline" } else { "delete" };
    let others = elsewhere(&console.desk, here.app().id, user);
    let mut points = vec![(words.ends_registration)(&title(here.app())), (words.ends_sessions)(user.devices.len())];
    if user.open_connections > 0 {
        points.push((words.ends_connections)(user.open_connections));
    }
    points.push(if others.is_empty() { words.ends_user.to_owned() } else { (words.keeps_user)(&others.join(", ")) });
    points.push((words.come_again)(here.app().access != AccessMode::InviteOnly).to_owned());
    let (heading, submit) = match declines {
        true => ((words.decline_heading)(&name), words.decline),
        false => ((words.remove_heading)(&name), words.remove),
    };
    let action = here.path(&format!("/users/{}/{verb}", user.id));
    AskSheet {
        frame: here.frame(heading),
        lead: words.remove_lead.to_owned(),
        points,
        form: FormView::new(action, submit, Vec::new()).grave().cancel(here.path("/users")),
    }
    .answer()
}

pub(super) async fn ask_session(State(console): State<Arc<Console>>, here: Here, Id(id): Id<SessionId>) -> Answer {
    let words = words(here.member.language);
    let session = match console.desk.session(here.app().id, id).await {
        Ok(session) => session,
        Err(error) => return here.member.stop(error.into()),
    };
    let teller = Teller { words, language: here.member.language, now: here.member.now };
    let (browser, is_user) = (teller.browser(&session.agent), session.user.is_some());
    let back = session.user.map_or_else(|| "/users?kind=devices".to_owned(), |user| format!("/users/{user}"));
    let mut points = Vec::new();
    if session.open_connections > 0 {
        points.push((words.ends_connections)(session.open_connections));
    }
    points.push(if is_user { words.end_user } else { words.end_device }.to_owned());
    AskSheet {
        frame: here.frame(words.end_heading),
        lead: (words.end_lead)(&format!("{browser}, {}", session.ip)),
        points,
        form: FormView::new(here.path(&format!("/sessions/{id}/end")), words.end, Vec::new())
            .grave()
            .cancel(here.path(&back)),
    }
    .answer()
}

pub(super) async fn session(State(console): State<Arc<Console>>, here: Here, Id(id): Id<SessionId>) -> Answer {
    let app = here.app().id;
    let user = console.desk.session(app, id).await.ok().and_then(|session| session.user);
    match console.desk.end_session(app, id).await {
        Ok(()) => {
            let path = user.map_or_else(|| "/users?kind=devices&".to_owned(), |user| format!("/users/{user}?"));
            pages::see_other(&here.path(&format!("{path}done=ended")))
        }
        Err(error) => here.member.stop(error.into()),
    }
}
