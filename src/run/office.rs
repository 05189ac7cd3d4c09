//! What the operator asks of the running gateway, over its control socket.

use std::path::Path;
use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::control::{self, Answer, Control, Request};
use crate::store::RedbStore;

use super::opening::blocking;

/// Without a control socket the gateway runs all the same; `backup` then needs it to be stopped.
pub(super) fn open(data_dir: &Path, store: &Arc<RedbStore>) -> Option<JoinHandle<()>> {
    let socket = Control::bind(data_dir).inspect_err(|error| {
        let path = control::path(data_dir);
        tracing::warn!(path = %path.display(), %error, "there is no control socket, so `millgate backup` does not work while this runs");
    });
    let store = Arc::clone(store);
    Some(tokio::spawn(socket.ok()?.serve(move |request| answer(Arc::clone(&store), request))))
}

async fn answer(store: Arc<RedbStore>, request: Request) -> Answer {
    let Request::Backup { to } = request;
    let shown = to.display().to_string();
    match blocking(move || store.backup(&to).map_err(|error| error.to_string())).await {
        Ok(records) => {
            tracing::info!(to = shown, records, "backed up");
            Answer::BackedUp { records }
        }
        Err(reason) => {
            tracing::error!(to = shown, reason, "a backup failed");
            Answer::Failed(reason)
        }
    }
}
