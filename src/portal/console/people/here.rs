//! Who may do what in one workspace.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use http::StatusCode;

use crate::desk::MemberView;
use crate::domain::{RoleId, UserId};
use crate::portal::console::Console;
use crate::portal::console::errors::Errors;
use crate::portal::console::field::{Choice, Field, FormView};
use crate::portal::console::frame::{Frame, Nav};
use crate::portal::console::place::InWorkspace;
use crate::portal::console::sent::{self, Sent, expected};
use crate::portal::pages::{self, Answer};
use crate::portal::revision::shown;
use crate::portal::right::ManageMembers;

use super::words::{People, words};
use super::{called, judge, role_choices};

#[derive(Template)]
#[template(path = "people/here.html", config = "src/portal/console/askama.toml")]
struct HerePage {
    frame: Frame,
    words: &'static People,
    own: String,
    rows: Vec<Row>,
    form: Option<FormView>,
    summary: Option<String>,
}

struct Row {
    id: UserId,
    name: String,
    email: String,
    is_you: bool,
    is_owner: bool,
    revision: u64,
    roles: Vec<Choice>,
}

pub(super) async fn page(State(console): State<Arc<Console>>, here: InWorkspace<ManageMembers>) -> Answer {
    show(&console, &here, &Errors::default())
}

/// Also takes a role, where none is chosen.
pub(super) async fn assign(
    State(console): State<Arc<Console>>,
    here: InWorkspace<ManageMembers>,
    Sent(sent): Sent,
) -> Answer {
    let words = words(here.member.language);
    let Ok(member) = sent.text("member").parse::<UserId>() else {
        let mut errors = Errors::default();
        errors.add("member", here.member.words().missing);
        return show(&console, &here, &errors);
    };
    let role: Option<RoleId> = sent.text("role").parse().ok();
    let (authority, workspace) = (&here.member.authority, here.workspace.id);
    match console.desk.assign_role(authority, member, workspace, role, &expected(&sent)).await {
        Ok(_) => pages::see_other(&format!("{}?done=saved", here.path("/members"))),
        Err(error) => show(&console, &here, &judge(error, &here.member, words)),
    }
}

fn show(console: &Console, here: &InWorkspace<ManageMembers>, errors: &Errors) -> Answer {
    let words = words(here.member.language);
    let mut members = match console.desk.members(&here.member.authority) {
        Ok(members) => members,
        Err(error) => return here.member.stop(error.into()),
    };
    members.sort_by_key(|view| (!view.owner, called(view).to_lowercase(), view.id));
    let (inside, outside): (Vec<_>, Vec<_>) =
        members.into_iter().partition(|view| view.owner || role_here(here, view).is_some());
    let form = (!outside.is_empty()).then(|| {
        let nobody = Choice::new("", words.member, true);
        let choices = outside.iter().map(|view| Choice::new(view.id.to_string(), called(view), false));
        let fields = vec![
            Field::select("member", words.member, std::iter::once(nobody).chain(choices).collect()),
            Field::select("role", words.role, role_choices(&here.member, Some(RoleId::FULL_ACCESS), words)),
        ];
        FormView::new(here.path("/members"), words.add, fields).judged(errors, here.member.words())
    });
    let page = HerePage {
        frame: here.frame(words.members, Nav::Members),
        words,
        own: here.path("/members"),
        rows: inside.iter().map(|view| row(here, view, words)).collect(),
        summary: errors.summary(here.member.words()).filter(|_| form.is_none()),
        form,
    };
    pages::page(if errors.is_empty() { StatusCode::OK } else { errors.status() }, &page)
}

fn row(here: &InWorkspace<ManageMembers>, view: &MemberView, words: &'static People) -> Row {
    Row {
        id: view.id,
        name: called(view),
        email: view.email.as_ref().map(ToString::to_string).unwrap_or_default(),
        is_you: view.id == here.member.id,
        is_owner: view.owner,
        revision: shown(view.revision),
        roles: role_choices(&here.member, role_here(here, view), words),
    }
}

fn role_here(here: &InWorkspace<ManageMembers>, view: &MemberView) -> Option<RoleId> {
    view.roles.iter().find(|held| held.workspace.id == here.workspace.id).map(|held| held.role.id)
}
