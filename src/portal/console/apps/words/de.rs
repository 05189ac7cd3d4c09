//! German.

use super::{AccessMode, Apps, Tab};

pub(super) static APPS: Apps = Apps {
    apps: "Apps",
    tab: |tab| match tab {
        Tab::Overview => "Überblick",
        Tab::Users => "Benutzer",
        Tab::Invites => "Einladungen",
        Tab::Access => "Zugang",
        Tab::Settings => "Einstellungen",
    },
    tabs: "Diese App",
    new: "App veröffentlichen",
    none: "Noch keine App",
    none_lead: "Veröffentlichen Sie die erste: Geben Sie an, wo sie läuft, und Sie bekommen einen Link, der fragt, wer da ist.",
    none_yours: "In diesem Workspace hat noch niemand eine App veröffentlicht.",
    none_found: "Keine App passt zur Suche.",
    show_all: "Alle zeigen",
    as_list: "Als Liste",
    as_cards: "Als Karten",
    app: "App",
    state: "Zustand",
    running: "Läuft",
    stopped: "Angehalten",
    unreachable: "Nicht erreichbar",
    start: "Starten",
    stop: "Anhalten",
    access: "Zugang",
    mode: |mode| match mode {
        AccessMode::Public => "Alle",
        AccessMode::MasterPassword => "Master-Passwort",
        AccessMode::Signup => "Registrierung",
        AccessMode::SignupAndMasterPassword => "Registrierung und Master-Passwort",
        AccessMode::InviteOnly => "Nur Eingeladene",
    },
    address: "Adresse",
    sessions: "Jetzt",
    sessions_now: |count| match count {
        1 => "1 Gerät ist drin".to_owned(),
        _ => format!("{count} Geräte sind drin"),
    },
    open: "Öffnen",
    qr: "QR-Code",
    qr_lead: "Scannen Sie ihn mit einem Telefon oder Tablet, oder kopieren Sie die Adresse.",
};
