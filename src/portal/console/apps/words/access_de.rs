//! German.

use crate::domain::AccessMode;

use super::access::AccessWords;

pub(super) static ACCESS: AccessWords = AccessWords {
    heading: "Zugang",
    option: |mode| match mode {
        AccessMode::Public => "Alle können die App benutzen",
        AccessMode::MasterPassword => "Benutzer müssen ein Master-Passwort angeben",
        AccessMode::Signup => "Benutzer müssen sich registrieren",
        AccessMode::SignupAndMasterPassword => "Benutzer müssen sich registrieren und ein Master-Passwort angeben",
        AccessMode::InviteOnly => "Nur zuvor eingeladene Benutzer können sich anmelden",
    },
    explain: |mode| match mode {
        AccessMode::Public => "Es wird nichts gefragt. Die App erfährt, welches Gerät es ist, nicht welche Person.",
        AccessMode::MasterPassword => {
            "Ein Passwort für alle, die hineindürfen. Ein neues sperrt alle aus, die mit dem alten kamen."
        }
        AccessMode::Signup => {
            "Jede Person legt ein Konto mit Adresse und Passwort an oder kommt über einen Anmeldedienst. Die App erfährt, wer es ist."
        }
        AccessMode::SignupAndMasterPassword => {
            "Ein eigenes Konto und dazu das gemeinsame Passwort. Wenn sich nicht alle registrieren sollen, die die Seite finden."
        }
        AccessMode::InviteOnly => "Sie entscheiden, wer. Alle anderen bleiben draußen, mit oder ohne Konto.",
    },
    lead: "Eine Änderung gilt sofort: für die nächste Anfrage und für jede offene Verbindung.",
    master_set: "Master-Passwort",
    master_change: "Neues Master-Passwort",
    master_is_set: "Eines ist gesetzt. Leer lassen, um es zu behalten. Ein neues sperrt alle aus, die mit dem alten kamen.",
    approval: "Neue Benutzer warten auf Freigabe",
    approval_hint: "Bis jemand sie freigibt, sehen sie eine Seite, die das sagt.",
    domains: "Nur Adressen dieser Domains dürfen sich registrieren",
    domains_hint: "Wie werk.example, andere.example. Leer heißt: alle. Eingeladene dürfen jede Adresse haben.",
    wrong_domains: "Schreiben Sie Domains wie werk.example, durch Kommas getrennt.",
    hosted_domain: "Nur Konten dieser Google-Workspace-Organisation",
    hosted_domain_hint: "Die Domain der Organisation. Leer heißt: jedes Konto.",
    wrong_hosted_domain: "Schreiben Sie eine Domain wie werk.example.",
    name_question: "Nach dem Master-Passwort einen Namen erfragen",
    name_question_hint: "Damit ein Gerät in der Liste einen Namen hat. Niemand muss einen angeben.",
    providers: "Anmeldedienste, die hier benutzt werden dürfen",
    providers_hint: "Sie stehen in der Konfiguration. Passwörter gehen immer.",
    confirm: "Zugang ändern?",
    confirm_from: |before, after| format!("Von „{before}“ zu „{after}“."),
    confirm_master: "Das Master-Passwort wird ein neues.",
    confirm_sessions: |live, ended| match (live, ended) {
        (0, _) => "Gerade ist niemand angemeldet.".to_owned(),
        (1, 0) => "Gerade läuft 1 Sitzung. Sie läuft weiter.".to_owned(),
        (live, 0) => format!("Gerade laufen {live} Sitzungen. Alle laufen weiter."),
        (1, 1) => "Gerade läuft 1 Sitzung. Sie muss noch einmal durch das Tor.".to_owned(),
        (live, ended) if live == ended => {
            format!("Gerade laufen {live} Sitzungen. Alle müssen noch einmal durch das Tor.")
        }
        (live, ended) => format!("Gerade laufen {live} Sitzungen. {ended} davon müssen noch einmal durch das Tor."),
    },
    confirm_kept: "Konten und Geräte bleiben erhalten: Wenn Sie es zurückstellen, gelten sie wieder.",
    confirm_invites: "Einladungen, die noch niemand angenommen hat, werden zurückgezogen.",
    confirm_submit: "Ändern",
    changed: "Der Zugang ist geändert.",
};
