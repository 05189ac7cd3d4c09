//! A response's head from an upstream that may be broken or hostile (RFC 9112 section 6.3).

use std::mem::MaybeUninit;
use std::ops::Range;

use super::Buffer;
use super::fields::{Field, Kind, kind_of_response_field};
use super::framing::BodyFraming;
use super::request::{content_length, range_of};
use super::scan::{self, Scan};

mod composed;

/// A head this large is broken or meant to hurt; applications that set many cookies stay far below.
const MAX_HEAD: usize = 128 * 1024;
const MAX_FIELDS: usize = 256;

/// Why an answer cannot be passed on: 502, and a word for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::edge) struct BadResponse(pub(in crate::edge) &'static str);

#[derive(Debug, Default)]
pub(in crate::edge) struct ResponseHead {
    bytes: Vec<u8>,
    pub(in crate::edge) fields: Vec<Field>,
    reason: Range<usize>,
    pub(in crate::edge) status: u16,
    pub(in crate::edge) framing: Option<BodyFraming>,
    /// The upstream's connection cannot be used again.
    pub(in crate::edge) closes: bool,
}

impl ResponseHead {
    /// Takes a complete head out of `buffer`; `Ok(false)` while more bytes are needed.
    /// `to_head`: the request was a HEAD, so there is no body whatever the fields say.
    pub(in crate::edge) fn take(&mut self, buffer: &mut Buffer, to_head: bool) -> Result<bool, BadResponse> {
        let data = buffer.data();
        let length = match scan::lenient(data) {
            Scan::BareLineEnd => return Err(BadResponse("a bare CR in the head")),
            Scan::More if data.len() >= MAX_HEAD => return Err(BadResponse("a head of more than 128 KiB")),
            Scan::More => return Ok(false),
            Scan::Complete(length) => length,
        };
        self.bytes.clear();
        self.bytes.extend_from_slice(data.get(..length).unwrap_or_default());
        buffer.consume(length);
        let http_10 = self.parse()?;
        self.judge_connection(http_10);
        let framing = self.body_framing(to_head, http_10)?;
        self.closes |= framing == BodyFraming::UntilClose;
        self.framing = Some(framing);
        Ok(true)
    }

    pub(in crate::edge) fn slice(&self, range: &Range<usize>) -> &[u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }

    pub(in crate::edge) fn reason(&self) -> &[u8] {
        self.slice(&self.reason)
    }

    pub(in crate::edge) fn all(&self, kind: Kind) -> impl Iterator<Item = &[u8]> {
        self.fields.iter().filter(move |field| field.kind == kind).map(|field| self.slice(&field.value))
    }

    pub(in crate::edge) fn framing(&self) -> BodyFraming {
        self.framing.unwrap_or(BodyFraming::Empty)
    }

    fn parse(&mut self) -> Result<bool, BadResponse> {
        let mut space = [const { MaybeUninit::uninit() }; MAX_FIELDS];
        let mut parsed = httparse::Response::new(&mut []);
        let config = httparse::ParserConfig::default();
        match config.parse_response_with_uninit_headers(&mut parsed, &self.bytes, &mut space) {
            Ok(httparse::Status::Complete(length)) if length == self.bytes.len() => {}
            Err(httparse::Error::TooManyHeaders) => return Err(BadResponse("more than 256 header fields")),
            _ => return Err(BadResponse("a malformed head")),
        }
        let place = |part: &[u8]| range_of(&self.bytes, part);
        self.status = parsed.code.unwrap_or_default();
        if !(100..=999).contains(&self.status) {
            return Err(BadResponse("a status that is no status"));
        }
        self.reason = place(parsed.reason.unwrap_or_default().as_bytes());
        let http_10 = parsed.version == Some(0);
        self.fields.clear();
        for header in parsed.headers.iter() {
            self.fields.push(Field {
                name: place(header.name.as_bytes()),
                value: place(header.value),
                kind: kind_of_response_field(header.name.as_bytes()),
            });
        }
        Ok(http_10)
    }

    fn judge_connection(&mut self, http_10: bool) {
        let mut close = http_10;
        let mut nominated: Vec<Vec<u8>> = Vec::new();
        for option in self.all(Kind::Connection).flat_map(|value| value.split(|b| *b == b',')) {
            let option = option.trim_ascii();
            let is = |name: &[u8]| option.eq_ignore_ascii_case(name);
            if is(b"close") {
                close = true;
            } else if is(b"keep-alive") {
                close &= !http_10;
            } else if !is(b"upgrade") && !option.is_empty() {
                nominated.push(option.to_owned());
            }
        }
        self.closes = close;
        let bytes = &self.bytes;
        for field in self.fields.iter_mut().filter(|field| field.kind == Kind::Plain) {
            let name = bytes.get(field.name.clone()).unwrap_or_default();
            if nominated.iter().any(|nominated| name.eq_ignore_ascii_case(nominated)) {
                field.kind = Kind::Drop;
            }
        }
    }

    fn body_framing(&self, to_head: bool, http_10: bool) -> Result<BodyFraming, BadResponse> {
        let mut lengths = self.all(Kind::ContentLength);
        let mut codings = self.all(Kind::TransferEncoding);
        let length = match lengths.next() {
            None => None,
            Some(value) => Some(content_length(value).ok_or(BadResponse("a Content-Length that is no number"))?),
        };
        if lengths.next().is_some() {
            return Err(BadResponse("more than one Content-Length"));
        }
        let coding = codings.next();
        if length.is_some() && coding.is_some() {
            return Err(BadResponse("Content-Length and Transfer-Encoding together"));
        }
        if coding.is_some_and(|coding| http_10 || !coding.eq_ignore_ascii_case(b"chunked")) || codings.next().is_some()
        {
            return Err(BadResponse("a transfer coding other than chunked"));
        }
        if to_head || self.status < 200 || self.status == 204 || self.status == 304 {
            return Ok(BodyFraming::Empty);
        }
        match (length, coding) {
            (_, Some(_)) => Ok(BodyFraming::Chunked),
            (Some(0), None) => Ok(BodyFraming::Empty),
            (Some(length), None) => Ok(BodyFraming::Length(length)),
            (None, None) => Ok(BodyFraming::UntilClose),
        }
    }
}
