//! Debian's `pebble`, a real ACME server: it looks at hosts as Let's Encrypt does, with names that all lead here.

use std::net::SocketAddr;
use std::process::Command;

use rustls::pki_types::CertificateDer;
use serde_json::json;
use tempfile::TempDir;

use super::process::{Process, free_port};
use super::tls::{self, Authority};
use super::wait::eventually;
use super::{RawClient, Response};

/// An account of another kind, for servers that ask for one.
pub const EXTERNAL: (&str, &str) = ("kid-1", "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W");

pub struct Pebble {
    plan: Plan,
    authority: Authority,
    server: Option<Process>,
    _names: Process,
    dir: TempDir,
}

/// Where it looks, and where it listens.
#[derive(Clone, Copy)]
struct Plan {
    tls_port: u16,
    http_port: u16,
    asks_for_external: bool,
    directory: u16,
    management: u16,
    names: u16,
}

impl Pebble {
    /// Comes to `tls_port` for tls-alpn-01 and to `http_port` for http-01.
    pub fn start(tls_port: u16, http_port: u16) -> Pebble {
        let mut pebble = Pebble::prepare(tls_port, http_port, false);
        pebble.run();
        pebble
    }

    /// Takes nobody who has no `EXTERNAL` account.
    pub fn exclusive(tls_port: u16) -> Pebble {
        let mut pebble = Pebble::prepare(tls_port, free_port(), true);
        pebble.run();
        pebble
    }

    /// Runs later, or never.
    pub fn prepare(tls_port: u16, http_port: u16, asks_for_external: bool) -> Pebble {
        let dir = tempfile::tempdir().expect("a directory");
        let names = free_port();
        let mut command = Command::new("pebble-challtestsrv");
        command.args(["-dns01", &format!("127.0.0.1:{names}"), "-management", &format!("127.0.0.1:{}", free_port())]);
        command.args(["-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv6", ""]);
        let (directory, management) = (free_port(), free_port());
        Pebble {
            plan: Plan { tls_port, http_port, asks_for_external, directory, management, names },
            authority: Authority::new(),
            server: None,
            _names: Process::start(command, &dir.path().join("names.log")),
            dir,
        }
    }

    /// With nothing in its memory.
    pub fn run(&mut self) {
        let Plan { tls_port, http_port, asks_for_external, directory, management, names } = self.plan;
        let dir = self.dir.path();
        let (certificate, key) = self.authority.issue(&["localhost", "127.0.0.1"]);
        std::fs::write(dir.join("cert.pem"), certificate).expect("a file");
        std::fs::write(dir.join("key.pem"), key).expect("a file");
        let config = json!({"pebble": {
            "listenAddress": format!("127.0.0.1:{directory}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": dir.join("cert.pem"),
            "privateKey": dir.join("key.pem"),
            "httpPort": http_port,
            "tlsPort": tls_port,
            "externalAccountBindingRequired": asks_for_external,
            "externalAccountMACKeys": {EXTERNAL.0: EXTERNAL.1},
        }});
        std::fs::write(dir.join("config.json"), config.to_string()).expect("a file");
        let mut command = Command::new("pebble");
        command.arg("-config").arg(dir.join("config.json"));
        command.args(["-dnsserver", &format!("127.0.0.1:{names}")]).env("PEBBLE_VA_NOSLEEP", "1");
        self.server = Some(Process::start(command, &dir.join("log")));
        eventually("pebble answers", || std::net::TcpStream::connect(("127.0.0.1", directory)).ok());
        eventually("pebble tells", || std::net::TcpStream::connect(("127.0.0.1", management)).ok());
    }

    pub fn stop(&mut self) {
        self.server = None;
    }

    /// The `[acme]` table that names it, with further lines.
    pub fn table(&self, lines: &str) -> String {
        let ca = self.dir.path().join("ca.pem");
        std::fs::write(&ca, self.authority.pem()).expect("a file");
        let (port, ca) = (self.plan.directory, ca.display());
        format!(
            "[acme]\nterms_accepted = true\ndirectory = \"https://localhost:{port}/dir\"\nca_file = \"{ca}\"\n{lines}"
        )
    }

    /// What its certificates can be believed by; another one in each run.
    pub fn root(&self) -> CertificateDer<'static> {
        tls::root(&self.told("/roots/0").expect(200).body)
    }

    fn told(&self, path: &str) -> Response {
        let address = SocketAddr::from(([127, 0, 0, 1], self.plan.management));
        let mut client = RawClient::connect_tls(address, "localhost", self.authority.client());
        client.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        client.response()
    }
}
