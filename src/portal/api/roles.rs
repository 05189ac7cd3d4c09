//! Roles: list, create, read, change, delete. Owners make them.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use serde::Serialize;

use crate::desk::{Authority, RoleChange, RoleView};
use crate::domain::{Permission, Permissions, RoleId, Timestamp};

use super::authority::{Id, Program};
use super::body::Fields;
use super::list::{ListQuery, Page, only};
use super::tag::{IfMatch, Tagged};
use super::{Api, Problem};

#[derive(Serialize)]
pub(super) struct RoleRow {
    id: RoleId,
    name: String,
    permissions: Vec<Permission>,
    /// It is the same everywhere.
    fixed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<usize>,
    created_at: Option<Timestamp>,
}

impl From<&RoleView> for RoleRow {
    fn from(view: &RoleView) -> Self {
        let fixed = view.role.id == RoleId::FULL_ACCESS;
        Self {
            id: view.role.id,
            name: view.role.name.clone(),
            permissions: view.role.permissions.iter().collect(),
            fixed,
            members: view.members,
            created_at: (!fixed).then_some(view.role.created_at),
        }
    }
}

fn tagged(view: &RoleView) -> Tagged<RoleRow> {
    Tagged(view.revision, view.into())
}

/// Of a deletion: who gets what instead.
pub(super) struct Reassign(Option<String>);

impl FromRequestParts<Arc<Api>> for Reassign {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Api>) -> Result<Self, Problem> {
        only(parts, "reassign").map(Self)
    }
}

pub(super) async fn list(
    State(api): State<Arc<Api>>,
    Program(authority): Program,
    query: ListQuery,
) -> Result<Json<Page<RoleRow>>, Problem> {
    let mut roles = api.desk.roles(&authority)?;
    roles.retain(|view| query.wants([view.role.name.as_str()]));
    let (rows, next) = query.cut(roles, |view| view.role.name.to_lowercase())?;
    Ok(Json(Page::new(rows.iter().map(RoleRow::from).collect(), next)))
}

pub(super) async fn read(
    State(api): State<Arc<Api>>,
    Program(authority): Program,
    Id(role): Id<RoleId>,
) -> Result<Tagged<RoleRow>, Problem> {
    Ok(tagged(&api.desk.role(&authority, role)?))
}

pub(super) async fn create(
    State(api): State<Arc<Api>>,
    Program(authority): Program,
    mut fields: Fields,
) -> Result<impl IntoResponse, Problem> {
    as_owner(&api, &authority)?;
    let name = fields.required("name", Fields::text);
    let permissions = fields.required("permissions", permissions);
    if let Some(name) = &name {
        // Found beside what is wrong with the rest.
        if let Some(flaw) = crate::desk::role_name_flaw(name) {
            fields.refuse::<()>("name", flaw.detail);
        }
    }
    fields.finish()?;
    let (Some(name), Some(permissions)) = (name, permissions) else {
        return Err(Problem::flaw("body", "name and permissions are needed"));
    };
    let made = api.desk.create_role(&authority, &name, permissions).await?;
    let location = format!("/api/v1/roles/{}", made.role.id);
    Ok((StatusCode::CREATED, AppendHeaders([(header::LOCATION, location)]), tagged(&made)))
}

pub(super) async fn change(
    State(api): State<Arc<Api>>,
    Program(authority): Program,
    Id(role): Id<RoleId>,
    IfMatch(expected): IfMatch,
    mut fields: Fields,
) -> Result<Tagged<RoleRow>, Problem> {
    as_owner(&api, &authority)?;
    let change = RoleChange { name: fields.text("name"), permissions: permissions(&mut fields, "permissions") };
    fields.finish()?;
    Ok(tagged(&api.desk.change_role(&authority, role, change, &expected).await?))
}

pub(super) async fn delete(
    State(api): State<Arc<Api>>,
    Program(authority): Program,
    Id(role): Id<RoleId>,
    Reassign(instead): Reassign,
    IfMatch(expected): IfMatch,
) -> Result<StatusCode, Problem> {
    as_owner(&api, &authority)?;
    let instead = match instead {
        Some(name) => Some(api.desk.find_role(&name).ok_or_else(|| Problem::flaw("reassign", "names no other role"))?),
        None => None,
    };
    api.desk.delete_role(&authority, role, instead, &expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Before a body is looked at: what is wrong with it is not theirs to know.
fn as_owner(api: &Api, authority: &Authority) -> Result<(), Problem> {
    Ok(api.desk.may_make_roles(authority)?)
}

fn permissions(fields: &mut Fields, field: &str) -> Option<Permissions> {
    let words: Vec<Permission> = fields.chosen(field, &format!("a list of {}", all_words()))?;
    Some(words.into_iter().collect())
}

fn all_words() -> String {
    Permission::ALL.map(Permission::as_str).join(", ")
}
