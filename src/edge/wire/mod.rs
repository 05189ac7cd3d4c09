//! HTTP/1.1 as bytes (RFC 9112). Strict towards clients: what could be read in two ways is not read at all.

mod buffer;
mod fields;
mod framing;
mod request;
mod response;
mod scan;
mod target;

pub(super) use buffer::Buffer;
pub(super) use fields::{Field, Kind, kind_of_request_field, kind_of_response_field, same_folded};
pub(super) use framing::{BodyFraming, Chunk, ChunkDecoder};
pub(super) use request::{Reject, RequestHead};
pub(super) use response::ResponseHead;
pub(super) use target::{Target, is_reserved};
