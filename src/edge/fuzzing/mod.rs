//! What must hold of a head, a body, a cookie and a connection's first bytes, whatever arrives: for the fuzz targets in
//! `tests/fuzz` and for their replay among the unit tests. A panic is a finding.

#![allow(clippy::expect_used, clippy::panic, reason = "never part of the product")]

mod chunks;
mod cookies;
mod forwarded;
mod plain;
mod proxy_header;
mod requests;
mod responses;

use std::sync::Arc;
use std::task::{Context, Waker};

use crate::directory::AppEntry;
use crate::domain::{App, HostHeader, Scheme, Slug, Timestamp, WorkspaceId};

use super::Listener;
use super::wire::Buffer;

pub use chunks::chunks;
pub use cookies::cookies;
pub use forwarded::forwarded;
pub use proxy_header::proxy_header;
pub use requests::request;
pub use responses::response;

/// As large as the product's default allows; inputs are far shorter.
const HEAD_BYTES: usize = 64 * 1024;

/// Hands `data` over in pieces of at most `most` bytes until `take` has an answer. `None`: it waits for more.
fn fed<T, E>(data: &[u8], most: usize, mut take: impl FnMut(&mut Buffer) -> Result<Option<T>, E>) -> Fed<T, E> {
    let mut buffer = Buffer::new();
    let mut rest = data;
    loop {
        match take(&mut buffer) {
            Ok(None) if rest.is_empty() => return Fed { answer: Ok(None), rest: Vec::new() },
            Ok(None) => fill(&mut buffer, &mut rest, most),
            Ok(answer) => return Fed { answer: Ok(answer), rest: [buffer.data(), rest].concat() },
            Err(error) => return Fed { answer: Err(error), rest: Vec::new() },
        }
    }
}

#[derive(Debug, PartialEq)]
struct Fed<T, E> {
    answer: Result<Option<T>, E>,
    /// What was not taken.
    rest: Vec<u8>,
}

fn fill(buffer: &mut Buffer, rest: &mut &[u8], most: usize) {
    let (piece, behind) = rest.split_at(most.clamp(1, rest.len()));
    let mut piece = piece;
    while !piece.is_empty() {
        let filled = buffer.poll_fill(&mut Context::from_waker(Waker::noop()), &mut piece);
        assert!(matches!(filled, std::task::Poll::Ready(Ok(_))), "a slice can be read");
    }
    *rest = behind;
}

/// An app at `url`. Below a prefix it has every option that changes heads.
pub(super) fn app(url: &str, upstream: &str) -> AppEntry {
    let name: Slug = "hmi".parse().expect("a slug");
    let place = (url.parse().expect("an address"), upstream.parse().expect("an upstream"));
    let mut app = App::new(WorkspaceId::from_u64(1), name.clone(), place.0, place.1, Timestamp::from_millis(0));
    if !app.url.prefix.is_empty() {
        app.host_header = HostHeader::Upstream;
        app.user_header = "X-Who".parse().expect("a header name");
        app.forwarded_header = true;
    }
    AppEntry {
        rules: (&app).into(),
        plain_cookie: crate::domain::cookie::name(app.id, false),
        secure_cookie: crate::domain::cookie::name(app.id, true),
        app,
        workspace: name,
        version: 1,
    }
}

/// Trusts 10.0.0.0/8, and only that.
pub(super) fn listener(forward_auth: bool) -> Listener {
    Listener {
        address: ([127, 0, 0, 1], 8080).into(),
        scheme: Scheme::Http,
        trusted_proxies: Arc::new(["10.0.0.0/8".parse().expect("a network")]),
        tls: None,
        redirects: false,
        proxy_protocol: false,
        forward_auth,
        h2c: false,
        hsts: None,
    }
}
