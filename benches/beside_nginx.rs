//! Millgate beside nginx, from outside: the same upstream, the same load, in one run.
//!
//! `cargo bench --bench beside_nginx` prints, per case, requests per second, p50, p99, proxy CPU per
//! request and memory for: direct, nginx `proxy_pass`, nginx with `auth_request`, Millgate signed in
//! and Millgate public; then the same over TLS, and what visitors notice while attackers run. Subjects take turns in short rounds and medians are shown, because a machine
//! that is noisy for one is then noisy for all; ratios are taken inside a round for the same reason.
//!
//! Reading order: `options`, `world` (who is measured), `cases` (with what), `report`.

mod beside_nginx {
    pub(crate) mod attack;
    pub(crate) mod attack_frames;
    pub(crate) mod attack_idle;
    pub(crate) mod bars;
    pub(crate) mod bulk;
    pub(crate) mod cases;
    pub(crate) mod client;
    pub(crate) mod flood;
    pub(crate) mod h2load;
    pub(crate) mod handshake;
    pub(crate) mod held;
    pub(crate) mod honest;
    pub(crate) mod meter;
    pub(crate) mod millgate;
    pub(crate) mod nginx;
    pub(crate) mod options;
    pub(crate) mod people;
    pub(crate) mod process;
    pub(crate) mod report;
    pub(crate) mod rounds;
    pub(crate) mod server;
    pub(crate) mod single;
    pub(crate) mod sockets;
    pub(crate) mod tls;
    pub(crate) mod tls_handshake;
    pub(crate) mod world;
    pub(crate) mod wrk;
}

use beside_nginx::{attack, bars, cases, options, process, report, server, world};
use options::Command;

/// Failures end in a sentence for whoever runs the benchmark; nothing here matches on their kind.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> std::process::ExitCode {
    let outcome = match options::from_arguments(std::env::args().skip(1)) {
        Ok(Command::Measure(options)) => measure(&options),
        Ok(Command::Serve(role, port)) => server::run(role, port),
        Ok(Command::Attack(attack, port)) => attack::run(attack, port),
        Ok(Command::Explain(text)) => {
            println!("{text}");
            Ok(())
        }
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("beside_nginx: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn measure(options: &options::Options) -> Result<()> {
    process::require_tools()?;
    process::raise_file_limit();
    let world = world::start(options)?;
    let results = cases::run_all(&world, options);
    report::print(&world, options, &results);
    bars::print(&world, &results);
    // A missed bar is a finding; a subject that could not be measured is a failure.
    if world.failures.is_empty() && !results.iter().any(|measured| measured.outcome.has_failures()) {
        return Ok(());
    }
    Err("not all subjects could be measured; the report above says which and why".into())
}
