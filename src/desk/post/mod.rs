//! The mail queue: letters are put down with the change that they tell of, and go out behind everybody's back.

mod deliver;
mod list;
mod schedule;
mod write;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use arc_swap::ArcSwapOption;
use tokio::sync::Notify;

use crate::domain::{Email, Language, Letter, Mail, MailId, Proposal, Record};
use crate::mail::{Composed, Dialogue, MailError, Mailer};

use super::Desk;

#[cfg(test)]
pub(super) use deliver::Pause;
#[cfg(test)]
pub(super) use deliver::Queue;
pub use list::{MailKind, MailView};
pub(super) use schedule::is_stuck;

/// Mails that wait, stuck ones included. An invitation to a whole plant fits; more than that is a loop somewhere, and
/// a queue of this length is still read in milliseconds.
const MOST_WAITING: usize = 10_000;

/// How mail gets out, if it does.
pub(super) struct Post {
    carrier: ArcSwapOption<Box<dyn Carrier>>,
    /// Something other than the queue's own records has changed: how mail gets out, or an operator's mind.
    pub(super) arrivals: Notify,
    /// As counted when the queue was last looked through, and what came since.
    waiting: AtomicUsize,
    pub(super) most_waiting: usize,
    has_told_full: AtomicBool,
    has_told_resting: AtomicBool,
}

impl Default for Post {
    fn default() -> Self {
        Self {
            carrier: ArcSwapOption::empty(),
            arrivals: Notify::new(),
            waiting: AtomicUsize::new(0),
            most_waiting: MOST_WAITING,
            has_told_full: AtomicBool::new(false),
            has_told_resting: AtomicBool::new(false),
        }
    }
}

/// Whoever brings letters out: the mail server, or a test.
pub(super) trait Carrier: Send + Sync {
    fn carry<'a>(&'a self, to: &'a Email, letter: &'a Composed) -> Carrying<'a, Result<(), MailError>>;

    fn rehearse<'a>(&'a self, to: &'a Email, letter: &'a Composed) -> Carrying<'a, Dialogue>;
}

pub(super) type Carrying<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl Carrier for Mailer {
    fn carry<'a>(&'a self, to: &'a Email, letter: &'a Composed) -> Carrying<'a, Result<(), MailError>> {
        Box::pin(self.send(to, letter))
    }

    fn rehearse<'a>(&'a self, to: &'a Email, letter: &'a Composed) -> Carrying<'a, Dialogue> {
        Box::pin(self.rehearse(to, letter))
    }
}

impl Desk {
    /// At the start, and when the configuration changes. Without a mailer, links take the place of mails.
    pub fn set_mailer(&self, mailer: Option<Mailer>) {
        self.post.employ(mailer.map(|mailer| Box::new(mailer) as Box<dyn Carrier>));
    }

    pub fn has_mail(&self) -> bool {
        self.post.carrier.load().is_some()
    }

    /// Whether a letter that is put down now will be sent.
    pub(super) fn takes_mail(&self) -> bool {
        self.has_mail() && self.post.waiting.load(Ordering::Relaxed) < self.post.most_waiting
    }

    /// Letters were put into the queue.
    pub(super) fn letters_wait(&self) {
        self.post.arrivals.notify_one();
    }

    /// Puts a letter into the queue, together with what it tells of. Nothing without a mailer, or when the queue is
    /// full. The queue notices by itself when the proposal has been kept.
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
        if !self.has_mail() || !self.post.has_room() {
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

impl Post {
    pub(super) fn employ(&self, carrier: Option<Box<dyn Carrier>>) {
        self.carrier.store(carrier.map(Arc::new));
        self.arrivals.notify_one();
    }

    fn has_room(&self) -> bool {
        let has_room = self.waiting.fetch_add(1, Ordering::Relaxed) < self.most_waiting;
        if !has_room && !self.has_told_full.swap(true, Ordering::Relaxed) {
            tracing::error!(
                mails = self.most_waiting,
                "the mail queue is full: further mails are not sent until some got out or are deleted"
            );
        }
        has_room
    }

    /// The queue was looked through.
    fn note_count(&self, count: usize) {
        self.waiting.store(count, Ordering::Relaxed);
        if count < self.most_waiting {
            self.has_told_full.store(false, Ordering::Relaxed);
        }
    }
}
