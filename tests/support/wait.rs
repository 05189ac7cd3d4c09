//! Waiting with a deadline, so that a broken product fails a test instead of hanging it.

use std::time::{Duration, Instant};

/// Generous: a healthy gateway needs milliseconds, a loaded test machine seconds.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// Asks again and again until there is an answer.
#[track_caller]
pub fn eventually<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let give_up = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = probe() {
            return found;
        }
        assert!(Instant::now() < give_up, "this never happened: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
