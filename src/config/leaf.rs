//! Single values: text with a meaning, switches, numbers, choices.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use crate::domain::{
    AccessMode, AppUrl, Balance, Domain, Email, HeaderToken, HealthPath, HostHeader, IdentityPreset, Language, Slug,
    Upstream,
};
use crate::federation::Issuer;
use crate::mail;
use crate::observe;
use crate::tls;
use crate::tls::acme::ChallengeKind;

use super::document::{Source, Value};
use super::problem::{Place, Problems, hint};
use super::quantity::{self, Bytes};
use super::table::FromValue;

/// How a value that was not expected is named.
pub(super) fn found(value: &Value<'_>) -> String {
    match value.get_ref().as_str() {
        Some(text) => format!("\"{text}\""),
        None => format!("{} {}", article(value.get_ref().type_str()), value.get_ref().type_str()),
    }
}

fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

/// A value that is written as text, and how to write it.
trait Text: Sized {
    const FORM: &'static str;

    /// On `Err`, what is wrong and how to write it right.
    fn parse(text: &str) -> Result<Self, String>;
}

fn read_text<T: Text>(value: &Value<'_>, place: &Place, problems: &mut Problems) -> Option<T> {
    let Some(text) = value.get_ref().as_str() else {
        problems.error(place, format!("expected {}, found {}", T::FORM, found(value)));
        return None;
    };
    T::parse(text).map_err(|wrong| problems.error(place, wrong)).ok()
}

macro_rules! texts {
    ($($kind:ty: $form:literal, $parse:expr;)+) => {$(
        impl Text for $kind {
            const FORM: &'static str = $form;

            fn parse(text: &str) -> Result<Self, String> {
                let parse: fn(&str) -> Result<Self, String> = $parse;
                parse(text)
            }
        }

        impl FromValue for $kind {
            fn from_value(value: &Value<'_>, _: &Source, place: &Place, problems: &mut Problems) -> Option<Self> {
                read_text(value, place, problems)
            }
        }
    )+};
}

/// Parses by `FromStr`; the error is the sentence that says how to write it.
fn plain<T: std::str::FromStr>(text: &str) -> Result<T, String>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error| format!("\"{text}\" cannot be used: {error}"))
}

fn choice<T: Copy>(text: &str, what: &str, known: &[(&'static str, T)]) -> Result<T, String> {
    if let Some((_, value)) = known.iter().find(|(word, _)| *word == text) {
        return Ok(*value);
    }
    let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
    Err(format!("\"{text}\" is no {what}: use one of {}{}", words.join(", "), hint(text, words.iter().copied())))
}

texts! {
    String: "text in quotes", |text| Ok(text.to_owned());
    PathBuf: "a path in quotes", |text| match text {
        "" => Err("the path is empty".into()),
        text => Ok(text.into()),
    };
    Slug: "a name in quotes", plain;
    AppUrl: "a URL in quotes", plain;
    Upstream: "a URL in quotes, such as \"http://127.0.0.1:1880\"", plain;
    HealthPath: "a path in quotes, such as \"/healthz\"", plain;
    Balance: "\"least-connections\" or \"sticky\"", |text| {
        choice(text, "way to share requests", &Balance::ALL.map(|way| (way.as_str(), way)))
    };
    HeaderToken: "a header name in quotes", plain;
    Domain: "a domain in quotes, such as \"plant.example\"", plain;
    Email: "an e-mail address in quotes", plain;
    super::raw::Directory: "a URL in quotes, such as \"https://acme-v02.api.letsencrypt.org/directory\"", plain;
    ChallengeKind: "\"tls-alpn-01\" or \"http-01\"", |text| {
        choice(text, "way to prove a host", &ChallengeKind::ALL.map(|kind| (kind.as_str(), kind)))
    };
    Issuer: "a URL in quotes, such as \"https://id.plant.example\"", plain;
    IpNet: "an address range in quotes, such as \"10.0.0.0/8\"", network;
    SocketAddr: "an address with a port in quotes, such as \"0.0.0.0:8080\"", |text| text.parse().map_err(|_| {
        format!("\"{text}\" is no address to listen on: write an IP address and a port, such as \"0.0.0.0:8080\" or \"[::]:8080\"")
    });
    super::raw::Scope: "a scope in quotes, such as \"app:default/hmi\"", plain;
    // Not repeated when it is wrong: there may be a password in it.
    mail::Server: "a URL in quotes, such as \"smtps://user@mail.example.com\"", |text| {
        text.parse().map_err(|wrong: mail::InvalidServer| wrong.to_string())
    };
    mail::Sender: "an address in quotes, such as \"Millgate <gate@example.com>\"", plain;
    Duration: "a duration in quotes, such as \"30s\"", quantity::duration;
    AccessMode: "an access mode in quotes", |text| choice(text, "access mode", &AccessMode::ALL.map(|m| (m.as_str(), m)));
    Language: "a language in quotes", |text| choice(text, "language of the pages", &[("en", Language::En), ("de", Language::De)]);
    HostHeader: "\"visitor\" or \"upstream\"", |text| {
        choice(text, "kind of Host header", &[("visitor", HostHeader::Visitor), ("upstream", HostHeader::Upstream)])
    };
    IdentityPreset: "a preset in quotes", |text| choice(text, "preset of identity headers", &[
        ("remote-user", IdentityPreset::RemoteUser),
        ("x-forwarded-user", IdentityPreset::XForwardedUser),
        ("x-webauth-user", IdentityPreset::XWebauthUser),
    ]);
    observe::Level: "a log level in quotes", |text| choice(text, "log level", &observe::Level::ALL.map(|l| (l.as_str(), l)));
    tls::Version: "\"1.2\" or \"1.3\"", |text| choice(text, "version of TLS", &tls::Version::ALL.map(|v| (v.as_str(), v)));
    observe::Format: "\"text\" or \"json\"", |text| choice(text, "log format", &observe::Format::ALL.map(|f| (f.as_str(), f)));
}

/// A range, or a single address.
fn network(text: &str) -> Result<IpNet, String> {
    let single = || text.parse::<std::net::IpAddr>().map(IpNet::from);
    text.parse().or_else(|_| single()).map_err(|_| {
        format!(
            "\"{text}\" is no address range: write it such as \"10.0.0.0/8\", or a single address such as \"10.0.0.5\""
        )
    })
}

impl FromValue for bool {
    fn from_value(value: &Value<'_>, source: &Source, place: &Place, problems: &mut Problems) -> Option<Self> {
        let written = match value.get_ref().as_str() {
            Some("true") if source.is_untyped() => Some(true),
            Some("false") if source.is_untyped() => Some(false),
            _ => value.get_ref().as_bool(),
        };
        if written.is_none() {
            problems.error(place, format!("expected true or false without quotes, found {}", found(value)));
        }
        written
    }
}

impl FromValue for u32 {
    fn from_value(value: &Value<'_>, source: &Source, place: &Place, problems: &mut Problems) -> Option<Self> {
        let written = integer(value, source).and_then(|number| Self::try_from(number).ok());
        if written.is_none() {
            problems.error(place, format!("expected a whole number from 0 to {}, found {}", Self::MAX, found(value)));
        }
        written
    }
}

impl FromValue for Bytes {
    fn from_value(value: &Value<'_>, source: &Source, place: &Place, problems: &mut Problems) -> Option<Self> {
        if let Some(number) = integer(value, source) {
            return Some(Self(number));
        }
        let Some(text) = value.get_ref().as_str() else {
            problems.error(
                place,
                format!("expected a number of bytes or a size such as \"64KiB\", found {}", found(value)),
            );
            return None;
        };
        quantity::bytes(text).map_err(|wrong| problems.error(place, wrong)).ok()
    }
}

fn integer(value: &Value<'_>, source: &Source) -> Option<u64> {
    if source.is_untyped() {
        return value.get_ref().as_str()?.parse().ok();
    }
    let number = value.get_ref().as_integer()?;
    u64::from_str_radix(number.as_str(), number.radix()).ok()
}
