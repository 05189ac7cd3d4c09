//! German, about identity providers.

use crate::federation::Unreachable;

use super::Said;
use super::oidc::Oidc;

pub(super) static OIDC: Oidc = Oidc {
    continue_with: |title| format!("Weiter mit {title}"),
    or: "oder",
    why: |unreachable| match unreachable {
        Unreachable::Dns => "Gerade nicht erreichbar: Der Name ist von hier aus nicht zu finden.",
        Unreachable::Refused => "Gerade nicht erreichbar: Niemand nimmt die Verbindung an.",
        Unreachable::TimedOut => "Gerade nicht erreichbar: Es kommt keine rechtzeitige Antwort.",
        Unreachable::Tls => "Gerade nicht erreichbar: Der Verbindung ist nicht zu trauen.",
        Unreachable::BadAnswer => "Gerade nicht nutzbar: Die Antworten sind fehlerhaft.",
    },
    open_in_browser: |title| {
        format!(
            "{title} erlaubt keine Anmeldung innerhalb anderer Apps. Öffnen Sie diese Seite stattdessen in Ihrem Browser:"
        )
    },
    address: "Adresse dieser Seite",
    other_ways: "Anders anmelden",
    start_again: "Neu anmelden",
    to_account: "Zurück zu Ihrem Konto",

    unreachable: Said {
        heading: "Der Anbieter ist nicht erreichbar",
        text: "Darüber können Sie sich gerade nicht anmelden. Andere Wege funktionieren wie immer.",
    },
    bad_answer: Said {
        heading: "Der Anbieter antwortet fehlerhaft",
        text: "Seiner Antwort kann dieses Gateway nicht trauen, daher sind Sie nicht angemeldet. Versuchen Sie es noch einmal, oder melden Sie sich anders an.",
    },
    misconfigured: Said {
        heading: "Der Anbieter kennt dieses Gateway nicht",
        text: "Er lehnt dieses Gateway ab. Die Betreiber dieser App müssen das richtigstellen.",
    },
    declined: Said {
        heading: "Sie sind nicht angemeldet",
        text: "Der Anbieter meldet, dass Sie oder die Verwaltung Ihres dortigen Kontos nicht zugestimmt haben.",
    },
    lost: Said {
        heading: "Diese Anmeldung lässt sich nicht abschließen",
        text: "Sie wurde schon benutzt, hat zu lange gedauert oder in einem anderen Browser begonnen. Beginnen Sie neu, in dem Browser, den Sie jetzt benutzen.",
    },
    refused: Said {
        heading: "Diese Anmeldung ist nicht gültig",
        text: "Was vom Anbieter zurückkam, beweist nicht, wer Sie sind; daher sind Sie nicht angemeldet. Beginnen Sie neu.",
    },
    clock: "Die Zeiten darin passen nicht: Vielleicht geht eine Uhr falsch, die des Gateways oder die des Anbieters.",
    not_offered: Said {
        heading: "Dieser Weg wird nicht angeboten",
        text: "Bei dieser App kann man sich über diesen Anbieter nicht anmelden. Melden Sie sich anders an.",
    },
    unverified: Said {
        heading: "Ihre Adresse ist nicht bestätigt",
        text: "Ihr Anbieter hat Ihre E-Mail-Adresse nicht bestätigt, daher zählt sie hier nicht. Bestätigen Sie sie dort, oder melden Sie sich anders an.",
    },
    other_organization: Said {
        heading: "Dieses Konto gehört zu einer anderen Organisation",
        text: "Diese App nimmt nur Konten einer bestimmten Organisation an.",
    },
    only_of: |domain| format!("Benutzen Sie ein Konto von {domain}."),
    other_domain: Said {
        heading: "Mit Ihrer Adresse kann man sich hier nicht registrieren",
        text: "Diese App nimmt nur Adressen bestimmter Domains an.",
    },
    other_address: Said {
        heading: "Die Einladung gilt für eine andere Adresse",
        text: "Sie lässt sich nur mit der Adresse annehmen, für die sie gemacht wurde. Öffnen Sie die Einladung noch einmal und benutzen Sie dieses Konto, oder wählen Sie dort ein Passwort.",
    },
    elsewhere: Said {
        heading: "Dieses Konto gehört hier jemand anderem",
        text: "Das Konto beim Anbieter ist hier schon mit einem anderen Konto verknüpft.",
    },
    as_before: Said {
        heading: "Melden Sie sich wie bisher an",
        text: "Zu Ihrer Adresse gibt es ein Konto, das sich anders anmeldet. Melden Sie sich so an; danach können Sie diesen Anbieter in Ihrem Konto verknüpfen.",
    },
    barred: Said {
        heading: "Dieses Konto kann sich nicht anmelden",
        text: "Es ist gesperrt. Wenden Sie sich an die Betreiber dieser App.",
    },
    signed_out: Said {
        heading: "Sie sind nicht angemeldet",
        text: "Sie wurden abgemeldet, bevor das Konto verknüpft war. Melden Sie sich an und verknüpfen Sie es noch einmal.",
    },
    too_many_linked: Said {
        heading: "Zu viele verknüpfte Konten",
        text: "Lösen Sie in Ihrem Konto eine Verknüpfung, bevor Sie eine weitere anlegen.",
    },
    too_many_tries: Said {
        heading: "Zu viele Versuche",
        text: "Bitte warten Sie einen Moment, und versuchen Sie es dann noch einmal.",
    },

    ask_heading: "Sie haben hier schon ein Konto",
    ask_lead: "Zu Ihrer Adresse gibt es ein Konto. Geben Sie einmal dessen Passwort ein, um es zu verknüpfen; danach genügt Ihr Anbieter.",
    ask_submit: "Verknüpfen und anmelden",
    consent: Said { heading: "Dieses Konto verknüpfen?", text: "Danach können Sie sich auch damit anmelden." },
    consent_to: |identity, username| match identity {
        Some(identity) => format!("{identity} öffnet dann das Konto {username}."),
        None => format!("Es öffnet dann das Konto {username}."),
    },
    consent_submit: "Verknüpfen",
};
