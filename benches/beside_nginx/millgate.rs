//! Millgate under test: one process with apps in `signup` mode, over TLS and without, and one in `public` mode.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::client::{Connection, Door};
use super::process::{Service, free_port};
use super::tls::Shown;
use crate::Result;

pub(crate) const API_KEY: &str = "mg_beside-nginx-benchmark-key-0123456789";
pub(crate) const SIGNUP_APP: &str = "signed";
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Millgate {
    pub(crate) service: Service,
    pub(crate) ports: Ports,
    /// From the start of the process to the first 200 of `readyz`, at 1 ms steps.
    pub(crate) ready_in: Duration,
}

#[derive(Clone, Copy)]
pub(crate) struct Ports {
    pub(crate) console: u16,
    pub(crate) signup: u16,
    pub(crate) public: u16,
    /// In `signup` mode, over TLS.
    pub(crate) tls: u16,
}

pub(crate) fn start(program: &Path, directory: &Path, upstream: u16, shown: &Shown) -> Result<Millgate> {
    let ports = Ports { console: free_port()?, signup: free_port()?, public: free_port()?, tls: free_port()? };
    let data = directory.join("millgate-data");
    let config = directory.join("millgate.toml");
    fs::write(&config, configuration(ports, upstream, shown))?;
    let (data, config) = (data.to_string_lossy(), config.to_string_lossy());
    let arguments = ["--config", &*config, "--data", &*data, "serve"];
    let started = Instant::now();
    let mut service = Service::start(program, &arguments, directory.join("millgate.log"))?;
    service.wait_until(PATIENCE, || is_ready(Door::plain(ports.console)))?;
    let ready_in = started.elapsed();
    let others = [Door::plain(ports.signup), Door::plain(ports.public), Door { port: ports.tls, tls: true }];
    service.wait_until(PATIENCE, || others.into_iter().all(is_ready))?;
    Ok(Millgate { service, ports, ready_in })
}

fn is_ready(door: Door) -> bool {
    let request = format!("GET /.millgate/readyz HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", door.port);
    let answer = Connection::open(door).and_then(|mut connection| connection.exchange(request.as_bytes()));
    answer.is_ok_and(|answer| answer.head.status == 200)
}

/// As many workers as nginx has. The listeners are written out, though app ports open by themselves.
fn configuration(ports: Ports, upstream: u16, shown: &Shown) -> String {
    let Ports { console, signup, public, tls } = ports;
    let listeners: String =
        [console, signup, public].map(|port| format!("[[listen]]\naddress = \"127.0.0.1:{port}\"\n")).concat();
    let (cert, key) = (shown.cert.display(), shown.key.display());
    let over_tls =
        format!("[[listen]]\naddress = \"127.0.0.1:{tls}\"\ntls = {{ cert = \"{cert}\", key = \"{key}\" }}\n");
    let app = |name: &str, door: Door, access: &str| {
        let url = door.origin();
        format!(
            "[[app]]\nname = \"{name}\"\ntitle = \"{name}\"\nurl = \"{url}\"\n\
             upstream = \"http://127.0.0.1:{upstream}\"\naccess = \"{access}\"\n"
        )
    };
    let (signup_app, public_app) =
        (app(SIGNUP_APP, Door::plain(signup), "signup"), app("open", Door::plain(public), "public"));
    let tls_app = app("secure", Door { port: tls, tls: true }, "signup");
    format!(
        "workers = 2\n\n[log]\nlevel = \"warn\"\naccess = false\n\n{listeners}{over_tls}\n\
         [console]\nurl = \"http://127.0.0.1:{console}\"\n\n{signup_app}\n{public_app}\n{tls_app}\n\
         [[api_key]]\nname = \"bench\"\nscope = \"account\"\nsecret = \"{API_KEY}\"\n"
    )
}
