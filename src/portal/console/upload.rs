//! A file that a form sent (`multipart/form-data`, RFC 7578). The whole body is at hand and bounded already.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, Request};
use http::{HeaderMap, header};
use memchr::memmem;

use crate::portal::pages::Answer;

use super::Console;
use super::member::Member;
use super::stop::Stop;

/// As much as the data plane hands over.
const MOST_BYTES: usize = 1024 * 1024;

/// The content of the first file that was chosen; none when none was.
pub(super) struct Upload(pub(super) Option<Vec<u8>>);

impl FromRequest<Arc<Console>> for Upload {
    type Rejection = Answer;

    async fn from_request(request: Request<Body>, _: &Arc<Console>) -> Result<Self, Answer> {
        let member = request.extensions().get::<Member>().cloned();
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, MOST_BYTES).await.ok();
        match body.and_then(|body| Some(first_file(&body, &boundary(&parts.headers)?))) {
            Some(file) => Ok(Self(file)),
            None => Err(member.map_or_else(|| Stop::BrokenForm.problem(), |member| member.stop(Stop::BrokenForm))),
        }
    }
}

fn boundary(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let mut parts = kind.split(';').map(str::trim);
    if !parts.next()?.eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let value = parts.find_map(|part| part.strip_prefix("boundary="))?.trim_matches('"');
    (!value.is_empty() && value.len() <= 70).then(|| format!("--{value}"))
}

fn first_file(body: &[u8], boundary: &str) -> Option<Vec<u8>> {
    let marks: Vec<usize> = memmem::find_iter(body, boundary.as_bytes()).collect();
    marks.windows(2).find_map(|pair| {
        let [start, end] = pair else { return None };
        let part = body.get(start + boundary.len()..*end)?.strip_prefix(b"\r\n")?.strip_suffix(b"\r\n")?;
        let head = memmem::find(part, b"\r\n\r\n")?;
        let is_file = memmem::find(part.get(..head)?, b"filename=").is_some();
        let content = part.get(head + 4..)?;
        (is_file && !content.is_empty()).then(|| content.to_vec())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(kind: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_TYPE, kind.parse().unwrap())])
    }

    #[test]
    fn the_first_file_is_found() {
        let mark = boundary(&headers("multipart/form-data; boundary=----x1")).unwrap();
        let body = b"------x1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ntext\r\n------x1\r\nContent-Disposition: form-data; name=\"icon\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n\r\n\x00\r\n------x1--\r\n";
        assert_eq!(first_file(body, &mark).as_deref(), Some(&b"\x89PNG\r\n\r\n\x00"[..]));
    }

    #[test]
    fn a_form_without_a_file_has_none() {
        let mark = boundary(&headers("multipart/form-data; boundary=\"x\"")).unwrap();
        let empty = b"--x\r\nContent-Disposition: form-data; name=\"icon\"; filename=\"\"\r\n\r\n\r\n--x--\r\n";
        for body in [&empty[..], b"", b"--x", b"--x--x", b"--x\r\n--x\r\n"] {
            assert_eq!(first_file(body, &mark), None);
        }
        assert_eq!(boundary(&headers("application/x-www-form-urlencoded")), None);
    }
}
