//! A WebSocket after its handshake: bytes both ways, untouched, until one side ends or the session does.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use aws_lc_rs::digest;
use data_encoding::BASE64;
use tokio::io::AsyncWrite;

use super::connection::Connection;
use super::pool::Upstream;
use super::pump::{Coding, Pump};
use super::wire::{BodyFraming, RequestHead, ResponseHead};
use super::worker::Counted;

/// `greeting` is the visitor's 101. What the visitor sent early is held until now (CVE-2026-2833).
pub(super) async fn run(connection: &mut Connection<'_>, mut upstream: Upstream, greeting: Vec<u8>) {
    let _counted = Counted::new([Arc::clone(&connection.worker.shared.tunnels)]);
    let mut down = Pump::new(greeting, BodyFraming::UntilClose, Coding::Identity, &no_trailers);
    let mut up = Pump::new(Vec::new(), BodyFraming::UntilClose, Coding::Identity, &no_trailers);
    let (mut down_done, mut up_done) = (false, false);
    let (client, input) = (&mut *connection.client, &mut connection.input);
    poll_fn(|cx| {
        if !down_done && let Poll::Ready(ended) = down.poll(cx, &mut upstream.stream, &mut upstream.input, client) {
            if ended.is_err() {
                return Poll::Ready(());
            }
            down_done = true;
        }
        if !up_done && let Poll::Ready(ended) = up.poll(cx, client, input, &mut upstream.stream) {
            if ended.is_err() {
                return Poll::Ready(());
            }
            up_done = true;
        }
        // Half-closing is passed on, so that the last bytes of the other direction arrive.
        if down_done && Pin::new(&mut *client).poll_shutdown(cx).is_pending() {
            return Poll::Pending;
        }
        if up_done && Pin::new(&mut upstream.stream).poll_shutdown(cx).is_pending() {
            return Poll::Pending;
        }
        if down_done && up_done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// Whether the upstream has understood the handshake (RFC 6455 section 4.1). Over HTTP/1.1 the visitor sees to it; over
/// HTTP/2 the key was ours.
pub(super) fn is_accepted(request: &RequestHead, response: &ResponseHead) -> bool {
    const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    let keys = request.fields.iter().filter(|field| is_named(request.slice(&field.name), "sec-websocket-key"));
    let Some(key) = keys.map(|field| request.slice(&field.value)).next() else { return false };
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &[key, GUID].concat());
    let wanted = BASE64.encode(digest.as_ref());
    let mut given =
        response.fields.iter().filter(|field| is_named(response.slice(&field.name), "sec-websocket-accept"));
    given.next().is_some_and(|field| response.slice(&field.value) == wanted.as_bytes())
}

fn is_named(name: &[u8], wanted: &str) -> bool {
    name.eq_ignore_ascii_case(wanted.as_bytes())
}

/// A WebSocket has none.
fn no_trailers(_: &[u8]) -> Option<Vec<u8>> {
    Some(Vec::new())
}
