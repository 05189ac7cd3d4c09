//! What happens rarely enough to be counted in one place.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! labels {
    ($(#[$doc:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident = $label:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$inner])* $variant),+ }

        impl $name {
            pub const ALL: [Self; [$($label),+].len()] = [$(Self::$variant),+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }
        }
    };
}

labels!(
    /// A limit on what strangers can make grow, when it holds somebody back.
    Limit {
        /// Accepting pauses until connections end.
        Connections = "connections",
        ConnectionsPerAddress = "connections_per_address",
        ConnectionsPerApp = "connections_per_app",
        /// Accepting pauses until files are closed.
        Files = "files",
        HeadBytes = "head_bytes",
        HeadTimeout = "head_timeout",
        BodyTimeout = "body_timeout",
        /// The control plane is overrun.
        ControlPlane = "control_plane",
        WebsocketOrigin = "websocket_origin",
    }
);

labels!(
    /// How somebody tried to get in.
    Entry {
        Password = "password",
        SignUp = "sign_up",
        MasterPassword = "master_password",
        Invite = "invite",
        Federated = "federated",
    }
);

labels!(
    /// What came of it.
    Outcome {
        Ok = "ok",
        Invalid = "invalid",
        WrongCredentials = "wrong_credentials",
        WrongMasterPassword = "wrong_master_password",
        NotInvited = "not_invited",
        Closed = "closed",
        Gone = "gone",
        TooMany = "too_many",
        Busy = "busy",
        Unavailable = "unavailable",
    }
);

#[derive(Debug, Default)]
pub struct Tally {
    limits: [AtomicU64; Limit::ALL.len()],
    entries: [[AtomicU64; Outcome::ALL.len()]; Entry::ALL.len()],
}

impl Tally {
    pub fn limit(&self, limit: Limit) {
        if let Some(count) = self.limits.get(limit as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub fn entry(&self, entry: Entry, outcome: Outcome) {
        if let Some(count) = self.entries.get(entry as usize).and_then(|row| row.get(outcome as usize)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub fn limits(&self) -> impl Iterator<Item = (Limit, u64)> {
        Limit::ALL.into_iter().zip(self.limits.iter().map(|count| count.load(Ordering::Relaxed)))
    }

    pub fn entries(&self) -> impl Iterator<Item = (Entry, Outcome, u64)> {
        Entry::ALL.into_iter().zip(&self.entries).flat_map(|(entry, row)| {
            let counts = row.iter().map(|count| count.load(Ordering::Relaxed));
            Outcome::ALL.into_iter().zip(counts).map(move |(outcome, count)| (entry, outcome, count))
        })
    }
}
