//! One person: who they are, how they sign in, and where they are signed in.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;

use crate::desk::UserView;
use crate::domain::{Permission, Timestamp, UserId};
use crate::portal::console::Console;
use crate::portal::console::apps::{AppHead, Tab, settle};
use crate::portal::console::errors::Errors;
use crate::portal::console::field::{Field, FormView};
use crate::portal::console::frame::Frame;
use crate::portal::console::place::{Id, InApp};
use crate::portal::pages::{self, Answer, assets};
use crate::portal::right::SeeUsers;

use super::called;
use super::rows::{Badge, DeviceRow, Teller};
use super::words::{Users, words};

#[derive(Template)]
#[template(path = "users/one.html", config = "src/portal/console/askama.toml")]
struct OnePage {
    frame: Frame,
    head: AppHead,
    words: &'static Users,
    list: String,
    own: String,
    base: String,
    name: String,
    badge: Badge,
    is_waiting: bool,
    is_suspended: bool,
    username: String,
    address: Option<&'static str>,
    ways: Vec<String>,
    registered: Timestamp,
    seen: Option<Timestamp>,
    is_invited: bool,
    devices: Vec<DeviceRow>,
    /// For who may manage users.
    form: Option<FormView>,
}

pub(super) async fn page(State(console): State<Arc<Console>>, here: InApp<SeeUsers>, Id(id): Id<UserId>) -> Answer {
    settle(&console, &[&here.entry]).await;
    match console.desk.user(here.app().id, id).await {
        Ok(user) => show(&console, &here, &user, None, &Errors::default()),
        Err(error) => here.member.stop(error.into()),
    }
}

/// `typed` is what a form that was refused said: given name, family name, user name.
pub(super) fn show<R>(
    console: &Console,
    here: &InApp<R>,
    user: &UserView,
    typed: Option<[String; 3]>,
    errors: &Errors,
) -> Answer {
    let words = words(here.member.language);
    let teller = Teller { words, language: here.member.language, now: here.member.now };
    let name = called(user);
    let own = here.path(&format!("/users/{}", user.id));
    let form = here.may(Permission::ManageUsers).then(|| {
        let [given, family, username] =
            typed.unwrap_or_else(|| [user.given_name.clone(), user.family_name.clone(), user.username.to_string()]);
        let fields = vec![
            Field::text("given_name", words.given_name).value(given).optional(),
            Field::text("family_name", words.family_name).value(family).optional(),
            Field::text("username", words.username).value(username).hint(words.username_hint),
        ];
        FormView::new(own.clone(), here.member.words().save, fields).judged(errors, here.member.words())
    });
    let devices = user.devices.iter().cloned().map(|session| teller.device(String::new(), session));
    let page = OnePage {
        frame: here.frame(name.clone()).telling((words.done)(&here.member.done)),
        head: AppHead::of(console, here, Tab::Users),
        words,
        list: here.path("/users"),
        own,
        base: here.path(""),
        badge: teller.badge(user),
        is_waiting: user.waiting,
        is_suspended: user.suspended,
        username: user.username.to_string(),
        address: user.username.email().map(|_| if user.email_verified { words.verified } else { words.unverified }),
        ways: ways(console, user, words),
        registered: user.registered_at,
        seen: user.last_seen_at,
        is_invited: user.invited,
        devices: devices.collect(),
        name,
        form,
    };
    pages::page(errors.status(), &page)
}

/// A password, and the providers' names as the configuration has them; otherwise the issuer's address.
fn ways(console: &Console, user: &UserView, words: &Users) -> Vec<String> {
    let known = console.desk.providers();
    let providers = user.identities.iter().map(|identity| {
        let found = known.iter().find(|provider| provider.issuer == identity.issuer);
        let name = found.map_or_else(|| identity.issuer.clone(), |provider| provider.id.to_string());
        match &identity.email {
            Some(email) => format!("{name} ({email})"),
            None => name,
        }
    });
    let password = user.has_password.then(|| words.password.to_owned());
    let mut ways: Vec<String> = password.into_iter().chain(providers).collect();
    if ways.is_empty() {
        ways.push(words.nothing_yet.to_owned());
    }
    ways
}

impl OnePage {
    fn live_style(&self) -> &'static str {
        &assets::LIVE_STYLE.name
    }
}
