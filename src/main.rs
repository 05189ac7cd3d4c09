//! The program: a command line goes in, an exit code comes out.

use std::process::ExitCode;

use clap::Parser;
use millgate::run::{Cli, run};

fn main() -> ExitCode {
    run(Cli::parse())
}
