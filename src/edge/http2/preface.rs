//! Whether a new connection speaks HTTP/2: agreed on with TLS (RFC 7301), or known beforehand (RFC 9113 section 3.3).

use std::time::Duration;

use crate::edge::Listener;
use crate::edge::slot::Slot;
use crate::edge::stream::Stream;
use crate::edge::wire::Buffer;

use super::frames::PREFACE;

/// Without TLS, as much is read as it takes to know; it stays in `input`.
pub(in crate::edge) async fn is_spoken(
    stream: &mut Stream,
    input: &mut Buffer,
    listener: &Listener,
    (slot, patience): (&Slot, Duration),
) -> bool {
    if let Some(protocol) = stream.protocol() {
        return protocol == b"h2";
    }
    if !listener.h2c || listener.tls.is_some() {
        return false;
    }
    let known = slot.in_time(patience, async {
        while input.data().len() < PREFACE.len() && PREFACE.starts_with(input.data()) {
            // Who has not said a word yet holds up no shutdown.
            slot.set_idle(input.is_empty());
            let filled = input.fill(stream).await;
            slot.set_idle(false);
            if !matches!(filled, Ok(1..)) {
                break;
            }
        }
    });
    // Who takes too long, or leaves, is met by who reads on.
    let _ = known.await;
    input.data().starts_with(PREFACE)
}
