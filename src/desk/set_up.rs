//! The first owner, and an owner who is locked out: whoever reads the machine's own terminal holds a link, once.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::audit::Action;
use crate::domain::{
    AppId, AppUrl, Guard, Key, Member, Proposal, Record, TicketCode, TicketId, Timestamp, User, UserProof,
};

use super::audit::person;
use super::entry::{Known, OpenApp, Proven, unavailable};
use super::forms::Reader;
use super::sign_in::newcomer;
use super::users::raised;
use super::{ATTEMPTS, Caller, Desk, EnterError, Field, SignedIn, Trouble, read};

/// Long enough to walk from the machine to a desk.
const VALID: Duration = Duration::from_secs(60 * 60);

/// The one code that opens the set-up. In memory only: a new start makes a new one.
#[derive(Default)]
pub(super) struct SetUps(Mutex<Option<Offer>>);

#[derive(Clone, Copy)]
struct Offer {
    code: TicketId,
    /// By no clock that anybody sets, so that one that is set back gives no link more time.
    ends: Instant,
    /// By the one that is: a machine that begins in 1970 and learns the time meanwhile takes nothing from it.
    expires_at: Option<Timestamp>,
    /// Made when there was no owner: once there is one, by whatever way, it opens nothing.
    is_for_first: bool,
}

/// A code that was made while no gateway ran, for the one that starts next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetUpOffer {
    pub code: TicketId,
    pub expires_at: Timestamp,
}

impl SetUpOffer {
    pub fn new(clock: &crate::domain::Clock) -> (Self, TicketCode) {
        let code = TicketCode::random();
        (Self { code: code.id(), expires_at: clock.now().plus(VALID) }, code)
    }
}

/// Where a code leads.
pub fn set_up_address(console: &AppUrl, code: &TicketCode) -> String {
    format!("{console}/.millgate/set-up/{}", code.reveal())
}

pub struct SetUp {
    pub given_name: String,
    pub family_name: String,
    pub email: String,
    pub password: String,
}

/// What the link's page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetUpView {
    /// The link then makes another owner, or gives one a new password.
    pub has_owner: bool,
}

/// A form without mistakes.
struct Founder {
    form: User,
    hash: String,
}

impl Desk {
    pub fn has_owner(&self) -> bool {
        self.directory.snapshot().staff.owners().next().is_some()
    }

    /// A new link; the one before opens nothing any more. `None` without a console.
    pub fn set_up_link(&self) -> Option<String> {
        let console = self.app(AppId::CONSOLE)?;
        let (offer, code) = SetUpOffer::new(&self.clock);
        self.note(self.entry(Action::SetUpLink));
        self.take_set_up(&offer);
        Some(set_up_address(&console.app.url, &code))
    }

    /// From now on this code opens the set-up, and no other.
    pub fn take_set_up(&self, offer: &SetUpOffer) {
        let now = self.clock.now();
        let ends = Instant::now() + offer.expires_at.since(now).min(VALID);
        let expires_at = (now >= Timestamp::CLOCK_IS_SET_AFTER).then_some(offer.expires_at);
        *self.set_ups.lock() = Some(Offer { code: offer.code, ends, expires_at, is_for_first: !self.has_owner() });
    }

    pub fn set_up_view(&self, code: &TicketCode) -> Result<SetUpView, EnterError> {
        self.check_set_up(code)?;
        Ok(SetUpView { has_owner: self.has_owner() })
    }

    /// Makes an owner of whoever holds the code, and signs them in. A member with that address gets the password, and
    /// all their sessions end.
    pub async fn set_up(&self, code: &TicketCode, caller: &Caller, form: SetUp) -> Result<SignedIn, EnterError> {
        self.check_set_up(code)?;
        let founder = self.founder(form).await?;
        // One at a time: the code is used by the first who succeeds.
        let _turn = self.administration.lock().await;
        self.check_set_up(code)?;
        let signed_in = self
            .enter(|| {
                let (open, user, proposal) = self.founding(&founder)?;
                let proof = Some(UserProof { user: user.id, epoch: user.epoch });
                let said = self.entry_by(Action::SetUp, &open.app, person(&user)).from(caller.ip);
                Ok(self.seat(proposal, &open.app, caller, Proven { user: proof, master: None, name: None, said }))
            })
            .await?;
        self.set_ups.use_up(code);
        Ok(signed_in)
    }

    /// Makes the first owner without a link, for who starts the gateway as a demonstration. False when there is one.
    pub async fn make_first_owner(&self, form: SetUp) -> Result<bool, EnterError> {
        let founder = self.founder(form).await?;
        let _turn = self.administration.lock().await;
        if self.has_owner() {
            return Ok(false);
        }
        for _ in 0..ATTEMPTS {
            let (_, _, proposal) = self.founding(&founder)?;
            match self.ledger.propose(proposal).await.map_err(Trouble::from) {
                Ok(_) => return Ok(true),
                Err(Trouble::Changed) => {}
                Err(Trouble::Failed(error)) => return Err(unavailable(&error)),
            }
        }
        Err(unavailable(&"what a set-up depends on never stood still"))
    }

    /// Compares hashes, so that how long it takes tells nothing of the code.
    fn check_set_up(&self, code: &TicketCode) -> Result<(), EnterError> {
        let offer = self.set_ups.lock().filter(|offer| offer.code == code.id());
        let is_in_time = |offer: &Offer| {
            Instant::now() < offer.ends && offer.expires_at.is_none_or(|expires_at| self.clock.now() < expires_at)
        };
        let is_open = |offer: &Offer| is_in_time(offer) && !(offer.is_for_first && self.has_owner());
        if offer.is_some_and(|offer| is_open(&offer)) { Ok(()) } else { Err(EnterError::LinkGone) }
    }

    async fn founder(&self, form: SetUp) -> Result<Founder, EnterError> {
        let console = self.open_app(AppId::CONSOLE)?;
        let mut reader = Reader::default();
        let email = reader.name_of::<crate::domain::Email>(&form.email);
        let password = reader.new_password(form.password);
        let given_name = reader.name(Field::GivenName, &form.given_name);
        let family_name = reader.name(Field::FamilyName, &form.family_name);
        let (Some(email), Some(password)) = (email, password) else { return Err(reader.error()) };
        reader.finish()?;
        let user = User::new(console.app.workspace, email.into(), self.clock.now());
        let hash = self.passwords.hash(password.plain()).await?;
        // The word of whoever rules the machine is proof enough of the address.
        Ok(Founder { form: User { given_name, family_name, email_verified: true, ..user }, hash })
    }

    /// All that makes an owner, as things stand.
    fn founding(&self, founder: &Founder) -> Result<(OpenApp, User, Proposal), EnterError> {
        let failed = |error| unavailable(&error);
        let archive = &*self.archive;
        let open = self.open_app(AppId::CONSOLE)?;
        let proposal = Proposal::new().expect(open.guard());
        let wanted = &founder.form;
        let known = read::user_with(archive, open.app.workspace, &wanted.username).map_err(failed)?;
        let (user, proposal) = match known.map(|(user, revision)| Known { user, revision }) {
            Some(known) => {
                let mut proposal = proposal.expect(known.guard());
                for session in self.user_sessions(AppId::CONSOLE, known.user.id).map_err(failed)? {
                    proposal = proposal.remove(session.key());
                }
                let user = raised(renewed(known.user, founder));
                (user.clone(), proposal.put(Record::User(Box::new(user))))
            }
            None => {
                let user = User { password: Some(founder.hash.clone()), ..wanted.clone() };
                (user.clone(), newcomer(proposal, user))
            }
        };
        let bond = read::registration(archive, AppId::CONSOLE, user.id).map_err(failed)?.map(|(bond, _)| bond);
        let proposal = self.without_invitation(proposal, AppId::CONSOLE, &user.username).map_err(failed)?;
        let proposal = self.register(proposal, &open.app, &user, true, bond.as_ref()).map_err(failed)?;
        let proposal = self.enthroned(proposal, &user).map_err(failed)?;
        Ok((open, user, proposal))
    }

    fn enthroned(&self, proposal: Proposal, user: &User) -> Result<Proposal, crate::store::StoreError> {
        let known = read::member(&*self.archive, user.id)?;
        let key = Key::Member(user.id);
        let (member, guard) = match known {
            Some((member, revision)) => (Member { owner: true, ..member }, Guard::At(key, revision)),
            None => {
                let grants = crate::domain::Grants { owner: true, roles: Vec::new() };
                (Member::new(user.id, grants, self.clock.now()), Guard::Absent(key))
            }
        };
        Ok(proposal.expect(guard).put(Record::Member(Box::new(member))))
    }
}

/// Somebody who was here before, with the password of today. What they left empty stays.
fn renewed(known: User, founder: &Founder) -> User {
    let kept = |written: &String, before: String| if written.is_empty() { before } else { written.clone() };
    User {
        given_name: kept(&founder.form.given_name, known.given_name),
        family_name: kept(&founder.form.family_name, known.family_name),
        password: Some(founder.hash.clone()),
        suspended: false,
        email_verified: true,
        ..known
    }
}

impl SetUps {
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Offer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn use_up(&self, code: &TicketCode) {
        let mut held = self.lock();
        if held.is_some_and(|offer| offer.code == code.id()) {
            *held = None;
        }
    }
}
