//! The audit record, of a workspace or of the whole installation: filtered, page by page, and to take away.

mod row;
mod words;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use http::StatusCode;

use crate::desk::{AuditFilter, Flaw};
use crate::domain::audit::Action;
use crate::domain::{Workspace, WorkspaceId};
use crate::portal::audit::{Reach, narrow};
use crate::portal::pages::{self, Answer, Form};
use crate::portal::right::SeeAudit;

use super::Console;
use super::frame::{Frame, Nav};
use super::member::Member;
use super::pager::ROWS;
use super::place::{InAccount, InWorkspace};
use row::Row;
use words::{Words, words};

/// Kinds of deeds that no workspace's record tells of.
const OF_ACCOUNT_ONLY: [&str; 4] = ["role", "mail", "set-up", "authority"];
const OF_ACCOUNT: &str = "/account/audit";

pub(super) fn routes() -> Router<Arc<Console>> {
    Router::new().route("/w/{workspace}/audit", get(of_workspace)).route(OF_ACCOUNT, get(of_account))
}

#[derive(Template)]
#[template(path = "audit/list.html", config = "src/portal/console/askama.toml")]
struct AuditPage {
    frame: Frame,
    words: &'static Words,
    lead: &'static str,
    own: String,
    asked: Asked,
    actions: Vec<Choice>,
    apps: Vec<Choice>,
    /// What is wrong with the filters.
    flaws: Vec<String>,
    rows: Vec<Row>,
    shows_workspace: bool,
    is_filtered: bool,
    newest: Option<String>,
    older: Option<String>,
    csv: String,
    json_lines: String,
}

/// Value, label, and whether it is chosen.
type Choice = (String, String, bool);

/// The filters as they were written.
struct Asked {
    q: String,
    actor: String,
    from: String,
    to: String,
}

/// Which record it is.
struct Place {
    frame: Frame,
    /// The page's own path, and the API's.
    own: String,
    api: String,
    workspace: Option<Arc<Workspace>>,
}

async fn of_workspace(State(console): State<Arc<Console>>, here: InWorkspace<SeeAudit>, query: Form) -> Answer {
    let words = words(here.member.language);
    let place = Place {
        frame: here.frame(words.audit, Nav::Audit),
        own: here.path("/audit"),
        api: format!("/api/v1/workspaces/{}/audit", here.workspace.name),
        workspace: Some(Arc::clone(&here.workspace)),
    };
    show(&console, &here.member, place, &query, words).await
}

async fn of_account(State(console): State<Arc<Console>>, here: InAccount, query: Form) -> Answer {
    let words = words(here.member.language);
    let place = Place {
        frame: here.frame(words.audit, Nav::AccountAudit),
        own: OF_ACCOUNT.to_owned(),
        api: "/api/v1/audit".to_owned(),
        workspace: None,
    };
    show(&console, &here.member, place, &query, words).await
}

async fn show(console: &Console, member: &Member, place: Place, query: &Form, words: &'static Words) -> Answer {
    let workspace = place.workspace.as_ref().map(|workspace| workspace.id);
    let (mut filter, mut flaws) = (AuditFilter { workspace, ..AuditFilter::default() }, Vec::new());
    for (name, value) in query.pairs() {
        // What else stands in an address harms nobody.
        narrow(&mut filter, name, value, &mut flaws);
    }
    let is_filtered = filter != AuditFilter { workspace, ..AuditFilter::default() };
    let reach = Reach::of(&filter);
    let before = reach.read(query.text("before"));
    let found = match flaws.is_empty() {
        true => console.desk.audit(filter, ROWS, before).await,
        false => Ok((Vec::new(), None)),
    };
    let (entries, older) = match found {
        Ok(found) => found,
        Err(error) => return member.stop(error.into()),
    };
    let with = |path: &str, own: Option<(&str, &str)>| link(query, path, own);
    let older = older.map(|index| with(&place.own, Some(("before", &reach.show(index)))));
    let status = if flaws.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = AuditPage {
        words,
        lead: if workspace.is_some() { words.lead_here } else { words.lead_all },
        asked: Asked {
            q: query.text("q").to_owned(),
            actor: query.text("actor").to_owned(),
            from: query.text("from").to_owned(),
            to: query.text("to").to_owned(),
        },
        actions: actions(query.text("action"), workspace.is_none(), words),
        apps: apps(member, workspace, query.text("app")),
        flaws: flaws
            .iter()
            .map(|Flaw { field, detail }| {
                format!("{}: {}", (words.filter_name)(field), (words.flaw)(field).unwrap_or(detail))
            })
            .collect(),
        rows: entries.iter().map(|audited| Row::of(audited, &place.own, words)).collect(),
        shows_workspace: workspace.is_none(),
        is_filtered,
        newest: before.map(|_: u64| with(&place.own, None)),
        older,
        csv: with(&place.api, Some(("format", "csv"))),
        json_lines: with(&place.api, Some(("format", "jsonl"))),
        frame: place.frame,
        own: place.own,
    };
    pages::page(status, &page)
}

/// The kinds of things that are done, each once, and the single deeds where a kind has more than one.
fn actions(chosen: &str, is_account: bool, words: &Words) -> Vec<Choice> {
    let mut choices: Vec<Choice> = Vec::new();
    for action in Action::ALL {
        let word = action.as_str();
        let kind = word.split('.').next().unwrap_or(word);
        if !is_account && OF_ACCOUNT_ONLY.contains(&kind) {
            continue;
        }
        if kind != word && !choices.iter().any(|(value, ..)| value == kind) {
            choices.push((kind.to_owned(), (words.kind)(kind).to_owned(), kind == chosen));
        }
        let label = (words.action)(*action);
        let label = if kind == word { label.to_owned() } else { format!("– {label}") };
        choices.push((word.to_owned(), label, word == chosen));
    }
    choices
}

/// The apps of the workspace; for the installation, those of all.
fn apps(member: &Member, workspace: Option<WorkspaceId>, chosen: &str) -> Vec<Choice> {
    let all = member.snapshot.apps.values().map(|entry| &entry.app);
    let wanted = all.filter(|app| workspace.is_none_or(|workspace| app.workspace == workspace));
    let mut choices: Vec<Choice> = wanted
        .map(|app| {
            let value = if workspace.is_some() { app.name.to_string() } else { app.id.to_string() };
            let is_chosen = value == chosen;
            (value, app.title.clone(), is_chosen)
        })
        .collect();
    choices.sort_by(|one, other| one.1.cmp(&other.1));
    // One that has gone since is still in the record.
    if !chosen.is_empty() && !choices.iter().any(|(.., is_chosen)| *is_chosen) {
        choices.push((chosen.to_owned(), chosen.to_owned(), true));
    }
    choices
}

/// The same filters elsewhere, and one thing more.
fn link(query: &Form, path: &str, own: Option<(&str, &str)>) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    let kept = ["q", "actor", "action", "app", "from", "to"];
    for (name, value) in query.pairs().filter(|(name, value)| kept.contains(name) && !value.is_empty()) {
        pairs.append_pair(name, value);
    }
    if let Some((name, value)) = own {
        pairs.append_pair(name, value);
    }
    match pairs.finish() {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_keep_the_filters_and_nothing_else() {
        let query = Form::query(Some("q=a+b&action=app&before=7&color=red&from="));
        assert_eq!(link(&query, "/x", Some(("format", "csv"))), "/x?q=a+b&action=app&format=csv");
        assert_eq!(link(&Form::query(None), "/x", None), "/x");
    }

    #[test]
    fn every_deed_and_kind_has_its_words_in_both_languages() {
        for language in [crate::domain::Language::En, crate::domain::Language::De] {
            let words = words(language);
            let choices = actions("app", true, words);
            assert!(choices.iter().all(|(_, label, _)| label.trim_matches(['–', ' ']).len() > 2), "{choices:?}");
            assert_eq!(choices.iter().filter(|(.., is_chosen)| *is_chosen).count(), 1);
        }
    }
}
