//! API keys: list, create, read, change, delete. Those of the configuration are shown, and changed there only.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use serde::Serialize;

use crate::desk::{Authority, KeyChange, KeyView, NewKey};
use crate::directory::Snapshot;
use crate::domain::{KeyId, KeyScope, Timestamp, UserId};

use super::authority::{Id, Program};
use super::body::Fields;
use super::list::{ListQuery, Page};
use super::tag::{IfMatch, Tagged};
use super::{Api, Problem, duration};

#[derive(Serialize)]
pub(super) struct KeyRow {
    id: String,
    name: String,
    scope: String,
    /// Who made it, as far as they are still a member.
    owner: Option<OwnerRow>,
    enabled: bool,
    created_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    last_used_ip: Option<IpAddr>,
    source: &'static str,
    /// Shown once.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

#[derive(Serialize)]
struct OwnerRow {
    id: UserId,
    email: String,
}

impl KeyRow {
    fn of(api: &Api, snapshot: &Snapshot, view: &KeyView) -> Self {
        let key = &view.key;
        let maker = snapshot.staff.members.get(&key.owner).and_then(|_| api.desk.directory().person(key.owner));
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            scope: shown(snapshot, key.scope),
            owner: maker.map(|person| OwnerRow { id: key.owner, email: person.username().to_owned() }),
            enabled: key.enabled,
            created_at: Some(key.created_at),
            expires_at: key.expires_at,
            last_used_at: key.last_used.map(|last| last.at),
            last_used_ip: key.last_used.map(|last| last.ip),
            source: "console",
            secret: None,
        }
    }

    fn configured(name: String, scope: String) -> Self {
        Self {
            id: format!("config:{name}"),
            name,
            scope,
            owner: None,
            enabled: true,
            created_at: None,
            expires_at: None,
            last_used_at: None,
            last_used_ip: None,
            source: "config",
            secret: None,
        }
    }
}

fn tagged(api: &Api, view: &KeyView) -> Tagged<KeyRow> {
    Tagged(view.revision, KeyRow::of(api, &api.desk.directory().snapshot(), view))
}

/// By the names that things have now.
fn shown(snapshot: &Snapshot, scope: KeyScope) -> String {
    match scope {
        KeyScope::Personal => "me".to_owned(),
        KeyScope::Account => "account".to_owned(),
        KeyScope::Workspace(id) => match snapshot.workspaces.get(&id) {
            Some(workspace) => format!("workspace:{}", workspace.name),
            None => format!("workspace:{id}"),
        },
        KeyScope::App(id) => match snapshot.apps.get(&id) {
            Some(entry) => format!("app:{}/{}", entry.workspace, entry.app.name),
            None => format!("app:{id}"),
        },
    }
}

pub(super) async fn list(
    State(api): State<Arc<Api>>,
    Program(authority): Program,
    query: ListQuery,
) -> Result<Json<Page<KeyRow>>, Problem> {
    let snapshot = api.desk.directory().snapshot();
    let stored = api.desk.api_keys(&authority)?;
    let mut rows: Vec<KeyRow> = stored.iter().map(|view| KeyRow::of(&api, &snapshot, view)).collect();
    if authority.is_owner(&snapshot) {
        rows.extend(api.keys.configured().into_iter().map(|(name, scope)| KeyRow::configured(name, scope)));
    }
    rows.retain(|row| query.wants([&row.name, &row.scope]));
    let (rows, next) = query.cut(rows, |row| format!("{}\n{}", row.name.to_lowercase(), row.id))?;
    Ok(Json(Page::new(rows, next)))
}

pub(super) async fn read(
    State(api): State<Arc<Api>>,
    Program(authority): Program,
    Id(key): Id<KeyId>,
) -> Result<Tagged<KeyRow>, Problem> {
    Ok(tagged(&api, &api.desk.api_key(&authority, key)?))
}

pub(super) async fn create(
    State(api): State<Arc<Api>>,
    Program(authority): Program,
    mut fields: Fields,
) -> Result<impl IntoResponse, Problem> {
    let name = fields.required("name", Fields::text);
    let scope = fields.required("scope", |fields, field| scope(fields, field, &api, &authority));
    let expires_at = fields.nullable("expires_at", Fields::moment).flatten();
    fields.finish()?;
    let (Some(name), Some(scope)) = (name, scope) else {
        return Err(Problem::flaw("body", "name and scope are needed"));
    };
    let made = api.desk.create_api_key(&authority, NewKey { name, scope, expires_at }).await?;
    let Tagged(revision, row) = tagged(&api, &made.view);
    let location = format!("/api/v1/keys/{}", row.id);
    let row = KeyRow { secret: Some(made.secret), ..row };
    Ok((StatusCode::CREATED, AppendHeaders([(header::LOCATION, location)]), Tagged(revision, row)))
}

pub(super) async fn change(
    State(api): State<Arc<Api>>,
    Program(authority): Program,
    Id(key): Id<KeyId>,
    IfMatch(expected): IfMatch,
    mut fields: Fields,
) -> Result<Tagged<KeyRow>, Problem> {
    api.desk.api_key(&authority, key)?;
    let change = KeyChange { name: fields.text("name"), enabled: fields.flag("enabled") };
    fields.finish()?;
    Ok(tagged(&api, &api.desk.change_api_key(&authority, key, change, &expected).await?))
}

pub(super) async fn delete(
    State(api): State<Arc<Api>>,
    Program(authority): Program,
    Id(key): Id<KeyId>,
    IfMatch(expected): IfMatch,
) -> Result<StatusCode, Problem> {
    api.desk.delete_api_key(&authority, key, &expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Foreign and absent are refused in the same words.
fn scope(fields: &mut Fields, field: &str, api: &Api, authority: &Authority) -> Option<KeyScope> {
    const FORM: &str = "write me, account, workspace:NAME or app:WORKSPACE/APP";
    let text = fields.text(field)?;
    let snapshot = api.desk.directory().snapshot();
    let workspace = |name: &str| {
        let found = snapshot.workspace_named(name).or_else(|| snapshot.workspaces.get(&name.parse().ok()?));
        found.filter(|workspace| authority.sees(&snapshot, workspace.id))
    };
    let found = match text.split_once(':') {
        None if text == "me" => Some(KeyScope::Personal),
        None if text == "account" => Some(KeyScope::Account),
        Some(("workspace", name)) => workspace(name).map(|workspace| KeyScope::Workspace(workspace.id)),
        Some(("app", path)) => path.split_once('/').and_then(|(of, name)| {
            let workspace = workspace(of)?;
            let named = snapshot.app_named(workspace.id, name).or_else(|| snapshot.apps.get(&name.parse().ok()?));
            let entry = named.filter(|entry| entry.app.workspace == workspace.id)?;
            authority.sees_app(&snapshot, &entry.app).then_some(KeyScope::App(entry.app.id))
        }),
        Some(_) | None => return fields.refuse(field, FORM),
    };
    found.or_else(|| fields.refuse(field, "names nothing that is there"))
}

impl Fields {
    /// RFC 3339.
    pub(super) fn moment(&mut self, field: &str) -> Option<Timestamp> {
        let text = self.text(field)?;
        duration::moment(&text).or_else(|| self.refuse(field, "write a moment like 2027-01-31T12:00:00Z"))
    }
}
