//! Apps: cards and list, one app's overview, its access and its settings.

mod access;
mod beside;
mod facts;
mod head;
mod icon;
mod list;
mod naming;
mod new;
mod overview;
mod part;
mod propose;
mod published;
mod qr;
mod run;
mod settings;
mod status;
mod step;
mod tried;
mod whole;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::Console;

pub(super) use head::{AppHead, Tab, title};
pub(super) use status::settle;

pub(super) fn routes() -> Router<Arc<Console>> {
    const APP: &str = "/w/{workspace}/apps/{app}";
    let below = |rest: &str| format!("{APP}{rest}");
    Router::new()
        .route("/w/{workspace}", get(list::of_workspace))
        .route("/w/{workspace}/apps", get(list::page))
        .route("/w/{workspace}/apps/new", get(new::page).post(new::create))
        .route("/w/{workspace}/apps/new/try", post(new::go_on))
        .route("/w/{workspace}/apps/try", post(tried::for_new))
        .route(APP, get(overview::page))
        .route(&below("/published"), get(published::page))
        .route(&below("/run"), get(run::ask).post(run::switch))
        .route(&below("/access"), get(access::page).post(access::change))
        .route(&below("/settings"), get(settings::page))
        .route(&below("/settings/try"), post(tried::for_app))
        .route(&below("/settings/icon"), post(settings::icon))
        .route(&below("/settings/icon/remove"), post(settings::remove_icon))
        .route(&below("/settings/copy"), get(whole::copy).post(whole::make_copy))
        .route(&below("/settings/move"), get(whole::relocate).post(whole::make_move))
        .route(&below("/settings/delete"), get(whole::delete).post(whole::make_delete))
        .route(&below("/settings/{part}"), post(settings::change))
        .route(&below("/qr"), get(qr::page))
        .route(&below("/icon"), get(icon::serve))
}
