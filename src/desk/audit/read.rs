//! Reading the record: a window of it, newest first, or all of it as a stream, oldest first.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::desk::{AdminError, Desk, matches, read};
use crate::domain::audit::{Action, Audited, Party};
use crate::domain::{Key, Record, Timestamp, WorkspaceId};
use crate::store::{Archive, Group, StoreError};

use super::index_of;

/// Entries that are looked at for one answer, some tenths of a second of work: a rare match is found in steps.
const LOOKED_AT: usize = 100_000;
/// Batches that are read ahead of who takes an export.
const AHEAD: usize = 2;

/// Which entries are wanted; what is `None` may be anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Of this workspace only; otherwise the whole account.
    pub workspace: Option<WorkspaceId>,
    /// Somewhere in it, in any case.
    pub query: Option<String>,
    /// By name or id.
    pub actor: Option<String>,
    /// The action, or the kind of thing that it is about.
    pub action: Option<String>,
    /// By name or id.
    pub app: Option<String>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

/// Batches in order; an error is the last.
pub type AuditExport = mpsc::Receiver<Result<Vec<Audited>, AdminError>>;

impl AuditFilter {
    /// Whether an action, or a kind of them, is one that there is.
    pub fn knows_action(word: &str) -> bool {
        Action::ALL.iter().any(|action| is_of(*action, word))
    }

    pub fn wants(&self, audited: &Audited) -> bool {
        let entry = &audited.entry;
        let is_in = |wanted: WorkspaceId| entry.workspace.as_ref().is_some_and(|place| place.id == wanted);
        self.workspace.is_none_or(is_in)
            && self.since.is_none_or(|since| entry.at >= since)
            && self.until.is_none_or(|until| entry.at <= until)
            && self.action.as_deref().is_none_or(|word| is_of(entry.action, word))
            && self.actor.as_deref().is_none_or(|wanted| is_party(&entry.actor, wanted))
            && self.app.as_deref().is_none_or(|wanted| {
                entry.app.as_ref().is_some_and(|app| app.name == wanted || app.id.to_string() == wanted)
            })
            && self.query.as_deref().is_none_or(|query| is_found(audited, query))
    }
}

/// `app` stands for all that is done with apps.
fn is_of(action: Action, word: &str) -> bool {
    let rest = action.as_str().strip_prefix(word);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn is_party(party: &Party, wanted: &str) -> bool {
    party.id == wanted || party.name.to_lowercase() == wanted.to_lowercase() || party.kind.as_str() == wanted
}

fn is_found(audited: &Audited, query: &str) -> bool {
    let entry = &audited.entry;
    let from = entry.from.map(|origin| origin.to_string()).unwrap_or_default();
    let app = entry.app.as_ref().map(|app| app.name.as_str()).unwrap_or_default();
    let workspace = entry.workspace.as_ref().map(|workspace| workspace.name.as_str()).unwrap_or_default();
    let target = entry.target.as_ref();
    let (id, name) = target.map_or(("", ""), |target| (target.id.as_str(), target.name.as_str()));
    let fixed = [entry.action.as_str(), &entry.actor.name, &entry.actor.id, &from, app, workspace, id, name];
    matches(query, fixed)
        || entry.detail.iter().any(|detail| {
            let (from, to) = (detail.from.as_deref().unwrap_or_default(), detail.to.as_deref().unwrap_or_default());
            matches(query, [detail.name.as_str(), from, to])
        })
}

impl Desk {
    /// Up to `limit` entries before the one of index `before`, the newest first; and where to go on, if there may be
    /// more.
    pub async fn audit(
        &self,
        filter: AuditFilter,
        limit: usize,
        before: Option<u64>,
    ) -> Result<(Vec<Audited>, Option<u64>), AdminError> {
        Ok(self.reading(move |archive| window(archive, &filter, limit, before)).await?)
    }

    /// All of it, as it was when it was asked for. Ends when nobody takes it any more.
    pub fn export_audit(self: &Arc<Self>, filter: AuditFilter) -> AuditExport {
        let said = self.entry(Action::AuditExport);
        self.note(filter.workspace.map_or(said.clone(), |workspace| self.in_workspace(said, workspace)));
        let (batches, export) = mpsc::channel(AHEAD);
        let desk = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(error) = desk.send_audit(filter, &batches).await {
                // Whoever has gone does not learn why.
                let _ = batches.send(Err(error.into())).await;
            }
        });
        export
    }

    async fn send_audit(
        &self,
        filter: AuditFilter,
        to: &mpsc::Sender<Result<Vec<Audited>, AdminError>>,
    ) -> Result<(), StoreError> {
        let filter = Arc::new(filter);
        let newest = self.reading(|archive| archive.scan_back(Group::Audit, None, 1)).await?;
        let last = newest.first().and_then(index_of).unwrap_or_default();
        let mut after = Key::AUDIT_START;
        while after < Key::Audit(last) {
            let (behind, wanted) = (after.clone(), Arc::clone(&filter));
            let step = self.reading(move |archive| {
                let records = archive.scan(Group::Audit, Some(&behind), read::BATCH)?;
                let end = records.last().map(Record::key);
                let entries = records.into_iter().filter_map(as_audited);
                let wanted = entries.filter(|audited| audited.index <= last && wanted.wants(audited));
                Ok((wanted.collect::<Vec<_>>(), end))
            });
            let (batch, end) = step.await?;
            let Some(end) = end else { return Ok(()) };
            after = end;
            if !batch.is_empty() && to.send(Ok(batch)).await.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }
}

fn window(
    archive: &dyn Archive,
    filter: &AuditFilter,
    limit: usize,
    before: Option<u64>,
) -> Result<(Vec<Audited>, Option<u64>), StoreError> {
    let (mut found, mut before, mut looked_at) = (Vec::new(), before, 0);
    loop {
        let records = archive.scan_back(Group::Audit, before.map(Key::Audit).as_ref(), read::BATCH)?;
        let is_last = records.len() < read::BATCH;
        looked_at += records.len();
        for audited in records.into_iter().filter_map(as_audited) {
            if found.len() == limit {
                return Ok((found, before));
            }
            before = Some(audited.index);
            if filter.wants(&audited) {
                found.push(audited);
            }
        }
        if is_last {
            return Ok((found, None));
        }
        if looked_at >= LOOKED_AT {
            return Ok((found, before));
        }
    }
}

fn as_audited(record: Record) -> Option<Audited> {
    match record {
        Record::Audit(audited) => Some(*audited),
        _ => None,
    }
}
