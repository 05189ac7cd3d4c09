//! The nouns. Parsed once at the rim, valid ever after; nothing here does I/O.

/// Wire forms (CBOR in the store, text in JSON and TOML) of a type that is parsed from text.
macro_rules! text_codec {
    ($name:ident) => {
        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                encoder: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                encoder.str(&self.to_string())?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(decoder: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                decoder.str()?.parse().map_err(minicbor::decode::Error::message)
            }
        }

        super::serde_text!($name);
    };
}
use text_codec;

/// Text in JSON and TOML of a type that is parsed from text.
macro_rules! serde_text {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
use serde_text;

pub mod change;
pub mod cookie;
mod email;
mod glimpse;
mod id;
mod name;
mod place;
mod record;
mod return_to;
pub mod secret;
mod time;

pub use change::{Change, Guard, Key, Proposal, Record, Revision, Seq};
pub use email::{Domain, Email, InvalidDomain, InvalidEmail};
pub use glimpse::{Glimpse, SessionGlimpse, UserGlimpse};
pub use id::{AppId, DeviceId, InvalidId, UserId, WorkspaceId};
pub use name::{HeaderToken, InvalidHeaderToken, InvalidSlug, Slug};
pub use place::{AppUrl, Authority, InvalidUrl, Scheme, Upstream};
pub use record::{
    AccessMode, App, HostHeader, IdentityPreset, Invite, Language, MasterPassword, Registration, Secrets, Session,
    User, UserProof, Workspace,
};
pub use return_to::{InvalidReturnTo, ReturnTo};
pub use secret::{FlowId, FlowState, InviteCode, InviteId, SessionId, SessionToken};
pub use time::{Clock, Timestamp};
