//! Access links: make one, or many.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::desk::{AccessLink, Invitee, RegistrationStatus, UserStatus};
use crate::domain::{Email, Username};
use crate::portal::right::ManageUsers;

use super::authority::AppGrant;
use super::body::Many;
use super::entries::{Entries, Entry, Outcome};
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

/// Of one among many: whom it is for.
#[derive(Serialize)]
pub(super) struct PersonalLink {
    username: Username,
    email: Option<Email>,
    #[serde(flatten)]
    link: LinkView,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Links {
    One(LinkView),
    Many(Outcome<PersonalLink>),
}

pub(super) async fn create(
    State(api): State<Arc<Api>>,
    grant: AppGrant<ManageUsers>,
    Many(mut fields): Many,
) -> Result<Json<Links>, Problem> {
    let app = grant.entry.app.id;
    if !fields.has("people") {
        return Ok(Json(Links::One(api.desk.access_link(app, fields.invitee()?, grant.reach).await?.into())));
    }
    let people = fields.entries("people");
    fields.finish()?;
    let Entries { read, refused } = Entries::listed(people.unwrap_or_default(), false);
    let (inputs, invitees): (Vec<String>, Vec<Invitee>) = read.into_iter().map(Entry::into_parts).unzip();
    let names: Vec<Username> = invitees.iter().map(|invitee| invitee.username.clone()).collect();
    let links = api.desk.access_links(app, invitees, grant.reach).await?;
    let named = names.into_iter().zip(links).map(|(name, link)| link.map(|link| (name, link)));
    let view = |(username, link): (Username, AccessLink)| PersonalLink {
        email: username.email(),
        username,
        link: link.into(),
    };
    Ok(Json(Links::Many(Entries::outcome(inputs, refused, named.collect(), view)?)))
}
