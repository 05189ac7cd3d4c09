//! Light or dark, German or English: switched in the bar of every page, which is then shown anew.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::post;

use crate::desk::Look;
use crate::domain::Theme;
use crate::portal::pages::{self, Answer, language};

use super::Console;
use super::member::Member;
use super::sent::Sent;

pub(super) fn routes() -> Router<Arc<Console>> {
    Router::new().route("/profile/look", post(change))
}

async fn change(State(console): State<Arc<Console>>, member: Member, Sent(form): Sent) -> Answer {
    let theme = match form.text("theme") {
        "light" => Some(Some(Theme::Light)),
        "dark" => Some(Some(Theme::Dark)),
        "auto" => Some(None),
        _ => None,
    };
    let look = Look { theme, language: language::parse(form.text("language")).map(Some) };
    match console.desk.change_look(member.id, look).await {
        Ok(()) => pages::see_other(Member::return_to(&form).as_str()),
        Err(error) => member.stop(error.into()),
    }
}
