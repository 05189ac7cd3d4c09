//! A running gateway in a directory of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use rustls::ClientConfig;
use tempfile::TempDir;

use super::app::{App, Listener, Site};
use super::process::{Process, free_port, millgate, millgate_after};
use super::tls::{Authority, gullible};
use super::visitor::{Style, Visitor};
use super::wait::eventually;
use super::{Api, RawClient};

/// The account key of every gate.
pub const ACCOUNT_KEY: &str = "mg_account-key-of-the-test-suite";

pub struct Gate {
    plan: Plan,
    listener: Listener,
    process: Process,
    /// Kept for the gate's lifetime: config, data and log live in it.
    dir: TempDir,
}

/// What the config file will say.
#[derive(Clone, Default)]
pub struct Plan {
    apps: Vec<App>,
    /// Lines before the first table, `[limits]` lines, `[[listen]]` lines, whole further tables.
    top: Vec<String>,
    limits: Vec<String>,
    listen: Vec<String>,
    tables: Vec<String>,
    log: Vec<String>,
    preparation: Option<String>,
    tls: Option<Authority>,
    internal: bool,
    acme: bool,
    port: Option<u16>,
    http2: bool,
}

impl Gate {
    /// One app, everything else as it comes.
    pub fn before(app: App) -> Gate {
        Gate::plan().app(app).start()
    }

    pub fn plan() -> Plan {
        let plan = Plan::default();
        if super::http2::is_chosen() { plan.http2() } else { plan }
    }

    #[track_caller]
    pub fn site(&self, app: &str) -> Site {
        let app = self.plan.apps.iter().find(|held| held.name == app).expect("an app of this gate");
        app.site(&self.listener)
    }

    /// The site that is the console, which answers the API.
    pub fn console(&self) -> Site {
        let host = format!("localhost:{}", self.listener.port);
        let Listener { tls, carrier, .. } = self.listener.clone();
        Site { address: self.address(), host, prefix: String::new(), tls, carrier }
    }

    /// A fresh browser in front of this app.
    #[track_caller]
    pub fn visitor(&self, app: &str) -> Visitor {
        Visitor::new(self.site(app), Style::Browser)
    }

    pub fn api(&self) -> Api {
        Api::new(self.console(), ACCOUNT_KEY)
    }

    /// A bare connection to the first listener.
    #[track_caller]
    pub fn connect(&self) -> RawClient {
        self.console().connect()
    }

    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.listener.port))
    }

    pub fn port(&self) -> u16 {
        self.listener.port
    }

    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub fn data(&self) -> PathBuf {
        self.dir().join("data")
    }

    pub fn store(&self) -> PathBuf {
        self.data().join("millgate.redb")
    }

    pub fn config(&self) -> PathBuf {
        self.dir().join("millgate.toml")
    }

    pub fn log(&self) -> String {
        read_log(self.dir())
    }

    /// Power loss.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// SIGTERM, and the end of the process.
    #[track_caller]
    pub fn terminate(&mut self) -> std::process::ExitStatus {
        self.process.signal("TERM");
        self.process.wait()
    }

    pub fn hangup(&self) {
        self.process.signal("HUP");
    }

    /// Starts again after `kill` or `terminate`, on the same ports, config and store.
    #[track_caller]
    pub fn start_again(&mut self) {
        self.process = Process::start(self.plan.command(self.dir()), &self.dir().join("log"));
        let ready = wait_ready(&mut self.process, &self.listener);
        assert!(ready, "the gateway does not start again:\n{}", self.log());
    }

    #[track_caller]
    pub fn restart(&mut self) {
        self.terminate();
        self.start_again();
    }

    /// Writes the config anew, as it would be with this change. A reload or restart takes it up.
    pub fn rewrite_config(&mut self, change: impl FnOnce(&mut Plan)) {
        change(&mut self.plan);
        self.plan.write(self.dir.path(), &self.listener);
    }

    pub fn command(&self, arguments: &[&str]) -> super::process::Outcome {
        let (config, data) = (self.config(), self.data());
        let mut all = vec!["--config", config.to_str().unwrap(), "--data", data.to_str().unwrap()];
        all.extend_from_slice(arguments);
        super::process::run(&all)
    }
}

impl Plan {
    pub fn app(mut self, app: App) -> Plan {
        self.apps.push(app);
        self
    }

    pub fn top(mut self, line: &str) -> Plan {
        self.top.push(line.to_owned());
        self
    }

    pub fn limit(mut self, line: &str) -> Plan {
        self.limits.push(line.to_owned());
        self
    }

    /// A line of the first `[[listen]]` table.
    pub fn listen(mut self, line: &str) -> Plan {
        self.listen.push(line.to_owned());
        self
    }

    pub fn log(mut self, line: &str) -> Plan {
        self.log.push(line.to_owned());
        self
    }

    /// A whole table at the end of the file.
    pub fn table(mut self, table: &str) -> Plan {
        self.tables.push(table.to_owned());
        self
    }

    pub fn key(self, name: &str, scope: &str, secret: &str) -> Plan {
        self.table(&format!("[[api_key]]\nname = \"{name}\"\nscope = \"{scope}\"\nsecret = \"{secret}\""))
    }

    pub fn apps_mut(&mut self) -> &mut Vec<App> {
        &mut self.apps
    }

    /// Takes out the tables that begin like this.
    pub fn drop_tables(&mut self, beginning: &str) {
        self.tables.retain(|table| !table.starts_with(beginning));
    }

    pub fn add_table(&mut self, table: &str) {
        self.tables.push(table.to_owned());
    }

    /// One data-plane thread, so that one upstream pool serves everybody.
    pub fn one_worker(self) -> Plan {
        self.top("workers = 1")
    }

    /// A shell line that runs in the process before the gateway does.
    pub fn after(mut self, preparation: &str) -> Plan {
        self.preparation = Some(preparation.to_owned());
        self
    }

    pub fn tls(mut self, authority: &Authority) -> Plan {
        self.tls = Some(authority.clone());
        self
    }

    /// Spoken to over HTTP/2, by everybody in one connection.
    pub fn http2(mut self) -> Plan {
        self.http2 = true;
        self
    }

    /// With an authority of its own. The gate's sites believe everything: its root is not known before it runs.
    pub fn internal(mut self) -> Plan {
        self.internal = true;
        self
    }

    /// With certificates from an ACME server, of which the `[acme]` table tells.
    pub fn acme(mut self, table: &str) -> Plan {
        self.acme = true;
        self.table(table)
    }

    /// On this port instead of a free one.
    pub fn on_port(mut self, port: u16) -> Plan {
        self.port = Some(port);
        self
    }

    /// Starts on free ports; a port that was snatched away in between costs another try.
    #[track_caller]
    pub fn start(self) -> Gate {
        let mut log = String::new();
        for _ in 0..5 {
            let dir = tempfile::tempdir().expect("a directory");
            let listener = Listener::new(self.port.unwrap_or_else(free_port), self.client(), self.http2);
            self.write(dir.path(), &listener);
            let mut process = Process::start(self.command(dir.path()), &dir.path().join("log"));
            if wait_ready(&mut process, &listener) {
                return Gate { plan: self, listener, process, dir };
            }
            log = read_log(dir.path());
            if !log.to_lowercase().contains("in use") {
                break;
            }
        }
        panic!("the gateway does not start:\n{log}");
    }

    fn client(&self) -> Option<Arc<ClientConfig>> {
        self.tls.as_ref().map(Authority::client).or_else(|| (self.internal || self.acme).then(gullible))
    }

    fn command(&self, dir: &Path) -> Command {
        let mut command = self.preparation.as_deref().map_or_else(millgate, millgate_after);
        command.current_dir(dir);
        command.arg("--config").arg(dir.join("millgate.toml")).arg("--data").arg(dir.join("data")).arg("serve");
        command
    }

    fn write(&self, dir: &Path, listener: &Listener) {
        std::fs::write(dir.join("millgate.toml"), self.toml(dir, listener)).expect("a config file");
    }

    fn toml(&self, dir: &Path, listener: &Listener) -> String {
        let Listener { port, tls, .. } = listener;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let mut text = self.top.join("\n");
        text += &format!("\n[log]\n{}\n", self.log.join("\n"));
        text += &format!("\n[limits]\n{}\n", self.limits.join("\n"));
        text += &format!("\n[[listen]]\naddress = \"127.0.0.1:{port}\"\n{}\n", self.listen.join("\n"));
        if self.http2 && tls.is_none() {
            text += "h2c = true\n";
        }
        if let Some(authority) = &self.tls {
            text += &authority.write(dir);
        }
        if self.internal {
            text += "tls = \"internal\"\n";
        }
        if self.acme {
            text += "tls = \"acme\"\n";
        }
        text += &format!("\n[console]\nurl = \"{scheme}://localhost:{port}\"\n\n");
        text += &format!("[[api_key]]\nname = \"suite\"\nscope = \"account\"\nsecret = \"{ACCOUNT_KEY}\"\n\n");
        text.extend(self.apps.iter().map(|app| app.toml(listener)));
        text + &self.tables.join("\n\n") + "\n"
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- the gateway's log ---\n{}", self.log());
        }
    }
}

/// False when the process ends before it is ready.
fn wait_ready(process: &mut Process, listener: &Listener) -> bool {
    let host = format!("localhost:{}", listener.port);
    let address = SocketAddr::from(([127, 0, 0, 1], listener.port));
    let Listener { tls, carrier, .. } = listener.clone();
    let site = Site { address, host, prefix: String::new(), tls, carrier };
    eventually("the gateway is ready", || {
        if process.exited().is_some() {
            return Some(false);
        }
        std::net::TcpStream::connect(address).ok()?;
        let mut client = site.connect();
        client.try_send(site.head("GET", "/.millgate/readyz") + "\r\n").ok()?;
        (client.try_response("GET")?.status == 200).then_some(true)
    })
}

fn read_log(dir: &Path) -> String {
    std::fs::read(dir.join("log")).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}
