//! The parts of an app's settings: their fields, and how what was sent is read.

use crate::desk::{AdminError, AppChange};
use crate::domain::{App, HeaderToken, HostHeader, IdentityPreset, Language};
use crate::portal::api::duration;
use crate::portal::console::errors::Errors;
use crate::portal::console::field::{Choice, Field};
use crate::portal::console::place::InApp;
use crate::portal::pages::{Form, language};
use crate::portal::right::EditApps;

use super::beside::Beside;
use super::tried::typed;
use super::words::{SettingsWords, making, settings};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    General,
    Icon,
    Address,
    Upstream,
    Headers,
    Limits,
}

const PRESETS: [(IdentityPreset, &str); 3] = [
    (IdentityPreset::RemoteUser, "remote-user"),
    (IdentityPreset::XForwardedUser, "x-forwarded-user"),
    (IdentityPreset::XWebauthUser, "x-webauth-user"),
];

impl Part {
    pub(super) const ALL: [Self; 6] =
        [Self::General, Self::Icon, Self::Address, Self::Upstream, Self::Headers, Self::Limits];
    /// Those that are plain forms.
    pub(super) const FORMS: [Self; 5] = [Self::General, Self::Address, Self::Upstream, Self::Headers, Self::Limits];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Icon => "icon",
            Self::Address => "address",
            Self::Upstream => "upstream",
            Self::Headers => "headers",
            Self::Limits => "limits",
        }
    }

    pub(super) fn said(self, words: &SettingsWords) -> (&'static str, &'static str) {
        match self {
            Self::General => words.general,
            Self::Icon => words.icon,
            Self::Address => words.address,
            Self::Upstream => words.upstream,
            Self::Headers => words.headers,
            Self::Limits => words.limits,
        }
    }

    /// With what was sent, or with what is set.
    pub(super) fn fields(self, here: &InApp<EditApps>, words: &SettingsWords, sent: Option<&Form>) -> Vec<Field> {
        let shown = Shown { app: here.app(), sent };
        match self {
            Self::General => shown.general(words),
            Self::Icon => vec![
                Field::file("icon", words.icon_field, "image/png,image/jpeg,image/webp")
                    .hint(words.icon_hint)
                    .required(),
            ],
            Self::Address => {
                vec![
                    Field::text("url", words.url)
                        .value(shown.text("url", |app| app.url.to_string()))
                        .hint(words.url_hint)
                        .verbatim(),
                ]
            }
            Self::Upstream => shown.upstream(words, here.path("/settings/try")),
            Self::Headers => shown.headers(words),
            Self::Limits => shown.limits(words),
        }
    }

    pub(super) fn read(self, form: &Form, words: &SettingsWords, errors: &mut Errors) -> AppChange {
        match self {
            Self::General => general(form, words, errors),
            Self::Icon => AppChange::default(),
            Self::Address => {
                let url = form.text("url").trim().parse().ok();
                if url.is_none() {
                    errors.add("url", words.url_hint);
                }
                AppChange { url, ..AppChange::default() }
            }
            Self::Upstream => upstream(form, words, errors),
            Self::Headers => headers(form, words, errors),
            Self::Limits => limits(form, words, errors),
        }
    }

    /// What a verb refused, in words of ours.
    pub(super) fn explained(self, error: AdminError, here: &InApp<EditApps>) -> Errors {
        let (words, own) = (settings(here.member.language), making(here.member.language));
        let beside = match self {
            Self::General => Beside { name: Some("name"), ..Beside::default() },
            Self::Address => Beside { url: Some("url"), ..Beside::default() },
            _ => Beside::default(),
        };
        beside.errors(error, &here.member, |field| {
            Some(match field {
                "title" => own.wrong_title.to_owned(),
                "description" => words.wrong_description.to_owned(),
                "connect_timeout" | "response_timeout" => words.wrong_timeout.to_owned(),
                "idle_limit" | "absolute_limit" => words.wrong_limit.to_owned(),
                _ => return None,
            })
        })
    }
}

/// The app, and what somebody wants it to be.
struct Shown<'a> {
    app: &'a App,
    sent: Option<&'a Form>,
}

impl Shown<'_> {
    fn text(&self, name: &str, own: impl Fn(&App) -> String) -> String {
        self.sent.map_or_else(|| own(self.app), |form| form.text(name).to_owned())
    }

    fn ticked(&self, name: &str, own: bool) -> bool {
        self.sent.map_or(own, |form| !form.text(name).is_empty())
    }

    fn general(&self, words: &SettingsWords) -> Vec<Field> {
        let code = |app: &App| app.language.map_or("", crate::portal::console::frame::code).to_owned();
        let chosen = self.text("language", code);
        let languages = [("", words.by_browser), ("de", "Deutsch"), ("en", "English")];
        let languages = languages.map(|(value, label)| Choice::new(value, label, value == chosen));
        vec![
            Field::text("title", words.title).value(self.text("title", |app| app.title.clone())),
            Field::text("name", words.name)
                .value(self.text("name", |app| app.name.to_string()))
                .hint(words.name_hint)
                .verbatim(),
            Field::area("description", words.description)
                .value(self.text("description", |app| app.description.clone()))
                .hint(words.description_hint)
                .optional(),
            Field::select("language", words.language, languages.into()).hint(words.language_hint),
        ]
    }

    fn upstream(&self, words: &SettingsWords, tries: String) -> Vec<Field> {
        let host = |app: &App| match app.host_header {
            HostHeader::Visitor => "visitor".to_owned(),
            HostHeader::Upstream => "upstream".to_owned(),
        };
        let chosen = self.text("host_header", host);
        let hosts = [("visitor", words.host_visitor), ("upstream", words.host_upstream)];
        let hosts = hosts.map(|(value, label)| Choice::new(value, label, value == chosen));
        let span = |name, span: fn(&App) -> std::time::Duration| self.text(name, |app| duration::show(span(app)));
        vec![
            Field::text("upstream", words.upstream_field)
                .value(self.text("upstream", |app| app.upstream.to_string()))
                .hint(words.upstream_hint)
                .verbatim()
                .tries(tries),
            Field::tick("upstream_verify", words.verify, self.ticked("upstream_verify", self.app.upstream_verify))
                .hint(words.verify_hint),
            Field::select("host_header", words.host_header, hosts.into()),
            Field::tick("strip_prefix", words.strip_prefix, self.ticked("strip_prefix", self.app.strip_prefix))
                .hint(words.strip_prefix_hint),
            Field::text("connect_timeout", words.connect_timeout)
                .value(span("connect_timeout", |app| app.connect_timeout))
                .hint(words.timeout_hint)
                .short(),
            Field::text("response_timeout", words.response_timeout)
                .value(span("response_timeout", |app| app.response_timeout))
                .hint(words.timeout_hint)
                .short(),
        ]
    }

    fn headers(&self, words: &SettingsWords) -> Vec<Field> {
        let is_on = |preset: IdentityPreset, name: &str| match self.sent {
            Some(form) => form.all("identity_headers").any(|each| each == name),
            None => self.app.presets.contains(&preset),
        };
        let presets = PRESETS.map(|(preset, name)| {
            let (label, why) = (words.preset)(preset);
            Choice::new(name, label, is_on(preset, name)).because(why)
        });
        vec![
            Field::text("user_header", words.user_header)
                .value(self.text("user_header", |app| app.user_header.to_string()))
                .hint(words.user_header_hint)
                .verbatim(),
            Field::ticks("identity_headers", words.presets, presets.into()),
            Field::tick("identity_token", words.token, self.ticked("identity_token", self.app.identity_token))
                .hint(words.token_hint),
            Field::tick(
                "forwarded_header",
                words.forwarded,
                self.ticked("forwarded_header", self.app.forwarded_header),
            )
            .hint(words.forwarded_hint),
        ]
    }

    fn limits(&self, words: &SettingsWords) -> Vec<Field> {
        let span = |name, limit: fn(&App) -> Option<std::time::Duration>| {
            self.text(name, |app| limit(app).map(duration::show).unwrap_or_default())
        };
        vec![
            Field::text("idle_limit", words.idle_limit)
                .value(span("idle_limit", |app| app.idle_limit))
                .hint(words.limit_hint)
                .short()
                .optional(),
            Field::text("absolute_limit", words.absolute_limit)
                .value(span("absolute_limit", |app| app.absolute_limit))
                .hint(words.limit_hint)
                .short()
                .optional(),
            Field::tick("shared_sign_in", words.shared, self.ticked("shared_sign_in", !self.app.keeps_apart))
                .hint(words.shared_hint),
        ]
    }
}

fn general(form: &Form, words: &SettingsWords, errors: &mut Errors) -> AppChange {
    let name = form.text("name").trim().parse().ok();
    if name.is_none() {
        errors.add("name", words.wrong_name);
    }
    let language: Option<Language> = language::parse(form.text("language"));
    AppChange {
        name,
        title: Some(form.text("title").trim().to_owned()),
        description: Some(form.text("description").replace("\r\n", "\n").trim().to_owned()),
        language: Some(language),
        ..AppChange::default()
    }
}

fn upstream(form: &Form, words: &SettingsWords, errors: &mut Errors) -> AppChange {
    let upstream = typed(form.text("upstream"));
    if upstream.is_none() {
        errors.add("upstream", words.wrong_upstream);
    }
    let mut span = |name: &str| {
        let span = duration::parse(form.text(name).trim());
        if span.is_none() {
            errors.add(name, words.wrong_timeout);
        }
        span
    };
    let (connect_timeout, response_timeout) = (span("connect_timeout"), span("response_timeout"));
    let is_own = form.text("host_header") == "upstream";
    AppChange {
        upstream,
        connect_timeout,
        response_timeout,
        upstream_verify: Some(!form.text("upstream_verify").is_empty()),
        strip_prefix: Some(!form.text("strip_prefix").is_empty()),
        host_header: Some(if is_own { HostHeader::Upstream } else { HostHeader::Visitor }),
        ..AppChange::default()
    }
}

fn headers(form: &Form, words: &SettingsWords, errors: &mut Errors) -> AppChange {
    let user_header: Option<HeaderToken> = form.text("user_header").trim().parse().ok();
    if user_header.is_none() {
        errors.add("user_header", words.wrong_header);
    }
    let presets = PRESETS.into_iter().filter(|(_, name)| form.all("identity_headers").any(|each| each == *name));
    AppChange {
        user_header,
        identity_headers: Some(presets.map(|(preset, _)| preset).collect()),
        identity_token: Some(!form.text("identity_token").is_empty()),
        forwarded_header: Some(!form.text("forwarded_header").is_empty()),
        ..AppChange::default()
    }
}

fn limits(form: &Form, words: &SettingsWords, errors: &mut Errors) -> AppChange {
    let mut limit = |name: &str| {
        let text = form.text(name).trim();
        let span = duration::parse(text);
        if span.is_none() && !text.is_empty() {
            errors.add(name, words.wrong_limit);
        }
        Some(span)
    };
    AppChange {
        idle_limit: limit("idle_limit"),
        absolute_limit: limit("absolute_limit"),
        shared_sign_in: Some(!form.text("shared_sign_in").is_empty()),
        ..AppChange::default()
    }
}
