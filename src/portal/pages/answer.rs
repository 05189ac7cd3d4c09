//! The forms that answers take, each with the headers that belong to it.

use std::time::Duration;

use askama::Template;
use axum::body::Body;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

use crate::portal::whole_seconds;

pub(in crate::portal) type Answer = http::Response<Body>;

/// Pages load their own style, script and icon, ask their own server, and appear in nobody's frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// A page for a person. One that cannot be rendered is logged here.
pub(in crate::portal) fn page(status: StatusCode, template: &impl Template) -> Answer {
    match template.render() {
        Ok(html) => {
            let mut answer = plain(status, "text/html; charset=utf-8", html);
            set(&mut answer, header::CONTENT_SECURITY_POLICY, POLICY);
            set(&mut answer, header::REFERRER_POLICY, "same-origin");
            set(&mut answer, header::X_FRAME_OPTIONS, "DENY");
            answer
        }
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            problem(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error", Map::new())
        }
    }
}

pub(in crate::portal) fn see_other(target: &str) -> Answer {
    let mut answer = bare(StatusCode::SEE_OTHER, Body::empty());
    set(&mut answer, header::LOCATION, target);
    answer
}

pub(super) fn json(value: &impl serde::Serialize) -> Answer {
    match serde_json::to_vec(value) {
        Ok(bytes) => plain(StatusCode::OK, "application/json", bytes),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            problem(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error", Map::new())
        }
    }
}

pub(super) fn asset(found: &super::assets::Asset) -> Answer {
    let mut answer = plain(StatusCode::OK, found.kind, found.bytes);
    set(&mut answer, header::CACHE_CONTROL, FOR_EVER);
    answer
}

pub(in crate::portal) fn inline(kind: &'static str, content: impl Into<bytes::Bytes>) -> Answer {
    plain(StatusCode::OK, kind, content)
}

/// To be saved under a name.
pub(in crate::portal) fn file(kind: &'static str, name: &str, content: impl Into<bytes::Bytes>) -> Answer {
    plain(StatusCode::OK, kind, content).with(header::CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\""))
}

/// The public keys of identity tokens. Kept for minutes only: a new key is published before it signs.
pub(super) fn keys(jwks: bytes::Bytes) -> Answer {
    plain(StatusCode::OK, "application/jwk-set+json", jwks).with(header::CACHE_CONTROL, "public, max-age=300")
}

/// RFC 9457; `more` are the members that this type of problem has of its own.
pub(in crate::portal) fn problem(status: StatusCode, code: &str, title: &str, more: Map<String, Value>) -> Answer {
    let mut body = Map::new();
    body.insert("type".to_owned(), json!(format!("urn:millgate:problem:{code}")));
    body.insert("title".to_owned(), json!(title));
    body.insert("status".to_owned(), json!(status.as_u16()));
    body.extend(more);
    plain(status, "application/problem+json", Value::Object(body).to_string())
}

pub(in crate::portal) trait Headers {
    fn with(self, name: HeaderName, value: &str) -> Self;
    fn retry_after(self, wait: Duration) -> Self;
    fn cookie(self, line: &str) -> Self;
}

impl Headers for Answer {
    fn with(mut self, name: HeaderName, value: &str) -> Self {
        set(&mut self, name, value);
        self
    }

    fn retry_after(self, wait: Duration) -> Self {
        self.with(header::RETRY_AFTER, &whole_seconds(wait).to_string())
    }

    fn cookie(mut self, line: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(line) {
            self.headers_mut().append(header::SET_COOKIE, value);
        }
        self
    }
}

/// The answer to a HEAD has the head of the answer to a GET.
pub(in crate::portal) fn without_body(answer: Answer) -> Answer {
    let (head, _) = answer.into_parts();
    Answer::from_parts(head, Body::empty())
}

fn plain(status: StatusCode, kind: &'static str, content: impl Into<bytes::Bytes>) -> Answer {
    let content = content.into();
    let length = HeaderValue::from(content.len());
    let mut answer = bare(status, Body::from(content));
    answer.headers_mut().insert(header::CONTENT_LENGTH, length);
    set(&mut answer, header::CONTENT_TYPE, kind);
    set(&mut answer, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    answer
}

fn bare(status: StatusCode, body: Body) -> Answer {
    let mut answer = Answer::new(body);
    *answer.status_mut() = status;
    set(&mut answer, header::CACHE_CONTROL, "no-store");
    answer
}

fn set(answer: &mut Answer, name: HeaderName, value: &str) {
    let headers: &mut HeaderMap = answer.headers_mut();
    match HeaderValue::from_str(value) {
        Ok(value) => {
            headers.insert(name, value);
        }
        Err(_) => tracing::error!(header = %name, "a header's value cannot be sent"),
    }
}
