//! A WebSocket after its handshake: bytes both ways, untouched, until one side ends or the session does.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use tokio::io::AsyncWrite;

use super::connection::Connection;
use super::pool::Upstream;
use super::pump::{Coding, Pump};
use super::wire::BodyFraming;
use super::worker::Counted;

/// `greeting` is the visitor's 101. What the visitor sent early is held until now (CVE-2026-2833).
pub(super) async fn run(connection: &mut Connection<'_>, mut upstream: Upstream, greeting: Vec<u8>) {
    let _counted = Counted::new([Arc::clone(&connection.worker.shared.tunnels)]);
    let mut down = Pump::new(greeting, BodyFraming::UntilClose, Coding::Identity, |_| None);
    let mut up = Pump::new(Vec::new(), BodyFraming::UntilClose, Coding::Identity, |_| None);
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
