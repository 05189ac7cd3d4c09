//! One provider: what is known of it, for how long that is believed, and when it is asked anew.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::{Clock, Timestamp};

use super::error::Trouble;
use super::http::Client;
use super::keys::Keys;
use super::metadata::Metadata;
use super::{Cached, Config, Reachability, Shelf};

/// How long things take, and how often they are done. Tests hurry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// One call, from the name's look-up to the last byte.
    pub(super) call: Duration,
    /// All calls of one visitor's return.
    pub(super) whole_return: Duration,
    /// Between two questions whether it is there, while somebody looks.
    pub(super) recheck: Duration,
    /// A failure is everybody's answer for so long: a crowd at the door is no crowd at the provider's.
    pub(super) failure: Duration,
    /// Between two rounds for a key that is not known: tokens must not make us a hammer.
    pub(super) key_refresh: Duration,
    /// Of what is kept, until it is fetched anew.
    pub(super) age: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(5),
            whole_return: Duration::from_secs(10),
            recheck: Duration::from_secs(15),
            failure: Duration::from_secs(1),
            key_refresh: Duration::from_secs(60),
            age: Duration::from_secs(24 * 60 * 60),
        }
    }
}

pub(super) struct Provider {
    pub(super) config: Config,
    pub(super) redirect_uri: String,
    pub(super) clock: Clock,
    pub(super) client: Arc<Client>,
    pub(super) pace: Pace,
    shelf: Arc<dyn Shelf>,
    memory: Mutex<Memory>,
    /// One question for each at a time; who waited for it takes its answer.
    turn: tokio::sync::Mutex<()>,
    keys_turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Memory {
    /// Whether the shelf was looked at.
    recalled: bool,
    metadata: Option<(Arc<Metadata>, Timestamp)>,
    keys: Option<(Arc<Keys>, Timestamp)>,
    /// How the last question for the document ended, and when.
    asked: Option<(Instant, Result<(), Trouble>)>,
    keys_asked: Option<(Instant, Result<(), Trouble>)>,
    keys_refreshed: Option<Instant>,
    looked: Option<Instant>,
    watched: bool,
}

impl Provider {
    pub(super) fn new(config: Config, redirect_uri: String, clock: Clock, shelf: Arc<dyn Shelf>, pace: Pace) -> Self {
        let client = Arc::new(Client::new(config.ca.clone(), pace.call));
        let (turn, keys_turn) = (tokio::sync::Mutex::default(), tokio::sync::Mutex::default());
        Self { config, redirect_uri, clock, client, pace, shelf, memory: Mutex::default(), turn, keys_turn }
    }

    /// How it was found last; sees to it that it is looked after while somebody looks.
    pub(super) fn look(self: &Arc<Self>) -> Reachability {
        let mut memory = self.memory();
        memory.looked = Some(Instant::now());
        let rested = memory.asked.as_ref().is_none_or(|(at, _)| at.elapsed() >= self.pace.recheck);
        if rested
            && !memory.watched
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            memory.watched = true;
            runtime.spawn(Arc::clone(self).watch());
        }
        match &memory.asked {
            Some((_, Err(trouble))) => Reachability::Unreachable(trouble.reason),
            _ => Reachability::Reachable,
        }
    }

    async fn watch(self: Arc<Self>) {
        loop {
            // Logged where its outcome is noted.
            let _ = self.ask().await;
            tokio::time::sleep(self.pace.recheck).await;
            let mut memory = self.memory();
            if memory.looked.is_none_or(|at| at.elapsed() > self.pace.recheck) {
                memory.watched = false;
                return;
            }
        }
    }

    /// For sending a visitor there: what is known, unless it is too old or the provider was not there when last asked.
    pub(super) async fn metadata(&self) -> Result<Arc<Metadata>, Trouble> {
        let held = self.recalled().metadata.clone();
        let is_fine = self.memory().asked.as_ref().is_none_or(|(_, outcome)| outcome.is_ok());
        if let Some((metadata, at)) = &held
            && is_fine
            && self.is_fresh(*at)
        {
            return Ok(Arc::clone(metadata));
        }
        match (self.ask().await, held) {
            // The document alone is broken or late: what it said before will do.
            (Err(trouble), Some((metadata, _))) if is_fine || trouble.is_bad_answer() => Ok(metadata),
            (outcome, _) => outcome,
        }
    }

    /// For a visitor who was there: what sent them there will do, whatever its age.
    pub(super) async fn known_metadata(&self) -> Result<Arc<Metadata>, Trouble> {
        let held = self.recalled().metadata.clone();
        match held {
            Some((metadata, _)) => Ok(metadata),
            None => self.ask().await,
        }
    }

    pub(super) async fn keys(&self, metadata: &Metadata) -> Result<Arc<Keys>, Trouble> {
        let held = self.recalled().keys.clone();
        match held {
            Some((keys, at)) if self.is_fresh(at) => Ok(keys),
            Some((keys, _)) => Ok(self.fetch_keys(metadata).await.unwrap_or(keys)),
            None => self.fetch_keys(metadata).await,
        }
    }

    /// For a token by a key that is not among those known: asks again, but not for every such token.
    pub(super) async fn newer_keys(&self, metadata: &Metadata) -> Result<Arc<Keys>, Trouble> {
        if self.may_refresh_keys() {
            return self.fetch_keys(metadata).await;
        }
        // Somebody else's question may be under way.
        drop(self.keys_turn.lock().await);
        self.keys(metadata).await
    }

    fn may_refresh_keys(&self) -> bool {
        let mut memory = self.memory();
        let rested = memory.keys_refreshed.is_none_or(|at| at.elapsed() >= self.pace.key_refresh);
        if rested {
            memory.keys_refreshed = Some(Instant::now());
        }
        rested
    }

    async fn fetch_keys(&self, metadata: &Metadata) -> Result<Arc<Keys>, Trouble> {
        let wanted = Instant::now();
        let _turn = self.keys_turn.lock().await;
        if let Some(outcome) = self.keys_answered_since(wanted) {
            return outcome;
        }
        let fetched = self.client.document(&metadata.jwks_uri).await.and_then(|json| Keys::read(&json));
        let mut memory = self.memory();
        memory.keys_asked = Some((Instant::now(), fetched.as_ref().map(|_| ()).map_err(Clone::clone)));
        let keys = Arc::new(fetched?);
        let is_news = memory.keys.as_ref().is_none_or(|(held, at)| *held != keys || !self.is_fresh(*at));
        memory.keys = Some((Arc::clone(&keys), self.clock.now()));
        if is_news {
            self.keep(memory);
        }
        Ok(keys)
    }

    fn keys_answered_since(&self, wanted: Instant) -> Option<Result<Arc<Keys>, Trouble>> {
        let memory = self.memory();
        match (&memory.keys_asked, &memory.keys) {
            (Some((at, Err(trouble))), _) if *at > wanted => Some(Err(trouble.clone())),
            (Some((at, Ok(()))), Some((keys, _))) if *at > wanted => Some(Ok(Arc::clone(keys))),
            _ => None,
        }
    }

    /// Asks for the discovery document, unless somebody else just did.
    async fn ask(&self) -> Result<Arc<Metadata>, Trouble> {
        let wanted = Instant::now();
        let _turn = self.turn.lock().await;
        if let Some(outcome) = self.answered_since(wanted) {
            return outcome;
        }
        let issuer = &self.config.issuer;
        let fetched = self.client.document(issuer.discovery()).await;
        self.note(fetched.and_then(|json| Metadata::read(&json, issuer)))
    }

    fn answered_since(&self, wanted: Instant) -> Option<Result<Arc<Metadata>, Trouble>> {
        let memory = self.memory();
        match (&memory.asked, &memory.metadata) {
            (Some((at, Err(trouble))), _) if *at > wanted || at.elapsed() < self.pace.failure => {
                Some(Err(trouble.clone()))
            }
            (Some((at, Ok(()))), Some((metadata, _))) if *at > wanted => Some(Ok(Arc::clone(metadata))),
            _ => None,
        }
    }

    fn note(&self, outcome: Result<Metadata, Trouble>) -> Result<Arc<Metadata>, Trouble> {
        let provider = &self.config.id;
        let mut memory = self.memory();
        let was_fine = memory.asked.as_ref().is_none_or(|(_, outcome)| outcome.is_ok());
        match &outcome {
            Ok(_) if !was_fine => tracing::info!(%provider, "this identity provider can be reached again"),
            Err(trouble) if was_fine => {
                tracing::warn!(%provider, reason = %trouble, "this identity provider cannot be used for now");
            }
            _ => {}
        }
        memory.asked = Some((Instant::now(), outcome.as_ref().map(|_| ()).map_err(Clone::clone)));
        let metadata = Arc::new(outcome?);
        let is_news = memory.metadata.as_ref().is_none_or(|(held, at)| *held != metadata || !self.is_fresh(*at));
        memory.metadata = Some((Arc::clone(&metadata), self.clock.now()));
        if is_news {
            self.keep(memory);
        }
        Ok(metadata)
    }

    /// Once the keys are known too: the one without the other helps nobody.
    fn keep(&self, memory: MutexGuard<'_, Memory>) {
        let (Some((metadata, told)), Some((keys, listed))) = (&memory.metadata, &memory.keys) else { return };
        let texts = (serde_json::to_string(&**metadata), serde_json::to_string(&**keys));
        let fetched_at = *told.min(listed);
        drop(memory);
        if let (Ok(metadata), Ok(keys)) = texts {
            let issuer = self.config.issuer.as_str().to_owned();
            self.shelf.keep(Cached { issuer, metadata, keys, fetched_at });
        }
    }

    /// What is held, with what an earlier process left. It is read as if it came from the provider.
    fn recalled(&self) -> MutexGuard<'_, Memory> {
        let mut memory = self.memory();
        if !memory.recalled {
            memory.recalled = true;
            let issuer = &self.config.issuer;
            if let Some(cached) = self.shelf.read(issuer.as_str()) {
                if let Ok(metadata) = Metadata::read(cached.metadata.as_bytes(), issuer) {
                    memory.metadata.get_or_insert_with(|| (Arc::new(metadata), cached.fetched_at));
                }
                if let Ok(keys) = Keys::read(cached.keys.as_bytes()) {
                    memory.keys.get_or_insert_with(|| (Arc::new(keys), cached.fetched_at));
                }
            }
        }
        memory
    }

    /// A moment in the future is one of a clock that was wrong: it says nothing.
    fn is_fresh(&self, at: Timestamp) -> bool {
        let now = self.clock.now();
        at <= now && now.since(at) < self.pace.age
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
