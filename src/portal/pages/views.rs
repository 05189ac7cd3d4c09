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
    /// The app's own, beside the sign of the gate.
    pub(super) picture: Option<String>,
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
    /// Above the fields, what makes them needless.
    pub(super) hand_over: Option<HandOver>,
    pub(super) action: String,
    pub(super) fields: Vec<Input>,
    pub(super) return_to: Option<String>,
    /// What the form is about, if its address does not say so.
    pub(super) code: Option<String>,
    pub(super) submit: &'static str,
    /// Other ways to do what the form does.
    pub(super) providers: Vec<ProviderButton>,
    /// For who cannot fill it in.
    pub(super) forgot: Option<Link>,
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

/// A way through an identity provider.
pub(super) struct ProviderButton {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) href: String,
    /// Why it cannot be used now.
    pub(super) reason: Option<&'static str>,
    /// In the browser of another app, which the provider does not take: what to do, and the address to copy.
    pub(super) outside: Option<(String, String)>,
}

/// "Continue as …": one click for somebody who is signed in to another app.
pub(super) struct HandOver {
    /// Where they are signed in.
    pub(super) lead: String,
    pub(super) label: String,
    pub(super) action: String,
    pub(super) code: String,
    pub(super) return_to: String,
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
    /// What comes before the name in the identifier, where a page has several forms.
    pub(super) scope: &'static str,
    pub(super) is_checked: bool,
}

impl Input {
    pub(super) fn id(&self) -> String {
        if self.scope.is_empty() { self.name.to_owned() } else { format!("{}-{}", self.scope, self.name) }
    }

    /// Typed as it is, not as a keyboard would correct it.
    fn is_verbatim(&self) -> bool {
        self.kind == "password" || self.autocomplete == "username"
    }

    fn described_by(&self) -> Option<String> {
        let error = self.error.as_ref().map(|_| format!("{}-error", self.id()));
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.id()));
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

#[derive(Template)]
#[template(path = "account.html", config = "src/portal/pages/askama.toml")]
pub(super) struct AccountPage {
    pub(super) frame: Frame,
    pub(super) words: &'static Words,
    pub(super) done: Option<&'static str>,
    pub(super) complained: Option<Complained>,
    pub(super) profile: Section,
    pub(super) address: Section,
    pub(super) password: Section,
    pub(super) linked: Option<LinkedSection>,
    pub(super) devices: Devices,
    pub(super) delete: Section,
    pub(super) home: Link,
    pub(super) sign_out: Link,
}

/// What went wrong, and which fields (by their identifiers) with what.
pub(super) struct Complained {
    pub(super) summary: String,
    pub(super) links: Vec<(String, String)>,
}

/// A part of the account, perhaps with a form.
pub(super) struct Section {
    pub(super) id: &'static str,
    pub(super) heading: &'static str,
    pub(super) lead: Option<String>,
    pub(super) form: Option<SectionForm>,
}

pub(super) struct SectionForm {
    pub(super) action: String,
    pub(super) fields: Vec<Input>,
    /// For password managers, which file a new password under it.
    pub(super) username: Option<String>,
    pub(super) submit: &'static str,
    /// Cannot be undone.
    pub(super) is_grave: bool,
}

/// The providers' accounts by which a person can sign in.
pub(super) struct LinkedSection {
    pub(super) action: String,
    pub(super) rows: Vec<LinkedRow>,
    pub(super) can_unlink: bool,
    pub(super) error: Option<String>,
    /// To providers that are not linked yet.
    pub(super) links: Vec<ProviderLink>,
}

pub(super) struct LinkedRow {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) email: Option<String>,
}

#[derive(Clone)]
pub(super) struct ProviderLink {
    pub(super) id: String,
    pub(super) href: String,
    pub(super) label: String,
}

pub(super) struct Devices {
    pub(super) end: String,
    pub(super) end_all: String,
    pub(super) rows: Vec<DeviceRow>,
    /// That there are more than are shown.
    pub(super) more: Option<String>,
}

pub(super) struct DeviceRow {
    pub(super) id: String,
    /// Browser and system.
    pub(super) title: String,
    pub(super) app: String,
    pub(super) ip: String,
    pub(super) seen: String,
    /// RFC 3339.
    pub(super) seen_at: String,
    pub(super) is_this: bool,
}

pub(super) enum Action {
    Link {
        link: Link,
        new_tab: bool,
    },
    Post {
        to: String,
        return_to: Option<String>,
        label: &'static str,
    },
    /// To another place than this app.
    Elsewhere {
        href: String,
        label: String,
    },
    /// With a field that says more than the address.
    PostWith {
        to: String,
        field: (&'static str, String),
        label: &'static str,
    },
}

/// Asks `url` every so often and loads the page anew when the app is back.
pub(super) struct Watch {
    pub(super) url: String,
    pub(super) seconds: u64,
    pub(super) text: &'static str,
}
