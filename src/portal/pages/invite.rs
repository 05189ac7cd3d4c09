//! An invite link: it shows whom it is for, and its form posts to the link itself.

use http::StatusCode;

use crate::desk::{AcceptInvite, EnterError, Field, InviteView};
use crate::domain::{InviteCode, ReturnTo};
use crate::observe::Entry;

use super::answer::{self, Answer};
use super::arrival::{Arrival, Verb};
use super::complaint::Complaint;
use super::form::Form;
use super::gates::input;
use super::site::Site;
use super::views::FormPage;
use super::{Pages, notice};

impl Pages {
    pub(super) async fn invite(&self, arrival: &Arrival, code: &str, verb: Verb) -> Answer {
        if !arrival.entry.rules.running {
            return arrival.stopped();
        }
        // A code that cannot be one gets the same answer as one that is over.
        let Some(parsed) = InviteCode::parse(code.as_bytes()) else { return self.invite_gone(arrival) };
        let invitation = Invitation { text: code, code: &parsed };
        match verb {
            Verb::See => self.show_invite(arrival, &invitation).await,
            Verb::Send => self.accept_invite(arrival, &invitation).await,
        }
    }

    async fn show_invite(&self, arrival: &Arrival, invitation: &Invitation<'_>) -> Answer {
        match self.desk.open_invite(arrival.app(), invitation.code).await {
            Ok(view) => {
                let (arrival, nothing) = (&arrival.spoken(view.language), Form::default());
                let mut page = invite_page(&arrival.site, invitation.text, &view, &nothing, None);
                page.providers = self.invite_providers(arrival, invitation.text);
                self.with_probe(arrival, answer::page(StatusCode::OK, &page))
            }
            Err(error) => self.turn_down_unseen(arrival, &error),
        }
    }

    async fn accept_invite(&self, arrival: &Arrival, invitation: &Invitation<'_>) -> Answer {
        let form = match self.read_form(arrival) {
            Ok(form) => form,
            Err(answer) => return *answer,
        };
        let return_to = arrival.return_to_by(&form);
        let text = |name: &str| form.text(name).to_owned();
        let accept = AcceptInvite {
            password: text("password"),
            given_name: text("given_name"),
            family_name: text("family_name"),
        };
        let caller = arrival.caller();
        let accepting = self.desk.accept_invite(arrival.app(), &caller, invitation.code, accept);
        match self.desk.metered(Entry::Invite, accepting).await {
            Ok(signed_in) => self.welcome(arrival, &return_to, invitation.text, &signed_in),
            Err(error) => self.turn_down_invite(arrival, invitation, &return_to, &form, &error).await,
        }
    }

    async fn turn_down_invite(
        &self,
        arrival: &Arrival,
        invitation: &Invitation<'_>,
        return_to: &ReturnTo,
        sent: &Form,
        error: &EnterError,
    ) -> Answer {
        match self.desk.open_invite(arrival.app(), invitation.code).await {
            Ok(view) => {
                let arrival = &arrival.spoken(view.language);
                self.turn_down(arrival, return_to, error, |complaint| {
                    let mut page = invite_page(&arrival.site, invitation.text, &view, sent, Some(complaint));
                    page.providers = self.invite_providers(arrival, invitation.text);
                    page
                })
            }
            Err(gone) => self.turn_down_unseen(arrival, &gone),
        }
    }

    /// Nothing of the invitation can be shown.
    pub(super) fn turn_down_unseen(&self, arrival: &Arrival, error: &EnterError) -> Answer {
        match error {
            EnterError::LinkGone => self.link_gone(arrival),
            EnterError::InviteGone | EnterError::NotInvited | EnterError::SignUpClosed => self.invite_gone(arrival),
            EnterError::TooMany { retry_after } | EnterError::Busy { retry_after } => {
                arrival.tell(notice::IS_OVERLOADED).retry_after(*retry_after).answer()
            }
            EnterError::Fields(_)
            | EnterError::WrongCredentials
            | EnterError::WrongMasterPassword
            | EnterError::SignedOut
            | EnterError::Unavailable => arrival.tell(notice::UNAVAILABLE).answer(),
        }
    }

    /// A reset link, or one that confirms an address, is over.
    pub(super) fn link_gone(&self, arrival: &Arrival) -> Answer {
        let href = arrival.site.link("sign-in", Some(&arrival.site.home()));
        let words = arrival.site.words();
        let telling = arrival.tell(notice::LINK_GONE).link(words.sign_in, href);
        telling.link(words.account.forgot, arrival.site.link("reset", None)).answer()
    }

    pub(super) fn invite_gone(&self, arrival: &Arrival) -> Answer {
        let home = arrival.site.home();
        let href = arrival.site.link("sign-in", Some(&home));
        arrival.tell(notice::INVITE_GONE).link(arrival.site.words().sign_in, href).answer()
    }
}

struct Invitation<'a> {
    text: &'a str,
    code: &'a InviteCode,
}

/// Asks for a new password and the names, or for the password that the person has already.
pub(super) fn invite_page(
    site: &Site,
    code: &str,
    view: &InviteView,
    sent: &Form,
    complaint: Option<&Complaint>,
) -> FormPage {
    let words = site.words();
    let page = format!("invite/{code}");
    let names: &[Field] = if view.has_password { &[] } else { &[Field::GivenName, Field::FamilyName] };
    let fields = [Field::Email, Field::Password].iter().chain(names).map(|field| {
        let mut input = input(*field, words, !view.has_password);
        input.value = match field {
            Field::Email => view.username.to_string(),
            Field::GivenName => sent.filled("given_name").unwrap_or_else(|| view.given_name.clone()),
            Field::FamilyName => sent.filled("family_name").unwrap_or_else(|| view.family_name.clone()),
            _ => String::new(),
        };
        if *field == Field::Email {
            input.is_fixed = true;
            if !view.username.is_email() {
                (input.kind, input.label) = ("text", words.personal_name);
            }
        }
        input.error = complaint.and_then(|complaint| complaint.about(*field));
        input
    });
    FormPage {
        frame: site.frame(words.invite_heading, &page, None),
        words,
        lead: Some(if view.has_password { words.invite_known_lead } else { words.invite_lead }),
        summary: complaint.map(|complaint| match complaint.status {
            StatusCode::UNAUTHORIZED => words.errors.wrong_password.to_owned(),
            _ => complaint.summary.clone(),
        }),
        hand_over: None,
        action: site.link(&page, None),
        fields: fields.collect(),
        return_to: None,
        code: None,
        submit: words.accept_invite,
        providers: Vec::new(),
        forgot: None,
        after: None,
    }
}
