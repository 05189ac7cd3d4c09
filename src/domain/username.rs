//! What a person signs in by: an e-mail address or, for people who have none, a personnel number or a nickname.

use std::fmt;
use std::str::FromStr;

use super::Email;
use super::email::fold;

/// Longer ones are nobody's number or name.
const MAX_LENGTH: usize = 64;
/// What an app is told of devices begins so; nobody may pass for one.
const DEVICES: &str = "anon-";

/// With an `@` it is an address in its canonical form. Without one, 1 to 64 letters, digits, `.`, `-` and `_`, beginning
/// with a letter or digit: Unicode-normalized (NFKC) and in lower case, so that spellings of one name are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct Username(Box<str>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidUsername;

impl fmt::Display for InvalidUsername {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("neither an e-mail address nor a user name (up to 64 letters, digits, `.`, `-` and `_`)")
    }
}

impl std::error::Error for InvalidUsername {}

impl Username {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_email(&self) -> bool {
        self.0.contains('@')
    }

    /// The address, for somebody who has one.
    pub fn email(&self) -> Option<Email> {
        self.0.parse().ok().filter(|_| self.is_email())
    }
}

impl From<Email> for Username {
    fn from(email: Email) -> Self {
        Self(email.as_str().into())
    }
}

impl FromStr for Username {
    type Err = InvalidUsername;

    fn from_str(text: &str) -> Result<Self, InvalidUsername> {
        if let Ok(email) = text.parse::<Email>() {
            return Ok(email.into());
        }
        let text = text.trim_matches([' ', '\t', '\r', '\n']);
        if text.len() > 4 * MAX_LENGTH {
            return Err(InvalidUsername);
        }
        let name = fold(text);
        let fits = name.chars().count() <= MAX_LENGTH
            && name.chars().next().is_some_and(char::is_alphanumeric)
            && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
            && !name.starts_with(DEVICES);
        if fits { Ok(Self(name.into())) } else { Err(InvalidUsername) }
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

super::serde_text!(Username);

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        text.parse::<Username>().ok().map(|name| name.to_string())
    }

    #[test]
    fn an_address_is_one_in_its_canonical_form() {
        assert_eq!(read(" Dima@Plant.Example ").as_deref(), Some("dima@plant.example"));
        let name: Username = "dima@plant.example".parse().unwrap();
        assert_eq!(name.email().map(|email| email.to_string()).as_deref(), Some("dima@plant.example"));
    }

    #[test]
    fn numbers_and_nicknames_are_names_without_an_address() {
        for (typed, name) in
            [("4711", "4711"), (" Max.M ", "max.m"), ("ＤＩＭＡ", "dima"), ("赵-1", "赵-1"), ("K", "k")]
        {
            assert_eq!(read(typed).as_deref(), Some(name), "{typed}");
            assert_eq!(typed.parse::<Username>().unwrap().email(), None);
        }
    }

    #[test]
    fn what_could_be_taken_for_something_else_is_no_name() {
        let long = "a".repeat(65);
        for typed in
            ["", " ", ".a", "-a", "a b", "a@", "@b", "a/b", "a\nb", "a,b", "anon-0000", "Anon-x", "$user", &long]
        {
            assert_eq!(read(typed), None, "{typed}");
        }
    }
}
