//! A user, as programs read it.

use serde::Serialize;

use crate::desk::{UserState, UserView};
use crate::domain::{Email, Identity, Slug, Timestamp, UserId, Username};

use super::sessions::DeviceRow;

#[derive(Serialize)]
pub(super) struct UserRow {
    id: UserId,
    username: Username,
    email: Option<Email>,
    email_verified: bool,
    name: String,
    given_name: String,
    family_name: String,
    status: &'static str,
    invited: bool,
    waiting: bool,
    suspended: bool,
    providers: Vec<String>,
    registered_at: Timestamp,
    last_seen_at: Option<Timestamp>,
    open_connections: u32,
    devices: Vec<DeviceRow>,
}

/// An identity provider of the configuration: what it is called here, and its issuer.
pub(super) type Configured = (Slug, String);

/// Each state and its word.
pub(super) const STATES: [(&str, UserState); 4] = [
    ("active", UserState::Active),
    ("passwordless", UserState::Passwordless),
    ("waiting", UserState::Waiting),
    ("suspended", UserState::Suspended),
];

impl UserRow {
    pub(super) fn of(user: UserView, configured: &[Configured]) -> Self {
        let state = user.state();
        Self {
            id: user.id,
            email: user.username.email(),
            username: user.username,
            email_verified: user.email_verified,
            name: format!("{} {}", user.given_name, user.family_name).trim().to_owned(),
            given_name: user.given_name,
            family_name: user.family_name,
            status: STATES.iter().find(|(_, known)| *known == state).map_or("", |(word, _)| word),
            invited: user.invited,
            waiting: user.waiting,
            suspended: user.suspended,
            providers: providers(&user.identities, configured),
            registered_at: user.registered_at,
            last_seen_at: user.last_seen_at,
            open_connections: user.open_connections,
            devices: user.devices.into_iter().map(DeviceRow::from).collect(),
        }
    }

    pub(super) fn id(&self) -> UserId {
        self.id
    }
}

/// What the identities' providers are called here. One that is configured no longer is named by its issuer's host.
fn providers(identities: &[Identity], configured: &[Configured]) -> Vec<String> {
    let name = |identity: &Identity| {
        let known = configured.iter().find(|(_, issuer)| *issuer == identity.issuer);
        known.map_or_else(|| host(&identity.issuer).to_owned(), |(id, _)| id.to_string())
    };
    let mut names: Vec<String> = identities.iter().map(name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn host(issuer: &str) -> &str {
    let rest = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_have_their_configured_name_or_their_host() {
        let identity = |issuer: &str| Identity {
            issuer: issuer.into(),
            subject: "1".into(),
            email: None,
            linked_at: Timestamp::default(),
        };
        let linked = [
            identity("https://accounts.google.com"),
            identity("https://id.plant.example:8443/realms/a"),
            identity("https://accounts.google.com"),
        ];
        let google = ("google".parse().unwrap(), "https://accounts.google.com".to_owned());
        assert_eq!(providers(&linked, &[google]), ["google", "id.plant.example:8443"]);
        assert_eq!(providers(&[], &[]), Vec::<String>::new());
    }
}
