//! One app at a glance.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use http::StatusCode;

use crate::portal::console::Console;
use crate::portal::console::frame::Frame;
use crate::portal::console::place::InApp;
use crate::portal::pages::{self, Answer};
use crate::portal::right::SeeApps;

use super::whole;
use super::words::{Apps, words};
use super::{AppHead, Tab};

#[derive(Template)]
#[template(path = "apps/overview.html", config = "src/portal/console/askama.toml")]
struct OverviewPage {
    frame: Frame,
    head: AppHead,
    words: &'static Apps,
    devices: usize,
}

pub(super) async fn page(State(console): State<Arc<Console>>, here: InApp<SeeApps>) -> Answer {
    let head = AppHead::of(&console, &here, Tab::Overview);
    let page = OverviewPage {
        frame: here.frame(head.title.clone()).telling(whole::done(&here.member.done, here.member.language)),
        head,
        words: words(here.member.language),
        devices: console.desk.directory().sessions_of(here.app().id),
    };
    pages::page(StatusCode::OK, &page)
}
