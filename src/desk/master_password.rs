//! The master password: one for all, proven by a device.

use crate::directory::LiveSession;
use crate::domain::audit::{Action, Party, PartyKind};
use crate::domain::{AccessMode, App, AppId, Proposal};
use crate::passwords::PlainPassword;
use crate::throttle::MasterTry;

use super::audit::Failed;
use super::entry::Proven;
use super::forms::Reader;
use super::{Caller, Desk, EnterError, Field, GiveMasterPassword, SignedIn};

impl Desk {
    /// Adds the proof to what the caller's session proves already.
    pub async fn give_master_password(
        &self,
        app: AppId,
        caller: &Caller,
        form: GiveMasterPassword,
    ) -> Result<SignedIn, EnterError> {
        let open = self.open_app(app)?;
        let mut reader = Reader::default();
        let password = reader.password(Field::MasterPassword, form.password);
        let asks_name = Self::asks_name(&open.app);
        let name = if asks_name { reader.display_name(form.name.as_deref()) } else { None };
        let Some(password) = password else { return Err(reader.error()) };
        reader.finish()?;
        let Some(version) = self.prove_master(&open.app, caller, Some(password)).await? else {
            return Err(EnterError::WrongMasterPassword);
        };
        if self.held(app, caller).is_none() {
            // A browser without a session is one more to remember, however right its password was.
            let _counted = self.throttle.newcomer(caller.ip)?;
        }
        self.enter(|| {
            let open = self.open_app(app)?;
            if open.app.master_version() != Some(version) || !open.app.access.asks_master_password() {
                return Err(EnterError::WrongMasterPassword);
            }
            let who = match self.held(app, caller).and_then(|live| live.user) {
                Some(proof) => self.holder_of(app, Some(proof.user), caller.device),
                None => Party::new(PartyKind::Device, caller.device, name.as_deref().unwrap_or_default()),
            };
            let said = self.entry_by(Action::MasterPassword, &open.app, who);
            let proven = Proven { user: None, master: Some(version), name: name.clone(), said };
            Ok(self.seat(Proposal::new().expect(open.guard()), &open.app, caller, proven))
        })
        .await
    }

    /// Whether who gives the master password has to say who they are.
    /// A new master password is given by whoever is there now.
    pub fn asks_name(app: &App) -> bool {
        app.name_question && app.access == AccessMode::MasterPassword
    }

    /// The version of the master password that was given; `None` when none was, or when the app asks for none.
    pub(super) async fn prove_master(
        &self,
        app: &App,
        caller: &Caller,
        given: Option<PlainPassword>,
    ) -> Result<Option<u32>, EnterError> {
        let Some(given) = given.filter(|_| app.access.asks_master_password()) else { return Ok(None) };
        let held = self.held(app.id, caller);
        let known_device = held.is_some_and(|live| live.device == caller.device && live.master.is_some());
        let tried = MasterTry { app: app.id, ip: caller.ip, device: caller.device, known_device };
        let failed = |failed| self.note_failed(Some(app.id), caller.ip, None, failed);
        let tries = self.throttle.master_password(&tried).inspect_err(|_| failed(Failed::TooMany))?;
        let stored = app.master.as_ref().map(|master| master.hash.as_str());
        match self.passwords.verify(given, stored).await {
            Ok(verdict) if verdict.is_right() => {
                tries.refund();
                Ok(app.master_version())
            }
            Ok(_) => {
                failed(Failed::MasterPassword);
                Err(EnterError::WrongMasterPassword)
            }
            Err(busy) => {
                tries.refund();
                Err(busy.into())
            }
        }
    }

    /// The session that the caller's browser holds on this app.
    fn held(&self, app: AppId, caller: &Caller) -> Option<LiveSession> {
        caller.session.and_then(|id| self.directory.session(&id)).filter(|live| live.app == app)
    }
}
