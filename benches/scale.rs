//! How large and how fast a gateway with a million users and a million sessions starts: the real binary on a real store.
//!
//! `cargo bench --bench scale [-- COUNT] [FOLDER]`; a folder is filled when it is empty, and kept for the next time.

#![allow(clippy::unwrap_used, reason = "a bench that cannot make its world may stop")]

#[allow(unreachable_pub, reason = "shared with another bench")]
mod crowd;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crowd::{app, registration, session, user, workspace};
use millgate::domain::{Clock, Proposal, Record};
use millgate::store::{Journal, RedbStore};

/// Of users, and of sessions.
const COUNT: u64 = 1_000_000;
/// People in one commit.
const BATCH: u64 = 100_000;
/// A start that takes longer than this has failed.
const PATIENCE: Duration = Duration::from_secs(120);

fn main() {
    // `cargo test` runs benches too, without this flag.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let count = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(COUNT);
    let kept = std::env::args().skip(1).find(|argument| argument.contains('/'));
    let fresh = tempfile::tempdir().unwrap();
    let idle = measure(fresh.path());
    println!("fresh: ready in {} ms, {} KiB resident", idle.ready.as_millis(), idle.resident_kib);
    let folder = kept.map_or_else(|| fresh.path().join("full"), PathBuf::from);
    if !folder.join("data").exists() {
        std::fs::create_dir_all(&folder).unwrap();
        let filled = fill(&folder, count);
        println!("filled with {count} users and sessions in {:.1} s", filled.as_secs_f64());
    }
    let full = measure(&folder);
    println!(
        "full:  ready in {} ms, {} MiB resident ({} MiB at most)",
        full.ready.as_millis(),
        full.resident_kib / 1024,
        full.peak_kib / 1024
    );
}

struct Start {
    ready: Duration,
    resident_kib: u64,
    peak_kib: u64,
}

/// Starts the gateway, waits until it is ready and stops it.
fn measure(folder: &Path) -> Start {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = folder.join("millgate.toml");
    let text = format!("[[listen]]\naddress = \"127.0.0.1:{port}\"\n[console]\nurl = \"http://localhost:{port}\"\n");
    std::fs::write(&config, text).unwrap();
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_millgate"))
        .arg("--config")
        .arg(&config)
        .arg("--data")
        .arg(folder.join("data"))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !is_ready(port) {
        assert!(begun.elapsed() < PATIENCE, "the gateway does not become ready");
        std::thread::sleep(Duration::from_millis(2));
    }
    let ready = begun.elapsed();
    std::thread::sleep(Duration::from_secs(1));
    let start = Start { ready, resident_kib: memory(&child, "VmRSS:"), peak_kib: memory(&child, "VmHWM:") };
    // In order, as a restart does: after a crash every page is checked, which takes a second more.
    let terminated = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(terminated.success() && child.wait().unwrap().success());
    start
}

fn is_ready(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let mut answer = [0; 12];
    stream.write_all(b"GET /.millgate/readyz HTTP/1.1\r\nHost: localhost\r\n\r\n").is_ok()
        && stream.read_exact(&mut answer).is_ok()
        && answer.ends_with(b"200")
}

fn memory(child: &Child, line: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let found = status.lines().find_map(|text| text.strip_prefix(line)).unwrap();
    found.trim().trim_end_matches(" kB").parse().unwrap()
}

fn fill(folder: &Path, count: u64) -> Duration {
    let begun = Instant::now();
    let now = Clock::system().now();
    let store = RedbStore::open(&folder.join("data")).unwrap();
    let ground = Proposal::new().put(Record::Workspace(workspace(now))).put(Record::App(Box::new(app(now))));
    store.commit(&[ground]).unwrap();
    for first in (0..count).step_by(usize::try_from(BATCH).unwrap()) {
        let mut proposal = Proposal::new();
        for number in first..count.min(first + BATCH) {
            let user = user(number, now);
            proposal = proposal
                .put(Record::Registration(registration(&user, now)))
                .put(Record::Session(Box::new(session(&user, now))))
                .put(Record::NamesUser(user.workspace, user.username.clone(), user.id))
                .put(Record::User(Box::new(user)));
        }
        store.commit(&[proposal]).unwrap();
    }
    begun.elapsed()
}
