//! The certificates that were obtained, by host.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustls::sign::CertifiedKey;

use crate::domain::{CertificateIssuer, Change, HostCertificate, Key, Timestamp};
use crate::tls::held::Warned;
use crate::tls::leaves;
use crate::tls::pair::{Pair, Worry};

#[derive(Default)]
pub(in crate::tls) struct Obtained(BTreeMap<Box<str>, Held>);

struct Held {
    directory: Option<String>,
    pair: Pair,
    warned: Warned,
}

impl Obtained {
    /// As they were kept; what cannot be read is obtained anew.
    pub(in crate::tls) fn new(kept: &[HostCertificate]) -> Self {
        let mut obtained = Self::default();
        for kept in kept.iter().filter(|kept| kept.issuer == CertificateIssuer::Acme) {
            obtained.hold(kept);
        }
        obtained
    }

    /// False when it cannot be shown.
    pub(in crate::tls) fn hold(&mut self, certificate: &HostCertificate) -> bool {
        let Ok(pair) = leaves::open(certificate) else { return false };
        let directory = certificate.directory.clone();
        self.0.insert(certificate.host.as_str().into(), Held { directory, pair, warned: Warned::default() });
        true
    }

    pub(in crate::tls) fn shown(&self) -> impl Iterator<Item = (&str, &Arc<CertifiedKey>)> {
        self.0.iter().map(|(host, held)| (&**host, &held.pair.shown))
    }

    pub(in crate::tls) fn not_after(&self, host: &str) -> Option<Timestamp> {
        self.0.get(host).map(|held| held.pair.not_after)
    }

    /// What browsers complain about, each once a day. That one ends soon is none: it is renewed by itself, and those of
    /// some servers live for days only.
    pub(in crate::tls) fn worries(&mut self, now: Timestamp) -> Vec<(&str, Worry)> {
        let worry = |(host, held): (_, &mut Held)| match held.pair.worry(now)? {
            Worry::ExpiresSoon(_) => None,
            worry => held.warned.is_due(now).then_some((host, worry)),
        };
        self.0.iter_mut().filter_map(|(host, held)| worry((&**host, held))).collect()
    }

    /// Those of `hosts` that are to be asked for: at two thirds of their time, or when another server is to be asked.
    /// With a clock that was never set nobody is asked: no server's certificate could be believed either.
    pub(in crate::tls) fn due(&self, hosts: &BTreeSet<Box<str>>, directory: &str, now: Timestamp) -> Vec<Box<str>> {
        if now < Timestamp::CLOCK_IS_SET_AFTER {
            return Vec::new();
        }
        let is_fresh = |held: &Held| {
            let two_thirds = held.pair.not_after.since(held.pair.not_before) / 3 * 2;
            held.directory.as_deref() == Some(directory) && now <= held.pair.not_before.plus(two_thirds)
        };
        hosts.iter().filter(|host| !self.0.get(*host).is_some_and(is_fresh)).cloned().collect()
    }

    /// Forgets what has expired and belongs to nobody any more.
    pub(in crate::tls) fn forget(&mut self, hosts: &BTreeSet<Box<str>>, now: Timestamp) -> Vec<Change> {
        let mut changes = Vec::new();
        self.0.retain(|host, held| {
            let stays = hosts.contains(host) || now <= held.pair.not_after;
            if !stays {
                changes.push(Change::Remove(Key::Certificate(CertificateIssuer::Acme, host.clone())));
            }
            stays
        });
        changes
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::tls::authority::Authority;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    const DAY: Duration = Duration::from_hours(24);

    #[test]
    fn a_certificate_is_due_at_two_thirds_of_its_time_or_for_another_server_and_never_without_a_clock() {
        let (authority, _) = Authority::make("edge-01", ["hmi.plant.example".to_owned()], NOW).unwrap();
        let mut made = authority.issue("hmi.plant.example", vec!["hmi.plant.example".to_owned()], NOW).unwrap();
        (made.issuer, made.directory) = (CertificateIssuer::Acme, Some("one".to_owned()));
        let mut obtained = Obtained::new(&[made]);
        let hosts = BTreeSet::from(["hmi.plant.example".into(), "new.plant.example".into()]);
        let due = |directory: &str, now: Timestamp| obtained.due(&hosts, directory, now).join(" ");
        assert_eq!(due("one", NOW), "new.plant.example");
        assert_eq!(due("one", NOW.plus(DAY * 59)), "new.plant.example");
        assert_eq!(due("one", NOW.plus(DAY * 61)), "hmi.plant.example new.plant.example");
        assert_eq!(due("two", NOW), "hmi.plant.example new.plant.example");
        assert_eq!(due("two", Timestamp::from_millis(0)), "");

        let worried = |obtained: &mut Obtained, now: Timestamp| obtained.worries(now).len();
        assert_eq!(worried(&mut obtained, NOW) + worried(&mut obtained, NOW.plus(DAY * 88)), 0);
        assert_eq!(worried(&mut obtained, Timestamp::from_millis(1_700_000_000_000)), 1, "not valid yet");
        let late = NOW.plus(DAY * 99);
        assert_eq!([late, late.plus(DAY / 2), late.plus(DAY)].map(|now| worried(&mut obtained, now)), [1, 0, 1]);

        assert_eq!(obtained.forget(&BTreeSet::new(), NOW), [], "it may come back");
        assert_eq!(obtained.forget(&hosts, NOW.plus(DAY * 99)), [], "better than none");
        assert_eq!(obtained.forget(&BTreeSet::new(), NOW.plus(DAY * 99)).len(), 1);
        assert_eq!(obtained.shown().count(), 0);
    }
}
