//! The audit record as it is shown, asked for and exported: the same for the API and for the console.

use std::io::Write;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::Frame;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::desk::{AuditExport, AuditFilter, Flaw};
use crate::domain::audit::{Action, AuditHash, Audited, Detail, Party};
use crate::domain::{AppId, Timestamp, WorkspaceId};

use super::revision::{masked, place};

/// A longer text finds nothing that a shorter one would not.
const TEXT_MOST: usize = 200;

/// An entry, as programs read it.
#[derive(Serialize)]
pub(in crate::portal) struct EntryView<'a> {
    /// In the record of the account only: it counts what is done in every workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    at: Timestamp,
    actor: PartyView<'a>,
    /// An address, or a block of them.
    ip: Option<String>,
    action: &'static str,
    workspace: Option<&'a str>,
    workspace_id: Option<WorkspaceId>,
    app: Option<&'a str>,
    app_id: Option<AppId>,
    target: Option<PartyView<'a>>,
    detail: Map<String, Value>,
    hash: String,
}

#[derive(Serialize)]
struct PartyView<'a> {
    kind: &'static str,
    id: Option<&'a str>,
    name: Option<&'a str>,
}

impl<'a> From<&'a Party> for PartyView<'a> {
    fn from(party: &'a Party) -> Self {
        let given = |text: &'a str| Some(text).filter(|text| !text.is_empty());
        Self { kind: party.kind.as_str(), id: given(&party.id), name: given(&party.name) }
    }
}

impl<'a> EntryView<'a> {
    pub(in crate::portal) fn of(audited: &'a Audited, reach: Reach) -> Self {
        let Audited { index, entry, hash } = audited;
        let hash: &AuditHash = hash;
        Self {
            seq: (reach == Reach::Account).then_some(*index),
            at: entry.at,
            actor: (&entry.actor).into(),
            ip: entry.from.map(|origin| origin.to_string()),
            action: entry.action.as_str(),
            workspace: entry.workspace.as_ref().map(|place| place.name.as_str()),
            workspace_id: entry.workspace.as_ref().map(|place| place.id),
            app: entry.app.as_ref().map(|place| place.name.as_str()),
            app_id: entry.app.as_ref().map(|place| place.id),
            target: entry.target.as_ref().map(Into::into),
            detail: entry.detail.iter().map(|detail| (detail.name.clone(), value(detail))).collect(),
            hash: hash.to_string(),
        }
    }
}

/// What was different before is told with it; what is secret, that it changed.
fn value(detail: &Detail) -> Value {
    match (&detail.from, &detail.to) {
        (Some(from), to) => json!({"from": from, "to": to}),
        (None, Some(value)) => json!(value),
        (None, None) => json!("changed"),
    }
}

/// What a query asks for: one of the filter's keys, its value. False for a key that is none of them.
pub(in crate::portal) fn narrow(filter: &mut AuditFilter, name: &str, value: &str, flaws: &mut Vec<Flaw>) -> bool {
    let value = value.trim();
    let text = Some(value.to_owned()).filter(|text| !text.is_empty());
    if value.len() > TEXT_MOST {
        flaws.push(Flaw::new(name, format!("use {TEXT_MOST} bytes at most")));
        return true;
    }
    match name {
        "q" => filter.query = text,
        "actor" => filter.actor = text,
        "app" => filter.app = text,
        "action" => {
            if text.as_deref().is_some_and(|word| !AuditFilter::knows_action(word)) {
                let words: Vec<&str> = Action::ALL.iter().map(|action| action.as_str()).collect();
                flaws.push(Flaw::new(name, format!("use one of {}, or its part before the dot", words.join(", "))));
            }
            filter.action = text;
        }
        "from" => filter.since = moment(name, text, false, flaws),
        "to" => filter.until = moment(name, text, true, flaws),
        _ => return false,
    }
    true
}

fn moment(name: &str, text: Option<String>, end: bool, flaws: &mut Vec<Flaw>) -> Option<Timestamp> {
    let text = text?;
    let moment = Timestamp::parse(&text, end);
    if moment.is_none() {
        flaws.push(Flaw::new(name, "use a day such as 2026-11-22, or a moment such as 2026-11-22T06:00:00Z"));
    }
    moment
}

/// Whose record is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::portal) enum Reach {
    Account,
    Workspace,
}

impl Reach {
    pub(in crate::portal) fn of(filter: &AuditFilter) -> Self {
        if filter.workspace.is_some() { Self::Workspace } else { Self::Account }
    }

    /// A place in the record, where to go on.
    pub(in crate::portal) fn show(self, place: u64) -> String {
        match self {
            Self::Account => place.to_string(),
            Self::Workspace => masked(place).to_string(),
        }
    }

    pub(in crate::portal) fn read(self, text: &str) -> Option<u64> {
        let number = text.parse().ok()?;
        match self {
            Self::Account => Some(number),
            Self::Workspace => place(number),
        }
    }
}

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::portal) enum Format {
    Csv,
    JsonLines,
}

impl Format {
    pub(in crate::portal) fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::JsonLines => "application/jsonl",
        }
    }

    pub(in crate::portal) fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
        }
    }

    fn head(self) -> Option<Bytes> {
        (self == Self::Csv).then(|| Bytes::from(format!("{}\r\n", COLUMNS.join(","))))
    }

    fn write(self, audited: &Audited, reach: Reach, out: &mut Vec<u8>) {
        let view = EntryView::of(audited, reach);
        // Writing to memory cannot fail.
        let _ = match self {
            Self::Csv => write_row(&view, out),
            Self::JsonLines => serde_json::to_writer(&mut *out, &view).map_err(Into::into).and_then(|()| writeln!(out)),
        };
    }
}

const COLUMNS: [&str; 14] = [
    "seq",
    "at",
    "actor_kind",
    "actor_id",
    "actor",
    "ip",
    "action",
    "workspace",
    "app",
    "target_kind",
    "target_id",
    "target",
    "detail",
    "hash",
];

fn write_row(view: &EntryView<'_>, out: &mut Vec<u8>) -> std::io::Result<()> {
    let target = view.target.as_ref();
    let detail = if view.detail.is_empty() { String::new() } else { Value::Object(view.detail.clone()).to_string() };
    let cells: [&str; 12] = [
        view.actor.kind,
        view.actor.id.unwrap_or_default(),
        view.actor.name.unwrap_or_default(),
        view.ip.as_deref().unwrap_or_default(),
        view.action,
        view.workspace.unwrap_or_default(),
        view.app.unwrap_or_default(),
        target.map_or("", |target| target.kind),
        target.and_then(|target| target.id).unwrap_or_default(),
        target.and_then(|target| target.name).unwrap_or_default(),
        &detail,
        &view.hash,
    ];
    let seq = view.seq.map(|seq| seq.to_string()).unwrap_or_default();
    write!(out, "{seq},{}", view.at)?;
    for cell in cells {
        out.push(b',');
        write_cell(cell, out)?;
    }
    out.write_all(b"\r\n")
}

/// RFC 4180. What a spreadsheet would take for a formula, and a stranger may have typed, is made text: also behind what
/// ends a cell where commas are for decimals, whatever quotes stand around it.
fn write_cell(text: &str, out: &mut Vec<u8>) -> std::io::Result<()> {
    const ENDS: [char; 4] = [';', '\t', '\r', '\n'];
    let mut safe = String::with_capacity(text.len());
    let mut is_start = true;
    for c in text.chars() {
        if is_start && matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠') {
            safe.push('\'');
        }
        // Neither quotes nor spaces keep a spreadsheet from what follows them.
        is_start = ENDS.contains(&c) || (is_start && matches!(c, '"' | ' '));
        safe.push(c);
    }
    if safe == text && !text.contains([',', '"', '\r', '\n']) {
        return out.write_all(text.as_bytes());
    }
    write!(out, "\"{}\"", safe.replace('"', "\"\""))
}

/// An export on its way: read as fast as it is taken.
pub(in crate::portal) struct ExportBody {
    export: AuditExport,
    format: Format,
    reach: Reach,
    head: Option<Bytes>,
}

impl ExportBody {
    pub(in crate::portal) fn new(export: AuditExport, format: Format, reach: Reach) -> Self {
        Self { export, format, reach, head: format.head() }
    }
}

impl http_body::Body for ExportBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        if let Some(head) = self.head.take() {
            return Poll::Ready(Some(Ok(Frame::data(head))));
        }
        let (format, reach) = (self.format, self.reach);
        self.export.poll_recv(context).map(|next| {
            // The connection ends in the middle, so that nobody takes half of it for all.
            let batch = next?.map_err(|error| std::io::Error::other(error.to_string()));
            Some(batch.map(|batch| {
                let mut lines = Vec::new();
                batch.iter().for_each(|audited| format.write(audited, reach, &mut lines));
                Frame::data(lines.into())
            }))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::{Entry, Link, PartyKind, Place};

    fn audited() -> Audited {
        let actor = Party::new(PartyKind::User, "7", "=cmd()@b.de");
        let entry = Entry::new(Timestamp::from_millis(0), actor, Action::AppChange)
            .from("10.0.0.7".parse().unwrap())
            .changed("title", "a \"b\"", "c")
            .replaced("master_password");
        Link::START.chain(Entry { app: Some(Place::new(AppId::from_u64(2), "hmi")), ..entry })
    }

    #[test]
    fn a_row_is_safe_to_open_and_says_everything() {
        let mut row = Vec::new();
        Format::Csv.write(&audited(), Reach::Account, &mut row);
        let row = String::from_utf8(row).unwrap();
        assert!(
            row.starts_with("1,1970-01-01T00:00:00.000Z,user,7,\"'=cmd()@b.de\",10.0.0.7,app.change,,hmi,,,,"),
            "{row}"
        );
        assert!(
            row.contains(
                "\"{\"\"master_password\"\":\"\"changed\"\",\"\"title\"\":{\"\"from\"\":\"\"a \\\"\"b\\\"\"\"\""
            ),
            "{row}"
        );
        assert!(row.ends_with("\r\n") && row.matches("\r\n").count() == 1);
        assert_eq!(COLUMNS.len(), 14);
    }

    #[test]
    fn no_cell_is_a_formula_whatever_ends_a_cell() {
        let written = |text: &str| {
            let mut out = Vec::new();
            write_cell(text, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        for (text, expected) in [
            ("a;b", "a;b"),
            ("a-b=c", "a-b=c"),
            ("=1", "\"'=1\""),
            ("a;=1", "\"a;'=1\""),
            ("a;\"=1", "\"a;\"\"'=1\""),
            ("a\t@b", "\"a\t'@b\""),
            (" =1", "\" '=1\""),
            ("＝1", "\"'＝1\""),
        ] {
            assert_eq!(written(text), expected, "{text}");
        }
    }

    #[test]
    fn a_line_is_one_json_object() {
        let mut line = Vec::new();
        Format::JsonLines.write(&audited(), Reach::Account, &mut line);
        let read: Value = serde_json::from_slice(&line).unwrap();
        assert_eq!(
            (&read["seq"], &read["actor"]["name"], &read["app"]),
            (&json!(1), &json!("=cmd()@b.de"), &json!("hmi"))
        );
        assert_eq!(read["detail"]["title"], json!({"from": "a \"b\"", "to": "c"}));
        assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
    }

    #[test]
    fn days_and_moments_are_read() {
        let (mut filter, mut flaws) = (AuditFilter::default(), Vec::new());
        for (name, value) in [("from", "2026-11-22"), ("to", "2026-11-22"), ("action", "app"), ("actor", " a@b.de ")] {
            assert!(narrow(&mut filter, name, value, &mut flaws));
        }
        let day = filter.until.unwrap().since(filter.since.unwrap());
        assert_eq!((day.as_millis(), filter.actor.as_deref(), flaws.len()), (86_399_999, Some("a@b.de"), 0));
        assert!(
            narrow(&mut filter, "from", "yesterday", &mut flaws) && narrow(&mut filter, "action", "ap", &mut flaws)
        );
        assert_eq!(flaws.len(), 2);
        assert!(!narrow(&mut filter, "color", "red", &mut flaws));
    }
}
