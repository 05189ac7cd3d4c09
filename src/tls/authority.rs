//! The gateway's own certificate authority, for where no other one reaches.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{Algorithm, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use data_encoding::{BASE64, HEXUPPER};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use time::OffsetDateTime;
use x509_parser::parse_x509_certificate;

use crate::domain::{CertificateIssuer, HostCertificate, LocalAuthority, Timestamp};

use super::limits::Limits;

const DAY: Duration = Duration::from_hours(24);
/// Nobody wants to install it again.
const ROOT_LASTS: Duration = Duration::from_hours(3653 * 24);
/// With the day of grace 90 days: what Mozilla's "modern" profile asks for.
const LEAF_LASTS: Duration = Duration::from_hours(89 * 24);
/// While the clock is not set. Apple believes no server certificate that lasts longer than 825 days.
const LEAF_LASTS_WITHOUT_CLOCK: Duration = Duration::from_hours(824 * 24);
/// X.520: a common name is no longer.
const LONGEST_COMMON_NAME: usize = 64;

/// Who can sign.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    limits: Limits,
    root: Arc<Root>,
}

/// What everybody may know of the authority, and devices are told to trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    pub der: Vec<u8>,
    pub pem: String,
    /// Its common name.
    pub name: String,
    /// SHA-256, in pairs of digits with colons.
    pub fingerprint: String,
    /// SHA-1 in the same form: the only one that Windows shows.
    pub thumbprint: String,
    pub not_after: Timestamp,
}

impl Root {
    /// On `Err`, why these bytes are no certificate.
    pub fn new(der: Vec<u8>) -> Result<Self, String> {
        let (_, parsed) = parse_x509_certificate(&der).map_err(|error| error.to_string())?;
        let common_name = parsed.subject().iter_common_name().next().and_then(|name| name.as_str().ok());
        let name = common_name.unwrap_or("Millgate CA").to_owned();
        let not_after = Timestamp::from_millis(parsed.validity().not_after.timestamp().saturating_mul(1000));
        Ok(Self {
            pem: pem(&der),
            fingerprint: fingerprint(&SHA256, &der),
            thumbprint: fingerprint(&SHA1_FOR_LEGACY_USE_ONLY, &der),
            name,
            not_after,
            der,
        })
    }
}

impl Authority {
    /// A new one, called after `machine`, that may sign for what is local and for `names`.
    pub(super) fn make(
        machine: &str,
        names: impl IntoIterator<Item = String>,
        now: Timestamp,
    ) -> Result<(Self, LocalAuthority), String> {
        // A clock that was wrong once must not make a root that is not valid yet, or not any more.
        let now = now.max(Timestamp::CLOCK_IS_SET_AFTER);
        let mut params = CertificateParams::default();
        let day: String = now.to_string().chars().take(10).collect();
        let machine: String = machine.chars().take(LONGEST_COMMON_NAME - 30).collect();
        params.distinguished_name = called(&format!("Millgate CA {machine} {day}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.name_constraints = Limits::new(names).constraints();
        params.not_before = moment(minus(Timestamp::CLOCK_IS_SET_AFTER, DAY));
        params.not_after = moment(now.plus(ROOT_LASTS));
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(told)?;
        let certificate = params.self_signed(&key).map_err(told)?;
        let record = LocalAuthority {
            certificate: certificate.der().to_vec().into(),
            key: key.serialize_der().into(),
            made_at: now,
        };
        Ok((Self::open(&record)?, record))
    }

    pub(super) fn open(record: &LocalAuthority) -> Result<Self, String> {
        let der = CertificateDer::from(record.certificate.to_vec());
        let key = PrivatePkcs8KeyDer::from(record.key.to_vec());
        let key = KeyPair::from_pkcs8_der_and_sign_algo(&key, &PKCS_ECDSA_P256_SHA256).map_err(told)?;
        let (_, parsed) = parse_x509_certificate(&der).map_err(|error| error.to_string())?;
        let limits = Limits::of(&parsed);
        let root = Root::new(der.to_vec())?;
        Ok(Self { issuer: Issuer::from_ca_cert_der(&der, key).map_err(told)?, limits, root: Arc::new(root) })
    }

    pub(super) fn root(&self) -> &Arc<Root> {
        &self.root
    }

    pub(super) fn covers(&self, name: &str) -> bool {
        self.limits.cover(name)
    }

    /// A certificate for `names`, which the authority covers; at least one.
    pub(super) fn issue(&self, host: &str, names: Vec<String>, now: Timestamp) -> Result<HostCertificate, String> {
        let mut params = CertificateParams::new(names.clone()).map_err(told)?;
        // Some verifiers take a common name for a host: an address would then break the root's limits.
        let name = if host.is_empty() || host.len() > LONGEST_COMMON_NAME { "Millgate gateway" } else { host };
        params.distinguished_name = called(name);
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let (from, until) = validity(now);
        params.not_before = moment(from);
        params.not_after = moment(until.min(self.root.not_after));
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(told)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(told)?;
        Ok(HostCertificate {
            issuer: CertificateIssuer::Local,
            host: host.to_owned(),
            names,
            chain: vec![certificate.der().to_vec().into()],
            key: key.serialize_der().into(),
            directory: None,
        })
    }
}

/// Whether a certificate of the authority's should be made anew. With a clock that was never set, everything is kept:
/// what is there was made by a better one.
pub(super) fn is_due(not_before: Timestamp, not_after: Timestamp, now: Timestamp) -> bool {
    if now < Timestamp::CLOCK_IS_SET_AFTER {
        return false;
    }
    let two_thirds = not_after.since(not_before) / 3 * 2;
    now < not_before || now > not_before.plus(two_thirds)
}

/// A day of grace for clocks that are behind.
fn validity(now: Timestamp) -> (Timestamp, Timestamp) {
    if now < Timestamp::CLOCK_IS_SET_AFTER {
        return (
            minus(Timestamp::CLOCK_IS_SET_AFTER, DAY),
            Timestamp::CLOCK_IS_SET_AFTER.plus(LEAF_LASTS_WITHOUT_CLOCK),
        );
    }
    (minus(now, DAY), now.plus(LEAF_LASTS))
}

fn called(name: &str) -> DistinguishedName {
    let mut called = DistinguishedName::new();
    called.push(DnType::CommonName, name);
    called
}

fn minus(at: Timestamp, span: Duration) -> Timestamp {
    Timestamp::from_millis(at.as_millis().saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
}

/// To the second; what no calendar holds becomes 1970.
fn moment(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at.as_secs()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn pem(der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

fn fingerprint(algorithm: &'static Algorithm, der: &[u8]) -> String {
    let digits = HEXUPPER.encode(digest(algorithm, der).as_ref());
    let pairs: Vec<&str> = digits.as_bytes().chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok()).collect();
    pairs.join(":")
}

fn told(error: rcgen::Error) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use rustls::RootCertStore;
    use rustls::client::WebPkiServerVerifier;
    use rustls::client::danger::ServerCertVerifier;
    use rustls::pki_types::{ServerName, UnixTime};

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn made(now: Timestamp) -> (Authority, LocalAuthority) {
        Authority::make("edge-01", ["edge-01".to_owned()], now).unwrap()
    }

    #[test]
    fn a_root_says_who_it_is_and_comes_back_from_the_store() {
        let (authority, record) = made(NOW);
        let root = authority.root();
        assert_eq!(root.name, "Millgate CA edge-01 2027-01-15");
        assert_eq!(root.not_after, NOW.plus(ROOT_LASTS));
        let (_, parsed) = parse_x509_certificate(&root.der).unwrap();
        let constraints = parsed.basic_constraints().unwrap().unwrap();
        assert!(constraints.critical && constraints.value.ca);
        assert_eq!(constraints.value.path_len_constraint, Some(0));
        assert!(parsed.name_constraints().unwrap().unwrap().critical);
        let again = Authority::open(&record).unwrap();
        assert_eq!((again.root(), &again.limits), (root, &authority.limits));
        assert!(again.covers("edge-01") && again.covers("10.0.0.5") && !again.covers("example.com"));
        assert_eq!(format!("{record:?}"), "LocalAuthority(made at 2027-01-15T08:00:00.000Z)");
    }

    #[test]
    fn a_stolen_key_does_not_speak_for_the_world() {
        let (authority, _) = made(NOW);
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(authority.root().der.clone())).unwrap();
        let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider).build().unwrap();
        let judged = |name: &str| {
            let made = authority.issue(name, vec![name.to_owned()], NOW).unwrap();
            let der = CertificateDer::from(made.chain.first().unwrap().to_vec());
            let host = ServerName::try_from(name.to_owned()).unwrap();
            let then = UnixTime::since_unix_epoch(Duration::from_millis(NOW.as_millis().unsigned_abs()));
            verifier.verify_server_cert(&der, &[], &host, &[], then).map(|_| ()).map_err(|error| format!("{error:?}"))
        };
        for name in ["edge-01", "hmi.lan", "10.0.0.5", "::1"] {
            judged(name).unwrap();
        }
        for name in ["www.example.com", "edge-02", "8.8.8.8"] {
            assert!(judged(name).unwrap_err().contains("NameConstraintViolation"), "{name}");
        }
    }

    #[test]
    fn a_wrong_clock_makes_certificates_that_are_of_use() {
        let unset = Timestamp::from_millis(0);
        let root = made(unset).0.root().clone();
        assert_eq!(root.name, "Millgate CA edge-01 2026-01-01");
        assert_eq!(validity(unset), validity(Timestamp::from_millis(1_000_000)));
        assert!(validity(unset).1 > Timestamp::from_millis(1_830_000_000_000));
        let (from, until) = validity(NOW.plus(DAY));
        assert!(from <= NOW && until > NOW);
    }

    #[test]
    fn a_certificate_is_renewed_at_two_thirds_and_not_by_a_clock_that_was_never_set() {
        let (from, until) = validity(NOW);
        assert!(until.since(from) <= DAY * 90, "scanners call for no more");
        assert!(!is_due(from, until, NOW) && !is_due(from, until, NOW.plus(DAY * 58)));
        assert!(is_due(from, until, NOW.plus(DAY * 61)));
        assert!(is_due(from, until, minus(NOW, DAY * 2)), "made by a clock that was ahead");
        assert!(!is_due(from, until, Timestamp::from_millis(0)));
    }
}
