//! Apps: list, create, read, change, delete.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};

use crate::directory::AppEntry;
use crate::domain::{App, AppId};
use crate::portal::right::{CreateApps, DeleteApps};

use super::app_fields;
use super::app_view::AppView;
use super::authority::{AppGrant, InWorkspace, Program, WorkspaceGrant};
use super::body::Pictured;
use super::list::{ListQuery, Page};
use super::tag::{IfMatch, Tagged};
use super::{Api, Problem};

pub(super) async fn list(
    State(api): State<Arc<Api>>,
    grant: WorkspaceGrant,
    query: ListQuery,
) -> Result<Json<Page<AppView>>, Problem> {
    let snapshot = api.desk.directory().snapshot();
    let seen = snapshot.apps.values().filter(|entry| grant.sees_app(&snapshot, &entry.app));
    let wanted = seen.filter(|entry| is_wanted(&query, &entry.app));
    let (rows, next) = query.cut(wanted.collect(), |entry| entry.app.name.to_string())?;
    let rows = views(&api, rows);
    Ok(Json(Page::new(rows, next)))
}

/// Every app that the key covers, whatever its workspace.
pub(super) async fn list_all(
    State(api): State<Arc<Api>>,
    program: Program,
    query: ListQuery,
) -> Result<Json<Page<AppView>>, Problem> {
    let snapshot = api.desk.directory().snapshot();
    let seen = snapshot.apps.values().filter(|entry| program.sees_app(&snapshot, &entry.app));
    let (rows, next) = query.cut(seen.filter(|entry| is_wanted(&query, &entry.app)).collect(), |entry| {
        format!("{}/{}", entry.workspace, entry.app.name)
    })?;
    let rows = views(&api, rows);
    Ok(Json(Page::new(rows, next)))
}

pub(super) async fn create(
    State(api): State<Arc<Api>>,
    grant: InWorkspace<CreateApps>,
    Pictured(fields): Pictured,
) -> Result<impl IntoResponse, Problem> {
    let app = api.desk.create_app(grant.workspace.id, app_fields::new_app(fields)?).await?;
    let snapshot = api.desk.directory().snapshot();
    let workspace = snapshot.workspaces.get(&grant.workspace.id).ok_or(Problem::NotFound)?;
    let location = format!("/api/v1/workspaces/{}/apps/{}", workspace.name, app.name);
    let view = AppView::of(&app, &workspace.name, api.desk.health());
    Ok((StatusCode::CREATED, AppendHeaders([(header::LOCATION, location)]), Json(view)))
}

pub(super) async fn read(State(api): State<Arc<Api>>, grant: AppGrant) -> Result<Tagged<AppView>, Problem> {
    as_it_is(&api, grant.entry.app.id)
}

pub(super) async fn change(
    State(api): State<Arc<Api>>,
    grant: AppGrant,
    IfMatch(expected): IfMatch,
    Pictured(fields): Pictured,
) -> Result<Tagged<AppView>, Problem> {
    let change = app_fields::change(fields)?;
    let snapshot = api.desk.directory().snapshot();
    change.permissions().iter().try_for_each(|permission| grant.need(&snapshot, permission))?;
    let app = api.desk.change_app_as_expected(grant.entry.app.id, change, &expected).await?;
    as_it_is(&api, app.id)
}

/// As it is written now, with the revision of that.
fn as_it_is(api: &Api, app: AppId) -> Result<Tagged<AppView>, Problem> {
    let (app, revision) = api.desk.app_as_written(app)?;
    let snapshot = api.desk.directory().snapshot();
    let workspace = snapshot.workspaces.get(&app.workspace).ok_or(Problem::NotFound)?;
    let view = AppView::of(&app, &workspace.name, api.desk.health());
    Ok(Tagged(revision, view.with_sessions(api.desk.directory().sessions_of(app.id))))
}

pub(super) async fn delete(State(api): State<Arc<Api>>, grant: AppGrant<DeleteApps>) -> Result<StatusCode, Problem> {
    api.desk.delete_app(grant.entry.app.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// With how many sessions each has, counted once for all of them.
fn views(api: &Api, entries: Vec<&Arc<AppEntry>>) -> Vec<AppView> {
    let counted = api.desk.directory().attendance(|app| entries.iter().any(|entry| entry.app.id == app));
    let sessions = |entry: &AppEntry| counted.get(&entry.app.id).map_or(0, |found| found.sessions);
    let view = |entry: &AppEntry| AppView::of(&entry.app, &entry.workspace, api.desk.health());
    entries.into_iter().map(|entry| view(entry).with_sessions(sessions(entry))).collect()
}

fn is_wanted(query: &ListQuery, app: &App) -> bool {
    query.wants([app.name.as_str(), &app.title, &app.url.to_string(), &app.upstream.to_string()])
}
