//! German.

use super::{Said, SaidOfMail, Words, month};

const MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

pub(super) static WORDS: Words = Words {
    code: "de",
    or_open: "Oder öffnen Sie diese Adresse im Browser:",
    expiry: |at| {
        let time = at.strftime("%H:%M");
        format!("Der Link gilt einmal, bis zum {}. {} {}, {time} Uhr (UTC).", at.day(), month(at, MONTHS), at.year())
    },
    footer: |title, address| format!("Diese E-Mail kommt von Millgate, dem Gateway von {title} unter {address}."),
    invite: Said {
        subject: |title| format!("Ihre Einladung zu {title}"),
        heading: "Sie sind eingeladen",
        text: |title| {
            format!("Sie wurden eingeladen, {title} zu nutzen. Nehmen Sie die Einladung an, und schon sind Sie drin.")
        },
        action: "Einladung annehmen",
        ignore: "Wenn Sie das nicht erwartet haben, ignorieren Sie diese E-Mail: Ohne Ihre Zusage geschieht nichts.",
    },
    reset: Said {
        subject: |title| format!("Neues Passwort für {title}"),
        heading: "Neues Passwort wählen",
        text: |title| {
            format!(
                "Für Ihr Konto bei {title} wurde ein neues Passwort angefordert. Wenn Sie das waren, wählen Sie jetzt eines."
            )
        },
        action: "Neues Passwort wählen",
        ignore: "Wenn Sie das nicht waren, ignorieren Sie diese E-Mail: Ihr Passwort bleibt, wie es ist.",
    },
    address: Said {
        subject: |title| format!("Neue Adresse für {title} bestätigen"),
        heading: "Neue Adresse bestätigen",
        text: |title| {
            format!(
                "Ihr Konto bei {title} soll ab jetzt diese E-Mail-Adresse verwenden. Bestätigen Sie, dass sie Ihnen gehört."
            )
        },
        action: "Adresse bestätigen",
        ignore: "Wenn Sie das nicht wollten, ignorieren Sie diese E-Mail: Es ändert sich nichts.",
    },
    test: SaidOfMail {
        subject: "Test-E-Mail von Millgate",
        heading: "E-Mail funktioniert",
        text: |gateway| {
            format!(
                "Ein Administrator des Gateways unter {gateway} hat gerade diese Test-E-Mail verschickt. Sie ist angekommen."
            )
        },
        ignore: "Es gibt nichts zu tun.",
    },
    test_footer: "Diese E-Mail kommt von Millgate, einem Gateway für Apps.",
};
