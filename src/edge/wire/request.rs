//! A request's head: read once, judged at once. Whatever two readers could take differently is refused here,
//! before routing (RFC 9112 sections 2.2, 3.2, 6.1, 6.3; RFC 9110 section 7.2).

use std::mem::MaybeUninit;
use std::ops::Range;

use super::Buffer;
use super::fields::{Field, Kind, kind_of_request_field};
use super::framing::BodyFraming;
use super::scan::{self, Scan};
use super::target::Target;

mod composed;

/// More fields than any browser sends by far.
const MAX_FIELDS: usize = 512;

/// `Connection` names so many fields at most: each is looked for among all of them.
const MAX_NOMINATED: usize = 32;
/// What a head keeps of its memory for the next one; ten thousands of idle connections have one each.
const KEPT_BYTES: usize = 16 * 1024;
const KEPT_FIELDS: usize = 64;

/// Why a head is not taken. The connection is closed after the answer: what follows cannot be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::edge) enum Reject {
    /// 400.
    Malformed(&'static str),
    /// 431, whichever part of it is long.
    TooLarge,
    /// 501: a transfer coding other than `chunked`, or CONNECT and TRACE, which a gate has no use for.
    NotImplemented(&'static str),
    /// 417.
    Expectation,
    /// 505.
    Version,
}

/// A head, with its bytes; reused from request to request.
#[derive(Debug, Default)]
pub(in crate::edge) struct RequestHead {
    bytes: Vec<u8>,
    pub(in crate::edge) fields: Vec<Field>,
    method: Range<usize>,
    target: Range<usize>,
    host: Range<usize>,
    pub(in crate::edge) framing: Option<BodyFraming>,
    pub(in crate::edge) http_10: bool,
    /// The client asked that the connection ends with this exchange.
    pub(in crate::edge) wants_close: bool,
    /// Asks to switch to the protocol in `Upgrade`: nearly always a WebSocket (RFC 6455 section 4.1).
    pub(in crate::edge) upgrades: bool,
    seen: usize,
    /// An empty line before it was skipped.
    skipped: bool,
}

impl RequestHead {
    /// Forgets the last request.
    pub(in crate::edge) fn reset(&mut self) {
        self.seen = 0;
        self.skipped = false;
        self.fields.clear();
        self.fields.shrink_to(KEPT_FIELDS);
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_BYTES);
    }

    /// Takes a complete head out of `buffer`; `Ok(false)` while more bytes are needed.
    pub(in crate::edge) fn take(&mut self, buffer: &mut Buffer, limit: usize) -> Result<bool, Reject> {
        self.skip_empty_line(buffer);
        let data = buffer.data();
        if data.first().is_some_and(|first| !first.is_ascii_alphabetic() && *first != b'\r') {
            return Err(Reject::Malformed("this is not HTTP"));
        }
        let length = match scan::strict(data, self.seen) {
            Scan::BareLineEnd => return Err(Reject::Malformed("a line does not end in CR LF")),
            Scan::More if data.len() >= limit => return Err(Reject::TooLarge),
            Scan::More => {
                self.seen = data.len();
                return Ok(false);
            }
            Scan::Complete(length) if length > limit => return Err(Reject::TooLarge),
            Scan::Complete(length) => length,
        };
        self.bytes.clear();
        self.bytes.extend_from_slice(data.get(..length).unwrap_or_default());
        buffer.consume(length);
        self.seen = 0;
        self.skipped = false;
        self.parse()?;
        self.judge()?;
        Ok(true)
    }

    /// RFC 9112 section 2.2: an empty line before a request is a leftover of the last body. One, however it arrives.
    fn skip_empty_line(&mut self, buffer: &mut Buffer) {
        if !self.skipped && buffer.data().starts_with(b"\r\n") {
            buffer.consume(2);
            self.seen = 0;
            self.skipped = true;
        }
    }

    /// Judged as another request from now on: the one that a proxy asks about. Its fields are this one's.
    pub(in crate::edge) fn pose_as(&mut self, method: &str, target: &str) -> Result<(), Reject> {
        Target::new(target).check().map_err(Reject::Malformed)?;
        let place = |bytes: &mut Vec<u8>, text: &str| {
            let start = bytes.len();
            bytes.extend_from_slice(text.as_bytes());
            start..bytes.len()
        };
        self.method = place(&mut self.bytes, method);
        self.target = place(&mut self.bytes, target);
        Ok(())
    }

    pub(in crate::edge) fn slice(&self, range: &Range<usize>) -> &[u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }

    pub(in crate::edge) fn method(&self) -> &str {
        std::str::from_utf8(self.slice(&self.method)).unwrap_or_default()
    }

    pub(in crate::edge) fn host(&self) -> &str {
        std::str::from_utf8(self.slice(&self.host)).unwrap_or_default()
    }

    /// Path and query as sent.
    pub(in crate::edge) fn target(&self) -> Target<'_> {
        Target::new(std::str::from_utf8(self.slice(&self.target)).unwrap_or_default())
    }

    /// The values of all fields of a kind.
    pub(in crate::edge) fn all(&self, kind: Kind) -> impl Iterator<Item = &[u8]> {
        self.fields.iter().filter(move |field| field.kind == kind).map(|field| self.slice(&field.value))
    }

    /// The first value of a kind, as text; empty when there is none or it is not ASCII.
    pub(in crate::edge) fn text(&self, kind: Kind) -> &str {
        let value = self.all(kind).next().unwrap_or_default();
        if value.is_ascii() { std::str::from_utf8(value).unwrap_or_default() } else { "" }
    }

    pub(in crate::edge) fn framing(&self) -> BodyFraming {
        self.framing.unwrap_or(BodyFraming::Empty)
    }

    fn parse(&mut self) -> Result<(), Reject> {
        // Uninitialized: writing 4 KiB of nothing for each request would cost more than parsing it.
        let mut space = [const { MaybeUninit::uninit() }; MAX_FIELDS];
        let mut parsed = httparse::Request::new(&mut []);
        match parsed.parse_with_uninit_headers(&self.bytes, &mut space) {
            Ok(httparse::Status::Complete(length)) if length == self.bytes.len() => {}
            Err(httparse::Error::TooManyHeaders) => return Err(Reject::TooLarge),
            Err(httparse::Error::Version) => return Err(Reject::Version),
            _ => return Err(Reject::Malformed("the head is malformed")),
        }
        let place = |part: &[u8]| range_of(&self.bytes, part);
        self.method = place(parsed.method.unwrap_or_default().as_bytes());
        self.target = place(parsed.path.unwrap_or_default().as_bytes());
        self.http_10 = parsed.version == Some(0);
        self.fields.clear();
        for header in parsed.headers.iter() {
            self.fields.push(Field {
                name: place(header.name.as_bytes()),
                value: place(header.value),
                kind: kind_of_request_field(header.name.as_bytes()),
            });
        }
        Ok(())
    }

    fn judge(&mut self) -> Result<(), Reject> {
        if matches!(self.method(), "CONNECT" | "TRACE") {
            return Err(Reject::NotImplemented("this method is not offered"));
        }
        self.host = self.one_host()?;
        self.cut_absolute_form()?;
        Target::new(std::str::from_utf8(self.slice(&self.target)).unwrap_or_default())
            .check()
            .map_err(Reject::Malformed)?;
        self.framing = Some(self.body_framing()?);
        if self.all(Kind::Expect).any(|value| !value.eq_ignore_ascii_case(b"100-continue")) {
            return Err(Reject::Expectation);
        }
        self.judge_connection()
    }

    fn one_host(&self) -> Result<Range<usize>, Reject> {
        let mut hosts = self.fields.iter().filter(|field| field.kind == Kind::Host);
        match (hosts.next(), hosts.next()) {
            (Some(host), None) => Ok(host.value.clone()),
            (None, _) => Err(Reject::Malformed("there is no Host")),
            (Some(_), Some(_)) => Err(Reject::Malformed("there is more than one Host")),
        }
    }

    /// RFC 9112 section 3.2.2: an absolute target rules over Host; here both must say the same.
    fn cut_absolute_form(&mut self) -> Result<(), Reject> {
        let target = self.slice(&self.target);
        if target.first() == Some(&b'/') {
            return Ok(());
        }
        let scheme = ["http://", "https://"]
            .iter()
            .find(|scheme| target.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme.as_bytes())));
        let Some(scheme) = scheme else {
            return Err(Reject::Malformed("the target is neither a path nor an address"));
        };
        let rest = target.get(scheme.len()..).unwrap_or_default();
        let end = rest.iter().position(|b| matches!(b, b'/' | b'?' | b'#')).unwrap_or(rest.len());
        let authority = rest.get(..end).unwrap_or_default();
        if !authority.eq_ignore_ascii_case(self.slice(&self.host)) {
            return Err(Reject::Malformed("Host is not the target's host"));
        }
        let path = self.target.start + scheme.len() + end..self.target.end;
        if self.slice(&path).first() != Some(&b'/') {
            return Err(Reject::Malformed("the target has no path"));
        }
        self.target = path;
        Ok(())
    }

    fn body_framing(&self) -> Result<BodyFraming, Reject> {
        let mut lengths = self.all(Kind::ContentLength);
        let mut codings = self.all(Kind::TransferEncoding);
        match (lengths.next(), codings.next()) {
            (None, None) => Ok(BodyFraming::Empty),
            (Some(_), Some(_)) => Err(Reject::Malformed("Content-Length and Transfer-Encoding contradict each other")),
            (Some(value), None) => {
                let length = content_length(value).ok_or(Reject::Malformed("Content-Length is not a number"))?;
                if lengths.next().is_some() {
                    return Err(Reject::Malformed("there is more than one Content-Length"));
                }
                Ok(if length == 0 { BodyFraming::Empty } else { BodyFraming::Length(length) })
            }
            (None, Some(coding)) => {
                if self.http_10 || codings.next().is_some() {
                    return Err(Reject::Malformed("Transfer-Encoding is used wrongly"));
                }
                if coding.eq_ignore_ascii_case(b"chunked") {
                    Ok(BodyFraming::Chunked)
                } else {
                    Err(Reject::NotImplemented("only the transfer coding `chunked` is understood"))
                }
            }
        }
    }

    /// Reads `Connection`; what it names is hop-by-hop and dropped.
    fn judge_connection(&mut self) -> Result<(), Reject> {
        let mut close = self.http_10;
        let mut upgrade = false;
        let mut nominated: Vec<Vec<u8>> = Vec::new();
        for option in self.all(Kind::Connection).flat_map(|value| value.split(|b| *b == b',')) {
            let option = option.trim_ascii();
            if option.eq_ignore_ascii_case(b"close") {
                close = true;
            } else if option.eq_ignore_ascii_case(b"upgrade") {
                upgrade = true;
            } else if !option.is_empty() && !option.eq_ignore_ascii_case(b"keep-alive") {
                if nominated.len() == MAX_NOMINATED {
                    return Err(Reject::Malformed("Connection names too many fields"));
                }
                nominated.push(option.to_ascii_lowercase());
            }
        }
        for name in nominated {
            self.drop_nominated(&name);
        }
        self.wants_close = close;
        let protocol = self.text(Kind::Upgrade);
        if protocol.split(',').any(|p| p.trim().eq_ignore_ascii_case("h2c")) {
            return Err(Reject::Malformed("an upgrade to h2c is not offered"));
        }
        // A list of protocols leaves the choice to the upstream; it is not offered, which RFC 9110 section 7.8 allows.
        // HTTP/1.0 knows no upgrade (same section): there it is not meant.
        self.upgrades = upgrade && !self.http_10 && !protocol.is_empty() && protocol.bytes().all(is_protocol_byte);
        if self.upgrades && (self.method() != "GET" || self.framing() != BodyFraming::Empty) {
            return Err(Reject::Malformed("an upgrade is a GET without a body"));
        }
        Ok(())
    }

    /// Fields that frame or route the message cannot be named away.
    fn drop_nominated(&mut self, name: &[u8]) {
        let bytes = &self.bytes;
        for field in self.fields.iter_mut().filter(|field| matches!(field.kind, Kind::Plain | Kind::Forwarding)) {
            let named = bytes.get(field.name.clone()).is_some_and(|n| n.eq_ignore_ascii_case(name));
            if named {
                field.kind = Kind::Drop;
            }
        }
    }
}

/// One protocol name with an optional version (RFC 9110 section 7.8).
fn is_protocol_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~/".contains(&byte)
}

/// Digits only: no sign, no list, no white space (RFC 9112 section 6.3). 18 digits cannot overflow.
pub(super) fn content_length(value: &[u8]) -> Option<u64> {
    let plain = (1..=18).contains(&value.len()) && value.iter().all(u8::is_ascii_digit);
    if plain { std::str::from_utf8(value).ok()?.parse().ok() } else { None }
}

/// Where `part` lies in `whole`, of which it is a slice.
pub(super) fn range_of(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = (part.as_ptr() as usize).wrapping_sub(whole.as_ptr() as usize);
    if start <= whole.len() { start..start + part.len() } else { 0..0 }
}

#[cfg(test)]
mod tests;
