//! Inviting people, and what can be done with an invitation afterwards: withdraw it, renew it.

use crate::desk::audit::invite;
use crate::desk::entry::Known;
use crate::desk::{ATTEMPTS, AdminError, Clash, Desk, Moving, Reach, read};
use crate::domain::audit::{Action, Entry};
use crate::domain::{
    App, AppId, Guard, Invitation, InvitationId, InvitationState, InviteCode, Key, Proposal, Record, Revision,
};
use crate::ledger::LedgerError;

use super::access_link::checked;
use super::{InvitationView, Invitee, Posted, Terms, closed, link, opens, ways_in, withdrawn};

/// What came of inviting somebody.
#[derive(Debug)]
pub struct Invited {
    pub view: InvitationView,
    /// A secret while it carries a code: shown to whoever invited, never again. Who can sign in gets the app's address.
    pub link: String,
    pub posted: Posted,
}

/// Before it is written: what is shown of it is read afterwards.
struct Made {
    invitation: Invitation,
    link: String,
    posted: Posted,
}

impl Desk {
    /// Invites each of them, on their own terms; an earlier invitation of theirs is void. Who can sign in already is
    /// registered as invited at once. No two may have the same user name.
    pub async fn invite(
        &self,
        app: AppId,
        people: Vec<(Invitee, Terms)>,
        reach: Reach,
    ) -> Result<Vec<Result<Invited, AdminError>>, AdminError> {
        for (_, terms) in &people {
            terms.check()?;
        }
        let _turn = self.administration.lock().await;
        read::app(&*self.archive, app)?.ok_or(AdminError::NotFound)?;
        let made = self.each(&people, |(invitee, terms)| self.invitation_of(app, invitee, *terms, reach)).await;
        Ok(made.into_iter().map(|made| self.done(made?)).collect())
    }

    /// A new code and more time for an invitation that nobody has accepted yet; earlier codes open nothing any more.
    pub async fn renew_invitation(
        &self,
        app: AppId,
        id: InvitationId,
        terms: Terms,
        reach: Reach,
    ) -> Result<Invited, AdminError> {
        terms.check()?;
        let _turn = self.administration.lock().await;
        for _ in 0..ATTEMPTS {
            let (record, revision) = read::app(&*self.archive, app)?.ok_or(AdminError::NotFound)?;
            let (old, read_at) = read::invitation(&*self.archive, app, id)?.ok_or(AdminError::NotFound)?;
            if let Some(conflict) = over(&old) {
                return Err(conflict);
            }
            if let Some((user, _)) = read::user_with(&*self.archive, record.workspace, &old.username)? {
                self.check_reach(app, &user, reach)?;
            }
            let proposal = Proposal::new().expect(Guard::At(Key::App(app), revision));
            let said = self.entry_on_invite(Action::InviteRenew, &record, &old);
            let (made, proposal) = self.renewed(proposal.record(said), &record, (old, read_at), terms);
            match self.ledger.propose(proposal).await {
                Ok(_) => return self.done(made),
                Err(LedgerError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AdminError::never_still(Moving::Invitation))
    }

    /// Ends an invitation that nobody has accepted; for one that is withdrawn, nothing is left to do.
    pub async fn withdraw_invitation(&self, app: AppId, id: InvitationId) -> Result<(), AdminError> {
        for _ in 0..ATTEMPTS {
            let (old, revision) = read::invitation(&*self.archive, app, id)?.ok_or(AdminError::NotFound)?;
            match old.state {
                InvitationState::Pending => {}
                InvitationState::Withdrawn { .. } => return Ok(()),
                InvitationState::Accepted { .. } => return Err(over(&old).unwrap_or(AdminError::NotFound)),
            }
            let said = self.entry_in(Action::InviteWithdraw, app).on(invite(&old));
            let proposal = withdrawn(Proposal::new().record(said), old, revision, self.clock.now());
            match self.ledger.propose(proposal).await {
                Ok(_) => return Ok(()),
                Err(LedgerError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AdminError::never_still(Moving::Invitation))
    }

    fn invitation_of(
        &self,
        app: AppId,
        invitee: &Invitee,
        terms: Terms,
        reach: Reach,
    ) -> Result<(Made, Proposal), AdminError> {
        let invitee = checked(invitee.clone())?;
        let (record, revision) = read::app(&*self.archive, app)?.ok_or(AdminError::NotFound)?;
        let proposal = Proposal::new().expect(Guard::At(Key::App(app), revision));
        let found = read::user_with(&*self.archive, record.workspace, &invitee.username)?;
        let Some((user, revision)) = found else {
            let absent = Guard::Absent(Key::Username(record.workspace, invitee.username.clone()));
            return self.issued(proposal.expect(absent), &record, &invitee, terms);
        };
        let known = Known { user, revision };
        if read::member(&*self.archive, known.user.id)?.is_some() {
            return Err(AdminError::Conflict(Clash::MemberAlready(known.user.username)));
        }
        let proposal = proposal.expect(known.guard()).expect(Guard::Absent(Key::Member(known.user.id)));
        if known.user.can_sign_in() {
            self.registered_at_once(proposal, &record, &known, &invitee, terms)
        } else {
            // The link leads to a password that counts in all apps of the workspace.
            self.check_reach(app, &known.user, reach)?;
            self.issued(proposal, &record, &invitee, terms)
        }
    }

    fn issued(
        &self,
        proposal: Proposal,
        app: &App,
        invitee: &Invitee,
        terms: Terms,
    ) -> Result<(Made, Proposal), AdminError> {
        let (issued, proposal) = self.issue(proposal, app, invitee, terms)?;
        let link = link(app, &issued.code);
        let proposal = proposal.record(self.invited(app, &issued.invitation));
        Ok((Made { invitation: issued.invitation, link, posted: issued.posted }, proposal))
    }

    /// For somebody who needs no link: the invitation is accepted as it is made. What is pending for them counts as it;
    /// otherwise it has the user's number, so that inviting them again leaves no second one.
    fn registered_at_once(
        &self,
        proposal: Proposal,
        app: &App,
        known: &Known,
        invitee: &Invitee,
        terms: Terms,
    ) -> Result<(Made, Proposal), AdminError> {
        let now = self.clock.now();
        let bond = read::registration(&*self.archive, app.id, known.user.id)?.map(|(bond, _)| bond);
        let proposal = self.register(proposal, app, &known.user, true, bond.as_ref())?;
        let (pending, proposal) = self.pending(proposal, app.id, &invitee.username)?;
        let (old, proposal) = match pending {
            Some((old, revision)) => {
                let guard = Guard::At(Key::Invitation(app.id, old.id), revision);
                (Invitation { grants: invitee.grants.clone().map(Box::new), ..old }, proposal.expect(guard))
            }
            None => (
                Invitation {
                    id: InvitationId::from_u64(known.user.id.to_u64()),
                    app: app.id,
                    username: invitee.username.clone(),
                    given_name: known.user.given_name.clone(),
                    family_name: known.user.family_name.clone(),
                    language: terms.language,
                    created_at: now,
                    expires_at: now.plus(terms.valid),
                    state: InvitationState::Pending,
                    handed: None,
                    mailed: None,
                    mail: None,
                    grants: invitee.grants.clone().map(Box::new),
                },
                proposal,
            ),
        };
        let accepted = InvitationState::Accepted { at: now, user: known.user.id };
        let proposal = closed(proposal, old.clone(), accepted);
        let invitation = Invitation { state: accepted, handed: None, mailed: None, mail: None, ..old };
        let proposal = proposal.record(self.invited(app, &invitation).with("registered", true));
        Ok((Made { invitation, link: app.url.to_string(), posted: Posted::Off }, proposal))
    }

    fn invited(&self, app: &App, invitation: &Invitation) -> Entry {
        self.entry_on_invite(Action::InviteCreate, app, invitation).with("expires_at", invitation.expires_at)
    }

    fn renewed(
        &self,
        proposal: Proposal,
        app: &App,
        (old, revision): (Invitation, Revision),
        terms: Terms,
    ) -> (Made, Proposal) {
        let proposal = proposal.expect(Guard::At(Key::Invitation(app.id, old.id), revision));
        let proposal = ways_in(&old).fold(proposal, Proposal::remove);
        let code = InviteCode::random();
        let mut invitation = Invitation {
            language: terms.language.or(old.language),
            expires_at: self.clock.now().plus(terms.valid),
            handed: Some(code.id()),
            mailed: None,
            mail: None,
            ..old
        };
        let (posted, proposal) = self.address(proposal, &mut invitation, terms.send);
        let proposal =
            proposal.put(opens(&invitation, code.id())).put(Record::Invitation(Box::new(invitation.clone())));
        (Made { invitation, link: link(app, &code), posted }, proposal)
    }

    /// Written by now: what is to be shown of it.
    fn done(&self, made: Made) -> Result<Invited, AdminError> {
        let view = InvitationView::of(&*self.archive, made.invitation, self.clock.now())?;
        Ok(Invited { view, link: made.link, posted: made.posted })
    }
}

/// Why nothing more can be done with it.
fn over(invitation: &Invitation) -> Option<AdminError> {
    let why = match invitation.state {
        InvitationState::Pending => return None,
        InvitationState::Accepted { .. } => Clash::InvitationAccepted,
        InvitationState::Withdrawn { .. } => Clash::InvitationWithdrawn,
    };
    Some(AdminError::Conflict(why))
}
