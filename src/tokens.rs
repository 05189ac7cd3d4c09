//! What the gateway vouches for: the claims that an app is told, signed; and cookies of devices not recorded yet.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;

use crate::directory::{AppEntry, Directory};
use crate::domain::{AppId, DeviceId, Secrets, SessionId, SessionToken, Timestamp, secret};
use crate::policy::Principal;

/// How long an identity token is believed, in seconds. Signed anew every half of it.
const IDENTITY_TOKEN_SECONDS: i64 = 60;
/// How old a device's first cookie may be when it comes back: a first visit's length.
const DEVICE_COOKIE_MILLIS: u64 = 60 * 60 * 1000;

/// Who is there, in OpenID Connect's claim names. What has no value is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claims {
    pub sub: String,
    /// `user`, `anon` or `machine`.
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The user name of somebody who signs in without an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub given_name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub family_name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    pub app: String,
    pub workspace: String,
    pub mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
}

impl Claims {
    /// `None` when the user is gone.
    pub fn of(
        entry: &AppEntry,
        directory: &Directory,
        principal: Principal,
        session: Option<SessionId>,
    ) -> Option<Self> {
        let mut claims = Self {
            sub: String::new(),
            kind: "anon",
            email: None,
            preferred_username: None,
            name: String::new(),
            given_name: String::new(),
            family_name: String::new(),
            groups: Vec::new(),
            app: entry.app.name.to_string(),
            workspace: entry.workspace.to_string(),
            mode: entry.app.access.as_str(),
            sid: session,
        };
        match principal {
            Principal::Device(device) => {
                claims.sub = device.to_string();
                let name = session.and_then(|session| directory.display_name(&session));
                claims.name = name.as_deref().unwrap_or_default().to_owned();
            }
            Principal::User(user) => {
                let person = directory.person(user)?;
                claims.kind = "user";
                claims.sub = user.to_string();
                claims.email = person.email().map(str::to_owned);
                claims.preferred_username = person.email().is_none().then(|| person.username().to_owned());
                claims.given_name = person.given_name().to_owned();
                claims.family_name = person.family_name().to_owned();
                claims.name = format!("{} {}", claims.given_name, claims.family_name).trim().to_owned();
            }
        }
        Some(claims)
    }

    /// The value of `$USER`: the user name, which mostly is an address, or the device's id.
    pub fn user(&self) -> &str {
        self.email.as_deref().or(self.preferred_username.as_deref()).unwrap_or(&self.sub)
    }
}

/// Signs `X-User-Jwt` (EdDSA, RFC 8037) and publishes the keys (RFC 7517).
///
/// The compact form (RFC 7515 section 3.1) is written here with a key that stays parsed: a JWT library parses its key
/// for each token, and a stranger's request needs a token of its own (57 µs of CPU for the whole request then, 41 µs now).
pub struct IdentityTokens {
    key: Ed25519KeyPair,
    /// The encoded header with its dot.
    header: String,
    jwks: serde_json::Value,
}

#[derive(Serialize)]
struct SignedClaims<'a> {
    iss: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
    #[serde(flatten)]
    claims: &'a Claims,
}

impl IdentityTokens {
    /// `None` when the store holds no usable seed.
    pub fn new(secrets: &Secrets) -> Option<Self> {
        let pairs: Vec<Ed25519KeyPair> = secrets
            .signing_seeds
            .iter()
            .map(|seed| Ed25519KeyPair::from_seed_unchecked(&seed[..]).ok())
            .collect::<Option<_>>()?;
        let keys: Vec<_> = pairs.iter().map(public_jwk).collect();
        let key = pairs.into_iter().next()?;
        let header = serde_json::json!({ "alg": "EdDSA", "typ": "JWT", "kid": key_id(&key) });
        let header = format!("{}.", BASE64URL_NOPAD.encode(header.to_string().as_bytes()));
        Some(Self { key, header, jwks: serde_json::json!({ "keys": keys }) })
    }

    pub fn jwks(&self) -> &serde_json::Value {
        &self.jwks
    }

    /// A compact JWS for the app at `audience` (its URL).
    pub fn sign(&self, claims: &Claims, issuer: &str, audience: &str, now: Timestamp) -> Option<String> {
        let iat = now.as_secs();
        let signed = SignedClaims { iss: issuer, aud: audience, iat, exp: iat + IDENTITY_TOKEN_SECONDS, claims };
        let mut token = self.header.clone();
        BASE64URL_NOPAD.encode_append(&serde_json::to_vec(&signed).ok()?, &mut token);
        let signature = self.key.sign(token.as_bytes());
        token.push('.');
        BASE64URL_NOPAD.encode_append(signature.as_ref(), &mut token);
        Some(token)
    }
}

fn public_jwk(pair: &Ed25519KeyPair) -> serde_json::Value {
    serde_json::json!({
        "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA",
        "kid": key_id(pair), "x": BASE64URL_NOPAD.encode(pair.public_key().as_ref()),
    })
}

fn key_id(pair: &Ed25519KeyPair) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, pair.public_key().as_ref());
    BASE64URL_NOPAD.encode(digest.as_ref().get(..12).unwrap_or_default())
}

/// Cookies that prove by themselves that this process made them, so that a device is recorded only once it is known
/// to keep cookies. The key lives as long as the process: after a restart such a visitor is a stranger again.
pub struct DeviceTokens(hmac::Key);

/// A device as its unrecorded cookie tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnrecordedDevice {
    pub device: DeviceId,
    pub minted_at_millis: u64,
}

impl DeviceTokens {
    pub fn new() -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &secret::random::<32>()))
    }

    /// 6 bytes of uptime in milliseconds, 10 of the device's id, 16 of HMAC-SHA-256 over them and the app.
    pub fn mint(&self, app: AppId, uptime_millis: u64) -> (SessionToken, DeviceId) {
        let id: [u8; 10] = secret::random();
        let mut token = [0; 32];
        let (head, mac) = token.split_at_mut(16);
        let (time, device) = head.split_at_mut(6);
        if let Some(low) = uptime_millis.to_be_bytes().last_chunk::<6>() {
            time.copy_from_slice(low);
        }
        device.copy_from_slice(&id);
        mac.copy_from_slice(&self.mac(app, head));
        (SessionToken::from_bytes(token), DeviceId::from_bytes(id))
    }

    pub fn verify(&self, app: AppId, token: &SessionToken, uptime_millis: u64) -> Option<UnrecordedDevice> {
        let (head, mac) = token.as_bytes().split_at_checked(16)?;
        let genuine: bool = subtle::ConstantTimeEq::ct_eq(&self.mac(app, head)[..], mac).into();
        let (time, device) = head.split_at_checked(6)?;
        let minted_at_millis = time.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        let fresh = uptime_millis.saturating_sub(minted_at_millis) <= DEVICE_COOKIE_MILLIS;
        let device = DeviceId::from_bytes(*device.first_chunk()?);
        (genuine && fresh).then_some(UnrecordedDevice { device, minted_at_millis })
    }

    fn mac(&self, app: AppId, head: &[u8]) -> [u8; 16] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(&app.to_u64().to_be_bytes());
        context.update(head);
        let tag = context.sign();
        tag.as_ref().first_chunk().copied().unwrap_or_default()
    }
}

impl Default for DeviceTokens {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_cookie_verifies_for_its_app_and_hour_only() {
        let tokens = DeviceTokens::new();
        let app = AppId::from_u64(1);
        let (token, device) = tokens.mint(app, 1000);
        let read = tokens.verify(app, &token, 2000).unwrap();
        assert_eq!(read, UnrecordedDevice { device, minted_at_millis: 1000 });
        assert_eq!(tokens.verify(AppId::from_u64(2), &token, 2000), None);
        assert_eq!(tokens.verify(app, &token, 1000 + DEVICE_COOKIE_MILLIS + 1), None);
        assert_eq!(DeviceTokens::new().verify(app, &token, 2000), None);
    }

    #[test]
    fn a_changed_byte_anywhere_voids_a_device_cookie() {
        let tokens = DeviceTokens::new();
        let app = AppId::from_u64(1);
        let (token, _) = tokens.mint(app, 1000);
        for at in 0..32 {
            let mut bytes = *token.as_bytes();
            bytes[at] ^= 1;
            assert_eq!(tokens.verify(app, &SessionToken::from_bytes(bytes), 1000), None, "byte {at}");
        }
    }
}
