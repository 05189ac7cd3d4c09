//! Who holds the certificates and changes what is shown: at a reload, when a file does, when hosts come and go.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::ServerConfig;

use crate::domain::{AcmeAccount, AppUrl, Change, Clock, HostCertificate, LocalAuthority, Record, Timestamp};

use super::acme::{self, Challenges, Obtained, Settings};
use super::authority::{Authority, Root};
use super::certificates::{Certificates, Shelf, Shown};
use super::files::Files;
use super::held::Held;
use super::leaves::{Hosts, Leaves};
use super::{Config, Source, Version, server};

pub struct Keyring {
    certificates: Arc<Certificates>,
    clock: Clock,
    state: Mutex<State>,
}

/// What the store had at the start.
#[derive(Debug, Default)]
pub struct Kept {
    pub authority: Option<LocalAuthority>,
    pub certificates: Vec<HostCertificate>,
    pub account: Option<AcmeAccount>,
}

/// What an ACME server is to be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orders {
    pub settings: Settings,
    pub hosts: Vec<Box<str>>,
    /// Another number: somebody has written the configuration, or read it anew.
    pub generation: u64,
}

struct State {
    config: Config,
    held: Vec<Held>,
    /// Kept from reload to reload, so that visitors can resume their sessions.
    servers: Vec<(Shelf, Version, Arc<ServerConfig>)>,
    authority: Option<Authority>,
    leaves: Leaves,
    obtained: Obtained,
    generation: u64,
    unsaved: Vec<Change>,
}

impl Keyring {
    /// On `Err`, a sentence that names the file, or what of the store.
    pub fn open(config: Config, kept: &Kept, clock: Clock) -> Result<Self, String> {
        let authority = kept.authority.as_ref().map(Authority::open).transpose();
        let authority = authority.map_err(|error| format!("the store's certificate authority is damaged: {error}"))?;
        // Nobody believes what a lost root has signed.
        let leaves = if authority.is_some() { Leaves::new(&kept.certificates) } else { Leaves::default() };
        let empty = Config { listeners: Vec::new(), apps: Vec::new(), ..config.clone() };
        let (held, servers, unsaved) = (Vec::new(), Vec::new(), Vec::new());
        let obtained = Obtained::new(&kept.certificates);
        let state = State { config: empty, held, servers, authority, leaves, obtained, generation: 0, unsaved };
        let keyring = Self { certificates: Arc::default(), clock, state: Mutex::new(state) };
        keyring.adopt(config)?;
        Ok(keyring)
    }

    /// Shows what a new configuration says; on `Err` everything stays as it was.
    pub fn adopt(&self, config: Config) -> Result<(), String> {
        let mut state = self.state();
        let mut held: Vec<Held> = Vec::new();
        for files in config.files() {
            if held.iter().all(|other| other.files != *files) {
                held.push(Held::read(files)?);
            }
        }
        let servers = config.listeners.iter().map(|(address, source)| {
            let (shelf, version) = (source.shelf(*address), config.min_version);
            match state.servers.iter().find(|(on, spoken, _)| *on == shelf && *spoken == version) {
                Some(kept) => Ok(kept.clone()),
                None => {
                    Ok((shelf, version, server::config(self.certificates.on(shelf), version, *source == Source::Acme)?))
                }
            }
        });
        state.servers = servers.collect::<Result<_, String>>()?;
        (state.config, state.held) = (config, held);
        state.generation += 1;
        self.show(&state);
        state.warn(self.clock.now());
        Ok(())
    }

    /// What a listener speaks; `None`: plain HTTP.
    pub fn server(&self, address: SocketAddr) -> Option<Arc<ServerConfig>> {
        let state = self.state();
        let (_, source) = state.config.listeners.iter().find(|(at, _)| *at == address)?;
        let shelf = source.shelf(address);
        state.servers.iter().find(|(on, ..)| *on == shelf).map(|(.., config)| Arc::clone(config))
    }

    /// Reads files that have changed, and warns of what expires. Waits for the disk; worth calling every few seconds.
    pub fn look(&self) {
        let mut state = self.state();
        let mut changed = false;
        for held in &mut state.held {
            changed |= held.follow();
        }
        if changed {
            self.show(&state);
        }
        state.warn(self.clock.now());
    }

    /// Makes the certificates of the own authority that are missing or due, and the authority when it is first needed.
    pub fn cover(&self, hosts: &Hosts) {
        let mut state = self.state();
        if !state.config.needs_authority() {
            return;
        }
        let now = self.clock.now();
        let State { authority, config, leaves, unsaved, .. } = &mut *state;
        let authority = match authority {
            Some(authority) => authority,
            None => match made(hosts, config, now) {
                Ok((made, record)) => {
                    unsaved.push(Change::Put(Record::Authority(Box::new(record))));
                    authority.insert(made)
                }
                Err(reason) => return tracing::error!(reason, "no certificate authority can be made"),
            },
        };
        let changes = leaves.cover(authority, hosts, config.offers_root(), now);
        if !changes.is_empty() {
            unsaved.extend(changes);
            self.show(&state);
        }
    }

    /// A new authority in the place of the old one, and everything signed anew. Devices have to trust it again.
    pub fn renew(&self, hosts: &Hosts) {
        let mut state = self.state();
        state.authority = None;
        state.leaves = Leaves::default();
        drop(state);
        self.cover(hosts);
    }

    /// What an ACME server sees of us.
    pub fn challenges(&self) -> &Arc<Challenges> {
        &self.certificates.challenges
    }

    /// What is to be had from an ACME server for these addresses, by now.
    pub fn orders<'a>(&self, urls: impl Iterator<Item = &'a AppUrl>) -> Option<Orders> {
        let mut state = self.state();
        let settings = state.config.acme.clone().filter(|_| state.config.is_asked_by_acme())?;
        let now = self.clock.now();
        let hosts = acme::hosts(&state.config, &settings, urls);
        let forgotten = state.obtained.forget(&hosts, now);
        state.unsaved.extend(forgotten);
        for (host, worry) in state.obtained.worries(now) {
            tracing::warn!(host, "the certificate that the ACME server gave {worry}");
        }
        let hosts = state.obtained.due(&hosts, &settings.directory, now);
        Some(Orders { settings, hosts, generation: state.generation })
    }

    /// Shows a certificate from an ACME server.
    pub fn hold(&self, certificate: HostCertificate) {
        let mut state = self.state();
        if state.obtained.hold(&certificate) {
            state.unsaved.push(Change::Put(Record::Certificate(Box::new(certificate))));
            self.show(&state);
        }
    }

    pub fn keep_account(&self, account: AcmeAccount) {
        self.state().unsaved.push(Change::Put(Record::AcmeAccount(Box::new(account))));
    }

    /// Until when the certificate is good that was obtained for this host.
    pub fn obtained_until(&self, host: &str) -> Option<Timestamp> {
        self.state().obtained.not_after(host)
    }

    /// The own authority's root, once there is one and it is in use.
    pub fn root(&self) -> Option<Arc<Root>> {
        let state = self.state();
        let authority = state.authority.as_ref().filter(|_| state.config.offers_root())?;
        Some(Arc::clone(authority.root()))
    }

    /// What the store does not have yet, in order.
    pub fn unsaved(&self) -> Vec<Change> {
        self.state().unsaved.clone()
    }

    /// The first `count` of the unsaved changes are durable.
    pub fn saved(&self, count: usize) {
        let mut state = self.state();
        let count = count.min(state.unsaved.len());
        state.unsaved.drain(..count);
    }

    fn show(&self, state: &State) {
        let pair = |files: &Files| {
            let held = state.held.iter().find(|held| held.files == *files);
            held.map(|held| Arc::clone(&held.pair.shown))
        };
        let mut shown = Shown::default();
        for (url, files) in &state.config.apps {
            let Some(pair) = pair(files) else { continue };
            match url.host.parse::<IpAddr>() {
                Ok(ip) => shown.of_addresses.push((ip, pair)),
                Err(_) => _ = shown.of_hosts.insert(url.host.clone(), pair),
            }
        }
        for (address, source) in &state.config.listeners {
            if let Source::Files(files) = source {
                shown.of_listeners.extend(pair(files).map(|pair| (*address, pair)));
            }
        }
        shown.made.extend(state.leaves.shown().map(|(host, leaf)| (host.into(), Arc::clone(leaf))));
        shown.obtained.extend(state.obtained.shown().map(|(host, pair)| (host.into(), Arc::clone(pair))));
        shown.first_obtained = state.obtained.shown().next().map(|(_, pair)| Arc::clone(pair));
        self.certificates.show(shown);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn warn(&mut self, now: Timestamp) {
        self.held.iter_mut().for_each(|held| held.warn(now));
    }
}

impl Source {
    fn shelf(&self, address: SocketAddr) -> Shelf {
        match self {
            Self::Files(_) => Shelf::Listener(address),
            Self::Internal => Shelf::Made(address),
            Self::Acme => Shelf::Obtained(address),
        }
    }
}

/// Everything that is visited when the authority is made is something it may sign for.
fn made(hosts: &Hosts, config: &Config, now: Timestamp) -> Result<(Authority, LocalAuthority), String> {
    let names = hosts.names.iter().map(|name| name.to_string());
    let addresses = hosts.addresses.iter().map(ToString::to_string);
    let machine = hosts.machine.to_lowercase();
    let asked = config.authority_names.iter().cloned();
    let own = (!machine.is_empty()).then(|| machine.clone());
    let (authority, record) = Authority::make(&hosts.machine, asked.chain(names).chain(addresses).chain(own), now)?;
    let root = authority.root();
    tracing::info!(
        root = root.name,
        sha256 = root.fingerprint,
        until = %root.not_after,
        "made a certificate authority; devices are told to trust it at /.millgate/trust"
    );
    Ok((authority, record))
}
