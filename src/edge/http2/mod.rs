//! HTTP/2 (RFC 9113): many exchanges on one connection.
//!
//! Frames, HPACK and flow control are the `h2` crate's. A stream is a [`Lane`], one more kind of `Stream`, and carries
//! one exchange through the same code as a connection of HTTP/1.1 does: what is admitted, scrubbed, stamped, streamed
//! and ended is written once. Heads are written as lines for that code; a lane takes the lines into its own frames.

mod fields;
mod frames;
mod lane;
mod link;
mod piece;
mod preface;
mod session;
mod upstream;
mod watched;

pub(super) use lane::Lane;
pub(super) use preface::is_spoken;
pub(super) use session::serve;
pub(super) use upstream::Trunks;
