//! German.

use super::Words;

pub(super) static WORDS: Words = Words {
    workspaces: "Workspaces",
    lead: "Ein Workspace behält seine Apps, Benutzer und Einladungen für sich: In einem anderen ist davon nichts zu sehen.",
    new: "Neuer Workspace",
    title: "Titel",
    name: "Name in Adressen",
    name_hint: "Kleinbuchstaben, Ziffern und Bindestriche. Programme finden den Workspace darüber.",
    name_fixed: "Der erste Workspace behält seinen Namen und lässt sich nicht löschen.",
    bad_name: "Nehmen Sie 1 bis 40 Kleinbuchstaben, Ziffern und Bindestriche, etwa linie-4.",
    bad_title: "Nehmen Sie höchstens 100 Zeichen.",
    apps: "Apps",
    members: "Mitglieder mit Rolle",
    settings: "Einstellungen",
    delete: "Workspace löschen",
    delete_heading: |title| format!("Workspace „{title}“ löschen?"),
    delete_lead: "Das geht sofort mit verloren und kommt nicht wieder:",
    app_goes: |title| format!("die App „{title}“ mit Benutzern, Sitzungen und Einladungen"),
    members_lose: |count| match count {
        1 => "die Rolle von 1 Mitglied".to_owned(),
        _ => format!("die Rollen von {count} Mitgliedern"),
    },
    keys_go: |count| match count {
        1 => "1 API-Schlüssel".to_owned(),
        _ => format!("{count} API-Schlüssel"),
    },
    is_empty: "nur der Workspace selbst: Er ist leer",
};
