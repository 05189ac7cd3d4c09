//! Invitations: made by operators and programs, opened by whoever holds a code, used once.

mod accept;
mod access_link;

use std::time::Duration;

use crate::domain::{
    App, Guard, Invitation, InvitationId, InvitationState, InviteCode, InviteId, Key, Language, Proposal, Record,
    Revision, Timestamp,
};

use crate::store::StoreError;

use super::{Desk, read};

pub use access_link::{AccessLink, Invitee, RegistrationStatus, UserStatus};

/// Long enough for a holiday, short enough that a forgotten mail opens nothing next year.
const VALID: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// How an invitation is made out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Of the mail; without one, the app's.
    pub language: Option<Language>,
    pub valid: Duration,
}

impl Default for Terms {
    fn default() -> Self {
        Self { language: None, valid: VALID }
    }
}

/// An invitation that was just made. The code is shown once.
pub(super) struct Issued {
    pub(super) invitation: Invitation,
    pub(super) code: InviteCode,
}

impl Desk {
    /// Makes an invitation, in the stead of one that is pending.
    pub(super) fn issue(
        &self,
        proposal: Proposal,
        app: &App,
        invitee: &Invitee,
        terms: Terms,
    ) -> Result<(Issued, Proposal), StoreError> {
        let now = self.clock.now();
        let mut proposal = proposal;
        if let Some((old, revision)) = read::invitation_for(&*self.archive, app.id, &invitee.username)? {
            proposal = withdrawn(proposal, old, revision, now);
        }
        let code = InviteCode::random();
        let invitation = Invitation {
            id: InvitationId::random(),
            app: app.id,
            username: invitee.username.clone(),
            given_name: invitee.given_name.clone(),
            family_name: invitee.family_name.clone(),
            language: terms.language,
            created_at: now,
            expires_at: now.plus(terms.valid),
            state: InvitationState::Pending,
            handed: Some(code.id()),
            mailed: None,
        };
        let proposal = proposal
            .put(Record::NamesInvitation(app.id, invitation.username.clone(), invitation.id))
            .put(opens(&invitation, code.id()))
            .put(Record::Invitation(Box::new(invitation.clone())));
        Ok((Issued { invitation, code }, proposal))
    }
}

/// Where an invite link leads.
pub(super) fn link(app: &App, code: &InviteCode) -> String {
    format!("{}/.millgate/invite/{}", app.url, code.reveal())
}

pub(super) fn opens(invitation: &Invitation, code: InviteId) -> Record {
    Record::OpensInvitation(code, invitation.app, invitation.id)
}

/// The invitation as it was read, and no longer open.
pub(super) fn withdrawn(proposal: Proposal, old: Invitation, revision: Revision, now: Timestamp) -> Proposal {
    let guard = Guard::At(Key::Invitation(old.app, old.id), revision);
    closed(proposal.expect(guard), old, InvitationState::Withdrawn { at: now })
}

/// What became of an invitation, kept to be shown; nothing opens it any more.
pub(super) fn closed(proposal: Proposal, invitation: Invitation, state: InvitationState) -> Proposal {
    let proposal = proposal.remove(Key::InvitationFor(invitation.app, invitation.username.clone()));
    let proposal = invitation.codes().fold(proposal, |proposal, code| proposal.remove(Key::InviteCode(code)));
    let over = Invitation { state, handed: None, mailed: None, ..invitation };
    proposal.put(Record::Invitation(Box::new(over)))
}

/// Without a trace.
pub(super) fn forgotten(proposal: Proposal, invitation: &Invitation) -> Proposal {
    keys_of(invitation).fold(proposal, Proposal::remove)
}

/// All that an invitation consists of. One that is no longer pending is not what its user name points to.
pub(super) fn keys_of(invitation: &Invitation) -> impl Iterator<Item = Key> {
    let is_pending = invitation.state == InvitationState::Pending;
    let name = is_pending.then(|| Key::InvitationFor(invitation.app, invitation.username.clone()));
    let codes = invitation.codes().map(Key::InviteCode);
    codes.chain(name).chain([Key::Invitation(invitation.app, invitation.id)])
}

pub(super) fn as_invitation(record: Record) -> Option<Invitation> {
    match record {
        Record::Invitation(invitation) => Some(*invitation),
        _ => None,
    }
}
