//! Accepting an invite: its link is the right to register, once, with the address that it was made for.

use crate::desk::audit::{invite, person};
use crate::desk::entry::{Entry, Known, OpenApp, Proven, unavailable};
use crate::desk::forms::Reader;
use crate::desk::sign_in::{ProvenUser, newcomer};
use crate::desk::{AcceptInvite, Caller, Desk, EnterError, Field, InviteView, SignedIn, read};
use crate::domain::audit::Action;
use crate::domain::{
    AppId, Guard, Invitation, InvitationState, InviteCode, Key, Proposal, Record, Revision, User, UserProof,
};

use super::closed;

/// How the guest shows, or chooses, a password.
enum Credential {
    Chosen(String),
    Proven(ProvenUser),
}

impl Desk {
    /// What the link's page shows.
    pub async fn open_invite(&self, app: AppId, code: &InviteCode) -> Result<InviteView, EnterError> {
        let open = self.open_app(app)?;
        let (invitation, _) = self.valid_invitation(app, code)?;
        let user = self.guest(&open, &invitation)?.map(|known| known.user);
        Ok(InviteView {
            has_password: user.as_ref().is_some_and(User::can_sign_in),
            given_name: user.as_ref().map_or(invitation.given_name, |user| user.given_name.clone()),
            family_name: user.map_or(invitation.family_name, |user| user.family_name),
            username: invitation.username,
            language: invitation.language,
        })
    }

    /// Registers the invited person, whom the workspace may know, and uses the invite up.
    pub async fn accept_invite(
        &self,
        app: AppId,
        caller: &Caller,
        code: &InviteCode,
        form: AcceptInvite,
    ) -> Result<SignedIn, EnterError> {
        let open = self.open_app(app)?;
        let (invitation, _) = self.valid_invitation(app, code)?;
        let guest = self.guest(&open, &invitation)?;
        let mut reader = Reader::default();
        let given_name = reader.name(Field::GivenName, &form.given_name);
        let family_name = reader.name(Field::FamilyName, &form.family_name);
        // Somebody who signs in by a provider only has no password to give, and gets none by this link.
        let has_password = guest.is_some_and(|known| known.user.can_sign_in());
        let credential = if has_password {
            let Some(password) = reader.password(Field::Password, form.password) else { return Err(reader.error()) };
            reader.finish()?;
            Credential::Proven(self.prove_user(&open.app, caller, &invitation.username, password).await?)
        } else {
            let Some(password) = reader.new_password(form.password) else { return Err(reader.error()) };
            reader.finish()?;
            Credential::Chosen(self.passwords.hash(password.plain()).await?)
        };
        self.enter(|| self.let_in(app, caller, code, &credential, (&given_name, &family_name))).await
    }

    fn let_in(
        &self,
        app: AppId,
        caller: &Caller,
        code: &InviteCode,
        credential: &Credential,
        names: (&str, &str),
    ) -> Result<Entry, EnterError> {
        let open = self.open_app(app)?;
        let (invitation, revision) = self.valid_invitation(app, code)?;
        let known = self.guest(&open, &invitation)?;
        let failed = |error| unavailable(&error);
        let proposal = Proposal::new()
            .expect(open.guard())
            .expect(Guard::Present(Key::InviteCode(code.id())))
            .expect(Guard::At(Key::Invitation(app, invitation.id), revision));
        let (proposal, user) = match (known, credential) {
            (Some(known), Credential::Proven(proven))
                if known.user.id == proven.id && known.user.epoch == proven.epoch =>
            {
                let guard = known.guard();
                let user = User { email_verified: true, ..known.user };
                (proposal.expect(guard).put(Record::User(Box::new(user.clone()))), user)
            }
            (Some(known), Credential::Chosen(hash)) if !known.user.can_sign_in() && !known.user.suspended => {
                let guard = known.guard();
                let mut user = User { password: Some(hash.clone()), email_verified: true, ..known.user };
                rename(&mut user, names);
                (proposal.expect(guard).put(Record::User(Box::new(user.clone()))), user)
            }
            (None, Credential::Chosen(hash)) => {
                let user = self.newcomer_by(&open, &invitation, hash, names);
                (newcomer(proposal, user.clone()), user)
            }
            (Some(_) | None, Credential::Proven(_) | Credential::Chosen(_)) => {
                return Err(EnterError::WrongCredentials);
            }
        };
        let bond = read::registration(&*self.archive, app, user.id).map_err(failed)?.map(|(bond, _)| bond);
        let accepted = InvitationState::Accepted { at: self.clock.now(), user: user.id };
        let said = self.entry_by(Action::InviteAccept, &open.app, person(&user)).with("invite", invite(&invitation).id);
        let proposal = closed(proposal, invitation, accepted);
        let proposal = self.register(proposal, &open.app, &user, true, bond.as_ref()).map_err(failed)?;
        let proposal = self.make_room(proposal, self.user_sessions(app, user.id).map_err(failed)?);
        let proof = UserProof { user: user.id, epoch: user.epoch };
        Ok(self.seat(proposal, &open.app, caller, Proven { user: Some(proof), master: None, name: None, said }))
    }

    fn newcomer_by(&self, open: &OpenApp, invitation: &Invitation, hash: &str, names: (&str, &str)) -> User {
        let mut user = User {
            given_name: invitation.given_name.clone(),
            family_name: invitation.family_name.clone(),
            password: Some(hash.to_owned()),
            email_verified: true,
            ..User::new(open.app.workspace, invitation.username.clone(), self.clock.now())
        };
        rename(&mut user, names);
        user
    }

    /// There, for this app, and open.
    pub(in crate::desk) fn valid_invitation(
        &self,
        app: AppId,
        code: &InviteCode,
    ) -> Result<(Invitation, Revision), EnterError> {
        let found = read::invitation_by(&*self.archive, code.id()).map_err(|error| unavailable(&error))?;
        let now = self.clock.now();
        let open = found.filter(|(invitation, _)| invitation.app == app && invitation.is_open(now));
        open.ok_or(EnterError::InviteGone)
    }

    /// Who the workspace knows the invited person as.
    pub(in crate::desk) fn guest(&self, open: &OpenApp, invitation: &Invitation) -> Result<Option<Known>, EnterError> {
        let found = read::user_with(&*self.archive, open.app.workspace, &invitation.username);
        let found = found.map_err(|error| unavailable(&error))?;
        Ok(found.map(|(user, revision)| Known { user, revision }))
    }
}

/// What the guest wrote counts; what was left empty stays as the invite had it.
fn rename(user: &mut User, (given, family): (&str, &str)) {
    for (name, written) in [(&mut user.given_name, given), (&mut user.family_name, family)] {
        if !written.is_empty() {
            written.clone_into(name);
        }
    }
}
