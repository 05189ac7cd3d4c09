//! Everything that runs during the benchmark: one upstream, and the subjects in front of it.

use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::client::{Connection, Door};
use super::meter;
use super::millgate::{self, Millgate, Ports};
use super::nginx::{self, Flavor};
use super::options::Options;
use super::people;
use super::process::{Service, free_port};
use super::server::AUTH_COOKIE;
use super::tls::{self, Shown};
use crate::Result;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Direct,
    Nginx,
    NginxTuned,
    NginxWide,
    NginxAuth,
    SignedIn,
    Public,
    NginxTls,
    SignedInTls,
}

/// One way to the upstream.
pub(crate) struct Subject {
    pub(crate) who: Who,
    pub(crate) door: Door,
    cookie: Option<String>,
    /// The processes whose CPU and memory are this subject's cost.
    pub(crate) pids: Vec<u32>,
}

/// A proxy just started, before it has seen a request.
pub(crate) struct Fresh {
    pub(crate) who: Who,
    pub(crate) ready_in: Duration,
    pub(crate) rss: u64,
    pub(crate) pss: u64,
}

pub(crate) struct World {
    pub(crate) subjects: Vec<Subject>,
    /// Subjects that did not start, with the reason.
    pub(crate) failures: Vec<(Who, String)>,
    pub(crate) fresh: Vec<Fresh>,
    /// Processes that wanted a core before anything was started: above 0.5, the figures are rough.
    pub(crate) load: String,
    pub(crate) millgate: Option<Ports>,
    /// The size of the program as built, in bytes.
    pub(crate) millgate_size: Option<u64>,
    // Dropped in this order: the proxies, what is behind them, their files.
    services: Vec<Service>,
    directory: TempDir,
}

const PATIENCE: Duration = Duration::from_secs(10);
/// Start-up work (and the page that `readyz` costs) is over by then; idle memory is read after it.
const SETTLE: Duration = Duration::from_secs(1);

impl Who {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Nginx => "nginx",
            Self::NginxTuned => "nginx tuned",
            Self::NginxWide => "nginx, 32768 connections",
            Self::NginxAuth => "nginx + auth_request",
            Self::SignedIn => "Millgate signed in",
            Self::Public => "Millgate public",
            Self::NginxTls => "nginx, TLS",
            Self::SignedInTls => "Millgate signed in, TLS",
        }
    }
}

impl Subject {
    /// A request head; `extra` are further header lines, each with its line end.
    pub(crate) fn request(&self, method: &str, path: &str, extra: &str) -> String {
        let cookie = self.cookie_header().map(|line| line + "\r\n").unwrap_or_default();
        format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{cookie}{extra}\r\n", self.door.port)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.door.origin() + path
    }

    pub(crate) fn cookie_header(&self) -> Option<String> {
        self.cookie.as_ref().map(|cookie| format!("Cookie: {cookie}"))
    }

    /// The same requests to another place, whose processes are not measured.
    pub(crate) fn at_port(&self, port: u16) -> Self {
        subject(self.who, Door::plain(port), self.cookie.clone(), Vec::new())
    }

    /// The same subject as somebody else's session.
    pub(crate) fn with_cookie(&self, cookie: String) -> Self {
        Self { who: self.who, door: self.door, cookie: Some(cookie), pids: self.pids.clone() }
    }
}

pub(crate) fn start(options: &Options) -> Result<World> {
    let directory = tempfile::Builder::new().prefix("beside-nginx-").tempdir()?;
    let (upstream, upstream_port) = start_server("upstream", directory.path())?;
    let (auth, auth_port) = start_server("auth", directory.path())?;
    let (auth_pid, shown) = (auth.pid(), tls::make_certificate(directory.path())?);
    let mut world = World {
        subjects: vec![subject(Who::Direct, Door::plain(upstream_port), Some(AUTH_COOKIE.to_owned()), Vec::new())],
        failures: Vec::new(),
        fresh: Vec::new(),
        load: load_average(),
        millgate: None,
        millgate_size: std::fs::metadata(&options.millgate).map(|file| file.len()).ok(),
        services: vec![upstream, auth],
        directory,
    };
    world.add_nginx(Who::Nginx, upstream_port, Flavor::Plain, None);
    world.add_nginx(Who::NginxTuned, upstream_port, Flavor::Tuned, None);
    world.add_nginx(Who::NginxWide, upstream_port, Flavor::Wide, None);
    world.add_nginx(Who::NginxAuth, upstream_port, Flavor::AuthRequest { auth_port }, Some(auth_pid));
    world.add_nginx(Who::NginxTls, upstream_port, Flavor::Tls(&shown), None);
    if let Err(error) = world.add_millgate(&options.millgate, upstream_port, &shown) {
        let all = [Who::SignedIn, Who::Public, Who::SignedInTls];
        world.failures.extend(all.map(|who| (who, error.to_string())));
    }
    Ok(world)
}

impl World {
    pub(crate) fn subject(&self, who: Who) -> Option<&Subject> {
        self.subjects.iter().find(|subject| subject.who == who)
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Another server like the upstream, for a case that ends it.
    pub(crate) fn spare_upstream(&self) -> Result<(Service, u16)> {
        start_server("upstream", self.directory.path())
    }

    fn add_nginx(&mut self, who: Who, upstream: u16, flavor: Flavor<'_>, auth: Option<u32>) {
        let started = Instant::now();
        match nginx::start(self.directory.path(), upstream, flavor) {
            Ok((service, port)) => {
                let ready_in = started.elapsed();
                self.remember_fresh(who, ready_in, service.pid());
                let pids = std::iter::once(service.pid()).chain(auth).collect();
                let door = Door { port, tls: matches!(flavor, Flavor::Tls(_)) };
                self.subjects.push(subject(who, door, Some(AUTH_COOKIE.to_owned()), pids));
                self.services.insert(0, service);
            }
            Err(error) => self.failures.push((who, error.to_string())),
        }
    }

    /// The public app stays a subject also when signing up fails.
    fn add_millgate(&mut self, program: &Path, upstream: u16, shown: &Shown) -> Result<()> {
        let started = millgate::start(program, self.directory.path(), upstream, shown)?;
        let Millgate { service, ports, ready_in } = started;
        let pids = vec![service.pid()];
        self.remember_fresh(Who::SignedIn, ready_in, service.pid());
        self.services.insert(0, service);
        self.millgate = Some(ports);
        self.subjects.push(subject(Who::Public, Door::plain(ports.public), None, pids.clone()));
        let doors = [
            (Who::SignedIn, Door::plain(ports.signup), "bench@example.com"),
            (Who::SignedInTls, Door { port: ports.tls, tls: true }, "tls@example.com"),
        ];
        for (who, door, email) in doors {
            match people::sign_up(door, email) {
                Ok(cookie) => self.subjects.push(subject(who, door, Some(cookie), pids.clone())),
                Err(error) => self.failures.push((who, error.to_string())),
            }
        }
        Ok(())
    }

    fn remember_fresh(&mut self, who: Who, ready_in: Duration, pid: u32) {
        std::thread::sleep(SETTLE);
        let roots = [pid];
        let (rss, pss) = (meter::resident(&roots), meter::proportional(&roots));
        self.fresh.push(Fresh { who, ready_in, rss, pss });
    }
}

/// Asks once for the small answer: a subject that redirects or refuses must not be measured.
pub(crate) fn probe(subject: &Subject) -> Result<()> {
    let request = subject.request("GET", "/small", "");
    let answer = Connection::open(subject.door)?.exchange(request.as_bytes())?;
    match answer.head.status {
        200 if answer.body == super::server::SMALL_BODY.as_bytes() => Ok(()),
        200 => Err("answered 200 with another body than the upstream's".into()),
        status => Err(format!("answered {status} instead of the upstream's 200").into()),
    }
}

fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

fn subject(who: Who, door: Door, cookie: Option<String>, pids: Vec<u32>) -> Subject {
    Subject { who, door, cookie, pids }
}

/// Starts this very program in a server's role.
fn start_server(role: &str, directory: &Path) -> Result<(Service, u16)> {
    let port = free_port()?;
    let arguments = ["--serve", role, &port.to_string()];
    let log = directory.join(format!("{role}.log"));
    let mut service = Service::start(&std::env::current_exe()?, &arguments, log)?;
    service.wait_for_port(port, PATIENCE)?;
    Ok((service, port))
}
