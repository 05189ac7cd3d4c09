//! German.

use super::{Nav, Permission, Shell, Stops};

pub(super) static SHELL: Shell = Shell {
    code: "de",
    skip: "Zum Inhalt springen",
    places: "Bereiche",
    switch_workspace: "Workspace wechseln",
    choose_workspace: "Workspaces",
    installation: "Installation",
    nav: |nav| match nav {
        Nav::Apps => "Apps",
        Nav::Members | Nav::AllMembers => "Mitglieder",
        Nav::Audit | Nav::AccountAudit => "Protokoll",
        Nav::Settings => "Einstellungen",
        Nav::Workspaces => "Workspaces",
        Nav::Roles => "Rollen",
        Nav::Keys => "API-Schlüssel",
        Nav::Mail => "E-Mail",
    },
    own_menu: "Ihr Menü",
    given_name: "Vorname",
    family_name: "Nachname",
    profile: "Ihr Profil",
    own_keys: "Ihre API-Schlüssel",
    password_and_devices: "Passwort und Geräte",
    language: "Sprache",
    theme: "Darstellung",
    theme_light: "Hell",
    theme_dark: "Dunkel",
    theme_auto: "Auto",
    sign_out: "Abmelden",

    optional: "optional",
    show_password: "Anzeigen",
    cancel: "Abbrechen",
    save: "Speichern",
    delete: "Löschen",
    copy: "Kopieren",
    copied: "Kopiert",
    search: "Suchen",
    filter: "Anzeigen",
    all: "Alle",
    previous: "Zurück",
    next: "Weiter",
    pages: "Seiten",
    range: |first, last, total| format!("{first}–{last} von {total}"),

    check: "Bitte prüfen Sie Ihre Eingaben.",
    missing: "Bitte füllen Sie dieses Feld aus.",
    permission: |permission| match permission {
        Permission::SeeApps => "Apps sehen",
        Permission::CreateApps => "Apps anlegen",
        Permission::EditApps => "Apps bearbeiten",
        Permission::ChangeAccess => "Zugang ändern",
        Permission::DeleteApps => "Apps löschen und verschieben",
        Permission::SeeUsers => "Benutzer sehen",
        Permission::ManageUsers => "Benutzer verwalten",
        Permission::SeeAudit => "Protokoll sehen",
        Permission::ManageMembers => "Mitglieder verwalten",
        Permission::EditWorkspace => "Workspace bearbeiten",
    },
    done: |name| {
        Some(match name {
            "saved" => "Gespeichert.",
            "created" => "Angelegt.",
            "deleted" => "Gelöscht.",
            "sent" => "Gesendet.",
            _ => return None,
        })
    },
    stops: Stops {
        not_found: ("Hier ist nichts", "Es wurde gelöscht oder verschoben, oder es ist nicht für Sie bestimmt."),
        not_allowed: "Das dürfen Sie hier nicht",
        not_allowed_why: |name| {
            format!("Ihre Rolle erlaubt hier nicht „{name}“. Wer die Mitglieder verwaltet, kann das ändern.")
        },
        no_workspace: (
            "Sie sind angemeldet, haben aber noch keinen Workspace",
            "Niemand hat Ihnen eine Rolle in einem Workspace gegeben. Bitten Sie einen Eigentümer dieser Installation darum.",
        ),
        broken_form: (
            "Das Formular war nicht lesbar",
            "Es wurde nichts geändert. Gehen Sie zurück, und senden Sie es noch einmal.",
        ),
        conflict: "Das geht so nicht",
        last_owner: "Mindestens ein Eigentümer muss bleiben. Machen Sie zuerst jemand anderen dazu.",
        fixed: "Das gehört unverändert zu jeder Installation.",
        stale: "Jemand anderes hat das inzwischen geändert. Sehen Sie es sich an, wie es jetzt ist, und ändern Sie es noch einmal.",
        busy: ("Einen Moment", "Gerade werden viele Passwörter geprüft. Bitte versuchen Sie es gleich noch einmal."),
        unavailable: (
            "Das lässt sich gerade nicht speichern",
            "Es wurde nichts geändert. Bitte versuchen Sie es gleich noch einmal; das Log des Gateways sagt, woran es liegt.",
        ),
        to_the_start: "Zum Anfang",
    },
};
