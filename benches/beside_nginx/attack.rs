//! Who attacks while honest visitors are measured: this program once more, at the lowest priority, so that the server
//! is what slows visitors down and not the attacker's own hunger for CPU. Of the priority that `chrt` gave the rest of
//! the benchmark, attackers get nothing.
//!
//! Attackers come from 250 addresses, as a botnet would: no limit per address ends them.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::process::{Service, find};
use super::{attack_frames, attack_idle};
use crate::Result;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attack {
    /// Connections whose request head never ends.
    SlowHeads,
    /// Connections that say nothing at all.
    ZeroBytes,
    /// Frames of HTTP/2 that each want an answer and move nothing.
    Pings,
    Settings,
    /// Requests that are taken back in the same breath (CVE-2023-44487).
    Resets,
}

/// What an attacker has done by now.
#[derive(Clone, Copy, Default)]
pub(crate) struct Deeds {
    pub(crate) connections: u64,
    /// Frames, or bytes of slow heads.
    pub(crate) pieces: u64,
}

pub(crate) static CONNECTIONS: AtomicU64 = AtomicU64::new(0);
pub(crate) static PIECES: AtomicU64 = AtomicU64::new(0);

const SAY_EVERY: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(60);
/// Its first line when everything is in place.
const READY: &str = "ready";

impl Attack {
    pub(crate) const ALL: [Self; 5] = [Self::SlowHeads, Self::ZeroBytes, Self::Pings, Self::Settings, Self::Resets];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SlowHeads => "slow-heads",
            Self::ZeroBytes => "zero-bytes",
            Self::Pings => "pings",
            Self::Settings => "settings",
            Self::Resets => "resets",
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::SlowHeads => "2,000 connections trickle a request head over TLS",
            Self::ZeroBytes => "2,000 connections say nothing, each replaced after a second",
            Self::Pings => "16 connections of HTTP/2 send PING without end",
            Self::Settings => "16 connections of HTTP/2 send SETTINGS without end",
            Self::Resets => "16 connections of HTTP/2 ask and reset without end",
        }
    }
}

impl FromStr for Attack {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        Self::ALL.into_iter().find(|attack| attack.name() == text).ok_or_else(|| format!("no attack `{text}`"))
    }
}

/// The attacker's own process: attacks until it is ended, and says every moment what it has done.
pub(crate) fn run(attack: Attack, port: u16) -> Result<()> {
    std::thread::spawn(move || {
        let outcome = match attack {
            Attack::SlowHeads | Attack::ZeroBytes => attack_idle::run(attack, port),
            Attack::Pings | Attack::Settings | Attack::Resets => attack_frames::run(attack, port),
        };
        if let Err(error) = outcome {
            eprintln!("the attack failed: {error}");
            std::process::exit(1);
        }
    });
    loop {
        std::thread::sleep(SAY_EVERY);
        let (connections, pieces) = (CONNECTIONS.load(Ordering::Relaxed), PIECES.load(Ordering::Relaxed));
        writeln!(std::io::stdout(), "{connections} {pieces}")?;
    }
}

/// Said by the attack itself, once all of its connections are there.
pub(crate) fn say_ready() {
    println!("{READY}");
}

/// Starts it and waits until it is under way.
pub(crate) fn start(attack: Attack, port: u16, directory: &Path) -> Result<Service> {
    let own = std::env::current_exe()?;
    let chrt = find("chrt").ok_or("chrt is not installed (util-linux)")?;
    let (own, port) = (own.to_string_lossy(), port.to_string());
    let arguments = ["--other", "0", "nice", "-n", "19", &own, "--attack", attack.name(), &port];
    let mut service = Service::start(&chrt, &arguments, directory.join("attack.log"))?;
    let log = directory.join("attack.log");
    let is_ready = || std::fs::read_to_string(&log).is_ok_and(|text| text.lines().any(|line| line == READY));
    service.wait_until(PATIENCE, is_ready)?;
    Ok(service)
}

/// What the attacker said last.
pub(crate) fn deeds(directory: &Path) -> Deeds {
    let log = std::fs::read_to_string(directory.join("attack.log")).unwrap_or_default();
    let numbers = |line: &str| -> Option<Deeds> {
        let (connections, pieces) = line.split_once(' ')?;
        Some(Deeds { connections: connections.parse().ok()?, pieces: pieces.parse().ok()? })
    };
    // The very last line may be half written.
    let (whole, _) = log.rsplit_once('\n').unwrap_or_default();
    whole.lines().rev().find_map(numbers).unwrap_or_default()
}

/// One of the addresses that attackers come from.
pub(crate) fn source(number: usize) -> SocketAddr {
    let last = u8::try_from(number % 250).unwrap_or_default() + 1;
    SocketAddr::from((Ipv4Addr::new(127, 0, 1, last), 0))
}
