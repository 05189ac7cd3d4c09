//! Making a user: registered as invited with an app, with or without a link to a first password.

use crate::desk::entry::Known;
use crate::desk::invitations::{Invitee, Terms, link};
use crate::desk::sign_in::newcomer;
use crate::desk::{AdminError, Clash, Desk, read};
use crate::domain::audit::Action;
use crate::domain::{App, AppId, Guard, Key, Proposal, Record, Registration, User, UserId};

use super::{Reach, name, out_of_reach};

pub struct NewUser {
    pub invitee: Invitee,
    /// Whether a link is wanted by which they get in.
    pub invite: bool,
}

#[derive(Debug)]
pub struct Created {
    pub user: UserId,
    /// A secret when it carries an invite: shown to whoever asked for it, never again.
    pub link: Option<String>,
}

impl Desk {
    /// Registers somebody as invited whom the app does not know. Somebody whom the workspace knows stays who they are:
    /// their names are not touched, and who has a way to sign in gets the app's plain address in the place of an invite.
    pub async fn create_user(&self, app: AppId, new: NewUser, reach: Reach) -> Result<Created, AdminError> {
        let invitee = checked(new.invitee)?;
        let _turn = self.administration.lock().await;
        self.settle(|| self.creation(app, &invitee, new.invite, reach)).await
    }

    fn creation(
        &self,
        app: AppId,
        invitee: &Invitee,
        invite: bool,
        reach: Reach,
    ) -> Result<(Created, Proposal), AdminError> {
        let archive = &*self.archive;
        let (record, revision) = read::app(archive, app)?.ok_or(AdminError::NotFound)?;
        let proposal = Proposal::new().expect(Guard::At(Key::App(app), revision));
        let found = read::user_with(archive, record.workspace, &invitee.username)?;
        let (user, proposal) = match found.map(|(user, revision)| Known { user, revision }) {
            None => self.beginner(proposal, &record, invitee),
            Some(known) => self.joining(proposal, &record, known, invite, reach)?,
        };
        let said = self.entry_on_user(Action::UserCreate, app, &user).with("invite", invite);
        let proposal = proposal.record(said);
        let created = |link| Created { user: user.id, link };
        if user.can_sign_in() {
            let proposal = self.without_invitation(proposal, app, &user.username)?;
            return Ok((created(invite.then(|| record.url.to_string())), proposal));
        }
        if !invite {
            return Ok((created(None), proposal));
        }
        let (issued, proposal) = self.issue(proposal, &record, invitee, Terms::default())?;
        Ok((created(Some(link(&record, &issued.code))), proposal))
    }

    fn beginner(&self, proposal: Proposal, app: &App, invitee: &Invitee) -> (User, Proposal) {
        let now = self.clock.now();
        let user = User {
            given_name: invitee.given_name.clone(),
            family_name: invitee.family_name.clone(),
            ..User::new(app.workspace, invitee.username.clone(), now)
        };
        let bond = Registration { app: app.id, user: user.id, invited: true, registered_at: now, waiting: false };
        let proposal = newcomer(proposal, user.clone()).create(Record::Registration(bond));
        (user, proposal)
    }

    /// Somebody whom the workspace knows comes to this app.
    fn joining(
        &self,
        proposal: Proposal,
        app: &App,
        known: Known,
        invite: bool,
        reach: Reach,
    ) -> Result<(User, Proposal), AdminError> {
        let user = &known.user;
        if read::registration(&*self.archive, app.id, user.id)?.is_some() {
            return Err(AdminError::Conflict(Clash::Registered(user.username.clone())));
        }
        // The link would give a first password to somebody of the other apps.
        let makes_password = invite && !user.can_sign_in();
        if makes_password && reach == Reach::App && self.is_registered_elsewhere(app.id, user)? {
            return Err(out_of_reach(user));
        }
        let proposal = self.register(proposal.expect(known.guard()), app, user, true, None)?;
        Ok((known.user, proposal))
    }
}

fn checked(invitee: Invitee) -> Result<Invitee, AdminError> {
    let mut flaws = Vec::new();
    let given_name = name("given_name", &invitee.given_name, &mut flaws);
    let family_name = name("family_name", &invitee.family_name, &mut flaws);
    if flaws.is_empty() { Ok(Invitee { given_name, family_name, ..invitee }) } else { Err(AdminError::Invalid(flaws)) }
}
