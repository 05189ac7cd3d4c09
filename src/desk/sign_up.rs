//! Signing up: a new person in the workspace, or one that it knows and who comes to a further app.

use crate::domain::audit::Action;
use crate::domain::{App, AppId, Email, Proposal, Record, Registration, User, UserProof};
use crate::passwords::PlainPassword;

use super::audit::person;
use super::entry::{Entry, Proven, unavailable};
use super::forms::Reader;
use super::sign_in::{may_sign_up, newcomer};
use super::{ATTEMPTS, Caller, Desk, EnterError, Field, SignUp, SignedIn, Trouble, read};

/// A form without mistakes.
struct Application {
    email: Email,
    password: PlainPassword,
    given_name: String,
    family_name: String,
}

impl Desk {
    /// Where the app's mode lets anybody register. Somebody whom the workspace knows must give the password that they
    /// have: to know an address is not to own it.
    pub async fn sign_up(&self, app: AppId, caller: &Caller, form: SignUp) -> Result<SignedIn, EnterError> {
        let open = self.open_app(app)?;
        if !open.app.access.is_open_to_sign_up() {
            return Err(EnterError::SignUpClosed);
        }
        let mut reader = Reader::default();
        let email = reader.name_of::<Email>(&form.email);
        let password = reader.new_password(form.password);
        let given_name = reader.name(Field::GivenName, &form.given_name);
        let family_name = reader.name(Field::FamilyName, &form.family_name);
        let master = reader.master_password(form.master_password);
        let (Some(email), Some(password)) = (email, password) else { return Err(reader.error()) };
        reader.finish()?;
        may_sign_up(&open.app, &email.clone().into())?;
        let applicant = Application { email, password: password.plain(), given_name, family_name };
        let master = self.prove_master(&open.app, caller, master).await?;
        let is_known = self.is_known(&open.app, &applicant.email)?;
        if !is_known && let Some(signed_in) = self.welcome(&open.app, caller, &applicant, master).await? {
            return Ok(signed_in);
        }
        let user = self.prove_user(&open.app, caller, &applicant.email.clone().into(), applicant.password).await?;
        self.enter(|| self.take_in(app, caller, &user, master)).await
    }

    /// Makes the user. `None` when somebody else took the address meanwhile, perhaps the same person in another tab.
    async fn welcome(
        &self,
        app: &App,
        caller: &Caller,
        applicant: &Application,
        master: Option<u32>,
    ) -> Result<Option<SignedIn>, EnterError> {
        let tries = self.throttle.newcomer(caller.ip)?;
        let hash = match self.passwords.hash(applicant.password.clone()).await {
            Ok(hash) => hash,
            Err(busy) => {
                tries.refund();
                return Err(busy.into());
            }
        };
        for _ in 0..ATTEMPTS {
            if self.is_known(app, &applicant.email)? {
                return Ok(None);
            }
            let Entry { proposal, token } = self.newcomer_entry(app.id, caller, applicant, &hash, master)?;
            match self.ledger.propose(proposal).await.map_err(Trouble::from) {
                Ok(_) => {
                    self.note_entry(&token.id());
                    return Ok(Some(SignedIn { token }));
                }
                Err(Trouble::Changed) => {}
                Err(Trouble::Failed(error)) => return Err(unavailable(&error)),
            }
        }
        Err(unavailable(&"what a sign-up depends on never stood still"))
    }

    fn newcomer_entry(
        &self,
        app: AppId,
        caller: &Caller,
        applicant: &Application,
        hash: &str,
        master: Option<u32>,
    ) -> Result<Entry, EnterError> {
        let open = self.open_app(app)?;
        if !open.app.access.is_open_to_sign_up() {
            return Err(EnterError::SignUpClosed);
        }
        if master.is_some() && master != open.app.master_version() {
            return Err(EnterError::WrongMasterPassword);
        }
        let now = self.clock.now();
        let user = User {
            given_name: applicant.given_name.clone(),
            family_name: applicant.family_name.clone(),
            password: Some(hash.to_owned()),
            ..User::new(open.app.workspace, applicant.email.clone().into(), now)
        };
        let proof = UserProof { user: user.id, epoch: user.epoch };
        let said = self.entry_by(Action::SignUp, &open.app, person(&user));
        let said = if open.app.approval { said.with("waits", "approval") } else { said };
        let bond = Registration { app, user: user.id, invited: false, registered_at: now, waiting: open.app.approval };
        let proposal = newcomer(Proposal::new().expect(open.guard()), user).create(Record::Registration(bond));
        Ok(self.seat(proposal, &open.app, caller, Proven { user: Some(proof), master, name: None, said }))
    }

    fn is_known(&self, app: &App, email: &Email) -> Result<bool, EnterError> {
        let found = read::user_with(&*self.archive, app.workspace, &email.clone().into())
            .map_err(|error| unavailable(&error))?;
        Ok(found.is_some())
    }
}
