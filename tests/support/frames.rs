//! A client of HTTP/2 that sends the frames it is told to (RFC 9113 section 4), right or wrong, and reads what comes.

use std::net::SocketAddr;

use super::raw::RawClient;

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const PRIORITY: u8 = 2;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;

pub const ACK: u8 = 1;
pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;

pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

#[derive(Debug)]
pub struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub payload: Vec<u8>,
}

impl Frame {
    /// The error of a RST_STREAM or GOAWAY.
    pub fn code(&self) -> u32 {
        let at = if self.kind == GOAWAY { 4 } else { 0 };
        u32::from_be_bytes(self.payload[at..at + 4].try_into().expect("four bytes"))
    }
}

pub struct Frames {
    pub client: RawClient,
    next: u32,
}

impl Frames {
    /// Says hello without a window for bodies, if `window` is 0.
    #[track_caller]
    pub fn open(address: SocketAddr, window: u32) -> Frames {
        Frames::over(RawClient::connect(address), window)
    }

    #[track_caller]
    pub fn over(mut client: RawClient, window: u32) -> Frames {
        client.send(PREFACE);
        let mut frames = Frames { client, next: 1 };
        // SETTINGS_HEADER_TABLE_SIZE, so that every field comes as it is, and SETTINGS_INITIAL_WINDOW_SIZE.
        let settings = [&[0, 1, 0, 0, 0, 0, 0, 4][..], &window.to_be_bytes()].concat();
        frames.send(SETTINGS, 0, 0, &settings).expect("the gateway takes it");
        frames
    }

    /// Whatever was said before.
    pub fn over_raw(client: RawClient) -> Frames {
        Frames { client, next: 1 }
    }

    pub fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> std::io::Result<()> {
        self.client.try_send(frame(kind, flags, stream, payload))
    }

    /// A request of its own stream, whose number it returns.
    pub fn request(&mut self, fields: &[(&str, &str)], flags: u8) -> std::io::Result<u32> {
        let stream = self.next;
        self.next += 2;
        self.send(HEADERS, flags, stream, &block(fields))?;
        Ok(stream)
    }

    /// A whole GET.
    #[track_caller]
    pub fn get(&mut self, host: &str, path: &str) -> u32 {
        self.request(&get(host, path), END_STREAM | END_HEADERS).expect("the gateway takes a request")
    }

    /// `None` at the end of the connection.
    #[track_caller]
    pub fn next(&mut self) -> Option<Frame> {
        let header = self.client.read_bytes(9)?;
        let length = u32::from_be_bytes([0, header[0], header[1], header[2]]);
        let stream = u32::from_be_bytes([header[5] & 0x7f, header[6], header[7], header[8]]);
        let payload = self.client.read_bytes(length as usize)?;
        let frame = Frame { kind: header[3], flags: header[4], stream, payload };
        if frame.kind == PING && frame.flags & ACK == 0 {
            let _ = self.send(PING, ACK, 0, &frame.payload);
        }
        Some(frame)
    }

    /// The next of these frames; others are passed over.
    #[track_caller]
    pub fn wait(&mut self, kind: u8, stream: u32) -> Option<Frame> {
        loop {
            let frame = self.next()?;
            if (frame.kind, frame.stream) == (kind, stream) {
                return Some(frame);
            }
        }
    }

    /// The status of the answer on this stream, or the code of its reset.
    #[track_caller]
    pub fn status(&mut self, stream: u32) -> Result<u16, u32> {
        loop {
            let frame = self.next().expect("an answer, but the connection ended");
            // A farewell is no end: what is under way is answered.
            let is_end = frame.kind == GOAWAY && frame.code() != 0;
            assert!(!is_end, "the connection ends instead of an answer: {}", frame.code());
            match (frame.stream == stream, frame.kind) {
                (true, HEADERS) => return Ok(status(&frame.payload)),
                (true, RST_STREAM) => return Err(frame.code()),
                _ => {}
            }
        }
    }

    /// How the connection ends: by a GOAWAY with this code, or `None` without a word.
    #[track_caller]
    pub fn end(&mut self) -> Option<u32> {
        let mut code = None;
        while let Some(frame) = self.next() {
            if frame.kind == GOAWAY {
                code = Some(frame.code());
            }
        }
        code
    }
}

pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a frame's length").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

pub fn get<'a>(host: &'a str, path: &'a str) -> [(&'a str, &'a str); 4] {
    [(":method", "GET"), (":scheme", "http"), (":authority", host), (":path", path)]
}

/// A field block of literals that leave no trace in the table (RFC 7541 section 6.2.2).
pub fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        for text in [name, value] {
            put_length(&mut block, text.len());
            block.extend_from_slice(text.as_bytes());
        }
    }
    block
}

fn put_length(block: &mut Vec<u8>, length: usize) {
    if length < 127 {
        block.push(u8::try_from(length).expect("seven bits"));
        return;
    }
    block.push(127);
    let mut rest = length - 127;
    while rest >= 128 {
        block.push(u8::try_from(rest & 127).expect("seven bits") | 128);
        rest >>= 7;
    }
    block.push(u8::try_from(rest).expect("seven bits"));
}

/// `:status` comes first: from the static table, or as a literal whose digits may be in Huffman's code.
pub fn status(block: &[u8]) -> u16 {
    // After an update of the table's size.
    let block = &block[block.iter().take_while(|byte| **byte & 0xe0 == 0x20).count()..];
    match block[0] {
        0x88 => 200,
        0x89 => 204,
        0x8a => 206,
        0x8b => 304,
        0x8c => 400,
        0x8d => 404,
        0x8e => 500,
        _ => digits(block[1], &block[2..]),
    }
}

fn digits(length: u8, bytes: &[u8]) -> u16 {
    let bytes = &bytes[..usize::from(length & 0x7f)];
    if length & 0x80 == 0 {
        return std::str::from_utf8(bytes).expect("digits").parse().expect("a status");
    }
    // Of Huffman's code only digits are needed: 0 to 2 have five bits, the others six (RFC 7541 appendix B).
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let (mut rest, mut number) = (&bits[..], 0);
    while rest.len() >= 5 && rest.contains('0') {
        let (length, digit) = match u8::from_str_radix(&rest[..5], 2).expect("bits") {
            short @ 0..=2 => (5, short),
            _ => (6, u8::from_str_radix(&rest[..6], 2).expect("bits") - 0x19 + 3),
        };
        number = number * 10 + u16::from(digit);
        rest = &rest[length..];
    }
    number
}
