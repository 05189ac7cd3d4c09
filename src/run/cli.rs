//! The command line.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::Sources;
use crate::observe;

/// Apart from the command's own options, between which they would stand.
const EVERYWHERE: &str = "Options of every command";
/// The release, and the commit it was built from where that is known (config/build.rs).
pub(super) const VERSION: &str = env!("MILLGATE_VERSION");

/// An identity gateway: a door for every app, in one binary.
#[derive(Debug, Parser)]
#[command(name = "millgate", version = VERSION, max_term_width = 100, after_help = "Exit codes: 0 fine, 1 runtime failure, 2 bad usage or configuration.")]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Args)]
pub struct Global {
    /// Configuration file [default: config/millgate.toml, when it is there; the demo has its own]
    #[arg(long, global = true, value_name = "FILE", help_heading = EVERYWHERE)]
    pub config: Option<PathBuf>,
    /// Folder of the store [default: data; the demo: a temporary one]
    #[arg(long, global = true, value_name = "DIR", help_heading = EVERYWHERE)]
    pub data: Option<PathBuf>,
    /// How much to log [default: info; the demo: warn]
    #[arg(long, global = true, value_name = "LEVEL", help_heading = EVERYWHERE)]
    pub log_level: Option<LogLevel>,
    /// How to log [default: text]
    #[arg(long, global = true, value_name = "FORMAT", help_heading = EVERYWHERE)]
    pub log_format: Option<LogFormat>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the gateway; what happens when no command is given
    Serve(Serve),
    /// Try it: five sample apps, one for each access mode, on a fresh store
    Demo(Demo),
    /// Validate the configuration and the audit record, and say everything that is wrong with them
    Check {
        /// Look at the audit record of this backup instead
        #[arg(long, value_name = "FILE")]
        backup: Option<PathBuf>,
    },
    /// Print a new one-time link that makes an owner, or gives one a new password
    SetupLink,
    /// Copy the store, also while the gateway runs
    Backup {
        /// The file to write; one of that name is replaced when the copy is whole
        file: PathBuf,
    },
    /// Put a backup in the place of the store
    Restore {
        /// The file that `backup` wrote
        file: PathBuf,
        /// Replace the store that is there
        #[arg(long)]
        force: bool,
    },
    /// Trust the gateway's own certificate authority (tls = "internal") on this machine, or say how
    Trust(Trust),
    /// Print the version, and what it was built for and with
    Version,
}

#[derive(Debug, Args)]
pub struct Trust {
    /// Install the root for the system's programs; needs the administrator
    #[arg(long, conflicts_with_all = ["firefox", "print"])]
    pub system: bool,
    /// Install the root in your own Firefox and Chromium; needs certutil
    #[arg(long, conflicts_with = "print")]
    pub firefox: bool,
    /// Print the root as PEM, and its fingerprint on standard error
    #[arg(long)]
    pub print: bool,
    /// Make a new authority first: every device has to trust it anew
    #[arg(long)]
    pub renew: bool,
}

#[derive(Debug, Default, Args)]
pub struct Serve {
    /// Take the place of the gateway that runs on the same data folder: it finishes what is under way and ends, and no
    /// visitor is turned away meanwhile
    #[arg(long)]
    pub take_over: bool,
}

#[derive(Debug, Args)]
pub struct Demo {
    /// Port of the sample apps and the console
    #[arg(long, default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1..))]
    pub port: u16,
    /// Address to listen on
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), value_name = "IP")]
    pub bind: IpAddr,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

impl Global {
    /// With the process's environment, which nothing else reads.
    pub fn sources(&self) -> Sources {
        let variables = std::env::vars_os().filter_map(|(name, text)| {
            let name = name.into_string().ok()?;
            // A value that is no text is one that no key takes: it is reported as such.
            Some((name, text.to_string_lossy().into_owned()))
        });
        Sources {
            file: self.config.clone(),
            variables: variables.filter(|(name, _)| name.starts_with("MILLGATE_")).collect(),
            data_dir: self.data.clone(),
            log_level: self.log_level.map(Into::into),
            log_format: self.log_format.map(Into::into),
        }
    }
}

impl From<LogLevel> for observe::Level {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Error => Self::Error,
            LogLevel::Warn => Self::Warn,
            LogLevel::Info => Self::Info,
            LogLevel::Debug => Self::Debug,
            LogLevel::Trace => Self::Trace,
        }
    }
}

impl From<LogFormat> for observe::Format {
    fn from(format: LogFormat) -> Self {
        match format {
            LogFormat::Text => Self::Text,
            LogFormat::Json => Self::Json,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Option<Cli> {
        Cli::try_parse_from(line.split(' ')).ok()
    }

    #[test]
    fn flags_stand_before_and_after_the_command() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
        for line in
            ["millgate --config a --data b serve", "millgate serve --config a --data b", "millgate --config a --data b"]
        {
            let cli = parsed(line).unwrap();
            assert!(matches!(cli.command, None | Some(Command::Serve(Serve { take_over: false }))));
            let sources = cli.global.sources();
            assert_eq!((sources.file, sources.data_dir), (Some("a".into()), Some("b".into())));
        }
        let demo = parsed("millgate demo --port 9000 --bind ::1").unwrap();
        assert!(matches!(demo.command, Some(Command::Demo(Demo { port: 9000, bind: IpAddr::V6(_) }))));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for line in ["millgate serv", "millgate demo --port 0", "millgate backup", "millgate --log-level loud"] {
            assert!(parsed(line).is_none(), "{line}");
        }
    }
}
