//! An entry as a row of the table.

use crate::domain::audit::{Audited, Detail, Party, PartyKind};

use super::words::Words;

pub(super) struct Row {
    pub(super) seq: u64,
    pub(super) hash: String,
    /// For programs, and for people: to the second, in UTC.
    pub(super) at: String,
    pub(super) moment: String,
    pub(super) who: String,
    /// What kind of somebody, where the name does not say it.
    pub(super) kind: &'static str,
    /// All that they did.
    pub(super) theirs: Option<String>,
    pub(super) from: String,
    pub(super) deed: &'static str,
    pub(super) target: Option<String>,
    pub(super) app: String,
    pub(super) workspace: String,
    pub(super) details: Vec<String>,
}

impl Row {
    pub(super) fn of(audited: &Audited, own: &str, words: &Words) -> Self {
        let entry = &audited.entry;
        let at = entry.at.to_string();
        let moment = at.chars().take(19).map(|c| if c == 'T' { ' ' } else { c }).collect();
        Self {
            seq: audited.index,
            hash: audited.hash.to_string(),
            at,
            moment,
            who: called(&entry.actor, words),
            kind: match entry.actor.kind {
                PartyKind::Member | PartyKind::User | PartyKind::Key | PartyKind::ConfigKey => {
                    (words.party)(entry.actor.kind)
                }
                _ => "",
            },
            theirs: theirs(&entry.actor, own),
            from: entry.from.map(|origin| origin.to_string()).unwrap_or_default(),
            deed: (words.action)(entry.action),
            target: entry.target.as_ref().and_then(|target| told(target, words)),
            app: entry.app.as_ref().map(|app| app.name.clone()).unwrap_or_default(),
            workspace: entry.workspace.as_ref().map(|workspace| workspace.name.clone()).unwrap_or_default(),
            details: entry.detail.iter().map(|detail| detailed(detail, words)).collect(),
        }
    }
}

fn called(party: &Party, words: &Words) -> String {
    match (party.name.as_str(), party.id.as_str()) {
        ("", "") => (words.party)(party.kind).to_owned(),
        ("", id) => id.to_owned(),
        (name, _) => name.to_owned(),
    }
}

fn theirs(party: &Party, own: &str) -> Option<String> {
    let wanted = match (party.name.as_str(), party.id.as_str()) {
        ("", "") => party.kind.as_str(),
        ("", id) => id,
        (name, _) => name,
    };
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("actor", wanted).finish();
    Some(format!("{own}?{query}"))
}

/// A session without a name says nothing to people.
fn told(target: &Party, words: &Words) -> Option<String> {
    let kind = (words.party)(target.kind);
    match (target.kind, target.name.as_str()) {
        (PartyKind::Session, "") => None,
        (_, "") => Some(format!("{kind} {}", target.id)),
        (_, name) => Some(format!("{kind} {name}")),
    }
}

fn detailed(detail: &Detail, words: &Words) -> String {
    let name = (words.detail)(&detail.name).unwrap_or(&detail.name);
    let shown = |text: &str| match text {
        "" => "–".to_owned(),
        text => (words.value)(&detail.name, text).unwrap_or_else(|| text.to_owned()),
    };
    match (&detail.from, &detail.to) {
        (Some(from), to) => format!("{name}: {} → {}", shown(from), shown(to.as_deref().unwrap_or_default())),
        (None, Some(value)) => format!("{name}: {}", shown(value)),
        (None, None) => format!("{name}: {}", words.replaced),
    }
}
