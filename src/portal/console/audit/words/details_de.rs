//! German: what stands beside a deed. The record has words of its own for it, the API's; names and addresses, which
//! are anybody's, are shown as they are.

use crate::domain::{Language, Permission};
use crate::portal::console::words::shell;

pub(super) fn detail(name: &str) -> Option<&'static str> {
    of_app(name).or_else(|| of_people(name))
}

fn of_app(name: &str) -> Option<&'static str> {
    Some(match name {
        "name" => "Name",
        "title" => "Titel",
        "description" => "Beschreibung",
        "icon" => "Bild",
        "language" => "Sprache",
        "url" => "Adresse",
        "upstream" => "Adresse der App",
        "upstream_verify" => "Zertifikat der App prüfen",
        "upstream_ca" => "Zertifizierungsstelle der App",
        "host_header" => "Host, den die App erfährt",
        "strip_prefix" => "Pfad entfernen",
        "connect_timeout" => "Wartezeit auf eine Verbindung",
        "response_timeout" => "Wartezeit auf eine Antwort",
        "user_header" => "Name des Benutzers in",
        "identity_headers" => "Weitere Header",
        "identity_token" => "Signiertes Token",
        "forwarded_header" => "Header Forwarded",
        "idle_limit" => "Endet, wenn unbenutzt seit",
        "absolute_limit" => "Endet in jedem Fall nach",
        "shared_sign_in" => "Anmeldung gilt auch für andere Apps",
        "running" => "Läuft",
        "access" => "Zugang",
        "master_password" => "Master-Passwort",
        "approval" => "Wartet auf Freigabe",
        "sign_up_domains" => "Domains der Registrierung",
        "hosted_domain" => "Google-Workspace-Organisation",
        "name_question" => "Frage nach dem Namen",
        "providers" => "Anmeldedienste",
        _ => return None,
    })
}

fn of_people(name: &str) -> Option<&'static str> {
    Some(match name {
        "username" => "Benutzername",
        "given_name" => "Vorname",
        "family_name" => "Nachname",
        "email_verified" => "Adresse bestätigt",
        "suspended" => "Gesperrt",
        "registered" => "Dabei registriert",
        "invite" => "Einladung",
        "expires_at" => "Gültig bis",
        "waits" => "Wartet auf",
        "by" => "Womit",
        "times" => "Wie oft",
        "addresses" => "IP-Adressen",
        "users" => "Benutzer",
        "ends_other_sessions" => "Beendet andere Sitzungen",
        "link" => "Link",
        "owner" => "Eigentümer",
        "role" => "Rolle",
        "instead" => "Rolle stattdessen",
        "permissions" => "Berechtigungen",
        "workspace" => "Workspace",
        "scope" => "Gilt für",
        "enabled" => "Eingeschaltet",
        _ => return None,
    })
}

/// `None` for what is anybody's own text.
pub(super) fn value(name: &str, value: &str) -> Option<String> {
    let said = match name {
        "access" => access,
        "by" => way,
        "permissions" => permission,
        "language" => |word: &str| match word {
            "de" => Some("Deutsch"),
            "en" => Some("Englisch"),
            _ => None,
        },
        "host_header" | "providers" | "link" | "scope" | "waits" => word,
        "upstream_verify"
        | "strip_prefix"
        | "identity_token"
        | "forwarded_header"
        | "shared_sign_in"
        | "running"
        | "approval"
        | "name_question"
        | "email_verified"
        | "suspended"
        | "registered"
        | "invite"
        | "ends_other_sessions"
        | "owner"
        | "enabled" => |word: &str| match word {
            "true" => Some("ja"),
            "false" => Some("nein"),
            _ => None,
        },
        _ => return None,
    };
    // Of some there are several.
    Some(value.split(", ").map(|word| said(word).unwrap_or(word)).collect::<Vec<_>>().join(", "))
}

fn access(word: &str) -> Option<&'static str> {
    Some(match word {
        "public" => "alle",
        "master-password" => "Master-Passwort",
        "signup" => "Registrierung",
        "signup-and-master-password" => "Registrierung und Master-Passwort",
        "invite-only" => "nur Eingeladene",
        _ => return None,
    })
}

/// A provider is shown by its name.
fn way(word: &str) -> Option<&'static str> {
    Some(match word {
        "password" => "Passwort",
        "master-password" => "Master-Passwort",
        "provider" => "Anmeldedienst",
        "not-invited" => "nicht eingeladen",
        "too-many" => "zu viele Versuche",
        "api-key" => "API-Schlüssel",
        "other-app" => "andere App",
        "reset-link" => "Link zu neuem Passwort",
        _ => return None,
    })
}

fn permission(word: &str) -> Option<&'static str> {
    word.parse::<Permission>().ok().map(shell(Language::De).permission)
}

fn word(word: &str) -> Option<&'static str> {
    Some(match word {
        "visitor" => "der des Besuchers",
        "upstream" => "der eigene",
        "all" => "alle",
        "mailed" => "per E-Mail",
        "handed over" => "übergeben",
        "me" => "was das Mitglied selbst darf",
        "account" => "die ganze Installation",
        "workspace" => "den Workspace",
        "app" => "die App",
        "approval" => "Freigabe",
        _ => return None,
    })
}
