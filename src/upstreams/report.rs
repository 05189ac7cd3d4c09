//! How everything fares, for operators.

use serde_json::{Value, json};

use crate::directory::Snapshot;

use super::health::Health;

/// Whether the gateway is ready, and each upstream of each app.
pub fn report(health: &Health, snapshot: &Snapshot, is_ready: bool) -> Value {
    let mut apps: Vec<_> = snapshot.apps.values().collect();
    apps.sort_by_key(|entry| (entry.workspace.as_str(), entry.app.name.as_str()));
    let apps: Vec<Value> = apps
        .into_iter()
        .map(|entry| {
            let upstreams = health.known(&entry.app).into_iter().map(|upstream| {
                json!({
                    "url": upstream.url,
                    "state": upstream.state,
                    "since": upstream.since,
                    "error": upstream.error,
                    "checked_at": upstream.checked_at,
                })
            });
            json!({
                "app": format!("{}/{}", entry.workspace, entry.app.name),
                "upstreams": upstreams.collect::<Vec<Value>>(),
            })
        })
        .collect();
    json!({ "ready": is_ready, "apps": apps })
}
