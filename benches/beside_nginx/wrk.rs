//! Small answers under full load, by wrk.

use std::io::Write;
use std::process::Command;
use std::time::Duration;

use super::meter;
use super::rounds::Sample;
use super::world::Subject;
use crate::Result;

const CONNECTIONS: &str = "64";
const THREADS: &str = "2";

/// What Chromium sends with a background call, beside Host and Cookie.
pub(crate) const BROWSER_HEADERS: &[&str] = &[
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Accept: application/json, text/plain, */*",
    "Accept-Language: de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7",
    "Accept-Encoding: gzip, deflate",
    "Cache-Control: no-cache",
    "Pragma: no-cache",
    "Referer: http://127.0.0.1/line/4/overview",
    "Sec-Fetch-Dest: empty",
    "Sec-Fetch-Mode: cors",
    "Sec-Fetch-Site: same-origin",
];

/// Prints what is needed as integers: wrk's own summary is rounded and has units.
const SUMMARY: &str = r#"
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("\nFIGURES %d %d %d %d %d %d\n", summary.requests, summary.bytes, summary.duration,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
"#;

pub(crate) fn run(subject: &Subject, seconds: u32, headers: &[&str]) -> Result<Sample> {
    let mut script = tempfile::Builder::new().suffix(".lua").tempfile()?;
    script.write_all(SUMMARY.as_bytes())?;
    let mut command = Command::new("wrk");
    command.args(["--threads", THREADS, "--connections", CONNECTIONS, "--script"]).arg(script.path());
    command.args(["--duration", &format!("{seconds}s")]);
    for header in headers {
        command.args(["--header", header]);
    }
    if let Some(cookie) = subject.cookie_header() {
        command.args(["--header", &cookie]);
    }
    command.arg(subject.url("/small"));
    let (output, usage) = meter::watch(&subject.pids, || command.output());
    let output = output?;
    let text = String::from_utf8_lossy(&output.stdout);
    let complaint = || format!("wrk failed: {text} {}", String::from_utf8_lossy(&output.stderr));
    let line = text.lines().find_map(|line| line.strip_prefix("FIGURES ")).ok_or_else(complaint)?;
    let figures: Vec<u64> = line.split(' ').map_while(|number| number.parse().ok()).collect();
    let [requests, bytes, duration, p50, p99, errors] = figures.try_into().map_err(|_| complaint())?;
    if errors > 0 || requests == 0 {
        return Err(format!("{errors} errors beside {requests} requests").into());
    }
    let [elapsed, p50, p99] = [duration, p50, p99].map(Duration::from_micros);
    Ok(Sample { requests, bytes, elapsed, p50, p99, usage })
}
