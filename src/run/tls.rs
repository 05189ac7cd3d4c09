//! The configuration's certificates on the keyring, and the keyring kept up to date.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use crate::config::Config;
use crate::directory::Directory;
use crate::domain::{AcmeAccount, AppUrl, Change, Clock, Key, Proposal, Record, Scheme};
use crate::ledger::Ledger;
use crate::portal::RootSource;
use crate::store::{Archive, Group, RedbStore, StoreError};
use crate::tls::{self, Hosts, Kept, Keyring};

use super::acme;
use super::gateway::Failure;

/// How soon a renewed file is noticed. It has to look the same twice, because two files are written one by one.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// A store that does not write is nobody's reason to show no certificates.
const SAVE_PATIENCE: Duration = Duration::from_secs(5);
/// Certificates that are read at once; a gateway has one for each host.
const PAGE: usize = 256;

pub(super) fn config(config: &Config) -> tls::Config {
    let listeners = config.listeners.iter();
    tls::Config {
        min_version: config.tls.min_version,
        listeners: listeners.filter_map(|listener| Some((listener.address, listener.tls.clone()?))).collect(),
        apps: config.apps.iter().filter_map(|app| Some((app.url.clone(), app.tls.clone()?))).collect(),
        authority_names: config.tls.authority_names.clone(),
        acme: config.acme.clone(),
    }
}

/// What is wrong with the certificates of a configuration by this machine's clock.
pub(super) fn worries(written: &Config, clock: &Clock) -> Vec<String> {
    let config = config(written);
    let worry = |files: &tls::Files| {
        // Files that cannot be used are errors of the configuration.
        let worry = files.load().ok()?.worry(clock.now())?;
        Some(format!("the certificate in {} {worry}", files.cert.display()))
    };
    let mut worries: Vec<String> = config.files().filter_map(worry).collect();
    worries.sort();
    worries.dedup();
    worries
}

/// With what the store has kept; beside it the account with an ACME server.
pub(super) fn keyring(
    config: &Config,
    store: &RedbStore,
    clock: &Clock,
) -> Result<(Arc<Keyring>, Option<AcmeAccount>), Failure> {
    let kept = kept(store).map_err(|error| format!("the store's certificates cannot be read: {error}"))?;
    let keyring = Keyring::open(self::config(config), &kept, clock.clone())?;
    Ok((Arc::new(keyring), kept.account))
}

pub(super) fn kept(store: &RedbStore) -> Result<Kept, StoreError> {
    let authority = match store.get(&Key::Authority)? {
        Some((Record::Authority(authority), _)) => Some(*authority),
        _ => None,
    };
    let account = match store.get(&Key::AcmeAccount)? {
        Some((Record::AcmeAccount(account), _)) => Some(*account),
        _ => None,
    };
    let mut certificates = Vec::new();
    let mut last: Option<Key> = None;
    loop {
        let page = store.scan(Group::Certificates, last.as_ref(), PAGE)?;
        let Some(end) = page.last() else { return Ok(Kept { authority, certificates, account }) };
        last = Some(end.key());
        certificates.extend(page.into_iter().filter_map(|record| match record {
            Record::Certificate(certificate) => Some(*certificate),
            _ => None,
        }));
    }
}

/// What devices are to trust, as it is at that moment.
pub(super) fn root_of(keyring: &Arc<Keyring>) -> RootSource {
    let keyring = Arc::clone(keyring);
    Arc::new(move || keyring.root())
}

/// Who is visited over TLS now.
pub(super) fn hosts(directory: &Directory) -> Hosts {
    let snapshot = directory.snapshot();
    let apps = snapshot.apps.values().map(|entry| &entry.app.url);
    let urls = apps.chain(&snapshot.console).filter(|url| url.scheme == Scheme::Https);
    let mut hosts = Hosts { machine: machine(), ..Hosts::default() };
    hosts.addresses.extend(addresses());
    for AppUrl { host, .. } in urls {
        match host.parse() {
            Ok(ip) => _ = hosts.addresses.insert(ip),
            Err(_) => _ = hosts.names.insert(host.clone()),
        }
    }
    hosts
}

fn machine() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The machine's own. A link-local one of IPv6 means nothing without its interface, and no browser takes it.
fn addresses() -> Vec<IpAddr> {
    let loopback = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    let found = if_addrs::get_if_addrs().unwrap_or_default().into_iter().map(|interface| interface.ip());
    let usable = |ip: &IpAddr| !matches!(ip, IpAddr::V6(v6) if v6.is_unicast_link_local());
    loopback.into_iter().chain(found.filter(usable)).collect()
}

/// Who keeps what is shown up to date.
pub(super) fn keepers(
    keyring: &Arc<Keyring>,
    account: Option<AcmeAccount>,
    directory: &Arc<Directory>,
    ledger: &Ledger,
    clock: &Clock,
) -> [JoinHandle<()>; 2] {
    let all = || (Arc::clone(keyring), Arc::clone(directory), ledger.clone());
    [tokio::spawn(keep(all())), tokio::spawn(acme::keep(all(), account, clock.clone()))]
}

/// For as long as the gateway runs.
async fn keep((keyring, directory, ledger): (Arc<Keyring>, Arc<Directory>, Ledger)) {
    let mut apps = directory.versions();
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let looks = tokio::select! {
            _ = ticks.tick() => true,
            // The directory lives as long as this does.
            _ = apps.changed() => false,
        };
        let (keyring_there, directory) = (Arc::clone(&keyring), Arc::clone(&directory));
        // It waits for the disk; a look that panicked is not the last one.
        let _ = tokio::task::spawn_blocking(move || {
            if looks {
                keyring_there.look();
            }
            keyring_there.cover(&hosts(&directory));
        })
        .await;
        save(&keyring, &ledger).await;
    }
}

/// Makes durable what was made. What does not get there now is tried again later.
pub(super) async fn save(keyring: &Keyring, ledger: &Ledger) {
    let unsaved = keyring.unsaved();
    if unsaved.is_empty() {
        return;
    }
    let proposal = unsaved.iter().cloned().fold(Proposal::new(), |proposal, change| match change {
        Change::Put(record) => proposal.put(record),
        Change::Remove(key) => proposal.remove(key),
    });
    match tokio::time::timeout(SAVE_PATIENCE, ledger.propose(proposal)).await {
        Ok(Ok(_)) => keyring.saved(unsaved.len()),
        Ok(Err(error)) => tracing::warn!(%error, "certificates could not be kept; trying again"),
        Err(_) => tracing::warn!("certificates could not be kept in time; trying again"),
    }
}
