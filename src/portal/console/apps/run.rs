//! The switch: running or stopped. Who is in is asked about before they lose their connections.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use http::StatusCode;

use crate::desk::AppChange;
use crate::portal::console::Console;
use crate::portal::console::frame::Frame;
use crate::portal::console::place::InApp;
use crate::portal::console::sent::Sent;
use crate::portal::pages::{self, Answer};
use crate::portal::right::EditApps;

use super::words::{Apps, words};

#[derive(Template)]
#[template(path = "apps/stop.html", config = "src/portal/console/askama.toml")]
struct StopPage {
    frame: Frame,
    words: &'static Apps,
    why: String,
    action: String,
    back: String,
}

pub(super) async fn ask(State(console): State<Arc<Console>>, here: InApp<EditApps>) -> Answer {
    let words = words(here.member.language);
    let page = StopPage {
        frame: here.frame(words.stop_ask),
        words,
        why: (words.stop_why)(console.desk.directory().sessions_of(here.app().id)),
        action: here.path("/run"),
        back: here.path(""),
    };
    pages::page(StatusCode::OK, &page)
}

pub(super) async fn switch(State(console): State<Arc<Console>>, here: InApp<EditApps>, Sent(form): Sent) -> Answer {
    let running = form.text("running") == "yes";
    let change = AppChange { running: Some(running), ..AppChange::default() };
    match console.desk.change_app(here.app().id, change).await {
        Ok(_) => pages::see_other(&here.path(if running { "?done=started" } else { "?done=stopped" })),
        Err(error) => here.member.stop(error.into()),
    }
}
