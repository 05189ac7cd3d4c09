//! What every page of the console has around it. Its template is `frame.html`; pages extend it:
//!
//! ```html
//! {% extends "frame.html" %}
//! {% block main %}
//! <h1>{{ frame.heading }}</h1>
//! {% endblock %}
//! ```

use crate::domain::{Language, Permission, Theme, Workspace};
use crate::portal::pages::assets;

use super::member::Member;
use super::words::Shell;

pub(super) struct Frame {
    pub(super) lang: &'static str,
    pub(super) theme: Option<&'static str>,
    /// Of the browser's tab; most pages have it as `h1`, too.
    pub(super) heading: String,
    pub(super) words: &'static Shell,
    /// Where one is: a workspace's title, the installation, or nowhere in particular.
    pub(super) place: Option<String>,
    pub(super) switcher: Vec<Item>,
    pub(super) nav: Vec<Item>,
    pub(super) name: String,
    pub(super) username: String,
    pub(super) initials: String,
    pub(super) is_owner: bool,
    /// What was just done.
    pub(super) flash: Option<String>,
    /// This page, for forms that come back to it.
    pub(super) path: String,
}

/// Somewhere to go.
pub(super) struct Item {
    pub(super) href: String,
    pub(super) label: String,
    pub(super) is_here: bool,
}

pub(super) struct Link {
    pub(super) href: String,
    pub(super) label: String,
}

/// The places of the bar, in a workspace and for the whole installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nav {
    Apps,
    Members,
    Audit,
    Settings,
    Workspaces,
    AllMembers,
    Roles,
    Keys,
    AccountAudit,
    Mail,
}

const IN_ACCOUNT: [(Nav, &str); 6] = [
    (Nav::Workspaces, "/account/workspaces"),
    (Nav::AllMembers, "/account/members"),
    (Nav::Roles, "/account/roles"),
    (Nav::Keys, "/account/keys"),
    (Nav::AccountAudit, "/account/audit"),
    (Nav::Mail, "/account/mail"),
];

impl Frame {
    pub(super) fn new(member: &Member, heading: String) -> Self {
        let words = member.words();
        let workspaces = member.workspaces();
        let switcher = workspaces.iter().map(|workspace| Item {
            href: format!("/w/{}/apps", workspace.name),
            label: title(workspace),
            is_here: false,
        });
        Self {
            lang: words.code,
            theme: member.theme.map(|theme| match theme {
                Theme::Light => "light",
                Theme::Dark => "dark",
            }),
            heading,
            words,
            place: None,
            switcher: switcher.collect(),
            nav: Vec::new(),
            name: member.name.clone(),
            username: member.username.clone(),
            initials: initials(&member.name),
            is_owner: member.is_owner(),
            flash: (words.done)(&member.done).map(str::to_owned),
            path: member.path.clone(),
        }
    }

    /// In a workspace: its places that the member may enter.
    pub(super) fn in_workspace(mut self, member: &Member, workspace: &Workspace, here: Nav) -> Self {
        let places = [
            (Nav::Apps, "apps", Permission::SeeApps),
            (Nav::Members, "members", Permission::ManageMembers),
            (Nav::Audit, "audit", Permission::SeeAudit),
            (Nav::Settings, "settings", Permission::EditWorkspace),
        ];
        let open = places.into_iter().filter(|(_, _, needed)| member.may(workspace.id, *needed));
        self.nav = open
            .map(|(nav, path, _)| Item {
                href: format!("/w/{}/{path}", workspace.name),
                label: (self.words.nav)(nav).to_owned(),
                is_here: nav == here,
            })
            .collect();
        let own = format!("/w/{}/apps", workspace.name);
        for item in &mut self.switcher {
            item.is_here = item.href == own;
        }
        self.place = Some(title(workspace));
        self
    }

    /// In what belongs to the whole installation.
    pub(super) fn in_account(mut self, member: &Member, here: Nav) -> Self {
        debug_assert!(member.is_owner(), "only owners come here");
        let words = self.words;
        self.nav = IN_ACCOUNT
            .into_iter()
            .map(|(nav, href)| Item { href: href.to_owned(), label: (words.nav)(nav).to_owned(), is_here: nav == here })
            .collect();
        self.place = Some(words.installation.to_owned());
        self
    }

    /// What a part of the console says about `?done=…`, by its own words.
    pub(super) fn telling(mut self, text: Option<impl Into<String>>) -> Self {
        if let Some(text) = text {
            self.flash = Some(text.into());
        }
        self
    }

    pub(super) fn style(&self) -> &'static str {
        &assets::CONSOLE_STYLE.name
    }

    pub(super) fn script(&self) -> &'static str {
        &assets::CONSOLE_SCRIPT.name
    }

    pub(super) fn icon(&self) -> &'static str {
        &assets::ICON.name
    }

    pub(super) fn is_german(&self) -> bool {
        self.lang == "de"
    }
}

/// The workspace's title; its name if it has none.
pub(super) fn title(workspace: &Workspace) -> String {
    if workspace.title.is_empty() { workspace.name.to_string() } else { workspace.title.clone() }
}

/// Of a name or an address: at most two letters.
pub(super) fn initials(name: &str) -> String {
    let name = name.split('@').next().unwrap_or_default();
    let words: Vec<char> =
        name.split([' ', '.', '-', '_']).filter_map(|word| word.chars().find(|c| c.is_alphanumeric())).collect();
    let ends = words.first().into_iter().chain(words.get(1..).and_then(<[char]>::last));
    ends.flat_map(|letter| letter.to_uppercase()).collect()
}

/// Of the language that a page speaks.
pub(super) fn code(language: Language) -> &'static str {
    match language {
        Language::En => "en",
        Language::De => "de",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_the_first_and_the_last() {
        for (name, expected) in
            [("Anna Maria Weber", "AW"), ("anna.weber@plant.example", "AW"), ("anna", "A"), ("", ""), ("ß x", "SSX")]
        {
            assert_eq!(initials(name), expected, "{name}");
        }
    }
}
