//! The program: a command line goes in, an exit code comes out.

use std::process::ExitCode;

use clap::Parser;
use millgate::run::{Cli, run};

/// Small allocations from many threads are what a gateway does all day.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    run(Cli::parse())
}
