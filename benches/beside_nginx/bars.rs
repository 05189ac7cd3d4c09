//! The bars that the design sets (DESIGN section 6, and for TLS and floods issue 5), each with what was measured: met
//! or not.

use super::attack::Attack;
use super::cases::{Case, Measured, Outcome};
use super::report::{Table, readable};
use super::rounds::{Figure, Row, Sample};
use super::server::LARGE;
use super::sockets;
use super::world::{Who, World};

struct Bar {
    what: String,
    limit: String,
    /// The measured figure in words, and the verdict on it; None when its case did not run.
    measured: Option<(String, Verdict)>,
}

#[derive(Clone, Copy)]
enum Verdict {
    Met,
    NotMet,
    /// The case ran smaller than the bar asks for.
    TooSmall,
}

const THIRD: f64 = 1.0 / 3.0;
/// Fewer open WebSockets than this say nothing about 10,000. Not all of them, because a hard limit of
/// 20,000 open files leaves a proxy with two descriptors a socket just below.
const ENOUGH_SOCKETS: f64 = 9_500.0;
const REVOKE_MILLISECONDS: f64 = 100.0;
const READY_MILLISECONDS: f64 = 100.0;
const IDLE_MEBIBYTES: f64 = 20.0;
const MOST_SLOWDOWN: f64 = 2.0;
const PROGRAM_MEGABYTES: f64 = 20.0;

const ELSEWHERE: &str = "Not measured here: decision alone (`--bench decide`), a million users and sessions \
    (`--bench scale`), kill -9 (`cargo test`).";

pub(crate) fn print(world: &World, results: &[Measured]) {
    let mut bars = Vec::new();
    for case in [Case::Small, Case::Browser] {
        bars.push(cpu_bar(results, case, (Who::SignedIn, Who::Nginx), 1.0));
        bars.push(cpu_bar(results, case, (Who::SignedIn, Who::NginxAuth), THIRD));
    }
    for case in [Case::Https, Case::Handshakes, Case::Resumed] {
        bars.push(cpu_bar(results, case, (Who::SignedInTls, Who::NginxTls), 1.0));
    }
    bars.push(latency_bar(results, "p50", Sample::p50_microseconds));
    bars.push(latency_bar(results, "p99", Sample::p99_microseconds));
    for case in [Case::Download, Case::Upload] {
        bars.push(bytes_bar(results, case));
        bars.push(flat_bar(results, case));
    }
    bars.extend(revoke_bars(results));
    bars.extend(fresh_bars(world));
    bars.extend(Attack::ALL.map(|attack| flood_bar(results, attack)));
    println!("## The bars\n");
    let mut table = Table::new("what", &["bar", "measured", "verdict"]);
    for Bar { what, limit, measured } in bars {
        let (measured, verdict) = match measured {
            Some((figure, Verdict::Met)) => (figure, "met"),
            Some((figure, Verdict::NotMet)) => (figure, "NOT MET"),
            Some((figure, Verdict::TooSmall)) => (figure, "too few to judge"),
            None => ("–".to_owned(), "not measured"),
        };
        table.text_row(&what, &[limit, measured, verdict.to_owned()]);
    }
    table.print();
    println!("{ELSEWHERE}");
}

impl From<bool> for Verdict {
    fn from(met: bool) -> Self {
        if met { Self::Met } else { Self::NotMet }
    }
}

fn cpu_bar(results: &[Measured], case: Case, (who, beside): (Who, Who), limit: f64) -> Bar {
    let measured = || {
        let (own, other) = (row(results, case, who)?, row(results, case, beside)?);
        let ratio = own.ratio(other, Sample::cpu_per_request)?;
        let (low, high) = own.ratio_range(other, Sample::cpu_per_request)?;
        let [text, low, high] = [ratio, low, high].map(readable);
        Some((format!("{text}× ({low} to {high})"), (ratio <= limit).into()))
    };
    Bar {
        what: format!("CPU beside {}: {}", beside.name(), case.title()),
        limit: format!("≤ {}×", readable(limit)),
        measured: measured(),
    }
}

fn latency_bar(results: &[Measured], name: &str, figure: Figure) -> Bar {
    let measured = || {
        let direct = row(results, Case::Single, Who::Direct)?;
        let added = |who| row(results, Case::Single, who)?.difference(direct, figure);
        let (own, nginx) = (added(Who::SignedIn)?, added(Who::Nginx)?);
        Some((format!("{} µs, nginx {} µs", readable(own), readable(nginx)), (own <= nginx).into()))
    };
    Bar { what: format!("added latency, {name}"), limit: "≤ nginx".to_owned(), measured: measured() }
}

/// Judged against `proxy_pass` as it comes; the ratio to nginx tuned for large bodies stands beside it.
fn bytes_bar(results: &[Measured], case: Case) -> Bar {
    let measured = || {
        let own = row(results, case, Who::SignedIn)?;
        let beside = |who| own.ratio(row(results, case, who)?, Sample::megabytes_per_cpu_second);
        let (plain, tuned) = (beside(Who::Nginx)?, beside(Who::NginxTuned));
        let tuned = tuned.map_or_else(|| "–".to_owned(), readable);
        Some((format!("{}× (nginx tuned: {tuned}×)", readable(plain)), (plain >= 2.0).into()))
    };
    Bar {
        what: format!("{}: bytes per CPU second", case.name()), limit: "≥ 2× nginx".to_owned(), measured: measured()
    }
}

/// Memory that holds whole bodies grows by more than one of them, as four are under way.
fn flat_bar(results: &[Measured], case: Case) -> Bar {
    let measured = || {
        let growth = row(results, case, Who::SignedIn)?.highest(|sample| sample.usage.rss_growth() as f64)?;
        Some((format!("+{} MB", readable(growth / 1e6)), (growth < LARGE as f64).into()))
    };
    Bar {
        what: format!("{}: memory flat", case.name()),
        limit: "< one body of growth".to_owned(),
        measured: measured(),
    }
}

fn revoke_bars(results: &[Measured]) -> [Bar; 2] {
    let rows = results.iter().find_map(|measured| match &measured.outcome {
        Outcome::Sockets(rows) => Some(rows),
        Outcome::Requests(_) | Outcome::Bytes(_) | Outcome::Flood(_) => None,
    });
    let row = |who| rows.and_then(|rows| rows.iter().find(|row| row.who == who));
    let bar = |what: &str, figure: sockets::Figure| {
        let measured = || {
            let own = row(Who::SignedIn)?;
            let (time, open) = (own.median(figure)?, own.median(|sample| Some(sample.sockets as f64))?);
            let floor = row(Who::Direct).and_then(|row| row.median(figure)).map(readable);
            let floor = floor.map_or_else(String::new, |floor| format!(" (kernel alone: {floor} ms)"));
            let verdict = match open >= ENOUGH_SOCKETS {
                true => (time < REVOKE_MILLISECONDS).into(),
                false => Verdict::TooSmall,
            };
            Some((format!("{} ms with {open} open{floor}", readable(time)), verdict))
        };
        Bar { what: what.to_owned(), limit: "< 100 ms with 10000 open".to_owned(), measured: measured() }
    };
    [
        bar("revoke one session of ten: its last WebSocket closed", |sample| {
            Some(sample.session.as_ref()?.last_closed.as_secs_f64() * 1e3)
        }),
        bar("revoke the user of all: the last WebSocket closed", |sample| {
            Some(sample.user.as_ref()?.last_closed.as_secs_f64() * 1e3)
        }),
    ]
}

fn flood_bar(results: &[Measured], attack: Attack) -> Bar {
    let rows = results.iter().find_map(|measured| match &measured.outcome {
        Outcome::Flood(rows) if measured.case == Case::Flood(attack) => Some(rows),
        _ => None,
    });
    let measured = || {
        let [ratio, low, high] = rows?.iter().find(|row| row.who == Who::SignedInTls)?.slowdown()?;
        let [text, low, high] = [ratio, low, high].map(readable);
        Some((format!("{text}× ({low} to {high})"), (ratio <= MOST_SLOWDOWN).into()))
    };
    Bar {
        what: format!("honest p99 while {}", attack.title()),
        limit: format!("≤ {}× its calm value", readable(MOST_SLOWDOWN)),
        measured: measured(),
    }
}

fn fresh_bars(world: &World) -> [Bar; 3] {
    let fresh = world.fresh.iter().find(|fresh| fresh.who == Who::SignedIn);
    let below = |value: Option<f64>, limit: f64, unit: &str| {
        value.map(|value| (format!("{} {unit}", readable(value)), (value < limit).into()))
    };
    let rss = fresh.map(|fresh| fresh.rss as f64 / f64::from(1 << 20));
    let ready = fresh.map(|fresh| fresh.ready_in.as_secs_f64() * 1e3);
    let size = world.millgate_size.filter(|_| fresh.is_some()).map(|bytes| bytes as f64 / 1e6);
    [
        ("fresh and idle: resident", "< 20 MiB", below(rss, IDLE_MEBIBYTES, "MiB")),
        ("fresh: ready", "< 100 ms", below(ready, READY_MILLISECONDS, "ms")),
        ("the program's size", "< 20 MB", below(size, PROGRAM_MEGABYTES, "MB")),
    ]
    .map(|(what, limit, measured)| Bar { what: what.to_owned(), limit: limit.to_owned(), measured })
}

fn row(results: &[Measured], case: Case, who: Who) -> Option<&Row> {
    let measured = results.iter().find(|measured| measured.case == case)?;
    match &measured.outcome {
        Outcome::Requests(rows) | Outcome::Bytes(rows) => rows.iter().find(|row| row.who == who),
        Outcome::Sockets(_) | Outcome::Flood(_) => None,
    }
}
