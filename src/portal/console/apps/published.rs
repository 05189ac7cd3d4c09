//! The app is there: its link, to open, to scan and to give away.

use askama::Template;
use http::StatusCode;

use crate::domain::{AccessMode, Permission};
use crate::portal::console::frame::{Frame, Nav};
use crate::portal::console::place::InApp;
use crate::portal::pages::{self, Answer};
use crate::portal::qr;
use crate::portal::right::SeeApps;

use super::head::title;
use super::step;
use super::words::{Apps, Making, making, words};

#[derive(Template)]
#[template(path = "apps/published.html", config = "src/portal/console/askama.toml")]
struct PublishedPage {
    frame: Frame,
    words: &'static Making,
    apps: &'static Apps,
    steps: Vec<step::Step>,
    title: String,
    url: String,
    code: Option<String>,
    next: &'static str,
    invite: Option<String>,
    overview: String,
}

pub(super) async fn page(here: InApp<SeeApps>) -> Answer {
    let making_words = making(here.member.language);
    let app = here.app();
    let next = match app.access {
        AccessMode::InviteOnly => making_words.next_invite,
        AccessMode::MasterPassword => making_words.next_master,
        AccessMode::Signup | AccessMode::SignupAndMasterPassword => making_words.next_signup,
        AccessMode::Public => making_words.next_public,
    };
    let invites = app.access == AccessMode::InviteOnly && here.may(Permission::ManageUsers);
    let url = app.url.to_string();
    let page = PublishedPage {
        frame: here.member.frame(making_words.done).in_workspace(&here.member, &here.workspace, Nav::Apps),
        words: making_words,
        apps: words(here.member.language),
        steps: step::steps(making_words.steps, 2),
        title: title(app),
        code: qr::svg(&url),
        url,
        next,
        invite: invites.then(|| here.path("/invites")),
        overview: here.path(""),
    };
    pages::page(StatusCode::OK, &page)
}
