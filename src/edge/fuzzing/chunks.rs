//! The chunked coding: the same body for every reader, however it is cut; and trailers that carry nothing in.

use crate::edge::wire::{Chunk, ChunkDecoder, Kind, kind_of_request_field};
use crate::edge::{request_out, response_out};

use super::app;
use super::plain::{fields, folded};

#[derive(Debug, PartialEq)]
struct Decoded {
    body: Vec<u8>,
    trailers: Vec<u8>,
    used: usize,
}

pub fn chunks(data: &[u8]) {
    let whole = decoded(data, data.len());
    for most in [1, 2, 7] {
        assert_eq!(decoded(data, most), whole, "cut into pieces of {most}");
    }
    let Some(whole) = whole else { return };
    let plainly = plainly_decoded(data.get(..whole.used).unwrap_or_default());
    assert_eq!(plainly, Some((whole.body, whole.trailers.clone())), "another reader sees another body");
    let entry = app("http://edge/hmi", "http://127.0.0.1:1880");
    let to_upstream = |lines: &[u8]| request_out::scrub_trailers(lines, &entry.app);
    scrubs_once(&whole.trailers, to_upstream);
    scrubs_once(&whole.trailers, response_out::scrub_trailers);
    let kept = to_upstream(&whole.trailers).unwrap_or_default();
    for (name, _) in fields(&kept) {
        assert!(kind_of_request_field(name) == Kind::Plain && folded(name) != "x-who", "{}", name.escape_ascii());
    }
}

fn scrubs_once(trailers: &[u8], scrub: impl Fn(&[u8]) -> Option<Vec<u8>>) {
    let Some(kept) = scrub(trailers) else { return };
    assert_eq!(scrub(&kept).as_deref(), Some(&*kept), "scrubbed is scrubbed");
    for (name, _) in fields(&kept) {
        let never = ["content-length", "transfer-encoding", "set-cookie", "authorization", "connection", "trailer"];
        assert!(!never.iter().any(|never| name.eq_ignore_ascii_case(never.as_bytes())), "{}", name.escape_ascii());
    }
}

/// `None` for what is no body, or none yet.
fn decoded(data: &[u8], most: usize) -> Option<Decoded> {
    let mut decoder = ChunkDecoder::new();
    let (mut body, mut used, mut seen) = (Vec::new(), 0, most.min(data.len()));
    loop {
        let bytes = data.get(used..seen)?;
        match decoder.next(bytes).ok()? {
            Chunk::More if seen < data.len() => seen = data.len().min(seen + most),
            Chunk::More => return None,
            Chunk::Skip(count) => used += count,
            Chunk::Data { skip, length } => {
                body.extend_from_slice(bytes.get(skip..skip + length).expect("no more than there is"));
                used += skip + length;
            }
            Chunk::Done => return Some(Decoded { body, trailers: decoder.trailers().to_vec(), used }),
        }
    }
}

/// As one writes it in ten minutes (RFC 9112 section 7.1.3).
fn plainly_decoded(mut data: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut body = Vec::new();
    loop {
        let end = data.windows(2).position(|two| two == b"\r\n")?;
        let line = std::str::from_utf8(data.get(..end)?.split(|b| *b == b';').next()?).ok()?;
        let size = usize::from_str_radix(line.trim(), 16).ok()?;
        data = data.get(end + 2..)?;
        if size == 0 {
            return Some((body, data.strip_suffix(b"\r\n")?.to_vec()));
        }
        body.extend_from_slice(data.get(..size)?);
        data = data.get(size..)?.strip_prefix(b"\r\n")?;
    }
}
