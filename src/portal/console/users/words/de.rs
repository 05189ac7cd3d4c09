//! German.

use super::{Kind, Posted, Users};

pub(super) static USERS: Users = Users {
    users: "Benutzer",
    kind: |kind| match kind {
        Kind::Registered => "Registriert",
        Kind::Waiting => "Wartend",
        Kind::Pending => "Eingeladen",
        Kind::Devices => "Ohne Anmeldung",
    },
    kinds: "Wer gezeigt wird",
    search: "Nach Name, Adresse oder Gerät suchen",
    live: "Live",
    offline: "Verbindet neu",
    more: "Mehr zeigen",
    none: |kind| match kind {
        Kind::Registered => "Noch niemand ist registriert",
        Kind::Waiting => "Niemand wartet",
        Kind::Pending => "Keine Einladung ist offen",
        Kind::Devices => "Kein Gerät ist bekannt",
    },
    none_lead: |kind| match kind {
        Kind::Registered => {
            "Wer sich registriert, erscheint hier sofort. Laden Sie Personen ein, oder geben Sie die Adresse der App weiter."
        }
        Kind::Waiting => {
            "Verlangt eine App eine Freigabe, warten hier alle, die sich registriert haben, bis Sie sie freigeben."
        }
        Kind::Pending => "Laden Sie Personen über ihre Adresse ein; sie stehen hier, bis sie gekommen sind.",
        Kind::Devices => {
            "Kommt man ohne Registrierung hinein, erscheint hier jeder Browser, der Cookies behält, unter einem eigenen Namen."
        }
    },
    none_found: "Nichts passt zur Suche",
    came: "Neu: ",
    went: "Weg: ",

    name: "Name",
    state: "Zustand",
    since: "Seit",
    asked: "Registriert",
    seen: "Zuletzt gesehen",
    first_seen: "Zuerst gesehen",
    never: "nie",
    devices: "Geräte",
    open: "Offene Verbindungen",
    browser: "Browser",
    unknown_browser: "Unbekannter Browser",
    on: |browser, system| format!("{browser} unter {system}"),
    address: "IP-Adresse",
    device: "Gerät",
    connected: "Verbunden",
    away: "Abwesend",
    suspended: "Gesperrt",
    passwordless: "Noch kein Passwort",
    waiting: "Wartet",
    by_invitation: "eingeladen",
    show_devices: |name| format!("Geräte von {name}"),
    approve: "Freigeben",
    decline: "Ablehnen",
    remove: "Löschen",
    end: "Beenden",

    remove_heading: |name| format!("{name} löschen?"),
    decline_heading: |name| format!("{name} ablehnen?"),
    remove_lead: "Sofort und endgültig:",
    ends_registration: |app| format!("Die Registrierung bei {app} endet."),
    ends_sessions: |count| match count {
        0 => "Unter diesem Namen ist niemand angemeldet.".to_owned(),
        1 => "1 Gerät wird abgemeldet.".to_owned(),
        count => format!("{count} Geräte werden abgemeldet."),
    },
    ends_connections: |count| match count {
        1 => "1 offene Verbindung wird getrennt.".to_owned(),
        count => format!("{count} offene Verbindungen werden getrennt."),
    },
    ends_user: "Es ist die letzte App, bei der dieser Benutzer registriert ist: Auch der Benutzer verschwindet, mit Name und Passwort.",
    keeps_user: |apps| format!("Der Benutzer bleibt registriert bei {apps}."),
    come_again: |may| {
        if may {
            "Die Person kann sich neu registrieren, als neuer Benutzer."
        } else {
            "Die Person kommt nur mit einer neuen Einladung wieder herein."
        }
    },
    end_heading: "Diese Sitzung beenden?",
    end_lead: |device| format!("{device}: Offene Verbindungen werden sofort getrennt."),
    end_user: "Wer das Gerät benutzt, muss sich neu anmelden.",
    end_device: "Das Gerät wird vergessen. Kommt es wieder, hat es einen neuen Namen.",
    sessions: "Geräte und Sitzungen",
    no_sessions: "Nirgends angemeldet.",

    person: "Person",
    given_name: "Vorname",
    family_name: "Nachname",
    username: "Adresse oder Benutzername",
    username_hint: "Damit meldet sich die Person an. Links, die an die alte Adresse gingen, werden ungültig.",
    bad_username: "Bitte geben Sie eine Adresse oder einen Benutzernamen ein.",
    signs_in_by: "Meldet sich an mit",
    password: "Passwort",
    nothing_yet: "noch nichts",
    verified: "Adresse bestätigt",
    unverified: "Adresse nicht bestätigt",
    registered: "Registriert",
    reset: "Link zu neuem Passwort",
    reset_lead: "Für alle, die ihres vergessen haben. Der Link wird einmal gezeigt; übergeben Sie ihn selbst.",
    reset_given: |name| {
        format!("Geben Sie diesen Link an {name}. Er öffnet einmal und wird nicht noch einmal gezeigt.")
    },
    reset_note: |until| format!("Er läuft am {until} ab."),
    sign_out: "Überall abmelden",
    sign_out_lead: "Beendet alle Sitzungen dieses Benutzers in allen Apps dieses Workspace, mit ihren offenen Verbindungen.",
    suspend: "Sperren",
    suspend_lead: "Meldet die Person sofort überall ab und lässt sie nicht mehr herein, bis Sie die Sperre aufheben.",
    resume: "Sperre aufheben",
    resume_lead: "Die Person kann sich wieder anmelden.",
    link: "Link",
    back_to: |name| format!("Zurück zu {name}"),
    rights: "Zugang",

    invites: "Einladungen",
    invite: "Einladen",
    invite_lead: "Jede Person bekommt einen eigenen Link. Er öffnet einmal.",
    emails: "Adressen",
    emails_hint: "Eine pro Zeile oder durch Kommas getrennt. Auch mit Namen: Anna Weber <anna@plant.example>",
    no_emails: "Bitte geben Sie mindestens eine Adresse ein.",
    too_many: "Höchstens 1000 Adressen auf einmal.",
    language: "Sprache der Einladung",
    language_of_app: "Wie die App",
    valid: "Gültig",
    days: |days| if days == 1 { "1 Tag".to_owned() } else { format!("{days} Tage") },
    mail: "Links per E-Mail senden",
    no_mail_server: "Kein Mailserver ist eingerichtet: Übergeben Sie die Links selbst.",
    invited: "Diese Personen sind eingeladen",
    invited_lead: "Die Links werden einmal gezeigt. Kopieren Sie sie, oder lassen Sie sie scannen.",
    refused: "Nicht eingeladen",
    not_an_address: "Das ist keine Adresse.",
    posted: |posted| match posted {
        Posted::Queued => "per E-Mail unterwegs",
        Posted::Off => "zu übergeben",
        Posted::NoAddress => "ohne Adresse zum Senden",
        Posted::NoServer => "kein Mailserver",
    },
    code: |name| format!("Code zum Scannen für {name}"),
    invitations: "Bisherige Einladungen",
    no_invitations: "Noch niemand wurde eingeladen.",
    made: "Eingeladen",
    until: "Gültig bis",
    pending: "Offen",
    accepted: "Angenommen",
    expired: "Abgelaufen",
    withdrawn: "Zurückgezogen",
    letter: "E-Mail",
    queued: "unterwegs",
    sent: "gesendet",
    stuck: "nicht zugestellt",
    renew: "Neuer Link",
    withdraw: "Zurückziehen",
    withdraw_heading: |name| format!("Einladung von {name} zurückziehen?"),
    withdraw_lead: "Ihre Links öffnen nichts mehr. Sie können jederzeit neu einladen.",

    figures: "Kennzahlen",
    views: "Aufrufe",
    unique_devices: "Geräte",
    active_users: "Benutzer",
    registered_users: "Registrierte Benutzer",
    day: "Tag (UTC)",
    today: "Heute",
    chart: |views, most| format!("Aufrufe an jedem der letzten 30 Tage: {views} insgesamt, {most} am stärksten Tag."),
    as_table: "Als Tabelle",
    no_views: "In den letzten 30 Tagen wurde keine Seite der App aufgerufen.",

    done: |name| {
        Some(match name {
            "approved" => "Freigegeben.",
            "declined" => "Abgelehnt.",
            "ended" => "Die Sitzung ist beendet.",
            "signed-out" => "Überall abgemeldet.",
            "suspended" => "Gesperrt.",
            "resumed" => "Die Sperre ist aufgehoben.",
            "withdrawn" => "Zurückgezogen.",
            _ => return None,
        })
    },
};
