//! What is measured, and of whom.

use std::str::FromStr;

use super::attack::Attack;
use super::bulk::{self, Direction};
use super::flood;
use super::h2load;
use super::held;
use super::options::Options;
use super::rounds::{Row, interleave};
use super::single;
use super::sockets;
use super::tls_handshake::{self, Kind};
use super::world::{Subject, Who, World};
use super::wrk;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Small,
    Browser,
    Single,
    Idle,
    Download,
    Upload,
    Sockets,
    Handshakes,
    Resumed,
    Https,
    Http2,
    Flood(Attack),
}

pub(crate) enum Outcome {
    Requests(Vec<Row>),
    Bytes(Vec<Row>),
    Sockets(Vec<sockets::Row>),
    Flood(Vec<flood::Row>),
}

pub(crate) struct Measured {
    pub(crate) case: Case,
    pub(crate) outcome: Outcome,
}

impl Case {
    pub(crate) const ALL: [Self; 16] = [
        Self::Small,
        Self::Browser,
        Self::Single,
        Self::Idle,
        Self::Download,
        Self::Upload,
        Self::Sockets,
        Self::Handshakes,
        Self::Resumed,
        Self::Https,
        Self::Http2,
        Self::Flood(Attack::SlowHeads),
        Self::Flood(Attack::ZeroBytes),
        Self::Flood(Attack::Pings),
        Self::Flood(Attack::Settings),
        Self::Flood(Attack::Resets),
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Browser => "browser",
            Self::Single => "single",
            Self::Idle => "idle",
            Self::Download => "download",
            Self::Upload => "upload",
            Self::Sockets => "sockets",
            Self::Handshakes => "handshakes",
            Self::Resumed => "resumed",
            Self::Https => "https",
            Self::Http2 => "http2",
            Self::Flood(attack) => attack.name(),
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Small => "small answers, 64 kept-alive connections",
            Self::Browser => "the same with the headers that a browser sends",
            Self::Single => "small answers, 1 connection: added latency",
            Self::Idle => "small answers on 64 connections beside 1,000 idle ones",
            Self::Download => "downloads of 10 MB, 4 connections",
            Self::Upload => "uploads of 10 MB, 4 connections",
            Self::Sockets => "open WebSockets, then revoked",
            Self::Handshakes => "TLS 1.3 handshakes in full (ECDSA P-256, X25519), 32 clients",
            Self::Resumed => "TLS 1.3 handshakes resumed by tickets, 32 clients",
            Self::Https => "small answers over HTTPS, 64 kept-alive connections",
            Self::Http2 => "small answers over HTTP/2 and TLS, 4 connections of 100 streams",
            Self::Flood(attack) => attack.title(),
        }
    }

    fn subjects(self) -> &'static [Who] {
        match self {
            Self::Small | Self::Browser | Self::Single | Self::Idle => {
                &[Who::Direct, Who::Nginx, Who::NginxAuth, Who::SignedIn, Who::Public]
            }
            Self::Download | Self::Upload => {
                &[Who::Direct, Who::Nginx, Who::NginxTuned, Who::NginxAuth, Who::SignedIn, Who::Public]
            }
            Self::Sockets => &[Who::Direct, Who::NginxWide, Who::SignedIn],
            Self::Handshakes | Self::Resumed | Self::Https | Self::Http2 | Self::Flood(_) => {
                &[Who::NginxTls, Who::SignedInTls]
            }
        }
    }
}

impl Outcome {
    pub(crate) fn has_failures(&self) -> bool {
        match self {
            Self::Requests(rows) | Self::Bytes(rows) => rows.iter().any(|row| row.failure.is_some()),
            Self::Sockets(rows) => rows.iter().any(|row| row.failure.is_some()),
            Self::Flood(rows) => rows.iter().any(|row| row.failure.is_some()),
        }
    }
}

impl FromStr for Case {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|case| case.name() == text);
        found.ok_or_else(|| format!("no case `{text}`; there are {}", Self::ALL.map(Self::name).join(", ")))
    }
}

pub(crate) fn run_all(world: &World, options: &Options) -> Vec<Measured> {
    let run = |&case: &Case| Measured { case, outcome: run(case, world, options) };
    options.cases.iter().map(run).collect()
}

fn run(case: Case, world: &World, options: &Options) -> Outcome {
    eprintln!("case {}: {}", case.name(), case.title());
    let subjects: Vec<&Subject> = case.subjects().iter().filter_map(|&who| world.subject(who)).collect();
    let seconds = options.seconds;
    let rows = |measure: &dyn Fn(&Subject) -> crate::Result<_>| interleave(&subjects, options.rounds, measure);
    match case {
        Case::Small => Outcome::Requests(rows(&|subject| wrk::run(subject, seconds, &[]))),
        Case::Browser => Outcome::Requests(rows(&|subject| wrk::run(subject, seconds, wrk::BROWSER_HEADERS))),
        Case::Single => Outcome::Requests(rows(&|subject| single::run(subject, seconds))),
        Case::Idle => Outcome::Requests(rows(&|subject| held::run(subject, seconds))),
        Case::Download => Outcome::Bytes(rows(&|subject| bulk::run(subject, seconds, Direction::Down))),
        Case::Upload => Outcome::Bytes(rows(&|subject| bulk::run(subject, seconds, Direction::Up))),
        Case::Sockets => Outcome::Sockets(sockets::run(world, &subjects, options)),
        Case::Handshakes => Outcome::Requests(rows(&|subject| tls_handshake::run(subject, seconds, Kind::Full))),
        Case::Resumed => Outcome::Requests(rows(&|subject| tls_handshake::run(subject, seconds, Kind::Resumed))),
        Case::Https => Outcome::Requests(rows(&|subject| wrk::run(subject, seconds, &[]))),
        Case::Http2 => Outcome::Requests(rows(&|subject| h2load::run(subject, seconds))),
        Case::Flood(attack) => Outcome::Flood(flood::run(world, &subjects, attack, options)),
    }
}
