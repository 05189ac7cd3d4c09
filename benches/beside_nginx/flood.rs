//! What honest visitors notice of an attack: their latency in calm and while attackers run, in turns.

use std::path::Path;
use std::time::{Duration, Instant};

use super::attack::{self, Attack};
use super::honest;
use super::meter;
use super::options::Options;
use super::rounds::{median, percentile};
use super::world::{Subject, Who, World, probe};
use crate::Result;

pub(crate) struct Row {
    pub(crate) who: Who,
    samples: Vec<Sample>,
    pub(crate) failure: Option<String>,
}

pub(crate) struct Sample {
    pub(crate) calm: Phase,
    pub(crate) attacked: Phase,
    /// Per second.
    pub(crate) connections: f64,
    pub(crate) pieces: f64,
    /// The attacker's share of one core.
    pub(crate) attacker_cpu: f64,
}

pub(crate) struct Phase {
    /// Sorted.
    latencies: Vec<Duration>,
    /// The server's share of one core.
    pub(crate) cpu: f64,
}

pub(crate) type Figure = fn(&Sample) -> f64;

/// A hundredth of the requests has to be more than a few.
const LENGTHS: u32 = 2;
/// Servers get to close what an attack has left behind.
const SETTLE: Duration = Duration::from_secs(1);

pub(crate) fn run(world: &World, subjects: &[&Subject], attack: Attack, options: &Options) -> Vec<Row> {
    let length = Duration::from_secs((options.seconds * LENGTHS).into());
    let mut rows: Vec<_> =
        subjects.iter().map(|subject| Row { who: subject.who, samples: Vec::new(), failure: None }).collect();
    for round in 0..options.rounds {
        eprint!("  round {}:", round + 1);
        for (subject, row) in subjects.iter().zip(&mut rows) {
            match probe(subject).and_then(|()| measure(subject, attack, length, world.directory())) {
                Ok(sample) => row.record(sample),
                Err(error) => row.record_failure(&error.to_string()),
            }
            std::thread::sleep(SETTLE);
        }
        eprintln!();
    }
    rows
}

fn measure(subject: &Subject, attack: Attack, length: Duration, directory: &Path) -> Result<Sample> {
    let calm = visit(subject, length)?;
    let attackers = attack::start(attack, subject.door.port, directory)?;
    let attackers_pid = [attackers.pid()];
    let (before, spent, began) = (attack::deeds(directory), meter::cpu(&attackers_pid), Instant::now());
    let attacked = visit(subject, length)?;
    let (after, seconds) = (attack::deeds(directory), began.elapsed().as_secs_f64());
    let spent = meter::cpu(&attackers_pid).saturating_sub(spent);
    if (after.connections, after.pieces) == (before.connections, before.pieces) {
        return Err("the attackers got nothing done; there is nothing to compare".into());
    }
    let rate = |after: u64, before: u64| after.saturating_sub(before) as f64 / seconds;
    Ok(Sample {
        calm,
        attacked,
        connections: rate(after.connections, before.connections),
        pieces: rate(after.pieces, before.pieces),
        attacker_cpu: spent.as_secs_f64() / seconds,
    })
}

fn visit(subject: &Subject, length: Duration) -> Result<Phase> {
    let began = Instant::now();
    let (latencies, usage) = meter::watch(&subject.pids, || honest::visit(subject, length));
    let seconds = began.elapsed().as_secs_f64();
    let mut latencies = latencies?;
    latencies.sort_unstable();
    Ok(Phase { latencies, cpu: usage.cpu.as_secs_f64() / seconds })
}

impl Phase {
    pub(crate) fn p99(&self) -> f64 {
        percentile(&self.latencies, 0.99).as_secs_f64() * 1e6
    }
}

impl Sample {
    fn slowdown(&self) -> f64 {
        self.attacked.p99() / self.calm.p99()
    }
}

impl Row {
    pub(crate) fn median(&self, figure: Figure) -> Option<f64> {
        median(self.samples.iter().map(figure).collect())
    }

    /// The p99 under attack by the calm one, of each round: the median, the lowest and the highest.
    pub(crate) fn slowdown(&self) -> Option<[f64; 3]> {
        let ratios: Vec<f64> = self.samples.iter().map(Sample::slowdown).collect();
        let (low, high) =
            (ratios.iter().copied().min_by(f64::total_cmp)?, ratios.iter().copied().max_by(f64::total_cmp)?);
        Some([median(ratios)?, low, high])
    }

    /// The same of all rounds together: steadier, as few requests are above a p99.
    pub(crate) fn pooled_p99(&self, phase: fn(&Sample) -> &Phase) -> Option<f64> {
        let mut all: Vec<Duration> = self.samples.iter().flat_map(|sample| phase(sample).latencies.clone()).collect();
        all.sort_unstable();
        (!all.is_empty()).then(|| percentile(&all, 0.99).as_secs_f64() * 1e6)
    }

    fn record(&mut self, sample: Sample) {
        let (calm, attacked) = (sample.calm.p99(), sample.attacked.p99());
        eprint!(" {} p99 {calm:.0} µs, attacked {attacked:.0} µs;", self.who.name());
        self.samples.push(sample);
    }

    fn record_failure(&mut self, reason: &str) {
        eprint!(" {} failed: {reason};", self.who.name());
        self.failure.get_or_insert_with(|| reason.to_owned());
    }
}
