//! Inviting a member; the link is shown once.

use std::sync::Arc;

use axum::extract::State;

use crate::desk::{Invited, NewMember, Posted, Standing, Terms};
use crate::domain::{Assignment, Email, Grants, InvitationId, RoleId};
use crate::portal::console::Console;
use crate::portal::console::errors::Errors;
use crate::portal::console::field::{Field, FormView};
use crate::portal::console::frame::{self, Nav};
use crate::portal::console::place::{Id, InAccount};
use crate::portal::console::sent::Sent;
use crate::portal::console::sheet::{AskSheet, FormSheet, GivenSheet};
use crate::portal::pages::{self, Answer, Form};
use crate::portal::qr;

use super::words::words;
use super::{MEMBERS, judge, role_choices};

pub(super) async fn page(State(console): State<Arc<Console>>, here: InAccount) -> Answer {
    form(&console, &here, &Form::query(None), &Errors::default())
}

pub(super) async fn send(State(console): State<Arc<Console>>, here: InAccount, Sent(sent): Sent) -> Answer {
    let words = words(here.member.language);
    let mut errors = Errors::default();
    let email = sent.text("email").trim().parse::<Email>();
    let Ok(email) = email else {
        errors.add("email", words.bad_email);
        return form(&console, &here, &sent, &errors);
    };
    let new = NewMember {
        email,
        given_name: sent.text("given_name").to_owned(),
        family_name: sent.text("family_name").to_owned(),
        grants: Grants { owner: sent.text("owner") == "on", roles: roles(&here, &sent) },
    };
    let terms = Terms { send: sent.text("mail") == "on", ..Terms::default() };
    match console.desk.invite_member(&here.member.authority, new, terms).await {
        Ok(invited) => given(&here, &invited),
        Err(error) => form(&console, &here, &sent, &judge(error, &here.member, words)),
    }
}

pub(super) async fn renew(State(console): State<Arc<Console>>, here: InAccount, Id(id): Id<InvitationId>) -> Answer {
    let terms = Terms { send: console.desk.has_mail(), ..Terms::default() };
    match console.desk.renew_member_invitation(&here.member.authority, id, terms).await {
        Ok(invited) => given(&here, &invited),
        Err(error) => here.member.stop(error.into()),
    }
}

pub(super) async fn ask(State(console): State<Arc<Console>>, here: InAccount, Id(id): Id<InvitationId>) -> Answer {
    let words = words(here.member.language);
    match console.desk.member_invitation(&here.member.authority, id).await {
        Ok(view) => {
            let heading = (words.withdraw_heading)(view.invitation.username.as_str());
            let action = format!("{MEMBERS}/invites/{id}/withdraw");
            AskSheet {
                frame: here.frame(heading, Nav::AllMembers),
                lead: words.withdraw_lead.to_owned(),
                points: Vec::new(),
                form: FormView::new(action, words.withdraw, Vec::new()).grave().cancel(MEMBERS),
            }
            .answer()
        }
        Err(error) => here.member.stop(error.into()),
    }
}

pub(super) async fn withdraw(State(console): State<Arc<Console>>, here: InAccount, Id(id): Id<InvitationId>) -> Answer {
    match console.desk.withdraw_member_invitation(&here.member.authority, id).await {
        Ok(()) => pages::see_other(&format!("{MEMBERS}?done=withdrawn")),
        Err(error) => here.member.stop(error.into()),
    }
}

/// What each workspace's field says; what names no role gives none.
fn roles(here: &InAccount, sent: &Form) -> Vec<Assignment> {
    let workspaces = here.member.workspaces().into_iter();
    let chosen = workspaces.filter_map(|workspace| {
        let role: RoleId = sent.text(&format!("role-{}", workspace.id)).parse().ok()?;
        Some(Assignment { workspace: workspace.id, role })
    });
    chosen.collect()
}

fn form(console: &Console, here: &InAccount, sent: &Form, errors: &Errors) -> Answer {
    let words = words(here.member.language);
    let has_mail = console.desk.has_mail();
    let mut fields = vec![
        Field::line("email", "email", words.email).value(sent.text("email")),
        Field::text("given_name", words.given_name).value(sent.text("given_name")).optional(),
        Field::text("family_name", words.family_name).value(sent.text("family_name")).optional(),
        Field::tick("owner", words.owner, sent.text("owner") == "on").hint(words.owner_why),
    ];
    for workspace in here.member.workspaces() {
        let name = format!("role-{}", workspace.id);
        let held = sent.text(&name).parse().ok();
        let label = format!("{}: {}", words.role, frame::title(&workspace));
        fields.push(Field::select(name, label, role_choices(&here.member, held, words)));
    }
    if has_mail {
        let is_on = sent.text("email").is_empty() || sent.text("mail") == "on";
        fields.push(Field::tick("mail", words.by_mail, is_on));
    }
    let form = FormView::new("/account/members/new", words.send, fields);
    let form = form.cancel(MEMBERS).judged(errors, here.member.words());
    FormSheet::new(here.frame(words.invite, Nav::AllMembers), form).lead(words.invite_lead).answer(errors.status())
}

fn given(here: &InAccount, invited: &Invited) -> Answer {
    let words = words(here.member.language);
    let who = invited.view.invitation.username.as_str();
    let is_member = matches!(invited.view.standing, Standing::Accepted { .. });
    let lead = if is_member { (words.is_member_now)(who) } else { (words.link_lead)(who) };
    let note = match invited.posted {
        Posted::Queued => Some(words.link_mailed.to_owned()),
        Posted::NoServer => Some(words.no_mail_server.to_owned()),
        Posted::Off | Posted::NoAddress => None,
    };
    GivenSheet {
        frame: here.frame(words.link, Nav::AllMembers),
        lead,
        label: words.link.to_owned(),
        code: qr::svg(&invited.link),
        secret: invited.link.clone(),
        note,
        back: (MEMBERS.to_owned(), words.members.to_owned()),
    }
    .answer()
}
