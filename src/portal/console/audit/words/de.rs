//! German.

use crate::domain::audit::{Action, PartyKind};

use super::{Words, details_de};

pub(super) static WORDS: Words = Words {
    audit: "Protokoll",
    lead_here: "Wer in diesem Workspace was getan hat, wann und von wo. Hier lässt sich nichts ändern; jeder Eintrag ist mit dem vorigen verkettet.",
    lead_all: "Wer in der ganzen Installation was getan hat, wann und von wo. Hier lässt sich nichts ändern; jeder Eintrag ist mit dem vorigen verkettet, und „millgate check“ prüft es.",
    when: "Wann (UTC)",
    who: "Wer",
    what: "Was",
    app: "App",
    workspace: "Workspace",
    details: "Einzelheiten",
    number: "Nr.",
    from: "Von",
    to: "Bis",
    older: "Älter",
    newest: "Neueste",
    export_csv: "CSV-Export",
    export_json: "JSON-Export",
    none: "Noch nichts",
    none_lead: "Anmeldungen und jede Änderung stehen später hier.",
    none_found: "Nichts passt zu diesen Filtern",
    show_all: "Alles zeigen",
    replaced: "geändert",
    filter_name,
    party,
    kind,
    action,
    detail: details_de::detail,
    value: details_de::value,
    flaw,
};

fn filter_name(name: &str) -> &'static str {
    match name {
        "from" => "Von",
        "to" => "Bis",
        "action" => "Was",
        "actor" => "Wer",
        "app" => "App",
        _ => "Suche",
    }
}

fn flaw(name: &str) -> Option<&'static str> {
    Some(match name {
        "from" | "to" => "Schreiben Sie einen Tag wie 2026-11-22.",
        "action" => "Das gibt es nicht.",
        _ => "Nehmen Sie einen kürzeren Text.",
    })
}

fn party(kind: PartyKind) -> &'static str {
    match kind {
        PartyKind::Machine => "Das Gateway",
        PartyKind::Member => "Mitglied",
        PartyKind::Key => "API-Schlüssel",
        PartyKind::ConfigKey => "API-Schlüssel der Konfiguration",
        PartyKind::User => "Benutzer",
        PartyKind::Device => "Gerät",
        PartyKind::Stranger => "Unbekannt",
        PartyKind::Session => "Sitzung von",
        PartyKind::Invite => "Einladung von",
        PartyKind::App => "App",
        PartyKind::Workspace => "Workspace",
        PartyKind::Role => "Rolle",
        PartyKind::Mail => "Mail an",
        PartyKind::Link => "Link",
    }
}

fn kind(kind: &str) -> &'static str {
    match kind {
        "invite" => "Alles zu Einladungen",
        "access-link" => "Zugangslinks",
        "user" => "Alles zu Benutzern",
        "session" => "Alles zu Sitzungen",
        "account" => "Alles zu eigenen Konten",
        "app" => "Alles zu Apps",
        "workspace" => "Alles zu Workspaces",
        "member" => "Alles zu Mitgliedern",
        "role" => "Alles zu Rollen",
        "key" => "Alles zu Schlüsseln",
        "mail" => "Alles zu Mails",
        "set-up" => "Einrichtung",
        "authority" => "Die Zertifizierungsstelle des Gateways",
        "audit" => "Das Protokoll selbst",
        _ => "Anderes",
    }
}

fn action(action: Action) -> &'static str {
    match action {
        Action::SignIn => "Angemeldet",
        Action::SignInFailed => "Anmeldung gescheitert",
        Action::SignOut => "Abgemeldet",
        Action::SignUp => "Registriert",
        Action::MasterPassword => "Master-Passwort eingegeben",
        Action::InviteCreate => "Jemanden eingeladen",
        Action::InviteRenew => "Einladung erneuert",
        Action::InviteWithdraw => "Einladung zurückgezogen",
        Action::InviteAccept => "Einladung angenommen",
        Action::AccessLink => "Zugangslink erstellt",
        Action::UserCreate => "Benutzer angelegt",
        Action::UserChange => "Benutzer geändert",
        Action::UserApprove => "Benutzer freigegeben",
        Action::UserDelete => "Benutzer gelöscht",
        Action::UserSignOut => "Benutzer überall abgemeldet",
        Action::ResetLink => "Link zu neuem Passwort erstellt",
        Action::SessionEnd => "Sitzung beendet",
        Action::PasswordChange => "Eigenes Passwort geändert",
        Action::PasswordReset => "Neues Passwort über Link gewählt",
        Action::AddressChange => "Eigene Adresse geändert",
        Action::ProfileChange => "Eigenen Namen geändert",
        Action::AccountDelete => "Eigenes Konto gelöscht",
        Action::AccountSignOut => "Überall abgemeldet",
        Action::IdentityLink => "Konto eines Anbieters verknüpft",
        Action::IdentityUnlink => "Konto eines Anbieters gelöst",
        Action::AppCreate => "App angelegt",
        Action::AppChange => "App geändert",
        Action::AppDelete => "App gelöscht",
        Action::AppCopy => "App kopiert",
        Action::AppMove => "App verschoben",
        Action::WorkspaceCreate => "Workspace angelegt",
        Action::WorkspaceChange => "Workspace geändert",
        Action::WorkspaceDelete => "Workspace gelöscht",
        Action::MemberInvite => "Mitglied eingeladen",
        Action::MemberChange => "Mitglied geändert",
        Action::MemberRemove => "Mitglied entfernt",
        Action::RoleAssign => "Rolle zugewiesen",
        Action::RoleCreate => "Rolle angelegt",
        Action::RoleChange => "Rolle geändert",
        Action::RoleDelete => "Rolle gelöscht",
        Action::KeyCreate => "Schlüssel erstellt",
        Action::KeyChange => "Schlüssel geändert",
        Action::KeyDelete => "Schlüssel gelöscht",
        Action::MailRetry => "Mail erneut gesendet",
        Action::MailDelete => "Mail gelöscht",
        Action::MailTest => "Testmail gesendet",
        Action::SetUpLink => "Einrichtungslink erstellt",
        Action::SetUp => "Eigentümer eingerichtet",
        Action::AuthorityRenew => "Zertifizierungsstelle des Gateways erneuert",
        Action::AuditExport => "Protokoll exportiert",
    }
}
