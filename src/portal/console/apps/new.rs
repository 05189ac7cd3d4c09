//! A new app: where it runs, tried at once; then name, address and access; then the link.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use http::StatusCode;

use crate::desk::{AdminError, AppChange, NewApp};
use crate::domain::{AccessMode, AppUrl, Slug, Upstream};
use crate::handoff::Visit;
use crate::portal::console::Console;
use crate::portal::console::errors::Errors;
use crate::portal::console::field::{Choice, Field, FormView};
use crate::portal::console::frame::{Frame, Nav};
use crate::portal::console::place::{InWorkspace, segment};
use crate::portal::console::sent::Sent;
use crate::portal::pages::{self, Answer, Form};
use crate::portal::right::CreateApps;
use crate::upstreams::Probe;

use super::beside::Beside;
use super::propose::{NAME, Proposal, proposals};
use super::tried::{TriedView, typed};
use super::words::{Making, access, making, places};
use super::{naming, step};

/// The choice that is filled in by hand.
const OWN: &str = "own";

#[derive(Template)]
#[template(path = "apps/new.html", config = "src/portal/console/askama.toml")]
struct NewPage {
    frame: Frame,
    words: &'static Making,
    steps: Vec<step::Step>,
    /// What it answered.
    tried: Option<TriedView>,
    /// The first step: the address alone.
    upstream: Option<Field>,
    /// The second: the rest.
    form: Option<FormView>,
    known: String,
    own: String,
    is_first: bool,
}

/// What stands in the second step's fields.
struct Draft {
    upstream: Upstream,
    title: String,
    name: String,
    /// A proposal's URL, with its placeholder, or `own`.
    address: String,
    url: String,
    access: AccessMode,
}

pub(super) async fn page(here: InWorkspace<CreateApps>, query: Form) -> Answer {
    let field = upstream_field(&here, query.text("upstream"));
    first_step(&here, field, None, !query.text("first").is_empty(), StatusCode::OK)
}

/// From the first step to the second, unless nothing answers.
pub(super) async fn go_on(
    Extension(visit): Extension<Visit>,
    here: InWorkspace<CreateApps>,
    Sent(form): Sent,
) -> Answer {
    let is_first = !form.text("first").is_empty();
    let text = form.text("upstream");
    let Some(upstream) = typed(text) else {
        let mut errors = Errors::default();
        let shell = here.member.words();
        let missing = text.trim().is_empty();
        errors.add("upstream", if missing { shell.missing } else { super::words::tries(here.member.language).form });
        let field = upstream_field(&here, text).judged(&errors);
        return first_step(&here, field, None, is_first, errors.status());
    };
    let outcome = Probe::new(upstream.clone()).run().await;
    let view = TriedView::of(&outcome, here.member.language);
    if outcome.is_err() && form.text("anyway").is_empty() {
        let field = upstream_field(&here, text);
        return first_step(&here, field, Some(view), is_first, StatusCode::OK);
    }
    let title = outcome.ok().and_then(|answer| answer.title).unwrap_or_else(|| host_of(&upstream));
    let name = naming::free(&title, here.workspace.id, &here.member.snapshot);
    let offers = proposals(&visit, here.workspace.id, &here.member.snapshot, places(here.member.language)).await;
    let address = offers.first().map_or_else(|| OWN.to_owned(), |first| first.url.clone());
    let draft = Draft { upstream, title, name, address, url: String::new(), access: AccessMode::InviteOnly };
    second_step(&here, &draft, &offers, Some(view), &Errors::default())
}

pub(super) async fn create(
    State(console): State<Arc<Console>>,
    Extension(visit): Extension<Visit>,
    here: InWorkspace<CreateApps>,
    Sent(form): Sent,
) -> Answer {
    let words = making(here.member.language);
    let mut errors = Errors::default();
    let Some(draft) = draft(&form) else { return pages::see_other(&here.path("/apps/new")) };
    let new = read(&draft, &form, words, &mut errors);
    if let Some(new) = new.filter(|_| errors.is_empty()) {
        match console.desk.create_app(here.workspace.id, new).await {
            Ok(app) => return pages::see_other(&here.path(&format!("/apps/{}/published", segment(&app)))),
            Err(error) => errors = explained(error, &here, &draft, words),
        }
    }
    let offers = proposals(&visit, here.workspace.id, &here.member.snapshot, places(here.member.language)).await;
    second_step(&here, &draft, &offers, None, &errors)
}

fn first_step(
    here: &InWorkspace<CreateApps>,
    field: Field,
    tried: Option<TriedView>,
    is_first: bool,
    status: StatusCode,
) -> Answer {
    let words = making(here.member.language);
    let heading = match is_first {
        true => (words.welcome)(&here.member.name),
        false => words.heading.to_owned(),
    };
    let page = NewPage {
        frame: here.frame(heading, Nav::Apps),
        words,
        steps: step::steps(words.steps, 0),
        tried,
        known: field.value.clone(),
        upstream: Some(field),
        form: None,
        own: here.path("/apps/new"),
        is_first,
    };
    pages::page(status, &page)
}

fn second_step(
    here: &InWorkspace<CreateApps>,
    draft: &Draft,
    offers: &[Proposal],
    tried: Option<TriedView>,
    errors: &Errors,
) -> Answer {
    let words = making(here.member.language);
    let form = FormView::new(here.path("/apps/new"), words.publish, fields(here, draft, offers))
        .hidden("upstream", draft.upstream.to_string())
        .judged(errors, here.member.words());
    let page = NewPage {
        frame: here.frame(words.heading, Nav::Apps),
        words,
        steps: step::steps(words.steps, 1),
        tried,
        upstream: None,
        form: Some(form),
        known: draft.upstream.to_string(),
        own: here.path("/apps/new"),
        is_first: false,
    };
    pages::page(errors.status(), &page)
}

fn upstream_field(here: &InWorkspace<CreateApps>, value: &str) -> Field {
    let words = making(here.member.language);
    Field::text("upstream", words.upstream).value(value).hint(words.upstream_hint).verbatim()
}

fn fields(here: &InWorkspace<CreateApps>, draft: &Draft, offers: &[Proposal]) -> Vec<Field> {
    let (words, modes) = (making(here.member.language), access(here.member.language));
    let choice = |offer: &Proposal| {
        let name = draft.name.parse::<Slug>().map_or_else(|_| naming::slug(&draft.name), |name| name.to_string());
        Choice::new(offer.url.clone(), offer.filled(&name), offer.url == draft.address).because(offer.why.clone())
    };
    let own = Choice::new(OWN, words.own_address, draft.address == OWN).because(words.own_address_why);
    let addresses = offers.iter().map(choice).chain([own]).collect();
    let modes = AccessMode::ALL.map(|mode| {
        Choice::new(mode.as_str(), (modes.option)(mode), mode == draft.access).because((modes.explain)(mode))
    });
    vec![
        Field::text("title", words.title).value(draft.title.clone()),
        Field::text("name", words.name).value(draft.name.clone()).hint(words.name_hint).verbatim(),
        Field::choices("address", words.address, addresses),
        Field::text("url", words.own_url)
            .value(draft.url.clone())
            .hint(words.own_url_hint)
            .verbatim()
            .class("only-own"),
        Field::choices("access", words.access, modes.into()),
        Field::line("password", "master_password", words.master_password)
            .hint(words.master_password_hint)
            .autocomplete("new-password")
            .class("only-master"),
    ]
}

/// `None` for a form that nobody was shown.
fn draft(form: &Form) -> Option<Draft> {
    Some(Draft {
        upstream: form.text("upstream").parse().ok()?,
        title: form.text("title").trim().to_owned(),
        name: form.text("name").trim().to_owned(),
        address: form.text("address").to_owned(),
        url: form.text("url").trim().to_owned(),
        access: AccessMode::ALL.into_iter().find(|mode| mode.as_str() == form.text("access"))?,
    })
}

fn read(draft: &Draft, form: &Form, words: &Making, errors: &mut Errors) -> Option<NewApp> {
    let name = draft.name.parse::<Slug>();
    if name.is_err() {
        errors.add("name", words.wrong_name);
    }
    let is_own = draft.address == OWN;
    let has_name = name.is_ok();
    let url = if is_own { draft.url.clone() } else { draft.address.replace(NAME, &draft.name) };
    let url = url.parse::<AppUrl>();
    // An address that is made of a wrong name is right as soon as the name is.
    if url.is_err() && (is_own || has_name) {
        errors.add(if is_own { "url" } else { "address" }, words.wrong_url);
    }
    let master_password = form.filled("master_password").filter(|_| draft.access.asks_master_password());
    let rest = AppChange {
        title: Some(draft.title.clone()),
        access: Some(draft.access),
        master_password,
        ..AppChange::default()
    };
    Some(NewApp { name: name.ok()?, url: url.ok()?, upstream: draft.upstream.clone(), rest })
}

/// The verb's refusal beside the field that it is about.
fn explained(error: AdminError, here: &InWorkspace<CreateApps>, draft: &Draft, words: &Making) -> Errors {
    let at = if draft.address == OWN { "url" } else { "address" };
    let beside = Beside { name: Some("name"), url: Some(at), named: &draft.name };
    beside.errors(error, &here.member, |field| {
        Some(match field {
            "title" => words.wrong_title.to_owned(),
            "master_password" => words.wrong_master_password.to_owned(),
            _ => return None,
        })
    })
}

/// What an app is called that says nothing about itself.
fn host_of(upstream: &Upstream) -> String {
    match upstream {
        Upstream::Tcp { host, port, .. } if host.parse::<std::net::IpAddr>().is_ok() || &**host == "localhost" => {
            format!("App {port}")
        }
        Upstream::Tcp { host, .. } => host.split('.').next().unwrap_or_default().to_owned(),
        Upstream::Unix { path } => {
            path.file_stem().map_or_else(|| "App".to_owned(), |stem| stem.to_string_lossy().into_owned())
        }
    }
}
