//! Three plain sheets that many parts share: a form, a question before something ends, something to give away once.

use askama::Template;
use http::StatusCode;

use crate::portal::pages::{self, Answer};

use super::field::FormView;
use super::frame::Frame;

/// A heading, perhaps a sentence, and a form.
#[derive(Template)]
#[template(path = "sheet/plain.html", config = "src/portal/console/askama.toml")]
pub(super) struct FormSheet {
    pub(super) frame: Frame,
    pub(super) lead: Option<String>,
    pub(super) form: FormView,
    /// What cannot be undone, below the form.
    pub(super) grave: Option<(String, String)>,
}

/// What ends, and whether that is meant. Its links carry `data-dialog`.
#[derive(Template)]
#[template(path = "sheet/question.html", config = "src/portal/console/askama.toml")]
pub(super) struct AskSheet {
    pub(super) frame: Frame,
    pub(super) lead: String,
    pub(super) points: Vec<String>,
    pub(super) form: FormView,
}

/// A secret to be handed on, shown this once.
#[derive(Template)]
#[template(path = "sheet/given.html", config = "src/portal/console/askama.toml")]
pub(super) struct GivenSheet {
    pub(super) frame: Frame,
    pub(super) lead: String,
    pub(super) label: String,
    pub(super) secret: String,
    /// For links: the same to be scanned.
    pub(super) code: Option<String>,
    pub(super) note: Option<String>,
    /// Where the list is that it belongs to.
    pub(super) back: (String, String),
}

impl FormSheet {
    pub(super) fn new(frame: Frame, form: FormView) -> Self {
        Self { frame, lead: None, form, grave: None }
    }

    pub(super) fn lead(mut self, text: impl Into<String>) -> Self {
        self.lead = Some(text.into());
        self
    }

    /// With a way to what cannot be undone: where it leads, and its name.
    pub(super) fn grave(mut self, href: impl Into<String>, label: impl Into<String>) -> Self {
        self.grave = Some((href.into(), label.into()));
        self
    }

    pub(super) fn answer(&self, status: StatusCode) -> Answer {
        pages::page(status, self)
    }
}

impl AskSheet {
    pub(super) fn answer(&self) -> Answer {
        let status = if self.form.summary.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        pages::page(status, self)
    }
}

impl GivenSheet {
    pub(super) fn answer(&self) -> Answer {
        pages::page(StatusCode::OK, self)
    }
}
