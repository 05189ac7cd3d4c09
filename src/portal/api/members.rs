//! Members: list, read, make an owner or none, remove; and the role that each has in a workspace.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use crate::desk::{MemberChange, MemberView, RoleHeld};
use crate::domain::{Email, RoleId, Slug, Timestamp, UserId};
use crate::portal::right::ManageMembers;

use super::authority::{Id, InWorkspace, Program};
use super::body::Fields;
use super::list::{ListQuery, Page};
use super::tag::{IfMatch, Tagged};
use super::{Api, Problem};

#[derive(Serialize)]
pub(super) struct MemberRow {
    id: UserId,
    email: Option<Email>,
    name: String,
    given_name: String,
    family_name: String,
    owner: bool,
    roles: Vec<RoleHeldRow>,
    since: Timestamp,
    last_seen_at: Option<Timestamp>,
}

#[derive(Serialize)]
pub(super) struct RoleHeldRow {
    workspace: Slug,
    role: RoleId,
    role_name: String,
}

impl From<MemberView> for MemberRow {
    fn from(member: MemberView) -> Self {
        Self {
            id: member.id,
            name: member.name(),
            email: member.email,
            given_name: member.given_name,
            family_name: member.family_name,
            owner: member.owner,
            roles: member.roles.iter().map(RoleHeldRow::from).collect(),
            since: member.since,
            last_seen_at: member.last_seen_at,
        }
    }
}

impl From<&RoleHeld> for RoleHeldRow {
    fn from(held: &RoleHeld) -> Self {
        Self { workspace: held.workspace.name.clone(), role: held.role.id, role_name: held.role.name.clone() }
    }
}

fn tagged(member: MemberView) -> Tagged<MemberRow> {
    Tagged(member.revision, member.into())
}

pub(super) async fn list(
    State(api): State<Arc<Api>>,
    Program(authority): Program,
    query: ListQuery,
) -> Result<Json<Page<MemberRow>>, Problem> {
    let email = |member: &MemberView| member.email.as_ref().map(|email| email.as_str().to_owned()).unwrap_or_default();
    let mut members = api.desk.members(&authority)?;
    members.retain(|member| query.wants([&email(member), &member.name(), &member.id.to_string()]));
    // Everybody has an address of their own.
    let (rows, next) = query.cut(members, email)?;
    Ok(Json(Page::new(rows.into_iter().map(MemberRow::from).collect(), next)))
}

pub(super) async fn read(
    State(api): State<Arc<Api>>,
    Program(authority): Program,
    Id(member): Id<UserId>,
) -> Result<Tagged<MemberRow>, Problem> {
    Ok(tagged(api.desk.member(&authority, member)?))
}

pub(super) async fn change(
    State(api): State<Arc<Api>>,
    Program(authority): Program,
    Id(member): Id<UserId>,
    IfMatch(expected): IfMatch,
    mut fields: Fields,
) -> Result<Tagged<MemberRow>, Problem> {
    // Who is not there for them, is not there whatever they write.
    api.desk.member(&authority, member)?;
    let change = MemberChange { owner: fields.flag("owner") };
    fields.finish()?;
    Ok(tagged(api.desk.change_member(&authority, member, change, &expected).await?))
}

pub(super) async fn remove(
    State(api): State<Arc<Api>>,
    Program(authority): Program,
    Id(member): Id<UserId>,
    IfMatch(expected): IfMatch,
) -> Result<StatusCode, Problem> {
    api.desk.remove_member(&authority, member, &expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn assign(
    State(api): State<Arc<Api>>,
    grant: InWorkspace<ManageMembers>,
    Id(member): Id<UserId>,
    IfMatch(expected): IfMatch,
    mut fields: Fields,
) -> Result<Tagged<MemberRow>, Problem> {
    api.desk.member(&grant.authority, member)?;
    let role = fields.required("role", Fields::text);
    let found = role.as_deref().and_then(|role| api.desk.find_role(role));
    if role.is_some() && found.is_none() {
        fields.refuse::<()>("role", "names no role");
    }
    fields.finish()?;
    let workspace = grant.workspace.id;
    Ok(tagged(api.desk.assign_role(&grant.authority, member, workspace, found, &expected).await?))
}

pub(super) async fn unassign(
    State(api): State<Arc<Api>>,
    grant: InWorkspace<ManageMembers>,
    Id(member): Id<UserId>,
    IfMatch(expected): IfMatch,
) -> Result<StatusCode, Problem> {
    api.desk.assign_role(&grant.authority, member, grant.workspace.id, None, &expected).await?;
    Ok(StatusCode::NO_CONTENT)
}
