//! Access links: what an operator hands to a person so that they get into an app, whatever is known of them.

use crate::desk::entry::Known;
use crate::desk::forms::{NAME_MOST, name};
use crate::desk::{AdminError, Desk, FieldProblem, Flaw, Reach, read};
use crate::domain::audit::{Action, Party, PartyKind};
use crate::domain::{AppId, Grants, Guard, Key, Proposal, Username};

use super::{Terms, link};

/// Whom an invitation is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitee {
    pub username: Username,
    pub given_name: String,
    pub family_name: String,
    /// What a future member is going to have.
    pub grants: Option<Grants>,
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
    /// Repeatable. Who can sign in is registered at once and gets the app's plain address; everybody else gets an
    /// invite, and an earlier one is void.
    pub async fn access_link(&self, app: AppId, invitee: Invitee, reach: Reach) -> Result<AccessLink, AdminError> {
        let mut links = self.access_links(app, vec![invitee], reach).await?;
        links.pop().unwrap_or(Err(AdminError::NotFound))
    }

    /// The same for many, of whom no two may have the same user name.
    pub async fn access_links(
        &self,
        app: AppId,
        invitees: Vec<Invitee>,
        reach: Reach,
    ) -> Result<Vec<Result<AccessLink, AdminError>>, AdminError> {
        let _turn = self.administration.lock().await;
        read::app(&*self.archive, app)?.ok_or(AdminError::NotFound)?;
        Ok(self.each(&invitees, |invitee| self.link(app, &checked(invitee.clone())?, reach)).await)
    }

    fn link(&self, app: AppId, invitee: &Invitee, reach: Reach) -> Result<(AccessLink, Proposal), AdminError> {
        let archive = &*self.archive;
        let (record, revision) = read::app(archive, app)?.ok_or(AdminError::NotFound)?;
        let whom = Party::new(PartyKind::User, "", &invitee.username);
        let said = self.entry_at(Action::AccessLink, &record).on(whom);
        let proposal = Proposal::new().expect(Guard::At(Key::App(app), revision)).record(said);
        let found = read::user_with(archive, record.workspace, &invitee.username)?;
        let known = found.map(|(user, revision)| Known { user, revision });
        let Some(known) = known else {
            let absent = Guard::Absent(Key::Username(record.workspace, invitee.username.clone()));
            let (issued, proposal) = self.issue(proposal.expect(absent), &record, invitee, Terms::default())?;
            let status = (UserStatus::Unknown, RegistrationStatus::Invited);
            return Ok((answer(link(&record, &issued.code), status, true), proposal));
        };
        let proposal = proposal.expect(known.guard());
        let bond = read::registration(archive, app, known.user.id)?.map(|(bond, _)| bond);
        if known.user.can_sign_in() {
            let proposal = self.without_invitation(proposal, app, &invitee.username)?;
            let proposal = self.register(proposal, &record, &known.user, true, bond.as_ref())?;
            let status = (UserStatus::Active, RegistrationStatus::Registered);
            return Ok((answer(record.url.to_string(), status, false), proposal));
        }
        // The link leads to a password that counts in all apps of the workspace.
        self.check_reach(app, &known.user, reach)?;
        let (issued, proposal) = self.issue(proposal, &record, invitee, Terms::default())?;
        let registration = bond.map_or(RegistrationStatus::Invited, |_| RegistrationStatus::Registered);
        Ok((answer(link(&record, &issued.code), (UserStatus::Passwordless, registration), true), proposal))
    }
}

fn answer(link: String, status: (UserStatus, RegistrationStatus), password_setup_required: bool) -> AccessLink {
    AccessLink { link, user_status: status.0, registration_status: status.1, password_setup_required }
}

pub(super) fn checked(invitee: Invitee) -> Result<Invitee, AdminError> {
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
    let given_name = check("given_name", &invitee.given_name);
    let family_name = check("family_name", &invitee.family_name);
    if flaws.is_empty() {
        Ok(Invitee { username: invitee.username, given_name, family_name, grants: invitee.grants })
    } else {
        Err(AdminError::Invalid(flaws))
    }
}
