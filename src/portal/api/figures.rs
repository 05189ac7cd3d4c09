//! An app's figures.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use serde::Serialize;

use crate::desk::{DAYS_KEPT, Desk, Figures};
use crate::domain::{AppId, Day, Tally};
use crate::portal::right::SeeUsers;

use super::authority::AppGrant;
use super::events::Beat;
use super::{Api, Problem};

/// A month.
const DAYS: u32 = 30;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct FiguresRow {
    /// The earliest first, up to today (UTC).
    days: Vec<DayRow>,
    users: usize,
    devices_now: usize,
    sessions_now: usize,
    open_connections: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct DayRow {
    day: Day,
    views: u64,
    unique_devices: u32,
    users: u32,
}

impl From<Tally> for DayRow {
    fn from(tally: Tally) -> Self {
        Self { day: tally.day, views: tally.views, unique_devices: tally.devices, users: tally.users }
    }
}

impl From<Figures> for FiguresRow {
    fn from(figures: Figures) -> Self {
        Self {
            days: figures.days.into_iter().map(DayRow::from).collect(),
            users: figures.now.users,
            devices_now: figures.now.devices,
            sessions_now: figures.now.sessions,
            open_connections: figures.open_connections,
        }
    }
}

impl FiguresRow {
    /// Of today, by what was counted a moment ago.
    pub(super) fn now(desk: &Desk, beat: &Beat, app: AppId) -> Self {
        let (now, open_connections) = (beat.attendance(app), beat.open_connections(app));
        Self::from(Figures { days: vec![desk.figures_today(app)], now, open_connections })
    }
}

pub(super) async fn read(
    State(api): State<Arc<Api>>,
    grant: AppGrant<SeeUsers>,
    Span(days): Span,
) -> Result<Json<FiguresRow>, Problem> {
    Ok(Json(api.desk.figures(grant.entry.app.id, days).await?.into()))
}

/// `?days=`.
pub(super) struct Span(u32);

impl FromRequestParts<Arc<Api>> for Span {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Api>) -> Result<Self, Problem> {
        let mut days = DAYS;
        for (name, value) in url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            days = match (&*name, value.parse()) {
                ("days", Ok(days)) if (1..=DAYS_KEPT).contains(&days) => days,
                ("days", _) => return Err(Problem::flaw("days", format!("use a number from 1 to {DAYS_KEPT}"))),
                (other, _) => return Err(Problem::flaw(other, "this takes `days`")),
            };
        }
        Ok(Self(days))
    }
}
