//! Invitations: make many, list, read, withdraw, renew.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;

use crate::desk::{Standing, Terms};
use crate::domain::InvitationId;
use crate::portal::right::{ManageUsers, SeeUsers};

use super::authority::{AppGrant, Id};
use super::body::{Fields, Many, Optional};
use super::entries::{Entries, Outcome};
use super::invite_view::{Handed, InviteRow, MailRow, wanted};
use super::list::{ListQuery, Page};
use super::{Api, Problem, pasted};

/// Of a list of invitations.
pub(super) struct InviteQuery {
    pub(super) list: ListQuery,
    pub(super) wanted: fn(Standing) -> bool,
}

impl FromRequestParts<Arc<Api>> for InviteQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Api>) -> Result<Self, Problem> {
        let (list, state) = ListQuery::read(parts, Some("state"))?;
        let wanted = wanted(state.as_deref());
        let wanted = wanted.ok_or_else(|| Problem::flaw("state", "use pending, accepted, expired or withdrawn"))?;
        Ok(Self { list, wanted })
    }
}

pub(super) async fn list(
    State(api): State<Arc<Api>>,
    grant: AppGrant<SeeUsers>,
    query: InviteQuery,
) -> Result<Json<Page<InviteRow<Option<MailRow>>>>, Problem> {
    let window = query.list.window(|text| text.parse().ok())?;
    let (rows, next) = api.desk.invitations(grant.entry.app.id, query.wanted, window).await?;
    Ok(Json(Page::new(rows.into_iter().map(InviteRow::from).collect(), next.map(|id| id.to_string()))))
}

pub(super) async fn create(
    State(api): State<Arc<Api>>,
    grant: AppGrant<ManageUsers>,
    Many(mut fields): Many,
) -> Result<Json<Outcome<Handed<&'static str>>>, Problem> {
    let terms = terms(&mut fields);
    let Entries { read, refused } = whom(&mut fields);
    fields.finish()?;
    let (inputs, people) = read
        .into_iter()
        .map(|entry| {
            let terms = Terms { language: entry.language.or(terms.language), ..terms };
            let (input, invitee) = entry.into_parts();
            (input, (invitee, terms))
        })
        .unzip();
    // What is wrong with the terms is wrong for all.
    let invited = api.desk.invite(grant.entry.app.id, people, grant.reach).await?;
    // A thousand pictures keep a core busy for a while, and nobody else shall wait for it.
    let drawn = tokio::task::spawn_blocking(move || Entries::outcome(inputs, refused, invited, Handed::new));
    drawn.await.map_err(|_| Problem::Unavailable)?.map(Json)
}

pub(super) async fn read(
    State(api): State<Arc<Api>>,
    grant: AppGrant<SeeUsers>,
    Id(id): Id<InvitationId>,
) -> Result<Json<InviteRow<Option<MailRow>>>, Problem> {
    Ok(Json(api.desk.invitation(grant.entry.app.id, id).await?.into()))
}

pub(super) async fn withdraw(
    State(api): State<Arc<Api>>,
    grant: AppGrant<ManageUsers>,
    Id(id): Id<InvitationId>,
) -> Result<StatusCode, Problem> {
    api.desk.withdraw_invitation(grant.entry.app.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn renew(
    State(api): State<Arc<Api>>,
    grant: AppGrant<ManageUsers>,
    Id(id): Id<InvitationId>,
    Optional(mut fields): Optional,
) -> Result<Json<Handed<Option<MailRow>>>, Problem> {
    let terms = terms(&mut fields);
    fields.finish()?;
    let invited = api.desk.renew_invitation(grant.entry.app.id, id, terms, grant.reach).await?;
    Ok(Json(Handed::anew(invited)))
}

/// What holds for everybody in the call. A letter is sent unless somebody says no.
pub(super) fn terms(fields: &mut Fields) -> Terms {
    let language = fields.language();
    let send = fields.flag("send").unwrap_or(true);
    let valid = fields.span("expires_in").unwrap_or(Terms::default().valid);
    Terms { language, valid, send }
}

/// Pasted, or listed one by one.
fn whom(fields: &mut Fields) -> Entries {
    let read = match (fields.has("emails"), fields.has("invites")) {
        (true, false) => fields.text("emails").and_then(|text| {
            let found = pasted::read(&text);
            fields.not_too_many("emails", found).map(|found| Entries::pasted(&found))
        }),
        (false, true) => fields.entries("invites").map(|entries| Entries::listed(entries, true)),
        (true, true) => fields.refuse("emails", "give `emails` or `invites`, not both"),
        (false, false) => fields.refuse("emails", "is needed, or a list called `invites`"),
    };
    read.unwrap_or_default()
}
