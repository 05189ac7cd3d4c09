//! One member: what they may, where; and removing them.

use std::sync::Arc;

use axum::extract::State;

use crate::desk::{AdminError, Expected, MemberChange, MemberView};
use crate::domain::{RoleId, UserId};
use crate::portal::console::Console;
use crate::portal::console::errors::Errors;
use crate::portal::console::field::{Field, FormView};
use crate::portal::console::frame::{self, Nav};
use crate::portal::console::place::{Id, InAccount};
use crate::portal::console::sent::{Sent, expected};
use crate::portal::console::sheet::{AskSheet, FormSheet};
use crate::portal::pages::{self, Answer, Form};

use super::words::words;
use super::{MEMBERS, called, judge, role_choices};

pub(super) async fn page(State(console): State<Arc<Console>>, here: InAccount, Id(id): Id<UserId>) -> Answer {
    match console.desk.member(&here.member.authority, id) {
        Ok(view) => form(&here, &view, &Errors::default()),
        Err(error) => here.member.stop(error.into()),
    }
}

pub(super) async fn change(
    State(console): State<Arc<Console>>,
    here: InAccount,
    Id(id): Id<UserId>,
    Sent(sent): Sent,
) -> Answer {
    let view = match console.desk.member(&here.member.authority, id) {
        Ok(view) => view,
        Err(error) => return here.member.stop(error.into()),
    };
    match settle(&console, &here, &view, &sent).await {
        Ok(()) => pages::see_other(&format!("{MEMBERS}/{id}?done=saved")),
        Err(error) => form(&here, &view, &judge(error, &here.member, words(here.member.language))),
    }
}

/// Owner or not first: it is what may be refused.
async fn settle(console: &Console, here: &InAccount, view: &MemberView, sent: &Form) -> Result<(), AdminError> {
    let (desk, authority) = (&console.desk, &here.member.authority);
    let change = MemberChange { owner: Some(sent.text("owner") == "on").filter(|owner| *owner != view.owner) };
    desk.change_member(authority, view.id, change, &expected(sent)).await?;
    for workspace in here.member.workspaces() {
        let held = view.roles.iter().find(|held| held.workspace.id == workspace.id).map(|held| held.role.id);
        let chosen: Option<RoleId> = sent.text(&format!("role-{}", workspace.id)).parse().ok();
        if chosen != held {
            desk.assign_role(authority, view.id, workspace.id, chosen, &Expected::Anything).await?;
        }
    }
    Ok(())
}

fn form(here: &InAccount, view: &MemberView, errors: &Errors) -> Answer {
    let words = words(here.member.language);
    let mut fields = vec![Field::tick("owner", words.owner, view.owner).hint(words.owner_why)];
    for workspace in here.member.workspaces() {
        let held = view.roles.iter().find(|held| held.workspace.id == workspace.id).map(|held| held.role.id);
        let label = format!("{}: {}", words.role, frame::title(&workspace));
        let name = format!("role-{}", workspace.id);
        fields.push(Field::select(name, label, role_choices(&here.member, held, words)));
    }
    let own = format!("{MEMBERS}/{}", view.id);
    let form = FormView::new(own.clone(), here.member.words().save, fields).cancel(MEMBERS).written_in(view.revision);
    let heading = called(view);
    let sheet = FormSheet::new(here.frame(heading.clone(), Nav::AllMembers), form.judged(errors, here.member.words()));
    let email = view.email.as_ref().map(ToString::to_string).filter(|email| *email != heading);
    let sheet = sheet.grave(format!("{own}/remove"), words.remove);
    match email {
        Some(email) => sheet.lead(email),
        None => sheet,
    }
    .answer(errors.status())
}

pub(super) async fn ask(State(console): State<Arc<Console>>, here: InAccount, Id(id): Id<UserId>) -> Answer {
    match console.desk.member(&here.member.authority, id) {
        Ok(view) => question(&console, &here, &view, &Errors::default()),
        Err(error) => here.member.stop(error.into()),
    }
}

pub(super) async fn remove(State(console): State<Arc<Console>>, here: InAccount, Id(id): Id<UserId>) -> Answer {
    let authority = &here.member.authority;
    let view = match console.desk.member(authority, id) {
        Ok(view) => view,
        Err(error) => return here.member.stop(error.into()),
    };
    match console.desk.remove_member(authority, id, &Expected::Anything).await {
        Ok(()) if id == here.member.id => pages::see_other("/"),
        Ok(()) => pages::see_other(&format!("{MEMBERS}?done=removed")),
        Err(error) => question(&console, &here, &view, &judge(error, &here.member, words(here.member.language))),
    }
}

fn question(console: &Console, here: &InAccount, view: &MemberView, errors: &Errors) -> Answer {
    let words = words(here.member.language);
    let own = format!("{MEMBERS}/{}", view.id);
    let form = FormView::new(format!("{own}/remove"), words.remove, Vec::new()).grave().cancel(own);
    let points = words.remove_points.into_iter().chain(view.owner.then_some(words.remove_promises));
    let lead = match keys_left_by(console, here, view) {
        names if names.is_empty() => words.remove_lead.to_owned(),
        names => format!("{} {}", (words.remove_keys)(&names.join(", ")), words.remove_lead),
    };
    AskSheet {
        frame: here.frame((words.remove_heading)(&called(view)), Nav::AllMembers),
        lead,
        points: points.map(str::to_owned).collect(),
        form: form.judged(errors, here.member.words()),
    }
    .answer()
}

/// Keys of the installation, a workspace or an app are nobody's own: other programs may live on them.
fn keys_left_by(console: &Console, here: &InAccount, view: &MemberView) -> Vec<String> {
    let keys = console.desk.api_keys(&here.member.authority).unwrap_or_default();
    let left = keys.into_iter().filter(|made| made.key.owner == view.id && !made.key.is_personal_of(view.id));
    left.map(|made| made.key.name.clone()).collect()
}
