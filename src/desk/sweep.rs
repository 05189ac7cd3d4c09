//! Housekeeping: forgets, rarely and in small steps, what can never count again.

use std::sync::Arc;
use std::time::Duration;

use crate::directory::Directory;
use crate::domain::{App, AppId, InvitationState, Key, Proposal, Record, Session, Timestamp};
use crate::ledger::LedgerError;
use crate::store::{Archive, Group, StoreError};

use super::invitations::keys_of;
use super::{Desk, read};

/// Expired things are kept so much longer: a clock that ran a week ahead for a day has then ended nothing for good.
const MARGIN: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Between two sweeps.
const EVERY: Duration = Duration::from_secs(60 * 60);
/// Between two steps of a sweep, so that nobody notices it.
const PAUSE: Duration = Duration::from_millis(200);
/// How often limits and idle hashing memory are looked after.
const TIDY_EVERY: Duration = Duration::from_secs(60);

impl Desk {
    /// Runs until it is dropped.
    pub async fn keep_house(self: Arc<Self>) {
        let mut tidy = tokio::time::interval(TIDY_EVERY);
        let mut swept = tokio::time::Instant::now();
        loop {
            tidy.tick().await;
            self.throttle.sweep();
            self.write_failures();
            self.sweep_federated();
            self.passwords.rest();
            if swept.elapsed() >= EVERY {
                swept = tokio::time::Instant::now();
                if let Err(error) = self.sweep().await {
                    tracing::warn!(%error, "sweeping stopped early and goes on in an hour");
                }
            }
        }
    }

    /// Removes expired sessions and invites. Returns how many.
    pub(super) async fn sweep(&self) -> Result<usize, String> {
        let apps: Vec<AppId> = self.directory.snapshot().apps.keys().copied().chain([AppId::CONSOLE]).collect();
        let mut removed = 0;
        for app in apps {
            removed += self.sweep_group(Group::SessionsOf(app), app).await?;
            removed += self.sweep_group(Group::InvitationsOf(app), app).await?;
            removed += self.sweep_figures(app).await.map_err(|error| error.to_string())?;
            let pruned = self.prune(app, self.settings.anonymous_devices).await;
            pruned.map_err(|error| error.to_string())?;
        }
        removed += self.drop_idle_mails().await?;
        removed += self.trim_audit().await?;
        Ok(removed)
    }

    async fn sweep_group(&self, group: Group, app: AppId) -> Result<usize, String> {
        let mut after: Option<Key> = None;
        let mut removed = 0;
        loop {
            let Some(entry) = self.app(app) else { return Ok(removed) };
            let (now, behind, directory) = (self.clock.now(), after.clone(), Arc::clone(&self.directory));
            // One that is renewed while it is looked at must not be swept as the expired one that it was.
            let turn = self.administration.lock().await;
            let step = self.reading(move |archive| {
                let records = archive.scan(group, behind.as_ref(), read::BATCH)?;
                let next = if records.len() < read::BATCH { None } else { records.last().map(Record::key) };
                let mut over = Vec::new();
                for record in &records {
                    over.extend(dead_keys(archive, &directory, &entry.app, record, now)?);
                }
                Ok((over, next))
            });
            let (over, next) = step.await.map_err(|error: StoreError| error.to_string())?;
            if !over.is_empty() {
                removed += over.len();
                let removal = over.into_iter().fold(Proposal::new(), Proposal::remove);
                match self.ledger.propose(removal).await {
                    Ok(_) | Err(LedgerError::Conflict) => {}
                    Err(error) => return Err(error.to_string()),
                }
            }
            drop(turn);
            after = next;
            if after.is_none() {
                return Ok(removed);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// The keys to remove for a record that is long over.
fn dead_keys(
    archive: &dyn Archive,
    directory: &Directory,
    app: &App,
    record: &Record,
    now: Timestamp,
) -> Result<Vec<Key>, StoreError> {
    match record {
        Record::Session(session) => {
            let seen = directory.session(&session.id).map_or(session.last_seen_at, |live| live.last_seen_at);
            let dead = is_past(app, session, seen, now) || is_orphan(archive, directory, session)?;
            Ok(dead.then(|| session.key()).into_iter().collect())
        }
        Record::Invitation(invitation) => {
            let ended = match invitation.state {
                InvitationState::Pending => invitation.expires_at,
                InvitationState::Accepted { at, .. } | InvitationState::Withdrawn { at } => at,
            };
            let over = now.since(ended) > MARGIN;
            Ok(if over { keys_of(invitation).collect() } else { Vec::new() })
        }
        _ => Ok(Vec::new()),
    }
}

fn is_past(app: &App, session: &Session, seen: Timestamp, now: Timestamp) -> bool {
    let past =
        |limit: Option<Duration>, since| limit.is_some_and(|limit| now.since(since) > limit.saturating_add(MARGIN));
    past(app.idle_limit, seen) || past(app.absolute_limit, session.created_at)
}

/// A session of a registration that ended, or of an epoch before the user's: no mode will let it in again.
fn is_orphan(archive: &dyn Archive, directory: &Directory, session: &Session) -> Result<bool, StoreError> {
    let Some(proof) = session.user else { return Ok(false) };
    let person = directory.person(proof.user);
    if person.as_ref().is_some_and(|person| person.epoch > proof.epoch) {
        return Ok(true);
    }
    if person.is_some_and(|person| person.invited_to(session.app).is_some()) {
        return Ok(false);
    }
    Ok(read::registration(archive, session.app, proof.user)?.is_none())
}
