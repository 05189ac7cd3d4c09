//! An app's sessions: list, read, end.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use crate::desk::{SessionPlace, SessionView};
use crate::domain::{SessionId, Timestamp, UserId};
use crate::portal::right::{ManageUsers, SeeUsers};

use super::authority::{AppGrant, Id};
use super::list::{ListQuery, Page};
use super::{Api, Problem};

#[derive(Serialize)]
pub(super) struct SessionRow {
    id: String,
    user_id: Option<UserId>,
    email: Option<String>,
    username: Option<String>,
    /// What somebody without a user calls themselves.
    name: Option<String>,
    device: String,
    kind: &'static str,
    proofs: Vec<&'static str>,
    ip: IpAddr,
    agent: String,
    created_at: Timestamp,
    last_seen_at: Timestamp,
    open_connections: u32,
}

/// A session as a part of its user's row.
#[derive(Serialize)]
pub(super) struct DeviceRow {
    session_id: String,
    device: String,
    ip: IpAddr,
    agent: String,
    created_at: Timestamp,
    last_seen_at: Timestamp,
    open_connections: u32,
}

impl From<SessionView> for SessionRow {
    fn from(session: SessionView) -> Self {
        let proofs = [("user", session.proves_user), ("master-password", session.proves_master)];
        Self {
            id: session.id.to_string(),
            user_id: session.user,
            email: session.username.clone().filter(|name| name.contains('@')),
            username: session.username,
            name: session.name,
            device: session.device.to_string(),
            kind: if session.user.is_some() { "user" } else { "anon" },
            proofs: proofs.into_iter().filter(|(_, proven)| *proven).map(|(name, _)| name).collect(),
            ip: session.ip,
            agent: session.agent,
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            open_connections: session.open_connections,
        }
    }
}

impl From<SessionView> for DeviceRow {
    fn from(session: SessionView) -> Self {
        Self {
            session_id: session.id.to_string(),
            device: session.device.to_string(),
            ip: session.ip,
            agent: session.agent,
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            open_connections: session.open_connections,
        }
    }
}

pub(super) async fn list(
    State(api): State<Arc<Api>>,
    grant: AppGrant<SeeUsers>,
    query: ListQuery,
) -> Result<Json<Page<SessionRow>>, Problem> {
    let window = query.window(read_place)?;
    let (rows, next) = api.desk.sessions(grant.entry.app.id, window).await?;
    Ok(Json(Page::new(rows.into_iter().map(SessionRow::from).collect(), next.map(write_place))))
}

pub(super) async fn read(
    State(api): State<Arc<Api>>,
    grant: AppGrant<SeeUsers>,
    Id(session): Id<SessionId>,
) -> Result<Json<SessionRow>, Problem> {
    Ok(Json(api.desk.session(grant.entry.app.id, session).await?.into()))
}

pub(super) async fn end(
    State(api): State<Arc<Api>>,
    grant: AppGrant<ManageUsers>,
    Id(session): Id<SessionId>,
) -> Result<StatusCode, Problem> {
    api.desk.end_session(grant.entry.app.id, session).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn write_place((user, session): SessionPlace) -> String {
    format!("{}/{session}", user.map(|user| user.to_string()).unwrap_or_default())
}

fn read_place(text: &str) -> Option<SessionPlace> {
    let (user, session) = text.split_once('/')?;
    let user = if user.is_empty() { None } else { Some(user.parse().ok()?) };
    Some((user, session.parse().ok()?))
}
