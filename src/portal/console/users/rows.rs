//! Rows of the lists, as pages show them.

use std::net::IpAddr;

use crate::desk::{DeliveryState, InvitationView, SessionView, Standing, UserState, UserView};
use crate::domain::{Language, Timestamp};
use crate::portal::pages::{self, Agent};

use super::called;
use super::words::Users;

/// A moment, and how people say how long ago it was.
pub(super) struct When {
    pub(super) at: Timestamp,
    pub(super) text: String,
}

/// A state's name for its shape, and its word.
pub(super) struct Badge {
    pub(super) state: &'static str,
    pub(super) word: &'static str,
}

pub(super) struct PersonRow {
    pub(super) id: String,
    pub(super) mark: String,
    pub(super) name: String,
    /// The user name, unless it is shown as the name.
    pub(super) username: Option<String>,
    pub(super) is_invited: bool,
    pub(super) badge: Badge,
    pub(super) since: When,
    pub(super) seen: Option<When>,
    pub(super) devices: usize,
    pub(super) open: u32,
}

pub(super) struct DeviceRow {
    pub(super) id: String,
    pub(super) mark: String,
    pub(super) device: String,
    pub(super) name: Option<String>,
    pub(super) browser: String,
    pub(super) ip: IpAddr,
    pub(super) first: When,
    pub(super) seen: When,
    pub(super) open: u32,
}

pub(super) struct InviteRow {
    pub(super) id: String,
    pub(super) mark: String,
    pub(super) name: Option<String>,
    pub(super) username: String,
    pub(super) badge: Badge,
    pub(super) made: When,
    pub(super) until: Timestamp,
    pub(super) until_text: String,
    pub(super) letter: Option<(&'static str, Option<String>)>,
    /// Whether it can be renewed and withdrawn.
    pub(super) is_open: bool,
}

/// What makes rows out of what the desk knows.
#[derive(Clone, Copy)]
pub(super) struct Teller {
    pub(super) words: &'static Users,
    pub(super) language: Language,
    pub(super) now: Timestamp,
}

impl Teller {
    pub(super) fn when(self, at: Timestamp) -> When {
        When { at, text: pages::ago(self.now.since(at), self.language) }
    }

    pub(super) fn person(self, mark: String, user: &UserView) -> PersonRow {
        let name = called(user);
        PersonRow {
            id: user.id.to_string(),
            mark,
            username: Some(user.username.to_string()).filter(|username| *username != name),
            name,
            is_invited: user.invited,
            badge: self.badge(user),
            since: self.when(user.registered_at),
            seen: user.last_seen_at.map(|at| self.when(at)),
            devices: user.devices.len(),
            open: user.open_connections,
        }
    }

    pub(super) fn badge(self, user: &UserView) -> Badge {
        let words = self.words;
        match user.state() {
            UserState::Suspended => Badge { state: "stopped", word: words.suspended },
            UserState::Waiting => Badge { state: "waiting", word: words.waiting },
            UserState::Passwordless => Badge { state: "unknown", word: words.passwordless },
            UserState::Active if user.open_connections > 0 => Badge { state: "running", word: words.connected },
            UserState::Active => Badge { state: "idle", word: words.away },
        }
    }

    pub(super) fn device(self, mark: String, session: SessionView) -> DeviceRow {
        DeviceRow {
            id: session.id.to_string(),
            mark,
            device: session.device.to_string(),
            name: session.name,
            browser: self.browser(&session.agent),
            ip: session.ip,
            first: self.when(session.created_at),
            seen: self.when(session.last_seen_at),
            open: session.open_connections,
        }
    }

    pub(super) fn browser(self, agent: &str) -> String {
        match Agent::read(agent) {
            Agent::Browser { name, system: Some(system) } => (self.words.on)(name, system),
            Agent::Browser { name, system: None } => name.to_owned(),
            Agent::Other(text) => text,
            Agent::Silent => self.words.unknown_browser.to_owned(),
        }
    }

    pub(super) fn invitation(self, view: InvitationView) -> InviteRow {
        let words = self.words;
        let InvitationView { invitation, standing, delivery } = view;
        let name = format!("{} {}", invitation.given_name, invitation.family_name).trim().to_owned();
        let badge = match standing {
            Standing::Pending => Badge { state: "waiting", word: words.pending },
            Standing::Accepted { .. } => Badge { state: "running", word: words.accepted },
            Standing::Expired => Badge { state: "unknown", word: words.expired },
            Standing::Withdrawn { .. } => Badge { state: "stopped", word: words.withdrawn },
        };
        let letter = delivery.map(|delivery| match delivery.state {
            DeliveryState::Queued => (words.queued, None),
            DeliveryState::Sent => (words.sent, None),
            DeliveryState::Stuck => (words.stuck, delivery.last_error),
        });
        InviteRow {
            id: invitation.id.to_string(),
            mark: format!("{:020} {}", invitation.created_at.as_millis().max(0), invitation.id),
            name: Some(name).filter(|name| !name.is_empty()),
            username: invitation.username.to_string(),
            badge,
            made: self.when(invitation.created_at),
            until: invitation.expires_at,
            until_text: date_of(invitation.expires_at),
            letter,
            is_open: matches!(standing, Standing::Pending | Standing::Expired),
        }
    }
}

/// To the minute, in UTC.
pub(super) fn date_of(at: Timestamp) -> String {
    let text = at.to_string();
    format!("{} UTC", text.get(..16).unwrap_or(&text).replace('T', " "))
}
