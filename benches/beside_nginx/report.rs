//! The figures as Markdown tables: ready for a terminal and for the project's notes.

use super::cases::{Measured, Outcome};
use super::flood;
use super::options::Options;
use super::rounds::{Figure, Row, Sample};
use super::sockets;
use super::world::{Who, World};

const MEBIBYTE: f64 = 1_048_576.0;

pub(crate) fn print(world: &World, options: &Options, results: &[Measured]) {
    println!("\n# Millgate beside nginx\n");
    println!("{}\n", circumstances(world, options));
    print_fresh(world);
    for (who, reason) in &world.failures {
        println!("**{} did not start: {reason}**\n", who.name());
    }
    for Measured { case, outcome } in results {
        println!("## {}: {}\n", case.name(), case.title());
        match outcome {
            Outcome::Requests(rows) => print_requests(rows),
            Outcome::Bytes(rows) => print_bytes(rows),
            Outcome::Sockets(rows) => print_sockets(rows),
            Outcome::Flood(rows) => print_flood(rows),
        }
    }
}

fn circumstances(world: &World, options: &Options) -> String {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let cpu_info = read("/proc/cpuinfo");
    let model = cpu_info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{cores} cores ({}), Linux {}, load average {} before the start.\nMedians of {} rounds of {} s in \
         turn; `×` is the median of the ratios to nginx inside a round.\nProxy CPU and memory are those of all its processes; nginx + auth_request includes its auth \
         server; both Millgate subjects are one process.",
        model.trim_start_matches(['\t', ' ', ':']),
        read("/proc/sys/kernel/osrelease").trim(),
        world.load,
        options.rounds,
        options.seconds,
    )
}

fn print_fresh(world: &World) {
    let mut table = Table::new("fresh and idle", &["ready ms", "RSS MiB", "PSS MiB"]);
    for fresh in &world.fresh {
        let name = if fresh.who == Who::SignedIn { "Millgate" } else { fresh.who.name() };
        let [rss, pss] = [fresh.rss, fresh.pss].map(|bytes| bytes as f64 / MEBIBYTE);
        table.row(name, &[Some(fresh.ready_in.as_secs_f64() * 1e3), Some(rss), Some(pss)]);
    }
    table.print();
}

fn print_requests(rows: &[Row]) {
    let columns = ["req/s", "×", "p50 µs", "p99 µs", "CPU µs/req", "×", "peak RSS MiB"];
    let mut table = Table::new("subject", &columns);
    for row in rows {
        table.row(
            row.who.name(),
            &[
                row.median(Sample::requests_per_second),
                to_nginx(row, rows, Sample::requests_per_second),
                row.median(Sample::p50_microseconds),
                row.median(Sample::p99_microseconds),
                proxy_only(row, row.median(Sample::cpu_per_request)),
                to_nginx(row, rows, Sample::cpu_per_request),
                proxy_only(row, row.median(Sample::rss_mebibytes)),
            ],
        );
    }
    table.print();
    print_failures(rows.iter().map(|row| (row.who, row.failure.as_deref())));
}

fn print_bytes(rows: &[Row]) {
    let columns = ["MB/s", "×", "p50 ms", "p99 ms", "MB/CPU s", "×", "peak RSS MiB"];
    let mut table = Table::new("subject", &columns);
    for row in rows {
        table.row(
            row.who.name(),
            &[
                row.median(Sample::megabytes_per_second),
                to_nginx(row, rows, Sample::megabytes_per_second),
                row.median(Sample::p50_microseconds).map(|value| value / 1e3),
                row.median(Sample::p99_microseconds).map(|value| value / 1e3),
                proxy_only(row, row.median(Sample::megabytes_per_cpu_second)),
                proxy_only(row, to_nginx(row, rows, Sample::megabytes_per_cpu_second)),
                proxy_only(row, row.median(Sample::rss_mebibytes)),
            ],
        );
    }
    table.print();
    print_failures(rows.iter().map(|row| (row.who, row.failure.as_deref())));
}

fn print_sockets(rows: &[sockets::Row]) {
    let columns = [
        "sockets",
        "opened in s",
        "CPU µs/socket",
        "peak RSS MiB",
        "KiB/socket",
        "session revoked ms",
        "answer ms",
        "user revoked ms",
        "answer ms",
    ];
    let mut table = Table::new("subject", &columns);
    for row in rows {
        table.row(
            row.who.name(),
            &[
                row.median(|sample| Some(sample.sockets as f64)),
                row.median(|sample| Some(sample.open_in.as_secs_f64())),
                row.median(|sample| Some(sample.usage.cpu.as_secs_f64() * 1e6 / sample.sockets as f64)),
                row.median(|sample| Some(sample.usage.peak_rss as f64 / MEBIBYTE)),
                // Later rounds reuse what the first one made the proxy allocate.
                row.highest(|sample| Some(sample.growth as f64 / 1024.0 / sample.sockets as f64)),
                row.median(|sample| Some(sample.session.as_ref()?.last_closed.as_secs_f64() * 1e3)),
                row.median(|sample| Some(sample.session.as_ref()?.answered.as_secs_f64() * 1e3)),
                row.median(|sample| Some(sample.user.as_ref()?.last_closed.as_secs_f64() * 1e3)),
                row.median(|sample| Some(sample.user.as_ref()?.answered.as_secs_f64() * 1e3)),
            ],
        );
    }
    table.print();
    println!(
        "`direct` is an upstream that was killed: the kernel and this client ending as many sockets, \
         the floor of \"user revoked\".\n"
    );
    print_failures(rows.iter().map(|row| (row.who, row.failure.as_deref())));
}

fn print_flood(rows: &[flood::Row]) {
    let columns = [
        "calm p99 µs",
        "attacked p99 µs",
        "×",
        "× lowest",
        "× highest",
        "calm CPU %",
        "attacked CPU %",
        "attacker's CPU %",
        "connections/s",
        "pieces/s",
    ];
    let mut table = Table::new("subject", &columns);
    for row in rows {
        let slowdown = |at: usize| row.slowdown().and_then(|range| range.get(at).copied());
        table.row(
            row.who.name(),
            &[
                row.pooled_p99(|sample| &sample.calm),
                row.pooled_p99(|sample| &sample.attacked),
                slowdown(0),
                slowdown(1),
                slowdown(2),
                row.median(|sample| sample.calm.cpu * 100.0),
                row.median(|sample| sample.attacked.cpu * 100.0),
                row.median(|sample| sample.attacker_cpu * 100.0),
                row.median(|sample| sample.connections),
                row.median(|sample| sample.pieces),
            ],
        );
    }
    table.print();
    println!(
        "Honest visitors ask 500 times a second, every 20th time over a new connection. p99 is of all rounds together, \
         `×` the median of the rounds' own ratios; 100 % is one core.\n"
    );
    print_failures(rows.iter().map(|row| (row.who, row.failure.as_deref())));
}

fn print_failures<'a>(rows: impl Iterator<Item = (Who, Option<&'a str>)>) {
    for (who, failure) in rows {
        if let Some(reason) = failure {
            println!("**{} failed in at least one round: {reason}**\n", who.name());
        }
    }
}

fn to_nginx(row: &Row, rows: &[Row], figure: Figure) -> Option<f64> {
    row.ratio(rows.iter().find(|row| matches!(row.who, Who::Nginx | Who::NginxTls))?, figure)
}

fn proxy_only(row: &Row, value: Option<f64>) -> Option<f64> {
    value.filter(|_| row.who != Who::Direct)
}

/// A Markdown table whose columns line up in a terminal.
pub(crate) struct Table {
    lines: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(first: &str, columns: &[&str]) -> Self {
        let head = std::iter::once(first).chain(columns.iter().copied());
        Self { lines: vec![head.map(str::to_owned).collect()] }
    }

    fn row(&mut self, name: &str, values: &[Option<f64>]) {
        let texts: Vec<_> = values.iter().map(|value| value.map_or_else(|| "–".to_owned(), readable)).collect();
        self.text_row(name, &texts);
    }

    pub(crate) fn text_row(&mut self, name: &str, texts: &[String]) {
        self.lines.push(std::iter::once(name.to_owned()).chain(texts.iter().cloned()).collect());
    }

    pub(crate) fn print(&self) {
        let width = |column: usize| {
            self.lines.iter().filter_map(|line| line.get(column)).map(|text| text.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<_> = (0..self.lines.first().map_or(0, Vec::len)).map(width).collect();
        for (number, line) in self.lines.iter().enumerate() {
            let cells = line.iter().zip(&widths).enumerate();
            let padded = cells.map(|(column, (text, &width))| match column {
                0 => format!(" {text:<width$} "),
                _ => format!(" {text:>width$} "),
            });
            println!("|{}|", padded.collect::<Vec<_>>().join("|"));
            if number == 0 {
                let rules = widths.iter().enumerate().map(|(column, width)| match column {
                    0 => "-".repeat(width + 2),
                    _ => "-".repeat(width + 1) + ":",
                });
                println!("|{}|", rules.collect::<Vec<_>>().join("|"));
            }
        }
        println!();
    }
}

/// Three digits are more than the machine's noise allows.
pub(crate) fn readable(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
