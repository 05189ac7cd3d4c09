//! What is wrong with a form: one sentence above it, and one beside each field.

use http::StatusCode;

use crate::desk::{AdminError, Flaw};

use super::words::Shell;

#[derive(Debug, Default)]
pub(super) struct Errors {
    summary: Option<String>,
    /// By the names of the fields.
    fields: Vec<(String, String)>,
    status: Option<StatusCode>,
}

impl Errors {
    pub(super) fn is_empty(&self) -> bool {
        self.summary.is_none() && self.fields.is_empty()
    }

    pub(super) fn add(&mut self, field: &str, text: impl Into<String>) {
        if self.about(field).is_none() {
            self.fields.push((field.to_owned(), text.into()));
        }
    }

    /// What belongs to no field.
    pub(super) fn say(&mut self, text: impl Into<String>) {
        self.summary = Some(text.into());
    }

    pub(super) fn about(&self, field: &str) -> Option<String> {
        self.fields.iter().find(|(name, _)| name == field).map(|(_, text)| text.clone())
    }

    /// What a verb said. `explain` has the words for a field's flaw in the member's language; without them the
    /// verb's own are shown, so that nothing is lost.
    pub(super) fn of(error: AdminError, words: &Shell, explain: impl Fn(&str) -> Option<String>) -> Self {
        let mut errors = Self::default();
        match error {
            AdminError::Invalid(flaws) => {
                for Flaw { field, detail } in flaws {
                    let own = || (words.flaw)(&field).map(str::to_owned);
                    errors.add(&field, explain(&field).or_else(own).unwrap_or(detail));
                }
            }
            error => {
                if matches!(error, AdminError::Busy { .. } | AdminError::Unavailable) {
                    errors.status = Some(StatusCode::SERVICE_UNAVAILABLE);
                }
                errors.say(words.told(&error));
            }
        }
        errors
    }

    pub(super) fn status(&self) -> StatusCode {
        match self.status {
            Some(status) => status,
            None if self.is_empty() => StatusCode::OK,
            None => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    /// The sentence above the form; `None` while all is well.
    pub(super) fn summary(&self, words: &Shell) -> Option<String> {
        match &self.summary {
            Some(text) => Some(text.clone()),
            None if self.fields.is_empty() => None,
            None => Some(words.check.to_owned()),
        }
    }
}
