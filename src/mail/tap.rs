//! The stream between lettre and the server: it keeps a transcript, and lets only bounded, well-formed lines through.
//!
//! lettre reads a reply's line without bound and panics at some that are blank, so that what a server sends is mended
//! here before lettre sees it.

use std::io;
use std::mem;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::transcript::Transcript;

/// RFC 5321 section 4.5.3.1.5 allows 512 octets; some servers are talkative.
const LONGEST_LINE: usize = 2048;
/// Everything that is said between two commands. lettre reads a reply anew with each line of it, so that both count.
const LONGEST_REPLY: usize = 16 * 1024;
const MOST_LINES: usize = 128;
/// A command's line, for the transcript: an authentication is the longest.
const LONGEST_COMMAND: usize = 4096;

/// What is spoken over: TCP, or TLS over it.
pub(super) trait Wire: AsyncRead + AsyncWrite + Send + Unpin + 'static {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Wire for T {}

/// `W` stays with the caller too, who takes it back for STARTTLS when lettre is done with the tap.
pub(super) struct Tap<W> {
    wire: Arc<Mutex<W>>,
    peer: SocketAddr,
    transcript: Transcript,
    /// What has come of a line that is not whole yet.
    line: Vec<u8>,
    /// Since the gateway last spoke.
    heard: usize,
    lines: usize,
    /// Whole lines, mended, for lettre.
    ready: BytesMut,
    /// What was said of a line that is not whole yet.
    saying: Vec<u8>,
}

impl<W: Wire> Tap<W> {
    pub(super) fn new(wire: Arc<Mutex<W>>, peer: SocketAddr, transcript: Transcript) -> Self {
        let (line, saying, ready) = (Vec::new(), Vec::new(), BytesMut::new());
        Self { wire, peer, transcript, line, heard: 0, lines: 0, ready, saying }
    }

    /// After STARTTLS the server does not greet again, but lettre expects it to.
    pub(super) fn greeted(mut self) -> Self {
        self.ready.extend_from_slice(b"220 \r\n");
        self
    }

    fn hear(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.heard = self.heard.saturating_add(bytes.len());
        if self.heard > LONGEST_REPLY {
            return Err(endless());
        }
        for &byte in bytes {
            if byte == b'\n' {
                let line = mem::take(&mut self.line);
                self.transcript.heard(String::from_utf8_lossy(&line).trim_end());
                mend(&line, &mut self.ready);
                self.lines += 1;
                if self.lines > MOST_LINES {
                    return Err(endless());
                }
            } else if self.line.len() < LONGEST_LINE {
                self.line.push(byte);
            } else {
                return Err(endless());
            }
        }
        Ok(())
    }

    fn say(&mut self, bytes: &[u8]) {
        (self.heard, self.lines) = (0, 0);
        for &byte in bytes {
            if byte == b'\n' {
                let line = mem::take(&mut self.saying);
                self.transcript.said(String::from_utf8_lossy(&line).trim_end());
            } else if self.saying.len() < LONGEST_COMMAND {
                self.saying.push(byte);
            }
        }
    }
}

fn endless() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "its reply does not end")
}

/// ASCII, a code that lettre knows the digits of, no blank text, and the line's end as it should be.
fn mend(line: &[u8], into: &mut BytesMut) {
    let plain = |byte: &u8| if (b' '..=b'~').contains(byte) { *byte } else { b'?' };
    let text: Vec<u8> = line.trim_ascii_end().iter().map(plain).collect();
    let (code, rest) = text.split_at_checked(3).unwrap_or((&text, b""));
    match code {
        // RFC 5321 section 4.2.1 knows no second digit beyond 5; servers that send 571 mean a policy.
        [first, b'6'..=b'9', third] => into.extend_from_slice(&[*first, b'5', *third]),
        code => into.extend_from_slice(code),
    }
    // RFC 5321 section 4.2: a code alone is a whole line.
    into.extend_from_slice(if rest.is_empty() { b" " } else { rest });
    into.extend_from_slice(b"\r\n");
}

impl<W: Wire> AsyncRead for Tap<W> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        while this.ready.is_empty() {
            let mut chunk = [0; 4096];
            let mut read = ReadBuf::new(&mut chunk);
            ready!(with(&this.wire, |wire| wire.poll_read(cx, &mut read)))?;
            if read.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            this.hear(read.filled())?;
        }
        let some = this.ready.len().min(buf.remaining());
        buf.put_slice(this.ready.get(..some).unwrap_or_default());
        this.ready.advance(some);
        Poll::Ready(Ok(()))
    }
}

impl<W: Wire> AsyncWrite for Tap<W> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = ready!(with(&this.wire, |wire| wire.poll_write(cx, bytes)))?;
        this.say(bytes.get(..written).unwrap_or_default());
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        with(&self.wire, |wire| wire.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        with(&self.wire, |wire| wire.poll_shutdown(cx))
    }
}

/// Nobody else has the lock while lettre talks.
fn with<W: Wire, T>(wire: &Mutex<W>, act: impl FnOnce(Pin<&mut W>) -> T) -> T {
    act(Pin::new(&mut *wire.lock().unwrap_or_else(PoisonError::into_inner)))
}

impl<W: Wire> AsyncTokioStream for Tap<W> {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

impl<W> std::fmt::Debug for Tap<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tap").field("peer", &self.peer).finish_non_exhaustive()
    }
}
