//! Rights as values: a handler that touches a workspace or an app takes the grant, and only here are grants made.
//!
//! What one may not see does not exist; what one sees but may not do is refused by the permission's name.

use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use aws_lc_rs::digest;
use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::desk::{Authority, Reach, acting};
use crate::directory::{AppEntry, Snapshot};
use crate::domain::{App, DeviceId, Permission, SessionId, Workspace};
use crate::handoff::Visit;
use crate::portal::guard;
use crate::portal::right::{Right, SeeApps};

use super::{Api, Problem, keys};

/// Whoever asks: a program with a key, or a member's browser.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Program(pub(super) Authority);

/// What was shown to prove it: what lasts asks again and again whether it still counts.
#[derive(Clone)]
pub(super) enum Credential {
    /// A key's SHA-256.
    Key([u8; 32], IpAddr),
    Session(SessionId, DeviceId, IpAddr),
}

impl Credential {
    /// What it opens now.
    pub(super) fn authority(&self, api: &Api) -> Option<Authority> {
        match self {
            Self::Key(hash, ip) => api.keys.find(hash, *ip, &api.desk),
            Self::Session(session, device, ip) => api.desk.authority_of_session(session, *device, *ip),
        }
    }
}

/// The right to what belongs to the whole installation.
pub(super) struct AccountGrant;

/// The right to see a workspace.
pub(super) struct WorkspaceGrant {
    pub(super) workspace: Arc<Workspace>,
    pub(super) authority: Authority,
}

/// A right in a workspace.
pub(super) struct InWorkspace<R> {
    pub(super) workspace: Arc<Workspace>,
    pub(super) authority: Authority,
    right: PhantomData<R>,
}

/// A right about one app.
pub(super) struct AppGrant<R = SeeApps> {
    pub(super) entry: Arc<AppEntry>,
    /// Whether it also reaches the workspace's other apps, which an app's users may be users of, too.
    pub(super) reach: Reach,
    pub(super) authority: Authority,
    right: PhantomData<R>,
}

impl Program {
    #[cfg(test)]
    pub(super) fn of_test() -> Self {
        let snapshot = crate::directory::Directory::new(None).snapshot();
        Self(Authority::of_config_key("test", &crate::desk::Scope::Account, &snapshot, Ipv4Addr::LOCALHOST.into()))
    }

    /// Who it is, in the length of a hash.
    pub(super) fn name(&self) -> [u8; 32] {
        let mut name = [0; 32];
        let who = format!("{:?}", self.0.actor().who);
        name.copy_from_slice(digest::digest(&digest::SHA256, who.as_bytes()).as_ref());
        name
    }

    pub(super) fn sees_workspace(&self, snapshot: &Snapshot, workspace: &Workspace) -> bool {
        self.0.sees(snapshot, workspace.id)
    }

    pub(super) fn sees_app(&self, snapshot: &Snapshot, app: &App) -> bool {
        self.0.sees_app(snapshot, app)
    }
}

impl WorkspaceGrant {
    pub(super) fn sees_app(&self, snapshot: &Snapshot, app: &App) -> bool {
        app.workspace == self.workspace.id && self.authority.sees_app(snapshot, app)
    }
}

impl<R> AppGrant<R> {
    /// For what asks for more than the handler itself does.
    pub(super) fn need(&self, snapshot: &Snapshot, permission: Permission) -> Result<(), Problem> {
        let may = self.authority.may_app(snapshot, &self.entry.app, permission);
        if may { Ok(()) } else { Err(Problem::NotAllowed(permission)) }
    }
}

/// Stands before every route: nothing else is asked of who shows no valid key. What happens then happens in their name.
pub(super) async fn identify(
    State(api): State<Arc<Api>>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let (authority, credential) = match request.headers().contains_key(header::AUTHORIZATION) {
        true => by_key(&api, &request)?,
        false => by_session(&api, &request)?,
    };
    request.extensions_mut().insert(credential);
    let actor = authority.actor().clone();
    request.extensions_mut().insert(Program(authority));
    Ok(acting::with(actor, next.run(request)).await)
}

fn by_key(api: &Api, request: &Request) -> Result<(Authority, Credential), Problem> {
    let ip = request.extensions().get::<Visit>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |visit| visit.ip);
    let mut given = request.headers().get_all(header::AUTHORIZATION).iter();
    let (Some(one), None) = (given.next(), given.next()) else { return Err(Problem::Unauthorized) };
    let secret = one.to_str().ok().and_then(bearer).ok_or(Problem::Unauthorized)?;
    let authority = api.keys.authority(secret, ip, &api.desk)?;
    Ok((authority, Credential::Key(keys::sha256(secret.as_bytes()), ip)))
}

/// A browser brings its cookie along whoever asks for it: only the console's own pages may change anything.
fn by_session(api: &Api, request: &Request) -> Result<(Authority, Credential), Problem> {
    let visit = request.extensions().get::<Visit>().ok_or(Problem::Unauthorized)?;
    let session = visit.session.as_ref().ok_or(Problem::Unauthorized)?;
    let authority = api.desk.authority_of_session(session, visit.device, visit.ip).ok_or(Problem::Unauthorized)?;
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let is_ours =
        guard::is_browser(request.headers()) && guard::is_same_origin(request.headers(), visit.secure, &visit.host);
    let credential = Credential::Session(*session, visit.device, visit.ip);
    if is_read || is_ours { Ok((authority, credential)) } else { Err(Problem::CrossSite) }
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
        let Program(authority) = Program::from_request_parts(parts, api).await?;
        if authority.is_owner(&api.desk.directory().snapshot()) { Ok(Self) } else { Err(Problem::NotFound) }
    }
}

impl FromRequestParts<Arc<Api>> for WorkspaceGrant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Problem> {
        let Program(authority) = Program::from_request_parts(parts, api).await?;
        let name = path_parameter(parts, api, "workspace").await?;
        let snapshot = api.desk.directory().snapshot();
        let workspace = find_workspace(&snapshot, &name).ok_or(Problem::NotFound)?;
        if authority.sees(&snapshot, workspace.id) { Ok(Self { workspace, authority }) } else { Err(Problem::NotFound) }
    }
}

impl<R: Right> FromRequestParts<Arc<Api>> for InWorkspace<R> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Problem> {
        let WorkspaceGrant { workspace, authority } = WorkspaceGrant::from_request_parts(parts, api).await?;
        if authority.may(&api.desk.directory().snapshot(), workspace.id, R::PERMISSION) {
            return Ok(Self { workspace, authority, right: PhantomData });
        }
        // A key for one app knows of nothing beside it.
        Err(if authority.is_for_one_app() { Problem::NotFound } else { Problem::NotAllowed(R::PERMISSION) })
    }
}

impl<R: Right> FromRequestParts<Arc<Api>> for AppGrant<R> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Problem> {
        let WorkspaceGrant { workspace, authority } = WorkspaceGrant::from_request_parts(parts, api).await?;
        let name = path_parameter(parts, api, "app").await?;
        let snapshot = api.desk.directory().snapshot();
        let found = snapshot.app_named(workspace.id, &name).cloned();
        let found = found.or_else(|| snapshot.apps.get(&name.parse().ok()?).cloned());
        let entry = found.filter(|entry| entry.app.workspace == workspace.id);
        let entry = entry.filter(|entry| authority.sees_app(&snapshot, &entry.app)).ok_or(Problem::NotFound)?;
        let reach = if authority.is_for_one_app() { Reach::App } else { Reach::Workspace };
        let grant = Self { entry, reach, authority, right: PhantomData };
        grant.need(&snapshot, R::PERMISSION)?;
        Ok(grant)
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
