//! Why there is no certificate, and when to ask again: an order that fails for a reason that stays costs the server work,
//! and public servers shut out who asks too often.

use std::time::Duration;

use instant_acme::{Error, Problem};

const MINUTE: Duration = Duration::from_mins(1);
/// After so many failures in a row of one host. Let's Encrypt takes five failed proofs of a host in an hour.
const HOST_PAUSES: [Duration; 6] = [
    MINUTE,
    Duration::from_mins(10),
    Duration::from_hours(1),
    Duration::from_hours(3),
    Duration::from_hours(8),
    LONGEST,
];
const LONGEST: Duration = Duration::from_hours(24);
/// The network is often slower to come up than the gateway.
const FIRST_SERVER_PAUSE: Duration = Duration::from_secs(10);
const LONGEST_SERVER_PAUSE: Duration = Duration::from_hours(1);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The server says no to this host.
    Host(String),
    /// And to everything for a while.
    TooOften(String),
    /// It cannot be reached, or is not well.
    Server(String),
    /// It does not know the account.
    Account(String),
}

impl Trouble {
    pub(super) fn reason(&self) -> &str {
        let (Self::Host(reason) | Self::TooOften(reason) | Self::Server(reason) | Self::Account(reason)) = self;
        reason
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error {
            Error::Api(problem) => {
                let reason = told(&problem);
                match problem.r#type.as_deref().and_then(|kind| kind.rsplit(':').next()) {
                    Some("accountDoesNotExist") => Self::Account(reason),
                    Some("rateLimited") => Self::TooOften(reason),
                    Some("serverInternal") => Self::Server(reason),
                    _ => Self::Host(reason),
                }
            }
            Error::Timeout(_) => Self::Host("the server has not decided in time".to_owned()),
            Error::KeyRejected => Self::Account("the account's key is damaged".to_owned()),
            Error::Json(error) => Self::Server(format!("its answer is not ACME ({error}); check acme.directory")),
            other => Self::Server(other.to_string()),
        }
    }
}

/// Of what a server says; it goes into the log and the store at each try.
const LONGEST_REASON: usize = 500;

/// What an operator can make something of.
pub(super) fn told(problem: &Problem) -> String {
    let kind = || problem.r#type.clone().unwrap_or_else(|| "no reason given".to_owned());
    let mut text = problem.detail.clone().unwrap_or_else(kind);
    for part in &problem.subproblems {
        text += "; ";
        text += part.detail.as_deref().unwrap_or_default();
    }
    if let Some((end, _)) = text.char_indices().nth(LONGEST_REASON) {
        text.truncate(end);
        text.push('…');
    }
    text
}

pub(super) fn host_pause(failures: u32) -> Duration {
    let index = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX);
    HOST_PAUSES.get(index).copied().unwrap_or(LONGEST)
}

pub(super) fn server_pause(failures: u32) -> Duration {
    let doubled = FIRST_SERVER_PAUSE.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)));
    doubled.min(LONGEST_SERVER_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_talks_too_much_is_cut_short() {
        let problem =
            |detail: String| Problem { r#type: None, detail: Some(detail), status: None, subproblems: vec![] };
        assert_eq!(told(&problem("ü".repeat(500))), "ü".repeat(500));
        assert_eq!(told(&problem("ü".repeat(100_000))), "ü".repeat(500) + "…");
    }

    #[test]
    fn pauses_grow_and_end_growing() {
        assert_eq!([1, 2, 6, 7, u32::MAX].map(host_pause), [MINUTE, MINUTE * 10, LONGEST, LONGEST, LONGEST]);
        assert_eq!([1, 2, 40].map(server_pause), [FIRST_SERVER_PAUSE, FIRST_SERVER_PAUSE * 2, LONGEST_SERVER_PAUSE]);
    }
}
