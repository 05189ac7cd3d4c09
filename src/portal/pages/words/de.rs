//! German.

use super::{Errors, Notices, Said, Words, wait};

pub(super) static WORDS: Words = Words {
    code: "de",
    name: "Deutsch",

    email: "E-Mail-Adresse",
    username: "E-Mail-Adresse oder Benutzername",
    personal_name: "Benutzername",
    display_name: "Ihr Name",
    password: "Passwort",
    new_password: "Passwort wählen",
    master_password: "Master-Passwort",
    given_name: "Vorname",
    family_name: "Nachname",
    show_password: "Passwort anzeigen",
    caps_lock: "Die Feststelltaste ist aktiv.",
    optional: "optional",
    new_password_hint: |least| {
        format!(
            "Mindestens {least} Zeichen, besser 15 oder mehr. Einige Wörter ohne Zusammenhang sind leicht zu merken und schwer zu erraten."
        )
    },
    master_password_hint: "Das gemeinsame Passwort aller, die diese App nutzen.",

    sign_in: "Anmelden",
    create_account: "Konto anlegen",
    go_on: "Weiter",
    sign_out: "Abmelden",
    try_again: "Erneut versuchen",
    to_the_app: "Zurück zur App",

    master_lead: "Diese App fragt nach dem gemeinsamen Passwort.",
    both_lead: "Diese App verlangt ein Konto und das gemeinsame Master-Passwort.",
    new_here: "Noch kein Konto?",
    continue_as: |who| format!("Weiter als {who}"),
    signed_in_at: |app| format!("Sie sind in diesem Browser bei {app} angemeldet."),
    or_sign_in: "Oder melden Sie sich als jemand anderes an:",
    have_account: "Sie haben schon ein Konto?",
    invitation_needed: "Für diese App braucht man eine Einladung. Wenn Sie keine haben, wenden Sie sich an die Betreiber.",
    stay: "Angemeldet bleiben",
    invite_heading: "Sie sind eingeladen",
    invite_lead: "Wählen Sie ein Passwort, und schon sind Sie drin.",
    invite_known_lead: "Sie haben schon ein Passwort. Geben Sie es ein, um die Einladung anzunehmen.",
    accept_invite: "Einladung annehmen",

    account: &super::account_de::WORDS,
    errors: Errors {
        check: "Bitte prüfen Sie Ihre Eingaben.",
        wrong_credentials: "Der Name oder das Passwort ist falsch.",
        wrong_password: "Das Passwort ist falsch.",
        wrong_master_password: "Das Master-Passwort ist falsch.",
        too_many: |seconds| {
            format!("Zu viele Versuche. Bitte warten Sie {}.", wait(seconds, "Sekunde", "Sekunden", "Minuten"))
        },
        busy: "Gerade melden sich sehr viele an. Bitte versuchen Sie es gleich noch einmal.",
        unavailable: "Das lässt sich gerade nicht speichern. Bitte versuchen Sie es gleich noch einmal.",
        missing: "Bitte füllen Sie dieses Feld aus.",
        invalid: "Das lässt sich nicht verwenden.",
        invalid_email: "Geben Sie eine Adresse wie name@example.com ein.",
        too_short: |least| format!("Verwenden Sie mindestens {least} Zeichen."),
        too_long: |most| format!("Verwenden Sie höchstens {most} Zeichen."),
        too_common: "Das ist zu leicht zu erraten.",
        other_domain: |domains| format!("Hier können sich nur Adressen von {domains} registrieren."),
        unchanged: "Das ist schon Ihre Adresse.",
        unconfirmed: "Setzen Sie dieses Häkchen, wenn Sie es so wollen.",
        last_way_in: "Anders können Sie sich nicht anmelden. Legen Sie zuerst ein Passwort fest.",
        last_owner: "Ohne Sie gäbe es keinen Eigentümer mehr. Machen Sie zuerst jemand anderen dazu.",
    },
    notices: Notices {
        account: &super::account_de::NOTICES,
        not_invited: Said {
            heading: "Sie sind nicht eingeladen",
            text: "Für diese App braucht man eine Einladung, und dieses Konto hat keine. Wenden Sie sich an die Betreiber.",
        },
        signed_in_as: |email| format!("Sie sind angemeldet als {email}."),
        other_account: "Anderes Konto verwenden",
        sign_out: Said { heading: "Abmelden?", text: "Damit endet Ihre Sitzung mit dieser App in diesem Browser." },
        sign_up_closed: Said {
            heading: "Sie brauchen eine Einladung",
            text: "Für diese App braucht man eine Einladung. Wenn Sie keine haben, wenden Sie sich an die Betreiber.",
        },
        invite_gone: Said {
            heading: "Diese Einladung gilt nicht mehr",
            text: "Sie wurde benutzt, zurückgezogen, durch eine neuere ersetzt oder ist abgelaufen. Wenn Sie sie angenommen haben, melden Sie sich an; wenn nicht, bitten Sie um eine neue.",
        },
        link_gone: Said {
            heading: "Dieser Link gilt nicht mehr",
            text: "Er wurde benutzt, ist abgelaufen oder durch einen neueren ersetzt. Wenn Sie noch einen brauchen, fordern Sie ihn neu an.",
        },
        waiting: Said {
            heading: "Freigabe steht aus",
            text: "Ihr Konto ist angelegt. Die Betreiber dieser App müssen es noch freigeben.",
        },
        waiting_watch: "Diese Seite öffnet die App, sobald Sie freigegeben sind.",
        stopped: Said {
            heading: "Zurzeit abgeschaltet",
            text: "Diese App wurde von ihren Betreibern abgeschaltet. Sie bleiben angemeldet.",
        },
        watching: "Diese Seite öffnet die App, sobald sie wieder da ist.",
        bad_gateway: Said {
            heading: "Die App antwortet nicht",
            text: "Das Gateway läuft, aber die App dahinter ist nicht erreichbar oder antwortet unverständlich.",
        },
        gateway_timeout: Said {
            heading: "Die App braucht zu lange",
            text: "Das Gateway läuft, aber die App dahinter hat nicht rechtzeitig geantwortet.",
        },
        overloaded: Said {
            heading: "Gerade überlastet",
            text: "Es wird mehr gefragt, als beantwortet werden kann. Bitte versuchen Sie es gleich noch einmal.",
        },
        not_signed_in: Said { heading: "Sie sind nicht angemeldet", text: "Melden Sie sich an, um fortzufahren." },
        not_sent: Said {
            heading: "Ihr Formular wurde nicht gesendet",
            text: "Sie sind nicht mehr angemeldet, daher hat Ihre Eingabe die App nicht erreicht. Sie ist nicht verloren:",
        },
        not_sent_steps: [
            "Melden Sie sich neu an. Das öffnet sich in einem neuen Tab.",
            "Kommen Sie hierher zurück und laden Sie diese Seite neu. Ihr Browser sendet das Formular dann noch einmal.",
        ],
        cookies: Said {
            heading: "Ihr Browser bleibt nicht angemeldet",
            text: "Sie haben sich mehrmals angemeldet, aber Ihr Browser hat das Cookie, das Sie angemeldet hält, nie zurückgesendet. Meist liegt es an einem davon:",
        },
        cookie_causes: [
            "Cookies sind für diese Seite blockiert: durch eine Einstellung, eine Erweiterung oder ein privates Fenster.",
            "Die Adresse beginnt mit http://, obwohl sie mit https:// beginnen sollte, oder umgekehrt.",
            "Die App ist unter einem anderen Namen geöffnet als dem, unter dem sie veröffentlicht ist.",
            "Die Uhr dieses Geräts geht falsch.",
        ],
        not_found: Said { heading: "Hier ist nichts", text: "Unter dieser Adresse gibt es keine Seite." },
        wrong_origin: Said {
            heading: "Das kam von einer anderen Seite",
            text: "Das Formular wurde von einer anderen Adresse gesendet, als diese Seite hat; daher ist nichts geschehen. Öffnen Sie die Seite neu und benutzen Sie das Formular dort.",
        },
        broken_form: Said {
            heading: "Dieses Formular ist nicht lesbar",
            text: "Öffnen Sie die Seite neu und benutzen Sie das Formular dort.",
        },
        console: Said {
            heading: "Dieses Gateway gehört noch niemandem",
            text: "Wer es gestartet hat, richtet es in einer Minute ein:",
        },
        no_owner_steps: [
            "Sehen Sie nach, wo Millgate gestartet wurde: Im Terminal oder im Log steht eine Zeile „set up“ mit einem Link.",
            "Öffnen Sie den Link in diesem Browser. Er gilt einmal und eine Stunde lang.",
            "Kein Link da, oder zu spät? „millgate setup-link“ auf diesem Rechner gibt einen neuen aus.",
        ],
        oidc: &super::oidc_de::OIDC,
    },
};
