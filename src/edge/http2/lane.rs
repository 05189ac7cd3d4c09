//! One stream of an HTTP/2 connection as a byte stream: what is read and written is the body; heads and trailers go
//! beside it.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use h2::client::{ResponseFuture, SendRequest};
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::header;
use http::uri::Scheme;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::fields;
use super::piece::{Piece, Queue};
use super::upstream::Aboard;

/// Handed to `h2` at once: it keeps a copy of it until the visitor's window and the socket have taken it.
const MOST_AT_ONCE: usize = 64 * 1024;

pub(in crate::edge) struct Lane {
    role: Role,
    /// Once the head is sent.
    sender: Option<SendStream<Piece>>,
    receiver: Option<RecvStream>,
    /// Received, and not read yet.
    ahead: Bytes,
    /// Lines, once all of the body was read.
    trailers: Vec<u8>,
    queue: Rc<Queue>,
    /// Of the declared length.
    left: Option<u64>,
    has_ended: bool,
}

enum Role {
    /// To a visitor.
    Answering { respond: SendResponse<Piece>, to_handshake: bool },
    /// An upstream.
    Asking(Box<Asking>),
}

struct Asking {
    requests: SendRequest<Piece>,
    scheme: Scheme,
    answer: Option<ResponseFuture>,
    aboard: Aboard,
}

impl Lane {
    /// `to_handshake`: the request asks for a WebSocket.
    pub(super) fn answering(respond: SendResponse<Piece>, body: RecvStream, to_handshake: bool) -> Self {
        Self::new(Role::Answering { respond, to_handshake }, Some(body))
    }

    /// For one request, whose head opens the stream.
    pub(super) fn asking(requests: SendRequest<Piece>, scheme: Scheme, aboard: Aboard) -> Self {
        Self::new(Role::Asking(Box::new(Asking { requests, scheme, answer: None, aboard })), None)
    }

    fn new(role: Role, receiver: Option<RecvStream>) -> Self {
        Self {
            role,
            sender: None,
            receiver,
            ahead: Bytes::new(),
            trailers: Vec::new(),
            queue: Rc::default(),
            left: None,
            has_ended: false,
        }
    }

    /// Sends the head that `out` begins with; what follows it is of the body. `ends`: there is no body.
    pub(in crate::edge) fn send_head(&mut self, out: &mut Vec<u8>, ends: bool) -> io::Result<()> {
        let head = fields::cut(out).ok_or(io::ErrorKind::InvalidData)?;
        match &mut self.role {
            Role::Answering { respond, to_handshake } => {
                let response = fields::response(&head, *to_handshake).ok_or(io::ErrorKind::InvalidData)?;
                if response.status().is_informational() {
                    return respond.send_informational(response).map_err(io::Error::other);
                }
                self.left = declared_length(response.headers());
                self.sender = Some(respond.send_response(response, ends).map_err(io::Error::other)?);
            }
            Role::Asking(asking) => {
                let request = fields::request(&head, &asking.scheme).ok_or(io::ErrorKind::InvalidData)?;
                self.left = declared_length(request.headers());
                let (answer, sender) = asking.requests.send_request(request, ends).map_err(io::Error::other)?;
                asking.answer = Some(answer);
                self.sender = Some(sender);
            }
        }
        self.has_ended = ends;
        Ok(())
    }

    /// Ends what is sent, with trailers if there are any.
    pub(in crate::edge) fn finish(&mut self, trailers: &[u8]) -> io::Result<()> {
        if self.has_ended {
            return Ok(());
        }
        let sender = self.sender.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        self.has_ended = true;
        if trailers.is_empty() {
            sender.send_data(Piece::new(Bytes::new(), &self.queue), true).map_err(io::Error::other)
        } else {
            sender.send_trailers(fields::trailers(trailers)).map_err(io::Error::other)
        }
    }

    /// The lines that came behind the body.
    pub(in crate::edge) fn take_trailers(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.trailers)
    }

    /// Throws away what was not sent yet, and tells the peer.
    pub(in crate::edge) fn reset(&mut self) {
        match (&mut self.sender, &mut self.role) {
            (Some(sender), _) => sender.send_reset(Reason::CANCEL),
            (None, Role::Answering { respond, .. }) => respond.send_reset(Reason::CANCEL),
            (None, Role::Asking(_)) => {}
        }
    }

    /// An upstream has not answered in time.
    pub(in crate::edge) fn mistrust(&self) {
        if let Role::Asking(asking) = &self.role {
            asking.aboard.mistrust();
        }
    }

    /// Whether the peer has given the stream up. A visitor that has said everything is still there.
    pub(in crate::edge) fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let reset = match (&mut self.sender, &mut self.role) {
            (Some(sender), _) => sender.poll_reset(cx),
            (None, Role::Answering { respond, .. }) => respond.poll_reset(cx),
            (None, Role::Asking(_)) => return Poll::Pending,
        };
        reset.map(|_| ())
    }

    /// The next head that the upstream answers with: interim ones first. `true`: nothing follows it.
    pub(in crate::edge) fn poll_answer(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(http::response::Parts, bool), h2::Error>> {
        let Role::Asking(asking) = &mut self.role else { return Poll::Pending };
        let Some(answer) = &mut asking.answer else { return Poll::Pending };
        if let Poll::Ready(Some(interim)) = answer.poll_informational(cx) {
            return Poll::Ready(interim.map(|interim| (interim.into_parts().0, true)));
        }
        let (head, body) = ready!(Pin::new(answer).poll(cx))?.into_parts();
        let ends = body.is_end_stream();
        asking.answer = None;
        self.receiver = Some(body);
        Poll::Ready(Ok((head, ends)))
    }

    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.ahead.is_empty() {
            let Some(receiver) = &mut self.receiver else { break };
            match ready!(receiver.poll_data(cx)) {
                Some(data) => self.ahead = data.map_err(io::Error::other)?,
                None => {
                    let trailers = ready!(receiver.poll_trailers(cx)).map_err(io::Error::other)?;
                    self.trailers = trailers.map(|fields| fields::lines_of(&fields)).unwrap_or_default();
                    self.receiver = None;
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

fn declared_length(fields: &http::HeaderMap) -> Option<u64> {
    fields.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

impl AsyncRead for Lane {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, room: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let lane = self.get_mut();
        ready!(lane.poll_body(cx))?;
        let count = lane.ahead.len().min(room.remaining());
        room.put_slice(lane.ahead.get(..count).unwrap_or_default());
        lane.ahead.advance(count);
        if let Some(receiver) = lane.receiver.as_mut().filter(|_| count > 0) {
            // Only what was read makes room for more: memory is bounded by the window.
            receiver.flow_control().release_capacity(count).map_err(io::Error::other)?;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Lane {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let lane = self.get_mut();
        let Some(sender) = lane.sender.as_mut().filter(|_| !lane.has_ended) else {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        };
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let wanted = bytes.len().min(MOST_AT_ONCE);
        sender.reserve_capacity(wanted);
        while sender.capacity() == 0 {
            match ready!(sender.poll_capacity(cx)) {
                Some(grown) => _ = grown.map_err(io::Error::other)?,
                None => return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            }
        }
        let count = wanted.min(sender.capacity());
        let piece = bytes.get(..count).unwrap_or_default();
        // The last bytes of a declared length need no frame of their own to say so.
        lane.left = lane.left.map(|left| left.saturating_sub(count as u64));
        lane.has_ended = lane.left == Some(0);
        let piece = Piece::new(Bytes::copy_from_slice(piece), &lane.queue);
        sender.send_data(piece, lane.has_ended).map_err(io::Error::other)?;
        Poll::Ready(Ok(count))
    }

    /// Until the socket has taken everything.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.queue.poll_empty(cx).map(Ok)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.finish(&[])?;
        self.poll_flush(cx)
    }
}
