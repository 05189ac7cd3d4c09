//! Trying where an app runs, at once, and saying what it answered.

use askama::Template;
use http::StatusCode;

use crate::domain::{Language, Upstream};
use crate::portal::console::member::Member;
use crate::portal::console::place::{InApp, InWorkspace};
use crate::portal::console::sent::Sent;
use crate::portal::pages::{self, Answer};
use crate::portal::right::{CreateApps, EditApps};
use crate::upstreams::{self, Probe, Trouble};

use super::words::{Tries, tries};

/// Rendered by `apps/tried.html`; the script takes its element `.answer`.
#[derive(Template)]
#[template(path = "apps/tried.html", config = "src/portal/console/askama.toml")]
pub(super) struct TriedView {
    pub(super) is_good: bool,
    heading: String,
    detail: String,
}

impl TriedView {
    pub(super) fn of(outcome: &Result<upstreams::Answer, Trouble>, language: Language) -> Self {
        let words = tries(language);
        match outcome {
            Ok(answer) => {
                let heading = match &answer.title {
                    Some(title) => (words.answers_as)(title),
                    None => words.answers.to_owned(),
                };
                Self { is_good: true, heading, detail: detail(answer, words) }
            }
            Err(trouble) => {
                let (heading, remedy) = (words.trouble)(trouble.code);
                Self { is_good: false, heading: heading.to_owned(), detail: format!("{remedy} ({})", trouble.text) }
            }
        }
    }

    fn unreadable(language: Language) -> Self {
        let words = tries(language);
        Self { is_good: false, heading: words.unreadable.to_owned(), detail: words.form.to_owned() }
    }

    /// For the field that it belongs to.
    pub(super) fn html(&self) -> String {
        self.render().unwrap_or_default()
    }
}

fn detail(answer: &upstreams::Answer, words: &Tries) -> String {
    let millis = answer.latency.as_millis().max(1);
    let mut parts = vec![format!("HTTP {}", answer.status)];
    parts.extend(answer.server.clone());
    parts.extend(answer.location.as_ref().map(|to| format!("→ {to}")));
    parts.push((words.took)(millis));
    parts.join(" · ")
}

/// What people type for an address: a port, a host and port, or all of it.
pub(super) fn typed(text: &str) -> Option<Upstream> {
    let text = text.trim();
    let is_port = (1..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let whole = match text {
        _ if is_port => format!("http://127.0.0.1:{text}"),
        _ if text.starts_with('/') => format!("unix:{text}"),
        _ if text.contains("://") || text.starts_with("unix:") => text.to_owned(),
        _ => format!("http://{text}"),
    };
    whole.parse().ok()
}

pub(super) async fn for_new(here: InWorkspace<CreateApps>, Sent(form): Sent) -> Answer {
    answer(&here.member, Probe::new, form.text("upstream")).await
}

pub(super) async fn for_app(here: InApp<EditApps>, Sent(form): Sent) -> Answer {
    let app = here.app().clone();
    answer(&here.member, |upstream| Probe::of(&app, &upstream), form.text("upstream")).await
}

async fn answer(member: &Member, probe: impl FnOnce(Upstream) -> Probe, text: &str) -> Answer {
    let view = match typed(text) {
        Some(upstream) => TriedView::of(&probe(upstream).run().await, member.language),
        None => TriedView::unreadable(member.language),
    };
    pages::page(StatusCode::OK, &view)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_people_type_it() {
        for (text, expected) in [
            ("1880", "http://127.0.0.1:1880"),
            (" 127.0.0.1:1880/ ", "http://127.0.0.1:1880"),
            ("localhost:3000", "http://localhost:3000"),
            ("plc", "http://plc"),
            ("https://plc/base", "https://plc/base"),
            ("/run/app.sock", "unix:/run/app.sock"),
            ("unix:/run/app.sock", "unix:/run/app.sock"),
        ] {
            assert_eq!(typed(text).unwrap().to_string(), expected, "{text}");
        }
        for text in ["", "a b", "ftp://x", "http://", "http://u:p@x"] {
            assert!(typed(text).is_none(), "{text}");
        }
    }
}
