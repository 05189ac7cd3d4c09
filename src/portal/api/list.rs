//! Lists: a window of rows, and an opaque mark where the next one begins.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;

use crate::desk::{Flaw, Window, matches};

use super::{Api, Problem};

const LIMIT: usize = 100;
const LIMIT_MOST: usize = 1000;
/// A longer search text finds nothing that a shorter one would not.
const QUERY_MOST: usize = 200;

/// `q`, `limit` and `cursor`, read.
pub(super) struct ListQuery {
    pub(super) query: Option<String>,
    pub(super) limit: usize,
    cursor: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Page<T> {
    items: Vec<T>,
    next: Option<String>,
}

impl<T> Page<T> {
    pub(super) fn new(items: Vec<T>, next: Option<String>) -> Self {
        Self { items, next: next.map(|text| BASE64URL_NOPAD.encode(text.as_bytes())) }
    }
}

impl ListQuery {
    /// Behind which row to go on, as the row's own text is read by `read`.
    pub(super) fn after<T>(&self, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, Problem> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok();
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        match text.as_deref().and_then(read) {
            Some(place) => Ok(Some(place)),
            None => Err(Problem::flaw("cursor", "send `next` of the page before, as it was")),
        }
    }

    pub(super) fn window<T>(self, read: impl FnOnce(&str) -> Option<T>) -> Result<Window<T>, Problem> {
        let after = self.after(read)?;
        Ok(Window { query: self.query, limit: self.limit, after })
    }

    pub(super) fn wants<const N: usize>(&self, texts: [&str; N]) -> bool {
        self.query.as_deref().is_none_or(|query| matches(query, texts))
    }

    /// One page of rows that are all at hand, sorted by the name that `name` gives.
    pub(super) fn cut<T>(
        &self,
        mut rows: Vec<T>,
        name: impl Fn(&T) -> String,
    ) -> Result<(Vec<T>, Option<String>), Problem> {
        rows.sort_by_key(&name);
        let after = self.after(|text| Some(text.to_owned()))?;
        rows.retain(|row| after.as_ref().is_none_or(|after| name(row) > *after));
        let has_more = rows.len() > self.limit;
        rows.truncate(self.limit);
        let next = rows.last().map(&name).filter(|_| has_more);
        Ok((rows, next))
    }
}

impl ListQuery {
    /// Reads a query, of which one more parameter may be the list's own.
    pub(super) fn read(parts: &Parts, own: Option<&str>) -> Result<(Self, Option<String>), Problem> {
        let mut read = Self::default();
        let mut found = None;
        let mut flaws = Vec::new();
        for (name, value) in url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            match &*name {
                name if own == Some(name) => found = Some(value.into_owned()),
                name if read.take(name, &value, &mut flaws) => {}
                other => {
                    let own = own.map_or_else(String::new, |own| format!("`{own}`, "));
                    flaws.push(Flaw::new(other, format!("this list takes {own}`q`, `limit` and `cursor`")));
                }
            }
        }
        if flaws.is_empty() { Ok((read, found)) } else { Err(Problem::Invalid(flaws)) }
    }
}

/// The one parameter that a request may have.
pub(super) fn only(parts: &Parts, own: &str) -> Result<Option<String>, Problem> {
    let mut found = None;
    for (name, value) in url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
        if name != own {
            return Err(Problem::flaw(&name, format!("this takes `{own}` only")));
        }
        found = Some(value.into_owned());
    }
    Ok(found)
}

impl Default for ListQuery {
    fn default() -> Self {
        Self { query: None, limit: LIMIT, cursor: None }
    }
}

impl ListQuery {
    /// Reads one parameter; false for one that no list has.
    pub(super) fn take(&mut self, name: &str, value: &str, flaws: &mut Vec<Flaw>) -> bool {
        match name {
            "q" if value.len() > QUERY_MOST => {
                flaws.push(Flaw::new("q", format!("use {QUERY_MOST} bytes at most")));
            }
            "q" => self.query = Some(value.trim().to_owned()).filter(|query| !query.is_empty()),
            "limit" => match value.parse() {
                Ok(limit) if (1..=LIMIT_MOST).contains(&limit) => self.limit = limit,
                _ => flaws.push(Flaw::new("limit", format!("use a number from 1 to {LIMIT_MOST}"))),
            },
            "cursor" => self.cursor = Some(value.to_owned()).filter(|cursor| !cursor.is_empty()),
            _ => return false,
        }
        true
    }
}

impl FromRequestParts<Arc<Api>> for ListQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Api>) -> Result<Self, Problem> {
        Self::read(parts, None).map(|(query, _)| query)
    }
}
