//! An app's users: list, read, deregister.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use crate::desk::UserView;
use crate::domain::{Email, Timestamp, UserId, Username};

use super::authority::{AppGrant, Id};
use super::list::{ListQuery, Page};
use super::sessions::DeviceRow;
use super::{Api, Problem};

#[derive(Serialize)]
pub(super) struct UserRow {
    id: UserId,
    username: Username,
    email: Option<Email>,
    email_verified: bool,
    name: String,
    given_name: String,
    family_name: String,
    status: &'static str,
    invited: bool,
    waiting: bool,
    suspended: bool,
    registered_at: Timestamp,
    last_seen_at: Option<Timestamp>,
    open_connections: u32,
    devices: Vec<DeviceRow>,
}

impl From<UserView> for UserRow {
    fn from(user: UserView) -> Self {
        Self {
            id: user.id,
            email: user.username.email(),
            username: user.username,
            name: format!("{} {}", user.given_name, user.family_name).trim().to_owned(),
            given_name: user.given_name,
            family_name: user.family_name,
            email_verified: user.email_verified,
            status: match (user.suspended, user.waiting, user.has_password || !user.identities.is_empty()) {
                (true, ..) => "suspended",
                (false, true, _) => "waiting",
                (false, false, true) => "active",
                (false, false, false) => "passwordless",
            },
            waiting: user.waiting,
            suspended: user.suspended,
            invited: user.invited,
            registered_at: user.registered_at,
            last_seen_at: user.last_seen_at,
            open_connections: user.open_connections,
            devices: user.devices.into_iter().map(DeviceRow::from).collect(),
        }
    }
}

pub(super) async fn list(
    State(api): State<Arc<Api>>,
    grant: AppGrant,
    query: ListQuery,
) -> Result<Json<Page<UserRow>>, Problem> {
    let window = query.window(|text| text.parse().ok())?;
    let (rows, next) = api.desk.users(grant.entry.app.id, window).await?;
    Ok(Json(Page::new(rows.into_iter().map(UserRow::from).collect(), next.map(|user| user.to_string()))))
}

pub(super) async fn read(
    State(api): State<Arc<Api>>,
    grant: AppGrant,
    Id(user): Id<UserId>,
) -> Result<Json<UserRow>, Problem> {
    Ok(Json(api.desk.user(grant.entry.app.id, user).await?.into()))
}

pub(super) async fn deregister(
    State(api): State<Arc<Api>>,
    grant: AppGrant,
    Id(user): Id<UserId>,
) -> Result<StatusCode, Problem> {
    api.desk.deregister(grant.entry.app.id, user).await?;
    Ok(StatusCode::NO_CONTENT)
}
