//! Moving an app to another workspace, where people are others: a user is somebody in one workspace only.
//!
//! The app is stopped first, so that nobody comes in meanwhile; its people become users of the new workspace, a batch
//! at a time; the app itself goes last. Cut short, it is found stopped where it was, and moving it again goes on.

use crate::desk::sign_in::newcomer;
use crate::desk::users::without_user;
use crate::desk::{AdminError, Clash, Desk, Trouble, read};
use crate::domain::audit::Action;
use crate::domain::{App, AppId, Guard, Identity, Key, Proposal, Record, Registration, User, UserId, WorkspaceId};
use crate::store::{Group, StoreError};

impl Desk {
    /// All sessions end: people sign in again, with the password that they have in the new workspace, which for who was
    /// unknown there is the one that they had. Whom the new workspace knows by the same user name becomes that user.
    pub async fn move_app(&self, id: AppId, target: WorkspaceId) -> Result<App, AdminError> {
        let _turn = self.administration.lock().await;
        let (app, revision) = read::app(&*self.archive, id)?.ok_or(AdminError::NotFound)?;
        if app.workspace == target {
            return Ok(app);
        }
        let snapshot = self.directory.snapshot();
        let Some(there) = snapshot.workspaces.get(&target) else {
            return Err(AdminError::flaw("workspace", "names no workspace"));
        };
        if snapshot.app_named(target, app.name.as_str()).is_some() {
            return Err(AdminError::Conflict(Clash::AppNamedThere(app.name)));
        }
        let here = snapshot.workspaces.get(&app.workspace).map(|here| here.name.to_string()).unwrap_or_default();
        let said = self.entry_at(Action::AppMove, &app).changed("workspace", here, &there.name);
        let stop = Proposal::new().expect(Guard::At(Key::App(id), revision)).record(said);
        self.ledger.propose(stop.put(Record::App(Box::new(App { running: false, ..app.clone() })))).await?;
        self.clear_sessions(id).await?;
        self.move_people(&app, target).await?;
        let moved = App { workspace: target, ..app.clone() };
        let (_, revision) = read::app(&*self.archive, id)?.ok_or(AdminError::NotFound)?;
        let last = Proposal::new()
            .expect(Guard::At(Key::App(id), revision))
            .expect(Guard::Present(Key::Workspace(target)))
            .remove(Key::AppName(app.workspace, app.name.clone()))
            .create(Record::NamesApp(target, app.name, id))
            .put(Record::App(Box::new(moved.clone())));
        self.ledger.propose(last).await?;
        Ok(moved)
    }

    async fn move_people(&self, app: &App, target: WorkspaceId) -> Result<(), AdminError> {
        let mut after: Option<UserId> = None;
        loop {
            let (id, behind) = (app.id, after.map(|user| Key::Registration(app.id, user)));
            let scan =
                self.reading(move |archive| archive.scan(Group::RegistrationsOf(id), behind.as_ref(), read::BATCH));
            let bonds: Vec<Registration> = scan.await?.into_iter().filter_map(as_registration).collect();
            let Some(last) = bonds.last() else { return Ok(()) };
            after = Some(last.user);
            let mut together = Proposal::new();
            for bond in &bonds {
                let one = self.relocation(app, target, bond.user)?;
                together.guards.extend(one.guards);
                together.changes.extend(one.changes);
            }
            match self.ledger.propose(together).await.map_err(Trouble::from) {
                Ok(_) => {}
                Err(Trouble::Failed(error)) => return Err(AdminError::unavailable(&error)),
                // Somebody changed one of them: each on its own, then.
                Err(Trouble::Changed) => {
                    for bond in &bonds {
                        self.settle(|| Ok(((), self.relocation(app, target, bond.user)?))).await?;
                    }
                }
            }
        }
    }

    /// One person, as things stand. Nothing for who has been moved already.
    fn relocation(&self, app: &App, target: WorkspaceId, user: UserId) -> Result<Proposal, AdminError> {
        let archive = &*self.archive;
        let proposal = Proposal::new();
        let Some((bond, bond_at)) = read::registration(archive, app.id, user)? else { return Ok(proposal) };
        let old = Key::Registration(app.id, user);
        let Some((before, revision)) = read::user(archive, user)? else { return Ok(proposal.remove(old)) };
        if before.workspace == target {
            return Ok(proposal);
        }
        let proposal = proposal.expect(Guard::At(Key::User(user), revision)).expect(Guard::At(old.clone(), bond_at));
        let proposal = proposal.remove(old);
        let is_elsewhere = self.is_registered_elsewhere(app.id, &before)?;
        let proposal = if is_elsewhere { proposal } else { without_user(proposal, &before) };
        match read::user_with(archive, target, &before.username)? {
            Some((there, revision)) => {
                // Each new registration writes the user: whoever deletes them as nobody's must notice it.
                let proposal = proposal.expect(Guard::At(Key::User(there.id), revision));
                let proposal = proposal.put(Record::User(Box::new(there.clone())));
                Ok(proposal.create(Record::Registration(met(app, &bond, &there))))
            }
            None => {
                let identities = self.free_identities(target, &before)?;
                let after = User { id: UserId::random(), workspace: target, identities, ..before };
                let bond = Registration { user: after.id, ..bond };
                Ok(newcomer(proposal, after).create(Record::Registration(bond)))
            }
        }
    }

    /// Those that nobody has linked in the new workspace.
    fn free_identities(&self, target: WorkspaceId, user: &User) -> Result<Vec<Identity>, StoreError> {
        let mut free = Vec::new();
        for identity in &user.identities {
            if self.archive.get(&Key::Federated(target, identity.id()))?.is_none() {
                free.push(identity.clone());
            }
        }
        Ok(free)
    }
}

/// The bond of somebody whom the new workspace knows by that name. Who never proved to own the address there may be
/// somebody else: they get what signing up by themselves would give them, and no more.
fn met(app: &App, bond: &Registration, there: &User) -> Registration {
    let is_sure = there.email_verified || !there.username.is_email();
    Registration {
        user: there.id,
        invited: bond.invited && is_sure,
        waiting: if is_sure { bond.waiting } else { app.approval },
        ..bond.clone()
    }
}

fn as_registration(record: Record) -> Option<Registration> {
    match record {
        Record::Registration(bond) => Some(bond),
        _ => None,
    }
}
