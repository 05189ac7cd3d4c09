//! A provider's public keys (RFC 7517), and the one that fits a token.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, Header};
use serde::{Deserialize, Serialize};

use super::error::Trouble;

/// Providers have two or three; a set this long was not meant for us.
const MOST: usize = 100;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Keys {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Written {
    keys: Vec<serde_json::Value>,
}

impl Keys {
    /// Keys of kinds that nobody here knows are passed over, as RFC 7517 section 5 asks.
    pub(super) fn read(json: &[u8]) -> Result<Self, Trouble> {
        let written: Written = serde_json::from_slice(json)
            .map_err(|error| Trouble::bad_answer(format_args!("its key set cannot be used: {error}")))?;
        let known = written.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
        Ok(Self { keys: known.filter(is_public).take(MOST).collect() })
    }

    /// The key that a token's header names, if it is one for its algorithm. A token that names none is fine where only
    /// one key fits (OpenID Connect Core section 10.1).
    pub(super) fn find(&self, header: &Header) -> Option<DecodingKey> {
        let mut fitting = self.keys.iter().filter(|key| fits(key, header.alg));
        let key = match &header.kid {
            Some(kid) => fitting.find(|key| key.common.key_id.as_ref() == Some(kid))?,
            None => fitting.next().filter(|_| fitting.next().is_none())?,
        };
        DecodingKey::from_jwk(key).ok()
    }
}

fn is_public(key: &Jwk) -> bool {
    matches!(
        key.algorithm,
        AlgorithmParameters::RSA(_) | AlgorithmParameters::EllipticCurve(_) | AlgorithmParameters::OctetKeyPair(_)
    )
}

/// Of the right kind, meant for signatures, and for this algorithm if it says for which.
fn fits(key: &Jwk, algorithm: Algorithm) -> bool {
    let kind = match &key.algorithm {
        AlgorithmParameters::RSA(_) => algorithm.family() == AlgorithmFamily::Rsa,
        AlgorithmParameters::EllipticCurve(curve) => match curve.curve {
            EllipticCurve::P256 => algorithm == Algorithm::ES256,
            EllipticCurve::P384 => algorithm == Algorithm::ES384,
            _ => false,
        },
        AlgorithmParameters::OctetKeyPair(pair) => {
            pair.curve == EllipticCurve::Ed25519 && algorithm == Algorithm::EdDSA
        }
        _ => false,
    };
    let common = &key.common;
    let for_signatures = common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature)
        && common.key_operations.as_ref().is_none_or(|operations| operations.contains(&KeyOperations::Verify));
    kind && for_signatures && common.key_algorithm.is_none_or(|named| named == KeyAlgorithm::from(algorithm))
}
