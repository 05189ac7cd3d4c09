//! An invitation as programs see it.

use serde::Serialize;

use crate::desk::{Delivery, DeliveryState, InvitationView, Invited, Posted, Standing};
use crate::domain::{Email, InvitationId, Language, Timestamp, Username};
use crate::portal::qr;

/// `M` tells of the letter.
#[derive(Serialize)]
pub(super) struct InviteRow<M> {
    id: InvitationId,
    username: Username,
    email: Option<Email>,
    given_name: String,
    family_name: String,
    language: Option<Language>,
    state: &'static str,
    created_at: Timestamp,
    expires_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    withdrawn_at: Option<Timestamp>,
    mail: M,
}

#[derive(Serialize)]
pub(super) struct MailRow {
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tries: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_try_at: Option<Timestamp>,
}

/// With what is shown once.
#[derive(Serialize)]
pub(super) struct Handed<M> {
    #[serde(flatten)]
    row: InviteRow<M>,
    link: String,
    /// SVG.
    qr: Option<String>,
}

/// What a program can ask a list for.
pub(super) fn wanted(state: Option<&str>) -> Option<fn(Standing) -> bool> {
    Some(match state {
        None => |_| true,
        Some("pending") => |standing| standing == Standing::Pending,
        Some("accepted") => |standing| matches!(standing, Standing::Accepted { .. }),
        Some("expired") => |standing| standing == Standing::Expired,
        Some("withdrawn") => |standing| matches!(standing, Standing::Withdrawn { .. }),
        Some(_) => return None,
    })
}

impl<M> InviteRow<M> {
    fn of(view: InvitationView, mail: impl FnOnce(Option<Delivery>) -> M) -> Self {
        let InvitationView { invitation, standing, delivery } = view;
        let (state, accepted_at, withdrawn_at) = match standing {
            Standing::Pending => ("pending", None, None),
            Standing::Accepted { at } => ("accepted", Some(at), None),
            Standing::Expired => ("expired", None, None),
            Standing::Withdrawn { at } => ("withdrawn", None, Some(at)),
        };
        Self {
            id: invitation.id,
            email: invitation.username.email(),
            username: invitation.username,
            given_name: invitation.given_name,
            family_name: invitation.family_name,
            language: invitation.language,
            state,
            created_at: invitation.created_at,
            expires_at: invitation.expires_at,
            accepted_at,
            withdrawn_at,
            mail: mail(delivery),
        }
    }
}

impl From<InvitationView> for InviteRow<Option<MailRow>> {
    fn from(view: InvitationView) -> Self {
        Self::of(view, |delivery| delivery.map(MailRow::from))
    }
}

impl From<Delivery> for MailRow {
    fn from(delivery: Delivery) -> Self {
        Self {
            state: match delivery.state {
                DeliveryState::Queued => "queued",
                DeliveryState::Sent => "sent",
                DeliveryState::Stuck => "stuck",
            },
            tries: delivery.tries,
            last_error: delivery.last_error,
            next_try_at: delivery.next_try_at,
        }
    }
}

impl Handed<&'static str> {
    /// Of an invitation that was just made.
    pub(super) fn new(invited: Invited) -> Self {
        let mail = match invited.posted {
            Posted::Queued => "queued",
            Posted::Off => "off",
            Posted::NoAddress => "no-address",
            Posted::NoServer => "no-smtp",
        };
        Self { row: InviteRow::of(invited.view, |_| mail), qr: qr::svg(&invited.link), link: invited.link }
    }
}

impl Handed<Option<MailRow>> {
    /// Of one that was there before.
    pub(super) fn anew(invited: Invited) -> Self {
        Self { row: invited.view.into(), qr: qr::svg(&invited.link), link: invited.link }
    }
}
