//! Who may use an app: five options, and what goes with them. What a change does to those who are in is said first.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use http::StatusCode;

use crate::desk::{AppChange, Foreseen};
use crate::domain::{AccessMode, App, Domain, Slug};
use crate::portal::console::Console;
use crate::portal::console::errors::Errors;
use crate::portal::console::field::{Choice, Field, FormView};
use crate::portal::console::frame::Frame;
use crate::portal::console::place::InApp;
use crate::portal::console::sent::{Sent, expected};
use crate::portal::pages::{self, Answer, Form};
use crate::portal::right::ChangeAccess;

use super::words::{AccessWords, access, making};
use super::{AppHead, Tab, settle};

#[derive(Template)]
#[template(path = "apps/access.html", config = "src/portal/console/askama.toml")]
struct AccessPage {
    frame: Frame,
    head: AppHead,
    words: &'static AccessWords,
    form: FormView,
}

#[derive(Template)]
#[template(path = "apps/access-confirm.html", config = "src/portal/console/askama.toml")]
struct ConfirmPage {
    frame: Frame,
    words: &'static AccessWords,
    what: Vec<String>,
    effects: Vec<String>,
    action: String,
    /// All that was sent, to be sent again.
    sent: Vec<(String, String)>,
    back: String,
}

pub(super) async fn page(State(console): State<Arc<Console>>, here: InApp<ChangeAccess>) -> Answer {
    settle(&console, &[&here.entry]).await;
    show(&console, &here, &Entered::of(here.app()), &Errors::default())
}

pub(super) async fn change(State(console): State<Arc<Console>>, here: InApp<ChangeAccess>, Sent(form): Sent) -> Answer {
    let entered = Entered::sent(&form);
    let mut errors = Errors::default();
    let change = entered.read(&console, &here, &mut errors);
    if !errors.is_empty() {
        return show(&console, &here, &entered, &errors);
    }
    if form.text("confirmed").is_empty()
        && let Some(question) = question(&console, &here, &change, &form)
    {
        return pages::page(StatusCode::OK, &question);
    }
    match console.desk.change_app_as_expected(here.app().id, change, &expected(&form)).await {
        Ok(_) => pages::see_other(&here.path("/access?done=access")),
        Err(error) => {
            let words = making(here.member.language);
            let errors = Errors::of(error, here.member.words(), |field| {
                (field == "master_password").then(|| words.wrong_master_password.to_owned())
            });
            show(&console, &here, &entered, &errors)
        }
    }
}

/// What is asked before the mode or the master password changes.
fn question(console: &Console, here: &InApp<ChangeAccess>, change: &AppChange, form: &Form) -> Option<ConfirmPage> {
    let words = access(here.member.language);
    let before = here.app().access;
    let after = change.access.unwrap_or(before);
    let has_new_master = change.master_password.is_some() && here.app().master.is_some();
    if after == before && !has_new_master {
        return None;
    }
    let Foreseen { live, ended } = console.desk.foresee(here.app().id, change)?;
    let mode = (after != before).then(|| (words.confirm_from)((words.option)(before), (words.option)(after)));
    let master = has_new_master.then(|| words.confirm_master.to_owned());
    let mut effects = vec![(words.confirm_sessions)(live, ended)];
    effects.extend((ended > 0).then(|| words.confirm_kept.to_owned()));
    effects.extend((after != before).then(|| words.confirm_invites.to_owned()));
    Some(ConfirmPage {
        frame: here.frame(words.confirm),
        words,
        what: mode.into_iter().chain(master).collect(),
        effects,
        action: here.path("/access"),
        sent: form.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        back: here.path("/access"),
    })
}

/// What stands in the form.
struct Entered {
    access: AccessMode,
    master_password: Option<String>,
    approval: bool,
    domains: String,
    hosted_domain: String,
    name_question: bool,
    /// The ids that are ticked; all when `None`.
    providers: Option<Vec<String>>,
}

impl Entered {
    fn of(app: &App) -> Self {
        let domains: Vec<String> = app.sign_up_domains.iter().map(ToString::to_string).collect();
        let ids = |list: &Vec<Slug>| list.iter().map(ToString::to_string).collect();
        Self {
            access: app.access,
            master_password: None,
            approval: app.approval,
            domains: domains.join(", "),
            hosted_domain: app.hosted_domain.as_ref().map(ToString::to_string).unwrap_or_default(),
            name_question: app.name_question,
            providers: app.providers.as_ref().map(ids),
        }
    }

    fn sent(form: &Form) -> Self {
        let named = AccessMode::ALL.into_iter().find(|mode| mode.as_str() == form.text("access"));
        let access = named.unwrap_or(AccessMode::InviteOnly);
        Self {
            access,
            master_password: form.filled("master_password").filter(|_| access.asks_master_password()),
            approval: !form.text("approval").is_empty(),
            domains: form.text("sign_up_domains").to_owned(),
            hosted_domain: form.text("hosted_domain").trim().to_owned(),
            name_question: !form.text("name_question").is_empty(),
            providers: Some(form.all("providers").map(str::to_owned).collect()),
        }
    }

    fn read(&self, console: &Console, here: &InApp<ChangeAccess>, errors: &mut Errors) -> AppChange {
        let words = access(here.member.language);
        let app = here.app();
        if self.access.asks_master_password() && self.master_password.is_none() && app.master.is_none() {
            errors.add("master_password", making(here.member.language).wrong_master_password);
        }
        let listed = self.domains.split([',', ';', ' ', '\n']).map(str::trim).filter(|text| !text.is_empty());
        let domains: Result<Vec<Domain>, _> = listed.map(str::parse).collect();
        if domains.is_err() {
            errors.add("sign_up_domains", words.wrong_domains);
        }
        let hosted = Some(self.hosted_domain.as_str()).filter(|text| !text.is_empty()).map(str::parse::<Domain>);
        if hosted.as_ref().is_some_and(Result::is_err) {
            errors.add("hosted_domain", words.wrong_hosted_domain);
        }
        // All that there are means those that will be, too.
        let known = console.desk.providers();
        let ticked = |id: &Slug| self.providers.as_ref().is_none_or(|ids| ids.iter().any(|each| *each == id.as_str()));
        let chosen: Vec<Slug> = known.iter().map(|each| each.id.clone()).filter(ticked).collect();
        let providers = (!known.is_empty()).then(|| (chosen.len() < known.len()).then_some(chosen));
        AppChange {
            access: Some(self.access),
            master_password: self.master_password.clone(),
            approval: Some(self.approval),
            sign_up_domains: domains.ok(),
            hosted_domain: Some(hosted.and_then(Result::ok)),
            name_question: Some(self.name_question),
            providers,
            ..AppChange::default()
        }
    }
}

fn show(console: &Console, here: &InApp<ChangeAccess>, entered: &Entered, errors: &Errors) -> Answer {
    let words = access(here.member.language);
    let head = AppHead::of(console, here, Tab::Access);
    let form = FormView::new(here.path("/access"), here.member.words().save, fields(console, here, entered));
    let form = form.written_in(here.revision(&console.desk));
    let done = (here.member.done == "access").then_some(words.changed);
    let page = AccessPage {
        frame: here.frame(format!("{} · {}", words.heading, head.title)).telling(done),
        head,
        words,
        form: form.judged(errors, here.member.words()),
    };
    pages::page(errors.status(), &page)
}

fn fields(console: &Console, here: &InApp<ChangeAccess>, entered: &Entered) -> Vec<Field> {
    let (words, shell) = (access(here.member.language), making(here.member.language));
    let modes = AccessMode::ALL.map(|mode| {
        Choice::new(mode.as_str(), (words.option)(mode), mode == entered.access).because((words.explain)(mode))
    });
    let is_set = here.app().master.is_some();
    let (label, hint) = match is_set {
        true => (words.master_change, words.master_is_set),
        false => (words.master_set, shell.master_password_hint),
    };
    let master = Field::line("password", "master_password", label).hint(hint).autocomplete("new-password");
    let master = master.class("only-master");
    let mut fields = vec![
        Field::choices("access", words.heading, modes.into()),
        if is_set { master.optional() } else { master },
        Field::tick("name_question", words.name_question, entered.name_question)
            .hint(words.name_question_hint)
            .class("only-name"),
        Field::tick("approval", words.approval, entered.approval).hint(words.approval_hint).class("only-signup"),
        Field::text("sign_up_domains", words.domains)
            .value(entered.domains.clone())
            .hint(words.domains_hint)
            .verbatim()
            .optional()
            .class("only-signup"),
    ];
    let providers = console.desk.providers();
    if !providers.is_empty() {
        let is_on = |id: &Slug| entered.providers.as_ref().is_none_or(|on| on.iter().any(|each| each == id.as_str()));
        let ticks = providers.iter().map(|each| Choice::new(each.id.as_str(), each.title.clone(), is_on(&each.id)));
        fields.push(
            Field::ticks("providers", words.providers, ticks.collect()).hint(words.providers_hint).class("only-people"),
        );
        fields.push(
            Field::text("hosted_domain", words.hosted_domain)
                .value(entered.hosted_domain.clone())
                .hint(words.hosted_domain_hint)
                .verbatim()
                .optional()
                .class("only-people"),
        );
    }
    fields
}
