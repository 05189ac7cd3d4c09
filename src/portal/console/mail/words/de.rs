//! German.

use super::Words;

pub(super) static WORDS: Words = Words {
    mail: "E-Mail",
    lead: "E-Mails, die noch zu senden sind. Was gesendet ist, wird nicht aufgehoben; ein Link entsteht erst beim Senden.",
    no_server: "Es ist kein Mailserver eingestellt. Es geht auch ohne: Links geben Sie dann selbst weiter. Einstellen lässt er sich unter [smtp] in der Konfigurationsdatei.",
    to: "An",
    about: "Worum es geht",
    invite: "Einladung",
    reset: "Neues Passwort",
    address: "Neue Adresse",
    since: "Seit",
    state: "Zustand",
    stuck: "Wird nicht mehr versucht",
    next_try: "Nächster Versuch",
    retry: "Jetzt versuchen",
    none: "Es wartet keine E-Mail",
    none_lead: "Alles, was zu senden war, ist gesendet.",
    try_server: "Mailserver ausprobieren",
    test: "Testmail senden",
    taken: "Der Server hat die E-Mail angenommen.",
    said: "Was gesagt wurde",
    bad_email: "Schreiben Sie sie wie name@example.com.",
};
