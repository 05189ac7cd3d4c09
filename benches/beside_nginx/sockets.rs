//! WebSockets by the thousand through the proxy; then one session and the whole user are revoked.

use std::time::{Duration, Instant};

use super::handshake::{self, Sockets};
use super::meter::{self, Usage};
use super::millgate::Ports;
use super::options::Options;
use super::people;
use super::process::file_limits;
use super::rounds::median;
use super::world::{Subject, Who, World};
use crate::Result;

/// All of one user: deleting a user must end the sockets of every session.
const SESSIONS: usize = 10;
/// More rounds than this would only wait for handshakes.
const MAX_ROUNDS: usize = 3;
/// What a proxy has open beside the sockets: store, listeners, event queues, its upstream pool.
const SPARE_FILES: usize = 300;
const CLOSE_PATIENCE: Duration = Duration::from_secs(10);
/// How long bystanders are watched after a session was revoked, and proxies get to forget a round.
const SETTLE: Duration = Duration::from_millis(500);

pub(crate) struct Row {
    pub(crate) who: Who,
    samples: Vec<Sample>,
    pub(crate) failure: Option<String>,
}

pub(crate) struct Sample {
    pub(crate) sockets: usize,
    pub(crate) open_in: Duration,
    pub(crate) usage: Usage,
    /// What the open sockets added to the proxy's resident bytes in this round.
    pub(crate) growth: u64,
    pub(crate) session: Option<Revoked>,
    pub(crate) user: Option<Revoked>,
}

/// Times run from the moment the DELETE (or the signal) is sent.
pub(crate) struct Revoked {
    pub(crate) answered: Duration,
    pub(crate) last_closed: Duration,
}

pub(crate) type Figure = fn(&Sample) -> Option<f64>;

pub(crate) fn run(world: &World, subjects: &[&Subject], options: &Options) -> Vec<Row> {
    let count = possible(options.sockets);
    let mut rows: Vec<_> =
        subjects.iter().map(|subject| Row { who: subject.who, samples: Vec::new(), failure: None }).collect();
    for round in 0..options.rounds.min(MAX_ROUNDS) {
        eprint!("  round {}:", round + 1);
        for (subject, row) in subjects.iter().zip(&mut rows) {
            let sample = match (subject.who, world.millgate) {
                (Who::SignedIn, Some(ports)) => hold_and_revoke(subject, ports, count, round),
                (Who::Direct, _) => hold_and_kill(world, subject, count),
                _ => hold(subject, count),
            };
            match sample {
                Ok(sample) => row.record(sample),
                Err(error) => row.record_failure(&error.to_string()),
            }
            std::thread::sleep(SETTLE);
        }
        eprintln!();
    }
    rows
}

impl Row {
    pub(crate) fn median(&self, figure: Figure) -> Option<f64> {
        median(self.samples.iter().filter_map(figure).collect())
    }

    /// The highest of all rounds.
    pub(crate) fn highest(&self, figure: Figure) -> Option<f64> {
        self.samples.iter().filter_map(figure).max_by(f64::total_cmp)
    }

    fn record(&mut self, sample: Sample) {
        let name = self.who.name();
        eprint!(" {name} {} in {:.1?};", sample.sockets, sample.open_in);
        for (what, revoked) in [("session", &sample.session), ("all", &sample.user)] {
            if let Some(Revoked { last_closed, .. }) = revoked {
                eprint!(" {what} ended in {last_closed:.1?};");
            }
        }
        self.samples.push(sample);
    }

    fn record_failure(&mut self, reason: &str) {
        eprint!(" {} failed: {reason};", self.who.name());
        self.failure.get_or_insert_with(|| reason.to_owned());
    }
}

/// The proxy needs two descriptors a socket.
fn possible(wanted: usize) -> usize {
    let limit = file_limits().0;
    let room = limit.saturating_sub(SPARE_FILES) / 2;
    if room < wanted {
        eprintln!("  only {room} of {wanted} WebSockets: this process may open no more than {limit} files");
    }
    room.min(wanted)
}

fn hold(subject: &Subject, count: usize) -> Result<Sample> {
    open(&[subject], count).map(|(sample, _)| sample)
}

/// The kernel's share: how long it takes to close as many sockets of a process that is killed.
fn hold_and_kill(world: &World, subject: &Subject, count: usize) -> Result<Sample> {
    let (mut server, port) = world.spare_upstream()?;
    let (mut sample, sockets) = open(&[&subject.at_port(port)], count)?;
    sample.user = Some(revoke(&sockets, count, || server.kill())?);
    Ok(sample)
}

fn open(sessions: &[&Subject], count: usize) -> Result<(Sample, Sockets)> {
    let pids = sessions.first().map(|subject| subject.pids.as_slice()).unwrap_or_default();
    let (before, started) = (meter::resident(pids), Instant::now());
    let (sockets, usage) = meter::watch(pids, || handshake::open(sessions, count));
    let (sockets, open_in) = (sockets?, started.elapsed());
    let growth = meter::resident(pids).saturating_sub(before);
    Ok((Sample { sockets: count, open_in, usage, growth, session: None, user: None }, sockets))
}

fn hold_and_revoke(subject: &Subject, ports: Ports, count: usize, round: usize) -> Result<Sample> {
    let email = format!("sockets-{round}@example.com");
    let mut sessions = vec![subject.with_cookie(people::sign_up(subject.door, &email)?)];
    for _ in 1..SESSIONS {
        sessions.push(subject.with_cookie(people::sign_in(subject.door, &email)?));
    }
    let count = count / SESSIONS * SESSIONS;
    let (mut sample, sockets) = open(&sessions.iter().collect::<Vec<_>>(), count)?;
    let (session, user) = (people::a_session_of(ports, &email)?, people::user_id(ports, &email)?);
    let of_session = count / SESSIONS;
    let session = revoke(&sockets, of_session, || people::delete_session(ports, &session))?;
    let bystanders = sockets.wait_for_ends(count, SETTLE).len();
    if bystanders > 0 {
        return Err(format!("revoking one session closed {bystanders} sockets of other sessions").into());
    }
    let user = revoke(&sockets, count - of_session, || people::delete_user(ports, &user))?;
    (sample.session, sample.user) = (Some(session), Some(user));
    Ok(sample)
}

fn revoke(sockets: &Sockets, expected: usize, delete: impl FnOnce() -> Result<()>) -> Result<Revoked> {
    let sent = Instant::now();
    delete()?;
    let answered = sent.elapsed();
    let closed = sockets.wait_for_ends(expected, CLOSE_PATIENCE);
    if closed.len() < expected {
        let open = expected - closed.len();
        return Err(format!("{open} of {expected} sockets still open {CLOSE_PATIENCE:?} after the revocation").into());
    }
    let last = closed.into_iter().max().unwrap_or(sent);
    Ok(Revoked { answered, last_closed: last.saturating_duration_since(sent) })
}
