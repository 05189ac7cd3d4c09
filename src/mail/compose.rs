//! The letters: what each is about, in the reader's language, as plain text and as HTML.
//!
//! No name of a person and no description of an app is in them: whoever may fill those in would write to strangers
//! in our name.

use askama::Template;
use url::Url;

use crate::domain::{Language, Timestamp};

use super::words::{Said, Words, words};

/// A letter, ready to be sent. The subject is one line.
#[derive(Clone, PartialEq, Eq)]
pub struct Composed {
    pub subject: String,
    pub text: String,
    pub html: String,
    /// As Content-Language has it.
    pub language: &'static str,
}

/// What a letter with a link is about.
#[derive(Clone, Copy)]
pub struct Occasion<'a> {
    pub app_title: &'a str,
    /// The whole URL, with the secret in it.
    pub link: &'a str,
    /// When the link stops working.
    pub expires_at: Timestamp,
    pub language: Language,
}

/// To somebody who may enter an app from now on.
pub fn invite(occasion: &Occasion<'_>) -> Composed {
    with_link(occasion, |words| &words.invite)
}

/// To somebody who has forgotten the password.
pub fn reset(occasion: &Occasion<'_>) -> Composed {
    with_link(occasion, |words| &words.reset)
}

/// To the new address, which counts once the link was opened.
pub fn confirm_address(occasion: &Occasion<'_>) -> Composed {
    with_link(occasion, |words| &words.address)
}

/// To whoever wants to know whether mail gets out. `gateway` is the console's address.
pub fn test(gateway: &str, language: Language) -> Composed {
    let words = words(language);
    let said = &words.test;
    let letter = Letter {
        lang: words.code,
        subject: said.subject.to_owned(),
        heading: said.heading,
        text: (said.text)(&one_line(gateway)),
        action: None,
        ignore: said.ignore,
        footer: words.test_footer.to_owned(),
    };
    letter.composed()
}

fn with_link(occasion: &Occasion<'_>, pick: fn(&Words) -> &Said) -> Composed {
    let words = words(occasion.language);
    let said = pick(words);
    let title = one_line(occasion.app_title);
    let link = one_line(occasion.link);
    let letter = Letter {
        lang: words.code,
        subject: (said.subject)(&title),
        heading: said.heading,
        text: (said.text)(&title),
        ignore: said.ignore,
        footer: (words.footer)(&title, &origin(&link)),
        action: Some(Action {
            label: said.action,
            or_open: words.or_open,
            link,
            expiry: moment(occasion.expires_at).map(words.expiry),
        }),
    };
    letter.composed()
}

#[derive(Template)]
#[template(path = "letter.html", config = "src/mail/askama.toml")]
struct Letter {
    lang: &'static str,
    subject: String,
    heading: &'static str,
    text: String,
    action: Option<Action>,
    /// What to do with a letter that one did not want.
    ignore: &'static str,
    /// Who sends it.
    footer: String,
}

struct Action {
    label: &'static str,
    or_open: &'static str,
    link: String,
    expiry: Option<String>,
}

#[derive(Template)]
#[template(path = "letter.txt", config = "src/mail/askama.toml")]
struct Plain<'a> {
    letter: &'a Letter,
}

impl Letter {
    fn composed(&self) -> Composed {
        // Writing text into text does not fail.
        let text = Plain { letter: self }.render().unwrap_or_default();
        let html = self.render().unwrap_or_default();
        Composed { subject: self.subject.clone(), text, html, language: self.lang }
    }
}

/// A title of several lines, or one that turns the writing around, would write other lines than its own.
fn one_line(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
    let spaced: String = text.chars().map(|c| if c.is_control() || turns(c) { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Where the app is, without the secret.
fn origin(link: &str) -> String {
    Url::parse(link).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
}

/// In UTC, for nobody knows where the reader is.
fn moment(at: Timestamp) -> Option<jiff::civil::DateTime> {
    let at = jiff::Timestamp::from_millisecond(at.as_millis()).ok()?;
    Some(jiff::tz::TimeZone::UTC.to_datetime(at))
}
