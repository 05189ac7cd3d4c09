//! The roof: from a command line to a running gateway, and back to an exit code.

mod check;
mod cli;

use std::process::ExitCode;

pub use cli::{Cli, Command, Demo, Global};

const FINE: u8 = 0;
const FAILED: u8 = 1;
const MISUSED: u8 = 2;

/// Does what the command line says.
pub fn run(cli: Cli) -> ExitCode {
    let sources = cli.global.sources();
    match cli.command.unwrap_or(Command::Serve) {
        Command::Check => check::check(&sources),
        Command::Version => {
            println!("millgate {}", cli::version());
            FINE.into()
        }
        Command::SetupLink => {
            eprintln!(
                "millgate: the console is not built yet, so there is nothing to set up; apps and API keys are set in the configuration file"
            );
            FAILED.into()
        }
        _ => FAILED.into(),
    }
}
