//! Accepting an invite: its link is the right to register, once, with the address that it was made for.

use crate::domain::{AppId, Guard, Invite, InviteCode, Key, Proposal, Record, User, UserId, UserProof};

use super::entry::{Entry, Known, OpenApp, Proven, unavailable};
use super::forms::Reader;
use super::sign_in::{ProvenUser, newcomer};
use super::{AcceptInvite, Caller, Desk, EnterError, Field, InviteView, SignedIn, read};

/// How the guest shows, or chooses, a password.
enum Credential {
    Chosen(String),
    Proven(ProvenUser),
}

impl Desk {
    /// What the link's page shows.
    pub async fn open_invite(&self, app: AppId, code: &InviteCode) -> Result<InviteView, EnterError> {
        let open = self.open_app(app)?;
        let invite = self.valid_invite(app, code)?;
        let user = self.guest(&open, &invite)?.map(|known| known.user);
        Ok(InviteView {
            has_password: user.as_ref().is_some_and(|user| user.password.is_some()),
            given_name: user.as_ref().map_or(invite.given_name, |user| user.given_name.clone()),
            family_name: user.map_or(invite.family_name, |user| user.family_name),
            email: invite.email,
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
        let invite = self.valid_invite(app, code)?;
        let guest = self.guest(&open, &invite)?;
        let mut reader = Reader::default();
        let given_name = reader.name(Field::GivenName, &form.given_name);
        let family_name = reader.name(Field::FamilyName, &form.family_name);
        let has_password = guest.is_some_and(|known| known.user.password.is_some());
        let credential = if has_password {
            let Some(password) = reader.password(Field::Password, form.password) else { return Err(reader.error()) };
            reader.finish()?;
            Credential::Proven(self.prove_user(&open.app, caller, &invite.email, password).await?)
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
        let invite = self.valid_invite(app, code)?;
        let known = self.guest(&open, &invite)?;
        let failed = |error| unavailable(&error);
        let proposal = Proposal::new()
            .expect(open.guard())
            .expect(Guard::Present(Key::Invite(invite.id)))
            .remove(Key::Invite(invite.id))
            .remove(Key::InviteFor(app, invite.email.clone()));
        let (proposal, user) = match (known, credential) {
            (Some(known), Credential::Proven(proven))
                if known.user.id == proven.id && known.user.epoch == proven.epoch =>
            {
                (proposal.expect(known.guard()), known.user)
            }
            (Some(known), Credential::Chosen(hash)) if known.user.password.is_none() && !known.user.suspended => {
                let guard = known.guard();
                let mut user = User { password: Some(hash.clone()), ..known.user };
                rename(&mut user, names);
                (proposal.expect(guard).put(Record::User(Box::new(user.clone()))), user)
            }
            (None, Credential::Chosen(hash)) => {
                let user = self.newcomer_by(&open, &invite, hash, names);
                (newcomer(proposal, user.clone()), user)
            }
            (Some(_) | None, Credential::Proven(_) | Credential::Chosen(_)) => {
                return Err(EnterError::WrongCredentials);
            }
        };
        let bond = read::registration(&*self.archive, app, user.id).map_err(failed)?.map(|(bond, _)| bond);
        let proposal = self.register(proposal, app, &user, true, bond.as_ref()).map_err(failed)?;
        let proposal = self.make_room(proposal, self.user_sessions(app, user.id).map_err(failed)?);
        let proof = UserProof { user: user.id, epoch: user.epoch };
        Ok(self.seat(proposal, &open.app, caller, Proven { user: Some(proof), master: None }))
    }

    fn newcomer_by(&self, open: &OpenApp, invite: &Invite, hash: &str, names: (&str, &str)) -> User {
        let mut user = User {
            id: UserId::random(),
            workspace: open.app.workspace,
            email: invite.email.clone(),
            given_name: invite.given_name.clone(),
            family_name: invite.family_name.clone(),
            password: Some(hash.to_owned()),
            epoch: 0,
            suspended: false,
            created_at: self.clock.now(),
        };
        rename(&mut user, names);
        user
    }

    /// There, for this app, the address's latest, and not expired.
    fn valid_invite(&self, app: AppId, code: &InviteCode) -> Result<Invite, EnterError> {
        let failed = |error| unavailable(&error);
        let found = read::invite(&*self.archive, code.id()).map_err(failed)?;
        let found = found.map(|(invite, _)| invite).filter(|invite| invite.app == app);
        let Some(invite) = found.filter(|invite| self.clock.now() < invite.expires_at) else {
            return Err(EnterError::InviteGone);
        };
        let latest = read::invite_for(&*self.archive, app, &invite.email).map_err(failed)?;
        if latest == Some(invite.id) { Ok(invite) } else { Err(EnterError::InviteGone) }
    }

    fn guest(&self, open: &OpenApp, invite: &Invite) -> Result<Option<Known>, EnterError> {
        let found = read::user_with(&*self.archive, open.app.workspace, &invite.email);
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
