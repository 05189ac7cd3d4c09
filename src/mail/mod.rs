//! Mail: what is sent, and how it gets out. One letter, one connection; nothing is queued here.
//!
//! [`compose`] writes a letter, [`Mailer`] hands it to the mail server and says what became of it.

pub mod compose;
mod config;
mod conversation;
mod dial;
mod error;
mod message;
mod tap;
#[cfg(test)]
mod tests;
mod transcript;
mod words;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::ClientConfig;
use tokio::time::timeout;

use crate::domain::{Clock, Email};

use conversation::Conversation;
use message::Outgoing;
use transcript::Transcript;

pub use compose::Composed;
pub use config::{Config, InvalidSender, InvalidServer, Login, Security, Sender, Server};
pub use error::MailError;

/// A server that holds back its greeting from strangers (greet delay) does so for a few seconds only.
const WHOLE: Duration = Duration::from_secs(30);
/// Somebody sits and waits for the outcome.
const REHEARSAL: Duration = Duration::from_secs(15);

/// Hands letters to the configured mail server. Cheap to make; made anew when the configuration changes.
pub struct Mailer {
    config: Config,
    clock: Clock,
    limit: Duration,
    /// Made with the first letter: reading the system's authorities costs milliseconds, and may fail.
    tls: OnceLock<Arc<ClientConfig>>,
}

/// What was said in a real sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialogue {
    /// `C: …` is what the gateway said, `S: …` what the server answered. Without secrets and without the letter.
    pub lines: Vec<String>,
    /// `None`: the server has taken the letter.
    pub error: Option<String>,
}

impl Mailer {
    pub const fn new(config: Config, clock: Clock) -> Self {
        Self { config, clock, limit: WHOLE, tls: OnceLock::new() }
    }

    /// `Ok`: the server has taken responsibility for the letter (RFC 5321 section 4.2.5). Takes 30 seconds at most.
    pub async fn send(&self, to: &Email, letter: &Composed) -> Result<(), MailError> {
        self.converse(to, letter, &Transcript::default(), self.limit).await
    }

    /// Sends it all the same, and tells what was said. Takes 15 seconds at most.
    pub async fn rehearse(&self, to: &Email, letter: &Composed) -> Dialogue {
        let transcript = Transcript::default();
        let error = self.converse(to, letter, &transcript, self.limit.min(REHEARSAL)).await.err();
        Dialogue { lines: transcript.lines(), error: error.map(|error| error.text) }
    }

    async fn converse(
        &self,
        to: &Email,
        letter: &Composed,
        transcript: &Transcript,
        limit: Duration,
    ) -> Result<(), MailError> {
        let outgoing = Outgoing::new(&self.config.from, to, letter, self.clock.now())?;
        let conversation = Conversation { config: &self.config, tls: &self.tls, transcript };
        let mut accepted = false;
        match timeout(limit, conversation.hold(&outgoing, &mut accepted)).await {
            Ok(outcome) => outcome,
            // Sending it once more would deliver it twice.
            Err(_) if accepted => Ok(()),
            Err(_) => Err(MailError::late(limit, transcript)),
        }
    }
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailer").field("config", &self.config).finish_non_exhaustive()
    }
}
