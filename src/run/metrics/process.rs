//! The process as its system sees it, where the system tells (`/proc`).

use std::fs;

use crate::observe::Exposition;

pub(super) fn write(page: &mut Exposition) {
    let Some((cpu_seconds, threads, started)) = stat() else { return };
    page.counter("process_cpu_seconds_total", "User and system time.").sample(&[], cpu_seconds);
    page.gauge("process_threads", "Threads.").sample(&[], threads);
    if let Some(boot) = boot_seconds() {
        page.gauge("process_start_time_seconds", "When it started, since 1970.").sample(&[], boot + started);
    }
    if let Some(bytes) = resident_bytes() {
        page.gauge("process_resident_memory_bytes", "Memory in use.").sample(&[], bytes);
    }
    if let Ok(files) = fs::read_dir("/proc/self/fd") {
        page.gauge("process_open_fds", "Open files.").sample(&[], files.count());
    }
    if let Some(most) = rustix::process::getrlimit(rustix::process::Resource::Nofile).current {
        page.gauge("process_max_fds", "Files that may be open.").sample(&[], most);
    }
}

/// Ticks are hundredths of a second on every Linux that there is.
const TICKS: f64 = 100.0;

/// CPU seconds, threads, and seconds from boot to start.
fn stat() -> Option<(f64, u64, f64)> {
    let text = fs::read_to_string("/proc/self/stat").ok()?;
    // The program's name, which may hold anything, ends with the last parenthesis.
    let fields: Vec<&str> = text.get(text.rfind(')')? + 2..)?.split(' ').collect();
    let number = |at: usize| fields.get(at)?.parse::<f64>().ok();
    let threads = fields.get(17)?.parse().ok()?;
    Some(((number(11)? + number(12)?) / TICKS, threads, number(19)? / TICKS))
}

fn boot_seconds() -> Option<f64> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    text.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

fn resident_bytes() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split(' ').nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}
