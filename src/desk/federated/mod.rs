//! Signing in by identity providers: away with a binding to this browser, back with an identity that the provider vouches
//! for, and in by the rules of the app as they are then.
//!
//! Read `depart` (to the provider), `come_back` (its answer, on the console's address), `arrive` (on the app's own
//! address) and `judge`, which holds what an identity is worth. What is under way lives in memory only: it is bound to an
//! app and to a browser, used once, and judged by nothing that was true when it began.

mod arrive;
mod come_back;
mod depart;
mod error;
mod judge;
mod keep;
mod link;
mod people;
mod shelf;
#[cfg(test)]
mod vouch;

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;

use crate::domain::{
    App, AppId, FlowId, FlowKeyId, HandOverId, InviteCode, InviteId, Language, ReturnTo, Slug, UserId,
};
use crate::federation::{Federation, Flow, Reachability, Shelf, Unreachable, Verified};

use super::Desk;
use keep::{Keep, Moment};

pub use arrive::{Arrived, Claim, TurnedAway};
pub use come_back::{Onward, Stranded};
pub use error::FederatedError;
pub use link::Question;

/// Sign-ins at providers at one time, 1 KB each. A plant signs in by hundreds; beyond that the oldest makes room.
const MOST_FLOWS: usize = 10_000;
/// For a password and a second factor at the provider's.
const FLOW_VALID: Duration = Duration::from_secs(10 * 60);
/// From one redirect to the next.
const HAND_OVER_VALID: Duration = Duration::from_secs(2 * 60);
/// To remember a password.
const QUESTION_VALID: Duration = Duration::from_secs(10 * 60);

/// What is known of providers, and who is on the way through them.
pub(super) struct Federated {
    federation: ArcSwapOption<Federation>,
    flows: Keep<FlowId, Leg>,
    outcomes: Keep<HandOverId, Outcome>,
}

impl Default for Federated {
    fn default() -> Self {
        let (flows, outcomes) = (Keep::new(MOST_FLOWS), Keep::new(MOST_FLOWS));
        Self { federation: ArcSwapOption::empty(), flows, outcomes }
    }
}

/// What a visitor who leaves for a provider wants.
#[derive(Debug)]
pub enum Errand {
    SignIn,
    Accept(InviteCode),
    /// From the account page. Unless it is sure that our own page sent the visitor, they are asked once more.
    Link {
        is_sure: bool,
    },
}

/// Where the visitor came from.
#[derive(Debug, Clone)]
pub struct Back {
    /// `http://host:8080/hmi/.millgate`, as the visitor wrote it: the binding cookie is there and nowhere else.
    pub base: String,
    pub return_to: ReturnTo,
    /// When the visitor chose it with the switch.
    pub language: Option<Language>,
}

/// A visitor about to leave.
pub struct Departure {
    pub errand: Errand,
    pub key: FlowKeyId,
    pub back: Back,
    /// Has the provider ask which account to use.
    pub choose_account: bool,
}

/// What a sign-in page shows of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderView {
    pub id: Slug,
    pub title: String,
    pub issuer: String,
    pub redirect_uri: String,
    pub unreachable: Option<Unreachable>,
}

/// What the visitor wanted, as it is kept.
#[derive(Debug, Clone, Copy)]
enum Goal {
    SignIn,
    Accept(InviteId),
    Link { user: UserId, epoch: u32, is_sure: bool },
}

/// A way through a provider: where from, for whom, what for.
#[derive(Clone)]
struct Way {
    app: AppId,
    key: FlowKeyId,
    provider: Slug,
    goal: Goal,
    back: Back,
}

/// Until the provider has answered.
struct Leg {
    way: Way,
    flow: Flow,
}

/// What the provider's answer was, until the browser has it.
#[derive(Clone)]
struct Outcome {
    way: Way,
    verified: Verified,
    asks: Option<Asks>,
}

/// What a person is asked before an identity counts.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Asks {
    /// Of the account that has the address.
    Password(UserId),
    /// Whether the identity is to be linked.
    Consent,
}

impl Desk {
    /// At the start, and when the configuration changes. Who is on the way goes on, if the provider is still the same.
    pub fn set_federation(&self, federation: Option<Arc<Federation>>) {
        self.federated.federation.store(federation);
    }

    pub fn federation(&self) -> Option<Arc<Federation>> {
        self.federated.federation.load_full()
    }

    /// Where providers' documents outlive the process.
    pub fn provider_shelf(&self) -> Arc<dyn Shelf> {
        Arc::new(shelf::StoreShelf::new(Arc::clone(&self.archive), self.ledger.clone()))
    }

    /// All that are configured.
    pub fn providers(&self) -> Vec<ProviderView> {
        let Some(federation) = self.federation() else { return Vec::new() };
        let view = |config: &crate::federation::Config| ProviderView {
            id: config.id.clone(),
            title: config.title.clone(),
            issuer: config.issuer.as_str().to_owned(),
            redirect_uri: federation.redirect_uri(&config.id).unwrap_or_default().to_owned(),
            unreachable: match federation.status(&config.id) {
                Some(Reachability::Unreachable(why)) => Some(why),
                Some(Reachability::Reachable) | None => None,
            },
        };
        federation.providers().map(view).collect()
    }

    /// Those that an app offers.
    pub fn providers_of(&self, app: &App) -> Vec<ProviderView> {
        let mut all = self.providers();
        all.retain(|provider| app.offers(&provider.id));
        all
    }

    pub(super) fn sweep_federated(&self) {
        let now = self.moment();
        self.federated.flows.sweep(now);
        self.federated.outcomes.sweep(now);
    }

    fn moment(&self) -> Moment {
        Moment { uptime: Duration::from_millis(self.directory.uptime_millis()), clock: self.clock.now() }
    }
}
