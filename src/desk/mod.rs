//! The verbs: everything that can be done, once. Pages, console and API call these and hold no rules.
//!
//! Every change is proposed with guards on what it was judged by, so that a verb half done never outlives a deletion.

mod account;
pub mod acting;
mod apps;
mod audit;
mod authority;
mod bootstrap;
mod clash;
mod console;
mod devices;
mod entry;
mod error;
mod expected;
mod federated;
mod figures;
mod forms;
mod hand_over;
mod invitations;
mod keys;
mod look;
mod master_password;
mod members;
mod metered;
mod post;
mod read;
mod refusal;
mod roles;
mod roster;
mod sessions;
mod set_up;
mod sign_in;
mod sign_out;
mod sign_up;
mod sweep;
#[cfg(test)]
mod tests;
mod tickets;
mod users;
mod workspaces;

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::directory::{AppEntry, Directory};
use crate::domain::{AppId, Clock};
use crate::ledger::{Ledger, LedgerError};
use crate::observe::Tally;
use crate::passwords::Passwords;
use crate::store::{Archive, StoreError};
use crate::throttle::Throttle;
use crate::upstreams::Health;

pub use account::{AccountView, AddressView, Me, NewPassword, OwnSession, Reset, ResetView};
pub use acting::{Actor, Who};
pub use apps::{AppChange, AppCopy, AppFromConfig, Foreseen, NewApp};
pub use audit::{AuditExport, AuditFilter, AuditLimits, Failed};
pub use authority::{Authority, Scope};
pub use bootstrap::bootstrap;
pub use clash::{Clash, InUse, Moving};
pub use console::settle_console;
pub use error::{AdminError, Flaw};
pub use expected::Expected;
pub use federated::{
    Arrived, Back, Claim, Departure, Errand, FederatedError, Onward, ProviderView, Question, Stranded, TurnedAway,
};
pub use figures::{DAYS_KEPT, Figures};
pub use forms::{
    AcceptInvite, Caller, EnterError, Field, FieldError, FieldProblem, GiveMasterPassword, InviteView, SignIn, SignUp,
    SignedIn,
};
pub use hand_over::HandOverOffer;
pub use invitations::{
    AccessLink, Delivery, DeliveryState, InvitationView, Invited, Invitee, Posted, RegistrationStatus, Standing, Terms,
    UserStatus,
};
pub use keys::{KeyChange, KeyView, MadeKey, NewKey};
pub use look::Look;
pub use members::{MemberChange, MemberView, NewMember, Profile, ProfileChange, RoleHeld};
pub use post::{MailKind, MailView};
pub use refusal::{Fixed, Refusal};
pub use roles::{RoleChange, RoleView, role_name_flaw};
pub use roster::{Headcount, Roster, Sort, Wish};
pub use sessions::{SessionPlace, SessionView, Window, matches};
pub use set_up::{SetUp, SetUpOffer, SetUpView, set_up_address};
pub use users::{Created, NewUser, Reach, ResetLink, UserChange, UserState, UserView};
pub use workspaces::{WorkspaceChange, WorkspaceContents, WorkspaceView, workspace_title_flaw};

/// What an operator may set about the desk.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Devices without a user that one app remembers; beyond them, those unseen for long make room.
    pub anonymous_devices: usize,
    pub audit: AuditLimits,
}

impl Default for Settings {
    fn default() -> Self {
        Self { anonymous_devices: 100_000, audit: AuditLimits::default() }
    }
}

pub struct Desk {
    ledger: Ledger,
    archive: Arc<dyn Archive>,
    directory: Arc<Directory>,
    passwords: Passwords,
    throttle: Throttle,
    clock: Clock,
    settings: Settings,
    post: post::Post,
    federated: federated::Federated,
    hand_overs: hand_over::HandOvers,
    asks: account::Asks,
    today: figures::Today,
    health: Arc<Health>,
    tally: Arc<Tally>,
    set_ups: set_up::SetUps,
    failures: audit::Failures,
    /// Held by whoever changes apps or invites: what an operator does is rare, and two of them never interleave.
    administration: Mutex<()>,
}

/// How often a verb begins anew because somebody else changed what it was judged by. Conflicts on one account come
/// from its own sign-ins; more than a handful in a row is an attack on the gateway, not on the account.
const ATTEMPTS: usize = 8;

impl Desk {
    pub fn new(
        ledger: Ledger,
        archive: Arc<dyn Archive>,
        directory: Arc<Directory>,
        passwords: Passwords,
        throttle: Throttle,
        clock: Clock,
        settings: Settings,
    ) -> Self {
        let (post, administration) = (post::Post::default(), Mutex::new(()));
        let hand_overs = hand_over::HandOvers::default();
        let asks = account::Asks::default();
        let set_ups = set_up::SetUps::default();
        let federated = federated::Federated::default();
        let health = Arc::new(Health::new(clock.clone()));
        Self {
            ledger,
            archive,
            directory,
            passwords,
            throttle,
            clock,
            settings,
            post,
            federated,
            hand_overs,
            asks,
            today: figures::Today::default(),
            health,
            tally: Arc::default(),
            set_ups,
            failures: audit::Failures::default(),
            administration,
        }
    }

    pub fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    pub fn throttle(&self) -> &Throttle {
        &self.throttle
    }

    /// How the upstreams of apps fare.
    pub fn health(&self) -> &Arc<Health> {
        &self.health
    }

    fn app(&self, id: AppId) -> Option<Arc<AppEntry>> {
        self.directory.snapshot().app(id).cloned()
    }
}

/// Why a verb could not be done, below the words for visitors or programs.
#[derive(Debug)]
enum Trouble {
    /// What the verb was judged by has changed: judge anew.
    Changed,
    Failed(String),
}

impl From<LedgerError> for Trouble {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Conflict => Self::Changed,
            LedgerError::Overloaded | LedgerError::Store(_) | LedgerError::Closed => Self::Failed(error.to_string()),
        }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.to_string())
    }
}
