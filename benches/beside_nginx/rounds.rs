//! Subjects take turns, so that a slow minute of the machine hits all of them; medians are kept.

use std::time::Duration;

use super::meter::Usage;
use super::world::{Subject, Who, probe};
use crate::Result;

/// One round of one subject.
#[derive(Clone)]
pub(crate) struct Sample {
    pub(crate) requests: u64,
    pub(crate) bytes: u64,
    pub(crate) elapsed: Duration,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    pub(crate) usage: Usage,
}

/// All rounds of one subject; a round that failed is None.
pub(crate) struct Row {
    pub(crate) who: Who,
    samples: Vec<Option<Sample>>,
    pub(crate) failure: Option<String>,
}

/// A figure of a sample, from which medians and ratios are taken.
pub(crate) type Figure = fn(&Sample) -> f64;

pub(crate) fn interleave(
    subjects: &[&Subject],
    rounds: usize,
    measure: &dyn Fn(&Subject) -> Result<Sample>,
) -> Vec<Row> {
    let mut rows: Vec<_> =
        subjects.iter().map(|subject| Row { who: subject.who, samples: Vec::new(), failure: None }).collect();
    for round in 0..rounds {
        eprint!("  round {} of {rounds}:", round + 1);
        for (subject, row) in subjects.iter().zip(&mut rows) {
            match probe(subject).and_then(|()| measure(subject)) {
                Ok(sample) => row.record(sample),
                Err(error) => row.record_failure(&error.to_string()),
            }
        }
        eprintln!();
    }
    rows
}

impl Row {
    /// None when no round succeeded.
    pub(crate) fn median(&self, figure: Figure) -> Option<f64> {
        median(self.samples.iter().flatten().map(figure).collect())
    }

    /// The highest of all rounds.
    pub(crate) fn highest(&self, figure: Figure) -> Option<f64> {
        self.samples.iter().flatten().map(figure).max_by(f64::total_cmp)
    }

    /// The median of the ratios to `base` in the same round.
    pub(crate) fn ratio(&self, base: &Self, figure: Figure) -> Option<f64> {
        median(self.ratios(base, figure).collect())
    }

    /// The lowest and the highest of these ratios: how far the median is to be trusted.
    pub(crate) fn ratio_range(&self, base: &Self, figure: Figure) -> Option<(f64, f64)> {
        let lowest = self.ratios(base, figure).min_by(f64::total_cmp)?;
        let highest = self.ratios(base, figure).max_by(f64::total_cmp)?;
        Some((lowest, highest))
    }

    /// The median of the differences to `base` in the same round.
    pub(crate) fn difference(&self, base: &Self, figure: Figure) -> Option<f64> {
        median(self.pairs(base, figure).map(|(own, other)| own - other).collect())
    }

    fn ratios(&self, base: &Self, figure: Figure) -> impl Iterator<Item = f64> {
        let pairs = self.pairs(base, figure);
        pairs.filter_map(|(own, other)| (other > 0.0).then_some(own / other))
    }

    fn pairs(&self, base: &Self, figure: Figure) -> impl Iterator<Item = (f64, f64)> {
        let rounds = self.samples.iter().zip(&base.samples);
        rounds.filter_map(move |(own, other)| Some((figure(own.as_ref()?), figure(other.as_ref()?))))
    }

    /// Says the round's figures at once: who watches a long run sees how noisy the machine is.
    fn record(&mut self, sample: Sample) {
        let (requests, cpu) = (sample.requests_per_second(), sample.cpu_per_request());
        eprint!(" {} {requests:.0}/s {cpu:.1}µs;", self.who.name());
        self.samples.push(Some(sample));
    }

    fn record_failure(&mut self, reason: &str) {
        eprint!(" {} failed: {reason};", self.who.name());
        self.samples.push(None);
        self.failure.get_or_insert_with(|| reason.to_owned());
    }
}

impl Sample {
    pub(crate) fn requests_per_second(&self) -> f64 {
        self.requests as f64 / self.elapsed.as_secs_f64()
    }

    pub(crate) fn megabytes_per_second(&self) -> f64 {
        self.bytes as f64 / 1e6 / self.elapsed.as_secs_f64()
    }

    /// Microseconds of the proxy's CPU; 0 for `direct`.
    pub(crate) fn cpu_per_request(&self) -> f64 {
        self.usage.cpu.as_secs_f64() * 1e6 / self.requests as f64
    }

    pub(crate) fn megabytes_per_cpu_second(&self) -> f64 {
        self.bytes as f64 / 1e6 / self.usage.cpu.as_secs_f64()
    }

    pub(crate) fn p50_microseconds(&self) -> f64 {
        self.p50.as_secs_f64() * 1e6
    }

    pub(crate) fn p99_microseconds(&self) -> f64 {
        self.p99.as_secs_f64() * 1e6
    }

    pub(crate) fn rss_mebibytes(&self) -> f64 {
        self.usage.peak_rss as f64 / f64::from(1 << 20)
    }
}

pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    Some((values.get(middle.checked_sub(1)?)? + upper) / 2.0)
}

/// The value below which `share` of the sorted values lie.
pub(crate) fn percentile(sorted: &[Duration], share: f64) -> Duration {
    let rank = (sorted.len() as f64 * share) as usize;
    sorted.get(rank).or(sorted.last()).copied().unwrap_or_default()
}
