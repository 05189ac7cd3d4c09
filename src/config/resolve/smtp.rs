//! The mail server.

use std::path::Path;

use zeroize::Zeroizing;

use crate::config::problem::Problems;
use crate::config::raw;
use crate::config::resolved::Secret;
use crate::config::table::Field;
use crate::mail::{Config, Login, Server};

use super::files;

/// `None` when there is none, or when something is wrong with it.
pub(super) fn resolve(written: Option<&Field<raw::Smtp>>, base: &Path, problems: &mut Problems) -> Option<Config> {
    let Field { value: raw, place } = written?;
    let password = files::secret(raw.password.as_ref(), raw.password_file.as_ref(), base, problems);
    let ca = raw.ca_file.as_ref().map(|field| files::authorities(field, base, problems));
    for (absent, key, example) in [
        (raw.url.is_none(), "url", "url = \"smtps://user@mail.example.com\""),
        (raw.from.is_none(), "from", "from = \"Millgate <gate@example.com>\""),
    ] {
        if absent && !raw.wrong.contains(&key) {
            problems.error(place, format!("the key `{key}` is missing; add {example}"));
        }
    }
    let url = raw.url.as_ref()?;
    let login = login(raw, &url.value, password, url, problems)?;
    let Server { host, port, security, .. } = url.value.clone();
    let from = raw.from.as_ref()?.value.clone();
    // What could not be read has been reported.
    let ca = match ca {
        Some(pem) => Some(pem?),
        None => None,
    };
    Some(Config { host, port, security, login, from, ca })
}

/// The outer `None`: half of it is missing.
fn login(
    raw: &raw::Smtp,
    server: &Server,
    password: Option<Field<Secret>>,
    url: &Field<Server>,
    problems: &mut Problems,
) -> Option<Option<Login>> {
    let written = raw.password.is_some() || raw.password_file.is_some();
    match (&server.user, password) {
        (Some(user), Some(password)) => {
            let password = Zeroizing::new(password.value.reveal().to_owned());
            Some(Some(Login { user: user.clone(), password }))
        }
        (Some(_), None) => {
            if !written && raw.wrong.iter().all(|key| !key.starts_with("password")) {
                problems.error(
                    &url.place,
                    "the user has no password; add password_file = \"…\", or take the user out of the URL",
                );
            }
            None
        }
        (None, Some(password)) => {
            problems.error(&password.place, "the password has no user; write it into the URL: smtps://user@…");
            None
        }
        (None, None) => (!written).then_some(None),
    }
}
