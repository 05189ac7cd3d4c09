//! What a form sent: `application/x-www-form-urlencoded`, read strictly.

use http::{HeaderMap, StatusCode, header};
use percent_encoding::percent_decode;

use crate::domain::ReturnTo;

/// Names, passwords and a target fit many times over.
const MAX_BYTES: usize = 64 * 1024;
/// A member has a field for each workspace.
const MAX_FIELDS: usize = 1024;

#[derive(Default)]
pub(in crate::portal) struct Form(Vec<(String, String)>);

/// Why a form cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::portal) enum FormError {
    TooLarge,
    /// Another `Content-Type`.
    WrongType,
    /// Not UTF-8, or too many fields.
    Broken,
}

impl FormError {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::WrongType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Broken => StatusCode::BAD_REQUEST,
        }
    }
}

impl Form {
    pub(in crate::portal) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, FormError> {
        if body.len() > MAX_BYTES {
            return Err(FormError::TooLarge);
        }
        if !body.is_empty() && !is_urlencoded(headers) {
            return Err(FormError::WrongType);
        }
        Self::parse(body).ok_or(FormError::Broken)
    }

    /// Reads a query as it reads a form; a broken one says nothing.
    pub(in crate::portal) fn query(query: Option<&str>) -> Self {
        Self::parse(query.unwrap_or_default().as_bytes()).unwrap_or_default()
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let pairs = text.split(|b| *b == b'&').filter(|pair| !pair.is_empty());
        let fields = pairs
            .map(|pair| {
                let mut halves = pair.splitn(2, |b| *b == b'=');
                Some((decode(halves.next()?)?, decode(halves.next().unwrap_or_default())?))
            })
            .take(MAX_FIELDS + 1)
            .collect::<Option<Vec<_>>>()?;
        (fields.len() <= MAX_FIELDS).then_some(Self(fields))
    }

    /// The first field of that name; empty when there is none.
    pub(in crate::portal) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// Everything that came under that name: ticks.
    pub(in crate::portal) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs().filter(move |(field, _)| *field == name).map(|(_, value)| value)
    }

    pub(in crate::portal) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The same with this besides.
    pub(in crate::portal) fn with(&self, name: &str, value: &str) -> Self {
        let own = self.0.iter().filter(|(field, _)| field != name).cloned();
        Self(own.chain([(name.to_owned(), value.to_owned())]).collect())
    }

    /// A field that counts only when it is filled in.
    pub(in crate::portal) fn filled(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// Where the visitor wants to go, if that is on the app at `prefix`.
    pub(in crate::portal) fn return_to(&self, prefix: &str) -> Option<ReturnTo> {
        self.text("return_to").parse().ok().filter(|target: &ReturnTo| target.is_below(prefix))
    }
}

fn is_urlencoded(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn decode(text: &[u8]) -> Option<String> {
    let spaced: Vec<u8> = text.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
    percent_decode(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: &str, body: &[u8]) -> Result<Form, FormError> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
        Form::read(&headers, body)
    }

    const KIND: &str = "application/x-www-form-urlencoded";

    #[test]
    fn fields_are_decoded_and_the_first_of_a_name_counts() {
        let form = read(KIND, b"email=a%40b&password=a+b%2B%C3%BC&empty=&email=c&bare").unwrap();
        assert_eq!(form.text("email"), "a@b");
        assert_eq!(form.text("password"), "a b+ü");
        assert_eq!(form.filled("empty"), None);
        assert_eq!(form.text("absent"), "");
    }

    #[test]
    fn what_is_no_form_is_refused() {
        assert_eq!(read("application/json", b"{}").err(), Some(FormError::WrongType));
        assert_eq!(read(KIND, b"a=%ff").err(), Some(FormError::Broken));
        assert_eq!(read(KIND, &b"a&".repeat(MAX_FIELDS + 1)).err(), Some(FormError::Broken));
        assert_eq!(read(KIND, &vec![b'a'; MAX_BYTES + 1]).err(), Some(FormError::TooLarge));
        assert!(Form::read(&HeaderMap::new(), b"").is_ok());
        assert!(read("Application/X-WWW-Form-Urlencoded; charset=utf-8", b"a=b").is_ok());
    }

    #[test]
    fn a_target_off_the_app_is_no_target() {
        let target = |query: &str, prefix: &str| Form::query(Some(query)).return_to(prefix).map(|t| t.to_string());
        assert_eq!(target("return_to=%2Fhmi%2Fx%3Fy%23z", "/hmi").as_deref(), Some("/hmi/x?y#z"));
        for query in ["", "return_to=", "return_to=%2Fother", "return_to=%2F%2Fx", "return_to=%2Fhmix", "return_to=%ff"]
        {
            assert_eq!(target(query, "/hmi"), None, "{query}");
        }
        let long = format!("return_to=/{}", "a".repeat(10_000));
        assert_eq!(target(&long, ""), None);
    }
}
