//! All members, and who is invited to be one.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use http::StatusCode;

use crate::desk::{MemberView, Standing, Window, matches};
use crate::domain::Timestamp;
use crate::portal::console::Console;
use crate::portal::console::frame::{Frame, Nav};
use crate::portal::console::pager::Pager;
use crate::portal::console::place::InAccount;
use crate::portal::pages::{self, Answer, Form};

use super::words::{People, words};
use super::{MEMBERS, called};

#[derive(Template)]
#[template(path = "people/list.html", config = "src/portal/console/askama.toml")]
struct ListPage {
    frame: Frame,
    words: &'static People,
    q: String,
    rows: Vec<Row>,
    pager: Pager,
    invited: Vec<Invited>,
}

struct Row {
    href: String,
    name: String,
    email: String,
    is_you: bool,
    is_owner: bool,
    roles: Vec<String>,
    since: Timestamp,
    last_seen: Option<Timestamp>,
}

struct Invited {
    path: String,
    email: String,
    expires: Timestamp,
    is_expired: bool,
    error: Option<String>,
}

/// Open invitations of members: a handful at a time.
const INVITED_MOST: usize = 200;

pub(super) async fn page(State(console): State<Arc<Console>>, here: InAccount, query: Form) -> Answer {
    let words = words(here.member.language);
    let authority = &here.member.authority;
    let mut members = match console.desk.members(authority) {
        Ok(members) => members,
        Err(error) => return here.member.stop(error.into()),
    };
    let q = query.text("q").trim().to_owned();
    members.retain(|view| {
        q.is_empty() || matches(&q, [called(view).as_str(), view.email.as_ref().map_or("", |email| email.as_str())])
    });
    members.sort_by_key(|view| (!view.owner, called(view).to_lowercase(), view.id));
    let is_open = |standing| matches!(standing, Standing::Pending | Standing::Expired);
    let window = Window { query: None, limit: INVITED_MOST, after: None };
    let invited = match console.desk.member_invitations(authority, is_open, window).await {
        Ok((invited, _)) => invited,
        Err(error) => return here.member.stop(error.into()),
    };
    let (members, pager) = Pager::cut(members, &query, MEMBERS);
    let page = ListPage {
        frame: here.frame(words.members, Nav::AllMembers).telling((words.done)(&here.member.done)),
        words,
        q,
        rows: members.iter().map(|view| row(&here, view)).collect(),
        pager,
        invited: invited
            .into_iter()
            .map(|view| Invited {
                path: format!("{MEMBERS}/invites/{}", view.invitation.id),
                email: view.invitation.username.to_string(),
                expires: view.invitation.expires_at,
                is_expired: view.standing == Standing::Expired,
                error: view.delivery.and_then(|delivery| delivery.last_error),
            })
            .collect(),
    };
    pages::page(StatusCode::OK, &page)
}

fn row(here: &InAccount, view: &MemberView) -> Row {
    let held = view.roles.iter();
    Row {
        href: format!("{MEMBERS}/{}", view.id),
        name: called(view),
        email: view.email.as_ref().map(ToString::to_string).unwrap_or_default(),
        is_you: view.id == here.member.id,
        is_owner: view.owner,
        roles: held.map(|held| format!("{}: {}", held.workspace.title, held.role.name)).collect(),
        since: view.since,
        last_seen: view.last_seen_at,
    }
}
