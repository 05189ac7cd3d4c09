//! One's own name, language and appearance; password and devices have a page of their own, as every user's have.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;

use crate::desk::{Expected, ProfileChange};
use crate::domain::Theme;
use crate::portal::pages::{self, Answer, language};

use super::Console;
use super::errors::Errors;
use super::field::{Choice, Field, FormView};
use super::member::Member;
use super::sent::Sent;
use super::sheet::FormSheet;
use super::words::Shell;

const OWN: &str = "/profile";

pub(super) fn routes() -> Router<Arc<Console>> {
    Router::new().route(OWN, get(page).post(change))
}

async fn page(State(console): State<Arc<Console>>, member: Member) -> Answer {
    show(&console, &member, &Errors::default())
}

async fn change(State(console): State<Arc<Console>>, member: Member, Sent(sent): Sent) -> Answer {
    let theme = match sent.text("theme") {
        "light" => Some(Theme::Light),
        "dark" => Some(Theme::Dark),
        _ => None,
    };
    let change = ProfileChange {
        given_name: Some(sent.text("given_name").to_owned()),
        family_name: Some(sent.text("family_name").to_owned()),
        theme: Some(theme),
        language: Some(language::parse(sent.text("language"))),
    };
    match console.desk.change_profile(&member.authority, change, &Expected::Anything).await {
        Ok(()) => pages::see_other("/profile?done=saved"),
        Err(error) => show(&console, &member, &Errors::of(error, member.words(), |_| None)),
    }
}

fn show(console: &Console, member: &Member, errors: &Errors) -> Answer {
    let words = member.words();
    let profile = match console.desk.profile(&member.authority) {
        Ok(profile) => profile,
        Err(error) => return member.stop(error.into()),
    };
    let chosen = profile.member.language;
    let fields = vec![
        Field::text("given_name", words.given_name)
            .value(profile.user.given_name)
            .autocomplete("given-name")
            .optional(),
        Field::text("family_name", words.family_name)
            .value(profile.user.family_name)
            .autocomplete("family-name")
            .optional(),
        Field::select("language", words.language, languages(chosen, words)),
        Field::select("theme", words.theme, themes(profile.member.theme, words)),
    ];
    let form = FormView::new(OWN, words.save, fields).judged(errors, words);
    FormSheet::new(member.frame(words.profile), form).lead(&*member.username).answer(errors.status())
}

fn languages(chosen: Option<crate::domain::Language>, words: &Shell) -> Vec<Choice> {
    use crate::domain::Language;
    vec![
        Choice::new("", words.theme_auto, chosen.is_none()),
        Choice::new("de", "Deutsch", chosen == Some(Language::De)),
        Choice::new("en", "English", chosen == Some(Language::En)),
    ]
}

fn themes(chosen: Option<Theme>, words: &Shell) -> Vec<Choice> {
    vec![
        Choice::new("", words.theme_auto, chosen.is_none()),
        Choice::new("light", words.theme_light, chosen == Some(Theme::Light)),
        Choice::new("dark", words.theme_dark, chosen == Some(Theme::Dark)),
    ]
}
