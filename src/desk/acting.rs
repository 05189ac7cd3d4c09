//! Who acts, known to every verb below without being handed through: what is recorded names them.
//!
//! Task-local, as a tracing span is: set where a request enters (API, console), read where the record is written.

use std::net::IpAddr;
use std::sync::Arc;

use crate::domain::{KeyId, UserId};

tokio::task_local! {
    static ACTOR: Actor;
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Actor {
    pub who: Who,
    pub ip: Option<IpAddr>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Who {
    /// The gateway itself: its configuration, its housekeeping, its command line.
    Machine,
    /// Somebody at a page, who acts for themselves: what they do says who they are.
    Visitor,
    Member(UserId),
    /// A key that was made here.
    Key(KeyId),
    /// A key of the configuration, by its name there, and whether it opens everything.
    ConfigKey {
        name: Arc<str>,
        is_account: bool,
    },
}

impl Actor {
    pub const MACHINE: Self = Self { who: Who::Machine, ip: None };
}

/// Does `work` in the actor's name.
pub async fn with<F: Future>(actor: Actor, work: F) -> F::Output {
    ACTOR.scope(actor, work).await
}

/// In whose name this task works; the machine's, unless somebody said otherwise.
pub fn current() -> Actor {
    ACTOR.try_with(Clone::clone).unwrap_or(Actor::MACHINE)
}
