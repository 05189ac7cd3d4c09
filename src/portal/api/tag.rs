//! Entity tags: who reads again what has not changed gets 304, and who changes what has changed gets 412.
//!
//! A tag is the revision of what is written down, and a hash of all that is shown: some of it, like when somebody was
//! last seen, moves without anybody's doing and must make no change fail.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use axum::Json;
use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;

use crate::desk::Expected;
use crate::domain::Revision;
use crate::portal::revision;

use super::{Api, Problem};

/// A single thing as it is shown, with the revision that it is written in.
pub(super) struct Tagged<T>(pub(super) Revision, pub(super) T);

#[derive(Clone, Copy)]
struct Written(Revision);

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.1).into_response();
        response.extensions_mut().insert(Written(self.0));
        response
    }
}

/// What a change expects to find (RFC 9110 section 13.1.1).
pub(super) struct IfMatch(pub(super) Expected);

impl FromRequestParts<Arc<Api>> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Api>) -> Result<Self, Problem> {
        let mut tags = tags(&parts.headers, header::IF_MATCH).peekable();
        if tags.peek().is_none() {
            return Ok(Self(Expected::Anything));
        }
        let mut revisions = Vec::new();
        for tag in tags {
            if tag == "*" {
                return Ok(Self(Expected::Anything));
            }
            // A weak one never matches here; one that is not ours neither.
            revisions.extend(revision(&tag));
        }
        Ok(Self(Expected::OneOf(revisions)))
    }
}

/// Each tag of a field, with its quotes. Ours hold no comma.
fn tags(headers: &HeaderMap, name: header::HeaderName) -> impl Iterator<Item = String> {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok()).collect::<Vec<_>>().join(",");
    let tags: Vec<String> = lines.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
    tags.into_iter()
}

fn revision(tag: &str) -> Option<Revision> {
    let inner = tag.strip_prefix('"')?.strip_suffix('"')?;
    let (number, _) = inner.split_once('-')?;
    number.parse().ok().map(revision::read)
}

/// Gives tags to what is read, and 304 to who has it already.
pub(super) async fn answer(request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let known: Vec<String> = tags(request.headers(), header::IF_NONE_MATCH).collect();
    let response = next.run(request).await;
    let written = response.extensions().get::<Written>().copied();
    let is_json = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    // A stream of events has no end, and thus no tag.
    let is_whole = response.body().size_hint().exact().is_some();
    if !response.status().is_success() || !is_json || !is_whole || !(is_read || written.is_some()) {
        return response;
    }
    let (mut head, body) = response.into_parts();
    // Made here, from memory: it cannot be cut short.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let tag = made(written, &body);
    let is_known = is_read && known.iter().any(|known| known == "*" || known.trim_start_matches("W/") == tag);
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        head.headers.insert(header::ETAG, tag);
    }
    if is_known {
        head.status = StatusCode::NOT_MODIFIED;
        head.headers.remove(header::CONTENT_TYPE);
        head.headers.remove(header::CONTENT_LENGTH);
        return Response::from_parts(head, Body::empty());
    }
    Response::from_parts(head, Body::from(body))
}

fn made(written: Option<Written>, body: &[u8]) -> String {
    let hash = digest(&SHA256, body);
    let hash = BASE64URL_NOPAD.encode(hash.as_ref().get(..12).unwrap_or_default());
    match written {
        Some(Written(revision)) => format!("\"{}-{hash}\"", revision::shown(revision)),
        None => format!("\"{hash}\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Seq;

    #[test]
    fn a_tag_of_ours_names_its_revision() {
        let tag = made(Some(Written(Seq(17))), b"{}");
        assert_eq!(revision(&tag), Some(Seq(17)));
        assert_ne!(tag, made(Some(Written(Seq(17))), b"{\"a\":1}"));
        for other in ["", "*", "\"\"", "W/\"17-x\"", "\"x\"", "17-x"] {
            assert_eq!(revision(other), None, "{other}");
        }
    }
}
