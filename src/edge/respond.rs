//! Answers of the gateway's own: short ones made here, pages made by the control plane.

use std::borrow::Cow;
use std::io;
use std::pin::Pin;
use std::task::Poll;

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as _, Frame};

use crate::domain::Scheme;

use super::connection::Connection;
use super::forward::is_gone;
use super::origin::Origin;
use super::request_out::{line, number_line};

/// RFC 6797.
pub(super) const HSTS: &[u8] = b"Strict-Transport-Security";

/// A short answer.
pub(super) struct Answer {
    pub(super) status: http::StatusCode,
    pub(super) fields: Vec<(Cow<'static, str>, String)>,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn text(status: http::StatusCode, body: &str) -> Self {
        let fields = vec![("Content-Type".into(), "text/plain; charset=utf-8".to_owned())];
        Self { status, fields, body: format!("{body}\n") }
    }

    pub(super) fn exactly(body: String) -> Self {
        let fields = vec![("Content-Type".into(), "application/octet-stream".to_owned())];
        Self { status: http::StatusCode::OK, fields, body }
    }

    pub(super) fn redirect(location: String) -> Self {
        Self { status: http::StatusCode::SEE_OTHER, fields: vec![("Location".into(), location)], body: String::new() }
    }

    /// The method stays (RFC 9110 section 15.4.9).
    pub(super) fn moved(location: String) -> Self {
        Self { status: http::StatusCode::PERMANENT_REDIRECT, ..Self::redirect(location) }
    }

    /// RFC 9457. `extra` are further members.
    pub(super) fn problem(status: http::StatusCode, code: &str, title: &str, extra: &[(&str, &str)]) -> Self {
        let mut problem = serde_json::json!({
            "type": format!("urn:millgate:problem:{code}"), "title": title, "status": status.as_u16(),
        });
        if let Some(members) = problem.as_object_mut() {
            members.extend(extra.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())));
        }
        let fields = vec![("Content-Type".into(), "application/problem+json".to_owned())];
        Self { status, fields, body: format!("{problem}\n") }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    /// Writes the whole answer; to a HEAD without the body.
    pub(super) fn write(&self, out: &mut Vec<u8>, to_head: bool, closes: bool, hsts: Option<&str>) {
        status_line(out, self.status);
        for (name, value) in &self.fields {
            line(out, name.as_bytes(), value.as_bytes());
        }
        line(out, b"Cache-Control", b"no-store");
        if let Some(hsts) = hsts {
            line(out, HSTS, hsts.as_bytes());
        }
        number_line(out, b"Content-Length", self.body.len() as u64);
        if closes {
            line(out, b"Connection", b"close");
        }
        out.extend_from_slice(b"\r\n");
        if !to_head {
            out.extend_from_slice(self.body.as_bytes());
        }
    }
}

fn status_line(out: &mut Vec<u8>, status: http::StatusCode) {
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(status.as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(status.canonical_reason().unwrap_or_default().as_bytes());
    out.extend_from_slice(b"\r\n");
}

/// Sends an answer of the control plane, streaming its body.
pub(super) async fn send(
    connection: &mut Connection<'_>,
    response: http::Response<Body>,
    closes: bool,
) -> io::Result<()> {
    let (http_10, to_head) = (connection.head.http_10, connection.head.method() == "HEAD");
    let (head, mut body) = response.into_parts();
    let mut out = Vec::with_capacity(1024);
    status_line(&mut out, head.status);
    for (name, value) in &head.headers {
        if !matches!(*name, http::header::CONTENT_LENGTH | http::header::TRANSFER_ENCODING | http::header::CONNECTION) {
            line(&mut out, name.as_str().as_bytes(), value.as_bytes());
        }
    }
    if let Some(hsts) = connection.hsts() {
        line(&mut out, HSTS, hsts.as_bytes());
    }
    let length = body.size_hint().exact();
    let has_body =
        !to_head && head.status != http::StatusCode::NO_CONTENT && head.status != http::StatusCode::NOT_MODIFIED;
    let chunked = length.is_none() && !http_10 && !connection.client.is_framed();
    let streams = length.is_none();
    match length {
        Some(length) if head.status != http::StatusCode::NO_CONTENT => number_line(&mut out, b"Content-Length", length),
        None if chunked => line(&mut out, b"Transfer-Encoding", b"chunked"),
        _ => {}
    }
    if closes {
        line(&mut out, b"Connection", b"close");
    }
    out.extend_from_slice(b"\r\n");
    connection.client.send_head(&mut out, !has_body || length == Some(0))?;
    while let Some(frame) = next(connection, &mut body, streams).await? {
        if !has_body {
            break;
        }
        if let Ok(data) = frame.into_data() {
            put(&mut out, &data, chunked);
        }
        // A short body follows its head in one write; a stream is sent piece by piece.
        if streams || out.len() > 64 * 1024 {
            connection.write(&out).await?;
            out.clear();
        }
    }
    if has_body && chunked {
        out.extend_from_slice(b"0\r\n\r\n");
    }
    connection.write(&out).await?;
    connection.client.finish(&[])?;
    // Flushed, so that what is revoked meanwhile is known.
    connection.write(&[]).await
}

/// The next piece of the body. A stream can be silent for long: a visitor who leaves meanwhile is noticed, so that it
/// ends with them.
async fn next(connection: &mut Connection<'_>, body: &mut Body, streams: bool) -> io::Result<Option<Frame<Bytes>>> {
    let (client, input) = (&mut *connection.client, &mut connection.input);
    let is_watched = streams || client.is_framed();
    std::future::poll_fn(|cx| match Pin::new(&mut *body).poll_frame(cx) {
        Poll::Pending if is_watched && is_gone(cx, client, input) => {
            Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
        }
        frame => frame.map(|frame| frame.transpose().map_err(io::Error::other)),
    })
    .await
}

fn put(out: &mut Vec<u8>, data: &Bytes, chunked: bool) {
    if !chunked {
        out.extend_from_slice(data);
    } else if !data.is_empty() {
        out.extend_from_slice(format!("{:x}\r\n", data.len()).as_bytes());
        out.extend_from_slice(data);
        out.extend_from_slice(b"\r\n");
    }
}

/// The origin as the visitor's browser writes it.
pub(super) fn visitor_base(origin: &Origin, host: &str) -> String {
    match origin.scheme {
        Scheme::Http => format!("http://{host}"),
        Scheme::Https => format!("https://{host}"),
    }
}
