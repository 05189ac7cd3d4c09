//! German.

use crate::upstreams::Kind;

use super::making::{Making, Places, Tries};

pub(super) static TRIES: Tries = Tries {
    answers: "Die App antwortet",
    answers_as: |title| format!("Die App antwortet: „{title}“"),
    took: |millis| format!("{millis} ms"),
    unreadable: "Das ist keine Adresse",
    form: "Schreiben Sie sie wie 192.168.1.20:1880, http://127.0.0.1:1880, https://plc.local oder unix:/run/app.sock.",
    trouble: |kind| match kind {
        Kind::UnknownName => (
            "Es gibt keinen Rechner dieses Namens",
            "Prüfen Sie die Schreibweise, oder nehmen Sie die IP-Adresse des Rechners.",
        ),
        Kind::Refused => {
            ("Der Rechner ist da, aber an diesem Port antwortet nichts", "Läuft die App? Stimmt der Port?")
        }
        Kind::Unreachable => ("Zu diesem Rechner führt kein Weg", "Prüfen Sie die Adresse und das Netz dazwischen."),
        Kind::Timeout => {
            ("Keine Antwort in der erwarteten Zeit", "Ist der Rechner aus, oder hält eine Firewall die Verbindung auf?")
        }
        Kind::Tls => (
            "Keine vertrauenswürdige TLS-Verbindung",
            "Ist es unverschlüsseltes http? Oder ein Zertifikat, für das niemand bürgt?",
        ),
        Kind::Socket => {
            ("Der Socket ist nicht benutzbar", "Gibt es ihn, und darf der Benutzer des Gateways ihn öffnen?")
        }
        Kind::Closed => ("Die Verbindung wird ohne Antwort geschlossen", "Erwartet sie https?"),
        Kind::BadAnswer => ("Dort antwortet etwas, aber kein HTTP", "Ist das der Port ihrer Webseiten?"),
        Kind::Status => ("Die App meldet einen Fehler", "Sehen Sie bei der App selbst nach."),
        Kind::Other => ("Die App ist nicht erreichbar", "Das Log des Gateways sagt mehr."),
    },
};

pub(super) static PLACES: Places = Places {
    this_computer: "Öffnet sich auf dem Rechner, auf dem Millgate läuft. Sonst ist nichts einzurichten.",
    as_you_came: "Öffnet sich überall dort, wo sich diese Konsole öffnet: Sie benutzen diesen Host gerade.",
    this_network: "Öffnet sich auf jedem Gerät im Netz dieses Rechners.",
    a_path: "Mehrere Apps teilen sich einen Port. Für Apps, die unter einem Pfad laufen können.",
};

pub(super) static MAKING: Making = Making {
    heading: "App veröffentlichen",
    welcome: |name| format!("Willkommen, {name}. Veröffentlichen Sie Ihre erste App."),
    steps: ["Wo sie läuft", "Name, Adresse, Zugang", "Fertig"],
    where_lead: "Geben Sie die Adresse an, unter der die App jetzt antwortet, von diesem Rechner aus gesehen. Sie wird sofort ausprobiert.",
    upstream: "Adresse der App",
    upstream_hint: "Wie 127.0.0.1:1880 oder https://192.168.1.20. Ein Port allein meint diesen Rechner.",
    try_it: "Ausprobieren",
    try_again: "Erneut versuchen",
    anyway: "Trotzdem weiter",
    other_upstream: "Andere Adresse",
    title: "Titel",
    name: "Name in Adressen",
    name_hint: "Kleinbuchstaben, Ziffern und Bindestriche.",
    address: "Wo man sie öffnet",
    own_address: "Eine andere Adresse",
    own_address_why: "Ein eigener Hostname, für den zum Beispiel DNS eingerichtet ist.",
    own_url: "Eigene Adresse",
    own_url_hint: "Wie https://linie4.werk.example. Der Host muss zu diesem Gateway führen.",
    access: "Wer sie benutzen darf",
    master_password: "Master-Passwort",
    master_password_hint: "Mindestens 4 Zeichen. Es wird nie wieder angezeigt.",
    publish: "Veröffentlichen",
    wrong_title: "Nehmen Sie 1 bis 100 Zeichen.",
    wrong_name: "Nehmen Sie 1 bis 40 Kleinbuchstaben, Ziffern und Bindestriche, an beiden Enden Buchstabe oder Ziffer.",
    taken_name: "Eine andere App in diesem Workspace heißt schon so.",
    wrong_url: "Schreiben Sie sie wie http://linie4.localhost:8080 oder https://edge-01/linie4.",
    taken_url: "Eine andere App oder die Konsole hat diese Adresse.",
    wrong_master_password: "Dieser Zugang braucht ein Master-Passwort mit mindestens 4 Zeichen.",
    done: "Die App ist veröffentlicht",
    done_lead: "Das ist ab jetzt ihre Adresse. Alles, was dorthin geht, kommt durch das Tor.",
    test_it: "Ausprobieren",
    to_the_app: "Zur Seite der App",
    invite: "Personen einladen",
    next_invite: "Niemand kommt hinein, bevor Sie einladen.",
    next_master: "Wer das Master-Passwort kennt, kommt hinein. Sagen Sie es nur diesen Personen.",
    next_signup: "Wer sie öffnet, kann ein Konto anlegen. Sie sehen alle auf der Seite der App.",
    next_public: "Wer sie öffnet, ist drin. Sie sehen die Geräte auf der Seite der App.",
};
