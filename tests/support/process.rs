//! The binary as an operating system process: start, signals, memory, end.

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use super::wait::eventually;

/// Below the range from which the kernel takes ports for outgoing connections, so that none of them gets in the way.
const PORTS: std::ops::Range<u32> = 10_000..32_000;

/// A loopback port that is free now and is given to nobody else in this run. Another program may still take it first,
/// so whoever uses it tries again on a clash.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Two runs at the same time start at different places.
    let start = std::process::id().wrapping_mul(977);
    loop {
        let step = start.wrapping_add(NEXT.fetch_add(1, Ordering::SeqCst));
        let port = u16::try_from(PORTS.start + step % (PORTS.end - PORTS.start)).expect("a port");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// The binary without the caller's own `MILLGATE_…` settings.
pub fn millgate() -> Command {
    clean(Command::new(env!("CARGO_BIN_EXE_millgate")))
}

/// The binary, started through a shell that first runs `preparation` (limits, ignored signals); the pid stays the same.
pub fn millgate_after(preparation: &str) -> Command {
    let mut shell = Command::new("bash");
    shell.arg("-c").arg(format!("{preparation}; exec \"$0\" \"$@\"")).arg(env!("CARGO_BIN_EXE_millgate"));
    clean(shell)
}

fn clean(mut command: Command) -> Command {
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MILLGATE_")) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

/// A finished run of the binary.
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

pub fn run(arguments: &[&str]) -> Outcome {
    let output = millgate().args(arguments).output().expect("the binary starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Outcome { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}

pub struct Process {
    child: Child,
}

impl Process {
    /// Everything it says goes to the end of the file.
    pub fn start(mut command: Command, log: &Path) -> Process {
        let log = File::options().create(true).append(true).open(log).expect("a log file");
        command.stdout(log.try_clone().expect("a log file")).stderr(log);
        Process { child: command.spawn().expect("the binary starts") }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `signal` as `kill` names it: `TERM`, `HUP`, `STOP`.
    pub fn signal(&self, signal: &str) {
        let status = Command::new("kill").arg(format!("-{signal}")).arg(self.pid().to_string()).status();
        assert!(status.expect("kill runs").success(), "no process to signal");
    }

    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    pub fn exited(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("its own child")
    }

    #[track_caller]
    pub fn wait(&mut self) -> ExitStatus {
        eventually("the process ends", || self.exited())
    }

    /// Changes a resource limit while it runs, for example `--fsize=65536`.
    pub fn limit(&self, limit: &str) {
        let status = Command::new("prlimit").args(["--pid", &self.pid().to_string(), limit]).status();
        assert!(status.expect("prlimit runs").success(), "prlimit {limit}");
    }

    /// Resident memory in KiB.
    pub fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("its /proc entry");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("VmRSS");
        line.split_whitespace().nth(1).and_then(|size| size.parse().ok()).expect("a size")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
