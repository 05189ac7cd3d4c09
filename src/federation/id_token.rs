//! ID tokens (OpenID Connect Core sections 2 and 3.1.3.7): what must be true of one before a word of it counts.

use std::time::Duration;

use aws_lc_rs::digest;
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde::{Deserialize, Deserializer};
use serde_json::{Number, Value};
use subtle::ConstantTimeEq;

use crate::domain::Timestamp;

use super::error::Flaw;
use super::issuer::Issuer;
use super::metadata::Metadata;

/// How far a provider's clock and ours may differ: machines on a plant's floor drift.
const SKEW: Duration = Duration::from_secs(5 * 60);
/// OpenID Connect Core section 2.
const MOST_SUBJECT: usize = 255;
/// Of a name; longer ones are cut, for nobody chose them here.
const MOST_NAME: usize = 100;

/// What the token must say.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a Issuer,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    pub(super) access_token: &'a str,
    pub(super) now: Timestamp,
}

/// A token whose algorithm is accepted and of which nothing else is believed yet.
pub(super) struct TokenHead<'a> {
    token: &'a str,
    header: Header,
}

impl<'a> TokenHead<'a> {
    /// `none` and whatever else jsonwebtoken does not know are algorithms that nobody accepts.
    pub(super) fn read(token: &'a str, metadata: &Metadata) -> Result<Self, Flaw> {
        use jsonwebtoken::errors::ErrorKind;
        let header = jsonwebtoken::decode_header(token).map_err(|error| match error.kind() {
            ErrorKind::Json(_) => Flaw::Algorithm,
            _ => Flaw::Malformed,
        })?;
        if !metadata.signs_by(header.alg) {
            return Err(Flaw::Algorithm);
        }
        // RFC 7515 section 4.1.11: what must be understood and is not voids the token.
        if header.crit.is_some() || header.enc.is_some() || header.zip.is_some() {
            return Err(Flaw::Malformed);
        }
        Ok(Self { token, header })
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    pub(super) fn claims(&self, key: &DecodingKey, expected: &Expected<'_>) -> Result<Claims, Flaw> {
        use jsonwebtoken::errors::ErrorKind;
        let decoded = jsonwebtoken::decode(self.token, key, &signature_only(self.header.alg));
        let data = decoded.map_err(|error| match error.kind() {
            ErrorKind::InvalidSignature => Flaw::Signature,
            ErrorKind::Json(_) | ErrorKind::Base64(_) | ErrorKind::Utf8(_) => Flaw::Malformed,
            _ => Flaw::Signature,
        })?;
        let claims: Claims = data.claims;
        claims.check(self.header.alg, expected)?;
        Ok(claims)
    }
}

/// The library's own checks take the system's clock and pass over what is absent: the claims are checked here.
fn signature_only(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    validation
}

/// Claims that are twice in a token, or of another type where it matters, make it malformed.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    iss: String,
    pub(super) sub: String,
    aud: Audience,
    #[serde(default)]
    azp: Option<String>,
    exp: Number,
    iat: Number,
    #[serde(default)]
    nbf: Option<Number>,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(default)]
    at_hash: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) email: Option<String>,
    #[serde(default, deserialize_with = "yes")]
    pub(super) email_verified: bool,
    #[serde(default, deserialize_with = "text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "text")]
    given_name: Option<String>,
    #[serde(default, deserialize_with = "text")]
    family_name: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) hd: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Claims {
    fn check(&self, algorithm: Algorithm, expected: &Expected<'_>) -> Result<(), Flaw> {
        if !expected.issuer.is_named(&self.iss) {
            return Err(Flaw::Issuer);
        }
        self.check_audience(expected.client_id)?;
        self.check_times(expected.now)?;
        let nonce = self.nonce.as_deref().unwrap_or_default();
        if !bool::from(nonce.as_bytes().ct_eq(expected.nonce.as_bytes())) {
            return Err(Flaw::Nonce);
        }
        let fits = (1..=MOST_SUBJECT).contains(&self.sub.len());
        if !fits || !self.sub.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
            return Err(Flaw::Subject);
        }
        match &self.at_hash {
            Some(told) if *told != half_hash(algorithm, expected.access_token) => Err(Flaw::AccessTokenHash),
            _ => Ok(()),
        }
    }

    /// A token for several parties must say that it was issued to us.
    fn check_audience(&self, client_id: &str) -> Result<(), Flaw> {
        let (is_ours, is_alone) = match &self.aud {
            Audience::One(one) => (one == client_id, true),
            Audience::Many(many) => (many.iter().any(|one| one == client_id), many.len() == 1),
        };
        if !is_ours {
            return Err(Flaw::Audience);
        }
        match &self.azp {
            Some(azp) if azp == client_id => Ok(()),
            None if is_alone => Ok(()),
            _ => Err(Flaw::AuthorizedParty),
        }
    }

    fn check_times(&self, now: Timestamp) -> Result<(), Flaw> {
        let expires = moment(&self.exp)?;
        if now >= expires.plus(SKEW) {
            return Err(Flaw::Expired);
        }
        let begins = [Some(&self.iat), self.nbf.as_ref()];
        for begin in begins.into_iter().flatten() {
            if moment(begin)? > now.plus(SKEW) {
                return Err(Flaw::NotYet);
            }
        }
        Ok(())
    }

    /// Given and family name; who tells only the whole name has it as the first.
    pub(super) fn names(&self) -> (String, String) {
        let tidy = |name: &Option<String>| name.as_deref().map(tidy).unwrap_or_default();
        let (given, family) = (tidy(&self.given_name), tidy(&self.family_name));
        match given.is_empty() && family.is_empty() {
            true => (tidy(&self.name), family),
            false => (given, family),
        }
    }

    /// What the user info tells that the token left out.
    pub(super) fn take_profile(&mut self, other: super::userinfo::Profile) {
        self.email = other.email;
        self.email_verified = other.email_verified;
        self.name = self.name.take().or(other.name);
        self.given_name = self.given_name.take().or(other.given_name);
        self.family_name = self.family_name.take().or(other.family_name);
    }
}

/// Seconds since 1970; fractions are allowed (RFC 7519 section 2) and of no use.
fn moment(seconds: &Number) -> Result<Timestamp, Flaw> {
    let whole = seconds.as_i64().or_else(|| seconds.as_f64().map(|fraction| fraction as i64));
    whole.map(|seconds| Timestamp::from_millis(seconds.saturating_mul(1000))).ok_or(Flaw::Malformed)
}

/// OpenID Connect Core section 3.1.3.6: the left half of the hash that the algorithm signs.
fn half_hash(algorithm: Algorithm, access_token: &str) -> String {
    let by = match algorithm {
        Algorithm::RS384 | Algorithm::PS384 | Algorithm::ES384 => &digest::SHA384,
        Algorithm::RS512 | Algorithm::PS512 | Algorithm::EdDSA => &digest::SHA512,
        _ => &digest::SHA256,
    };
    let hash = digest::digest(by, access_token.as_bytes());
    let half = hash.as_ref().split_at(hash.as_ref().len() / 2).0;
    BASE64URL_NOPAD.encode(half)
}

fn tidy(name: &str) -> String {
    let plain: String = name.chars().filter(|c| !c.is_control()).take(MOST_NAME).collect();
    plain.trim().to_owned()
}

/// What is no text is as good as absent: nothing hangs on it but comfort.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) if !text.is_empty() => Some(text),
        _ => None,
    })
}

/// `true`, or `"true"` as some providers write it. Whatever else there is, is no.
pub(super) fn yes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Bool(said) => said,
        Value::String(said) => said == "true",
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_that_is_there_twice_voids_the_token() {
        let once = r#"{"iss":"a","sub":"b","aud":"c","exp":1,"iat":1}"#;
        assert!(serde_json::from_str::<Claims>(once).is_ok());
        for twice in [r#","sub":"d"}"#, r#","aud":"d"}"#, r#","email":"x","email":"y"}"#] {
            let text = once.replace('}', twice);
            assert!(serde_json::from_str::<Claims>(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_hash_of_an_access_token_is_the_one_of_the_specification() {
        // OpenID Connect Core, appendix A.3.
        assert_eq!(
            half_hash(Algorithm::RS256, "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
            "77QmUPtjPfzWtF2AnpK9RQ"
        );
    }
}
