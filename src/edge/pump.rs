//! Moving one body from one stream to another, with back-pressure and in constant memory.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::AsyncWrite;

use super::stream::Stream;
use super::wire::{BodyFraming, Buffer, Chunk, ChunkDecoder};

/// Up to this much is copied behind a head to save a system call; more is written where it lies.
const COALESCE: usize = 16 * 1024;

/// How the body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// As it is: with a length, or until the connection closes.
    Identity,
    Chunked,
    /// As it is; the sink has a frame of its own for its end.
    Frames,
}

impl Coding {
    /// For a body that came with this framing. `framed`: to a stream of HTTP/2.
    pub(super) fn of_request(framing: BodyFraming, framed: bool) -> Self {
        match framing {
            _ if framed => Self::Frames,
            BodyFraming::Chunked | BodyFraming::UntilClose => Self::Chunked,
            BodyFraming::Empty | BodyFraming::Length(_) => Self::Identity,
        }
    }
}

/// Whose fault a failure is.
#[derive(Debug)]
pub(super) enum PumpError {
    /// The sender ended early, or broke its own framing.
    Source,
    Sink(io::ErrorKind),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waiting {
    ForSource,
    ForSink,
}

/// Judges trailer lines (each with its CR LF) and returns those that may pass; `None` when one is no field line.
pub(super) type TrailerFilter<'a> = &'a dyn Fn(&[u8]) -> Option<Vec<u8>>;

pub(super) struct Pump<'a> {
    /// Bytes that go out first: the head, then whatever is staged.
    out: Vec<u8>,
    sent: usize,
    /// Trailers for the frame that ends the body.
    last: Vec<u8>,
    body: Body,
    coding: Coding,
    trailers: TrailerFilter<'a>,
    waiting: Waiting,
    moved: u64,
}

enum Body {
    Done,
    Length(u64),
    Chunked(ChunkDecoder),
    UntilClose,
}

enum Step {
    /// So many bytes of the buffer may be written as they lie.
    Direct(usize),
    /// Something was staged, or there is nothing left.
    Staged,
    More,
}

impl<'a> Pump<'a> {
    /// `head` goes out before the body.
    pub(super) fn new(head: Vec<u8>, framing: BodyFraming, coding: Coding, trailers: TrailerFilter<'a>) -> Self {
        let body = match framing {
            BodyFraming::Empty => Body::Done,
            BodyFraming::Length(length) => Body::Length(length),
            BodyFraming::Chunked => Body::Chunked(ChunkDecoder::new()),
            BodyFraming::UntilClose => Body::UntilClose,
        };
        Self { out: head, sent: 0, last: Vec::new(), body, coding, trailers, waiting: Waiting::ForSource, moved: 0 }
    }

    pub(super) fn waiting(&self) -> Waiting {
        self.waiting
    }

    /// Bytes written so far: progress is when it grows.
    pub(super) fn moved(&self) -> u64 {
        self.moved
    }

    /// Whether the whole body was taken from the source.
    pub(super) fn has_taken_all(&self) -> bool {
        matches!(self.body, Body::Done)
    }

    /// Gives the head's memory back for the next one.
    pub(super) fn into_space(mut self) -> Vec<u8> {
        self.out.clear();
        // A chunked body may have made it large, and an idle connection keeps it.
        self.out.shrink_to(COALESCE);
        self.out
    }

    /// Moves what can be moved now; ready when all is written and flushed.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut Stream,
        buffer: &mut Buffer,
        sink: &mut Stream,
    ) -> Poll<Result<(), PumpError>> {
        loop {
            self.stage_small(buffer)?;
            ready!(self.poll_write_out(cx, sink))?;
            match self.step(buffer)? {
                Step::Staged => {}
                Step::Direct(length) => {
                    self.waiting = Waiting::ForSink;
                    let piece = buffer.data().get(..length).unwrap_or_default();
                    let count = ready!(Pin::new(&mut *sink).poll_write(cx, piece)).map_err(sink_error)?;
                    self.advance(buffer, count)?;
                }
                Step::More => {
                    // What was written must be on its way before we wait: an event may be all there is for hours.
                    ready!(Pin::new(&mut *sink).poll_flush(cx)).map_err(sink_error)?;
                    self.waiting = Waiting::ForSource;
                    let count = ready!(buffer.poll_fill(cx, source)).map_err(|_| PumpError::Source)?;
                    if count == 0 {
                        self.end_of_source(source)?;
                    }
                }
            }
            if self.has_taken_all() && self.out.is_empty() {
                self.waiting = Waiting::ForSink;
                if self.coding == Coding::Frames {
                    sink.finish(&self.last).map_err(sink_error)?;
                }
                return Pin::new(sink).poll_flush(cx).map_err(sink_error);
            }
        }
    }

    fn poll_write_out(&mut self, cx: &mut Context<'_>, sink: &mut Stream) -> Poll<Result<(), PumpError>> {
        while let Some(rest @ [_, ..]) = self.out.get(self.sent..) {
            self.waiting = Waiting::ForSink;
            let count = ready!(Pin::new(&mut *sink).poll_write(cx, rest)).map_err(sink_error)?;
            if count == 0 {
                return Poll::Ready(Err(PumpError::Sink(io::ErrorKind::WriteZero)));
            }
            self.sent += count;
            self.moved += count as u64;
        }
        self.out.clear();
        self.sent = 0;
        Poll::Ready(Ok(()))
    }

    /// Puts what is already there behind the head, if it is little.
    fn stage_small(&mut self, buffer: &mut Buffer) -> Result<(), PumpError> {
        while !self.out.is_empty() && self.sent == 0 && self.out.len() < COALESCE && !buffer.is_empty() {
            match self.step(buffer)? {
                Step::Direct(length) if self.out.len() + length <= COALESCE => {
                    self.out.extend_from_slice(buffer.data().get(..length).unwrap_or_default());
                    self.shorten(length)?;
                    buffer.consume(length);
                }
                Step::Staged if !self.has_taken_all() => {}
                _ => break,
            }
        }
        Ok(())
    }

    /// Decides what to do with the buffer's bytes; chunked pieces are staged here.
    fn step(&mut self, buffer: &mut Buffer) -> Result<Step, PumpError> {
        let decoder = match &mut self.body {
            Body::Done => return Ok(Step::Staged),
            // Asked even without bytes: the last ones may have ended the body.
            Body::Chunked(decoder) => decoder,
            _ if buffer.is_empty() => return Ok(Step::More),
            Body::Length(left) => {
                let length = usize::try_from(*left).unwrap_or(usize::MAX).min(buffer.data().len());
                return Ok(Step::Direct(length));
            }
            Body::UntilClose if self.coding != Coding::Chunked => return Ok(Step::Direct(buffer.data().len())),
            Body::UntilClose => {
                let length = buffer.data().len().min(COALESCE);
                let piece = buffer.data().get(..length).unwrap_or_default();
                stage_chunk(&mut self.out, piece);
                buffer.consume(length);
                return Ok(Step::Staged);
            }
        };
        match decoder.next(buffer.data()).map_err(|_| PumpError::Source)? {
            Chunk::More => return Ok(Step::More),
            Chunk::Skip(count) => buffer.consume(count),
            Chunk::Data { skip, length } => {
                let piece = buffer.data().get(skip..skip + length).unwrap_or_default();
                match self.coding {
                    Coding::Chunked => stage_chunk(&mut self.out, piece),
                    Coding::Identity | Coding::Frames => self.out.extend_from_slice(piece),
                }
                buffer.consume(skip + length);
            }
            Chunk::Done => {
                let malformed = PumpError::Source;
                let trailers = (self.trailers)(decoder.trailers()).ok_or(malformed)?;
                self.end_body(trailers);
            }
        }
        Ok(Step::Staged)
    }

    /// Writes the end in the sink's own way.
    fn end_body(&mut self, trailers: Vec<u8>) {
        match self.coding {
            Coding::Chunked => {
                self.out.extend_from_slice(b"0\r\n");
                self.out.extend_from_slice(&trailers);
                self.out.extend_from_slice(b"\r\n");
            }
            Coding::Frames => self.last = trailers,
            Coding::Identity => {}
        }
        self.body = Body::Done;
    }

    /// After `count` bytes were written directly.
    fn advance(&mut self, buffer: &mut Buffer, count: usize) -> Result<(), PumpError> {
        if count == 0 {
            return Err(PumpError::Sink(io::ErrorKind::WriteZero));
        }
        self.moved += count as u64;
        self.shorten(count)?;
        buffer.consume(count);
        Ok(())
    }

    fn shorten(&mut self, count: usize) -> Result<(), PumpError> {
        if let Body::Length(left) = &mut self.body {
            *left = left.checked_sub(count as u64).ok_or(PumpError::Source)?;
            if *left == 0 {
                self.body = Body::Done;
            }
        }
        Ok(())
    }

    fn end_of_source(&mut self, source: &mut Stream) -> Result<(), PumpError> {
        match self.body {
            Body::UntilClose => {
                let trailers = (self.trailers)(&source.take_trailers()).ok_or(PumpError::Source)?;
                self.end_body(trailers);
                Ok(())
            }
            _ => Err(PumpError::Source),
        }
    }
}

fn stage_chunk(out: &mut Vec<u8>, piece: &[u8]) {
    let mut digits = [0; 16];
    let mut at = digits.len();
    let mut size = piece.len();
    while size > 0 {
        at -= 1;
        if let Some(digit) = digits.get_mut(at) {
            *digit = b"0123456789abcdef".get(size & 15).copied().unwrap_or_default();
        }
        size >>= 4;
    }
    out.extend_from_slice(digits.get(at..).unwrap_or_default());
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(piece);
    out.extend_from_slice(b"\r\n");
}

fn sink_error(error: io::Error) -> PumpError {
    PumpError::Sink(error.kind())
}
