//! What must be open before anything runs: the store, the directory, the sockets.

use std::path::Path;
use std::sync::Arc;

use crate::config::Config;
use crate::directory::{Directory, Filling};
use crate::edge::{Bound, Listener};
use crate::store::{RedbStore, store_file};

use super::doors::{self, Handles};
use super::gateway::Failure;
use super::inherited::Inherited;

pub(super) async fn store(data_dir: &Path) -> Result<Arc<RedbStore>, Failure> {
    let data_dir = data_dir.to_owned();
    let open = move || RedbStore::open(&data_dir).map_err(|error| named(&data_dir, error.to_string()));
    blocking(open).await.map(Arc::new)
}

/// Of several installations on one machine, which.
fn named(data_dir: &Path, reason: Failure) -> Failure {
    let store = store_file(data_dir).display().to_string();
    if reason.contains(&store) { reason } else { format!("{store}: {reason}") }
}

/// Everything that the store holds and the hot path needs.
pub(super) async fn directory(store: &Arc<RedbStore>, config: &Config) -> Result<Arc<Directory>, Failure> {
    let directory = Arc::new(Directory::new(Some(config.console.clone())));
    let (store, filled) = (Arc::clone(store), Arc::clone(&directory));
    blocking(move || load(&store, &filled)).await?;
    Ok(directory)
}

fn load(store: &RedbStore, directory: &Directory) -> Result<(), Failure> {
    let count = store.count().map_err(|error| error.to_string())?;
    let filling = Filling::of(directory, usize::try_from(count).unwrap_or_default());
    let few = store.fill(&|glimpse| filling.take(glimpse)).map_err(|error| error.to_string())?;
    directory.load(few);
    Ok(())
}

/// The sockets of the configuration: all of them, or none.
pub(super) fn sockets(listeners: &[Listener], inherited: &mut Inherited) -> Result<Vec<Bound>, Failure> {
    let mut bound = Vec::new();
    let mut failures = Vec::new();
    for listener in listeners {
        let given = inherited.socket(listener.address);
        match given.map_or_else(|| doors::bind(listener.address), Ok) {
            Ok(socket) => bound.push(Bound { socket, settings: listener.clone() }),
            Err(error) => failures.push(doors::why(&error, listener.address)),
        }
    }
    if failures.is_empty() { Ok(bound) } else { Err(failures.join("; ")) }
}

/// The socket of the metrics' own listener, where the configuration says so.
pub(super) fn metrics(
    config: &Config,
    inherited: &mut Inherited,
    handles: &Handles,
) -> Result<Option<tokio::net::TcpListener>, Failure> {
    let Some(address) = config.metrics else { return Ok(None) };
    let socket = inherited.socket(address).map_or_else(|| doors::bind(address), Ok);
    let socket = socket.map_err(|error| format!("metrics: {}", doors::why(&error, address)))?;
    handles.add(address, &socket);
    let socket = socket.set_nonblocking(true).and_then(|()| tokio::net::TcpListener::from_std(socket));
    let socket = socket.map_err(|error| format!("metrics: {error}"))?;
    tracing::info!(%address, "metrics are served");
    Ok(Some(socket))
}

/// Work that waits for the disk, away from the threads that serve.
pub(super) async fn blocking<T, W>(work: W) -> Result<T, Failure>
where
    T: Send + 'static,
    W: FnOnce() -> Result<T, Failure> + Send + 'static,
{
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|panic| Err(format!("a part of the gateway failed: {panic}")))
}
