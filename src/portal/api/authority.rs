//! Rights as values: a handler that touches a workspace or an app takes the grant, and only here are grants made.
//! What a key's scope does not cover does not exist for it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;

use crate::desk::Reach;
use crate::directory::{AppEntry, Snapshot};
use crate::domain::{App, Workspace, WorkspaceId};
use crate::handoff::Visit;

use super::keys::Scope;
use super::{Api, Problem};

/// Whoever showed a valid key.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Program {
    scope: Scope,
    /// SHA-256 of the secret.
    key: [u8; 32],
}

/// The right to what belongs to the whole installation.
pub(super) struct AccountGrant;

/// The right to see a workspace.
pub(super) struct WorkspaceGrant {
    pub(super) workspace: Arc<Workspace>,
    program: Program,
}

/// The right to make apps in a workspace.
pub(super) struct BuildGrant {
    pub(super) workspace: WorkspaceId,
}

/// The right to everything about one app.
pub(super) struct AppGrant {
    pub(super) entry: Arc<AppEntry>,
    /// Whether it also reaches the workspace's other apps, which an app's users may be users of, too.
    pub(super) reach: Reach,
}

impl Program {
    /// The hash of the key's secret.
    pub(super) fn key(&self) -> &[u8; 32] {
        &self.key
    }

    #[cfg(test)]
    pub(super) fn of_account() -> Self {
        Self { scope: Scope::Account, key: [0; 32] }
    }

    fn reach(&self) -> Reach {
        match self.scope {
            Scope::Account | Scope::Workspace(_) => Reach::Workspace,
            Scope::App(..) => Reach::App,
        }
    }

    pub(super) fn sees_workspace(&self, workspace: &Workspace) -> bool {
        match &self.scope {
            Scope::Account => true,
            Scope::Workspace(name) | Scope::App(name, _) => *name == workspace.name,
        }
    }

    fn builds_in(&self, workspace: &Workspace) -> bool {
        match &self.scope {
            Scope::Account => true,
            Scope::Workspace(name) => *name == workspace.name,
            Scope::App(..) => false,
        }
    }

    pub(super) fn sees_app(&self, workspace: &Workspace, app: &App) -> bool {
        match &self.scope {
            Scope::App(_, name) => self.sees_workspace(workspace) && *name == app.name,
            Scope::Account | Scope::Workspace(_) => self.sees_workspace(workspace),
        }
    }
}

impl WorkspaceGrant {
    pub(super) fn sees_app(&self, app: &App) -> bool {
        app.workspace == self.workspace.id && self.program.sees_app(&self.workspace, app)
    }

    fn into_build(self) -> Option<BuildGrant> {
        self.program.builds_in(&self.workspace).then_some(BuildGrant { workspace: self.workspace.id })
    }
}

/// Stands before every route: nothing else is asked of who shows no valid key.
pub(super) async fn identify(
    State(api): State<Arc<Api>>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let ip = request.extensions().get::<Visit>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |visit| visit.ip);
    let mut given = request.headers().get_all(header::AUTHORIZATION).iter();
    let (Some(one), None) = (given.next(), given.next()) else { return Err(Problem::Unauthorized) };
    let secret = one.to_str().ok().and_then(bearer).ok_or(Problem::Unauthorized)?;
    let (scope, key) = api.keys.scope(secret, ip, api.desk.throttle())?;
    request.extensions_mut().insert(Program { scope, key });
    Ok(next.run(request).await)
}

impl FromRequestParts<Arc<Api>> for Program {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Api>) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or(Problem::Unauthorized)
    }
}

/// RFC 6750 section 2.1; the scheme's name in any case (RFC 9110 section 11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, secret) = value.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer")).then_some(secret.trim_matches(' ')).filter(|secret| !secret.is_empty())
}

impl FromRequestParts<Arc<Api>> for AccountGrant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Problem> {
        let program = Program::from_request_parts(parts, api).await?;
        if program.scope == Scope::Account { Ok(Self) } else { Err(Problem::NotFound) }
    }
}

impl FromRequestParts<Arc<Api>> for WorkspaceGrant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Problem> {
        let program = Program::from_request_parts(parts, api).await?;
        let name = path_parameter(parts, api, "workspace").await?;
        let snapshot = api.desk.directory().snapshot();
        let workspace = find_workspace(&snapshot, &name).ok_or(Problem::NotFound)?;
        if program.sees_workspace(&workspace) { Ok(Self { workspace, program }) } else { Err(Problem::NotFound) }
    }
}

impl FromRequestParts<Arc<Api>> for BuildGrant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Problem> {
        let grant = WorkspaceGrant::from_request_parts(parts, api).await?;
        grant.into_build().ok_or(Problem::NotFound)
    }
}

impl FromRequestParts<Arc<Api>> for AppGrant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Problem> {
        let grant = WorkspaceGrant::from_request_parts(parts, api).await?;
        let name = path_parameter(parts, api, "app").await?;
        let snapshot = api.desk.directory().snapshot();
        let found = snapshot.app_named(grant.workspace.id, &name).cloned();
        let found = found.or_else(|| snapshot.app(name.parse().ok()?).cloned());
        let entry = found.filter(|entry| grant.sees_app(&entry.app)).ok_or(Problem::NotFound)?;
        Ok(Self { entry, reach: grant.program.reach() })
    }
}

/// A name first: ids are 13 characters that a name could be, too.
fn find_workspace(snapshot: &Snapshot, name: &str) -> Option<Arc<Workspace>> {
    let by_name = snapshot.workspace_named(name);
    let found = by_name.or_else(|| snapshot.workspaces.get(&name.parse().ok()?));
    found.cloned()
}

pub(super) async fn path_parameter(parts: &mut Parts, api: &Arc<Api>, name: &str) -> Result<String, Problem> {
    let all = RawPathParams::from_request_parts(parts, api).await.map_err(|_| Problem::NotFound)?;
    let found = all.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned());
    found.ok_or(Problem::NotFound)
}

/// The `{id}` of a path; one that cannot be an id names nothing.
pub(super) struct Id<T>(pub(super) T);

impl<T: std::str::FromStr> FromRequestParts<Arc<Api>> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Problem> {
        let text = path_parameter(parts, api, "id").await?;
        text.parse().map(Self).map_err(|_| Problem::NotFound)
    }
}
