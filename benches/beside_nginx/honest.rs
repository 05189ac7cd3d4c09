//! Honest visitors at a steady, moderate rate: each request has its moment, and its latency counts from there, so that a
//! server that stalls is charged for everybody who had to wait meanwhile.

use std::time::{Duration, Instant};

use super::client::Connection;
use super::world::Subject;
use crate::Result;

const VISITORS: u32 = 5;
/// Of each visitor.
const EVERY: Duration = Duration::from_millis(10);
/// After so many requests a visitor comes anew: connections have to be accepted during a flood as well.
const REQUESTS_OF_ONE: usize = 20;

/// All latencies, unsorted.
pub(crate) fn visit(subject: &Subject, length: Duration) -> Result<Vec<Duration>> {
    std::thread::scope(|scope| {
        let start = |number| scope.spawn(move || steadily(subject, length, EVERY * number / VISITORS));
        let threads: Vec<_> = (0..VISITORS).map(start).collect();
        let outcomes = threads.into_iter().map(|thread| thread.join().map_err(|_| "a visitor panicked")?);
        Ok(outcomes.collect::<Result<Vec<_>>>()?.concat())
    })
}

fn steadily(subject: &Subject, length: Duration, offset: Duration) -> Result<Vec<Duration>> {
    let request = subject.request("GET", "/small", "");
    let mut connection = Connection::open(subject.door)?;
    connection.exchange(request.as_bytes())?;
    let mut latencies = Vec::new();
    let mut due = Instant::now() + offset;
    let end = due + length;
    while due < end {
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        if latencies.len() % REQUESTS_OF_ONE == REQUESTS_OF_ONE - 1 {
            connection = Connection::open(subject.door)?;
        }
        let answer = connection.exchange(request.as_bytes())?;
        if answer.head.status != 200 {
            return Err(format!("an honest visitor was answered {}", answer.head.status).into());
        }
        latencies.push(due.elapsed());
        due += EVERY;
    }
    Ok(latencies)
}
