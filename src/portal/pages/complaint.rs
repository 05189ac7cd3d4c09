//! What went wrong with a form, for the person who filled it in and for a program.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::desk::{EnterError, Field, FieldProblem};
use crate::domain::Language;
use crate::portal::whole_seconds;

use super::answer::{self, Answer, Headers};
use super::words::{Errors, Words, words};

/// How soon to try again when the store is in trouble.
const UNAVAILABLE_WAIT: Duration = Duration::from_secs(5);

pub(super) struct Complaint {
    pub(super) status: StatusCode,
    code: &'static str,
    /// One sentence that stands above the form.
    pub(super) summary: String,
    fields: Vec<(Field, String)>,
    pub(super) retry_after: Option<Duration>,
}

impl Complaint {
    /// `None` for what is no matter of the form: it has a page of its own.
    pub(super) fn of(error: &EnterError, words: &Words) -> Option<Self> {
        let errors = &words.errors;
        let plain = |status, code, summary: &str| Self {
            status,
            code,
            summary: summary.to_owned(),
            fields: Vec::new(),
            retry_after: None,
        };
        Some(match error {
            EnterError::Fields(list) => {
                let fields = list.iter().map(|e| (e.field, explain(e.field, &e.problem, errors))).collect();
                Self { fields, ..plain(StatusCode::UNPROCESSABLE_ENTITY, "invalid", errors.check) }
            }
            EnterError::WrongCredentials => {
                plain(StatusCode::UNAUTHORIZED, "wrong-credentials", errors.wrong_credentials)
            }
            EnterError::WrongMasterPassword => {
                let text = errors.wrong_master_password;
                let fields = vec![(Field::MasterPassword, text.to_owned())];
                Self { fields, ..plain(StatusCode::UNAUTHORIZED, "wrong-master-password", errors.check) }
            }
            EnterError::TooMany { retry_after } => {
                let summary = (errors.too_many)(whole_seconds(*retry_after));
                let retry_after = Some(*retry_after);
                Self { retry_after, ..plain(StatusCode::TOO_MANY_REQUESTS, "too-many-tries", &summary) }
            }
            EnterError::Busy { retry_after } => {
                let retry_after = Some(*retry_after);
                Self { retry_after, ..plain(StatusCode::SERVICE_UNAVAILABLE, "busy", errors.busy) }
            }
            EnterError::Unavailable => {
                let retry_after = Some(UNAVAILABLE_WAIT);
                Self { retry_after, ..plain(StatusCode::SERVICE_UNAVAILABLE, "unavailable", errors.unavailable) }
            }
            EnterError::NotInvited
            | EnterError::SignUpClosed
            | EnterError::InviteGone
            | EnterError::LinkGone
            | EnterError::SignedOut => return None,
        })
    }

    /// What is wrong with one field.
    pub(super) fn about(&self, field: Field) -> Option<String> {
        self.fields.iter().find(|(named, _)| *named == field).map(|(_, text)| text.clone())
    }

    /// The same, with a field that is to blame.
    pub(super) fn blaming(mut self, field: Field, text: &str, words: &Words) -> Self {
        words.errors.check.clone_into(&mut self.summary);
        self.fields.push((field, text.to_owned()));
        self
    }

    pub(super) fn with_headers(&self, answer: Answer) -> Answer {
        match self.retry_after {
            Some(wait) => answer.retry_after(wait),
            None => answer,
        }
    }
}

/// The same for a program, in English.
pub(super) fn problem(error: &EnterError) -> Option<Answer> {
    let complaint = Complaint::of(error, words(Language::En))?;
    let errors: Vec<Value> =
        complaint.fields.iter().map(|(field, detail)| json!({ "field": name(*field), "detail": detail })).collect();
    let more = if errors.is_empty() { Map::new() } else { Map::from_iter([("errors".to_owned(), json!(errors))]) };
    let answer = answer::problem(complaint.status, complaint.code, &complaint.summary, more);
    Some(complaint.with_headers(answer))
}

pub(super) fn name(field: Field) -> &'static str {
    match field {
        Field::Email => "email",
        Field::Password => "password",
        Field::GivenName => "given_name",
        Field::FamilyName => "family_name",
        Field::MasterPassword => "master_password",
        Field::DisplayName => "name",
        Field::NewPassword => "new_password",
        Field::Confirm => "confirm",
        Field::Identity => "identity",
    }
}

fn explain(field: Field, problem: &FieldProblem, errors: &Errors) -> String {
    match problem {
        FieldProblem::Missing => errors.missing.to_owned(),
        FieldProblem::Invalid if field == Field::Email => errors.invalid_email.to_owned(),
        FieldProblem::Invalid => errors.invalid.to_owned(),
        FieldProblem::TooShort { least } => (errors.too_short)(*least),
        FieldProblem::TooLong { most } => (errors.too_long)(*most),
        FieldProblem::TooCommon => errors.too_common.to_owned(),
        FieldProblem::OtherDomain { domains } => (errors.other_domain)(domains),
        FieldProblem::Unchanged => errors.unchanged.to_owned(),
        FieldProblem::Unconfirmed => errors.unconfirmed.to_owned(),
        FieldProblem::LastWayIn => errors.last_way_in.to_owned(),
        FieldProblem::LastOwner => errors.last_owner.to_owned(),
    }
}
