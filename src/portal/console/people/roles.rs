//! Roles: named sets of permissions.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use http::StatusCode;

use crate::desk::{Expected, RoleChange, RoleView};
use crate::domain::{Permission, Permissions, RoleId};
use crate::portal::console::Console;
use crate::portal::console::errors::Errors;
use crate::portal::console::field::{Choice, Field, FormView};
use crate::portal::console::frame::{Frame, Nav};
use crate::portal::console::place::{Id, InAccount};
use crate::portal::console::sent::{Sent, expected};
use crate::portal::console::sheet::{AskSheet, FormSheet};
use crate::portal::pages::{self, Answer, Form};

use super::words::{People, words};
use super::{ROLES, judge};

#[derive(Template)]
#[template(path = "people/roles.html", config = "src/portal/console/askama.toml")]
struct RolesPage {
    frame: Frame,
    words: &'static People,
    rows: Vec<Row>,
}

struct Row {
    href: String,
    name: String,
    permissions: Vec<&'static str>,
    is_everything: bool,
    held_by: String,
}

pub(super) async fn list(State(console): State<Arc<Console>>, here: InAccount) -> Answer {
    let words = words(here.member.language);
    let mut roles = match console.desk.roles(&here.member.authority) {
        Ok(roles) => roles,
        Err(error) => return here.member.stop(error.into()),
    };
    roles.sort_by_key(|view| (view.role.id != RoleId::FULL_ACCESS, view.role.name.to_lowercase()));
    let rows = roles.iter().map(|view| Row {
        href: format!("{ROLES}/{}", view.role.id),
        name: view.role.name.clone(),
        permissions: view.role.permissions.iter().map(here.member.words().permission).collect(),
        is_everything: view.role.permissions == Permissions::all(),
        held_by: (words.count)(view.members.unwrap_or_default()),
    });
    let page = RolesPage { frame: here.frame(words.roles, Nav::Roles), words, rows: rows.collect() };
    pages::page(StatusCode::OK, &page)
}

pub(super) async fn blank(here: InAccount) -> Answer {
    new(&here, "", Permissions::NONE, &Errors::default())
}

pub(super) async fn create(State(console): State<Arc<Console>>, here: InAccount, Sent(sent): Sent) -> Answer {
    let (name, permissions) = read(&sent);
    match console.desk.create_role(&here.member.authority, &name, permissions).await {
        Ok(_) => pages::see_other(&format!("{ROLES}?done=created")),
        Err(error) => new(&here, &name, permissions, &judge(error, &here.member, words(here.member.language))),
    }
}

pub(super) async fn page(State(console): State<Arc<Console>>, here: InAccount, Id(id): Id<RoleId>) -> Answer {
    match console.desk.role(&here.member.authority, id) {
        Ok(view) => edit(&here, &view, &Errors::default()),
        Err(error) => here.member.stop(error.into()),
    }
}

pub(super) async fn change(
    State(console): State<Arc<Console>>,
    here: InAccount,
    Id(id): Id<RoleId>,
    Sent(sent): Sent,
) -> Answer {
    let authority = &here.member.authority;
    let view = match console.desk.role(authority, id) {
        Ok(view) => view,
        Err(error) => return here.member.stop(error.into()),
    };
    let (name, permissions) = read(&sent);
    let change = RoleChange { name: Some(name), permissions: Some(permissions) };
    match console.desk.change_role(authority, id, change, &expected(&sent)).await {
        Ok(_) => pages::see_other(&format!("{ROLES}?done=saved")),
        Err(error) => edit(&here, &view, &judge(error, &here.member, words(here.member.language))),
    }
}

pub(super) async fn ask(State(console): State<Arc<Console>>, here: InAccount, Id(id): Id<RoleId>) -> Answer {
    match console.desk.role(&here.member.authority, id) {
        Ok(view) => question(&here, &view, &Errors::default()),
        Err(error) => here.member.stop(error.into()),
    }
}

pub(super) async fn delete(
    State(console): State<Arc<Console>>,
    here: InAccount,
    Id(id): Id<RoleId>,
    Sent(sent): Sent,
) -> Answer {
    let authority = &here.member.authority;
    let view = match console.desk.role(authority, id) {
        Ok(view) => view,
        Err(error) => return here.member.stop(error.into()),
    };
    let instead: Option<RoleId> = sent.text("instead").parse().ok();
    match console.desk.delete_role(authority, id, instead, &Expected::Anything).await {
        Ok(()) => pages::see_other(&format!("{ROLES}?done=deleted")),
        Err(error) => question(&here, &view, &judge(error, &here.member, words(here.member.language))),
    }
}

fn read(sent: &Form) -> (String, Permissions) {
    let ticked = sent.all("permissions").filter_map(|name| name.parse::<Permission>().ok());
    (sent.text("name").trim().to_owned(), ticked.collect())
}

fn fields(here: &InAccount, name: &str, permissions: Permissions) -> Vec<Field> {
    let words = words(here.member.language);
    let ticks = Permission::ALL.into_iter().map(|permission| {
        let label = (here.member.words().permission)(permission);
        let tick = Choice::new(permission.as_str(), label, permissions.has(permission));
        tick.because((words.permission_why)(permission))
    });
    vec![
        Field::text("name", words.role_name).value(name),
        Field::ticks("permissions", words.permissions, ticks.collect()),
    ]
}

fn new(here: &InAccount, name: &str, permissions: Permissions, errors: &Errors) -> Answer {
    let words = words(here.member.language);
    let form = FormView::new("/account/roles/new", here.member.words().save, fields(here, name, permissions));
    let form = form.cancel(ROLES).judged(errors, here.member.words());
    FormSheet::new(here.frame(words.new_role, Nav::Roles), form).answer(errors.status())
}

fn edit(here: &InAccount, view: &RoleView, errors: &Errors) -> Answer {
    let words = words(here.member.language);
    let own = format!("{ROLES}/{}", view.role.id);
    let is_fixed = view.role.id == RoleId::FULL_ACCESS;
    let mut fields = fields(here, &view.role.name, view.role.permissions);
    if is_fixed {
        fields = fields.into_iter().map(Field::fixed).collect();
    }
    let form = FormView::new(own.clone(), here.member.words().save, fields).cancel(ROLES).written_in(view.revision);
    let frame = here.frame(view.role.name.clone(), Nav::Roles);
    let sheet = FormSheet::new(frame, form.judged(errors, here.member.words()));
    let sheet =
        if is_fixed { sheet.lead(words.fixed_role) } else { sheet.grave(format!("{own}/delete"), words.delete_role) };
    sheet.answer(errors.status())
}

/// Whoever has it must have another one afterwards.
fn question(here: &InAccount, view: &RoleView, errors: &Errors) -> Answer {
    let words = words(here.member.language);
    let own = format!("{ROLES}/{}", view.role.id);
    let held = view.members.unwrap_or_default();
    let mut others: Vec<_> = here.member.snapshot.staff.roles.values().filter(|role| role.id != view.role.id).collect();
    others.sort_by_key(|role| role.name.to_lowercase());
    let none = Choice::new("", words.choose, true);
    let choices = others.into_iter().map(|role| Choice::new(role.id.to_string(), &role.name, false));
    let choices = std::iter::once(none).chain(choices).collect();
    let field = (held > 0 || !errors.is_empty()).then(|| Field::select("instead", words.instead, choices));
    let form = FormView::new(format!("{own}/delete"), words.delete_role, field.into_iter().collect());
    AskSheet {
        frame: here.frame((words.delete_role_heading)(&view.role.name), Nav::Roles),
        lead: (words.delete_role_lead)(held),
        points: Vec::new(),
        form: form.grave().cancel(own).judged(errors, here.member.words()),
    }
    .answer()
}
