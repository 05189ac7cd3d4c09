//! Everything that the letters say, once for each language. A missing sentence does not compile.

mod de;
mod en;

use jiff::civil::DateTime;

use crate::domain::Language;

pub(super) struct Words {
    pub(super) code: &'static str,
    /// Before the link, which is shown once more as text.
    pub(super) or_open: &'static str,
    pub(super) expiry: fn(DateTime) -> String,
    /// With the app's title and its address.
    pub(super) footer: fn(&str, &str) -> String,
    pub(super) invite: Said,
    pub(super) reset: Said,
    pub(super) address: Said,
    pub(super) test: SaidOfMail,
    pub(super) test_footer: &'static str,
}

/// Of an app, with its title.
pub(super) struct Said {
    pub(super) subject: fn(&str) -> String,
    pub(super) heading: &'static str,
    pub(super) text: fn(&str) -> String,
    pub(super) action: &'static str,
    pub(super) ignore: &'static str,
}

/// Of mail itself, with the gateway's address.
pub(super) struct SaidOfMail {
    pub(super) subject: &'static str,
    pub(super) heading: &'static str,
    pub(super) text: fn(&str) -> String,
    pub(super) ignore: &'static str,
}

pub(super) fn words(language: Language) -> &'static Words {
    match language {
        Language::En => &en::WORDS,
        Language::De => &de::WORDS,
    }
}

fn month(at: DateTime, names: [&'static str; 12]) -> &'static str {
    let index = usize::try_from(at.month().saturating_sub(1)).unwrap_or(0);
    names.get(index).copied().unwrap_or_default()
}
