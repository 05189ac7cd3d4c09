//! One byte stream, whatever carries it: the engine is written once.

use std::io;
use std::os::fd::AsFd;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::{client, server};

use super::http2::Lane;

/// A peer that was unplugged sends no farewell, and a quiet WebSocket would wait for it for ever. After a minute of
/// silence it is asked for a sign of life, and given up when ten questions in a row stay unanswered.
const SILENCE: Duration = Duration::from_secs(60);
const ASK_AGAIN: Duration = Duration::from_secs(15);

pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
    TlsAccepted(Box<server::TlsStream<TcpStream>>),
    TlsConnected(Box<client::TlsStream<TcpStream>>),
    /// One stream of an HTTP/2 connection: its bytes are those of the body.
    Lane(Box<Lane>),
}

impl Stream {
    /// Closing will throw away what is not sent yet and tell the peer so: after a revocation no further byte passes.
    pub(super) fn reset_on_close(&mut self) {
        let tcp = match self {
            Self::Lane(lane) => return lane.reset(),
            Self::Tcp(tcp) => tcp,
            Self::TlsAccepted(tls) => tls.get_ref().0,
            Self::TlsConnected(tls) => tls.get_ref().0,
            Self::Unix(_) => return,
        };
        // A socket that is gone already needs no reset.
        let _ = tcp.set_zero_linger();
    }

    /// What was agreed on with TLS (RFC 7301); empty: nothing. `None`: there is no TLS.
    pub(super) fn protocol(&self) -> Option<&[u8]> {
        match self {
            Self::TlsAccepted(tls) => Some(tls.get_ref().1.alpn_protocol().unwrap_or_default()),
            Self::TlsConnected(tls) => Some(tls.get_ref().1.alpn_protocol().unwrap_or_default()),
            Self::Tcp(_) | Self::Unix(_) | Self::Lane(_) => None,
        }
    }

    /// Whether heads and the ends of bodies have frames of their own here.
    pub(super) fn is_framed(&self) -> bool {
        matches!(self, Self::Lane(_))
    }

    /// Where heads have frames of their own, sends the one that `out` begins with; `ends`: no body follows. Elsewhere
    /// it stays, to be written with the body.
    pub(super) fn send_head(&mut self, out: &mut Vec<u8>, ends: bool) -> io::Result<()> {
        match self {
            Self::Lane(lane) => lane.send_head(out, ends),
            _ => Ok(()),
        }
    }

    /// Where bodies end with a frame, sends it.
    pub(super) fn finish(&mut self, trailers: &[u8]) -> io::Result<()> {
        match self {
            Self::Lane(lane) => lane.finish(trailers),
            _ => Ok(()),
        }
    }

    /// Field lines that came behind the body in a frame of their own.
    pub(super) fn take_trailers(&mut self) -> Vec<u8> {
        match self {
            Self::Lane(lane) => lane.take_trailers(),
            _ => Vec::new(),
        }
    }

    /// The peer has not answered in time: where others share its connection, they are to get another one.
    pub(super) fn mistrust(&self) {
        if let Self::Lane(lane) = self {
            lane.mistrust();
        }
    }

    /// Whether the peer has given this exchange up. Of a socket, only reading tells.
    pub(super) fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self {
            Self::Lane(lane) => lane.poll_gone(cx),
            _ => Poll::Pending,
        }
    }

    /// Whether an idle connection was closed, or spoken on, by the peer as far as is known without waiting.
    pub(super) fn is_stale(&mut self) -> bool {
        let mut byte = [0; 1];
        let mut room = ReadBuf::new(&mut byte);
        let mut cx = Context::from_waker(std::task::Waker::noop());
        Pin::new(self).poll_read(&mut cx, &mut room).is_ready()
    }
}

/// Has the kernel look after a connection that nobody speaks on.
pub(super) fn notice_dead_peers(tcp: &impl AsFd) {
    let keep_alive = TcpKeepalive::new().with_time(SILENCE).with_interval(ASK_AGAIN);
    // Without it the connection works as well, and may outlive its peer.
    let _ = SockRef::from(tcp).set_tcp_keepalive(&keep_alive);
}

macro_rules! each {
    ($self:ident, $stream:ident => $call:expr) => {
        match $self.get_mut() {
            Stream::Tcp($stream) => $call,
            Stream::Unix($stream) => $call,
            Stream::TlsAccepted($stream) => $call,
            Stream::TlsConnected($stream) => $call,
            Stream::Lane($stream) => $call,
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        each!(self, stream => Pin::new(stream).poll_read(cx, buf))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        each!(self, stream => Pin::new(stream).poll_write(cx, buf))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, stream => Pin::new(stream).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, stream => Pin::new(stream).poll_shutdown(cx))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        each!(self, stream => Pin::new(stream).poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        matches!(self, Self::Tcp(_) | Self::Unix(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_kernel_asks_after_a_silent_peer() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let tcp = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        notice_dead_peers(&tcp);
        assert!(SockRef::from(&tcp).keepalive().unwrap());
    }
}
