//! A wall clock that the test moves: the gateway's process sees the real time plus an offset (T16, T25).

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use tempfile::TempDir;

use super::gate::Plan;

pub struct Clock {
    offset: File,
    path: PathBuf,
    _dir: TempDir,
}

pub const MINUTE: u64 = 60;
pub const HOUR: u64 = 60 * MINUTE;
pub const DAY: u64 = 24 * HOUR;

impl Clock {
    pub fn new() -> Clock {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("offset");
        let offset = File::options().create_new(true).write(true).open(&path).expect("a file");
        let clock = Clock { offset, path, _dir: dir };
        clock.set(0);
        clock
    }

    /// The gateway of this plan lives by this clock.
    pub fn rules(&self, plan: Plan) -> Plan {
        plan.after(&format!("export TEST_CLOCK={} LD_PRELOAD={}", self.path.display(), library().display()))
    }

    /// Seconds before or after the real time.
    pub fn set(&self, seconds: i64) {
        self.offset.write_all_at(&seconds.to_ne_bytes(), 0).expect("the offset is written");
    }

    pub fn ahead(&self, seconds: u64) {
        self.set(i64::try_from(seconds).expect("a time"));
    }
}

/// Built once a run; the C compiler is there because our crypto crate needs it too.
fn library() -> &'static PathBuf {
    static BUILT: OnceLock<(PathBuf, TempDir)> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        let dir = tempfile::tempdir().expect("a directory");
        let (source, library) = (dir.path().join("clock.c"), dir.path().join("clock.so"));
        std::fs::write(&source, include_str!("clock.c")).expect("the source");
        let status = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status();
        assert!(status.expect("a C compiler").success());
        (library, dir)
    });
    &built.0
}

/// Seconds between two times as the API writes them.
#[track_caller]
pub fn seconds_between(earlier: &serde_json::Value, later: &serde_json::Value) -> u64 {
    let read = |time: &serde_json::Value| -> jiff::Timestamp {
        time.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("no time: {time}"))
    };
    let span = read(later).duration_since(read(earlier));
    Duration::try_from(span).expect("later is later").as_secs_f64().round() as u64
}
