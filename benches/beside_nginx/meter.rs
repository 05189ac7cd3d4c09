//! CPU time and memory of a set of processes, from `/proc`.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

const SAMPLE_EVERY: Duration = Duration::from_millis(50);
/// Ticks of `/proc/PID/stat` are 10 ms on every Linux that Rust supports.
const NANOSECONDS_PER_TICK: u64 = 10_000_000;

/// What the processes of one subject used while something ran.
#[derive(Clone, Copy, Default)]
pub(crate) struct Usage {
    pub(crate) cpu: Duration,
    /// The sum of resident bytes before.
    first_rss: u64,
    /// The highest sum of resident bytes seen.
    pub(crate) peak_rss: u64,
}

impl Usage {
    pub(crate) fn rss_growth(&self) -> u64 {
        self.peak_rss.saturating_sub(self.first_rss)
    }
}

/// Runs `work` and measures the processes below `roots` meanwhile.
pub(crate) fn watch<T>(roots: &[u32], work: impl FnOnce() -> T) -> (T, Usage) {
    let done = AtomicBool::new(false);
    let first_rss = resident(roots);
    let peak = AtomicU64::new(first_rss);
    std::thread::scope(|scope| {
        let sampler = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                peak.fetch_max(resident(roots), Ordering::Relaxed);
                std::thread::sleep(SAMPLE_EVERY);
            }
        });
        let before = cpu(roots);
        let outcome = work();
        let cpu = cpu(roots).saturating_sub(before);
        done.store(true, Ordering::Relaxed);
        sampler.join().ok();
        (outcome, Usage { cpu, first_rss, peak_rss: peak.load(Ordering::Relaxed) })
    })
}

/// CPU time of all threads, user and system, since they started.
pub(crate) fn cpu(roots: &[u32]) -> Duration {
    Duration::from_nanos(family(roots).into_iter().map(process_nanoseconds).sum())
}

/// Resident bytes, as the sum over processes: pages that nginx' workers share count once each.
pub(crate) fn resident(roots: &[u32]) -> u64 {
    sum_of(roots, "status", "VmRSS:")
}

/// Resident bytes with shared pages divided among the processes that share them.
pub(crate) fn proportional(roots: &[u32]) -> u64 {
    sum_of(roots, "smaps_rollup", "Pss:")
}

fn sum_of(roots: &[u32], file: &str, label: &str) -> u64 {
    let read = |pid| fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let kibibytes = |text: String| -> Option<u64> {
        let line = text.lines().find_map(|line| line.strip_prefix(label))?;
        line.split_whitespace().next()?.parse().ok()
    };
    family(roots).into_iter().filter_map(|pid| kibibytes(read(pid))).sum::<u64>() * 1024
}

/// The processes and their children (nginx works in children of its master).
fn family(roots: &[u32]) -> Vec<u32> {
    let mut all = roots.to_vec();
    for pid in roots {
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        all.extend(children.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
    }
    all
}

/// `schedstat` counts nanoseconds; kernels without it leave the 10 ms ticks of `stat`.
fn process_nanoseconds(pid: u32) -> u64 {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let run_time = |task: fs::DirEntry| -> Option<u64> {
        let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse().ok()
    };
    match tasks.filter_map(run_time).sum() {
        0 => ticks(pid).unwrap_or(0) * NANOSECONDS_PER_TICK,
        nanoseconds => nanoseconds,
    }
}

/// utime + stime: the 14th and 15th field, counted behind the program's name, which may hold spaces.
fn ticks(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
}
