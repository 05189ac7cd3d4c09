//! The roof: from a command line to a running gateway, and back to an exit code.

mod acme;
mod apps;
mod check;
mod check_audit;
mod cli;
mod demo;
mod doors;
mod gateway;
mod inherited;
mod keep;
mod keys;
mod machine;
mod metrics;
mod office;
mod opening;
mod providers;
mod reload;
mod serve;
mod setup_link;
mod signals;
mod tls;
mod trust;
mod watcher;

use std::process::ExitCode;

pub use cli::{Cli, Command, Demo, Global, Serve, Trust};

const FINE: u8 = 0;
const FAILED: u8 = 1;
const MISUSED: u8 = 2;

/// Does what the command line says.
pub fn run(cli: Cli) -> ExitCode {
    let sources = cli.global.sources();
    match cli.command.unwrap_or(Command::Serve(Serve::default())) {
        Command::Serve(asked) => serve::serve(&asked, &sources),
        Command::Demo(asked) => demo::demo(&asked, &sources),
        Command::Check { backup: None } => check::check(&sources),
        Command::Check { backup: Some(file) } => check_audit::of_backup(&file),
        Command::SetupLink => setup_link::setup_link(&sources),
        Command::Backup { file } => keep::backup(&sources, &file),
        Command::Restore { file, force } => keep::restore(&sources, &file, force),
        Command::Trust(asked) => trust::trust(&sources, &asked),
        Command::Version => {
            println!("millgate {}", cli::VERSION);
            println!("{}, {}", env!("MILLGATE_TARGET"), env!("MILLGATE_RUSTC"));
            FINE.into()
        }
    }
}
