//! Workspaces: list, create, read, change, delete.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use serde::Serialize;

use crate::desk::{WorkspaceChange, WorkspaceView};
use crate::domain::{Slug, Workspace, WorkspaceId};
use crate::portal::right::EditWorkspace;

use super::authority::{AccountGrant, InWorkspace, Program, WorkspaceGrant};
use super::body::Fields;
use super::list::{ListQuery, Page, only};
use super::tag::{IfMatch, Tagged};
use super::{Api, Problem, undisturbed};

#[derive(Serialize)]
pub(super) struct WorkspaceRow {
    id: WorkspaceId,
    name: Slug,
    title: String,
}

impl WorkspaceRow {
    fn of(workspace: &Workspace) -> Self {
        Self { id: workspace.id, name: workspace.name.clone(), title: workspace.title.clone() }
    }
}

fn tagged(view: &WorkspaceView) -> Tagged<WorkspaceRow> {
    Tagged(view.revision, WorkspaceRow::of(&view.workspace))
}

/// Of a deletion: whether the apps go, too.
pub(super) struct WithApps(bool);

impl FromRequestParts<Arc<Api>> for WithApps {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Api>) -> Result<Self, Problem> {
        match only(parts, "with_apps")?.as_deref() {
            None | Some("false") => Ok(Self(false)),
            Some("true") => Ok(Self(true)),
            Some(_) => Err(Problem::flaw("with_apps", "write true or false")),
        }
    }
}

pub(super) async fn list(
    State(api): State<Arc<Api>>,
    program: Program,
    query: ListQuery,
) -> Result<Json<Page<WorkspaceRow>>, Problem> {
    let snapshot = api.desk.directory().snapshot();
    let seen = snapshot.workspaces.values().filter(|workspace| program.sees_workspace(&snapshot, workspace));
    let wanted = seen.filter(|workspace| query.wants([workspace.name.as_str(), &workspace.title]));
    let (rows, next) = query.cut(wanted.collect(), |workspace| workspace.name.to_string())?;
    Ok(Json(Page::new(rows.into_iter().map(|workspace| WorkspaceRow::of(workspace)).collect(), next)))
}

pub(super) async fn create(
    State(api): State<Arc<Api>>,
    Program(authority): Program,
    _: AccountGrant,
    mut fields: Fields,
) -> Result<impl IntoResponse, Problem> {
    let name = fields.required("name", Fields::parsed::<Slug>);
    let title = fields.text("title");
    if let Some(flaw) = title.as_deref().and_then(crate::desk::workspace_title_flaw) {
        fields.refuse::<()>("title", flaw.detail);
    }
    fields.finish()?;
    let Some(name) = name else { return Err(Problem::flaw("name", "is needed")) };
    let made = api.desk.create_workspace(&authority, name, title).await?;
    let location = format!("/api/v1/workspaces/{}", made.workspace.name);
    Ok((StatusCode::CREATED, AppendHeaders([(header::LOCATION, location)]), tagged(&made)))
}

pub(super) async fn read(State(api): State<Arc<Api>>, grant: WorkspaceGrant) -> Result<Tagged<WorkspaceRow>, Problem> {
    Ok(tagged(&api.desk.workspace(grant.workspace.id)?))
}

pub(super) async fn change(
    State(api): State<Arc<Api>>,
    grant: InWorkspace<EditWorkspace>,
    IfMatch(expected): IfMatch,
    mut fields: Fields,
) -> Result<Tagged<WorkspaceRow>, Problem> {
    let change = WorkspaceChange { name: fields.parsed("name"), title: fields.text("title") };
    fields.finish()?;
    let changed = api.desk.change_workspace(&grant.authority, grant.workspace.id, change, &expected).await?;
    Ok(tagged(&changed))
}

pub(super) async fn delete(
    State(api): State<Arc<Api>>,
    grant: WorkspaceGrant,
    WithApps(with_apps): WithApps,
    IfMatch(expected): IfMatch,
) -> Result<StatusCode, Problem> {
    let desk = Arc::clone(&api.desk);
    let WorkspaceGrant { workspace, authority } = grant;
    undisturbed(async move { desk.delete_workspace(&authority, workspace.id, with_apps, &expected).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}
