//! Failures as RFC 9457 problems. The status is chosen here and nowhere else.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::desk::{AdminError, Fixed, Flaw};
use crate::domain::Permission;
use crate::portal::whole_seconds;
use crate::throttle::Wait;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// No key, or a wrong one: the same answer.
    Unauthorized,
    /// Not there, or not for this key: the same answer.
    NotFound,
    /// Seen, but not to be done without this permission.
    NotAllowed(Permission),
    /// The same, where it takes more than one permission.
    Refused {
        permission: &'static str,
        detail: String,
    },
    LastOwner,
    Fixed(Fixed),
    InUse(String),
    Stale,
    /// A member's browser, sent by another site.
    CrossSite,
    MethodNotAllowed,
    Conflict(String),
    TooLarge {
        most: usize,
    },
    UnsupportedMediaType,
    Invalid(Vec<Flaw>),
    TooManyRequests {
        retry_after: Duration,
    },
    Busy {
        retry_after: Duration,
    },
    /// Of event streams: one's own, or everybody's.
    TooManyStreams {
        are_own: bool,
    },
    Unavailable,
}

impl Problem {
    pub(super) fn flaw(field: &str, detail: impl std::fmt::Display) -> Self {
        Self::Invalid(vec![Flaw::new(field, detail)])
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NotAllowed(_) | Self::Refused { .. } | Self::CrossSite => StatusCode::FORBIDDEN,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict(_) | Self::LastOwner | Self::Fixed(_) | Self::InUse(_) => StatusCode::CONFLICT,
            Self::Stale => StatusCode::PRECONDITION_FAILED,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyRequests { .. } | Self::TooManyStreams { are_own: true } => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy { .. } | Self::TooManyStreams { are_own: false } | Self::Unavailable => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::NotFound => "not-found",
            Self::NotAllowed(_) | Self::Refused { .. } => "not-allowed",
            Self::LastOwner => "last-owner",
            Self::Fixed(_) => "fixed",
            Self::InUse(_) => "in-use",
            Self::Stale => "stale",
            Self::CrossSite => "cross-site",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::Conflict(_) => "conflict",
            Self::TooLarge { .. } => "too-large",
            Self::UnsupportedMediaType => "unsupported-media-type",
            Self::Invalid(_) => "invalid",
            Self::TooManyRequests { .. } => "too-many-requests",
            Self::Busy { .. } => "busy",
            Self::TooManyStreams { .. } => "too-many-streams",
            Self::Unavailable => "unavailable",
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::Unauthorized => "A valid API key is needed",
            Self::NotFound => "There is nothing here",
            Self::LastOwner => "There must be an owner",
            Self::Fixed(_) => "It stays as it is",
            Self::InUse(_) => "Something still needs it",
            Self::Stale => "It has been changed meanwhile",
            Self::NotAllowed(_) | Self::Refused { .. } => "Your role does not permit this",
            Self::CrossSite => "Another site must not ask this",
            Self::MethodNotAllowed => "This cannot be done here",
            Self::Conflict(_) => "It clashes with something else",
            Self::TooLarge { .. } => "The request is too large",
            Self::UnsupportedMediaType => "JSON is needed",
            Self::Invalid(_) => "Some fields are not right",
            Self::TooManyRequests { .. } => "Too many tries",
            Self::Busy { .. } => "The gateway is busy",
            Self::TooManyStreams { .. } => "Too many event streams are open",
            Self::Unavailable => "The gateway cannot do this now",
        }
    }

    pub(super) fn detail(&self) -> String {
        match self {
            Self::Unauthorized => {
                "Send `Authorization: Bearer …` with a key from the gateway's configuration.".to_owned()
            }
            Self::NotFound => "The path names nothing that this key may see.".to_owned(),
            Self::NotAllowed(permission) => format!("Ask an owner for a role with the permission {permission}."),
            Self::Refused { detail, .. } => detail.clone(),
            Self::LastOwner => AdminError::LastOwner.to_string(),
            Self::Fixed(what) => what.to_string(),
            Self::InUse(what) => what.clone(),
            Self::Stale => "Read it again: its ETag is another one now.".to_owned(),
            Self::CrossSite => "Send it from the console's own pages, or with an API key.".to_owned(),
            Self::MethodNotAllowed => "The Allow header names what can be done here.".to_owned(),
            Self::Conflict(what) => what.clone(),
            Self::TooLarge { most } => format!("Send {most} bytes at most."),
            Self::UnsupportedMediaType => "Send `Content-Type: application/json`.".to_owned(),
            Self::Invalid(flaws) => {
                flaws.iter().map(|flaw| format!("{}: {}", flaw.field, flaw.detail)).collect::<Vec<_>>().join("; ")
            }
            Self::TooManyRequests { .. } => "Wait as long as Retry-After says.".to_owned(),
            Self::Busy { .. } => "Too many passwords are being hashed; come back as Retry-After says.".to_owned(),
            Self::TooManyStreams { are_own: true } => "Close some of yours first.".to_owned(),
            Self::TooManyStreams { are_own: false } => "Come back when others have closed theirs.".to_owned(),
            Self::Unavailable => "The gateway's log says why.".to_owned(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut body = json!({
            "type": format!("urn:millgate:problem:{}", self.code()),
            "title": self.title(),
            "status": status.as_u16(),
            "detail": self.detail(),
        });
        if let (Self::Invalid(flaws), Some(body)) = (&self, body.as_object_mut()) {
            let errors = flaws.iter().map(|flaw| json!({"field": flaw.field, "detail": flaw.detail})).collect();
            body.insert("errors".to_owned(), serde_json::Value::Array(errors));
        }
        if let (Self::NotAllowed(permission), Some(body)) = (&self, body.as_object_mut()) {
            body.insert("permission".to_owned(), json!(permission));
        }
        if let (Self::Refused { permission, .. }, Some(body)) = (&self, body.as_object_mut()) {
            body.insert("permission".to_owned(), json!(permission));
        }
        let mut response = (status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match self {
            Self::Unauthorized => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"millgate\""));
            }
            Self::TooManyRequests { retry_after } | Self::Busy { retry_after } => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(whole_seconds(retry_after)));
            }
            Self::TooManyStreams { .. } => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
            }
            _ => {}
        }
        response
    }
}

impl From<AdminError> for Problem {
    fn from(error: AdminError) -> Self {
        match error {
            AdminError::NotFound => Self::NotFound,
            AdminError::Conflict(clash) => Self::Conflict(clash.to_string()),
            AdminError::Invalid(flaws) => Self::Invalid(flaws),
            AdminError::NotAllowed(refusal) => {
                Self::Refused { permission: refusal.permission(), detail: refusal.to_string() }
            }
            AdminError::LastOwner => Self::LastOwner,
            AdminError::Fixed(what) => Self::Fixed(what),
            AdminError::InUse(what) => Self::InUse(what.to_string()),
            AdminError::Stale => Self::Stale,
            AdminError::Busy { retry_after } => Self::Busy { retry_after },
            AdminError::Unavailable => Self::Unavailable,
        }
    }
}

impl From<Wait> for Problem {
    fn from(wait: Wait) -> Self {
        Self::TooManyRequests { retry_after: wait.retry_after }
    }
}
