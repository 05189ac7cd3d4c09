//! Access links: what an operator hands to a person so that they get into an app, whatever is known of them.

use std::time::Duration;

use crate::domain::{AppId, Email, Guard, Invite, InviteCode, Key, Proposal, Record};
use crate::ledger::LedgerError;

use super::entry::Known;
use super::forms::{NAME_MOST, name};
use super::{ATTEMPTS, AdminError, Desk, FieldProblem, Flaw, read};

/// Long enough for a holiday, short enough that a forgotten mail opens nothing next year.
const VALID: Duration = Duration::from_secs(14 * 24 * 60 * 60);

pub struct Invitation {
    pub email: Email,
    pub given_name: String,
    pub family_name: String,
}

#[derive(Debug)]
pub struct AccessLink {
    /// A secret when it carries an invite: shown to whoever asked for it, never again.
    pub link: String,
    pub user_status: UserStatus,
    pub registration_status: RegistrationStatus,
    pub password_setup_required: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserStatus {
    Unknown,
    Passwordless,
    Active,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationStatus {
    Invited,
    Registered,
}

impl Desk {
    /// Repeatable. Who has a password is registered at once and gets the app's plain address; everybody else gets an
    /// invite, and an earlier one is void.
    pub async fn access_link(&self, app: AppId, invitation: Invitation) -> Result<AccessLink, AdminError> {
        let invitation = checked(invitation)?;
        let _turn = self.administration.lock().await;
        for _ in 0..ATTEMPTS {
            let (link, proposal) = self.link(app, &invitation)?;
            match self.ledger.propose(proposal).await {
                Ok(_) => return Ok(link),
                Err(LedgerError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AdminError::Conflict("the user is being changed by somebody else; try again".to_owned()))
    }

    fn link(&self, app: AppId, invitation: &Invitation) -> Result<(AccessLink, Proposal), AdminError> {
        let archive = &*self.archive;
        let (record, revision) = read::app(archive, app)?.ok_or(AdminError::NotFound)?;
        let mut proposal = Proposal::new().expect(Guard::At(Key::App(app), revision));
        if let Some(old) = read::invite_for(archive, app, &invitation.email)? {
            proposal = proposal.remove(Key::Invite(old)).remove(Key::InviteFor(app, invitation.email.clone()));
        }
        let found = read::user_with(archive, record.workspace, &invitation.email)?;
        let known = found.map(|(user, revision)| Known { user, revision });
        let Some(known) = known else {
            let address = Key::Address(record.workspace, invitation.email.clone());
            let (link, proposal) = self.invite(app, &record.url.to_string(), invitation, proposal);
            let status = (UserStatus::Unknown, RegistrationStatus::Invited);
            return Ok((answer(link, status, true), proposal.expect(Guard::Absent(address))));
        };
        let proposal = proposal.expect(known.guard());
        let bond = read::registration(archive, app, known.user.id)?.map(|(bond, _)| bond);
        if known.user.password.is_some() {
            let proposal = self.register(proposal, app, &known.user, true, bond.as_ref())?;
            let status = (UserStatus::Active, RegistrationStatus::Registered);
            return Ok((answer(record.url.to_string(), status, false), proposal));
        }
        let (link, proposal) = self.invite(app, &record.url.to_string(), invitation, proposal);
        let registration = bond.map_or(RegistrationStatus::Invited, |_| RegistrationStatus::Registered);
        Ok((answer(link, (UserStatus::Passwordless, registration), true), proposal))
    }

    fn invite(&self, app: AppId, url: &str, invitation: &Invitation, proposal: Proposal) -> (String, Proposal) {
        let code = InviteCode::random();
        let now = self.clock.now();
        let invite = Invite {
            id: code.id(),
            app,
            email: invitation.email.clone(),
            given_name: invitation.given_name.clone(),
            family_name: invitation.family_name.clone(),
            created_at: now,
            expires_at: now.plus(VALID),
        };
        let place = Record::NamesInvite(app, invite.email.clone(), invite.id);
        let link = format!("{url}/.millgate/invite/{}", code.reveal());
        (link, proposal.put(place).put(Record::Invite(Box::new(invite))))
    }
}

fn answer(link: String, status: (UserStatus, RegistrationStatus), password_setup_required: bool) -> AccessLink {
    AccessLink { link, user_status: status.0, registration_status: status.1, password_setup_required }
}

fn checked(invitation: Invitation) -> Result<Invitation, AdminError> {
    let mut flaws = Vec::new();
    let mut check = |field, typed: &str| {
        name(typed).unwrap_or_else(|problem| {
            flaws.push(match problem {
                FieldProblem::TooLong { .. } => Flaw::new(field, format!("use {NAME_MOST} characters at most")),
                _ => Flaw::new(field, "use one line without control characters"),
            });
            String::new()
        })
    };
    let given_name = check("given_name", &invitation.given_name);
    let family_name = check("family_name", &invitation.family_name);
    if flaws.is_empty() {
        Ok(Invitation { email: invitation.email, given_name, family_name })
    } else {
        Err(AdminError::Invalid(flaws))
    }
}
