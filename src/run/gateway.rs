//! The gateway, put together: what is started, in which order, and how it ends.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::{Config, Limits};
use crate::control::Successor;
use crate::desk::{Desk, Settings, bootstrap, settle_console};
use crate::directory::{Directory, Sightings};
use crate::domain::{Clock, Secrets};
use crate::edge::{self, Listener, Running};
use crate::handoff::{Ask, Counter};
use crate::ledger::Ledger;
use crate::mail::Mailer;
use crate::passwords::{Bounds, Passwords};
use crate::portal::api::{self, ApiKeys};
use crate::store::{Archive, Journal, RedbStore};
use crate::throttle::Throttle;
use crate::tls::Keyring;
use crate::tokens::{DeviceTokens, IdentityTokens};
use crate::{handoff, portal, upstreams};

use super::doors::{self, Doors, Handles};
use super::inherited::Inherited;
use super::office::Office;
use super::{apps, keys, metrics, opening, providers, setup_link, tls};

/// Why the gateway cannot run: a sentence for the operator.
pub(super) type Failure = String;

pub(super) struct Gateway {
    pub(super) directory: Arc<Directory>,
    pub(super) desk: Arc<Desk>,
    pub(super) keys: Arc<ApiKeys>,
    pub(super) keyring: Arc<Keyring>,
    /// `setup-link` made a link while no gateway ran, and it opens now.
    pub(super) set_up_was_left: bool,
    pub(super) started_with: Config,
    /// As the last reload left it.
    pub(super) runs_with: Config,
    /// The listeners of the configuration; a reload sends new ones.
    pub(super) fixed: watch::Sender<Vec<Listener>>,
    /// Another process that has our sockets.
    pub(super) leave: UnboundedReceiver<Successor>,
    pub(super) handles: Arc<Handles>,
    ledger: Ledger,
    plane: Arc<Running>,
    doors: JoinHandle<()>,
    /// Ends when the data plane has: the last of its news is then written.
    news: JoinHandle<()>,
    helpers: Vec<JoinHandle<()>>,
}

impl Gateway {
    /// Returns when every listener is open and requests are answered.
    pub(super) async fn start(config: Config, clock: Clock, mut inherited: Inherited) -> Result<Self, Failure> {
        let store = opening::store(&config.data_dir).await?;
        let (keyring, kept_account) = tls::keyring(&config, &store, &clock)?;
        let listeners = doors::settings(&config, &keyring);
        let directory = opening::directory(&store, &config).await?;
        let sockets = opening::sockets(&listeners, &mut inherited)?;
        let handles = Handles::of(&sockets);
        let (told, leave) = mpsc::unbounded_channel();
        let ledger = Ledger::start(Arc::clone(&store) as Arc<dyn Journal>, Arc::clone(&directory));
        let secrets = settle(&config, &ledger, &store, &clock).await?;
        let desk = desk(&config, &ledger, &store, &directory, &secrets, &clock);
        // Before a door opens: whoever holds the link may be waiting with it.
        let set_up_was_left = setup_link::take_up(&desk, &config.data_dir);
        providers::set(&desk, &config);
        apps::reconcile(&desk, &config.apps).await;
        keyring.cover(&tls::hosts(&directory));
        tls::save(&keyring, &ledger).await;
        desk.set_mailer(mailer(&config, &clock));

        let identity = IdentityTokens::new(&secrets).ok_or("the store's signing keys are damaged; restore a backup")?;
        let identity = Arc::new(identity);
        let keys = Arc::new(ApiKeys::new(keys::of(&config.api_keys)));
        let (counter, asks) = handoff::channel();
        let (sightings, seen) = Sightings::channel();
        let news = tokio::spawn(Arc::clone(&desk).follow_sightings(seen));
        let mut helpers = control_plane(&desk, &keys, asks, &identity, &keyring);
        helpers.push(tokio::spawn(upstreams::keep(Arc::clone(desk.health()), Arc::clone(&directory))));
        helpers.extend(tls::keepers(&keyring, kept_account, &directory, &ledger, &clock));
        let office = Office {
            store: Arc::clone(&store),
            keyring: Arc::clone(&keyring),
            directory: Arc::clone(&directory),
            ledger: ledger.clone(),
            handles: Arc::clone(&handles),
            leave: told,
            desk: Arc::clone(&desk),
            clock: clock.clone(),
        };
        helpers.extend(office.open(&config.data_dir));

        let hands = (counter, sightings);
        let shared = shared(&config, &desk, hands, identity, clock, &ledger, &keyring);
        let metrics = opening::metrics(&config, &mut inherited, &handles)?;
        helpers.extend(metrics.map(|socket| metrics::serve(socket, &shared, &desk, &ledger)));
        let plane = edge::start(&edge_config(&config), &shared, sockets);
        let plane = Arc::new(plane.map_err(|error| format!("the data plane cannot start: {error}"))?);
        let (fixed, watched) = watch::channel(listeners.clone());
        let mut doors =
            Doors::new(Arc::clone(&plane), Arc::clone(&directory), watched, listeners, Arc::clone(&handles));
        doors.adjust_with(inherited);
        let doors = tokio::spawn(doors.keep());
        let (started_with, runs_with) = (config.clone(), config);
        Ok(Self {
            directory,
            desk,
            keys,
            keyring,
            set_up_was_left,
            started_with,
            runs_with,
            fixed,
            leave,
            handles,
            ledger,
            plane,
            doors,
            news,
            helpers,
        })
    }

    /// Stops accepting, lets requests finish and ends streams last, then brings everything to disk.
    pub(super) async fn stop(self, limit: Duration) {
        drop(self.fixed);
        // Without listeners to hear of, the doors' keeper lets go of the plane.
        let _ = self.doors.await;
        self.handles.clear();
        match Arc::into_inner(self.plane) {
            Some(plane) => plane.drain(limit).await,
            None => tracing::error!("the data plane is still in use; ending without draining it"),
        }
        // A worker that did not end in time still holds its end of the channel.
        let _ = tokio::time::timeout(Duration::from_secs(1), self.news).await;
        for helper in self.helpers {
            helper.abort();
            let _ = helper.await;
        }
        let ledger = self.ledger;
        let _ = tokio::task::spawn_blocking(move || ledger.shutdown()).await;
    }
}

/// What must be in the store before anything else: the installation's own keys, and the console.
async fn settle(config: &Config, ledger: &Ledger, store: &Arc<RedbStore>, clock: &Clock) -> Result<Secrets, Failure> {
    let secrets = bootstrap(ledger, &**store, clock).await;
    let secrets = secrets.map_err(|error| format!("the store cannot be set up: {error}"))?;
    let settled = settle_console(ledger, &**store, clock, &config.console).await;
    settled.map_err(|error| format!("the console cannot be set up: {error}"))?;
    Ok(secrets)
}

fn control_plane(
    desk: &Arc<Desk>,
    keys: &Arc<ApiKeys>,
    asks: mpsc::Receiver<Ask>,
    identity: &IdentityTokens,
    keyring: &Arc<Keyring>,
) -> Vec<JoinHandle<()>> {
    let api = api::router(Arc::clone(desk), Arc::clone(keys));
    let programs = (api, Arc::clone(keys));
    let pages = portal::serve(asks, Arc::clone(desk), programs, identity.jwks().clone(), tls::root_of(keyring));
    vec![
        tokio::spawn(Arc::clone(desk).keep_house()),
        tokio::spawn(Arc::clone(desk).deliver_mail()),
        tokio::spawn(Arc::clone(desk).answer_asks()),
        tokio::spawn(pages),
    ]
}

fn shared(
    config: &Config,
    desk: &Desk,
    (counter, sightings): (Counter, Sightings),
    identity: Arc<IdentityTokens>,
    clock: Clock,
    ledger: &Ledger,
    keyring: &Arc<Keyring>,
) -> edge::Shared {
    let (writer, roots, challenges) = (ledger.clone(), Arc::clone(keyring), Arc::clone(keyring.challenges()));
    edge::Shared {
        directory: Arc::clone(desk.directory()),
        health: Arc::clone(desk.health()),
        tally: Arc::clone(desk.tally()),
        traffic: config.metrics.map(|_| Arc::default()),
        counter,
        sightings,
        devices: Arc::new(DeviceTokens::new()),
        identity,
        clock,
        healthy: Arc::new(move || writer.healthy()),
        offers_trust: Arc::new(move || roots.root().is_some()),
        acme_proof: Arc::new(move |token| challenges.text(token)),
        connections: Arc::default(),
        crowds: Arc::default(),
        tunnels: Arc::default(),
    }
}

fn desk(
    config: &Config,
    ledger: &Ledger,
    store: &Arc<RedbStore>,
    directory: &Arc<Directory>,
    secrets: &Secrets,
    clock: &Clock,
) -> Arc<Desk> {
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    Arc::new(Desk::new(
        ledger.clone(),
        Arc::clone(store) as Arc<dyn Archive>,
        Arc::clone(directory),
        Passwords::new(secrets.pepper, Bounds::for_cores(cores)),
        Throttle::default(),
        clock.clone(),
        Settings { anonymous_devices: config.limits.anonymous_devices, audit: config.audit },
    ))
}

pub(super) fn mailer(config: &Config, clock: &Clock) -> Option<Mailer> {
    config.smtp.clone().map(|smtp| Mailer::new(smtp, clock.clone()))
}

fn edge_config(config: &Config) -> edge::Config {
    let Limits { connections, connections_per_address, head_bytes, head_timeout, body_timeout, idle_timeout, .. } =
        config.limits;
    edge::Config {
        workers: config.workers.get(),
        connections,
        connections_per_address,
        head_bytes,
        head_timeout,
        body_timeout,
        idle_timeout,
        access_log: config.log.access,
    }
}
