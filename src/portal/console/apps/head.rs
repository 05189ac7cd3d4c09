//! What stands above every page of one app: its name, how it fares, and the way to its other pages.

use crate::domain::{App, Permission};
use crate::portal::console::Console;
use crate::portal::console::frame::Item;
use crate::portal::console::place::InApp;

use super::icon::Face;
use super::status::State;
use super::words::{Apps, words};

/// Rendered by `app.html`, which pages of an app extend.
pub(in crate::portal::console) struct AppHead {
    pub(in crate::portal::console) title: String,
    pub(super) words: &'static Apps,
    pub(super) list: Item,
    pub(super) face: Face,
    pub(super) state: State,
    pub(super) url: String,
    pub(super) tabs: Vec<Item>,
    /// Where the switch posts to, for who may use it.
    pub(super) switch: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::portal::console) enum Tab {
    Overview,
    Users,
    Invites,
    Access,
    Settings,
}

const TABS: [(Tab, &str, Permission); 5] = [
    (Tab::Overview, "", Permission::SeeApps),
    (Tab::Users, "/users", Permission::SeeUsers),
    (Tab::Invites, "/invites", Permission::SeeUsers),
    (Tab::Access, "/access", Permission::ChangeAccess),
    (Tab::Settings, "/settings", Permission::EditApps),
];

impl AppHead {
    pub(in crate::portal::console) fn of<R>(console: &Console, here: &InApp<R>, tab: Tab) -> Self {
        let words = words(here.member.language);
        let open = TABS.into_iter().filter(|(_, _, needed)| here.may(*needed));
        let tabs = open.map(|(each, path, _)| Item {
            href: here.path(path),
            label: (words.tab)(each).to_owned(),
            is_here: each == tab,
        });
        let list = format!("/w/{}/apps", here.workspace.name);
        Self {
            title: title(here.app()),
            words,
            list: Item { href: list, label: words.apps.to_owned(), is_here: false },
            face: Face::of(here.app(), &here.path("")),
            state: State::of(console, &here.entry),
            url: here.app().url.to_string(),
            tabs: tabs.collect(),
            switch: here.may(Permission::EditApps).then(|| here.path("/run")),
        }
    }
}

/// As people call it.
pub(in crate::portal::console) fn title(app: &App) -> String {
    if app.title.is_empty() { app.name.to_string() } else { app.title.clone() }
}
