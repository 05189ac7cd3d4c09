//! An app's picture: the one that was uploaded, or its first letters.

use crate::domain::App;
use crate::portal::console::frame::initials;
use crate::portal::console::place::InApp;
use crate::portal::console::stop::Stop;
use crate::portal::pages::{self, Answer};
use crate::portal::right::SeeApps;

/// Rendered by `apps/face.html`.
pub(super) struct Face {
    pub(super) picture: Option<String>,
    pub(super) letters: String,
}

impl Face {
    /// `path` is the app's own.
    pub(super) fn of(app: &App, path: &str) -> Self {
        let title = if app.title.is_empty() { app.name.as_str() } else { &app.title };
        Self { picture: app.icon.as_ref().map(|_| format!("{path}/icon")), letters: initials(title) }
    }
}

pub(super) async fn serve(here: InApp<SeeApps>) -> Answer {
    match &here.app().icon {
        Some(icon) => pages::inline(icon.kind.media_type(), icon.bytes.clone()),
        None => here.member.stop(Stop::NotFound),
    }
}
