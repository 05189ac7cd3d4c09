//! Small answers while 1,000 other kept-alive connections are open and silent.

use super::client::Connection;
use super::rounds::Sample;
use super::world::Subject;
use super::wrk;
use crate::Result;

const IDLE: usize = 1_000;

pub(crate) fn run(subject: &Subject, seconds: u32) -> Result<Sample> {
    let request = subject.request("GET", "/small", "");
    let open = || -> Result<Connection> {
        let mut connection = Connection::open(subject.door)?;
        // A connection that has never asked anything meets the shorter limit for the first head.
        connection.exchange(request.as_bytes())?;
        Ok(connection)
    };
    let held = (0..IDLE).map(|_| open()).collect::<Result<Vec<_>>>()?;
    let sample = wrk::run(subject, seconds, &[])?;
    let lost = held.iter().filter(|connection| !connection.is_quiet()).count();
    if lost > 0 {
        return Err(format!("{lost} of {IDLE} idle connections did not stay open").into());
    }
    Ok(sample)
}
