//! Identity providers: what is configured, and whether it can be reached.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::{Value, json};

use crate::desk::ProviderView;
use crate::domain::Slug;
use crate::federation::Unreachable;

use super::Api;
use super::authority::AccountGrant;

#[derive(Serialize)]
struct Row {
    id: Slug,
    title: String,
    issuer: String,
    /// To be registered with the provider.
    redirect_uri: String,
    reachable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl From<ProviderView> for Row {
    fn from(view: ProviderView) -> Self {
        let ProviderView { id, title, issuer, redirect_uri, unreachable } = view;
        let reason = unreachable.map(|why| match why {
            Unreachable::Dns => "its name cannot be resolved",
            Unreachable::Refused => "it cannot be connected to",
            Unreachable::TimedOut => "it does not answer in time",
            Unreachable::Tls => "no TLS connection to it can be trusted",
            Unreachable::BadAnswer => "it answers wrongly",
        });
        Self { id, title, issuer, redirect_uri, reachable: unreachable.is_none(), reason }
    }
}

pub(super) async fn list(State(api): State<Arc<Api>>, _: AccountGrant) -> Json<Value> {
    let rows: Vec<Row> = api.desk.providers().into_iter().map(Row::from).collect();
    Json(json!({ "items": rows, "next": null }))
}
