//! Secrets come in pairs: the plain one, which only its owner ever holds, and the hash that names it here.

use std::fmt;

use aws_lc_rs::digest;
use data_encoding::BASE64URL_NOPAD;

use super::id::InvalidId;

/// Random bytes from the operating system's seeded generator.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // aws-lc aborts rather than return unfilled bytes; an `Err` here cannot be met with anything sane.
    if aws_lc_rs::rand::fill(&mut bytes).is_err() {
        std::process::abort();
    }
    bytes
}

macro_rules! pairs {
    ($($(#[$doc:meta])* $plain:ident names $hashed:ident),+) => {$(
        $(#[$doc])*
        pub struct $plain([u8; 32]);

        impl $plain {
            pub fn random() -> Self {
                Self(random())
            }

            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// Reads the text form; anything but 43 canonical base64url characters is nobody's secret.
            pub fn parse(text: &[u8]) -> Option<Self> {
                read(text).map(Self)
            }

            pub fn id(&self) -> $hashed {
                let mut id = [0; 32];
                id.copy_from_slice(digest::digest(&digest::SHA256, &self.0).as_ref());
                $hashed(id)
            }

            pub fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }

            /// The one way to the plain text: for the cookie or link that carries it to its owner.
            pub fn reveal(&self) -> String {
                BASE64URL_NOPAD.encode(&self.0)
            }
        }

        impl fmt::Debug for $plain {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($plain), "(…)"))
            }
        }

        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, minicbor::Encode, minicbor::Decode)]
        #[cbor(transparent)]
        pub struct $hashed(#[cbor(with = "minicbor::bytes")] [u8; 32]);

        impl $hashed {
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl fmt::Display for $hashed {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&BASE64URL_NOPAD.encode(&self.0))
            }
        }

        impl fmt::Debug for $hashed {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($hashed), "({})"), self)
            }
        }

        impl serde::Serialize for $hashed {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl std::str::FromStr for $hashed {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                read(text.as_bytes()).map(Self).ok_or(InvalidId)
            }
        }
    )+};
}

pairs!(
    /// What the session cookie carries.
    SessionToken names SessionId,
    /// What an invite link carries.
    InviteCode names InviteId,
    /// What the link to a new password or to a new address carries.
    TicketCode names TicketId,
    /// What goes to an identity provider and comes back with its answer.
    FlowState names FlowId,
    /// What binds a sign-in that leaves an app's address to the browser that began it; a cookie there carries it.
    FlowKey names FlowKeyId,
    /// What brings the outcome of such a sign-in back to the app's address.
    HandOverCode names HandOverId
);

fn read(text: &[u8]) -> Option<[u8; 32]> {
    if text.len() != 43 {
        return None;
    }
    let mut bytes = [0; 32];
    let length = BASE64URL_NOPAD.decode_mut(text, &mut bytes).ok()?;
    (length == bytes.len()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_its_text_and_shows_nothing_in_logs() {
        let token = SessionToken::from_bytes([7; 32]);
        let text = token.reveal();
        assert_eq!(SessionToken::parse(text.as_bytes()).map(|t| t.id()), Some(token.id()));
        assert_eq!(format!("{token:?}"), "SessionToken(…)");
    }

    #[test]
    fn only_the_canonical_text_is_read() {
        let text = SessionToken::from_bytes([0; 32]).reveal();
        // The last character carries two unused bits: a second spelling of the same bytes.
        let other = format!("{}B", &text[..42]);
        assert!(SessionToken::parse(other.as_bytes()).is_none());
        assert!(SessionToken::parse(b"").is_none());
        assert!(SessionToken::parse(&text.as_bytes()[..42]).is_none());
    }
}
