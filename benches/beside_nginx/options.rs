//! What the command line asks for.

use std::path::PathBuf;

use super::attack::Attack;
use super::cases::Case;
use super::server::Role;
use crate::Result;

pub(crate) enum Command {
    Measure(Options),
    /// The benchmark starts itself again as upstream and as auth server, so that their CPU is theirs.
    Serve(Role, u16),
    /// And as attacker, for the same reason.
    Attack(Attack, u16),
    Explain(&'static str),
}

pub(crate) struct Options {
    pub(crate) cases: Vec<Case>,
    /// Length of one round of one subject.
    pub(crate) seconds: u32,
    pub(crate) rounds: usize,
    pub(crate) sockets: usize,
    pub(crate) millgate: PathBuf,
}

const USAGE: &str = "\
cargo bench --bench beside_nginx -- [OPTIONS]
  --case NAME       only this case (may be repeated): small, browser, single, idle, download, upload, sockets,
                    handshakes, resumed, https, http2, slow-heads, zero-bytes, pings, settings, resets
  --seconds N       length of one round of one subject (default 2)
  --rounds N        rounds, of which the median is shown (default 5)
  --sockets N       WebSockets held open in the case `sockets` (default 10000)
  --quick           1 second, 2 rounds, 2000 WebSockets
  --millgate FILE   measure this binary instead of the one just built
On a machine that others use, percentiles say how busy they are. `chrt --rr 1` before the command gives everything but the
attackers the right of way.";

const UNDER_TEST: &str = "beside_nginx measures only under `cargo bench`; nothing to test here.";

pub(crate) fn from_arguments(arguments: impl Iterator<Item = String>) -> Result<Command> {
    let mut arguments = arguments;
    // `cargo test --all-targets` runs bench binaries with nothing or with the test harness' flags.
    let mut by_cargo_bench = false;
    let mut options = Options {
        cases: Vec::new(),
        seconds: 2,
        rounds: 5,
        sockets: 10_000,
        millgate: PathBuf::from(env!("CARGO_BIN_EXE_millgate")),
    };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value\n{USAGE}"));
        match argument.as_str() {
            "--bench" => by_cargo_bench = true,
            "--case" => options.cases.push(value()?.parse()?),
            "--seconds" => options.seconds = at_least_one(&value()?)?,
            "--rounds" => options.rounds = at_least_one(&value()?)? as usize,
            "--sockets" => options.sockets = at_least_one(&value()?)? as usize,
            "--millgate" => options.millgate = PathBuf::from(value()?),
            "--quick" => (options.seconds, options.rounds, options.sockets) = (1, 2, 2_000),
            "--serve" => return Ok(Command::Serve(value()?.parse()?, value()?.parse()?)),
            "--attack" => return Ok(Command::Attack(value()?.parse()?, value()?.parse()?)),
            "--help" | "-h" => return Ok(Command::Explain(USAGE)),
            other => return Err(format!("unknown argument {other}\n{USAGE}").into()),
        }
    }
    if !by_cargo_bench {
        return Ok(Command::Explain(UNDER_TEST));
    }
    if options.cases.is_empty() {
        options.cases = Case::ALL.to_vec();
    }
    Ok(Command::Measure(options))
}

fn at_least_one(text: &str) -> Result<u32> {
    match text.parse() {
        Ok(0) | Err(_) => Err(format!("`{text}` is not a whole number above 0").into()),
        Ok(number) => Ok(number),
    }
}
