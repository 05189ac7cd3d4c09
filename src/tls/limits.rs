//! For whom the authority may sign: written into its root, so that a stolen key does not speak for the whole world.

use std::net::IpAddr;

use ipnet::IpNet;
use rcgen::{CidrSubnet, GeneralSubtree, NameConstraints};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::X509Certificate;

/// Names that no public authority can vouch for (RFC 2606, 6761, 6762, 8375, and what plants use all the same).
const LOCAL_NAMES: [&str; 10] =
    ["localhost", "local", "lan", "home", "internal", "intranet", "corp", "private", "test", "home.arpa"];
/// Addresses that belong to nobody in particular (RFC 1918, 3927, 4193, 4291, 6598).
const LOCAL_NETWORKS: [&str; 9] = [
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "100.64.0.0/10",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
];
/// Lifts every limit.
pub const EVERYTHING: &str = "*";

/// Empty lists: no limits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Limits {
    /// Each with everything below it.
    names: Vec<String>,
    networks: Vec<IpNet>,
}

impl Limits {
    /// What is local anyway, and `asked`: names, addresses and networks.
    pub(super) fn new(asked: impl IntoIterator<Item = String>) -> Self {
        let mut limits = Self {
            names: LOCAL_NAMES.map(str::to_owned).to_vec(),
            networks: LOCAL_NETWORKS.iter().filter_map(|network| network.parse().ok()).collect(),
        };
        for asked in asked {
            if asked == EVERYTHING {
                return Self::default();
            }
            match asked.parse::<IpNet>().or_else(|_| asked.parse::<IpAddr>().map(IpNet::from)) {
                Ok(network) if !limits.networks.iter().any(|held| held.contains(&network)) => {
                    limits.networks.push(network.trunc());
                }
                Ok(_) => {}
                Err(_) if limits.cover(&asked) => {}
                Err(_) => limits.names.push(domain_of(&asked).to_owned()),
            }
        }
        limits
    }

    /// As a root says them.
    pub(super) fn of(root: &X509Certificate<'_>) -> Self {
        let permitted =
            root.name_constraints().ok().flatten().and_then(|found| found.value.permitted_subtrees.as_ref());
        let mut limits = Self::default();
        for subtree in permitted.into_iter().flatten() {
            match &subtree.base {
                GeneralName::DNSName(name) => limits.names.push((*name).to_owned()),
                GeneralName::IPAddress(bytes) => limits.networks.extend(network(bytes)),
                _ => {}
            }
        }
        limits
    }

    pub(super) fn constraints(&self) -> Option<NameConstraints> {
        let names = self.names.iter().cloned().map(GeneralSubtree::DnsName);
        let networks = self.networks.iter().map(|network| {
            GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(network.network(), network.prefix_len()))
        });
        let permitted_subtrees: Vec<_> = names.chain(networks).collect();
        (!permitted_subtrees.is_empty())
            .then_some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() })
    }

    /// Whether a certificate with this name, a host or an address, will be believed.
    pub(super) fn cover(&self, name: &str) -> bool {
        if self.names.is_empty() && self.networks.is_empty() {
            return true;
        }
        match name.parse::<IpAddr>() {
            Ok(ip) => self.networks.iter().any(|network| network.contains(&ip)),
            Err(_) => self.names.iter().any(|held| is_within(name, held)),
        }
    }
}

fn is_within(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Of a long name its domain, so that its neighbors can come later; a short one might leave a public suffix (`co.uk`).
fn domain_of(name: &str) -> &str {
    match name.split('.').count() {
        0..=3 => name,
        _ => name.split_once('.').map_or(name, |(_, domain)| domain),
    }
}

/// Address and mask, one behind the other.
fn network(bytes: &[u8]) -> Option<IpNet> {
    let (address, mask) = bytes.split_at_checked(bytes.len() / 2)?;
    let ip = |bytes: &[u8]| match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
        _ => None,
    };
    IpNet::with_netmask(ip(address)?, ip(mask)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_local_is_covered_and_the_world_is_not() {
        let asked = ["edge-01", "hmi.plant.example.com", "shop.co.uk", "203.0.113.7"];
        let limits = Limits::new(asked.map(str::to_owned));
        for name in ["localhost", "hmi.localhost", "box.local", "edge-01", "a.edge-01", "10.1.2.3", "::1", "fd00::1"] {
            assert!(limits.cover(name), "{name}");
        }
        for name in ["hmi.plant.example.com", "new.plant.example.com", "shop.co.uk", "203.0.113.7"] {
            assert!(limits.cover(name), "{name}");
        }
        for name in ["example.com", "bank.co.uk", "xlocal", "edge-02", "203.0.113.8", "8.8.8.8", "2001:db8::1"] {
            assert!(!limits.cover(name), "{name}");
        }
        assert!(Limits::new([EVERYTHING.to_owned()]).cover("example.com"));
    }
}
