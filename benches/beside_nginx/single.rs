//! One connection, one request at a time: what a proxy adds to the latency of each.

use std::time::{Duration, Instant};

use super::client::Connection;
use super::meter;
use super::rounds::{Sample, percentile};
use super::world::Subject;
use crate::Result;

/// Caches and the pool are warm after these; they are not counted.
const WARM_UP: usize = 200;

pub(crate) fn run(subject: &Subject, seconds: u32) -> Result<Sample> {
    let request = subject.request("GET", "/small", "");
    let mut connection = Connection::open(subject.door)?;
    for _ in 0..WARM_UP {
        connection.exchange(request.as_bytes())?;
    }
    let (measured, usage) = meter::watch(&subject.pids, || {
        repeat(&mut connection, request.as_bytes(), Duration::from_secs(seconds.into()))
    });
    let (mut latencies, elapsed) = measured?;
    latencies.sort_unstable();
    Ok(Sample {
        requests: latencies.len() as u64,
        bytes: 0,
        elapsed,
        p50: percentile(&latencies, 0.5),
        p99: percentile(&latencies, 0.99),
        usage,
    })
}

fn repeat(connection: &mut Connection, request: &[u8], length: Duration) -> Result<(Vec<Duration>, Duration)> {
    let mut latencies = Vec::with_capacity(100_000);
    let started = Instant::now();
    loop {
        let sent = Instant::now();
        let answer = connection.exchange(request)?;
        latencies.push(sent.elapsed());
        if answer.head.status != 200 {
            return Err(format!("answered {}", answer.head.status).into());
        }
        if started.elapsed() >= length {
            return Ok((latencies, started.elapsed()));
        }
    }
}
