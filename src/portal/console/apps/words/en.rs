//! English.

use super::{AccessMode, Apps, Tab};

pub(super) static APPS: Apps = Apps {
    apps: "Apps",
    tab: |tab| match tab {
        Tab::Overview => "Overview",
        Tab::Users => "Users",
        Tab::Invites => "Invitations",
        Tab::Access => "Access",
        Tab::Settings => "Settings",
    },
    tabs: "This app",
    new: "Publish an app",
    none: "No app yet",
    none_lead: "Publish the first: give the address where it runs, and get a link to it that asks who is there.",
    none_yours: "Nobody has published an app in this workspace yet.",
    none_found: "No app fits the search.",
    show_all: "Show all",
    as_list: "List",
    as_cards: "Cards",
    app: "App",
    state: "State",
    running: "Running",
    stopped: "Stopped",
    reachable: "Reachable",
    unreachable: "Unreachable",
    start: "Start",
    stop: "Stop",
    access: "Access",
    mode: |mode| match mode {
        AccessMode::Public => "Anyone",
        AccessMode::MasterPassword => "Master password",
        AccessMode::Signup => "Sign-up",
        AccessMode::SignupAndMasterPassword => "Sign-up and master password",
        AccessMode::InviteOnly => "Invited only",
    },
    address: "Address",
    devices: "Devices",
    description: "Description",
    upstream: "Runs at",
    not_tried: "Not checked yet",
    noticed: "Noticed",
    checked: "Last checked",
    published_on: "Published",
    about: "About this app",
    share: "Its address",
    started: "The app is running again.",
    was_stopped: "The app is stopped. Visitors see a page that says so.",
    stop_ask: "Stop this app?",
    stop_why: |count| match count {
        0 => "Visitors see a page that says so, until you start it again.".to_owned(),
        1 => {
            "The 1 device that is in loses its connections and sees a page that says so. It stays signed in.".to_owned()
        }
        _ => format!(
            "The {count} devices that are in lose their connections and see a page that says so. They stay signed in."
        ),
    },
    open: "Open",
    qr: "QR code",
    qr_lead: "Scan it with a phone or tablet, or copy the address.",
};
