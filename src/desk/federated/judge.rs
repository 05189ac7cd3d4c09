//! What an identity is worth at an app, as things stand. Nothing here waits; every outcome is a proposal under guards on
//! all that it was judged by.

use crate::desk::audit::{Way, invite, person};
use crate::desk::entry::{Entry, Known, OpenApp, Proven};
use crate::desk::invitations::closed;
use crate::desk::sign_in::{ProvenUser, may_sign_up, newcomer};
use crate::desk::{Caller, Desk, EnterError, read};
use crate::domain::audit::Action;
use crate::domain::{
    AccessMode, Guard, Invitation, InvitationState, InviteId, Key, Proposal, Record, Registration, Revision, User,
    UserId, UserProof,
};

use super::people::{claimed, linked, made, proven_email, proves};
use super::{Asks, FederatedError, Goal, Outcome};

pub(super) enum Step {
    In(Entry),
    /// The identity is linked; who is signed in stays so.
    Linked(Proposal),
    WasLinked,
    Ask(Asks),
}

/// Somebody who knocks with an identity.
pub(super) struct Knock<'a> {
    pub(super) caller: &'a Caller,
    pub(super) outcome: &'a Outcome,
    /// Who has shown to know their password beside it.
    pub(super) proven: Option<&'a ProvenUser>,
}

impl<'a> Knock<'a> {
    fn way(&self) -> Way<'a> {
        Way::Provider(&self.outcome.way.provider)
    }
}

impl Desk {
    pub(super) fn judge(&self, knock: &Knock<'_>) -> Result<Step, FederatedError> {
        let Outcome { way, verified, .. } = knock.outcome;
        let open = self.open_app(way.app)?;
        let is_offered = open.app.offers(&way.provider)
            && self.federation().is_some_and(|federation| {
                let same = |config: &crate::federation::Config| {
                    config.id == way.provider && config.issuer.as_str() == verified.issuer
                };
                federation.providers().any(same)
            });
        if !is_offered {
            return Err(FederatedError::NotOffered);
        }
        if let Some(domain) =
            open.app.hosted_domain.as_ref().filter(|wanted| verified.hosted_domain.as_ref() != Some(wanted))
        {
            return Err(FederatedError::OtherOrganization { domain: domain.clone() });
        }
        match way.goal {
            Goal::SignIn => self.judge_sign_in(knock, &open),
            Goal::Accept(code) => self.judge_guest(knock, &open, code),
            Goal::Link { user, epoch, is_sure } => self.judge_link(knock, &open, (user, epoch), is_sure),
        }
    }

    /// An identity that is known is its user. One that is not is worth the address that its provider stands for.
    fn judge_sign_in(&self, knock: &Knock<'_>, open: &OpenApp) -> Result<Step, FederatedError> {
        let verified = &knock.outcome.verified;
        let proposal = Proposal::new().expect(open.guard());
        if let Some(known) = self.holder(open.app.workspace, verified)? {
            may_come(&known.user)?;
            let proposal = proposal.expect(known.guard());
            return Ok(Step::In(self.admit(proposal, open, knock.caller, &known.user, None, knock.way())?));
        }
        let username = proven_email(verified).ok_or(FederatedError::Unverified)?.clone().into();
        let Some(known) = self.named(open.app.workspace, &username)? else {
            let user = made(open.app.workspace, username, ("", ""), verified, self.clock.now());
            return self.judge_newcomer(knock, open, user).map(Step::In);
        };
        match self.adopt(knock, proposal, known)? {
            Adopted::As(user, proposal) => {
                Ok(Step::In(self.admit(proposal, open, knock.caller, &user, None, knock.way())?))
            }
            Adopted::If(asks) => Ok(Step::Ask(asks)),
        }
    }

    fn judge_newcomer(&self, knock: &Knock<'_>, open: &OpenApp, user: User) -> Result<Entry, FederatedError> {
        match open.app.access {
            AccessMode::Signup | AccessMode::SignupAndMasterPassword => {}
            AccessMode::InviteOnly => return Err(EnterError::NotInvited.into()),
            AccessMode::Public | AccessMode::MasterPassword => return Err(EnterError::SignUpClosed.into()),
        }
        may_sign_up(&open.app, &user.username)?;
        let _counted = self.throttle.newcomer(knock.caller.ip)?;
        let bond = Registration {
            app: open.app.id,
            user: user.id,
            invited: false,
            registered_at: user.created_at,
            waiting: open.app.approval,
        };
        let proof = Some(UserProof { user: user.id, epoch: user.epoch });
        let said = self.entry_by(Action::SignUp, &open.app, person(&user)).with("by", knock.way());
        let proposal = newcomer(Proposal::new().expect(open.guard()), user).create(Record::Registration(bond));
        Ok(self.seat(proposal, &open.app, knock.caller, Proven { user: proof, master: None, name: None, said }))
    }

    /// Lets the identity be a user's who has none like it: at once where nobody can lose anything by it, else for the
    /// password.
    fn adopt(&self, knock: &Knock<'_>, proposal: Proposal, known: Known) -> Result<Adopted, FederatedError> {
        may_come(&known.user)?;
        let (verified, now) = (&knock.outcome.verified, self.clock.now());
        let proposal = proposal.expect(known.guard());
        let mut user = known.user;
        let has_shown = knock.proven.is_some_and(|proven| proven.id == user.id && proven.epoch == user.epoch);
        let proposal = if proves(verified, &user.username) && !user.email_verified {
            claimed(proposal, &mut user, verified, now)?
        } else if has_shown || !user.can_sign_in() {
            linked(proposal, &mut user, verified, now)?
        } else if user.password.is_some() {
            return Ok(Adopted::If(Asks::Password(user.id)));
        } else {
            return Err(FederatedError::SignInAsBefore);
        };
        Ok(Adopted::As(user, proposal))
    }

    /// An invite is for the address that it names. One for somebody without an address is for whoever holds it.
    fn judge_guest(&self, knock: &Knock<'_>, open: &OpenApp, code: InviteId) -> Result<Step, FederatedError> {
        let verified = &knock.outcome.verified;
        let (invitation, revision) = self.open_invitation(open, code)?;
        let holder = self.holder(open.app.workspace, verified)?;
        let guest = self.named(open.app.workspace, &invitation.username)?;
        let is_theirs = |guest: &Known| holder.as_ref().is_some_and(|holder| holder.user.id == guest.user.id);
        let fits = invitation.username.email().is_none() || proves(verified, &invitation.username);
        let proposal = Proposal::new()
            .expect(open.guard())
            .expect(Guard::Present(Key::InviteCode(code)))
            .expect(Guard::At(Key::Invitation(open.app.id, invitation.id), revision));
        let (user, proposal) = match guest {
            Some(guest) if is_theirs(&guest) => {
                may_come(&guest.user)?;
                let proposal = proposal.expect(guest.guard());
                (guest.user, proposal)
            }
            _ if !fits => return Err(FederatedError::OtherAddress),
            _ if holder.is_some() => return Err(FederatedError::Elsewhere),
            Some(guest) => match self.adopt(knock, proposal, guest)? {
                Adopted::As(user, proposal) => (user, proposal),
                Adopted::If(asks) => return Ok(Step::Ask(asks)),
            },
            None => {
                let names = (invitation.given_name.as_str(), invitation.family_name.as_str());
                let username = invitation.username.clone();
                let user = made(open.app.workspace, username, names, verified, self.clock.now());
                (user.clone(), newcomer(proposal, user))
            }
        };
        self.take_in_guest(knock, open, proposal, (invitation, user)).map(Step::In)
    }

    fn take_in_guest(
        &self,
        knock: &Knock<'_>,
        open: &OpenApp,
        proposal: Proposal,
        (invitation, user): (Invitation, User),
    ) -> Result<Entry, FederatedError> {
        let app = open.app.id;
        let bond = read::registration(&*self.archive, app, user.id)?.map(|(bond, _)| bond);
        let accepted = InvitationState::Accepted { at: self.clock.now(), user: user.id };
        let said = self.entry_by(Action::InviteAccept, &open.app, person(&user)).with("by", knock.way());
        let said = said.with("invite", invite(&invitation).id);
        let proposal = closed(proposal, invitation, accepted);
        let proposal = self.register(proposal, &open.app, &user, true, bond.as_ref())?;
        let proposal = self.make_room(proposal, self.user_sessions(app, user.id)?);
        let proof = Some(UserProof { user: user.id, epoch: user.epoch });
        Ok(self.seat(proposal, &open.app, knock.caller, Proven { user: proof, master: None, name: None, said }))
    }

    fn open_invitation(&self, open: &OpenApp, code: InviteId) -> Result<(Invitation, Revision), FederatedError> {
        let found = read::invitation_by(&*self.archive, code)?;
        let now = self.clock.now();
        let found = found.filter(|(invitation, _)| invitation.app == open.app.id && invitation.is_open(now));
        found.ok_or(FederatedError::Enter(EnterError::InviteGone))
    }

    /// Whoever left the account page is still signed in, in the same epoch.
    fn judge_link(
        &self,
        knock: &Knock<'_>,
        open: &OpenApp,
        (user, epoch): (UserId, u32),
        is_sure: bool,
    ) -> Result<Step, FederatedError> {
        let (caller, verified) = (knock.caller, &knock.outcome.verified);
        let session = caller.session.filter(|_| self.signed_in(open.app.id, caller) == Some((user, epoch)));
        let session = session.ok_or(FederatedError::SignedOut)?;
        let known = read::user(&*self.archive, user)?.ok_or(FederatedError::SignedOut)?;
        let mut known = Known { user: known.0, revision: known.1 };
        match self.holder(open.app.workspace, verified)? {
            Some(holder) if holder.user.id == user => return Ok(Step::WasLinked),
            Some(_) => return Err(FederatedError::Elsewhere),
            None => {}
        }
        if known.user.epoch != epoch || known.user.suspended {
            return Err(FederatedError::SignedOut);
        }
        // The owner of the address, in a session that somebody else may have begun: the password would stay theirs.
        let may_be_two = proves(verified, &known.user.username) && !known.user.email_verified;
        let has_shown = knock.proven.is_some_and(|proven| proven.id == user);
        if may_be_two && known.user.password.is_some() && !has_shown {
            return Ok(Step::Ask(Asks::Password(user)));
        }
        if !is_sure && !has_shown {
            return Ok(Step::Ask(Asks::Consent));
        }
        let proposal = Proposal::new()
            .expect(open.guard())
            .expect(known.guard())
            .expect(Guard::Present(Key::Session(open.app.id, Some(user), session)))
            .expect(Guard::Present(Key::Registration(open.app.id, user)));
        let said = self.entry_by(Action::IdentityLink, &open.app, person(&known.user)).with("by", knock.way());
        Ok(Step::Linked(linked(proposal.record(said), &mut known.user, verified, self.clock.now())?))
    }
}

enum Adopted {
    As(User, Proposal),
    If(Asks),
}

fn may_come(user: &User) -> Result<(), FederatedError> {
    if user.suspended { Err(FederatedError::Barred) } else { Ok(()) }
}
