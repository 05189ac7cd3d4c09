//! A letter as it goes over the wire: its envelope, its headers, its two forms.

use std::time::{Duration, UNIX_EPOCH};

use data_encoding::BASE32_NOPAD;
use lettre::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart};

use crate::domain::{Email, Timestamp, secret};

use super::compose::Composed;
use super::config::Sender;
use super::error::MailError;

/// Never shown: there are links in it.
pub(super) struct Outgoing {
    pub(super) from: Address,
    pub(super) to: Address,
    /// Headers and body (RFC 5322), lines end in CRLF.
    pub(super) bytes: Vec<u8>,
}

impl Outgoing {
    pub(super) fn new(from: &Sender, to: &Email, letter: &Composed, now: Timestamp) -> Result<Self, MailError> {
        let (sender, recipient) = (address(&from.email)?, address(to)?);
        let id = BASE32_NOPAD.encode(&secret::random::<16>()).to_lowercase();
        let date = UNIX_EPOCH + Duration::from_secs(u64::try_from(now.as_secs()).unwrap_or(0));
        let message = Message::builder()
            .date(date)
            .from(Mailbox::new(from.name.clone(), sender.clone()))
            .to(Mailbox::new(None, recipient.clone()))
            .subject(letter.subject.as_str())
            .message_id(Some(format!("<{id}@{}>", from.email.domain())))
            // RFC 3834 section 5; the other one is what Exchange heeds. Both keep absence notes from coming back.
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("X-Auto-Response-Suppress", "All"))
            .raw_header(header("Content-Language", letter.language))
            .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()))
            .map_err(|error| MailError::permanent(format!("the letter cannot be written: {error}")))?;
        Ok(Self { from: sender, to: recipient, bytes: message.formatted() })
    }

    /// RFC 6531: to be announced, and only some servers take it.
    pub(super) fn is_international(&self) -> bool {
        let is_ascii = |address: &Address| AsRef::<str>::as_ref(address).is_ascii();
        !is_ascii(&self.from) || !is_ascii(&self.to)
    }
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// Our own form of addresses is stricter than lettre's, but for lone labels as domains. What could end a command or a
/// header is looked for once more: this is the last place that could stop it.
fn address(email: &Email) -> Result<Address, MailError> {
    let unfit = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | ':' | '"' | '\\');
    match email.as_str().rsplit_once('@') {
        Some((local, domain)) if !email.as_str().contains(unfit) => Ok(Address::new_dangerous(local, domain)),
        _ => Err(MailError::permanent("the address cannot be written to")),
    }
}
