//! A password as a person typed it: bounded before anything is done with it, wiped when it is dropped.

use std::fmt;

use icu_normalizer::ComposingNormalizerBorrowed;
use zeroize::Zeroizing;

use super::common;

/// Why a password cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    Missing,
    TooShort {
        least: usize,
    },
    TooLong {
        most: usize,
    },
    /// Among the first that anybody would try.
    TooCommon,
}

/// A password that somebody gives; it may be anything, within bounds.
#[derive(Clone)]
pub struct PlainPassword(Zeroizing<String>);

impl PlainPassword {
    /// In characters. A passphrase fits many times over.
    pub const MOST: usize = 256;
    /// In bytes, four a character: nothing longer is looked at.
    const MOST_BYTES: usize = 4 * Self::MOST;

    /// Normalized (NFC, as RFC 8265 section 4.2.2 asks), so that the same keys make the same password on every system.
    pub fn new(typed: String) -> Result<Self, Unfit> {
        let typed = Zeroizing::new(typed);
        if typed.is_empty() {
            return Err(Unfit::Missing);
        }
        if typed.len() > Self::MOST_BYTES || typed.chars().count() > Self::MOST {
            return Err(Unfit::TooLong { most: Self::MOST });
        }
        let normal = ComposingNormalizerBorrowed::new_nfc().normalize(&typed).into_owned();
        Ok(Self(Zeroizing::new(normal)))
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for PlainPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlainPassword(…)")
    }
}

/// A password that is good enough to become somebody's.
#[derive(Debug, Clone)]
pub struct ChosenPassword(PlainPassword);

impl ChosenPassword {
    /// In characters (NIST SP 800-63B section 5.1.1.2).
    pub const LEAST: usize = 8;

    pub fn new(typed: String) -> Result<Self, Unfit> {
        let plain = PlainPassword::new(typed)?;
        if plain.0.chars().count() < Self::LEAST {
            return Err(Unfit::TooShort { least: Self::LEAST });
        }
        if common::is_common(&plain.0) {
            return Err(Unfit::TooCommon);
        }
        Ok(Self(plain))
    }

    pub fn plain(&self) -> PlainPassword {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unfit(text: &str) -> Option<Unfit> {
        ChosenPassword::new(text.to_owned()).err()
    }

    #[test]
    fn a_new_password_is_neither_short_nor_long_nor_everybodys() {
        assert_eq!(unfit(""), Some(Unfit::Missing));
        assert_eq!(unfit("1234567"), Some(Unfit::TooShort { least: 8 }));
        assert_eq!(unfit(&"ü".repeat(257)), Some(Unfit::TooLong { most: 256 }));
        assert_eq!(unfit(&"x".repeat(1_000_000)), Some(Unfit::TooLong { most: 256 }));
        assert_eq!(unfit("Password1"), Some(Unfit::TooCommon));
        assert_eq!(unfit("correct horse"), None);
        assert_eq!(unfit(&"ab😀".repeat(80)), None);
    }

    #[test]
    fn the_same_letters_are_the_same_password() {
        let composed = PlainPassword::new("gr\u{fc}\u{df}e".into()).unwrap();
        let decomposed = PlainPassword::new("gru\u{308}\u{df}e".into()).unwrap();
        assert_eq!(composed.as_bytes(), decomposed.as_bytes());
    }

    #[test]
    fn nothing_of_it_is_shown() {
        assert_eq!(format!("{:?}", PlainPassword::new("secret".into()).unwrap()), "PlainPassword(…)");
    }
}
