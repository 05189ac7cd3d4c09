//! What is wrong with a form: one sentence above it, and one beside each field.

use http::StatusCode;

use crate::desk::AdminError;

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
                for flaw in flaws {
                    errors.add(&flaw.field, explain(&flaw.field).unwrap_or(flaw.detail));
                }
            }
            AdminError::Conflict(what) | AdminError::InUse(what) => errors.say(what),
            AdminError::NotAllowed { detail, .. } => errors.say(detail),
            AdminError::LastOwner => errors.say(words.stops.last_owner),
            AdminError::Fixed(_) => errors.say(words.stops.fixed),
            AdminError::Stale => errors.say(words.stops.stale),
            AdminError::NotFound => errors.say(words.stops.not_found.1),
            AdminError::Busy { .. } => errors.fail(StatusCode::SERVICE_UNAVAILABLE, words.stops.busy.1),
            AdminError::Unavailable => errors.fail(StatusCode::SERVICE_UNAVAILABLE, words.stops.unavailable.1),
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

    fn fail(&mut self, status: StatusCode, text: &str) {
        self.status = Some(status);
        self.say(text);
    }
}
