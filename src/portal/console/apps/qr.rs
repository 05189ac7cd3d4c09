//! An app's address to give away: as a code to scan, and to copy.

use askama::Template;
use http::StatusCode;

use crate::portal::console::frame::Frame;
use crate::portal::console::place::InApp;
use crate::portal::pages::{self, Answer};
use crate::portal::qr;
use crate::portal::right::SeeApps;

use super::head::title;
use super::words::{Apps, words};

#[derive(Template)]
#[template(path = "apps/qr.html", config = "src/portal/console/askama.toml")]
struct QrPage {
    frame: Frame,
    words: &'static Apps,
    url: String,
    code: Option<String>,
    back: String,
}

pub(super) async fn page(here: InApp<SeeApps>) -> Answer {
    let url = here.app().url.to_string();
    let page = QrPage {
        frame: here.frame(title(here.app())),
        words: words(here.member.language),
        code: qr::svg(&url),
        url,
        back: here.path(""),
    };
    pages::page(StatusCode::OK, &page)
}
