//! What a verb refused, in the member's language.

use crate::desk::{AdminError, Flaw};

use super::Shell;

impl Shell {
    pub(in crate::portal::console) fn told(&self, error: &AdminError) -> String {
        let stops = &self.stops;
        match error {
            AdminError::NotFound => stops.not_found.1.to_owned(),
            AdminError::Conflict(clash) => (stops.clash)(clash),
            AdminError::Invalid(flaws) => flaws.iter().map(|flaw| self.told_flaw(flaw)).collect::<Vec<_>>().join("; "),
            AdminError::NotAllowed(refusal) => (stops.refusal)(*refusal),
            AdminError::LastOwner => stops.last_owner.to_owned(),
            AdminError::Fixed(what) => (stops.fixed)(*what).to_owned(),
            AdminError::InUse(what) => (stops.in_use)(what),
            AdminError::Stale => stops.stale.to_owned(),
            AdminError::Busy { .. } => stops.busy.1.to_owned(),
            AdminError::Unavailable => stops.unavailable.1.to_owned(),
        }
    }

    fn told_flaw(&self, flaw: &Flaw) -> String {
        match (self.flaw)(&flaw.field) {
            Some(text) => text.to_owned(),
            None => format!("{}: {}", flaw.field, flaw.detail),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::desk::{Clash, Fixed, InUse, Refusal};
    use crate::domain::Language;
    use crate::portal::console::words::shell;

    #[test]
    fn whatever_a_verb_refuses_is_told_in_german() {
        let all = Clash::every().into_iter().map(AdminError::Conflict);
        let all = all.chain(InUse::every().into_iter().map(AdminError::InUse));
        let all = all.chain(Refusal::every().into_iter().map(AdminError::NotAllowed));
        let all: Vec<AdminError> = all.chain(Fixed::every().into_iter().map(AdminError::Fixed)).collect();
        let german: BTreeSet<String> = all.iter().map(|error| shell(Language::De).told(error)).collect();
        assert_eq!(german.len(), all.len(), "one sentence each: {german:#?}");
        for error in &all {
            for english in [error.to_string(), shell(Language::En).told(error)] {
                assert!(!german.contains(&english), "{english}");
            }
        }
        assert!(german.iter().all(|text| text.ends_with('.')), "{german:#?}");
    }

    #[test]
    fn what_is_told_has_its_names_in_it() {
        let words = shell(Language::De);
        for clash in Clash::every() {
            let (english, german) = (clash.to_string(), (words.stops.clash)(&clash));
            for name in ["hmi", "anna@plant.example", "https://edge-01:8443", "Builders", "100", "200"] {
                assert_eq!(english.contains(name), german.contains(name), "{name}: {german}");
            }
        }
    }
}
