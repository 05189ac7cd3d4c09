//! German.

use super::Said;
use super::account::{AccountNotices, AccountWords, Ago, Done, Strength};

pub(super) static WORDS: AccountWords = AccountWords {
    heading: "Ihr Konto",
    sign_out_everywhere: "Überall abmelden",
    to_the_account: "Ihr Konto",

    profile: "Profil",
    save: "Speichern",

    address: "E-Mail-Adresse",
    user_name: "Benutzername",
    address_lead: |email| format!("Sie melden sich mit {email} an."),
    address_unproven: |email| {
        format!(
            "Sie melden sich mit {email} an. Die Adresse ist noch nicht bestätigt: Lassen Sie sich einen Link senden."
        )
    },
    no_address: |name| {
        format!(
            "Sie melden sich mit {name} an. Wenn Sie hier eine E-Mail-Adresse eingeben, tritt sie an die Stelle dieses Namens, sobald Sie sie bestätigt haben."
        )
    },
    address_by_administrator: |name| {
        format!(
            "Sie melden sich mit {name} an. Soll sich das ändern, wenden Sie sich an Ihren Administrator: Diese Installation versendet keine E-Mails."
        )
    },
    new_address: "Neue E-Mail-Adresse",
    new_address_hint: "Wir senden einen Link dorthin. Die Adresse ändert sich, wenn Sie ihn öffnen.",
    send_link: "Link senden",

    no_password_yet: "Sie haben noch kein Passwort. Mit einem können Sie sich auch anmelden, wenn eine verknüpfte Anmeldung nicht erreichbar ist.",
    present_password: "Bisheriges Passwort",
    new_password: "Neues Passwort",
    end_others: "Meine anderen Geräte abmelden",
    change_password: "Passwort ändern",
    set_password: "Passwort festlegen",

    linked: "Verknüpfte Anmeldungen",
    linked_lead: "Auch damit können Sie sich anmelden.",
    unlink: "Trennen",
    only_way_in: "Trennen können Sie, sobald es einen zweiten Weg gibt: Setzen Sie dafür ein Passwort.",
    link: |title| format!("{title} verknüpfen"),

    devices: "Ihre Geräte",
    devices_lead: "Wo Sie angemeldet sind, in allen Apps dieses Arbeitsbereichs.",
    this_one: "dieses",
    end: "Beenden",
    everywhere_hint: "Beendet alle Sitzungen dieser Liste, auch diese.",
    unknown_browser: "Unbekannter Browser",
    on: |browser, system| format!("{browser} unter {system}"),
    more_devices: |count| format!("Und {count} weitere."),

    delete: "Konto löschen",
    delete_lead: "Damit verschwinden Sie aus allen Apps, die Sie mit diesem Konto nutzen, und alle Ihre Sitzungen enden. Das lässt sich nicht rückgängig machen. Was die Apps selbst gespeichert haben, bleibt bei ihnen.",
    confirm_delete: "Ja, mein Konto löschen",

    done: Done {
        name: "Ihr Name ist gespeichert.",
        email: "Wenn die Adresse verwendet werden kann, ist eine E-Mail mit einem Link dorthin unterwegs.",
        address: "Ihre E-Mail-Adresse ist bestätigt.",
        password: "Ihr Passwort ist geändert.",
        linked: "Die Anmeldung ist verknüpft.",
        unlinked: "Die Anmeldung ist nicht mehr verknüpft.",
        ended: "Die Sitzung ist beendet.",
    },
    ago: Ago {
        now: "gerade eben",
        minutes: |count| if count == 1 { "vor einer Minute".to_owned() } else { format!("vor {count} Minuten") },
        hours: |count| if count == 1 { "vor einer Stunde".to_owned() } else { format!("vor {count} Stunden") },
        days: |count| if count == 1 { "gestern".to_owned() } else { format!("vor {count} Tagen") },
    },
    strength: Strength {
        weak: "Schwach: leicht zu erraten. Nehmen Sie mehr Zeichen.",
        fair: "Mittel. Ab 15 Zeichen ist es besser.",
        good: "Gut.",
    },

    forgot: "Passwort vergessen?",
    reset_heading: "Passwort vergessen?",
    reset_lead: "Geben Sie ein, womit Sie sich anmelden. Wir senden einen Link an Ihre E-Mail-Adresse.",
    choose_heading: "Neues Passwort wählen",
    choose_lead: "Alle Ihre Geräte werden damit abgemeldet; dieses wird angemeldet.",
    choose: "Speichern und anmelden",

    confirm_heading: "Adresse bestätigen",
    confirm_lead: |email| format!("Danach melden Sie sich mit {email} an."),
    confirm: "Diese Adresse bestätigen",
};

pub(super) static NOTICES: AccountNotices = AccountNotices {
    deleted: Said { heading: "Ihr Konto ist gelöscht", text: "Sie sind überall abgemeldet." },
    reset_without_mail: Said {
        heading: "Passwort vergessen?",
        text: "Diese Installation versendet keine E-Mails. Bitten Sie Ihren Administrator um einen Link zu einem neuen Passwort.",
    },
    reset_sent: Said {
        heading: "Sehen Sie in Ihr Postfach",
        text: "Wenn es hier ein Konto mit dieser Adresse gibt, ist eine E-Mail mit einem Link unterwegs. Der Link gilt einmal und eine Stunde lang. Wenn nichts kommt, sehen Sie im Spam-Ordner nach oder wenden Sie sich an Ihren Administrator.",
    },
    reset_outside: Said {
        heading: "Ihr neues Passwort ist gespeichert",
        text: "Diese App lässt Ihr Konto so nicht ein. Melden Sie sich dort an, wo Sie Zugang haben:",
    },
    confirmed: Said { heading: "Ihre Adresse ist bestätigt", text: "Ab jetzt melden Sie sich mit ihr an." },
};
