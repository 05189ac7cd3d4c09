//! Fields of forms: a label, perhaps a hint, and the error beside it. Rendered by `field.html`, forms by `form.html`.

use std::borrow::Cow;

use crate::domain::Revision;
use crate::portal::revision::shown;

use super::errors::Errors;
use super::sent::REVISION;
use super::words::Shell;

pub(super) struct Field {
    pub(super) name: Cow<'static, str>,
    pub(super) kind: Kind,
    pub(super) label: String,
    pub(super) value: String,
    pub(super) hint: Option<String>,
    pub(super) error: Option<String>,
    pub(super) is_required: bool,
    pub(super) is_fixed: bool,
    pub(super) is_short: bool,
    pub(super) is_verbatim: bool,
    pub(super) autocomplete: &'static str,
    /// Where the server is asked about it while one types: a path that answers with an element `.answer`.
    pub(super) tries: Option<String>,
    /// What comes before the name in its identifier.
    pub(super) scope: &'static str,
    pub(super) class: &'static str,
}

pub(super) enum Kind {
    /// With the `type` of the input.
    Line(&'static str),
    Area,
    File(&'static str),
    Select(Vec<Choice>),
    /// One of a few, each with an explanation.
    Choices(Vec<Choice>),
    /// Any of a few.
    Ticks(Vec<Choice>),
    /// Yes or no, sent as `on`.
    Tick(bool),
}

pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) why: Option<String>,
    pub(super) is_on: bool,
}

impl Choice {
    pub(super) fn new(value: impl Into<String>, label: impl Into<String>, is_on: bool) -> Self {
        Self { value: value.into(), label: label.into(), why: None, is_on }
    }

    pub(super) fn because(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }
}

impl Field {
    fn new(name: impl Into<Cow<'static, str>>, label: impl Into<String>, kind: Kind) -> Self {
        Self {
            name: name.into(),
            kind,
            label: label.into(),
            value: String::new(),
            hint: None,
            error: None,
            is_required: true,
            is_fixed: false,
            is_short: false,
            is_verbatim: false,
            autocomplete: "off",
            tries: None,
            scope: "",
            class: "",
        }
    }

    pub(super) fn text(name: impl Into<Cow<'static, str>>, label: impl Into<String>) -> Self {
        Self::new(name, label, Kind::Line("text"))
    }

    pub(super) fn line(kind: &'static str, name: impl Into<Cow<'static, str>>, label: impl Into<String>) -> Self {
        Self::new(name, label, Kind::Line(kind))
    }

    pub(super) fn area(name: impl Into<Cow<'static, str>>, label: impl Into<String>) -> Self {
        Self::new(name, label, Kind::Area)
    }

    /// With what may be chosen, as in `accept`. Its form needs `is_upload`.
    pub(super) fn file(name: impl Into<Cow<'static, str>>, label: impl Into<String>, accept: &'static str) -> Self {
        Self::new(name, label, Kind::File(accept)).optional()
    }

    pub(super) fn select(name: impl Into<Cow<'static, str>>, label: impl Into<String>, choices: Vec<Choice>) -> Self {
        Self::new(name, label, Kind::Select(choices))
    }

    pub(super) fn choices(name: impl Into<Cow<'static, str>>, label: impl Into<String>, choices: Vec<Choice>) -> Self {
        Self::new(name, label, Kind::Choices(choices))
    }

    pub(super) fn ticks(name: impl Into<Cow<'static, str>>, label: impl Into<String>, choices: Vec<Choice>) -> Self {
        Self::new(name, label, Kind::Ticks(choices)).optional()
    }

    pub(super) fn tick(name: impl Into<Cow<'static, str>>, label: impl Into<String>, is_on: bool) -> Self {
        Self::new(name, label, Kind::Tick(is_on)).optional()
    }

    pub(super) fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    pub(super) fn optional(mut self) -> Self {
        self.is_required = false;
        self
    }

    pub(super) fn fixed(mut self) -> Self {
        self.is_fixed = true;
        self
    }

    /// For numbers, spans of time and the like.
    pub(super) fn short(mut self) -> Self {
        self.is_short = true;
        self
    }

    pub(super) fn autocomplete(mut self, token: &'static str) -> Self {
        self.autocomplete = token;
        self
    }

    pub(super) fn tries(mut self, path: String) -> Self {
        self.tries = Some(path);
        self
    }

    /// Typed as it is, not as a keyboard would correct it.
    pub(super) fn verbatim(mut self) -> Self {
        self.is_verbatim = true;
        self
    }

    /// Of the element around it.
    pub(super) fn class(mut self, class: &'static str) -> Self {
        self.class = class;
        self
    }

    /// What comes before the name in identifiers, where a page has several forms.
    pub(super) fn within(mut self, scope: &'static str) -> Self {
        self.scope = scope;
        self
    }

    /// What is wrong with it, if anything.
    pub(super) fn judged(mut self, errors: &Errors) -> Self {
        self.error = errors.about(&self.name);
        self
    }

    pub(super) fn id(&self) -> String {
        if self.scope.is_empty() { format!("f-{}", self.name) } else { format!("{}-{}", self.scope, self.name) }
    }

    pub(super) fn is_ticked(&self) -> Option<bool> {
        if let Kind::Tick(is_on) = self.kind { Some(is_on) } else { None }
    }

    pub(super) fn radios(&self) -> Option<&[Choice]> {
        if let Kind::Choices(choices) = &self.kind { Some(choices) } else { None }
    }

    pub(super) fn boxes(&self) -> Option<&[Choice]> {
        if let Kind::Ticks(choices) = &self.kind { Some(choices) } else { None }
    }

    pub(super) fn options(&self) -> Option<&[Choice]> {
        if let Kind::Select(choices) = &self.kind { Some(choices) } else { None }
    }

    pub(super) fn line_type(&self) -> Option<&'static str> {
        if let Kind::Line(kind) = self.kind { Some(kind) } else { None }
    }

    pub(super) fn accepts(&self) -> Option<&'static str> {
        if let Kind::File(accept) = self.kind { Some(accept) } else { None }
    }

    /// No keyboard corrects it.
    pub(super) fn is_verbatim(&self) -> bool {
        self.is_verbatim || !matches!(self.kind, Kind::Line("text"))
    }

    pub(super) fn is_password(&self) -> bool {
        matches!(self.kind, Kind::Line("password"))
    }

    pub(super) fn is_area(&self) -> bool {
        matches!(self.kind, Kind::Area)
    }

    pub(super) fn is_group(&self) -> bool {
        matches!(self.kind, Kind::Choices(_) | Kind::Ticks(_))
    }

    pub(super) fn described_by(&self) -> Option<String> {
        let error = self.error.as_ref().map(|_| format!("{}-error", self.id()));
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.id()));
        let ids: Vec<String> = error.into_iter().chain(hint).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}

/// A whole form. Its errors come from its fields, its summary from `Errors`.
#[derive(Default)]
pub(super) struct FormView {
    pub(super) action: String,
    pub(super) fields: Vec<Field>,
    pub(super) hidden: Vec<(&'static str, String)>,
    pub(super) submit: String,
    /// Where to go without sending it.
    pub(super) cancel: Option<String>,
    /// Cannot be undone.
    pub(super) is_grave: bool,
    /// One of several on a page, none of which stands out.
    pub(super) is_quiet: bool,
    pub(super) is_upload: bool,
    pub(super) summary: Option<String>,
}

impl FormView {
    pub(super) fn new(action: impl Into<String>, submit: impl Into<String>, fields: Vec<Field>) -> Self {
        Self { action: action.into(), submit: submit.into(), fields, ..Self::default() }
    }

    /// With what is wrong, above the form and beside its fields.
    pub(super) fn judged(mut self, errors: &Errors, words: &Shell) -> Self {
        self.summary = errors.summary(words);
        self.fields = self.fields.into_iter().map(|field| field.judged(errors)).collect();
        self
    }

    /// Needs its own prefix of identifiers where a page has several.
    pub(super) fn within(mut self, scope: &'static str) -> Self {
        self.fields = self.fields.into_iter().map(|field| field.within(scope)).collect();
        self
    }

    pub(super) fn cancel(mut self, href: impl Into<String>) -> Self {
        self.cancel = Some(href.into());
        self
    }

    pub(super) fn hidden(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.hidden.push((name, value.into()));
        self
    }

    /// What it shows was written in this revision; `sent::expected` reads it back.
    pub(super) fn written_in(self, revision: Revision) -> Self {
        self.hidden(REVISION, shown(revision).to_string())
    }

    pub(super) fn quiet(mut self) -> Self {
        self.is_quiet = true;
        self
    }

    pub(super) fn grave(mut self) -> Self {
        self.is_grave = true;
        self
    }

    pub(super) fn upload(mut self) -> Self {
        self.is_upload = true;
        self
    }

    pub(super) fn has_errors(&self) -> bool {
        self.fields.iter().any(|field| field.error.is_some())
    }
}
