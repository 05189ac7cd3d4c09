//! German: why a verb refused.

use crate::desk::{Clash, Fixed, InUse, Moving, Refusal};

use super::de::SHELL;

pub(super) fn clash(clash: &Clash) -> String {
    const OF_OWNERS: &str = "Nur Eigentümer stellen eine App dorthin; geben Sie dieser einen eigenen Host oder Port.";
    match clash {
        Clash::Meanwhile => "Jemand anderes hat dasselbe gleichzeitig geändert.".to_owned(),
        Clash::NeverStill(what) => format!("{} Bitte versuchen Sie es noch einmal.", moving(*what)),
        Clash::MailOnItsWay => "Die E-Mail wird gerade gesendet.".to_owned(),
        Clash::NoMailServer => "In der Konfigurationsdatei ist kein Mailserver eingestellt ([smtp]).".to_owned(),
        Clash::UsernameTaken(name) => format!("{name} gehört schon zu einem anderen Benutzer."),
        Clash::Registered(name) => format!("{name} ist bei dieser App schon registriert."),
        Clash::Suspended(name) => format!("{name} ist gesperrt."),
        Clash::RegisteredElsewhere(name) => format!(
            "{name} ist auch bei anderen Apps registriert. Dazu braucht es einen Schlüssel für den ganzen Workspace."
        ),
        Clash::MemberAlready(name) => format!("{name} ist schon Mitglied."),
        Clash::InvitationAccepted => {
            "Die Einladung ist schon angenommen. Was sie gegeben hat, beenden Sie beim Benutzer.".to_owned()
        }
        Clash::InvitationWithdrawn => "Die Einladung ist zurückgezogen. Legen Sie eine neue an.".to_owned(),
        Clash::WorkspaceNamed(name) => format!("Einen Workspace mit dem Namen „{name}“ gibt es schon."),
        Clash::RoleNamed(name) => format!("Eine Rolle mit dem Namen „{name}“ gibt es schon."),
        Clash::KeysMost(most) => format!("Es gibt schon {most} Schlüssel. Löschen Sie zuerst einige."),
        Clash::RolesMost(most) => format!("Es gibt schon {most} Rollen. Löschen Sie zuerst einige."),
        Clash::AppNamed(name) => format!("Eine App mit dem Namen „{name}“ gibt es in diesem Workspace schon."),
        Clash::AppNamedThere(name) => format!("Eine App mit dem Namen „{name}“ gibt es in jenem Workspace schon."),
        Clash::NameIsId { name, of } => format!("„{name}“ ist die Kennung der App „{of}“."),
        Clash::AddressTaken { url, by: Some(app) } => format!("Die App „{app}“ hat schon die Adresse {url}."),
        Clash::AddressTaken { url, by: None } => format!("Eine andere App hat schon die Adresse {url}."),
        Clash::AddressOfConsole(url) => format!("Die Konsole hat schon die Adresse {url}."),
        Clash::InFrontOfConsole(url) => format!(
            "Unter {} antwortet die Konsole, und dann nicht mehr. Geben Sie der App einen eigenen Host oder Port.",
            url.origin()
        ),
        Clash::BesideConsole(url) => format!("Unter {} antwortet die Konsole. {OF_OWNERS}", url.origin()),
        Clash::BesideForeignApp(url) => format!("Unter {} ist eine andere App. {OF_OWNERS}", url.origin()),
    }
}

fn moving(moving: Moving) -> &'static str {
    match moving {
        Moving::User => "Jemand anderes ändert diesen Benutzer gerade.",
        Moving::Registration => "Die Registrierung dieses Benutzers ändert sich gerade immer wieder.",
        Moving::Member => "Jemand anderes ändert dieses Mitglied gerade.",
        Moving::MembersOfWorkspace => "Jemand anderes ändert gerade die Mitglieder dieses Workspace.",
        Moving::Invitation => "Jemand anderes ändert das gerade.",
        Moving::Key => "Jemand anderes ändert diesen Schlüssel gerade.",
    }
}

pub(super) fn in_use(what: &InUse) -> String {
    match what {
        InUse::Apps(titles) => format!("Diese Apps gingen mit verloren: {}.", titles.join(", ")),
        InUse::Role { name, members, invitations } => {
            let members = match members {
                1 => "1 Mitglied".to_owned(),
                _ => format!("{members} Mitglieder"),
            };
            let invitations = match invitations {
                1 => "1 Einladung".to_owned(),
                _ => format!("{invitations} Einladungen"),
            };
            format!(
                "{members} und {invitations} haben die Rolle „{name}“. Wählen Sie, welche sie stattdessen bekommen."
            )
        }
    }
}

pub(super) fn fixed(what: Fixed) -> &'static str {
    match what {
        Fixed::DefaultWorkspace => "Der erste Workspace behält seinen Namen und lässt sich nicht löschen.",
        Fixed::LastWorkspace => "Der letzte Workspace bleibt.",
        Fixed::FullAccess => "Die Rolle „Full access“ ist überall dieselbe. Legen Sie eine andere an.",
    }
}

pub(super) fn refusal(refusal: Refusal) -> String {
    match refusal {
        Refusal::OwnersOnly => "Das dürfen nur Eigentümer.".to_owned(),
        Refusal::Needs(permission) => format!(
            "Bitten Sie einen Eigentümer um eine Rolle mit der Berechtigung „{}“.",
            (SHELL.permission)(permission)
        ),
        Refusal::RolesOfOwner => "Die Rollen von Eigentümern ändern nur Eigentümer.".to_owned(),
        Refusal::OwnRole => {
            "Niemand ändert die eigene Rolle. Bitten Sie einen Eigentümer oder ein anderes Mitglied, das Rollen vergibt."
                .to_owned()
        }
        Refusal::RoleBeyondOwn => "Die Rolle erlaubt mehr, als Sie selbst hier dürfen.".to_owned(),
        Refusal::MemberBeyondOwn => "Das Mitglied darf hier mehr als Sie selbst.".to_owned(),
    }
}
