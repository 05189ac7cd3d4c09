//! How an invitation stands, as an operator sees it: its state, and what became of its letter.

use crate::desk::post::is_stuck;
use crate::desk::read;
use crate::domain::{Invitation, InvitationState, Timestamp};
use crate::store::{Archive, StoreError};

/// Failures after which an operator is told.

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationView {
    pub invitation: Invitation,
    pub standing: Standing,
    /// `None` where nothing was to be sent, and once it is over.
    pub delivery: Option<Delivery>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Pending,
    Accepted { at: Timestamp },
    Expired,
    Withdrawn { at: Timestamp },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub state: DeliveryState,
    /// How often it was tried; nobody counts any more once it is sent.
    pub tries: Option<u32>,
    pub last_error: Option<String>,
    /// For a letter that is still tried.
    pub next_try_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    Queued,
    Sent,
    /// Somebody should look at it: it failed often, or is not tried again by itself.
    Stuck,
}

impl Standing {
    pub(super) fn of(invitation: &Invitation, now: Timestamp) -> Self {
        match invitation.state {
            InvitationState::Pending if invitation.is_open(now) => Self::Pending,
            InvitationState::Pending => Self::Expired,
            InvitationState::Accepted { at, .. } => Self::Accepted { at },
            InvitationState::Withdrawn { at } => Self::Withdrawn { at },
        }
    }
}

impl InvitationView {
    pub(super) fn of(archive: &dyn Archive, invitation: Invitation, now: Timestamp) -> Result<Self, StoreError> {
        let delivery = delivery(archive, &invitation)?;
        Ok(Self { standing: Standing::of(&invitation, now), delivery, invitation })
    }
}

/// A letter leaves the queue when the mail server has taken it; the code that it carries is made just before. One that
/// left it without a code was taken out by somebody.
fn delivery(archive: &dyn Archive, invitation: &Invitation) -> Result<Option<Delivery>, StoreError> {
    let Some(id) = invitation.mail else { return Ok(None) };
    let queued = read::mail(archive, id)?.map(|(mail, _)| mail);
    Ok(match queued {
        Some(mail) => Some(Delivery {
            state: if is_stuck(&mail) { DeliveryState::Stuck } else { DeliveryState::Queued },
            tries: Some(mail.tries),
            last_error: mail.last_error,
            next_try_at: (!mail.is_stuck).then_some(mail.next_try_at),
        }),
        None => invitation.mailed.map(|_| Delivery {
            state: DeliveryState::Sent,
            tries: None,
            last_error: None,
            next_try_at: None,
        }),
    })
}
