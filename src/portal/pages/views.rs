//! What the templates are filled with.

use askama::Template;

use super::assets;
use super::words::Words;

/// What every page has around it.
pub(super) struct Frame {
    pub(super) lang: &'static str,
    /// The app's.
    pub(super) title: String,
    pub(super) base: String,
    pub(super) heading: &'static str,
    pub(super) switch: Option<Switch>,
}

impl Frame {
    pub(super) fn style(&self) -> &'static str {
        &assets::STYLE.name
    }

    pub(super) fn script(&self) -> &'static str {
        &assets::SCRIPT.name
    }

    pub(super) fn icon(&self) -> &'static str {
        &assets::ICON.name
    }
}

/// To the same page in the other language.
pub(super) struct Switch {
    pub(super) href: String,
    pub(super) label: &'static str,
    pub(super) lang: &'static str,
}

pub(super) struct Link {
    pub(super) href: String,
    pub(super) label: &'static str,
}

#[derive(Template)]
#[template(path = "form.html", config = "src/portal/pages/askama.toml")]
pub(super) struct FormPage {
    pub(super) frame: Frame,
    pub(super) words: &'static Words,
    pub(super) lead: Option<&'static str>,
    /// What went wrong, in one sentence.
    pub(super) summary: Option<String>,
    pub(super) action: String,
    pub(super) fields: Vec<Input>,
    pub(super) return_to: Option<String>,
    pub(super) submit: &'static str,
    pub(super) after: Option<After>,
}

impl FormPage {
    /// In a form of one field its error is said once, above: the field's name and what is wrong.
    fn only_error(&self) -> Option<(&'static str, &str)> {
        match self.fields.as_slice() {
            [field] => field.error.as_deref().map(|error| (field.name, error)),
            _ => None,
        }
    }

    fn has_errors(&self) -> bool {
        self.fields.iter().any(|field| field.error.is_some())
    }
}

/// A sentence below a form, and where it leads.
pub(super) struct After {
    pub(super) text: &'static str,
    pub(super) link: Option<Link>,
}

/// One labelled field. Its name is its id, and the name that the public interface fixes.
pub(super) struct Input {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) label: &'static str,
    pub(super) autocomplete: &'static str,
    pub(super) value: String,
    pub(super) hint: Option<String>,
    pub(super) error: Option<String>,
    pub(super) is_required: bool,
    pub(super) is_fixed: bool,
}

impl Input {
    /// Typed as it is, not as a keyboard would correct it.
    fn is_verbatim(&self) -> bool {
        self.kind == "password" || self.autocomplete == "username"
    }

    fn described_by(&self) -> Option<String> {
        let error = self.error.as_ref().map(|_| format!("{}-error", self.name));
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.name));
        let ids: Vec<String> = error.into_iter().chain(hint).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}

#[derive(Template)]
#[template(path = "notice.html", config = "src/portal/pages/askama.toml")]
pub(super) struct NoticePage {
    pub(super) frame: Frame,
    pub(super) texts: Vec<String>,
    /// To be done one after the other.
    pub(super) steps: &'static [&'static str],
    pub(super) points: &'static [&'static str],
    pub(super) actions: Vec<Action>,
    pub(super) watch: Option<Watch>,
}

impl NoticePage {
    /// A heading and a sentence, to which the rest is added.
    pub(super) fn new(frame: Frame, text: &str) -> Self {
        Self { frame, texts: vec![text.to_owned()], steps: &[], points: &[], actions: Vec::new(), watch: None }
    }

    pub(super) fn say(mut self, text: String) -> Self {
        self.texts.push(text);
        self
    }

    pub(super) fn offer(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }
}

pub(super) enum Action {
    Link { link: Link, new_tab: bool },
    Post { to: String, return_to: Option<String>, label: &'static str },
}

/// Asks `url` every so often and loads the page anew when the app is back.
pub(super) struct Watch {
    pub(super) url: String,
    pub(super) seconds: u64,
    pub(super) text: &'static str,
}
