//! An answer's head that came in HTTP/2 frames; `h2` has refused what frames must not hold (RFC 9113 section 8.2).

use std::ops::Range;

use http::response::Parts;

use super::{BadResponse, MAX_FIELDS, ResponseHead};
use crate::edge::wire::BodyFraming;
use crate::edge::wire::fields::{Field, kind_of_response_field};

impl ResponseHead {
    /// Takes the head over. `ends`: no body follows.
    pub(in crate::edge) fn compose(&mut self, parts: &Parts, to_head: bool, ends: bool) -> Result<(), BadResponse> {
        if parts.headers.len() > MAX_FIELDS {
            return Err(BadResponse("more than 256 header fields"));
        }
        self.bytes.clear();
        self.fields.clear();
        self.status = parts.status.as_u16();
        self.reason = self.keep(parts.status.canonical_reason().unwrap_or_default().as_bytes());
        for (name, value) in &parts.headers {
            let kind = kind_of_response_field(name.as_str().as_bytes());
            let field = Field { kind, name: self.keep(name.as_str().as_bytes()), value: self.keep(value.as_bytes()) };
            self.fields.push(field);
        }
        self.closes = false;
        let framing = self.body_framing(to_head, false)?;
        self.framing = Some(if ends { BodyFraming::Empty } else { framing });
        Ok(())
    }

    fn keep(&mut self, part: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(part);
        start..self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use http::Response;

    use super::*;

    #[test]
    fn a_body_has_a_length_or_an_end() {
        let composed = |length: Option<&'static str>, to_head, ends| {
            let mut response = Response::builder().status(200).header("x-a", "1");
            if let Some(length) = length {
                response = response.header("content-length", length);
            }
            let mut head = ResponseHead::default();
            head.compose(&response.body(()).unwrap().into_parts().0, to_head, ends)?;
            Ok::<_, BadResponse>((head.framing(), head.reason().to_vec()))
        };
        assert_eq!(composed(None, false, false).unwrap(), (BodyFraming::UntilClose, b"OK".to_vec()));
        assert_eq!(composed(Some("5"), false, false).unwrap().0, BodyFraming::Length(5));
        assert_eq!(composed(Some("5"), true, true).unwrap().0, BodyFraming::Empty);
        assert_eq!(composed(None, false, true).unwrap().0, BodyFraming::Empty);
        assert!(composed(Some("+5"), false, false).is_err());
    }
}
