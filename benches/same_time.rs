//! Can a stranger hear from the time of an answer whether an address is known?
//!
//! `cargo bench --bench same_time [-- rounds]` asks a running gateway for sign-ins and resets with known and unknown
//! addresses by turns and compares the two heaps of times: medians, tenths, and the chance that a known one is slower
//! than an unknown one (the Mann–Whitney statistic as a share: 50 % is a coin). `z` beyond ±3 is a difference that
//! repetition would make audible; how many tries an attacker gets is the throttle's business, not measured here.

// The suite's cast is made for tests, and little of it is needed here.
#![allow(dead_code, unused_imports, unreachable_pub)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::disallowed_methods)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::time::Instant;

use support::{App, Gate, Mode, Recorder, Request, SmtpSink, Visitor};

/// Wrong tries that one account takes from strangers before the throttle answers instead: see `throttle::ACCOUNT`.
const TRIES: usize = 8;
const DEFAULT_ROUNDS: usize = 320;

fn main() {
    let rounds = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(DEFAULT_ROUNDS);
    let (recorder, sink) = (Recorder::start(), SmtpSink::start());
    // Each try comes from an address of its own, so that no limit by address gets in the way.
    let app = App::new("hmi", Mode::Signup, &recorder);
    let plan = Gate::plan().app(app).listen("trusted_proxies = [\"127.0.0.0/8\"]").table(&sink.table());
    let gate = plan.start();
    let known: Vec<String> = (0..rounds.div_ceil(TRIES)).map(|at| format!("known-{at:06}@example.com")).collect();
    let unknown: Vec<String> = (0..known.len()).map(|at| format!("nobody-{at:05}@example.com")).collect();
    for (number, email) in known.iter().enumerate() {
        let answer = gate.visitor("hmi").send(&from(number + 1_000_000, sign_up(email)));
        assert_eq!(answer.status, 303, "{}", answer.summary());
    }
    println!(
        "{:<22} {:>6} {:>9} {:>9} {:>9} {:>12} {:>7}",
        "microseconds", "n", "p10", "median", "p90", "known slower", "z"
    );
    for (what, form) in [("sign-in", sign_in as fn(&str) -> Request), ("reset", reset)] {
        let times = measure(&gate, rounds, &known, &unknown, form);
        report(what, &times);
    }
}

struct Times {
    known: Vec<f64>,
    unknown: Vec<f64>,
}

/// By turns, and which one goes first changes too: what slows the machine slows both.
fn measure(gate: &Gate, rounds: usize, known: &[String], unknown: &[String], form: fn(&str) -> Request) -> Times {
    let mut times = Times { known: Vec::new(), unknown: Vec::new() };
    for round in 0..rounds {
        let known_first = round % 2 == 0;
        for turn in [known_first, !known_first] {
            let names = if turn { known } else { unknown };
            let request = from(round * 2 + usize::from(turn), form(&names[round % names.len()]));
            let visitor = gate.visitor("hmi");
            let time = once(&visitor, &request);
            // The first rounds warm everything up.
            if round >= rounds / 20 {
                if turn { times.known.push(time) } else { times.unknown.push(time) }
            }
        }
    }
    times
}

fn once(visitor: &Visitor, request: &Request) -> f64 {
    let text = visitor.text(request);
    let mut client = visitor.site.connect();
    let start = Instant::now();
    client.send(text);
    let answer = client.response_to("POST");
    let time = start.elapsed();
    assert!(matches!(answer.status, 200 | 401), "the throttle or a fault answered: {}", answer.summary());
    time.as_secs_f64() * 1e6
}

fn from(number: usize, request: Request) -> Request {
    let [_, _, _, _, _, a, b, c] = u64::try_from(number).expect("a number").to_be_bytes();
    request.header("X-Forwarded-For", &format!("10.{a}.{b}.{c}"))
}

fn sign_up(email: &str) -> Request {
    let fields = [("email", email), ("password", support::PASSWORD), ("given_name", "A"), ("family_name", "B")];
    Request::form("/.millgate/sign-up", &fields)
}

fn sign_in(email: &str) -> Request {
    Request::form("/.millgate/sign-in", &[("email", email), ("password", "not the password at all")])
}

fn reset(email: &str) -> Request {
    Request::form("/.millgate/reset", &[("email", email)])
}

fn report(what: &str, times: &Times) {
    for (who, heap) in [("known", &times.known), ("unknown", &times.unknown)] {
        let mut sorted = heap.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |share: usize| sorted[(sorted.len() - 1) * share / 100];
        print!("{:<22} {:>6} {:>9.0} {:>9.0} {:>9.0}", format!("{what}, {who}"), sorted.len(), at(10), at(50), at(90));
        match who {
            "known" => println!(),
            _ => {
                let (share, z) = mann_whitney(&times.known, &times.unknown);
                println!(" {:>10.1} % {z:>7.1}", share * 100.0);
            }
        }
    }
}

/// The chance that one of the first heap is greater than one of the second, and how many standard deviations that is
/// away from chance (normal approximation; times have practically no ties).
fn mann_whitney(first: &[f64], second: &[f64]) -> (f64, f64) {
    let greater: usize = first.iter().map(|one| second.iter().filter(|other| one > *other).count()).sum();
    let (m, n) = (count(first.len()), count(second.len()));
    let deviation = (m * n * (m + n + 1.0) / 12.0).sqrt();
    (count(greater) / (m * n), (count(greater) - m * n / 2.0) / deviation)
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).expect("a small number"))
}
