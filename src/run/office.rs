//! What the operator asks of the running gateway, over its control socket.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;

use crate::control::{self, Answer, Control, Reply, Request, Successor};
use crate::desk::Desk;
use crate::directory::Directory;
use crate::domain::audit::{Action, Entry, Party};
use crate::domain::{Clock, Proposal};
use crate::ledger::Ledger;
use crate::store::{RedbStore, inspect_audit};
use crate::tls::Keyring;

use super::doors::Handles;
use super::opening::blocking;
use super::tls;

/// What the answers need.
#[derive(Clone)]
pub(super) struct Office {
    pub(super) store: Arc<RedbStore>,
    pub(super) keyring: Arc<Keyring>,
    pub(super) directory: Arc<Directory>,
    pub(super) ledger: Ledger,
    pub(super) handles: Arc<Handles>,
    /// Another process has our sockets: time to go.
    pub(super) leave: UnboundedSender<Successor>,
    pub(super) desk: Arc<Desk>,
    pub(super) clock: Clock,
}

impl Office {
    /// Without a control socket the gateway runs all the same; `backup` then needs it to be stopped.
    pub(super) fn open(self, data_dir: &Path) -> Option<JoinHandle<()>> {
        let socket = Control::bind(data_dir).inspect_err(|error| {
            let path = control::path(data_dir);
            tracing::warn!(path = %path.display(), %error, "there is no control socket, so `millgate backup` does not work while this runs");
        });
        Some(tokio::spawn(socket.ok()?.serve(move |request| self.clone().answer(request))))
    }

    async fn answer(self, request: Request) -> Reply {
        match request {
            Request::Backup { to } => self.back_up(to).await.into(),
            Request::InspectAudit => self.inspect_audit().await.into(),
            Request::Root => self.root().into(),
            Request::RenewRoot => self.renew_root().await.into(),
            Request::SetUpLink => self.set_up_link().into(),
            Request::TakeOver => self.hand_over(),
        }
    }

    fn hand_over(self) -> Reply {
        let sockets = self.handles.copies();
        let answer = Answer::HandedOver { sockets: sockets.len() };
        let leave = self.leave;
        // Nobody hears it when the gateway stops anyway.
        let then = move |successor| _ = leave.send(successor);
        Reply { answer, sockets, then: Some(Box::new(then)) }
    }

    async fn back_up(self, to: PathBuf) -> Answer {
        let shown = to.display().to_string();
        match blocking(move || self.store.backup(&to).map_err(|error| error.to_string())).await {
            Ok(records) => {
                tracing::info!(copy = shown, records, "copied the store for a backup");
                Answer::BackedUp { records }
            }
            Err(reason) => {
                tracing::error!(to = shown, reason, "a backup failed");
                Answer::Failed(reason)
            }
        }
    }

    fn set_up_link(&self) -> Answer {
        match self.desk.set_up_link() {
            Some(link) => {
                tracing::info!("made a new set-up link, which voids the one before");
                Answer::SetUpLink { link }
            }
            None => Answer::Failed("the console is not there; the log says why".to_owned()),
        }
    }

    async fn inspect_audit(self) -> Answer {
        let inspected = blocking(move || inspect_audit(&*self.store).map_err(|error| error.to_string()));
        inspected.await.map_or_else(Answer::Failed, Answer::Audit)
    }

    fn root(&self) -> Answer {
        match self.keyring.root() {
            Some(root) => Answer::Root { pem: root.pem.clone() },
            None => Answer::Failed(
                "no listener has tls = \"internal\", so that the gateway has no authority of its own".to_owned(),
            ),
        }
    }

    async fn renew_root(&self) -> Answer {
        if self.keyring.root().is_some() {
            self.keyring.renew(&tls::hosts(&self.directory));
            tls::save(&self.keyring, &self.ledger).await;
            let said = Entry::new(self.clock.now(), Party::machine(), Action::AuthorityRenew);
            self.ledger.propose_later(Proposal::new().record(said));
        }
        self.root()
    }
}
