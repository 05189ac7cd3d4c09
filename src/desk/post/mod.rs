//! The mail queue: letters are put down with the change that they tell of, and go out behind everybody's back.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use tokio::sync::Notify;

use crate::domain::{Email, Language, Letter, Mail, MailId, Proposal, Record};
use crate::mail::Mailer;

use super::Desk;

/// How mail gets out, if it does.
#[derive(Default)]
pub(super) struct Post {
    mailer: ArcSwapOption<Mailer>,
    /// Something was put into the queue.
    pub(super) arrivals: Notify,
}

impl Desk {
    /// At the start, and when the configuration changes. Without a mailer, links take the place of mails.
    pub fn set_mailer(&self, mailer: Option<Mailer>) {
        self.post.mailer.store(mailer.map(Arc::new));
        self.post.arrivals.notify_one();
    }

    pub fn has_mail(&self) -> bool {
        self.post.mailer.load().is_some()
    }

    /// Puts a letter into the queue, together with what it tells of. Nothing without a mailer.
    pub(super) fn post(&self, proposal: Proposal, to: Email, letter: Letter, language: Option<Language>) -> Proposal {
        self.post_as(MailId::random(), proposal, to, letter, language)
    }

    /// The same with an id that what the letter tells of remembers.
    pub(super) fn post_as(
        &self,
        id: MailId,
        proposal: Proposal,
        to: Email,
        letter: Letter,
        language: Option<Language>,
    ) -> Proposal {
        if !self.has_mail() {
            return proposal;
        }
        let now = self.clock.now();
        let mail = Mail {
            id,
            to,
            letter,
            language,
            created_at: now,
            next_try_at: now,
            tries: 0,
            last_error: None,
            is_stuck: false,
        };
        proposal.create(Record::Mail(Box::new(mail)))
    }
}
