//! JSON bodies, read field by field, so that every mistake is named with its field, all at once.

use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use axum::body::HttpBody;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::desk::Flaw;
use crate::domain::{Email, Username};

use super::{Api, Problem};

/// No request about one thing needs more.
const MOST: usize = 64 * 1024;
/// A picture of 64 KiB, written in base64.
const MOST_WITH_PICTURE: usize = 160 * 1024;
/// A thousand addresses with names; the data plane takes no more.
const MOST_OF_MANY: usize = 1024 * 1024;
/// Entries that one call may bring.
const MANY: usize = 1000;

/// A JSON object, of which fields are taken one by one; what is left at the end is unknown.
pub(super) struct Fields {
    map: Map<String, Value>,
    flaws: Vec<Flaw>,
}

/// The same for a call that may bring a picture.
pub(super) struct Pictured(pub(super) Fields);

/// The same for a call that may bring many entries.
pub(super) struct Many(pub(super) Fields);

/// The same where the body may be left out.
pub(super) struct Optional(pub(super) Fields);

impl FromRequest<Arc<Api>> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Arc<Api>) -> Result<Self, Problem> {
        Self::read(request, MOST).await
    }
}

impl FromRequest<Arc<Api>> for Pictured {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Arc<Api>) -> Result<Self, Problem> {
        Fields::read(request, MOST_WITH_PICTURE).await.map(Self)
    }
}

impl FromRequest<Arc<Api>> for Many {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Arc<Api>) -> Result<Self, Problem> {
        Fields::read(request, MOST_OF_MANY).await.map(Self)
    }
}

impl FromRequest<Arc<Api>> for Optional {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Arc<Api>) -> Result<Self, Problem> {
        let is_empty = request.body().size_hint().exact() == Some(0);
        if is_empty && !request.headers().contains_key(header::CONTENT_TYPE) {
            return Ok(Self(Fields::of(Map::new())));
        }
        Fields::read(request, MOST).await.map(Self)
    }
}

fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    ["application/json", "application/merge-patch+json"].iter().any(|known| kind.eq_ignore_ascii_case(known))
}

impl Fields {
    pub(super) fn of(map: Map<String, Value>) -> Self {
        Self { map, flaws: Vec::new() }
    }

    async fn read(request: Request, most: usize) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !kind.is_some_and(is_json) {
            return Err(Problem::UnsupportedMediaType);
        }
        let read = axum::body::to_bytes(request.into_body(), most).await;
        let bytes = read.map_err(|_| Problem::TooLarge { most })?;
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(map)) => Ok(Self::of(map)),
            Ok(_) => Err(Problem::flaw("body", "send a JSON object")),
            Err(error) => Err(Problem::flaw("body", format!("not JSON: {error}"))),
        }
    }

    pub(super) fn has(&self, field: &str) -> bool {
        self.map.contains_key(field)
    }

    pub(super) fn is_text(&self, field: &str) -> bool {
        self.map.get(field).is_some_and(Value::is_string)
    }

    /// A list that is not empty and not too long, of whatever.
    pub(super) fn entries(&mut self, field: &str) -> Option<Vec<Value>> {
        match self.map.remove(field)? {
            Value::Array(entries) => self.not_too_many(field, entries),
            _ => self.refuse(field, "write a list"),
        }
    }

    pub(super) fn not_too_many<T>(&mut self, field: &str, entries: Vec<T>) -> Option<Vec<T>> {
        match entries.len() {
            0 => self.refuse(field, "write at least one"),
            1..=MANY => Some(entries),
            _ => self.refuse(field, format!("write {MANY} at most; make several calls")),
        }
    }

    /// A field with a text form of its own. `null` is a mistake.
    pub(super) fn parsed<T: FromStr<Err: Display>>(&mut self, field: &str) -> Option<T> {
        let text = self.text(field)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => self.refuse(field, error),
        }
    }

    /// Whom it is about: `email`, or `username` for somebody who has none.
    pub(super) fn username(&mut self) -> Option<Username> {
        if !self.map.contains_key("username") {
            return self.required("email", Fields::parsed::<Email>).map(Username::from);
        }
        if self.map.remove("email").is_some() {
            self.map.remove("username");
            return self.refuse("username", "give `email` or `username`, not both");
        }
        self.parsed("username")
    }

    /// Whom it is to be about from now on, if that is said.
    pub(super) fn other_username(&mut self) -> Option<Username> {
        let is_said = ["email", "username"].iter().any(|field| self.map.contains_key(*field));
        if is_said { self.username() } else { None }
    }

    /// A person's name; `null` is none.
    pub(super) fn name(&mut self, field: &str) -> Option<String> {
        self.nullable(field, Self::text).map(Option::unwrap_or_default)
    }

    pub(super) fn text(&mut self, field: &str) -> Option<String> {
        match self.map.remove(field)? {
            Value::String(text) => Some(text),
            _ => self.refuse(field, "write a text"),
        }
    }

    pub(super) fn flag(&mut self, field: &str) -> Option<bool> {
        match self.map.remove(field)? {
            Value::Bool(flag) => Some(flag),
            _ => self.refuse(field, "write true or false"),
        }
    }

    /// One of a few words, or several of them; `choices` names them for whoever wrote another.
    pub(super) fn chosen<T: DeserializeOwned>(&mut self, field: &str, choices: &str) -> Option<T> {
        let value = self.map.remove(field)?;
        match serde_json::from_value(value) {
            Ok(value) => Some(value),
            Err(_) => self.refuse(field, format!("use {choices}")),
        }
    }

    pub(super) fn span(&mut self, field: &str) -> Option<std::time::Duration> {
        let text = self.text(field)?;
        let span = super::duration::parse(&text);
        span.or_else(|| self.refuse(field, "write a time span like 500ms, 30s, 5m, 12h or 90d"))
    }

    /// `Some(None)` for a field that is `null`.
    pub(super) fn nullable<T>(
        &mut self,
        field: &str,
        read: impl FnOnce(&mut Self, &str) -> Option<T>,
    ) -> Option<Option<T>> {
        if self.map.get(field) == Some(&Value::Null) {
            self.map.remove(field);
            return Some(None);
        }
        read(self, field).map(Some)
    }

    /// What was read of a field that must be there.
    pub(super) fn required<T>(&mut self, field: &str, read: impl FnOnce(&mut Self, &str) -> Option<T>) -> Option<T> {
        if !self.map.contains_key(field) {
            return self.refuse(field, "is needed");
        }
        read(self, field)
    }

    /// All mistakes, and every field that nobody asked for.
    pub(super) fn finish(mut self) -> Result<(), Problem> {
        self.flaws.extend(self.map.keys().map(|field| Flaw::new(field, "is unknown here")));
        if self.flaws.is_empty() { Ok(()) } else { Err(Problem::Invalid(self.flaws)) }
    }

    pub(super) fn refuse<T>(&mut self, field: &str, detail: impl Display) -> Option<T> {
        self.flaws.push(Flaw::new(field, detail));
        None
    }
}
