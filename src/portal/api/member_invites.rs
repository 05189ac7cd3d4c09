//! Inviting members: make an invitation, list, read, renew, withdraw. For owners.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use serde::{Deserialize, Serialize};

use crate::desk::{Authority, InvitationView, NewMember, Terms};
use crate::directory::Snapshot;
use crate::domain::{Assignment, Email, Grants, InvitationId};

use super::authority::{Id, Program};
use super::body::{Fields, Optional};
use super::invite_view::{Handed, InviteRow, MailRow};
use super::invites::{InviteQuery, terms};
use super::list::Page;
use super::members::RoleHeldRow;
use super::{Api, Problem};

/// An invitation with what it gives.
#[derive(Serialize)]
pub(super) struct Offered<R> {
    #[serde(flatten)]
    row: R,
    owner: bool,
    roles: Vec<RoleHeldRow>,
}

type Row = Offered<InviteRow<Option<MailRow>>>;

impl<R> Offered<R> {
    fn of(api: &Api, grants: Option<&Grants>, row: R) -> Self {
        let held = grants.map(|grants| api.desk.roles_held(&grants.roles)).unwrap_or_default();
        Self {
            row,
            owner: grants.is_some_and(|grants| grants.owner),
            roles: held.iter().map(RoleHeldRow::from).collect(),
        }
    }
}

fn row(api: &Api, view: InvitationView) -> Row {
    let grants = view.invitation.grants.clone();
    Offered::of(api, grants.as_deref(), view.into())
}

/// Who is no owner learns nothing of those to come.
fn as_owner(api: &Api, authority: &Authority) -> Result<(), Problem> {
    let snapshot = api.desk.directory().snapshot();
    if authority.is_owner(&snapshot) { Ok(()) } else { Err(Problem::NotFound) }
}

pub(super) async fn create(
    State(api): State<Arc<Api>>,
    Program(authority): Program,
    mut fields: Fields,
) -> Result<impl IntoResponse, Problem> {
    as_owner(&api, &authority)?;
    let email = fields.required("email", Fields::parsed::<Email>);
    let given_name = fields.name("given_name").unwrap_or_default();
    let family_name = fields.name("family_name").unwrap_or_default();
    let owner = fields.flag("owner").unwrap_or_default();
    let roles = roles(&mut fields, &api.desk.directory().snapshot());
    let terms = Terms {
        language: fields.language(),
        valid: fields.span("expires_in").unwrap_or(Terms::default().valid),
        send: fields.flag("mail").unwrap_or(true),
    };
    fields.finish()?;
    let Some(email) = email else { return Err(Problem::flaw("email", "is needed")) };
    let grants = Grants { owner, roles };
    let new = NewMember { email, given_name, family_name, grants: grants.clone() };
    let invited = api.desk.invite_member(&authority, new, terms).await?;
    let location = format!("/api/v1/members/invites/{}", invited.view.invitation.id);
    let made = Offered::of(&api, Some(&grants), Handed::new(invited));
    Ok((StatusCode::CREATED, AppendHeaders([(header::LOCATION, location)]), Json(made)))
}

pub(super) async fn list(
    State(api): State<Arc<Api>>,
    Program(authority): Program,
    query: InviteQuery,
) -> Result<Json<Page<Row>>, Problem> {
    as_owner(&api, &authority)?;
    let window = query.list.window(|text| text.parse().ok())?;
    let (rows, next) = api.desk.member_invitations(&authority, query.wanted, window).await?;
    let rows = rows.into_iter().map(|view| row(&api, view)).collect();
    Ok(Json(Page::new(rows, next.map(|id| id.to_string()))))
}

pub(super) async fn read(
    State(api): State<Arc<Api>>,
    Program(authority): Program,
    Id(id): Id<InvitationId>,
) -> Result<Json<Row>, Problem> {
    as_owner(&api, &authority)?;
    Ok(Json(row(&api, api.desk.member_invitation(&authority, id).await?)))
}

pub(super) async fn renew(
    State(api): State<Arc<Api>>,
    Program(authority): Program,
    Id(id): Id<InvitationId>,
    Optional(mut fields): Optional,
) -> Result<Json<Offered<Handed<Option<MailRow>>>>, Problem> {
    as_owner(&api, &authority)?;
    let terms = terms(&mut fields);
    fields.finish()?;
    let invited = api.desk.renew_member_invitation(&authority, id, terms).await?;
    let grants = invited.view.invitation.grants.clone();
    Ok(Json(Offered::of(&api, grants.as_deref(), Handed::anew(invited))))
}

pub(super) async fn withdraw(
    State(api): State<Arc<Api>>,
    Program(authority): Program,
    Id(id): Id<InvitationId>,
) -> Result<StatusCode, Problem> {
    as_owner(&api, &authority)?;
    api.desk.withdraw_member_invitation(&authority, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A role in a workspace, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    workspace: String,
    role: String,
}

fn roles(fields: &mut Fields, snapshot: &Snapshot) -> Vec<Assignment> {
    let written: Option<Vec<Written>> = fields.chosen("roles", "a list like [{\"workspace\": …, \"role\": …}]");
    let mut roles = Vec::new();
    for one in written.unwrap_or_default() {
        let workspace = snapshot.workspace_named(&one.workspace);
        let workspace = workspace.or_else(|| snapshot.workspaces.get(&one.workspace.parse().ok()?));
        match (workspace, snapshot.staff.role_called(&one.role)) {
            (Some(workspace), Some(role)) => roles.push(Assignment { workspace: workspace.id, role: role.id }),
            (None, _) => drop(fields.refuse::<()>("roles", format!("there is no workspace {}", one.workspace))),
            (Some(_), None) => drop(fields.refuse::<()>("roles", format!("there is no role {}", one.role))),
        }
    }
    roles
}
