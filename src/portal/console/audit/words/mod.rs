//! What the page of the audit record says.

mod de;
mod details_de;
mod en;

use crate::domain::Language;
use crate::domain::audit::{Action, PartyKind};

pub(super) struct Words {
    pub(super) audit: &'static str,
    pub(super) lead_here: &'static str,
    pub(super) lead_all: &'static str,
    pub(super) when: &'static str,
    pub(super) who: &'static str,
    pub(super) what: &'static str,
    pub(super) app: &'static str,
    pub(super) workspace: &'static str,
    pub(super) details: &'static str,
    pub(super) number: &'static str,
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    pub(super) older: &'static str,
    pub(super) newest: &'static str,
    pub(super) export_csv: &'static str,
    pub(super) export_json: &'static str,
    pub(super) none: &'static str,
    pub(super) none_lead: &'static str,
    pub(super) none_found: &'static str,
    pub(super) show_all: &'static str,
    pub(super) replaced: &'static str,
    pub(super) filter_name: fn(&str) -> &'static str,
    pub(super) party: fn(PartyKind) -> &'static str,
    /// All that is done with one kind of thing.
    pub(super) kind: fn(&str) -> &'static str,
    pub(super) action: fn(Action) -> &'static str,
    /// What stands beside a deed; `None` where the record's own words are shown.
    pub(super) detail: fn(&str) -> Option<&'static str>,
    /// By the detail's name.
    pub(super) value: fn(&str, &str) -> Option<String>,
    /// What is wrong with a filter, by its name; `None` where it is said by who read it.
    pub(super) flaw: fn(&str) -> Option<&'static str>,
}

pub(super) fn words(language: Language) -> &'static Words {
    match language {
        Language::En => &en::WORDS,
        Language::De => &de::WORDS,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Names of details are written where the deeds are: whoever adds one is told here that it lacks its German word.
    #[test]
    fn every_detail_of_the_record_has_its_german_name() {
        let mut names = Vec::new();
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/desk"), &mut names);
        assert!(names.len() > 50, "{names:?}");
        names.retain(|name| (words(Language::De).detail)(name).is_none());
        assert!(names.is_empty(), "{names:?}");
    }

    fn collect(place: &Path, names: &mut Vec<String>) {
        for entry in std::fs::read_dir(place).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("tests") {
                collect(&path, names);
            } else if path.is_file() {
                let text = std::fs::read_to_string(&path).unwrap();
                for call in [".with(\"", ".changed(\"", ".replaced(\""] {
                    names.extend(text.split(call).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
                }
            }
        }
    }

    #[test]
    fn values_are_told_in_german_where_they_are_ours() {
        let words = words(Language::De);
        for (name, value, expected) in [
            ("waits", "approval", "Freigabe"),
            ("by", "password, not-invited, google", "Passwort, nicht eingeladen, google"),
            ("running", "true", "ja"),
            ("permissions", "see-apps, edit-apps", "Apps sehen, Apps bearbeiten"),
            ("invite", "7f3a", "7f3a"),
        ] {
            assert_eq!((words.value)(name, value).as_deref(), Some(expected), "{name}");
        }
        assert_eq!((words.value)("title", "true"), None, "anybody's own text");
        for mode in crate::domain::AccessMode::ALL {
            assert_ne!((words.value)("access", mode.as_str()).as_deref(), Some(mode.as_str()));
        }
    }
}
