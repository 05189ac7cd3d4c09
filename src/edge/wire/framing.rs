//! Where a body ends (RFC 9112 section 6), and the chunked coding (section 7.1), byte by byte.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::edge) enum BodyFraming {
    Empty,
    Length(u64),
    Chunked,
    /// Of responses, and of whatever comes in a stream of HTTP/2, which has an end of its own.
    UntilClose,
}

/// A chunk-size line holds at most 16 hexadecimal digits; extensions after it are not kept, and not endless.
const MAX_LINE: usize = 1024;
/// Trailers are few and short.
const MAX_TRAILERS: usize = 8 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::edge) struct ChunkError;

/// Reads the chunked coding. Extensions are dropped, as they are hop-by-hop.
#[derive(Debug)]
pub(in crate::edge) struct ChunkDecoder {
    state: State,
    /// Field lines after the last chunk, each with its CR LF.
    trailers: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    SizeLine,
    Data(u64),
    /// The CR LF behind a chunk.
    DataEnd,
    TrailerLine,
    Done,
}

/// What the next bytes are.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::edge) enum Chunk {
    /// Nothing can be said before more bytes come.
    More,
    /// That many bytes, after the ones skipped, are of the body.
    Data {
        skip: usize,
        length: usize,
    },
    /// That many bytes belong to the coding.
    Skip(usize),
    Done,
}

impl ChunkDecoder {
    pub(in crate::edge) fn new() -> Self {
        Self { state: State::SizeLine, trailers: Vec::new() }
    }

    pub(in crate::edge) fn trailers(&self) -> &[u8] {
        &self.trailers
    }

    /// Looks at bytes that were not consumed yet; the caller consumes what the answer covers.
    pub(in crate::edge) fn next(&mut self, bytes: &[u8]) -> Result<Chunk, ChunkError> {
        match self.state {
            State::Done => Ok(Chunk::Done),
            State::Data(left) => {
                let length = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                if length == 0 {
                    return Ok(Chunk::More);
                }
                let left = left - length as u64;
                self.state = if left == 0 { State::DataEnd } else { State::Data(left) };
                Ok(Chunk::Data { skip: 0, length })
            }
            State::DataEnd => match bytes {
                [b'\r', b'\n', ..] => {
                    self.state = State::SizeLine;
                    Ok(Chunk::Skip(2))
                }
                [] | [b'\r'] => Ok(Chunk::More),
                _ => Err(ChunkError),
            },
            State::SizeLine => {
                let Some(line) = line(bytes, MAX_LINE)? else { return Ok(Chunk::More) };
                let size = chunk_size(line)?;
                self.state = if size == 0 { State::TrailerLine } else { State::Data(size) };
                Ok(Chunk::Skip(line.len() + 2))
            }
            State::TrailerLine => self.trailer_line(bytes),
        }
    }

    fn trailer_line(&mut self, bytes: &[u8]) -> Result<Chunk, ChunkError> {
        let Some(line) = line(bytes, MAX_TRAILERS)? else { return Ok(Chunk::More) };
        if line.is_empty() {
            self.state = State::Done;
            return Ok(Chunk::Skip(2));
        }
        if self.trailers.len() + line.len() > MAX_TRAILERS {
            return Err(ChunkError);
        }
        self.trailers.extend_from_slice(line);
        self.trailers.extend_from_slice(b"\r\n");
        Ok(Chunk::Skip(line.len() + 2))
    }
}

/// A line without its CR LF; `None` while it is incomplete. A bare CR or LF is an error.
fn line(bytes: &[u8], most: usize) -> Result<Option<&[u8]>, ChunkError> {
    match bytes.iter().position(|b| matches!(b, b'\r' | b'\n' | 0)) {
        Some(at) if at > most => Err(ChunkError),
        Some(at) => match bytes.get(at..at + 2) {
            Some(b"\r\n") => Ok(bytes.get(..at)),
            None if bytes.get(at) == Some(&b'\r') => Ok(None),
            _ => Err(ChunkError),
        },
        None if bytes.len() > most => Err(ChunkError),
        None => Ok(None),
    }
}

fn chunk_size(line: &[u8]) -> Result<u64, ChunkError> {
    let digits = line.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    let (hex, rest) = line.split_at_checked(digits).ok_or(ChunkError)?;
    // 15 digits: far below what would overflow.
    if !(1..=15).contains(&digits) || !matches!(rest.first(), None | Some(b';' | b' ' | b'\t')) {
        return Err(ChunkError);
    }
    // White space may stand only before an extension (RFC 9112 section 7.1.1).
    let extension = rest.iter().position(|b| !matches!(b, b' ' | b'\t'));
    if extension.map_or(!rest.is_empty(), |at| rest.get(at) != Some(&b';')) {
        return Err(ChunkError);
    }
    hex.iter().try_fold(0_u64, |size, digit| {
        let value = char::from(*digit).to_digit(16).ok_or(ChunkError)?;
        Ok(size << 4 | u64::from(value))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Decodes with input cut at the given places; `None` for an error or an unfinished body.
    fn decode(input: &[u8], cut: usize) -> Option<(Vec<u8>, Vec<u8>, usize)> {
        let mut decoder = ChunkDecoder::new();
        let (mut body, mut used, mut seen) = (Vec::new(), 0, cut.min(input.len()));
        loop {
            let bytes = &input[used..seen];
            match decoder.next(bytes).ok()? {
                Chunk::More if seen < input.len() => seen = input.len().min(seen + cut.max(1)),
                Chunk::More => return None,
                Chunk::Skip(count) => used += count,
                Chunk::Data { skip, length } => {
                    body.extend_from_slice(&bytes[skip..skip + length]);
                    used += skip + length;
                }
                Chunk::Done => return Some((body, decoder.trailers().to_vec(), used)),
            }
        }
    }

    #[test]
    fn a_chunked_body_is_read_however_it_is_cut() {
        let input = b"5;ext=1\r\nhello\r\n1\r\n \r\n6\r\nworld!\r\n0\r\nX-Sum: 1\r\n\r\nNEXT";
        for cut in 1..input.len() {
            let (body, trailers, used) = decode(input, cut).unwrap();
            assert_eq!(body, b"hello world!");
            assert_eq!(trailers, b"X-Sum: 1\r\n");
            assert_eq!(&input[used..], b"NEXT");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for input in [
            "\r\n",
            "g\r\n",
            "-1\r\n",
            "+1\r\n",
            "0x1\r\n",
            " 1\r\na\r\n0\r\n\r\n",
            "1 \r\na\r\n0\r\n\r\n",
            "1\na\r\n0\r\n\r\n",
            "1\r\nab\r\n0\r\n\r\n",
            "1\r\na0\r\n\r\n",
            "ffffffffffffffff1\r\n",
            "1\r\na\r\n0\r\n\n",
            "1;a\nb\r\na\r\n0\r\n\r\n",
            "1\r\na\n0\r\n\r\n",
            "1,2\r\n",
        ] {
            assert_eq!(decode(input.as_bytes(), 1), None, "{input:?}");
            assert_eq!(decode(input.as_bytes(), 100), None, "{input:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..50), 0..10), cut in 1_usize..64) {
            let mut wire = Vec::new();
            for chunk in &chunks {
                wire.extend_from_slice(format!("{:X}\r\n", chunk.len()).as_bytes());
                wire.extend_from_slice(chunk);
                wire.extend_from_slice(b"\r\n");
            }
            wire.extend_from_slice(b"0\r\n\r\n");
            let (body, trailers, used) = decode(&wire, cut).unwrap();
            prop_assert_eq!(body, chunks.concat());
            prop_assert!(trailers.is_empty());
            prop_assert_eq!(used, wire.len());
        }

        #[test]
        fn arbitrary_bytes_never_panic(input in prop::collection::vec(any::<u8>(), 0..200), cut in 1_usize..64) {
            let _ = decode(&input, cut);
        }
    }
}
