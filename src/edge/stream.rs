//! One byte stream, whatever carries it: the engine is written once.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::{client, server};

/// A peer that was unplugged sends no farewell, and a quiet WebSocket would wait for it for ever. After a minute of
/// silence it is asked for a sign of life, and given up when ten questions in a row stay unanswered.
const SILENCE: Duration = Duration::from_secs(60);
const ASK_AGAIN: Duration = Duration::from_secs(15);

pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
    TlsAccepted(Box<server::TlsStream<TcpStream>>),
    TlsConnected(Box<client::TlsStream<TcpStream>>),
}

impl Stream {
    /// Closing will throw away what is not sent yet and tell the peer so: after a revocation no further byte passes.
    pub(super) fn reset_on_close(&self) {
        let tcp = match self {
            Self::Tcp(tcp) => tcp,
            Self::TlsAccepted(tls) => tls.get_ref().0,
            Self::TlsConnected(tls) => tls.get_ref().0,
            Self::Unix(_) => return,
        };
        // A socket that is gone already needs no reset.
        let _ = tcp.set_zero_linger();
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
pub(super) fn notice_dead_peers(tcp: &TcpStream) {
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
        !matches!(self, Self::TlsAccepted(_) | Self::TlsConnected(_))
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
