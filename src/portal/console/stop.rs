//! Why a page cannot be shown or a deed cannot be done, told inside the frame.

use std::time::Duration;

use askama::Template;
use http::StatusCode;
use serde_json::Map;

use crate::desk::AdminError;
use crate::domain::Permission;
use crate::portal::pages::{self, Answer, Headers};

use super::frame::{Frame, Link};
use super::member::Member;

/// How soon to try again when the store is in trouble.
const UNAVAILABLE_WAIT: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    /// Not there, or not for this member: the same page.
    NotFound,
    WrongMethod,
    NotAllowed(Permission),
    /// A member who has no role anywhere yet.
    NoWorkspace,
    BrokenForm,
    /// By a verb, where no field is to blame.
    Refused(AdminError),
    Busy {
        retry_after: Duration,
    },
    /// Logged where it was made.
    Unavailable,
}

#[derive(Template)]
#[template(path = "stop.html", config = "src/portal/console/askama.toml")]
struct StopPage {
    frame: Frame,
    text: String,
    back: Link,
}

impl Stop {
    pub(super) fn answer(&self, member: &Member) -> Answer {
        let words = &member.words().stops;
        let (heading, text) = match self {
            Self::NotFound | Self::WrongMethod => (words.not_found.0, words.not_found.1.to_owned()),
            Self::NotAllowed(permission) => {
                (words.not_allowed, (words.not_allowed_why)((member.words().permission)(*permission)))
            }
            Self::NoWorkspace => (words.no_workspace.0, words.no_workspace.1.to_owned()),
            Self::BrokenForm => (words.broken_form.0, words.broken_form.1.to_owned()),
            Self::Refused(error) => (words.conflict, member.words().told(error)),
            Self::Busy { .. } => (words.busy.0, words.busy.1.to_owned()),
            Self::Unavailable => (words.unavailable.0, words.unavailable.1.to_owned()),
        };
        let page = StopPage {
            frame: member.frame(heading),
            text,
            back: Link { href: "/".to_owned(), label: words.to_the_start.to_owned() },
        };
        self.with_headers(pages::page(self.status(), &page))
    }

    /// For whom there is no frame.
    pub(super) fn problem(self) -> Answer {
        self.with_headers(pages::problem(self.status(), "console", "This cannot be done now", Map::new()))
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAllowed(_) => StatusCode::FORBIDDEN,
            Self::NoWorkspace => StatusCode::OK,
            Self::BrokenForm => StatusCode::BAD_REQUEST,
            Self::Refused(_) => StatusCode::CONFLICT,
            Self::Busy { .. } | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn with_headers(&self, answer: Answer) -> Answer {
        match self {
            Self::Busy { retry_after } => answer.retry_after(*retry_after),
            Self::Unavailable => answer.retry_after(UNAVAILABLE_WAIT),
            _ => answer,
        }
    }
}

impl From<AdminError> for Stop {
    /// For verbs whose form has no fields to blame.
    fn from(error: AdminError) -> Self {
        match error {
            AdminError::NotFound => Self::NotFound,
            AdminError::Busy { retry_after } => Self::Busy { retry_after },
            AdminError::Unavailable => Self::Unavailable,
            AdminError::Conflict(_)
            | AdminError::Invalid(_)
            | AdminError::NotAllowed(_)
            | AdminError::LastOwner
            | AdminError::Fixed(_)
            | AdminError::InUse(_)
            | AdminError::Stale => Self::Refused(error),
        }
    }
}
