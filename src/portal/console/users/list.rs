//! Who is there: the live table. The page is whole without a script; with one it follows the app's stream of events
//! and asks for the rows that changed, so that what is shown is always made here.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use http::StatusCode;

use crate::desk::{AdminError, Headcount, Standing, Window};
use crate::domain::{AccessMode, InvitationId, Permission};
use crate::portal::console::Console;
use crate::portal::console::apps::{AppHead, Tab, settle};
use crate::portal::console::frame::Frame;
use crate::portal::console::place::InApp;
use crate::portal::pages::{self, Answer, Form, assets};
use crate::portal::right::SeeUsers;

use super::query::{Column, Query};
use super::rows::{DeviceRow, InviteRow, PersonRow, Teller};
use super::words::{Users, words};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Registered,
    Waiting,
    /// Invited, and not here yet.
    Pending,
    /// Without a user.
    Devices,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Registered, Self::Waiting, Self::Pending, Self::Devices];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Waiting => "waiting",
            Self::Pending => "pending",
            Self::Devices => "devices",
        }
    }

    pub(super) fn named(word: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.word() == word).unwrap_or(Self::Registered)
    }

    /// Unless something else is asked for.
    pub(super) fn sort(self) -> (&'static str, bool) {
        match self {
            Self::Registered => ("name", false),
            Self::Waiting | Self::Pending => ("since", true),
            Self::Devices => ("seen", true),
        }
    }

    fn count(self, counts: Headcount) -> usize {
        match self {
            Self::Registered => counts.people,
            Self::Waiting => counts.waiting,
            Self::Pending => counts.pending,
            Self::Devices => counts.devices,
        }
    }
}

/// A way to another kind, with how many there are.
struct KindLink {
    kind: Kind,
    href: String,
    label: &'static str,
    count: usize,
}

/// The rows themselves, of which one kind is there.
#[derive(Default)]
struct Rows {
    people: Vec<PersonRow>,
    devices: Vec<DeviceRow>,
    invites: Vec<InviteRow>,
    total: usize,
    /// The last row's mark, if more are behind it.
    last: Option<String>,
}

#[derive(Template)]
#[template(path = "users/list.html", config = "src/portal/console/askama.toml")]
struct ListPage {
    frame: Frame,
    head: AppHead,
    list: Listing,
    columns: Vec<Column>,
    own: String,
    invites: String,
    api: String,
    may_invite: bool,
}

/// Rows alone, for the script.
#[derive(Template)]
#[template(path = "users/more.html", config = "src/portal/console/askama.toml")]
struct RowsPage {
    frame: Frame,
    list: Listing,
}

/// What both show.
struct Listing {
    words: &'static Users,
    kinds: Vec<KindLink>,
    kind: Kind,
    rows: Rows,
    next: Option<String>,
    q: String,
    sort: String,
    is_descending: bool,
    base: String,
    may_manage: bool,
}

impl Listing {
    fn is_empty(&self) -> bool {
        self.rows.people.is_empty() && self.rows.devices.is_empty() && self.rows.invites.is_empty()
    }
}

pub(super) async fn page(State(console): State<Arc<Console>>, here: InApp<SeeUsers>, form: Form) -> Answer {
    let query = if form.text("kind").is_empty() { usual(&here, &form) } else { Query::read(&form) };
    let list = match listing(&console, &here, &query).await {
        Ok(list) => list,
        Err(error) => return here.member.stop(error.into()),
    };
    settle(&console, &[&here.entry]).await;
    let own = here.path("/users");
    let head = AppHead::of(&console, &here, Tab::Users);
    let page = ListPage {
        frame: here
            .frame(format!("{} · {}", list.words.users, head.title))
            .telling((list.words.done)(&here.member.done)),
        columns: query.columns(&own, list.words),
        head,
        list,
        invites: here.path("/invites"),
        api: format!("/api/v1/workspaces/{}/apps/{}", here.workspace.name, here.app().name),
        may_invite: here.may(Permission::ManageUsers),
        own,
    };
    pages::page(StatusCode::OK, &page)
}

pub(super) async fn rows(State(console): State<Arc<Console>>, here: InApp<SeeUsers>, form: Form) -> Answer {
    match listing(&console, &here, &Query::read(&form)).await {
        Ok(list) => pages::page(StatusCode::OK, &RowsPage { frame: here.frame(""), list }),
        Err(error) => here.member.stop(error.into()),
    }
}

/// Where nobody registers, devices are who is there.
fn usual(here: &InApp<SeeUsers>, form: &Form) -> Query {
    let has_users = !matches!(here.app().access, AccessMode::Public | AccessMode::MasterPassword);
    let kind = if has_users { Kind::Registered } else { Kind::Devices };
    Query::read(&form.with("kind", kind.word()))
}

async fn listing(console: &Console, here: &InApp<SeeUsers>, query: &Query) -> Result<Listing, AdminError> {
    let words = words(here.member.language);
    let counts = console.desk.headcount(here.app().id).await?;
    let rows = read(console, here, query).await?;
    let own = here.path("/users");
    let kinds = Kind::ALL.map(|kind| KindLink {
        kind,
        href: format!("{own}?kind={}", kind.word()),
        label: (words.kind)(kind),
        count: kind.count(counts),
    });
    Ok(Listing {
        words,
        kinds: kinds.into(),
        kind: query.kind,
        next: rows.last.as_ref().map(|mark| query.behind(&own, mark)),
        rows,
        q: query.q.clone(),
        sort: query.sort_word(),
        is_descending: query.is_descending,
        base: here.path(""),
        may_manage: here.may(Permission::ManageUsers),
    })
}

async fn read(console: &Console, here: &InApp<SeeUsers>, query: &Query) -> Result<Rows, AdminError> {
    let (app, desk) = (here.app().id, &console.desk);
    let (language, now) = (here.member.language, here.member.now);
    let teller = Teller { words: words(language), language, now };
    let mut rows = Rows::default();
    let has_more = match query.kind {
        Kind::Registered | Kind::Waiting => {
            let roster = desk.people(app, query.kind == Kind::Waiting, query.wish()).await?;
            rows.total = roster.total;
            rows.people = roster.rows.into_iter().map(|(mark, user)| teller.person(mark, &user)).collect();
            roster.has_more
        }
        Kind::Devices => {
            let roster = desk.devices(app, query.wish()).await?;
            rows.total = roster.total;
            rows.devices = roster.rows.into_iter().map(|(mark, session)| teller.device(mark, session)).collect();
            roster.has_more
        }
        Kind::Pending => {
            let wish = query.wish::<InvitationId>();
            let window = Window { query: wish.query, limit: usize::MAX, after: None };
            let (found, _) = desk.invitations(app, |standing| standing == Standing::Pending, window).await?;
            let found =
                found.into_iter().filter(|view| wish.only.as_ref().is_none_or(|ids| ids.contains(&view.invitation.id)));
            rows.invites = found.map(|view| teller.invitation(view)).collect();
            // The newest first.
            rows.invites.sort_by(|one, other| other.mark.cmp(&one.mark));
            rows.total = rows.invites.len();
            rows.invites.retain(|row| wish.after.as_ref().is_none_or(|after| row.mark < *after));
            let has_more = rows.invites.len() > wish.limit;
            rows.invites.truncate(wish.limit);
            has_more
        }
    };
    let marks = rows.people.iter().map(|row| &row.mark);
    let marks = marks.chain(rows.devices.iter().map(|row| &row.mark)).chain(rows.invites.iter().map(|row| &row.mark));
    rows.last = marks.last().filter(|_| has_more).cloned();
    Ok(rows)
}

impl ListPage {
    fn live_script(&self) -> &'static str {
        &assets::LIVE_SCRIPT.name
    }

    fn live_style(&self) -> &'static str {
        &assets::LIVE_STYLE.name
    }
}
