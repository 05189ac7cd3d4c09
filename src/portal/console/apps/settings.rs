//! An app's settings: one form for each, saved by itself.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};

use crate::desk::AppChange;
use crate::domain::{Icon, Permission};
use crate::portal::console::Console;
use crate::portal::console::errors::Errors;
use crate::portal::console::field::FormView;
use crate::portal::console::frame::{Frame, Link};
use crate::portal::console::place::{InApp, segment};
use crate::portal::console::sent::{Sent, expected};
use crate::portal::console::stop::Stop;
use crate::portal::console::upload::Upload;
use crate::portal::pages::{self, Answer, Form};
use crate::portal::right::EditApps;

use super::part::Part;
use super::words::{SettingsWords, settings};
use super::{AppHead, Tab, settle};

#[derive(Template)]
#[template(path = "apps/settings.html", config = "src/portal/console/askama.toml")]
struct SettingsPage {
    frame: Frame,
    head: AppHead,
    words: &'static SettingsWords,
    sections: Vec<Section>,
    icon: FormView,
    /// Where the picture is taken away, if there is one.
    icon_remove: Option<String>,
    more: Vec<More>,
}

struct Section {
    id: &'static str,
    heading: &'static str,
    lead: &'static str,
    form: FormView,
}

/// What concerns the app as a whole, each with a page of its own.
struct More {
    link: Link,
    lead: &'static str,
    is_grave: bool,
}

pub(super) async fn page(State(console): State<Arc<Console>>, here: InApp<EditApps>) -> Answer {
    settle(&console, &[&here.entry]).await;
    show(&console, &here, None)
}

pub(super) async fn change(
    State(console): State<Arc<Console>>,
    here: InApp<EditApps>,
    Path(path): Path<HashMap<String, String>>,
    Sent(form): Sent,
) -> Answer {
    let part = path.get("part").and_then(|name| Part::ALL.into_iter().find(|part| part.name() == name));
    let Some(part) = part else { return here.member.stop(Stop::NotFound) };
    let mut errors = Errors::default();
    let change = part.read(&form, settings(here.member.language), &mut errors);
    if !errors.is_empty() {
        return show(&console, &here, Some((part, &form, &errors)));
    }
    match console.desk.change_app_as_expected(here.app().id, change, &expected(&form)).await {
        // Its name may be another one now.
        Ok(app) => {
            let path = format!("/w/{}/apps/{}/settings?done=saved", here.workspace.name, segment(&app));
            pages::see_other(&path)
        }
        Err(error) => {
            let errors = part.explained(error, &here);
            show(&console, &here, Some((part, &form, &errors)))
        }
    }
}

pub(super) async fn icon(State(console): State<Arc<Console>>, here: InApp<EditApps>, Upload(file): Upload) -> Answer {
    let words = settings(here.member.language);
    let mut errors = Errors::default();
    match file.map(Icon::read) {
        Some(Ok(icon)) => return set_icon(&console, &here, Some(icon)).await,
        Some(Err(_)) => errors.add("icon", words.icon_wrong),
        None => errors.add("icon", words.icon_missing),
    }
    show(&console, &here, Some((Part::Icon, &Form::query(None), &errors)))
}

pub(super) async fn remove_icon(State(console): State<Arc<Console>>, here: InApp<EditApps>) -> Answer {
    set_icon(&console, &here, None).await
}

async fn set_icon(console: &Console, here: &InApp<EditApps>, icon: Option<Icon>) -> Answer {
    let change = AppChange { icon: Some(icon), ..AppChange::default() };
    match console.desk.change_app(here.app().id, change).await {
        Ok(_) => pages::see_other(&here.path("/settings?done=saved")),
        Err(error) => here.member.stop(error.into()),
    }
}

/// With what was sent for one part and is wrong there.
fn show(console: &Console, here: &InApp<EditApps>, mishap: Option<(Part, &Form, &Errors)>) -> Answer {
    let words = settings(here.member.language);
    let shell = here.member.words();
    let head = AppHead::of(console, here, Tab::Settings);
    let fine = Errors::default();
    let revision = here.revision(&console.desk);
    let errors_of = |part: Part| mishap.filter(|(about, ..)| *about == part).map_or(&fine, |(.., errors)| errors);
    let section = |part: Part| {
        let sent = mishap.filter(|(about, ..)| *about == part).map(|(_, form, _)| form);
        let (heading, lead) = part.said(words);
        let action = here.path(&format!("/settings/{}", part.name()));
        let form = FormView::new(action, shell.save, part.fields(here, words, sent)).within(part.name());
        Section {
            id: part.name(),
            heading,
            lead,
            form: form.quiet().written_in(revision).judged(errors_of(part), shell),
        }
    };
    let icon = FormView::new(here.path("/settings/icon"), words.icon_upload, Part::Icon.fields(here, words, None));
    let page = SettingsPage {
        frame: here.frame(format!("{} · {}", (head.words.tab)(Tab::Settings), head.title)),
        head,
        words,
        sections: Part::FORMS.map(section).into(),
        icon: icon.within("icon").upload().quiet().judged(errors_of(Part::Icon), shell),
        icon_remove: here.app().icon.as_ref().map(|_| here.path("/settings/icon/remove")),
        more: more(here, words),
    };
    pages::page(mishap.map_or(http::StatusCode::OK, |(.., errors)| errors.status()), &page)
}

fn more(here: &InApp<EditApps>, words: &SettingsWords) -> Vec<More> {
    let all = [
        ("/settings/copy", words.copy, words.copy_lead, Permission::CreateApps),
        ("/settings/move", words.relocate, words.relocate_lead, Permission::DeleteApps),
        ("/settings/delete", words.delete, words.delete_upstream, Permission::DeleteApps),
    ];
    let open = all.into_iter().filter(|(.., needed)| here.may(*needed));
    open.map(|(path, label, lead, _)| More {
        link: Link { href: here.path(path), label: label.to_owned() },
        lead,
        is_grave: path.ends_with("delete"),
    })
    .collect()
}
