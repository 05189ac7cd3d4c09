//! An app copied, and an app moved to another workspace.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};

use crate::desk::AppCopy;
use crate::domain::{App, Permission};
use crate::portal::right::DeleteApps;

use super::app_view::AppView;
use super::authority::AppGrant;
use super::body::Fields;
use super::{Api, Problem, undisturbed};

pub(super) async fn copy(
    State(api): State<Arc<Api>>,
    grant: AppGrant,
    mut fields: Fields,
) -> Result<impl IntoResponse, Problem> {
    let snapshot = api.desk.directory().snapshot();
    let target = match fields.text("workspace") {
        Some(name) => api.desk.workspace_for(&grant.authority, &name, Permission::CreateApps)?.id,
        None => {
            let own = grant.entry.app.workspace;
            let may = grant.authority.may(&snapshot, own, Permission::CreateApps);
            if !may {
                return Err(Problem::NotAllowed(Permission::CreateApps));
            }
            own
        }
    };
    let name = fields.required("name", Fields::parsed);
    let url = fields.required("url", Fields::parsed);
    let title = fields.text("title");
    let master_password = fields.text("master_password");
    fields.finish()?;
    let (Some(name), Some(url)) = (name, url) else { return Err(Problem::flaw("body", "name and url are needed")) };
    let copy = AppCopy { name, title, url, master_password };
    let app = api.desk.copy_app(grant.entry.app.id, target, copy).await?;
    let view = view(&api, &app)?;
    let location = format!("/api/v1/workspaces/{}/apps/{}", view.workspace(), app.name);
    Ok((StatusCode::CREATED, AppendHeaders([(header::LOCATION, location)]), Json(view)))
}

pub(super) async fn relocate(
    State(api): State<Arc<Api>>,
    grant: AppGrant<DeleteApps>,
    mut fields: Fields,
) -> Result<Json<AppView>, Problem> {
    let name = fields.required("workspace", Fields::text);
    fields.finish()?;
    let name = name.unwrap_or_default();
    let target = api.desk.workspace_for(&grant.authority, &name, Permission::CreateApps)?.id;
    let (desk, app) = (Arc::clone(&api.desk), grant.entry.app.id);
    let moved = undisturbed(async move { desk.move_app(app, target).await }).await?;
    Ok(Json(view(&api, &moved)?))
}

fn view(api: &Api, app: &App) -> Result<AppView, Problem> {
    let snapshot = api.desk.directory().snapshot();
    let workspace = snapshot.workspaces.get(&app.workspace).ok_or(Problem::NotFound)?;
    Ok(AppView::of(app, &workspace.name, api.desk.health()))
}
