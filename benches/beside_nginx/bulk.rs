//! Large bodies in either direction: how many bytes a second of the proxy's CPU carries.

use std::time::{Duration, Instant};

use super::client::Connection;
use super::meter;
use super::rounds::{Sample, percentile};
use super::server::LARGE;
use super::world::Subject;
use crate::Result;

#[derive(Clone, Copy)]
pub(crate) enum Direction {
    Down,
    Up,
}

const CONNECTIONS: usize = 4;

pub(crate) fn run(subject: &Subject, seconds: u32, direction: Direction) -> Result<Sample> {
    let started = Instant::now();
    let deadline = started + Duration::from_secs(seconds.into());
    let (transfers, usage) = meter::watch(&subject.pids, || {
        std::thread::scope(|scope| {
            let start = |_| scope.spawn(|| transfer_until(deadline, subject, direction));
            let threads: Vec<_> = (0..CONNECTIONS).map(start).collect();
            let outcomes = threads.into_iter().map(|thread| thread.join().map_err(|_| "a load thread panicked")?);
            outcomes.collect::<Result<Vec<_>>>()
        })
    });
    // Transfers under way at the deadline are finished and counted, like the CPU that they cost.
    let elapsed = started.elapsed();
    let mut latencies = transfers?.concat();
    latencies.sort_unstable();
    let requests = latencies.len() as u64;
    Ok(Sample {
        requests,
        bytes: requests * LARGE as u64,
        elapsed,
        p50: percentile(&latencies, 0.5),
        p99: percentile(&latencies, 0.99),
        usage,
    })
}

fn transfer_until(deadline: Instant, subject: &Subject, direction: Direction) -> Result<Vec<Duration>> {
    let mut connection = Connection::open(subject.door)?;
    let mut latencies = Vec::new();
    while Instant::now() < deadline {
        let started = Instant::now();
        match direction {
            Direction::Down => download(&mut connection, subject)?,
            Direction::Up => upload(&mut connection, subject)?,
        }
        latencies.push(started.elapsed());
    }
    Ok(latencies)
}

fn download(connection: &mut Connection, subject: &Subject) -> Result<()> {
    connection.send(subject.request("GET", "/large", "").as_bytes())?;
    let head = connection.read_head()?;
    match (head.status, connection.skip_body(&head)?) {
        (200, LARGE) => Ok(()),
        (status, length) => Err(format!("answered {status} with {length} bytes").into()),
    }
}

fn upload(connection: &mut Connection, subject: &Subject) -> Result<()> {
    static BYTES: [u8; LARGE] = [b'm'; LARGE];
    let length = format!("Content-Type: application/octet-stream\r\nContent-Length: {LARGE}\r\n");
    connection.send(subject.request("POST", "/upload", &length).as_bytes())?;
    connection.send(&BYTES)?;
    let head = connection.read_head()?;
    connection.skip_body(&head)?;
    if head.status != 200 {
        return Err(format!("answered {}", head.status).into());
    }
    Ok(())
}
