//! The certificates that the authority has made: one for each host, and one for all addresses.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;

use crate::domain::{CertificateIssuer, Change, HostCertificate, Key, Record, Timestamp};

use super::authority::{Authority, is_due};
use super::pair::{Pair, Unfit};

/// Machines have a few; one that changes them all the time must not grow the certificate.
const MOST_ADDRESSES: usize = 64;
const ROOT_ENDS: Duration = Duration::from_hours(24);

/// Who is visited over TLS.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hosts {
    /// What the machine calls itself; the authority is named after it.
    pub machine: String,
    /// Hosts in URLs of apps and the console.
    pub names: BTreeSet<Box<str>>,
    /// Addresses in URLs, and those of the machine.
    pub addresses: BTreeSet<IpAddr>,
}

#[derive(Default)]
pub(super) struct Leaves {
    /// By host, as in `HostCertificate`.
    held: BTreeMap<Box<str>, Leaf>,
    /// Hosts that the root does not cover, or that cannot be in a certificate; each is told of once.
    refused: BTreeSet<Box<str>>,
}

struct Leaf {
    names: Vec<String>,
    pair: Pair,
}

impl Leaves {
    /// As they were kept; what cannot be read is made anew.
    pub(super) fn new(kept: &[HostCertificate]) -> Self {
        let local = kept.iter().filter(|kept| kept.issuer == CertificateIssuer::Local);
        let held = local.filter_map(|kept| Some((kept.host.as_str().into(), Leaf::open(kept).ok()?)));
        Self { held: held.collect(), refused: BTreeSet::new() }
    }

    pub(super) fn shown(&self) -> impl Iterator<Item = (&str, &Arc<CertifiedKey>)> {
        self.held.iter().map(|(host, leaf)| (&**host, &leaf.pair.shown))
    }

    /// Makes what is missing or due and forgets what nobody visits; the changes are to be kept. `warns`: who comes to a
    /// host that the root does not cover has no other certificate to believe.
    pub(super) fn cover(&mut self, authority: &Authority, hosts: &Hosts, warns: bool, now: Timestamp) -> Vec<Change> {
        let wanted = self.wanted(authority, hosts, warns);
        // What a root at its end signs would be due again at once.
        let renews = now.plus(ROOT_ENDS) < authority.root().not_after;
        let mut changes = Vec::new();
        self.held.retain(|host, _| {
            let stays = wanted.contains_key(host);
            if !stays {
                changes.push(Change::Remove(Key::Certificate(CertificateIssuer::Local, host.clone())));
            }
            stays
        });
        for (host, names) in wanted {
            let is_due = |leaf: &Leaf| renews && is_due(leaf.pair.not_before, leaf.pair.not_after, now);
            let fits = |leaf: &Leaf| leaf.names == names && !is_due(leaf);
            if self.held.get(&host).is_some_and(fits) {
                continue;
            }
            let made = authority.issue(&host, names, now);
            match made.and_then(|made| Ok((Leaf::open(&made).map_err(|unfit| format!("{unfit:?}"))?, made))) {
                Ok((leaf, made)) => {
                    let names = leaf.names.join(" ");
                    tracing::info!(names, until = %leaf.pair.not_after, "made a certificate");
                    self.held.insert(host, leaf);
                    changes.push(Change::Put(Record::Certificate(Box::new(made))));
                }
                Err(reason) if self.refused.insert(host.clone()) => {
                    tracing::error!(host = &*host, reason, "a certificate for this host cannot be made");
                }
                Err(_) => {}
            }
        }
        changes
    }

    /// The names of each certificate, by host.
    fn wanted(&mut self, authority: &Authority, hosts: &Hosts, warns: bool) -> BTreeMap<Box<str>, Vec<String>> {
        let mut wanted = BTreeMap::new();
        for host in &hosts.names {
            if authority.covers(host) {
                wanted.insert(host.clone(), vec![host.to_string()]);
            } else if warns && self.refused.insert(host.clone()) {
                tracing::warn!(
                    host = &**host,
                    root = authority.root().name,
                    "the root does not cover this host, so that browsers will not believe its certificate; name it in tls.authority_names and run `millgate trust --renew`, after which every device has to trust the new root"
                );
            }
        }
        let addresses = hosts.addresses.iter().map(ToString::to_string).filter(|ip| authority.covers(ip));
        let mut names: Vec<String> = addresses.take(MOST_ADDRESSES).collect();
        names.push("localhost".to_owned());
        names.sort();
        wanted.insert("".into(), names);
        wanted
    }
}

impl Leaf {
    fn open(kept: &HostCertificate) -> Result<Self, Unfit> {
        Ok(Self { names: kept.names.clone(), pair: open(kept)? })
    }
}

/// A certificate as it is kept.
pub(super) fn open(kept: &HostCertificate) -> Result<Pair, Unfit> {
    let chain = kept.chain.iter().map(|der| CertificateDer::from(der.to_vec())).collect();
    Pair::new(chain, PrivateKeyDer::from(PrivatePkcs8KeyDer::from(kept.key.to_vec())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn hosts(names: &[&str], addresses: &[&str]) -> Hosts {
        Hosts {
            machine: "edge-01".to_owned(),
            names: names.iter().map(|name| (*name).into()).collect(),
            addresses: addresses.iter().map(|ip| ip.parse().unwrap()).collect(),
        }
    }

    fn puts(changes: &[Change]) -> Vec<HostCertificate> {
        let put = |change: &Change| match change {
            Change::Put(Record::Certificate(made)) => Some((**made).clone()),
            _ => None,
        };
        changes.iter().filter_map(put).collect()
    }

    #[test]
    fn certificates_follow_the_hosts_and_outlive_the_process() {
        let (authority, _) = Authority::make("edge-01", ["edge-01".to_owned()], NOW).unwrap();
        let mut leaves = Leaves::default();
        let first = hosts(&["edge-01", "hmi.lan", "hmi.example.com"], &["10.0.0.5", "8.8.8.8"]);
        let made = puts(&leaves.cover(&authority, &first, true, NOW));
        let names: Vec<_> = made.iter().map(|made| (made.host.as_str(), made.names.join(" "))).collect();
        let expected = [("", "10.0.0.5 localhost"), ("edge-01", "edge-01"), ("hmi.lan", "hmi.lan")]
            .map(|(a, b)| (a, b.to_owned()));
        assert_eq!(names, expected, "the root covers neither hmi.example.com nor 8.8.8.8");

        let mut again = Leaves::new(&made);
        assert_eq!(again.cover(&authority, &first, true, NOW), []);
        let changes = again.cover(&authority, &hosts(&["hmi.lan"], &["10.0.0.6"]), true, NOW);
        assert!(changes.contains(&Change::Remove(Key::Certificate(CertificateIssuer::Local, "edge-01".into()))));
        assert_eq!(puts(&changes).len(), 1, "only the one for addresses");
        let later = NOW.plus(Duration::from_hours(61 * 24));
        assert_eq!(puts(&again.cover(&authority, &hosts(&["hmi.lan"], &["10.0.0.6"]), true, later)).len(), 2);
    }
}
