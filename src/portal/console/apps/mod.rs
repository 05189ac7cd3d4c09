//! Apps: cards and list, one app's overview, its access and its settings.

mod head;
mod icon;
mod list;
mod overview;
mod qr;
mod status;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use super::Console;

pub(super) use head::{AppHead, Tab, title};

pub(super) fn routes() -> Router<Arc<Console>> {
    const APP: &str = "/w/{workspace}/apps/{app}";
    let below = |rest: &str| format!("{APP}{rest}");
    Router::new()
        .route("/w/{workspace}", get(list::of_workspace))
        .route("/w/{workspace}/apps", get(list::page))
        .route(APP, get(overview::page))
        .route(&below("/qr"), get(qr::page))
        .route(&below("/icon"), get(icon::serve))
}
