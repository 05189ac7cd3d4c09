//! Signing in: address and password, perhaps with the master password on the same page.

use crate::domain::audit::Action;
use crate::domain::{AccessMode, App, AppId, Domain, Guard, Key, Proposal, Record, User, UserId, UserProof, Username};
use crate::passwords::{PlainPassword, Verdict};
use crate::throttle::{Block, SignInTry};

use super::audit::{Failed, Way, person};
use super::entry::{Entry, Known, OpenApp, Proven, unavailable};
use super::forms::Reader;
use super::{Caller, Desk, EnterError, Field, FieldError, FieldProblem, SignIn, SignedIn, read};

/// A person who has just shown to know their password.
pub(super) struct ProvenUser {
    pub(super) id: UserId,
    pub(super) epoch: u32,
    /// A hash with today's parameters, when the stored one is dated.
    rehash: Option<String>,
    way: Way<'static>,
}

impl ProvenUser {
    /// Somebody proven by another way than the password.
    pub(super) fn by(way: Way<'static>, proof: UserProof) -> Self {
        Self { id: proof.user, epoch: proof.epoch, rehash: None, way }
    }
}

impl Desk {
    /// Takes a person in who has a password in the app's workspace. Where anybody may sign up, the first sign-in
    /// registers users of the workspace's other apps.
    pub async fn sign_in(&self, app: AppId, caller: &Caller, form: SignIn) -> Result<SignedIn, EnterError> {
        let mut reader = Reader::default();
        let username = reader.name_of::<Username>(&form.email);
        let password = reader.password(Field::Password, form.password);
        let master = reader.master_password(form.master_password);
        let (Some(username), Some(password)) = (username, password) else { return Err(reader.error()) };
        reader.finish()?;
        let open = self.open_app(app)?;
        let user = self.prove_user(&open.app, caller, &username, password).await?;
        let master = self.prove_master(&open.app, caller, master).await?;
        let entered = self.enter(|| self.take_in(app, caller, &user, master)).await;
        if entered.as_ref().is_err_and(|error| *error == EnterError::NotInvited) {
            let known = read::user(&*self.archive, user.id).ok().flatten();
            self.note_failed(Some(app), caller.ip, known.as_ref().map(|(user, _)| user), Failed::NotInvited);
        }
        entered
    }

    /// Whether the password is the one of the name. Unknown names cost the same work and get the same answer.
    pub(super) async fn prove_user(
        &self,
        app: &App,
        caller: &Caller,
        username: &Username,
        password: PlainPassword,
    ) -> Result<ProvenUser, EnterError> {
        let found = read::user_with(&*self.archive, app.workspace, username).map_err(|error| unavailable(&error))?;
        let user = found.map(|(user, _)| user);
        let tried = self.tried(app.id, caller, username, user.as_ref())?;
        let failed = |failed| self.note_failed(Some(app.id), caller.ip, user.as_ref(), failed);
        let tries = self.throttle.sign_in(&tried).inspect_err(|_| failed(Failed::TooMany))?;
        let stored = user.as_ref().and_then(|user| user.password.as_deref());
        let verdict = match self.passwords.verify(password.clone(), stored).await {
            Ok(verdict) => verdict,
            Err(busy) => {
                tries.refund();
                return Err(busy.into());
            }
        };
        if !verdict.is_right() || user.as_ref().is_none_or(|user| user.suspended) {
            failed(Failed::Password);
        }
        let Some(user) = user.filter(|user| verdict.is_right() && !user.suspended) else {
            return Err(EnterError::WrongCredentials);
        };
        tries.refund();
        self.throttle.remember(&tried);
        let rehash = match verdict {
            // Not worth failing for: the next sign-in tries again.
            Verdict::RightButDated => self.passwords.hash(password).await.ok(),
            Verdict::Right | Verdict::Wrong => None,
        };
        Ok(ProvenUser { id: user.id, epoch: user.epoch, rehash, way: Way::Password })
    }

    fn tried(
        &self,
        app: AppId,
        caller: &Caller,
        username: &Username,
        user: Option<&User>,
    ) -> Result<SignInTry, EnterError> {
        // For a name that nobody has, the same read of sessions that nobody has.
        let user = user.map_or_else(UserId::random, |user| user.id);
        let sessions = self.user_sessions(app, user).map_err(|error| unavailable(&error))?;
        let block = Block::of(caller.ip);
        Ok(SignInTry {
            app,
            username: username.clone(),
            ip: caller.ip,
            device: caller.device,
            known_device: sessions.iter().any(|session| session.device == caller.device),
            known_address: sessions.iter().any(|session| Block::of(session.ip) == block),
        })
    }

    /// Registers a proven user if the app's mode lets them be registered, and gives them a session.
    pub(super) fn take_in(
        &self,
        app: AppId,
        caller: &Caller,
        proven: &ProvenUser,
        master: Option<u32>,
    ) -> Result<Entry, EnterError> {
        let open = self.open_app(app)?;
        if master.is_some() && master != open.app.master_version() {
            return Err(EnterError::WrongMasterPassword);
        }
        let read = read::user(&*self.archive, proven.id).map_err(|error| unavailable(&error))?;
        let known = read.map(|(user, revision)| Known { user, revision });
        let known = known.filter(|known| known.user.epoch == proven.epoch && !known.user.suspended);
        let Some(mut known) = known else { return Err(EnterError::WrongCredentials) };
        let mut proposal = Proposal::new().expect(open.guard()).expect(known.guard());
        if let Some(hash) = &proven.rehash {
            known.user.password = Some(hash.clone());
            proposal = proposal.put(Record::User(Box::new(known.user.clone())));
        }
        self.admit(proposal, &open, caller, &known.user, master, proven.way)
    }

    /// The same for a user as `proposal` makes them; it guards the app and what is written of the user.
    pub(super) fn admit(
        &self,
        proposal: Proposal,
        open: &OpenApp,
        caller: &Caller,
        user: &User,
        master: Option<u32>,
        way: Way<'_>,
    ) -> Result<Entry, EnterError> {
        let failed = |error| unavailable(&error);
        let bond = read::registration(&*self.archive, open.app.id, user.id).map_err(failed)?.map(|(bond, _)| bond);
        match (open.app.access, &bond) {
            (AccessMode::InviteOnly, Some(bond)) if bond.invited => {}
            (AccessMode::InviteOnly, _) => return Err(EnterError::NotInvited),
            (AccessMode::Signup | AccessMode::SignupAndMasterPassword, _) => {}
            // Modes without users register nobody; who is registered may prove it for when the mode changes.
            (AccessMode::Public | AccessMode::MasterPassword, Some(_)) => {}
            (AccessMode::Public | AccessMode::MasterPassword, None) => return Err(EnterError::SignUpClosed),
        }
        if bond.is_none() {
            may_sign_up(&open.app, &user.username)?;
        }
        let proposal = self.register(proposal, &open.app, user, false, bond.as_ref()).map_err(failed)?;
        let proposal = self.make_room(proposal, self.user_sessions(open.app.id, user.id).map_err(failed)?);
        let proof = Some(UserProof { user: user.id, epoch: user.epoch });
        let said = self.entry_by(Action::SignIn, &open.app, person(user)).with("by", way);
        let said = if bond.is_none() { said.with("registered", true) } else { said };
        Ok(self.seat(proposal, &open.app, caller, Proven { user: proof, master, name: None, said }))
    }
}

/// The records of a person who is new in a workspace.
pub(super) fn newcomer(proposal: Proposal, user: User) -> Proposal {
    let name = Record::NamesUser(user.workspace, user.username.clone(), user.id);
    let guard = Guard::Absent(Key::User(user.id));
    let proposal = user.identities.iter().fold(proposal, |proposal, identity| {
        proposal.create(Record::NamesFederated(user.workspace, identity.id(), user.id))
    });
    proposal.create(name).expect(guard).put(Record::User(Box::new(user)))
}

/// The app's rule on domains. Who has no address is made by an operator and is nobody's to turn away.
pub(super) fn may_sign_up(app: &App, username: &Username) -> Result<(), EnterError> {
    match username.email() {
        Some(email) if !app.takes_sign_up_of(&email) => {
            let domains: Vec<&str> = app.sign_up_domains.iter().map(Domain::as_str).collect();
            let problem = FieldProblem::OtherDomain { domains: domains.join(", ") };
            Err(EnterError::Fields(vec![FieldError { field: Field::Email, problem }]))
        }
        _ => Ok(()),
    }
}
