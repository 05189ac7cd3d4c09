//! What must be open before anything runs: the store, the directory, the sockets.

use std::path::Path;
use std::sync::Arc;

use crate::config::Config;
use crate::directory::Directory;
use crate::domain::Record;
use crate::edge::{Bound, Listener};
use crate::store::{Journal, RedbStore};

use super::doors;
use super::gateway::Failure;
use super::inherited::Inherited;

/// Records that are put into the directory at once: enough to make it one change, few enough to need no memory.
const LOAD_CHUNK: usize = 4096;

pub(super) async fn store(data_dir: &Path) -> Result<Arc<RedbStore>, Failure> {
    let data_dir = data_dir.to_owned();
    let opened = blocking(move || RedbStore::open(&data_dir).map_err(|error| error.to_string())).await;
    opened.map(Arc::new)
}

/// Everything that the store holds and the hot path needs.
pub(super) async fn directory(store: &Arc<RedbStore>, config: &Config) -> Result<Arc<Directory>, Failure> {
    let directory = Arc::new(Directory::new(Some(config.console.clone())));
    let (store, filled) = (Arc::clone(store), Arc::clone(&directory));
    blocking(move || load(&store, &filled)).await?;
    Ok(directory)
}

fn load(store: &RedbStore, directory: &Directory) -> Result<(), Failure> {
    let mut chunk: Vec<Record> = Vec::with_capacity(LOAD_CHUNK);
    let loaded = store.load(&mut |record| {
        chunk.push(record);
        if chunk.len() == LOAD_CHUNK {
            directory.load(std::mem::replace(&mut chunk, Vec::with_capacity(LOAD_CHUNK)));
        }
    });
    directory.load(chunk);
    loaded.map(|_| ()).map_err(|error| error.to_string())
}

/// The sockets of the configuration: all of them, or none.
pub(super) fn sockets(listeners: &[Listener]) -> Result<Vec<Bound>, Failure> {
    let mut inherited = Inherited::take();
    let mut bound = Vec::new();
    let mut failures = Vec::new();
    for listener in listeners {
        let given = inherited.socket(listener.address);
        match given.map_or_else(|| doors::bind(listener.address), Ok) {
            Ok(socket) => bound.push(Bound { socket, settings: listener.clone() }),
            Err(error) => failures.push(doors::why(&error, listener.address)),
        }
    }
    inherited.complain_about_rest();
    if failures.is_empty() { Ok(bound) } else { Err(failures.join("; ")) }
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
