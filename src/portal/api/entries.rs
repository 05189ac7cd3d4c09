//! People, many in one call: each is read by itself, and what is wrong with one refuses only that one.

use std::collections::HashSet;

use serde::Serialize;
use serde_json::Value;

use crate::desk::{AdminError, Invitee};
use crate::domain::{Email, Language};

use super::body::Fields;
use super::{Problem, pasted};

/// What is repeated of a refused entry; longer ones are recognized by their beginning.
const INPUT_MOST: usize = 200;

/// One person as whoever called wrote it.
pub(super) struct Entry {
    input: String,
    pub(super) invitee: Invitee,
    pub(super) language: Option<Language>,
}

#[derive(Serialize)]
pub(super) struct Refused {
    input: String,
    detail: String,
}

/// Everybody once, in the order in which they came.
#[derive(Default)]
pub(super) struct Entries {
    pub(super) read: Vec<Entry>,
    pub(super) refused: Vec<Refused>,
}

/// What came of a call for many.
#[derive(Serialize)]
pub(super) struct Outcome<T> {
    items: Vec<T>,
    refused: Vec<Refused>,
}

impl Entries {
    /// JSON objects with `email` or `username` and names; `language`, too, where `speaks`.
    pub(super) fn listed(values: Vec<Value>, speaks: bool) -> Self {
        values.into_iter().map(|value| (shown(&value), listed(value, speaks))).collect()
    }

    /// Addresses in a text.
    pub(super) fn pasted(found: &[pasted::Pasted<'_>]) -> Self {
        found.iter().map(|one| (one.input.to_owned(), from_text(one))).collect()
    }

    /// Puts what came of each beside what was refused before.
    pub(super) fn outcome<T, V>(
        inputs: Vec<String>,
        mut refused: Vec<Refused>,
        outcomes: Vec<Result<T, AdminError>>,
        view: impl Fn(T) -> V,
    ) -> Result<Outcome<V>, Problem> {
        let all = outcomes.len();
        let mut items = Vec::with_capacity(all);
        let mut failures = 0;
        for (input, outcome) in inputs.into_iter().zip(outcomes) {
            match outcome {
                Ok(done) => items.push(view(done)),
                Err(error) => {
                    failures += usize::from(error == AdminError::Unavailable);
                    refused.push(Refused::new(&input, &error.into()));
                }
            }
        }
        // Nobody is wrong when the store is.
        if failures > 0 && failures == all { Err(Problem::Unavailable) } else { Ok(Outcome { items, refused }) }
    }
}

impl Entry {
    pub(super) fn into_parts(self) -> (String, Invitee) {
        (self.input, self.invitee)
    }
}

type Read = Result<(Invitee, Option<Language>), Problem>;

impl FromIterator<(String, Read)> for Entries {
    fn from_iter<I: IntoIterator<Item = (String, Read)>>(all: I) -> Self {
        let mut entries = Self::default();
        let mut seen = HashSet::new();
        for (input, read) in all {
            match read {
                // The first one counts, as if the others had not been written.
                Ok((invitee, language)) if seen.insert(invitee.username.clone()) => {
                    entries.read.push(Entry { input, invitee, language });
                }
                Ok(_) => {}
                Err(problem) => entries.refused.push(Refused::new(&input, &problem)),
            }
        }
        entries
    }
}

impl Refused {
    fn new(input: &str, problem: &Problem) -> Self {
        Self { input: input.chars().take(INPUT_MOST).collect(), detail: problem.detail() }
    }
}

fn listed(value: Value, speaks: bool) -> Read {
    let Value::Object(map) = value else { return Err(Problem::flaw("entry", "write a JSON object")) };
    let mut fields = Fields::of(map);
    let language = if speaks { fields.language() } else { None };
    Ok((fields.invitee()?, language))
}

fn from_text(one: &pasted::Pasted<'_>) -> Read {
    let email: Email = one.address.parse().map_err(|error| Problem::flaw("email", error))?;
    let (given_name, family_name) = one.names();
    let invitee = Invitee {
        username: email.into(),
        given_name: given_name.to_owned(),
        family_name: family_name.to_owned(),
        grants: None,
    };
    Ok((invitee, None))
}

/// Whom an entry was meant for, as it was written.
fn shown(value: &Value) -> String {
    let named = ["email", "username"].iter().find_map(|name| value.get(name)?.as_str());
    named.map_or_else(|| value.to_string(), str::to_owned)
}

impl Fields {
    pub(super) fn language(&mut self) -> Option<Language> {
        self.nullable("language", |fields, field| fields.chosen(field, "en, de or null")).flatten()
    }

    /// The last of a person's fields; nothing else may be left.
    pub(super) fn invitee(mut self) -> Result<Invitee, Problem> {
        let username = self.username();
        let given_name = self.nullable("given_name", Self::text).flatten().unwrap_or_default();
        let family_name = self.nullable("family_name", Self::text).flatten().unwrap_or_default();
        self.finish()?;
        let Some(username) = username else { return Err(Problem::flaw("email", "is needed")) };
        Ok(Invitee { username, given_name, family_name, grants: None })
    }
}
