//! An app's users: list, read, deregister.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;

use crate::desk::UserState;
use crate::domain::UserId;
use crate::portal::right::{ManageUsers, SeeUsers};

use super::authority::{AppGrant, Id};
use super::list::{ListQuery, Page};
use super::tag::Tagged;
use super::user_row::{STATES, UserRow};
use super::{Api, Problem};

pub(super) async fn list(
    State(api): State<Arc<Api>>,
    grant: AppGrant<SeeUsers>,
    UserQuery { rest, state }: UserQuery,
) -> Result<Json<Page<UserRow>>, Problem> {
    let window = rest.window(|text| text.parse().ok())?;
    let (rows, next) = api.desk.users(grant.entry.app.id, window, state).await?;
    let configured = api.providers();
    let rows = rows.into_iter().map(|user| UserRow::of(user, &configured)).collect();
    Ok(Json(Page::new(rows, next.map(|user| user.to_string()))))
}

pub(super) async fn read(
    State(api): State<Arc<Api>>,
    grant: AppGrant<SeeUsers>,
    Id(user): Id<UserId>,
) -> Result<Tagged<UserRow>, Problem> {
    tagged(&api, &grant, user).await
}

/// With the revision that the user was written in, read first: at worst, a change that was not needed is refused.
pub(super) async fn tagged<R>(api: &Api, grant: &AppGrant<R>, user: UserId) -> Result<Tagged<UserRow>, Problem> {
    let revision = api.desk.user_revision(user)?;
    Ok(Tagged(revision, row(api, grant, user).await?))
}

/// The user as they are now.
pub(super) async fn row<R>(api: &Api, grant: &AppGrant<R>, user: UserId) -> Result<UserRow, Problem> {
    Ok(UserRow::of(api.desk.user(grant.entry.app.id, user).await?, &api.providers()))
}

pub(super) async fn deregister(
    State(api): State<Arc<Api>>,
    grant: AppGrant<ManageUsers>,
    Id(user): Id<UserId>,
) -> Result<StatusCode, Problem> {
    api.desk.deregister(grant.entry.app.id, user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A list's query with `status` beside.
pub(super) struct UserQuery {
    rest: ListQuery,
    state: Option<UserState>,
}

impl FromRequestParts<Arc<Api>> for UserQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Api>) -> Result<Self, Problem> {
        let (rest, word) = ListQuery::read(parts, Some("status"))?;
        let state = |word: String| STATES.iter().find(|(known, _)| *known == word).map(|(_, state)| *state);
        match word.map(state) {
            Some(None) => Err(Problem::flaw("status", "use active, passwordless, waiting or suspended")),
            Some(found) => Ok(Self { rest, state: found }),
            None => Ok(Self { rest, state: None }),
        }
    }
}
