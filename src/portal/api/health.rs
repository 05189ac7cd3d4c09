//! How upstreams fare, and trying one now.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::domain::{Timestamp, Upstream};
use crate::upstreams::{Answer, Probe, State as Condition, Trouble, UpstreamHealth};

use crate::portal::right::{CreateApps, EditApps};

use super::authority::{AppGrant, InWorkspace};
use super::body::{Fields, Optional};
use super::{Api, Problem};

/// An app's upstreams together, and each.
#[derive(Serialize)]
pub(super) struct HealthView {
    state: &'static str,
    upstreams: Vec<UpstreamView>,
}

#[derive(Serialize)]
struct UpstreamView {
    url: Upstream,
    state: Condition,
    since: Option<Timestamp>,
    error: Option<Trouble>,
    checked_at: Option<Timestamp>,
    latency_ms: Option<f64>,
}

impl HealthView {
    pub(super) fn of(upstreams: &[UpstreamHealth]) -> Self {
        let all = |state| upstreams.iter().all(|upstream| upstream.state == state);
        let any = |state| upstreams.iter().any(|upstream| upstream.state == state);
        let state = match () {
            () if all(Condition::Down) => "down",
            () if any(Condition::Down) => "degraded",
            () if any(Condition::Up) => "up",
            () => "unknown",
        };
        Self { state, upstreams: upstreams.iter().map(UpstreamView::of).collect() }
    }
}

impl UpstreamView {
    fn of(health: &UpstreamHealth) -> Self {
        Self {
            url: health.url.clone(),
            state: health.state,
            since: health.since,
            error: health.error.clone(),
            checked_at: health.checked_at,
            latency_ms: health.latency.map(millis),
        }
    }
}

/// What came of trying an upstream: an answer or an error.
#[derive(Serialize)]
pub(super) struct Tried {
    url: Upstream,
    reachable: bool,
    #[serde(flatten)]
    answer: Option<Answer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Trouble>,
}

impl Tried {
    fn of(url: Upstream, outcome: Result<Answer, Trouble>) -> Self {
        let (answer, error) = match outcome {
            Ok(answer) => (Some(answer), None),
            Err(trouble) => (None, Some(trouble)),
        };
        let latency_ms = answer.as_ref().map(|answer| millis(answer.latency));
        Self { url, reachable: answer.is_some(), answer, latency_ms, error }
    }
}

#[derive(Serialize)]
pub(super) struct AllTried {
    upstreams: Vec<Tried>,
}

/// All upstreams of an app, as its visitors would reach them.
pub(super) async fn probe_app(
    State(api): State<Arc<Api>>,
    grant: AppGrant<EditApps>,
    Optional(fields): Optional,
) -> Result<Json<AllTried>, Problem> {
    fields.finish()?;
    let tried = api.desk.health().probe(&grant.entry.app).await;
    Ok(Json(AllTried { upstreams: tried.into_iter().map(|(url, outcome)| Tried::of(url, outcome)).collect() }))
}

/// An address that is not an app's yet, for who may make one of it.
pub(super) async fn probe_address(_: InWorkspace<CreateApps>, mut fields: Fields) -> Result<Json<Tried>, Problem> {
    let upstream = fields.required("upstream", Fields::parsed::<Upstream>);
    let verify = fields.flag("upstream_verify").unwrap_or(true);
    fields.finish()?;
    let upstream = upstream.ok_or_else(|| Problem::flaw("upstream", "is needed"))?;
    let outcome = Probe { verify, ..Probe::new(upstream.clone()) }.run().await;
    Ok(Json(Tried::of(upstream, outcome)))
}

/// With a microsecond's precision.
fn millis(span: std::time::Duration) -> f64 {
    f64::from(u32::try_from(span.as_micros()).unwrap_or(u32::MAX)) / 1000.0
}
