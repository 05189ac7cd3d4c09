//! Invitations: made by operators and programs, opened by whoever holds a code, used once.

mod accept;
mod access_link;
mod each;
mod invite;
mod list;
mod standing;

use std::time::Duration;

use crate::domain::{
    App, AppId, Change, Guard, Invitation, InvitationId, InvitationState, InviteCode, InviteId, Key, Language, Letter,
    MailId, Member, Proposal, Record, Revision, Timestamp, UserId, Username,
};
use crate::store::StoreError;

use super::{AdminError, Desk, read};

pub use access_link::{AccessLink, Invitee, RegistrationStatus, UserStatus};
pub use invite::Invited;
pub use standing::{Delivery, DeliveryState, InvitationView, Standing};

/// Long enough for a holiday, short enough that a forgotten mail opens nothing next year.
const VALID: Duration = Duration::from_hours(14 * 24);
/// Shorter, and nobody has time to open the link.
const VALID_LEAST: Duration = Duration::from_secs(1);
/// A year, be it a long one. A link that opens for longer will be found by somebody else.
const VALID_MOST: Duration = Duration::from_hours(366 * 24);

/// How an invitation is made out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Of the mail and of the page; without one, the app's.
    pub language: Option<Language>,
    pub valid: Duration,
    /// Whether it goes out by mail, where there is an address and a mail server.
    pub send: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Self { language: None, valid: VALID, send: false }
    }
}

impl Terms {
    fn check(&self) -> Result<(), AdminError> {
        if (VALID_LEAST..=VALID_MOST).contains(&self.valid) {
            Ok(())
        } else {
            Err(AdminError::flaw("expires_in", "use a time span from 1s to 366d"))
        }
    }
}

/// Whether a letter is on its way, or why none is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Posted {
    Queued,
    /// None was wanted, or there is nothing to tell.
    Off,
    /// The user name is no address.
    NoAddress,
    /// No mail server is set, or far too many mails wait for it.
    NoServer,
}

/// An invitation that was just made. The code is shown once.
pub(super) struct Issued {
    pub(super) invitation: Invitation,
    pub(super) code: InviteCode,
    pub(super) posted: Posted,
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
        let proposal = self.without_invitation(proposal, app.id, &invitee.username)?;
        let code = InviteCode::random();
        let mut invitation = Invitation {
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
            mail: None,
            grants: invitee.grants.clone().map(Box::new),
        };
        let (posted, proposal) = self.address(proposal, &mut invitation, terms.send);
        let proposal = proposal
            .put(Record::NamesInvitation(app.id, invitation.username.clone(), invitation.id))
            .put(opens(&invitation, code.id()))
            .put(Record::Invitation(Box::new(invitation.clone())));
        Ok((Issued { invitation, code, posted }, proposal))
    }

    /// Withdraws what is pending for somebody, and takes care that nobody invites them at the same time.
    pub(super) fn without_invitation(
        &self,
        proposal: Proposal,
        app: AppId,
        username: &Username,
    ) -> Result<Proposal, StoreError> {
        let (old, proposal) = self.pending(proposal, app, username)?;
        Ok(match old {
            Some((old, revision)) => withdrawn(proposal, old, revision, self.clock.now()),
            None => proposal,
        })
    }

    /// Uses an invitation up. Who is a member already keeps the rights that they have.
    pub(in crate::desk) fn used_by(
        &self,
        proposal: Proposal,
        invitation: Invitation,
        user: UserId,
    ) -> Result<Proposal, StoreError> {
        let accepted = InvitationState::Accepted { at: self.clock.now(), user };
        if invitation.grants.is_none() {
            return Ok(closed(proposal, invitation, accepted));
        }
        let key = Key::Member(user);
        Ok(match self.archive.get(&key)? {
            Some((_, revision)) => {
                let plain = Invitation { grants: None, ..invitation };
                closed(proposal.expect(Guard::At(key, revision)), plain, accepted)
            }
            None => closed(proposal.expect(Guard::Absent(key)), invitation, accepted),
        })
    }

    /// What is pending for somebody, under the guard that it stays so.
    fn pending(
        &self,
        proposal: Proposal,
        app: AppId,
        username: &Username,
    ) -> Result<(Option<(Invitation, Revision)>, Proposal), StoreError> {
        let pointer = Key::InvitationFor(app, username.clone());
        let guard = match self.archive.get(&pointer)? {
            Some((_, revision)) => Guard::At(pointer, revision),
            None => Guard::Absent(pointer),
        };
        Ok((read::invitation_for(&*self.archive, app, username)?, proposal.expect(guard)))
    }

    /// Puts the letter that carries an invitation into the queue, if one is wanted and can be sent.
    fn address(&self, proposal: Proposal, invitation: &mut Invitation, send: bool) -> (Posted, Proposal) {
        if !send {
            return (Posted::Off, proposal);
        }
        let Some(to) = invitation.username.email() else { return (Posted::NoAddress, proposal) };
        if !self.takes_mail() {
            return (Posted::NoServer, proposal);
        }
        let letter = Letter::Invite { app: invitation.app, invitation: invitation.id };
        let proposal = self.post(proposal, to, letter, invitation.language);
        invitation.mail = letter_in(&proposal);
        // The queue can be full.
        (invitation.mail.map_or(Posted::Off, |_| Posted::Queued), proposal)
    }
}

/// The letter that was just put into the queue, if it was.
fn letter_in(proposal: &Proposal) -> Option<MailId> {
    match proposal.changes.last() {
        Some(Change::Put(Record::Mail(mail))) => Some(mail.id),
        _ => None,
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

/// What became of an invitation, kept to be shown; nothing opens it any more. Whom it made a member is one from now on.
pub(super) fn closed(proposal: Proposal, invitation: Invitation, state: InvitationState) -> Proposal {
    let proposal = proposal.remove(Key::InvitationFor(invitation.app, invitation.username.clone()));
    let proposal = ways_in(&invitation).fold(proposal, Proposal::remove);
    let proposal = match (&invitation.grants, state) {
        (Some(grants), InvitationState::Accepted { at, user }) => {
            proposal.put(Record::Member(Box::new(Member::new(user, (**grants).clone(), at))))
        }
        _ => proposal,
    };
    let over = Invitation { state, handed: None, mailed: None, mail: None, ..invitation };
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
    ways_in(invitation).chain(name).chain([Key::Invitation(invitation.app, invitation.id)])
}

/// The codes that open it, and the letter that would carry one.
fn ways_in(invitation: &Invitation) -> impl Iterator<Item = Key> {
    invitation.codes().map(Key::InviteCode).chain(invitation.mail.map(Key::Mail))
}

pub(super) fn as_invitation(record: Record) -> Option<Invitation> {
    match record {
        Record::Invitation(invitation) => Some(*invitation),
        _ => None,
    }
}
