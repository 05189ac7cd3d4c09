//! One app at a glance.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use http::StatusCode;

use crate::domain::Permission;
use crate::portal::console::Console;
use crate::portal::console::frame::Frame;
use crate::portal::console::place::InApp;
use crate::portal::console::users;
use crate::portal::pages::{self, Answer, assets};
use crate::portal::right::SeeApps;

use super::facts::Facts;
use super::status::{self, Outage};
use super::whole;
use super::words::{Apps, words};
use super::{AppHead, Tab};

#[derive(Template)]
#[template(path = "apps/overview.html", config = "src/portal/console/askama.toml")]
struct OverviewPage {
    frame: Frame,
    head: AppHead,
    facts: Facts,
    outage: Option<Outage>,
    words: &'static Apps,
    devices: usize,
    /// For who may see users.
    figures: Option<String>,
}

pub(super) async fn page(State(console): State<Arc<Console>>, here: InApp<SeeApps>) -> Answer {
    status::settle(&console, &[&here.entry]).await;
    let head = AppHead::of(&console, &here, Tab::Overview);
    let api = format!("/api/v1/workspaces/{}/apps/{}", here.workspace.name, here.app().name);
    let figures = match here.may(Permission::SeeUsers) {
        true => users::figures(&console.desk, here.app().id, api, here.member.language).await,
        false => None,
    };
    let page = OverviewPage {
        frame: here.frame(head.title.clone()).telling(whole::done(&here.member.done, here.member.language)),
        head,
        facts: Facts::of(&console, &here),
        outage: Outage::of(&console, &here.member, &here.entry),
        words: words(here.member.language),
        devices: console.desk.directory().sessions_of(here.app().id),
        figures,
    };
    pages::page(StatusCode::OK, &page)
}

impl OverviewPage {
    fn live_script(&self) -> &'static str {
        &assets::LIVE_SCRIPT.name
    }

    fn live_style(&self) -> &'static str {
        &assets::LIVE_STYLE.name
    }
}
