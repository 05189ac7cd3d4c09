//! The app as its pages know it: title, address and language. Never a description.

use http::header;

use crate::domain::{AccessMode, App, Icon, Language, ReturnTo};
use crate::handoff::Visit;
use crate::policy::RESERVED;

use super::form::Form;
use super::language;
use super::views::{Frame, Switch};
use super::words::{Words, words};

#[derive(Clone)]
pub(super) struct Site {
    pub(super) title: String,
    pub(super) prefix: Box<str>,
    pub(super) mode: AccessMode,
    /// `http://host:8080`, as the visitor wrote it.
    origin: String,
    /// The app's own picture, by its file's name.
    picture: Option<String>,
    language: Language,
    /// Whether the visitor chose it with the switch: then links and forms keep it.
    is_chosen: bool,
}

impl Site {
    /// The visitor's choice comes first, then the app's language, then the browser's.
    pub(super) fn new<T>(app: &App, request: &http::Request<T>, visit: &Visit) -> Self {
        let title = if app.title.is_empty() { app.name.to_string() } else { app.title.clone() };
        let (language, is_chosen) = speak(request, app.language);
        let picture = app.icon.as_ref().map(Icon::file_name);
        let (prefix, mode, origin) = (app.url.prefix.clone(), app.access, origin(visit));
        Self { title, prefix, mode, origin, picture, language, is_chosen }
    }

    /// The gateway's own address, where no app is.
    pub(super) fn console<T>(request: &http::Request<T>, visit: &Visit) -> Self {
        let (language, is_chosen) = speak(request, None);
        let title = "Millgate".to_owned();
        let (prefix, mode, origin) = ("".into(), AccessMode::Public, origin(visit));
        Self { title, prefix, mode, origin, picture: None, language, is_chosen }
    }

    /// The language that the visitor chose with the switch.
    pub(super) fn chosen(&self) -> Option<Language> {
        self.is_chosen.then_some(self.language)
    }

    /// In the language that somebody chose for this visitor, unless the visitor chose one.
    pub(super) fn spoken(&self, language: Option<Language>) -> Self {
        let language = language.filter(|_| !self.is_chosen).unwrap_or(self.language);
        Self { language, ..self.clone() }
    }

    pub(super) fn words(&self) -> &'static Words {
        words(self.language)
    }

    pub(super) fn home(&self) -> ReturnTo {
        ReturnTo::home(&self.prefix)
    }

    /// Where the reserved paths lie: `/hmi/.millgate`.
    pub(super) fn base(&self) -> String {
        format!("{}{RESERVED}", self.prefix)
    }

    /// A link to one of our own pages. It keeps the chosen language and where the visitor wants to go.
    pub(super) fn link(&self, page: &str, return_to: Option<&ReturnTo>) -> String {
        with_query(&format!("{}/{page}", self.base()), return_to, self.is_chosen.then_some(self.words()))
    }

    /// The same with something else that the page is to know.
    pub(super) fn link_with(&self, page: &str, name: &str, value: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair(name, value);
        if self.is_chosen {
            query.append_pair("lang", self.words().code);
        }
        format!("{}/{page}?{}", self.base(), query.finish())
    }

    pub(super) fn language(&self) -> Language {
        self.language
    }

    pub(super) fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// A path of this app that a visitor came from, by `Referer`.
    pub(super) fn came_from<T>(&self, request: &http::Request<T>) -> Option<ReturnTo> {
        let referer = request.headers().get(header::REFERER)?.to_str().ok()?;
        let target: ReturnTo = referer.strip_prefix(&self.origin)?.parse().ok()?;
        let own = format!("{}/", self.base());
        (target.is_below(&self.prefix) && !target.as_str().starts_with(&own)).then_some(target)
    }

    /// The frame of one of our own pages, with a switch to the other language.
    pub(super) fn frame(&self, heading: &'static str, page: &str, return_to: Option<&ReturnTo>) -> Frame {
        self.frame_at(heading, &format!("{}/{page}", self.base()), return_to)
    }

    /// The same for a page at `path`, which understands the switch.
    pub(super) fn frame_at(&self, heading: &'static str, path: &str, return_to: Option<&ReturnTo>) -> Frame {
        let other = words(match self.language {
            Language::En => Language::De,
            Language::De => Language::En,
        });
        let href = with_query(path, return_to, Some(other));
        Frame { switch: Some(Switch { href, label: other.name, lang: other.code }), ..self.bare_frame(heading) }
    }

    /// The frame of a page that stands at the app's own address.
    pub(super) fn bare_frame(&self, heading: &'static str) -> Frame {
        let (lang, title, base) = (self.words().code, self.title.clone(), self.base());
        Frame { lang, title, base, picture: self.picture.clone(), heading, switch: None }
    }
}

/// A path, or a whole address without a query, with what our pages understand.
pub(super) fn with_query(path: &str, return_to: Option<&ReturnTo>, language: Option<&Words>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if let Some(words) = language {
        query.append_pair("lang", words.code);
    }
    if let Some(target) = return_to {
        query.append_pair("return_to", target.as_str());
    }
    let query = query.finish();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{path}{mark}{query}")
}

fn speak<T>(request: &http::Request<T>, own: Option<Language>) -> (Language, bool) {
    let chosen = language::parse(Form::query(request.uri().query()).text("lang"));
    let accept = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let language = chosen.or(own).unwrap_or_else(|| language::negotiate(accept.unwrap_or_default()));
    (language, chosen.is_some())
}

fn origin(visit: &Visit) -> String {
    let scheme = if visit.secure { "https" } else { "http" };
    format!("{scheme}://{}", visit.host)
}
