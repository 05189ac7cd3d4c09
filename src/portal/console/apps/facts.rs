//! What is known of one app: where it is, where it runs, how that fares.

use crate::portal::console::Console;
use crate::portal::console::place::InApp;
use crate::portal::pages;
use crate::portal::qr;
use crate::portal::right::SeeApps;
use crate::upstreams::{State, UpstreamHealth};

use super::status::Moment;
use super::words::{Apps, access, tries, words};

/// Rendered by `apps/facts.html`.
pub(super) struct Facts {
    pub(super) words: &'static Apps,
    pub(super) url: String,
    pub(super) code: Option<String>,
    pub(super) access: &'static str,
    pub(super) description: String,
    pub(super) upstreams: Vec<Row>,
    pub(super) created: String,
    pub(super) created_at: String,
}

/// One upstream.
pub(super) struct Row {
    pub(super) url: String,
    /// As a badge has it.
    pub(super) state: &'static str,
    pub(super) word: &'static str,
    /// Why not, or how quickly.
    pub(super) detail: String,
    pub(super) checked: Option<Moment>,
}

impl Facts {
    pub(super) fn of(console: &Console, here: &InApp<SeeApps>) -> Self {
        let (app, language) = (here.app(), here.member.language);
        let url = app.url.to_string();
        Self {
            words: words(language),
            code: qr::svg(&url),
            url,
            access: (access(language).option)(app.access),
            description: app.description.clone(),
            upstreams: console.desk.health().of(app).iter().map(|each| row(each, here)).collect(),
            created: pages::ago(here.member.now.since(app.created_at), language),
            created_at: app.created_at.to_string(),
        }
    }
}

fn row(health: &UpstreamHealth, here: &InApp<SeeApps>) -> Row {
    let (words, said) = (words(here.member.language), tries(here.member.language));
    let (state, word) = match health.state {
        State::Up => ("running", words.reachable),
        State::Down => ("unreachable", words.unreachable),
        State::Unknown => ("unknown", words.not_tried),
    };
    let detail = match (&health.error, health.latency) {
        (Some(trouble), _) => {
            let (heading, _) = (said.trouble)(trouble.code);
            format!("{heading} ({})", trouble.text)
        }
        (None, Some(latency)) if health.state == State::Up => (said.took)(latency.as_millis().max(1)),
        (None, _) => String::new(),
    };
    let checked = health.checked_at.map(|at| Moment::of(&here.member, at));
    Row { url: health.url.to_string(), state, word, detail, checked }
}
