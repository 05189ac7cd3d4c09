//! What the set-up's page says.

use crate::domain::Language;

pub(in super::super) struct SetUpWords {
    pub(in super::super) heading: &'static str,
    pub(in super::super) lead: &'static str,
    /// When there is an owner already, who may be locked out.
    pub(in super::super) again_heading: &'static str,
    pub(in super::super) again_lead: &'static str,
    pub(in super::super) submit: &'static str,
    pub(in super::super) again_submit: &'static str,
    pub(in super::super) gone_text: &'static str,
}

static EN: SetUpWords = SetUpWords {
    heading: "Welcome to Millgate",
    lead: "You are the first, so you become the owner. Next, you publish your first app.",
    again_heading: "Take over as owner",
    again_lead: "With an address that a member has, you choose a new password for it, and all their devices are signed out. Any other becomes a new owner.",
    submit: "Create your account",
    again_submit: "Go on as owner",
    gone_text: "It was used, it is older than an hour, or the gateway has been restarted since. Run “millgate setup-link” on its machine for a new one.",
};

static DE: SetUpWords = SetUpWords {
    heading: "Willkommen bei Millgate",
    lead: "Sie sind zuerst da, also gehört es Ihnen. Als Nächstes veröffentlichen Sie Ihre erste App.",
    again_heading: "Als Eigentümer übernehmen",
    again_lead: "Mit der Adresse eines Mitglieds wählen Sie dafür ein neues Passwort, und alle seine Geräte werden abgemeldet. Jede andere wird ein neuer Eigentümer.",
    submit: "Konto anlegen",
    again_submit: "Als Eigentümer weiter",
    gone_text: "Er wurde benutzt, ist älter als eine Stunde, oder das Gateway wurde seitdem neu gestartet. „millgate setup-link“ auf seinem Rechner gibt einen neuen aus.",
};

pub(in super::super) fn set_up(language: Language) -> &'static SetUpWords {
    match language {
        Language::En => &EN,
        Language::De => &DE,
    }
}
