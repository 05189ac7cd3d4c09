//! Deutsch.

use crate::domain::Permission;

use super::People;

pub(super) static PEOPLE: People = People {
    members: "Mitglieder",
    members_lead: "Mitglieder bauen und betreiben. Sie sind keine Benutzer: Ihre Anmeldung öffnet keine App.",
    members_here_lead: "Wer in diesem Workspace was darf. Eine Änderung gilt ab dem nächsten Klick.",
    invite: "Mitglied einladen",
    invite_lead: "Die Person bekommt einen Link, wählt ein eigenes Passwort und ist dabei.",
    send: "Einladen",
    name: "Name",
    email: "E-Mail-Adresse",
    given_name: "Vorname",
    family_name: "Nachname",
    owner: "Eigentümer",
    owner_why: "Darf alles, in jedem Workspace, und kann andere zu Eigentümern machen.",
    you: "Sie",
    role: "Rolle",
    no_role: "Keine Rolle",
    roles_in: "Rollen",
    no_roles_yet: "Noch nirgends eine Rolle",
    since: "Seit",
    last_seen: "Zuletzt gesehen",
    never: "Nie",
    invited: "Eingeladen",
    expires: "Gültig bis",
    expired: "Abgelaufen",
    renew: "Neuer Link",
    withdraw: "Zurückziehen",
    by_mail: "Link per E-Mail senden",
    no_mail_server: "Es ist kein Mailserver eingestellt: Sie geben den Link selbst weiter.",
    link: "Link der Einladung",
    link_lead: |email| {
        format!("Geben Sie {email} diesen Link. Er gilt einmal, nur für diese Person, und wird nur jetzt gezeigt.")
    },
    link_mailed: "Er ist auch per E-Mail unterwegs.",
    is_member_now: |email| format!("{email} hat hier schon ein Passwort und ist ab jetzt Mitglied: einfach anmelden."),
    remove: "Entfernen",
    remove_heading: |name| format!("{name} entfernen?"),
    remove_lead: "Das endet sofort und lässt sich nicht rückgängig machen:",
    remove_points: [
        "alle Anmeldungen an dieser Konsole, auf jedem Gerät",
        "alle Rollen",
        "alle persönlichen API-Schlüssel",
    ],
    remove_promises: "jede noch nicht angenommene Einladung eines Eigentümers, von wem sie auch kam",
    remove_keys: |names| {
        format!("Diese API-Schlüssel hat die Person angelegt; wer sie kennt, kann sie weiter benutzen: {names}.")
    },
    remove_last_owner: "Es muss einen Eigentümer geben. Machen Sie zuerst jemand anderen dazu.",
    withdraw_heading: |email| format!("Einladung von {email} zurückziehen?"),
    withdraw_lead: "Der Link öffnet dann nichts mehr. Sie können jederzeit neu einladen.",
    add: "Mitglied hinzufügen",
    add_lead: "Wer Mitglied dieser Installation ist, kann auch hier eine Rolle bekommen.",
    member: "Mitglied",
    nobody_here: "Hier hat noch niemand eine Rolle",
    nobody_here_lead: "Eigentümer dürfen ohnehin alles. Geben Sie einem Mitglied eine Rolle, damit es hier arbeiten kann.",
    everything: "Alles",
    bad_email: "Schreiben Sie sie wie name@example.com.",
    done: |name| {
        Some(match name {
            "removed" => "Entfernt. Alle Anmeldungen sind beendet.",
            "withdrawn" => "Zurückgezogen. Der Link öffnet nichts mehr.",
            _ => return None,
        })
    },

    roles: "Rollen",
    roles_lead: "Eine Rolle ist eine benannte Menge von Berechtigungen. In jedem Workspace hat ein Mitglied höchstens eine.",
    new_role: "Neue Rolle",
    role_name: "Name",
    bad_role_name: "Nehmen Sie 1 bis 60 Zeichen auf einer Zeile.",
    permissions: "Berechtigungen",
    permission_why: |permission| match permission {
        Permission::SeeApps => "Karten, Adressen und Zustand der Apps sehen.",
        Permission::CreateApps => "Weitere Apps veröffentlichen und kopieren.",
        Permission::EditApps => "Adresse, Ziel, Namen und Grenzen ändern; anhalten und starten.",
        Permission::ChangeAccess => "Zugang, Master-Passwort, Freigabe und Anbieter ändern.",
        Permission::DeleteApps => "Apps löschen oder in einen anderen Workspace verschieben.",
        Permission::SeeUsers => "Benutzer, Geräte, Sitzungen, Einladungen und Zahlen sehen.",
        Permission::ManageUsers => "Benutzer einladen, freigeben, ändern, abmelden und löschen.",
        Permission::SeeAudit => "Lesen und exportieren, wer wann was getan hat.",
        Permission::ManageMembers => "Mitgliedern hier Rollen geben, nie mehr als die eigene.",
        Permission::EditWorkspace => "Titel und Namen des Workspace ändern.",
    },
    held_by: "Mitglieder",
    count: |count| match count {
        1 => "1 Mitglied".to_owned(),
        _ => format!("{count} Mitglieder"),
    },
    fixed_role: "Diese Rolle gibt es immer, und sie erlaubt im Workspace immer alles.",
    delete_role: "Rolle löschen",
    delete_role_heading: |name| format!("Rolle „{name}“ löschen?"),
    delete_role_lead: |count| match count {
        0 => "Niemand hat sie. Das lässt sich nicht rückgängig machen.".to_owned(),
        1 => "1 Mitglied hat sie. Welche Rolle soll es stattdessen haben?".to_owned(),
        _ => format!("{count} Mitglieder haben sie. Welche Rolle sollen sie stattdessen haben?"),
    },
    instead: "Rolle stattdessen",
    choose: "Rolle wählen",
};
