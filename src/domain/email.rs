//! An e-mail address in the one form in which it is stored, compared and shown.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use icu_normalizer::ComposingNormalizerBorrowed;

/// RFC 5321 section 4.5.3.1.3: a path is at most 256 octets, two of them the angle brackets.
const MAX_LENGTH: usize = 254;
/// RFC 5321 section 4.5.3.1.1.
const MAX_LOCAL: usize = 64;

/// Canonical: Unicode-normalized (NFKC, lower case), domain in ASCII (Punycode).
/// Two spellings of one address (case, full-width letters, Kelvin sign, IDN) are therefore equal.
///
/// In the store it is what it was when it was written: a later release with another idea of canonical must still read
/// it, and the checksum of the record vouches for it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct Email(Box<str>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidEmail;

impl fmt::Display for InvalidEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an e-mail address")
    }
}

impl std::error::Error for InvalidEmail {}

impl Email {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

/// The domain of addresses, in the form that it has in an `Email`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Domain(Box<str>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidDomain;

impl fmt::Display for InvalidDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a domain; write what follows the @ of an address, such as plant.example")
    }
}

impl std::error::Error for InvalidDomain {}

impl Domain {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Domain {
    type Err = InvalidDomain;

    fn from_str(text: &str) -> Result<Self, InvalidDomain> {
        if text.len() > 4 * MAX_LENGTH {
            return Err(InvalidDomain);
        }
        let mapped = fold(text.trim());
        let domain = canonical_domain(&mapped).map_err(|_| InvalidDomain)?;
        if is_domain(&domain) { Ok(Self(domain.into())) } else { Err(InvalidDomain) }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

super::text_codec!(Domain);

impl FromStr for Email {
    type Err = InvalidEmail;

    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim_matches([' ', '\t', '\r', '\n']);
        // Mapping can only shorten what is valid; a much longer text is not worth mapping.
        if text.len() > 4 * MAX_LENGTH {
            return Err(InvalidEmail);
        }
        // Full-width forms of `@` and `.` map to the plain ones, so mapping comes before splitting.
        let mapped = fold(text);
        let (local, domain) = mapped.rsplit_once('@').ok_or(InvalidEmail)?;
        let domain = canonical_domain(domain)?;
        if !is_local(local) || !is_domain(&domain) || local.len() + 1 + domain.len() > MAX_LENGTH {
            return Err(InvalidEmail);
        }
        Ok(Self(format!("{local}@{domain}").into_boxed_str()))
    }
}

/// What UTS 46 would leave as it is needs no mapping: plain labels, none of which could be Punycode. Every address of
/// the store comes through here at the start, so this decides how soon a large installation is ready.
fn canonical_domain(domain: &str) -> Result<Cow<'_, str>, InvalidEmail> {
    if is_domain(domain) && !domain.contains("--") {
        return Ok(Cow::Borrowed(domain));
    }
    idna::domain_to_ascii_strict(domain).map(Cow::Owned).map_err(|_| InvalidEmail)
}

/// Compatibility-normalized (NFKC) and in lower case. The second round settles letters whose lower case is a
/// sequence that normalizes further.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let nfkc = ComposingNormalizerBorrowed::new_nfkc();
    let once = nfkc.normalize(text).to_lowercase();
    nfkc.normalize(&once).to_lowercase()
}

/// RFC 5322 dot-atom, with Unicode letters as RFC 6531 allows; no quoted strings, no comments.
fn is_local(local: &str) -> bool {
    !local.is_empty()
        && local.len() <= MAX_LOCAL
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.chars().all(|c| match c {
            'a'..='z' | '0'..='9' => true,
            '!' | '#' | '$' | '%' | '&' | '\'' | '*' | '+' | '-' | '/' => true,
            '=' | '?' | '^' | '_' | '`' | '{' | '|' | '}' | '~' | '.' => true,
            _ => !c.is_ascii() && c.is_alphanumeric(),
        })
}

/// A host name; a single label is fine on networks without DNS.
fn is_domain(domain: &str) -> bool {
    !domain.is_empty()
        && domain.len() <= 253
        && !domain.ends_with('.')
        && domain.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'))
        && domain
            .split('.')
            .all(|label| (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-'))
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

super::serde_text!(Email);

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> Option<String> {
        text.parse::<Email>().ok().map(|email| email.to_string())
    }

    #[test]
    fn spellings_of_one_address_are_one_address() {
        for text in [
            "anna@example.com",
            " Anna@Example.COM ",
            "ANNA@EXAMPLE.com",
            "ａｎｎａ@example.com",
            "anna＠example.com",
            "anna@example。com",
        ] {
            assert_eq!(canonical(text).as_deref(), Some("anna@example.com"), "{text}");
        }
        assert_eq!(canonical("\u{212a}im@example.com").as_deref(), Some("kim@example.com"));
        assert_eq!(canonical("a@müller.de"), canonical("A@xn--mller-kva.DE"));
    }

    #[test]
    fn distinct_addresses_stay_distinct() {
        assert_ne!(canonical("lina@example.com"), canonical("l\u{131}na@example.com"));
        assert_ne!(canonical("a.b@example.com"), canonical("ab@example.com"));
        assert_ne!(canonical("a+b@example.com"), canonical("a@example.com"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "a",
            "@",
            "a@",
            "@b",
            "a@@b",
            "a b@c",
            "a@b c",
            "a@b.",
            ".a@b",
            "a..b@c",
            "a@-b",
            "a\r\n@b",
            "a@b\0",
            "\"a\"@b",
            "a,b@c",
            "a<b@c",
            "a@[127.0.0.1]",
        ] {
            assert_eq!(canonical(text), None, "{text:?}");
        }
        assert_eq!(canonical(&format!("{}@b", "a".repeat(65))), None);
        assert_eq!(canonical(&"a".repeat(10_000)), None);
    }

    #[test]
    fn the_short_way_for_plain_domains_ends_where_the_long_way_does() {
        for domain in ["b", "b.c", "example.com", "a-b.c-d.e", "1.2", "b--c.d", "xn--mller-kva.de", "ab--c", "a.b-"] {
            let long = idna::domain_to_ascii_strict(domain).ok().filter(|domain| is_domain(domain));
            assert_eq!(canonical_domain(domain).ok().filter(|domain| is_domain(domain)).as_deref(), long.as_deref());
        }
    }

    #[test]
    fn folding_twice_changes_nothing() {
        for text in ["İx@example.com", "ſs@example.com", "ǅ@example.com", "ﬁ@example.com"] {
            if let Some(once) = canonical(text) {
                assert_eq!(canonical(&once), Some(once.clone()), "{text}");
            }
        }
    }
}
