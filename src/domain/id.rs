//! Identifiers: random, so that they neither count nor order what they name.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest;
use data_encoding::BASE64URL_NOPAD;

use super::secret;

/// Crockford's base32 in lower case: no look-alikes, safe in host names, cookies and paths.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidId;

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an identifier of this gateway")
    }
}

impl std::error::Error for InvalidId {}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, minicbor::Encode, minicbor::Decode)]
        #[cbor(transparent)]
        pub struct $name(u64);

        impl $name {
            pub fn random() -> Self {
                Self(u64::from_be_bytes(secret::random()))
            }

            pub const fn from_u64(raw: u64) -> Self {
                Self(raw)
            }

            pub const fn to_u64(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_base32(f, u128::from(self.0), 13)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let wide = read_base32(text, 13)?;
                u64::try_from(wide).map(Self).map_err(|_| InvalidId)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )+};
}

ids!(
    /// A published upstream. Part of the cookie's name, so it never changes.
    AppId,
    /// A person in one workspace.
    UserId,
    WorkspaceId,
    /// One invitation of one person to one app.
    InvitationId,
    /// A mail that waits to be sent.
    MailId,
    /// A named set of permissions.
    RoleId,
    /// A program's key.
    KeyId
);

impl AppId {
    /// The console is an app, too. Random identifiers never meet it, as they never meet one another.
    pub const CONSOLE: Self = Self(0);
}

impl WorkspaceId {
    /// The realm of members, which is no workspace of apps.
    pub const ACCOUNT: Self = Self(0);
}

impl RoleId {
    /// The role that is always there.
    pub const FULL_ACCESS: Self = Self(1);
}

/// One browser on one app, known or not: 80 random bits, shown as `anon-…`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct DeviceId(#[cbor(with = "minicbor::bytes")] [u8; 10]);

impl DeviceId {
    pub fn random() -> Self {
        Self(secret::random())
    }

    pub const fn from_bytes(bytes: [u8; 10]) -> Self {
        Self(bytes)
    }

    fn wide(self) -> u128 {
        self.0.iter().fold(0, |wide, byte| wide << 8 | u128::from(*byte))
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anon-")?;
        write_base32(f, self.wide(), 16)
    }
}

impl fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceId({self})")
    }
}

/// An account with an identity provider, by what names it there for ever: SHA-256 of issuer, a zero byte and subject.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct IdentityId(#[cbor(with = "minicbor::bytes")] [u8; 32]);

impl IdentityId {
    /// Neither an issuer (a URL) nor a subject (ASCII) contains a zero byte.
    pub fn of(issuer: &str, subject: &str) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(issuer.as_bytes());
        context.update(&[0]);
        context.update(subject.as_bytes());
        let mut id = [0; 32];
        id.copy_from_slice(context.finish().as_ref());
        Self(id)
    }

    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for IdentityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64URL_NOPAD.encode(&self.0))
    }
}

impl FromStr for IdentityId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| InvalidId)?;
        bytes.try_into().map(Self).map_err(|_| InvalidId)
    }
}

impl fmt::Debug for IdentityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdentityId({self})")
    }
}

fn write_base32(f: &mut fmt::Formatter<'_>, wide: u128, digits: u32) -> fmt::Result {
    (0..digits).rev().try_for_each(|digit| {
        let index = usize::try_from(wide >> (5 * digit) & 31).unwrap_or_default();
        let symbol = ALPHABET.get(index).copied().unwrap_or_default();
        fmt::Write::write_char(f, char::from(symbol))
    })
}

fn read_base32(text: &str, digits: usize) -> Result<u128, InvalidId> {
    if text.len() != digits {
        return Err(InvalidId);
    }
    text.bytes().try_fold(0, |wide, byte| {
        let value = ALPHABET.iter().position(|symbol| *symbol == byte).ok_or(InvalidId)?;
        Ok(wide << 5 | u128::try_from(value).map_err(|_| InvalidId)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text() {
        for raw in [0, 1, 31, 32, u64::MAX, 0x1234_5678_9abc_def0] {
            let id = AppId::from_u64(raw);
            assert_eq!(id.to_string().len(), 13);
            assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn what_no_id_can_be_is_refused() {
        for text in ["", "0", "zzzzzzzzzzzzz", "ABCDEFGHJKMNP", "0000000000000 ", "000000000000ü"] {
            assert_eq!(text.parse::<AppId>(), Err(InvalidId), "{text}");
        }
    }

    #[test]
    fn a_device_is_shown_as_anon_and_sixteen_digits() {
        assert_eq!(DeviceId::from_bytes([0; 10]).to_string(), "anon-0000000000000000");
        assert_eq!(DeviceId::from_bytes([255; 10]).to_string(), "anon-zzzzzzzzzzzzzzzz");
    }
}
