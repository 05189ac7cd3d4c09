//! The console as an app: invite-only, in the account realm, at the address that the configuration says.

use crate::domain::{AccessMode, App, AppId, AppUrl, Clock, Guard, Key, Proposal, Record, Slug, Upstream, WorkspaceId};
use crate::ledger::Ledger;
use crate::store::Archive;

use super::{AdminError, Desk, read};

const NAME: &str = "console";
const TITLE: &str = "Millgate";
/// An app has an upstream; the console is answered by the gateway itself, and no route leads there.
const NOWHERE: &str = "unix:/nowhere";

/// Makes the console, or moves it to where it is now. Runs at the start and at each reload.
pub async fn settle_console(
    ledger: &Ledger,
    archive: &dyn Archive,
    clock: &Clock,
    url: &AppUrl,
) -> Result<(), AdminError> {
    let proposal = match read::app(archive, AppId::CONSOLE)? {
        Some((app, _)) if app.url == *url => return Ok(()),
        Some((app, revision)) => {
            let moved = App { url: url.clone(), ..app };
            Proposal::new().expect(Guard::At(Key::App(AppId::CONSOLE), revision)).put(Record::App(Box::new(moved)))
        }
        None => Proposal::new().create(Record::App(Box::new(fresh(url, clock)?))),
    };
    ledger.propose(proposal).await?;
    Ok(())
}

impl Desk {
    /// The console has moved.
    pub async fn settle_console(&self, url: &AppUrl) -> Result<(), AdminError> {
        settle_console(&self.ledger, &*self.archive, &self.clock, url).await
    }
}

fn fresh(url: &AppUrl, clock: &Clock) -> Result<App, AdminError> {
    let name: Slug = NAME.parse().map_err(|error| AdminError::flaw("name", error))?;
    let upstream: Upstream = NOWHERE.parse().map_err(|error| AdminError::flaw("upstream", error))?;
    let app = App::new(WorkspaceId::ACCOUNT, name, url.clone(), upstream, clock.now());
    Ok(App { id: AppId::CONSOLE, title: TITLE.to_owned(), access: AccessMode::InviteOnly, keeps_apart: true, ..app })
}
