//! The account, as it is shown.

use std::net::IpAddr;

use crate::desk::{AccountView, Field, OwnSession, ProviderView};
use crate::domain::{Identity, Timestamp};

use super::super::gates::input;
use super::super::site::Site;
use super::super::views::{
    AccountPage, Complained, DeviceRow, Devices, Input, Link, LinkedRow, LinkedSection, ProviderLink, Section,
    SectionForm,
};
use super::super::words::Words;
use super::agent::Agent;
use super::ago::ago;
use super::{ACCOUNT, Mishap, Part};

/// Rows of the list of devices; more than this is ended all at once.
const MOST_ROWS: usize = 100;

pub(super) struct Looked<'a> {
    pub(super) site: &'a Site,
    pub(super) view: &'a AccountView,
    pub(super) now: Timestamp,
    pub(super) has_mail: bool,
    /// What was just done, by the name of its form.
    pub(super) done: &'a str,
    /// For what identities are called.
    pub(super) configured: Vec<ProviderView>,
    pub(super) providers: Vec<ProviderLink>,
    pub(super) mishap: Option<&'a Mishap<'a>>,
}

pub(super) fn account_page(looked: &Looked<'_>) -> AccountPage {
    let site = looked.site;
    let words = site.words();
    let (profile, address, password, delete) = (looked.profile(), looked.address(), looked.password(), looked.delete());
    let linked = looked.linked();
    let complained = looked
        .mishap
        .map(|mishap| complained(&mishap.complaint.summary, [&profile, &address, &password, &delete], linked.as_ref()));
    AccountPage {
        frame: site.frame(words.account.heading, ACCOUNT, None),
        words,
        done: done(looked.done, words).filter(|_| looked.mishap.is_none()),
        complained,
        profile,
        address,
        password,
        linked,
        devices: looked.devices(),
        delete,
        home: Link { href: site.home().to_string(), label: words.to_the_app },
        sign_out: Link { href: site.link("sign-out", None), label: words.sign_out },
    }
}

fn done(name: &str, words: &Words) -> Option<&'static str> {
    let done = &words.account.done;
    match name {
        "name" => Some(done.name),
        "email" => Some(done.email),
        "address" => Some(done.address),
        "password" => Some(done.password),
        "linked" => Some(done.linked),
        "unlink" => Some(done.unlinked),
        "end" => Some(done.ended),
        _ => None,
    }
}

/// Above everything, with ways to the fields that are meant.
fn complained(summary: &str, sections: [&Section; 4], linked: Option<&LinkedSection>) -> Complained {
    let fields = sections.into_iter().filter_map(|section| section.form.as_ref()).flat_map(|form| &form.fields);
    let wrong = fields.filter_map(|field| {
        let error = field.error.as_ref()?;
        Some((field.id(), format!("{}: {error}", field.label)))
    });
    let identity = linked.and_then(|linked| linked.error.clone()).map(|error| ("linked-identity".to_owned(), error));
    Complained { summary: summary.to_owned(), links: wrong.chain(identity).collect() }
}

impl Looked<'_> {
    fn provider(&self, identity: &Identity) -> String {
        let known = self.configured.iter().find(|provider| provider.issuer == identity.issuer);
        known.map_or_else(|| host_of(identity), |provider| provider.title.clone())
    }

    fn profile(&self) -> Section {
        let words = self.site.words();
        let mut fields = [Field::GivenName, Field::FamilyName].map(|field| self.field(Part::Name, field));
        for (field, present) in fields.iter_mut().zip([&self.view.given_name, &self.view.family_name]) {
            if self.mishap_of(Part::Name).is_none() {
                field.value.clone_from(present);
            }
        }
        self.section(Part::Name, words.account.profile, None, fields.into(), words.account.save)
    }

    fn address(&self) -> Section {
        let (words, name) = (&self.site.words().account, self.view.username.as_str());
        let heading = if self.view.username.is_email() { words.address } else { words.user_name };
        if !self.has_mail {
            let lead = Some((words.address_by_administrator)(name));
            return Section { id: Part::Email.section(), heading, lead, form: None };
        }
        let lead = match (self.view.username.is_email(), self.view.email_verified) {
            (false, _) => (words.no_address)(name),
            (true, true) => (words.address_lead)(name),
            (true, false) => (words.address_unproven)(name),
        };
        let mut email = self.field(Part::Email, Field::Email);
        (email.kind, email.label, email.autocomplete) = ("email", words.new_address, "email");
        email.hint = Some(words.new_address_hint.to_owned());
        if self.mishap_of(Part::Email).is_none() && !self.view.email_verified && self.view.username.is_email() {
            email.value = name.to_owned();
        }
        let password = self.view.has_password.then(|| self.field(Part::Email, Field::Password));
        let fields = [email].into_iter().chain(password).collect();
        self.section(Part::Email, heading, Some(lead), fields, words.send_link)
    }

    fn password(&self) -> Section {
        let all = self.site.words();
        let words = &all.account;
        let mut old = self.field(Part::Password, Field::Password);
        old.label = words.present_password;
        let old = self.view.has_password.then_some(old);
        let new = self.field(Part::Password, Field::NewPassword);
        let is_ticked = self.mishap_of(Part::Password).is_none_or(|sent| !sent.sent.text("end_others").is_empty());
        let end_others = Input { is_checked: is_ticked, ..self.tick(Part::Password, "end_others", words.end_others) };
        let fields = old.into_iter().chain([new, end_others]).collect();
        let (submit, lead) = match self.view.has_password {
            true => (words.change_password, None),
            false => (words.set_password, Some(words.no_password_yet.to_owned())),
        };
        let mut section = self.section(Part::Password, all.password, lead, fields, submit);
        if let Some(form) = &mut section.form {
            form.username = Some(self.view.username.to_string());
        }
        section
    }

    fn delete(&self) -> Section {
        let words = &self.site.words().account;
        let password = self.view.has_password.then(|| self.field(Part::Delete, Field::Password));
        let confirm = self.tick(Part::Delete, "confirm", words.confirm_delete);
        let confirm = Input { error: self.error(Part::Delete, Field::Confirm), ..confirm };
        let fields = password.into_iter().chain([confirm]).collect();
        let lead = Some(words.delete_lead.to_owned());
        let mut section = self.section(Part::Delete, words.delete, lead, fields, words.delete);
        if let Some(form) = &mut section.form {
            form.is_grave = true;
        }
        section
    }

    fn linked(&self) -> Option<LinkedSection> {
        let identities = &self.view.identities;
        if identities.is_empty() && self.providers.is_empty() {
            return None;
        }
        let rows = identities.iter().map(|identity| LinkedRow {
            id: identity.id().to_string(),
            title: self.provider(identity),
            email: identity.email.as_ref().map(ToString::to_string),
        });
        Some(LinkedSection {
            action: self.action(Part::Unlink),
            rows: rows.collect(),
            can_unlink: self.view.can_unlink(),
            error: self.error(Part::Unlink, Field::Identity),
            links: self.providers.clone(),
        })
    }

    fn devices(&self) -> Devices {
        let sessions = &self.view.sessions;
        Devices {
            end: self.action(Part::End),
            end_all: self.action(Part::Everywhere),
            rows: sessions.iter().take(MOST_ROWS).map(|own| self.device(own)).collect(),
            more: sessions
                .len()
                .checked_sub(MOST_ROWS)
                .filter(|more| *more > 0)
                .map(self.site.words().account.more_devices),
        }
    }

    fn device(&self, own: &OwnSession) -> DeviceRow {
        let words = &self.site.words().account;
        let session = &own.session;
        let title = match Agent::read(&session.agent) {
            Agent::Browser { name, system: Some(system) } => (words.on)(name, system),
            Agent::Browser { name, system: None } => name.to_owned(),
            Agent::Other(text) => text,
            Agent::Silent => words.unknown_browser.to_owned(),
        };
        DeviceRow {
            id: session.id.to_string(),
            title,
            app: own.app_title.clone(),
            ip: readable(session.ip),
            seen: ago(self.now.since(session.last_seen_at), &words.ago),
            seen_at: session.last_seen_at.to_string(),
            is_this: own.is_this,
        }
    }

    fn section(
        &self,
        part: Part,
        heading: &'static str,
        lead: Option<String>,
        fields: Vec<Input>,
        submit: &'static str,
    ) -> Section {
        let form = SectionForm { action: self.action(part), fields, username: None, submit, is_grave: false };
        Section { id: part.section(), heading, lead, form: Some(form) }
    }

    fn action(&self, part: Part) -> String {
        self.site.link(&format!("{ACCOUNT}/{}", part.name()), None)
    }

    /// A field with what was sent, unless that was a password, and with what is wrong with it.
    fn field(&self, part: Part, field: Field) -> Input {
        let mut input = input(field, self.site.words(), false);
        input.scope = part.section();
        input.error = self.error(part, field);
        if let Some(mishap) = self.mishap_of(part).filter(|_| input.kind != "password") {
            input.value = mishap.sent.text(input.name).to_owned();
        }
        input
    }

    fn tick(&self, part: Part, name: &'static str, label: &'static str) -> Input {
        let blank = input(Field::Confirm, self.site.words(), false);
        Input { name, label, scope: part.section(), value: "on".to_owned(), ..blank }
    }

    fn error(&self, part: Part, field: Field) -> Option<String> {
        self.mishap_of(part).and_then(|mishap| mishap.complaint.about(field))
    }

    fn mishap_of(&self, part: Part) -> Option<&Mishap<'_>> {
        self.mishap.filter(|mishap| mishap.part == part)
    }
}

/// What is known of a provider that is configured no longer.
fn host_of(identity: &Identity) -> String {
    let host = url::Url::parse(&identity.issuer).ok().and_then(|url| url.host_str().map(str::to_owned));
    match host.as_deref() {
        Some("accounts.google.com") => "Google".to_owned(),
        Some(host) => host.to_owned(),
        None => identity.issuer.clone(),
    }
}

fn readable(ip: IpAddr) -> String {
    ip.to_canonical().to_string()
}
