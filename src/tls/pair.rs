//! A certificate with its key, and what a wrong clock or a forgotten renewal makes of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::parse_x509_certificate;

use crate::domain::Timestamp;

/// Somebody has to act before a certificate of theirs expires, and may be on holiday.
const SOON: Duration = Duration::from_hours(14 * 24);

/// What can be shown in a handshake.
#[derive(Debug, Clone)]
pub struct Pair {
    pub(super) shown: Arc<CertifiedKey>,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
}

impl Pair {
    /// `chain` begins with the certificate of `key`.
    pub(super) fn new(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Self, Unfit> {
        let leaf = chain.first().ok_or(Unfit::Empty)?;
        let (_, parsed) = parse_x509_certificate(leaf).map_err(|error| Unfit::Certificate(error.to_string()))?;
        let moment = |time: x509_parser::time::ASN1Time| Timestamp::from_millis(time.timestamp().saturating_mul(1000));
        let validity = parsed.validity();
        let (not_before, not_after) = (moment(validity.not_before), moment(validity.not_after));
        let shown =
            CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider()).map_err(|error| match error {
                rustls::Error::InconsistentKeys(_) => Unfit::Mismatch,
                other => Unfit::Key(other.to_string()),
            })?;
        Ok(Self { shown: Arc::new(shown), not_before, not_after })
    }

    /// What visitors' browsers will complain about, now or soon.
    pub fn worry(&self, now: Timestamp) -> Option<Worry> {
        if now < self.not_before {
            return Some(Worry::NotYetValid(self.not_before));
        }
        if now > self.not_after {
            return Some(Worry::Expired(self.not_after));
        }
        (now.plus(SOON) > self.not_after).then_some(Worry::ExpiresSoon(self.not_after))
    }
}

/// A certificate that is served all the same: who has no other one is not helped by silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worry {
    NotYetValid(Timestamp),
    Expired(Timestamp),
    ExpiresSoon(Timestamp),
}

impl fmt::Display for Worry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotYetValid(from) => {
                write!(f, "is not valid before {from}; look at this machine's clock, or at the certificate")
            }
            Self::Expired(at) => write!(f, "has expired at {at}; renew it, or look at this machine's clock"),
            Self::ExpiresSoon(at) => write!(f, "expires at {at}; renew it"),
        }
    }
}

/// Why bytes cannot be shown in a handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unfit {
    Empty,
    Certificate(String),
    Key(String),
    Mismatch,
}
