//! The worker that empties the queue: two letters at a time, those first that somebody sits and waits for.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::desk::{Desk, Trouble, read};
use crate::domain::{Guard, Key, Letter, Mail, MailId, Proposal, Record, Timestamp};
use crate::store::{Archive, Group, StoreError};

use super::schedule::{self, put_off};
use super::{Carrier, MailKind};

/// The clock is looked at so often: when it jumps, a mail's turn may have come.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Letters that are sent before the queue is looked through anew, for more urgent ones.
const ROUND: usize = 20;
/// So many letters in a row that do not get out are the server's trouble, not theirs: the others keep their tries.
const TROUBLE: usize = 3;
const BREATHER: Duration = Duration::from_secs(60);

/// What to wait for before the queue is looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::desk) enum Pause {
    /// There is more to do.
    None,
    /// New letters go out at once.
    Until(Duration),
    /// New letters wait, too: mail does not get out.
    Breather(Duration),
}

/// The queue as it was found.
pub(in crate::desk) struct Queue {
    count: usize,
    /// Those that wait for a person come first, then the oldest.
    pub(in crate::desk) due: Vec<(bool, Timestamp, MailId)>,
    /// Until the next one is due.
    next: Option<Duration>,
}

/// Some letters on their way.
struct Round {
    due: Mutex<VecDeque<MailId>>,
    failures: AtomicUsize,
}

impl Desk {
    /// Sends what is in the queue, and what comes into it. Runs until it is dropped; a letter that was under way then
    /// is sent again at the next start.
    pub async fn deliver_mail(self: Arc<Self>) {
        loop {
            match self.send_due().await {
                Pause::None => {}
                Pause::Until(span) => {
                    tokio::select! {
                        () = self.post.arrivals.notified() => {}
                        () = self.directory.mail_came() => {}
                        () = tokio::time::sleep(span) => {}
                    }
                }
                Pause::Breather(span) => {
                    tokio::select! {
                        () = self.post.arrivals.notified() => {}
                        () = tokio::time::sleep(span) => {}
                    }
                }
            }
        }
    }

    /// Sends some of what is due.
    pub(in crate::desk) async fn send_due(&self) -> Pause {
        let now = self.clock.now();
        let queue = match self.reading(move |archive| Queue::read(archive, now)).await {
            Ok(queue) => queue,
            Err(error) => return in_trouble(&error),
        };
        self.post.note_count(queue.count);
        let carrier = self.post.carrier.load_full();
        let Some(carrier) = carrier else { return self.rest(queue.count) };
        if self.post.has_told_resting.swap(false, Ordering::Relaxed) {
            tracing::info!(mails = queue.count, "mail goes out again");
        }
        let Queue { due, next, .. } = queue;
        if due.is_empty() {
            return Pause::Until(next.unwrap_or(LOOK_EVERY).min(LOOK_EVERY));
        }
        let due = due.into_iter().take(ROUND).map(|(_, _, mail)| mail).collect();
        let round = Round { due: Mutex::new(due), failures: AtomicUsize::new(0) };
        let (one, other) = tokio::join!(self.work_off(&round, &**carrier), self.work_off(&round, &**carrier));
        match one.and(other) {
            Err(trouble) => in_trouble(&trouble),
            Ok(()) if round.is_hopeless() => Pause::Breather(BREATHER),
            Ok(()) => Pause::None,
        }
    }

    /// Without a mail server. Says so once, if anybody is concerned.
    fn rest(&self, count: usize) -> Pause {
        if count > 0 && !self.post.has_told_resting.swap(true, Ordering::Relaxed) {
            tracing::warn!(mails = count, "mails wait, because no mail server is configured any more ([smtp])");
        }
        Pause::Breather(LOOK_EVERY)
    }

    async fn work_off(&self, round: &Round, carrier: &dyn Carrier) -> Result<(), String> {
        while let Some(mail) = round.next() {
            match self.deliver(mail, carrier).await {
                Ok(Some(true)) => round.failures.store(0, Ordering::Relaxed),
                Ok(Some(false)) => {
                    round.failures.fetch_add(1, Ordering::Relaxed);
                }
                Ok(None) | Err(Trouble::Changed) => {}
                Err(Trouble::Failed(error)) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether the server took the letter; `None` when there was none to be taken, or it is refused for good.
    async fn deliver(&self, mail: MailId, carrier: &dyn Carrier) -> Result<Option<bool>, Trouble> {
        let Some((mail, revision)) = read::mail(&*self.archive, mail)? else { return Ok(None) };
        let done = Proposal::new().remove(Key::Mail(mail.id));
        let Some(written) = self.write(&mail).await? else {
            self.ledger.propose(done).await?;
            return Ok(None);
        };
        let Err(error) = carrier.carry(&mail.to, &written.composed).await else {
            self.ledger.propose(done).await?;
            return Ok(Some(true));
        };
        let text = written.redact(&error.text);
        let mail = put_off(mail, self.clock.now(), text, error.permanent);
        tell(&mail, error.permanent);
        let guard = Guard::At(Key::Mail(mail.id), revision);
        let kept = self.ledger.propose(Proposal::new().expect(guard).put(Record::Mail(Box::new(mail)))).await;
        match kept.map_err(Trouble::from) {
            // Somebody has deleted it or wants it tried anew: what they want counts.
            Ok(_) | Err(Trouble::Changed) => Ok((!error.permanent).then_some(false)),
            Err(failed) => Err(failed),
        }
    }
}

impl Queue {
    pub(in crate::desk) fn read(archive: &dyn Archive, now: Timestamp) -> Result<Self, StoreError> {
        let mut queue = Self { count: 0, due: Vec::new(), next: None };
        each_mail(archive, |mail| {
            queue.count += 1;
            if mail.is_stuck {
                return;
            }
            let remaining = schedule::remaining(&mail, now);
            if remaining.is_zero() {
                let is_patient = matches!(mail.letter, Letter::Invite { .. });
                queue.due.push((is_patient, mail.next_try_at, mail.id));
            } else {
                queue.next = Some(queue.next.map_or(remaining, |next| next.min(remaining)));
            }
        })?;
        queue.due.sort_unstable();
        Ok(queue)
    }
}

impl Round {
    fn next(&self) -> Option<MailId> {
        let next = || self.due.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        if self.is_hopeless() { None } else { next() }
    }

    fn is_hopeless(&self) -> bool {
        self.failures.load(Ordering::Relaxed) >= TROUBLE
    }
}

/// Every mail that waits, in no particular order.
pub(super) fn each_mail(archive: &dyn Archive, mut visit: impl FnMut(Mail)) -> Result<(), StoreError> {
    let mut after: Option<Key> = None;
    loop {
        let records = archive.scan(Group::Mails, after.as_ref(), read::BATCH)?;
        after = if records.len() < read::BATCH { None } else { records.last().map(Record::key) };
        for record in records {
            if let Record::Mail(mail) = record {
                visit(*mail);
            }
        }
        if after.is_none() {
            return Ok(());
        }
    }
}

fn in_trouble(error: &dyn std::fmt::Display) -> Pause {
    tracing::error!(%error, "the mail queue cannot be worked off; it is tried again in a minute");
    Pause::Breather(BREATHER)
}

/// One line for each failure, never with a link.
fn tell(mail: &Mail, is_refused: bool) {
    let Mail { id, tries, next_try_at, .. } = mail;
    let (kind, error) = (MailKind::of(mail.letter).as_str(), mail.last_error.as_deref().unwrap_or_default());
    if is_refused {
        tracing::warn!(mail = %id, kind, tries, error, "a mail is stuck: it was refused for good");
    } else if mail.is_stuck {
        tracing::warn!(mail = %id, kind, tries, error, "a mail is stuck: it was tried for three days");
    } else if schedule::is_stuck(mail) {
        tracing::warn!(mail = %id, kind, tries, error, next = %next_try_at, "a mail is stuck, and tried again later");
    } else {
        tracing::info!(mail = %id, kind, tries, error, next = %next_try_at, "a mail did not get out yet");
    }
}
