//! A head that came in HTTP/2 frames. `h2` has refused what frames must not hold (RFC 9113 section 8.2); the rest is
//! judged as in HTTP/1.1, by the same rules.

use std::ops::Range;

use data_encoding::BASE64;
use http::header;
use http::request::Parts;

use super::{MAX_FIELDS, Reject, RequestHead};
use crate::edge::wire::BodyFraming;
use crate::edge::wire::fields::{Field, Kind, kind_of_request_field};

impl RequestHead {
    /// Takes the head over. `ends`: no body follows.
    pub(in crate::edge) fn compose(&mut self, parts: &Parts, ends: bool) -> Result<(), Reject> {
        self.reset();
        if parts.headers.len() >= MAX_FIELDS {
            return Err(Reject::TooLarge);
        }
        let tunnel = parts.extensions.get::<h2::ext::Protocol>();
        if tunnel.is_some_and(|protocol| protocol.as_str() != "websocket") {
            return Err(Reject::NotImplemented("this protocol is not offered"));
        }
        let method = if tunnel.is_some() { "GET" } else { parts.method.as_str() };
        self.method = self.keep(method.as_bytes());
        let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
        self.target = self.keep(target.as_bytes());
        self.put_host(parts)?;
        self.put_fields(parts, tunnel.is_some());
        if tunnel.is_some() {
            self.put_handshake();
        }
        self.judge()?;
        if !ends && tunnel.is_none() && self.all(Kind::ContentLength).next().is_none() {
            self.framing = Some(BodyFraming::UntilClose);
        }
        Ok(())
    }

    /// `:authority` and `Host` are two names for one thing (RFC 9113 section 8.3.1): both must say the same.
    fn put_host(&mut self, parts: &Parts) -> Result<(), Reject> {
        let mut hosts = parts.headers.get_all(header::HOST).iter();
        let authority = parts.uri.authority().map(|authority| authority.as_str().as_bytes());
        let host = match (authority, hosts.next()) {
            (Some(authority), Some(host)) if !authority.eq_ignore_ascii_case(host.as_bytes()) => {
                return Err(Reject::Malformed("Host is not :authority"));
            }
            (Some(authority), _) => authority,
            (None, Some(host)) => host.as_bytes(),
            (None, None) => return Err(Reject::Malformed("there is no Host")),
        };
        if hosts.next().is_some() {
            return Err(Reject::Malformed("there is more than one Host"));
        }
        self.put(b"host", host);
        Ok(())
    }

    fn put_fields(&mut self, parts: &Parts, is_tunnel: bool) {
        for (name, value) in &parts.headers {
            let is_key = is_tunnel && *name == header::SEC_WEBSOCKET_KEY;
            if !is_key && !matches!(*name, header::HOST | header::COOKIE) {
                self.put(name.as_str().as_bytes(), value.as_bytes());
            }
        }
        // Cut into crumbs for the sake of compression, they are one field again (RFC 9113 section 8.2.3).
        let crumbs: Vec<&[u8]> = parts.headers.get_all(header::COOKIE).iter().map(|crumb| crumb.as_bytes()).collect();
        if !crumbs.is_empty() {
            self.put(b"cookie", &crumbs.join(&b"; "[..]));
        }
    }

    /// What extended CONNECT leaves out and HTTP/1.1 asks for (RFC 8441 section 5).
    fn put_handshake(&mut self) {
        let mut key = [0; 16];
        // Without randomness the key is no secret either: it only tells one handshake from another.
        let _ = aws_lc_rs::rand::fill(&mut key);
        self.put(b"connection", b"Upgrade");
        self.put(b"upgrade", b"websocket");
        self.put(b"sec-websocket-key", BASE64.encode(&key).as_bytes());
    }

    fn put(&mut self, name: &[u8], value: &[u8]) {
        let field = Field { kind: kind_of_request_field(name), name: self.keep(name), value: self.keep(value) };
        self.fields.push(field);
    }

    fn keep(&mut self, part: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(part);
        start..self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn composed(request: http::request::Builder, ends: bool) -> Result<RequestHead, Reject> {
        let mut head = RequestHead::default();
        head.compose(&request.body(()).unwrap().into_parts().0, ends)?;
        Ok(head)
    }

    #[test]
    fn authority_and_host_are_one() {
        let get = || Request::get("https://hmi.plant/a?b=c");
        let head = composed(get().header("host", "HMI.plant").header("x_user", "eve"), true).unwrap();
        assert_eq!((head.host(), head.target().whole(), head.method()), ("hmi.plant", "/a?b=c", "GET"));
        assert_eq!(head.framing(), BodyFraming::Empty);
        assert_eq!(head.fields.iter().filter(|field| field.kind == Kind::Drop).count(), 1);
        assert!(composed(get().header("host", "other.plant"), true).is_err());
        assert!(composed(get().header("host", "hmi.plant").header("host", "hmi.plant"), true).is_err());
        assert_eq!(composed(Request::get("/").header("host", "a.b"), true).unwrap().host(), "a.b");
        assert!(composed(Request::get("/"), true).is_err());
    }

    #[test]
    fn crumbs_of_cookies_are_joined_in_order() {
        let request =
            Request::get("https://a.b/").header("cookie", "a=1").header("x-y", "z").header("cookie", "b=2; c=3");
        let head = composed(request, true).unwrap();
        assert_eq!(head.all(Kind::Cookie).collect::<Vec<_>>(), [b"a=1; b=2; c=3"]);
    }

    #[test]
    fn a_body_has_a_length_or_an_end() {
        let post = || Request::post("https://a.b/");
        assert_eq!(composed(post(), false).unwrap().framing(), BodyFraming::UntilClose);
        assert_eq!(composed(post().header("content-length", "5"), false).unwrap().framing(), BodyFraming::Length(5));
        assert_eq!(composed(post(), true).unwrap().framing(), BodyFraming::Empty);
        let twice = post().header("content-length", "5").header("content-length", "5");
        assert!(composed(twice, false).is_err());
        assert!(composed(post().header("content-length", "+5"), false).is_err());
    }

    #[test]
    fn an_extended_connect_is_a_handshake() {
        let connect = |protocol: &'static str| {
            let request = Request::builder().method("CONNECT").uri("https://a.b/ws");
            request.extension(h2::ext::Protocol::from_static(protocol)).header("sec-websocket-key", "theirs")
        };
        let head = composed(connect("websocket"), false).unwrap();
        assert!(head.upgrades && head.method() == "GET" && head.framing() == BodyFraming::Empty);
        assert!(head.fields.iter().all(|field| head.slice(&field.value) != b"theirs"));
        assert_eq!(
            composed(connect("connect-udp"), false).err(),
            Some(Reject::NotImplemented("this protocol is not offered"))
        );
        assert!(composed(Request::builder().method("CONNECT").uri("a.b:80"), false).is_err());
    }

    #[test]
    fn paths_are_judged_as_ever() {
        for path in ["/../a", "/%2e%2e/a", "/a\\b", "*"] {
            assert!(composed(Request::get(path).header("host", "a.b"), true).is_err(), "{path}");
        }
    }
}
