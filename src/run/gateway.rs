//! The gateway, put together: what is started, in which order, and how it ends.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::{Config, Limits};
use crate::control::{Answer, Control, Request};
use crate::directory::{Directory, Sightings};
use crate::domain::{Clock, Record};
use crate::handoff;
use crate::ledger::Ledger;
use crate::store::{Journal, RedbStore};

use super::doors::{self, Doors};
use super::inherited::Inherited;
use super::plane::{self, Bound, Listener, Running};

/// Records that are put into the directory at once: enough to make it one change, few enough to need no memory.
const LOAD_CHUNK: usize = 4096;

/// Why the gateway cannot run: a sentence for the operator.
pub(super) type Failure = String;

pub(super) struct Gateway {
    pub(super) directory: Arc<Directory>,
    pub(super) started_with: Config,
    /// The listeners of the configuration; a reload sends new ones.
    pub(super) fixed: watch::Sender<Vec<Listener>>,
    ledger: Ledger,
    plane: Arc<Running>,
    doors: JoinHandle<()>,
    helpers: Vec<JoinHandle<()>>,
}

impl Gateway {
    /// Returns when every listener is open and requests are answered.
    pub(super) async fn start(config: Config, clock: Clock) -> Result<Self, Failure> {
        let listeners = doors::settings(&config.listeners)?;
        let store = open_store(&config.data_dir).await?;
        let directory = Arc::new(Directory::new(Some(config.console.clone())));
        let loading = (Arc::clone(&store), Arc::clone(&directory));
        blocking(move || load(&loading.0, &loading.1)).await?;
        let ledger = Ledger::start(Arc::clone(&store) as Arc<dyn Journal>, Arc::clone(&directory));
        let bound = open_all(&listeners)?;
        let (counter, _asks) = handoff::channel();
        let (sightings, _seen) = Sightings::channel();
        let healthy = ledger.clone();
        let shared = plane::Shared {
            directory: Arc::clone(&directory),
            counter,
            sightings,
            clock,
            healthy: Arc::new(move || healthy.healthy()),
            connections: Arc::new(AtomicUsize::new(0)),
        };
        let plane = plane::start(&plane_config(&config), &shared, bound);
        let plane = Arc::new(plane.map_err(|error| format!("the data plane cannot start: {error}"))?);
        let (fixed, watched) = watch::channel(listeners.clone());
        let mut doors = Doors::new(Arc::clone(&plane), Arc::clone(&directory), watched, listeners);
        doors.adjust();
        let doors = tokio::spawn(doors.keep());
        let helpers = control(&config.data_dir, &store).into_iter().collect();
        Ok(Self { directory, started_with: config, fixed, ledger, plane, doors, helpers })
    }

    /// Stops accepting, lets requests finish and ends streams last, then brings everything to disk.
    pub(super) async fn stop(self, limit: Duration) {
        drop(self.fixed);
        // Without listeners to hear of, the doors' keeper lets go of the plane.
        let _ = self.doors.await;
        match Arc::into_inner(self.plane) {
            Some(plane) => plane.drain(limit).await,
            None => tracing::error!("the data plane is still in use; ending without draining it"),
        }
        for helper in self.helpers {
            helper.abort();
            let _ = helper.await;
        }
        let ledger = self.ledger;
        let _ = tokio::task::spawn_blocking(move || ledger.shutdown()).await;
    }
}

async fn open_store(data_dir: &Path) -> Result<Arc<RedbStore>, Failure> {
    let data_dir = data_dir.to_owned();
    let opened = blocking(move || RedbStore::open(&data_dir).map_err(|error| error.to_string())).await;
    opened.map(Arc::new)
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

/// Work that waits for the disk, away from the threads that serve.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Failure> + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|panic| Err(format!("a part of the start failed: {panic}")))
}

/// The sockets of the configuration: all of them, or none.
fn open_all(listeners: &[Listener]) -> Result<Vec<Bound>, Failure> {
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

fn plane_config(config: &Config) -> plane::Config {
    let Limits { connections, head_bytes, head_timeout, body_timeout, idle_timeout, .. } = config.limits;
    plane::Config {
        workers: config.workers.get(),
        connections,
        head_bytes,
        head_timeout,
        body_timeout,
        idle_timeout,
        access_log: config.log.access,
    }
}

/// Without a control socket the gateway runs all the same; `backup` then needs it to be stopped.
fn control(data_dir: &Path, store: &Arc<RedbStore>) -> Option<JoinHandle<()>> {
    let socket = Control::bind(data_dir).inspect_err(|error| {
        let path = crate::control::path(data_dir);
        tracing::warn!(path = %path.display(), %error, "there is no control socket, so `millgate backup` does not work while this runs");
    });
    let store = Arc::clone(store);
    let handle = move |request: Request| {
        let store = Arc::clone(&store);
        async move { answer(store, request).await }
    };
    Some(tokio::spawn(socket.ok()?.serve(handle)))
}

async fn answer(store: Arc<RedbStore>, request: Request) -> Answer {
    match request {
        Request::Backup { to } => {
            let shown = to.display().to_string();
            let copied = blocking(move || store.backup(&to).map_err(|error| error.to_string())).await;
            match copied {
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
    }
}
