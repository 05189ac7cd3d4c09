//! Access links: make one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::desk::{AccessLink, Invitee, RegistrationStatus, UserStatus};

use super::authority::AppGrant;
use super::body::Fields;
use super::{Api, Problem};

#[derive(Serialize)]
pub(super) struct LinkView {
    link: String,
    user_status: &'static str,
    registration_status: &'static str,
    password_setup_required: bool,
}

impl From<AccessLink> for LinkView {
    fn from(link: AccessLink) -> Self {
        Self {
            link: link.link,
            user_status: match link.user_status {
                UserStatus::Unknown => "unknown",
                UserStatus::Passwordless => "passwordless",
                UserStatus::Active => "active",
            },
            registration_status: match link.registration_status {
                RegistrationStatus::Invited => "invited",
                RegistrationStatus::Registered => "registered",
            },
            password_setup_required: link.password_setup_required,
        }
    }
}

pub(super) async fn create(
    State(api): State<Arc<Api>>,
    grant: AppGrant,
    mut fields: Fields,
) -> Result<Json<LinkView>, Problem> {
    let username = fields.username();
    let given_name = fields.nullable("given_name", Fields::text).flatten().unwrap_or_default();
    let family_name = fields.nullable("family_name", Fields::text).flatten().unwrap_or_default();
    fields.finish()?;
    let Some(username) = username else { return Err(Problem::flaw("email", "is needed")) };
    let invitee = Invitee { username, given_name, family_name };
    Ok(Json(api.desk.access_link(grant.entry.app.id, invitee).await?.into()))
}
