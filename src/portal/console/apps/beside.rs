//! What a verb refused about an app, beside the field of the form that it is about.

use crate::desk::{AdminError, Clash};
use crate::portal::console::errors::Errors;
use crate::portal::console::member::Member;

use super::words::making;

/// The fields of a form that say what an app is called in addresses, and where it is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Beside<'a> {
    pub(super) name: Option<&'static str>,
    pub(super) url: Option<&'static str>,
    /// The name that was asked for.
    pub(super) named: &'a str,
}

impl Beside<'_> {
    /// A clash of names or addresses goes to its field, if the form has it; for all else see [`Errors::of`].
    pub(super) fn errors(self, error: AdminError, member: &Member, explain: impl Fn(&str) -> Option<String>) -> Errors {
        let words = making(member.language);
        let (field, text) = match &error {
            AdminError::Conflict(clash) => match clash {
                // An address that is made of the name is taken with it.
                Clash::AddressTaken { by: Some(app), .. } if app.as_str() == self.named => {
                    (self.name, Some(words.taken_name))
                }
                Clash::AppNamed(_) | Clash::AppNamedThere(_) => (self.name, Some(words.taken_name)),
                Clash::NameIsId { .. } => (self.name, None),
                Clash::AddressTaken { .. } | Clash::AddressOfConsole(_) => (self.url, Some(words.taken_url)),
                Clash::InFrontOfConsole(_) | Clash::BesideConsole(_) | Clash::BesideForeignApp(_) => (self.url, None),
                _ => (None, None),
            },
            _ => (None, None),
        };
        let Some(field) = field else { return Errors::of(error, member.words(), explain) };
        let mut errors = Errors::default();
        errors.add(field, text.map_or_else(|| member.words().told(&error), str::to_owned));
        errors
    }
}
