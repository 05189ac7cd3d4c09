//! Workspaces: list, read.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::domain::{Slug, Workspace, WorkspaceId};

use super::authority::{Program, WorkspaceGrant};
use super::list::{ListQuery, Page};
use super::{Api, Problem};

#[derive(Serialize)]
pub(super) struct WorkspaceView {
    id: WorkspaceId,
    name: Slug,
    title: String,
}

impl WorkspaceView {
    fn of(workspace: &Workspace) -> Self {
        Self { id: workspace.id, name: workspace.name.clone(), title: workspace.title.clone() }
    }
}

pub(super) async fn list(
    State(api): State<Arc<Api>>,
    program: Program,
    query: ListQuery,
) -> Result<Json<Page<WorkspaceView>>, Problem> {
    let snapshot = api.desk.directory().snapshot();
    let seen = snapshot.workspaces.values().filter(|workspace| program.sees_workspace(&snapshot, workspace));
    let wanted = seen.filter(|workspace| query.wants([workspace.name.as_str(), &workspace.title]));
    let (rows, next) = query.cut(wanted.collect(), |workspace| workspace.name.to_string())?;
    Ok(Json(Page::new(rows.into_iter().map(|workspace| WorkspaceView::of(workspace)).collect(), next)))
}

pub(super) async fn read(grant: WorkspaceGrant) -> Json<WorkspaceView> {
    Json(WorkspaceView::of(&grant.workspace))
}
