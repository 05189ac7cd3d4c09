//! Getting through to an upstream: over a connection that is idle or a new one, to the next when one fails.

use std::io;

use crate::directory::AppEntry;
use crate::upstreams::{Kind, Trouble};

use super::choice::Choice;
use super::connect::{self, Offer};
use super::connection::Connection;
use super::forward::Failure;
use super::pool::{Lease, Upstream, Way};
use super::slot::Late;
use super::stream::Stream;
use super::wire::{BodyFraming, RequestHead};

/// A connection to one of the app's upstreams. One that cannot be connected to has got nothing of the request, so that
/// any request may go to the next.
pub(super) async fn open(
    connection: &Connection<'_>,
    entry: &AppEntry,
    choice: &mut Choice,
) -> Result<Upstream, Failure> {
    loop {
        let lease = match connection.worker.pool.way(entry, choice) {
            Way::Idle(upstream) => return Ok(upstream),
            Way::Connect(lease) => lease,
        };
        if speaks_http2(connection, entry)
            && !choice.fresh
            && let Some(stream) = connection.worker.trunks.take(entry, lease.at)
        {
            let mut upstream = connect::upstream(stream, lease);
            upstream.reused = true;
            return Ok(upstream);
        }
        let at = lease.at;
        let failure = match connect(connection, entry, lease).await {
            Ok(upstream) => return Ok(upstream),
            Err(failure) => failure,
        };
        choice.rule_out(at);
        if !choice.has_more(&entry.app) {
            return Err(failure);
        }
    }
}

async fn connect(connection: &Connection<'_>, entry: &AppEntry, lease: Lease) -> Result<Upstream, Failure> {
    let patience = entry.app.connect_timeout;
    let address = entry.app.upstream_at(lease.at);
    match connection.slot.in_time(patience, begin(connection, entry, lease.at)).await {
        Ok(Ok(stream)) => Ok(connect::upstream(stream, lease)),
        Ok(Err(error)) => {
            lease.pulse().failed(Trouble::connecting(&error));
            Err(Failure::Upstream(format!("cannot connect to {address}: {error}")))
        }
        Err(Late) => {
            let text = format!("no connection within {} s", patience.as_secs_f32());
            lease.pulse().failed(Trouble::new(Kind::Timeout, text));
            Err(Failure::Late("connecting"))
        }
    }
}

/// A new connection; in HTTP/2, a stream of one.
async fn begin(connection: &Connection<'_>, entry: &AppEntry, at: usize) -> io::Result<Stream> {
    let worker = connection.worker;
    let tools = (&worker.clients, &worker.lookups);
    if !speaks_http2(connection, entry) {
        return connect::open(entry, at, Offer::Http1, tools).await;
    }
    let stream = connect::open(entry, at, Offer::Http2, tools).await?;
    // Without TLS it is known beforehand; with TLS an upstream may choose HTTP/1.1.
    match stream.protocol() {
        None | Some(b"h2") => worker.trunks.begin(entry, at, stream).await,
        Some(_) => Ok(stream),
    }
}

/// A WebSocket is asked for in HTTP/1.1, which every server of them speaks.
fn speaks_http2(connection: &Connection<'_>, entry: &AppEntry) -> bool {
    entry.app.upstream_http2 && !connection.head.upgrades
}

/// When a request may be sent once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// The app cannot tell whether it was asked before.
    Always,
    /// Where it is sure that nobody has worked on it.
    IfUntouched,
    /// It has a body, which is sent while it comes.
    Never,
}

impl Again {
    pub(super) fn of(head: &RequestHead) -> Self {
        match head.method() {
            _ if head.framing() != BodyFraming::Empty => Self::Never,
            "GET" | "HEAD" | "OPTIONS" => Self::Always,
            _ => Self::IfUntouched,
        }
    }
}

/// Whether a request that failed on its way may be sent once more.
pub(super) fn may_go_on(
    failure: &Failure,
    upstream: &Upstream,
    entry: &AppEntry,
    choice: &mut Choice,
    again: Again,
) -> bool {
    let pulse = upstream.lease.pulse();
    match failure {
        Failure::Stale if again == Again::Always && !choice.fresh => {
            choice.fresh = true;
            true
        }
        Failure::Refused(_) if again != Again::Never && !choice.fresh => {
            choice.fresh = true;
            true
        }
        Failure::Dropped(why) => {
            match entry.app.more_upstreams.is_empty() {
                true => pulse.count(Kind::Closed),
                false => pulse.dropped(Trouble::new(Kind::Closed, why)),
            }
            choice.rule_out(upstream.lease.at);
            again == Again::Always && choice.has_more(&entry.app)
        }
        Failure::Upstream(_) | Failure::Refused(_) => {
            pulse.count(Kind::BadAnswer);
            false
        }
        Failure::Late(_) => {
            upstream.stream.mistrust();
            pulse.count(Kind::Timeout);
            false
        }
        Failure::Stale => {
            pulse.count(Kind::Closed);
            false
        }
        Failure::Client | Failure::ClientLate => false,
    }
}
