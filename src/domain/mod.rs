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

pub mod audit;
mod balance;
mod certificate;
pub mod change;
pub mod cookie;
mod email;
mod glimpse;
mod icon;
mod id;
mod link;
mod member;
mod name;
mod person;
mod place;
mod record;
mod return_to;
pub mod secret;
mod tally;
mod time;
mod username;

pub use balance::{Balance, HealthPath, InvalidHealthPath};
pub use certificate::{AcmeAccount, AcmeTrouble, CertificateIssuer, HostCertificate, LocalAuthority};
pub use change::{Change, Guard, Key, Proposal, Record, Revision, Seq};
pub use email::{Domain, Email, InvalidDomain, InvalidEmail};
pub use glimpse::{Glimpse, SessionGlimpse, UserGlimpse};
pub use icon::InvalidIcon;
pub use id::{AppId, DeviceId, IdentityId, InvalidId, InvitationId, KeyId, MailId, RoleId, UserId, WorkspaceId};
pub use link::{Invitation, InvitationState, Letter, Mail, ProviderCache, Purpose, Ticket};
pub use member::{
    ApiKey, Assignment, Grants, KeyScope, LastUse, Member, Permission, Permissions, Role, Theme, UnknownPermission,
};
pub use name::{HeaderToken, InvalidHeaderToken, InvalidSlug, Slug};
pub use person::{Identity, Registration, Session, User, UserProof};
pub use place::{AppUrl, Authority, InvalidUrl, Scheme, Upstream};
pub use record::{
    AccessMode, App, HostHeader, Icon, IconKind, IdentityPreset, Language, MasterPassword, Secrets, Workspace,
};
pub use return_to::{InvalidReturnTo, ReturnTo};
pub use secret::{
    FlowId, FlowKey, FlowKeyId, FlowState, HandOverCode, HandOverId, InviteCode, InviteId, SessionId, SessionToken,
    TicketCode, TicketId,
};
pub use tally::{Day, Tally};
pub use time::{Clock, Timestamp};
pub use username::{InvalidUsername, Username};
