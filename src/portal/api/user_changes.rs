//! An app's users: create, change, approve, give a reset link, sign out everywhere.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use serde::Serialize;

use crate::desk::{Invitee, NewUser, UserChange};
use crate::domain::{Timestamp, UserId};
use crate::portal::qr;
use crate::portal::right::ManageUsers;

use super::authority::{AppGrant, Id};
use super::body::Fields;
use super::tag::{IfMatch, Tagged};
use super::user_row::UserRow;
use super::users::{row, tagged};
use super::{Api, Problem};

#[derive(Serialize)]
pub(super) struct CreatedRow {
    #[serde(flatten)]
    user: UserRow,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    qr: Option<String>,
}

#[derive(Serialize)]
pub(super) struct ResetLinkRow {
    link: String,
    qr: Option<String>,
    expires_at: Timestamp,
}

pub(super) async fn create(
    State(api): State<Arc<Api>>,
    grant: AppGrant<ManageUsers>,
    fields: Fields,
) -> Result<impl IntoResponse, Problem> {
    let created = api.desk.create_user(grant.entry.app.id, new_user(fields)?, grant.reach).await?;
    let user = row(&api, &grant, created.user).await?;
    let (workspace, app) = (&grant.entry.workspace, &grant.entry.app.name);
    let location = format!("/api/v1/workspaces/{workspace}/apps/{app}/users/{}", user.id());
    let made = CreatedRow { user, qr: created.link.as_deref().and_then(qr::svg), link: created.link };
    Ok((StatusCode::CREATED, AppendHeaders([(header::LOCATION, location)]), Json(made)))
}

pub(super) async fn change(
    State(api): State<Arc<Api>>,
    grant: AppGrant<ManageUsers>,
    Id(user): Id<UserId>,
    IfMatch(expected): IfMatch,
    fields: Fields,
) -> Result<Tagged<UserRow>, Problem> {
    let (app, change) = (grant.entry.app.id, user_change(fields)?);
    api.desk.change_user_as_expected(app, user, change, grant.reach, &expected).await?;
    tagged(&api, &grant, user).await
}

pub(super) async fn approve(
    State(api): State<Arc<Api>>,
    grant: AppGrant<ManageUsers>,
    Id(user): Id<UserId>,
) -> Result<Json<UserRow>, Problem> {
    api.desk.approve_user(grant.entry.app.id, user).await?;
    Ok(Json(row(&api, &grant, user).await?))
}

pub(super) async fn reset_link(
    State(api): State<Arc<Api>>,
    grant: AppGrant<ManageUsers>,
    Id(user): Id<UserId>,
) -> Result<Json<ResetLinkRow>, Problem> {
    let made = api.desk.reset_link(grant.entry.app.id, user, grant.reach).await?;
    Ok(Json(ResetLinkRow { qr: qr::svg(&made.link), link: made.link, expires_at: made.expires_at }))
}

pub(super) async fn sign_out(
    State(api): State<Arc<Api>>,
    grant: AppGrant<ManageUsers>,
    Id(user): Id<UserId>,
) -> Result<StatusCode, Problem> {
    api.desk.sign_out_everywhere(grant.entry.app.id, user, grant.reach).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn new_user(mut fields: Fields) -> Result<NewUser, Problem> {
    let username = fields.username();
    let given_name = fields.name("given_name").unwrap_or_default();
    let family_name = fields.name("family_name").unwrap_or_default();
    let invite = fields.flag("invite").unwrap_or_default();
    fields.finish()?;
    let Some(username) = username else { return Err(Problem::flaw("email", "is needed")) };
    Ok(NewUser { invitee: Invitee { username, given_name, family_name, grants: None }, invite })
}

fn user_change(mut fields: Fields) -> Result<UserChange, Problem> {
    let change = UserChange {
        username: fields.other_username(),
        email_verified: fields.flag("email_verified"),
        given_name: fields.name("given_name"),
        family_name: fields.name("family_name"),
        suspended: fields.flag("suspended"),
    };
    fields.finish()?;
    Ok(change)
}
