//! Small answers over HTTP/2, a hundred streams on each connection, by h2load.

use std::process::Command;
use std::time::Duration;

use super::meter;
use super::process::find;
use super::rounds::{Sample, percentile};
use super::world::Subject;
use crate::Result;

const CONNECTIONS: &str = "4";
/// As many as Millgate allows; nginx allows 128.
const STREAMS: &str = "100";

pub(crate) fn run(subject: &Subject, seconds: u32) -> Result<Sample> {
    let log = tempfile::NamedTempFile::new()?;
    let mut command = Command::new(find("h2load").ok_or("h2load is not installed (nghttp2-client)")?);
    command.args(["--threads=1", "--clients", CONNECTIONS, "--max-concurrent-streams", STREAMS]);
    command.args(["--duration", &seconds.to_string(), "--log-file"]).arg(log.path());
    if let Some(cookie) = subject.cookie_header() {
        command.args(["--header", &cookie]);
    }
    command.arg(subject.url("/small"));
    let (output, usage) = meter::watch(&subject.pids, || command.output());
    let output = output?;
    let text = String::from_utf8_lossy(&output.stdout);
    let complaint = || format!("h2load failed: {text} {}", String::from_utf8_lossy(&output.stderr));
    if !text.contains("Application protocol: h2") {
        return Err(complaint().into());
    }
    let mut latencies = latencies(&std::fs::read_to_string(log.path())?).ok_or_else(complaint)?;
    if latencies.is_empty() {
        return Err(complaint().into());
    }
    latencies.sort_unstable();
    Ok(Sample {
        requests: latencies.len() as u64,
        bytes: 0,
        elapsed: Duration::from_secs(seconds.into()),
        p50: percentile(&latencies, 0.5),
        p99: percentile(&latencies, 0.99),
        usage,
    })
}

/// Of the log's lines: when it was asked, with what status it was answered, after how many microseconds. `None` when one
/// was not answered with 200.
fn latencies(log: &str) -> Option<Vec<Duration>> {
    let answered = |line: &str| {
        let mut fields = line.split_whitespace().skip(1);
        let is_good = fields.next() == Some("200");
        let microseconds = fields.next()?.parse().ok()?;
        is_good.then_some(Duration::from_micros(microseconds))
    };
    log.lines().map(answered).collect()
}
