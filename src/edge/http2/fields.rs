//! Heads as lines, and heads as HPACK knows them. The lines are our own: every part of them was judged before.

use bytes::Bytes;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, header};

/// The head that `out` begins with; what follows it stays.
pub(super) fn cut(out: &mut Vec<u8>) -> Option<Bytes> {
    let end = memchr::memmem::find(out, b"\r\n\r\n")?;
    let rest = out.split_off(end + 4);
    Some(std::mem::replace(out, rest).into())
}

/// A status line with its fields. A switch of protocols is a 200 here (RFC 8441 section 5). So no other success may be
/// told to who asked for one: it would be taken for the switch.
pub(super) fn response(head: &Bytes, to_handshake: bool) -> Option<Response<()>> {
    let (start, fields) = start_line(head)?;
    let mut response = Response::new(());
    let status = StatusCode::from_bytes(start.get(9..12)?).ok()?;
    let is_switch = status == StatusCode::SWITCHING_PROTOCOLS;
    *response.status_mut() = match status {
        StatusCode::SWITCHING_PROTOCOLS => StatusCode::OK,
        declined if to_handshake && declined.is_success() => StatusCode::BAD_GATEWAY,
        other => other,
    };
    *response.headers_mut() = map_of(&fields);
    if is_switch {
        // Belongs to the handshake that ended here (same section).
        response.headers_mut().remove(header::SEC_WEBSOCKET_ACCEPT);
    }
    Some(response)
}

/// A request line with its fields.
pub(super) fn request(head: &Bytes, scheme: &Scheme) -> Option<Request<()>> {
    let (start, fields) = start_line(head)?;
    let mut words = start.split(|b| *b == b' ');
    let method = Method::from_bytes(words.next()?).ok()?;
    let target = PathAndQuery::from_maybe_shared(head.slice_ref(words.next()?)).ok()?;
    let mut headers = map_of(&fields);
    let host = headers.remove(header::HOST)?;
    let mut uri = http::uri::Parts::default();
    uri.scheme = Some(scheme.clone());
    uri.authority = Some(Authority::from_maybe_shared(Bytes::copy_from_slice(host.as_bytes())).ok()?);
    uri.path_and_query = Some(target);
    // Without it a server of gRPC sends no trailers; they are passed on.
    headers.insert(header::TE, HeaderValue::from_static("trailers"));
    // Servers of gRPC refuse a call with a name that gRPC does not know; the plain copy of it stays.
    if headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc")) {
        headers.remove("$user");
    }
    let mut request = Request::new(());
    *request.method_mut() = method;
    *request.uri_mut() = Uri::from_parts(uri).ok()?;
    *request.headers_mut() = headers;
    Some(request)
}

pub(super) fn trailers(lines: &[u8]) -> HeaderMap {
    map_of(&Bytes::copy_from_slice(lines))
}

/// As lines, each with its CR LF.
pub(in crate::edge) fn lines_of(fields: &HeaderMap) -> Vec<u8> {
    let mut lines = Vec::new();
    for (name, value) in fields {
        lines.extend_from_slice(name.as_str().as_bytes());
        lines.extend_from_slice(b": ");
        lines.extend_from_slice(value.as_bytes());
        lines.extend_from_slice(b"\r\n");
    }
    lines
}

fn start_line(head: &Bytes) -> Option<(Bytes, Bytes)> {
    let end = memchr::memmem::find(head, b"\r\n")?;
    Some((head.slice(..end), head.slice(end + 2..)))
}

fn map_of(lines: &Bytes) -> HeaderMap {
    let mut map = HeaderMap::with_capacity(24);
    for line in lines.split(|b| *b == b'\n').filter_map(|line| line.strip_suffix(b"\r")) {
        let Some(colon) = memchr::memchr(b':', line) else { continue };
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        // What HTTP/2 cannot carry, as a control character in a value, does not go on.
        let name = HeaderName::from_bytes(name);
        let value = HeaderValue::from_maybe_shared(lines.slice_ref(value));
        if let (Ok(name), Ok(value)) = (name, value)
            && !is_of_connection(&name)
        {
            // More fields than a map holds were refused long before.
            let _ = map.try_append(name, value);
        }
    }
    map
}

/// RFC 9113 section 8.2.2.
fn is_of_connection(name: &HeaderName) -> bool {
    matches!(*name, header::CONNECTION | header::TRANSFER_ENCODING | header::UPGRADE | header::TE)
        || matches!(name.as_str(), "keep-alive" | "proxy-connection" | "http2-settings")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_taken_from_lines_and_its_body_stays() {
        let mut out =
            b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\nX-A: 1\r\nX-A:  2 \r\n\r\nbody".to_vec();
        let head = cut(&mut out).unwrap();
        assert_eq!(out, b"body");
        let response = response(&head, false).unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers().get_all("x-a").iter().collect::<Vec<_>>(), ["1", "2"]);
        assert!(response.headers().get("connection").is_none());
        assert_eq!(lines_of(response.headers()), b"content-length: 4\r\nx-a: 1\r\nx-a: 2\r\n");
    }

    #[test]
    fn a_request_gets_its_pseudo_fields() {
        let head = Bytes::from_static(
            b"POST /a?b HTTP/1.1\r\nHost: hmi.plant:81\r\n$USER: ada\r\nTransfer-Encoding: chunked\r\n\r\n",
        );
        let request = request(&head, &Scheme::HTTP).unwrap();
        assert_eq!(request.uri(), "http://hmi.plant:81/a?b");
        assert_eq!(lines_of(request.headers()), b"$user: ada\r\nte: trailers\r\n");
        let head = b"POST /a HTTP/1.1\r\nHost: a.b\r\nContent-Type: application/grpc+proto\r\n$USER: ada\r\nX-User: ada\r\n\r\n";
        let call = super::request(&Bytes::from_static(head), &Scheme::HTTP).unwrap();
        assert!(call.headers().get("$user").is_none() && call.headers().get("x-user").is_some());
    }

    #[test]
    fn a_switch_of_protocols_is_a_success() {
        let head =
            b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: a\r\nSec-WebSocket-Protocol: b\r\n\r\n";
        let response = response(&Bytes::from_static(head), true).unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(lines_of(response.headers()), b"sec-websocket-protocol: b\r\n");
        let declined = super::response(&Bytes::from_static(b"HTTP/1.1 204 x\r\n\r\n"), true).unwrap();
        assert_eq!(declined.status(), 502);
    }
}
