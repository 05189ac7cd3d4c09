//! Why a letter did not get out.

use std::error::Error as _;
use std::fmt;
use std::time::Duration;

use lettre::transport::smtp::Error as SmtpError;

use super::transcript::Transcript;

/// For the log and for administrators: never shown to the person that the letter is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailError {
    /// The server refuses this very letter or its recipient for good: trying again would not help.
    pub permanent: bool,
    /// One line, without secrets.
    pub text: String,
}

impl fmt::Display for MailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for MailError {}

/// How far the conversation had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Greeting,
    Encryption,
    Login,
    Sender,
    Recipient,
    Letter,
}

impl Stage {
    const fn refusal(self) -> &'static str {
        match self {
            Self::Greeting => "the mail server does not talk to us",
            Self::Encryption => "the mail server refused STARTTLS",
            Self::Login => "the mail server refused the user or the password",
            Self::Sender => "the mail server refused the sender",
            Self::Recipient => "the mail server refused the recipient",
            Self::Letter => "the mail server refused the letter",
        }
    }
}

/// RFC 4954 section 6: authentication is wanted. Said of us, wherever it is said.
const AUTHENTICATION_REQUIRED: u16 = 530;

impl MailError {
    pub(super) fn passing(text: impl Into<String>) -> Self {
        Self { permanent: false, text: text.into() }
    }

    pub(super) fn permanent(text: impl Into<String>) -> Self {
        Self { permanent: true, text: text.into() }
    }

    pub(super) fn late(limit: Duration, transcript: &Transcript) -> Self {
        let seconds = limit.as_secs();
        Self::passing(match transcript.last_line() {
            Some(line) => format!("the mail server took longer than {seconds} seconds, after \"{line}\""),
            None => format!("the mail server said nothing within {seconds} seconds"),
        })
    }

    /// Refused for good is only what is about this letter or its recipient: a wrong password, or a sender that the
    /// server does not know, is for the operator to mend, and then the letter shall go out.
    pub(super) fn of(error: &SmtpError, stage: Stage, transcript: &Transcript) -> Self {
        let Some(code) = error.status() else {
            let cause = error.source().map_or_else(|| error.to_string(), |cause| cause.to_string());
            return Self::passing(format!("the mail server could not be talked with: {}", transcript.masked(&cause)));
        };
        let about_the_letter = matches!(stage, Stage::Recipient | Stage::Letter);
        let permanent = error.is_permanent() && about_the_letter && u16::from(code) != AUTHENTICATION_REQUIRED;
        Self { permanent, text: format!("{}: {}", stage.refusal(), transcript.last_refusal()) }
    }
}
