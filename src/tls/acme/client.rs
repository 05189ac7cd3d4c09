//! Who asks: with one account, for one host at a time, and not too often.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use instant_acme::{Account, AccountCredentials, ExternalAccountKey, HttpClient, NewAccount};

use crate::domain::{AcmeAccount, AcmeTrouble, Clock, HostCertificate, Timestamp};

use super::challenges::Challenges;
use super::order;
use super::trouble::{Trouble, host_pause, server_pause};
use super::{ChallengeKind, Settings};

/// A clock that runs ahead makes every certificate look old; it must not have one made every minute.
const AFTER_SUCCESS: Duration = Duration::from_hours(12);
const LONGEST_PAUSE: Duration = Duration::from_hours(24);
/// Whatever the server does, the next host gets its turn.
const ORDER_PATIENCE: Duration = Duration::from_mins(6);

pub struct Client {
    settings: Settings,
    http: Box<dyn Fn() -> Box<dyn HttpClient> + Send + Sync>,
    challenges: Arc<Challenges>,
    clock: Clock,
    /// As it is kept, with the troubles.
    record: Option<AcmeAccount>,
    account: Option<Account>,
    server_failures: u32,
    next_try: Option<Instant>,
    succeeded: HashMap<Box<str>, Instant>,
}

/// What came of asking for a host's certificate.
#[derive(Debug)]
pub enum Outcome {
    Obtained(Box<HostCertificate>),
    Refused {
        reason: String,
        next_try_at: Timestamp,
    },
    /// Nothing is asked of the server for a while.
    Unreachable {
        reason: String,
        pause: Duration,
    },
}

impl Client {
    /// `kept` counts when it is of the same server.
    pub fn new(
        settings: Settings,
        kept: Option<AcmeAccount>,
        challenges: Arc<Challenges>,
        clock: Clock,
        http: Box<dyn Fn() -> Box<dyn HttpClient> + Send + Sync>,
    ) -> Self {
        let bound_to = settings.external.as_ref().map(|external| external.id.as_str());
        let record = kept.filter(|kept| kept.directory == settings.directory && kept.bound_to.as_deref() == bound_to);
        let (account, next_try, succeeded) = (None, None, HashMap::new());
        Self { settings, http, challenges, clock, record, account, server_failures: 0, next_try, succeeded }
    }

    /// The account as it should be kept; absent until there is one.
    pub fn record(&self) -> Option<&AcmeAccount> {
        self.record.as_ref()
    }

    /// The operator has changed something, and wants to see what comes of it.
    pub fn be_impatient(&mut self) {
        self.next_try = None;
        self.server_failures = 0;
        if let Some(record) = &mut self.record {
            record.troubles.iter_mut().for_each(|trouble| trouble.next_try_at = Timestamp::from_millis(0));
        }
    }

    /// Whether it is time to ask for this host.
    pub fn may_ask_for(&self, host: &str) -> bool {
        let waits = self.next_try.is_some_and(|then| Instant::now() < then);
        let just_had = self.succeeded.get(host).is_some_and(|then| then.elapsed() < AFTER_SUCCESS);
        let now = self.clock.now();
        let in_trouble = self.trouble(host).is_some_and(|trouble| {
            // A pause that a wrong clock made longer than any is none.
            now < trouble.next_try_at && trouble.next_try_at < now.plus(LONGEST_PAUSE + LONGEST_PAUSE)
        });
        !waits && !just_had && !in_trouble
    }

    pub async fn obtain(&mut self, host: &str) -> Outcome {
        let asked = tokio::time::timeout(ORDER_PATIENCE, self.ask_as_somebody(host)).await;
        let asked = asked.unwrap_or_else(|_| Err(Trouble::Server("the order took too long".to_owned())));
        match asked {
            Ok(certificate) => {
                (self.server_failures, self.next_try) = (0, None);
                self.forget_trouble(host);
                self.succeeded.insert(host.into(), Instant::now());
                Outcome::Obtained(Box::new(certificate))
            }
            Err(Trouble::Host(reason)) => self.refused(host, reason, Duration::ZERO),
            Err(Trouble::TooOften(reason)) => self.refused(host, reason, Duration::from_hours(3)),
            Err(Trouble::Account(reason) | Trouble::Server(reason)) => self.unreachable(reason),
        }
    }

    /// A server that was set up anew knows nobody.
    async fn ask_as_somebody(&mut self, host: &str) -> Result<HostCertificate, Trouble> {
        match self.ask(host).await {
            Err(Trouble::Account(reason)) => {
                tracing::warn!(reason, "the ACME server does not take the account that was kept; making a new one");
                (self.account, self.record) = (None, None);
                self.ask(host).await
            }
            other => other,
        }
    }

    /// The one way, and when that fails the other.
    async fn ask(&mut self, host: &str) -> Result<HostCertificate, Trouble> {
        let account = self.account().await?;
        let kinds =
            ChallengeKind::ALL.into_iter().filter(|kind| self.settings.challenge.is_none_or(|only| only == *kind));
        let mut reasons = Vec::new();
        for kind in kinds {
            match order::obtain(&account, &self.settings, host, kind, &self.challenges).await {
                Err(Trouble::Host(reason)) => reasons.push(format!("{}: {reason}", kind.as_str())),
                other => return other,
            }
        }
        Err(Trouble::Host(reasons.join("; ")))
    }

    async fn account(&mut self) -> Result<Account, Trouble> {
        if let Some(account) = &self.account {
            return Ok(account.clone());
        }
        let builder = Account::builder_with_http((self.http)());
        let account = match &self.record {
            Some(record) => {
                let credentials: AccountCredentials = serde_json::from_str(&record.credentials)
                    .map_err(|error| Trouble::Account(format!("the account that was kept is damaged: {error}")))?;
                builder.from_credentials(credentials).await?
            }
            None => {
                let contact = self.settings.contact.as_ref().map(|address| format!("mailto:{address}"));
                let contact: Vec<&str> = contact.as_deref().into_iter().collect();
                let new = NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
                let external = self.settings.external.as_ref();
                let binding = external.map(|external| ExternalAccountKey::new(external.id.clone(), &external.key));
                let created = builder.create(&new, self.settings.directory.clone(), binding.as_ref()).await;
                let (account, credentials) = created.map_err(|error| Trouble::Server(not_taken(error.into())))?;
                self.record = Some(AcmeAccount {
                    directory: self.settings.directory.clone(),
                    credentials: serde_json::to_string(&credentials)
                        .map_err(|error| Trouble::Server(error.to_string()))?,
                    made_at: self.clock.now(),
                    bound_to: external.map(|external| external.id.clone()),
                    troubles: Vec::new(),
                });
                tracing::info!(directory = self.settings.directory, "made an account with the ACME server");
                account
            }
        };
        self.account = Some(account.clone());
        Ok(account)
    }

    fn refused(&mut self, host: &str, reason: String, least: Duration) -> Outcome {
        self.server_failures = 0;
        let failures = self.trouble(host).map_or(0, |trouble| trouble.failures).saturating_add(1);
        let next_try_at = self.clock.now().plus(host_pause(failures).max(least));
        self.forget_trouble(host);
        if let Some(record) = &mut self.record {
            record.troubles.push(AcmeTrouble { host: host.to_owned(), failures, next_try_at, reason: reason.clone() });
        }
        Outcome::Refused { reason, next_try_at }
    }

    fn unreachable(&mut self, reason: String) -> Outcome {
        self.server_failures = self.server_failures.saturating_add(1);
        let pause = server_pause(self.server_failures);
        self.next_try = Instant::now().checked_add(pause);
        Outcome::Unreachable { reason, pause }
    }

    fn trouble(&self, host: &str) -> Option<&AcmeTrouble> {
        self.record.as_ref()?.troubles.iter().find(|trouble| trouble.host == host)
    }

    fn forget_trouble(&mut self, host: &str) {
        if let Some(record) = &mut self.record {
            record.troubles.retain(|trouble| trouble.host != host);
        }
    }
}

fn not_taken(trouble: Trouble) -> String {
    match &trouble {
        Trouble::Server(reason) => reason.clone(),
        other => format!("it makes no account for us: {}", other.reason()),
    }
}
