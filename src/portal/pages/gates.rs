//! The three forms that let people in, as pages.

use crate::desk::Field;
use crate::domain::{AccessMode, ReturnTo};
use crate::passwords::ChosenPassword;

use super::complaint::{self, Complaint};
use super::form::Form;
use super::site::Site;
use super::views::{After, FormPage, Input, Link, ProviderButton};
use super::words::Words;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    SignIn,
    SignUp,
    MasterPassword,
}

impl Gate {
    /// The page's name in its address.
    pub(super) fn page(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::SignUp => "sign-up",
            Self::MasterPassword => "master-password",
        }
    }

    /// The form that does in this mode what this one is meant for.
    pub(super) fn fitting(self, mode: AccessMode) -> Self {
        match self {
            Self::SignIn | Self::SignUp if mode == AccessMode::MasterPassword => Self::MasterPassword,
            Self::MasterPassword if !mode.asks_master_password() => Self::SignIn,
            Self::SignIn | Self::SignUp | Self::MasterPassword => self,
        }
    }

    fn heading(self, words: &Words) -> &'static str {
        match self {
            Self::SignIn => words.sign_in,
            Self::SignUp => words.create_account,
            Self::MasterPassword => words.master_password,
        }
    }

    fn submit(self, words: &Words) -> &'static str {
        match self {
            Self::SignIn => words.sign_in,
            Self::SignUp => words.create_account,
            Self::MasterPassword => words.go_on,
        }
    }

    fn fields(self, asks_both: bool, asks_name: bool) -> Vec<Field> {
        let mut fields = match self {
            Self::SignIn => vec![Field::Email, Field::Password],
            Self::SignUp => vec![Field::Email, Field::Password, Field::GivenName, Field::FamilyName],
            Self::MasterPassword if asks_name => vec![Field::DisplayName, Field::MasterPassword],
            Self::MasterPassword => vec![Field::MasterPassword],
        };
        // Passwords stand together; the names, which may be left out, come last.
        if asks_both && self != Self::MasterPassword {
            fields.insert(2, Field::MasterPassword);
        }
        fields
    }
}

/// A form as it is shown: empty, or with what was sent and what is wrong with it.
pub(super) struct Showing<'a> {
    pub(super) gate: Gate,
    /// Whether the master password is still to be proven beside an account.
    pub(super) asks_both: bool,
    /// Whether the app asks who is behind the master password.
    pub(super) asks_name: bool,
    pub(super) return_to: &'a ReturnTo,
    pub(super) sent: &'a Form,
    pub(super) complaint: Option<&'a Complaint>,
    pub(super) providers: Vec<ProviderButton>,
}

pub(super) fn form_page(site: &Site, showing: Showing<'_>) -> FormPage {
    let Showing { gate, asks_both, asks_name, return_to, sent, complaint, providers } = showing;
    let words = site.words();
    let is_new = gate == Gate::SignUp;
    let fields = gate.fields(asks_both, asks_name).into_iter().map(|field| {
        let mut input = input(field, words, is_new);
        input.error = complaint.and_then(|complaint| complaint.about(field));
        if input.kind != "password" {
            input.value = sent.text(input.name).to_owned();
        }
        if field == Field::MasterPassword && gate != Gate::MasterPassword {
            input.autocomplete = "off";
            input.is_required = false;
            input.hint = Some(words.master_password_hint.to_owned());
        }
        input
    });
    FormPage {
        frame: site.frame(gate.heading(words), gate.page(), Some(return_to)),
        words,
        lead: lead(gate, asks_both, words),
        summary: complaint.map(|complaint| complaint.summary.clone()),
        hand_over: None,
        action: site.link(gate.page(), None),
        fields: fields.collect(),
        return_to: Some(return_to.to_string()),
        code: None,
        submit: gate.submit(words),
        providers,
        forgot: (gate == Gate::SignIn).then(|| Link { href: site.link("reset", None), label: words.account.forgot }),
        after: after(gate, site, return_to),
    }
}

fn lead(gate: Gate, asks_both: bool, words: &Words) -> Option<&'static str> {
    match gate {
        Gate::MasterPassword => Some(words.master_lead),
        Gate::SignIn | Gate::SignUp => asks_both.then_some(words.both_lead),
    }
}

/// The way to an account, or to a new one. In `invite-only` everybody reads the same words.
fn after(gate: Gate, site: &Site, return_to: &ReturnTo) -> Option<After> {
    let words = site.words();
    let link = |gate: Gate, label| Some(Link { href: site.link(gate.page(), Some(return_to)), label });
    match gate {
        Gate::SignIn if site.mode.is_open_to_sign_up() => {
            Some(After { text: words.new_here, link: link(Gate::SignUp, words.create_account) })
        }
        Gate::SignIn if site.mode == AccessMode::InviteOnly => {
            Some(After { text: words.invitation_needed, link: None })
        }
        // Nobody needs an account there.
        Gate::SignIn => None,
        Gate::SignUp => Some(After { text: words.have_account, link: link(Gate::SignIn, words.sign_in) }),
        Gate::MasterPassword => None,
    }
}

/// A field with the tokens that password managers know (HTML, autofill detail tokens).
pub(super) fn input(field: Field, words: &Words, is_new: bool) -> Input {
    let (kind, label, autocomplete) = match field {
        Field::Email if is_new => ("email", words.email, "username"),
        Field::Email => ("text", words.username, "username"),
        Field::Password if is_new => ("password", words.new_password, "new-password"),
        Field::Password => ("password", words.password, "current-password"),
        Field::GivenName => ("text", words.given_name, "given-name"),
        Field::FamilyName => ("text", words.family_name, "family-name"),
        Field::MasterPassword => ("password", words.master_password, "current-password"),
        Field::DisplayName => ("text", words.display_name, "name"),
        Field::NewPassword => ("password", words.account.new_password, "new-password"),
        Field::Confirm | Field::Identity => ("checkbox", "", "off"),
    };
    Input {
        name: complaint::name(field),
        kind,
        label,
        autocomplete,
        value: String::new(),
        hint: (field == Field::NewPassword || field == Field::Password && is_new)
            .then(|| (words.new_password_hint)(ChosenPassword::LEAST)),
        error: None,
        is_required: !matches!(field, Field::GivenName | Field::FamilyName),
        is_fixed: false,
        scope: "",
        is_checked: false,
    }
}
