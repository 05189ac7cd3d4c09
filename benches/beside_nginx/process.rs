//! Child processes: started with a high file limit, ended with the benchmark whatever happens to it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;

/// Enough for 10,000 WebSockets with a connection on both sides of the proxy, and the rest.
const FILE_LIMIT: usize = 65_536;
const STOP_PATIENCE: Duration = Duration::from_secs(5);

pub(crate) struct Service {
    child: Child,
    log: PathBuf,
}

pub(crate) fn require_tools() -> Result<()> {
    let needed = [
        ("nginx", "nginx-light"),
        ("wrk", "wrk"),
        ("h2load", "nghttp2-client"),
        ("chrt", "util-linux"),
        ("prlimit", "util-linux"),
        ("setpriv", "util-linux"),
    ];
    let missing: Vec<_> = needed.iter().filter(|(tool, _)| find(tool).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let tools: Vec<_> = missing.iter().map(|(tool, _)| *tool).collect();
    let mut packages: Vec<_> = missing.iter().map(|(_, package)| *package).collect();
    packages.dedup();
    let (tools, packages) = (tools.join(", "), packages.join(" "));
    Err(format!("not installed: {tools}. On Debian: apt-get install --no-install-recommends {packages}").into())
}

/// Where a tool is. `sbin` is often missing from the path of people who are not root.
pub(crate) fn find(tool: &str) -> Option<PathBuf> {
    let path = std::env::var("PATH").unwrap_or_default();
    let places = path.split(':').chain(["/usr/sbin", "/sbin", "/usr/local/sbin"]);
    places.map(|place| Path::new(place).join(tool)).find(|candidate| candidate.is_file())
}

/// Children inherit the limit. Without the right to raise it, the case `sockets` shrinks to what fits.
pub(crate) fn raise_file_limit() {
    let own = format!("--pid={}", std::process::id());
    for limit in [FILE_LIMIT, file_limits().1] {
        let limit = format!("--nofile={limit}:{limit}");
        let raised = Command::new("prlimit").args([&own, &limit]).stderr(Stdio::null()).status();
        if raised.is_ok_and(|status| status.success()) {
            return;
        }
    }
}

/// The soft and hard limit of open files of this process.
pub(crate) fn file_limits() -> (usize, usize) {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap_or_default();
    let mut numbers = line.split_whitespace().map_while(|word| word.parse().ok());
    let soft = numbers.next().unwrap_or(1024);
    (soft, numbers.next().unwrap_or(soft))
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

impl Service {
    /// Starts `program`; its output goes to `log`. The kernel ends it when the benchmark dies.
    pub(crate) fn start(program: &Path, arguments: &[&str], log: PathBuf) -> Result<Self> {
        let output = std::fs::File::create(&log)?;
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "TERM", "--"])
            .arg(program)
            .args(arguments)
            .env("RUST_BACKTRACE", "1")
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .map_err(|error| format!("{} does not start: {error}", program.display()))?;
        Ok(Self { child, log })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until `port` accepts; a process that ends instead is shown with its last words.
    pub(crate) fn wait_for_port(&mut self, port: u16, patience: Duration) -> Result<()> {
        self.wait_until(patience, || TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).is_ok())
    }

    pub(crate) fn wait_until(&mut self, patience: Duration, mut ready: impl FnMut() -> bool) -> Result<()> {
        let started = Instant::now();
        while !ready() {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("ended at once with {status}: {}", self.last_words()).into());
            }
            if started.elapsed() > patience {
                return Err(format!("not ready after {patience:?}: {}", self.last_words()).into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// Ends the process without giving it a say.
    pub(crate) fn kill(&mut self) -> Result<()> {
        Ok(self.child.kill()?)
    }

    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().rev().take(3).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join(" | ")
    }
}

impl Drop for Service {
    /// TERM first: nginx' master must get the chance to end its workers.
    fn drop(&mut self) {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).stderr(Stdio::null()).status().ok();
        let started = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) {
            if started.elapsed() > STOP_PATIENCE {
                self.child.kill().ok();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
