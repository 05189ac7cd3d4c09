//! Who asks, and what they may: read, and for a member change.

use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};

use crate::desk::{Authority, ProfileChange, Who};
use crate::directory::Snapshot;
use crate::domain::{Language, Permission, Slug, Theme, WorkspaceId};

use super::authority::Program;
use super::body::Fields;
use super::tag::{IfMatch, Tagged};
use super::{Api, Problem};

#[derive(Serialize)]
pub(super) struct Me {
    kind: &'static str,
    id: String,
    email: Option<String>,
    name: String,
    given_name: Option<String>,
    family_name: Option<String>,
    owner: bool,
    workspaces: Vec<Place>,
    theme: Look,
    language: Option<Language>,
}

#[derive(Serialize)]
struct Place {
    id: WorkspaceId,
    name: Slug,
    title: String,
    permissions: Vec<Permission>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Look {
    Light,
    Dark,
    Auto,
}

impl From<Option<Theme>> for Look {
    fn from(theme: Option<Theme>) -> Self {
        match theme {
            Some(Theme::Light) => Self::Light,
            Some(Theme::Dark) => Self::Dark,
            None => Self::Auto,
        }
    }
}

impl From<Look> for Option<Theme> {
    fn from(look: Look) -> Self {
        match look {
            Look::Light => Some(Theme::Light),
            Look::Dark => Some(Theme::Dark),
            Look::Auto => None,
        }
    }
}

pub(super) async fn read(State(api): State<Arc<Api>>, Program(authority): Program) -> Result<Tagged<Me>, Problem> {
    let snapshot = api.desk.directory().snapshot();
    let workspaces = places(&snapshot, &authority);
    let owner = authority.is_owner(&snapshot);
    let Some(member) = authority.member(&snapshot) else {
        let (id, name) = key(&snapshot, &authority);
        let (email, given_name, family_name, language) = (None, None, None, None);
        let theme = Look::Auto;
        let me = Me { kind: "key", id, email, name, given_name, family_name, owner, workspaces, theme, language };
        return Ok(Tagged(Default::default(), me));
    };
    let own = api.desk.profile(&authority)?;
    let me = Me {
        kind: "member",
        id: member.id.to_string(),
        name: own.user.name(),
        email: own.user.username.email().map(|email| email.to_string()),
        given_name: Some(own.user.given_name),
        family_name: Some(own.user.family_name),
        owner,
        workspaces,
        theme: own.member.theme.into(),
        language: own.member.language,
    };
    Ok(Tagged(own.revision, me))
}

pub(super) async fn change(
    State(api): State<Arc<Api>>,
    Program(authority): Program,
    IfMatch(expected): IfMatch,
    mut fields: Fields,
) -> Result<Tagged<Me>, Problem> {
    if authority.member(&api.desk.directory().snapshot()).is_none() {
        return Err(Problem::NotFound);
    }
    let look: Option<Option<Look>> =
        fields.nullable("theme", |fields, field| fields.chosen(field, "light, dark or auto"));
    let change = ProfileChange {
        given_name: fields.name("given_name"),
        family_name: fields.name("family_name"),
        theme: look.map(|look| look.and_then(Option::<Theme>::from)),
        language: fields.nullable("language", |fields, field| fields.chosen(field, "en, de or null")),
    };
    fields.finish()?;
    api.desk.change_profile(&authority, change, &expected).await?;
    read(State(api), Program(authority)).await
}

/// A program has the name of its key.
fn key(snapshot: &Snapshot, authority: &Authority) -> (String, String) {
    match &authority.actor().who {
        Who::Key(id) => {
            let name = snapshot.staff.keys.get(id).map(|key| key.name.clone());
            (id.to_string(), name.unwrap_or_default())
        }
        Who::ConfigKey { name, .. } => (format!("config:{name}"), name.to_string()),
        Who::Member(_) | Who::Visitor | Who::Machine => (String::new(), String::new()),
    }
}

fn places(snapshot: &Snapshot, authority: &Authority) -> Vec<Place> {
    let seen = snapshot.workspaces.values().filter(|workspace| authority.sees(snapshot, workspace.id));
    let mut places: Vec<Place> = seen
        .map(|workspace| Place {
            id: workspace.id,
            name: workspace.name.clone(),
            title: workspace.title.clone(),
            permissions: authority.permissions(snapshot, workspace.id).iter().collect(),
        })
        .collect();
    places.sort_by(|one, other| one.name.as_str().cmp(other.name.as_str()));
    places
}
