//! Millgate under test: one process with an app in `signup` mode and one in `public` mode.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::client::Connection;
use super::process::{Service, free_port};
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
}

pub(crate) fn start(program: &Path, directory: &Path, upstream: u16) -> Result<Millgate> {
    let ports = Ports { console: free_port()?, signup: free_port()?, public: free_port()? };
    let data = directory.join("millgate-data");
    let config = directory.join("millgate.toml");
    fs::write(&config, configuration(ports, upstream))?;
    let (data, config) = (data.to_string_lossy(), config.to_string_lossy());
    let arguments = ["--config", &*config, "--data", &*data, "serve"];
    let started = Instant::now();
    let mut service = Service::start(program, &arguments, directory.join("millgate.log"))?;
    service.wait_until(PATIENCE, || is_ready(ports.console))?;
    let ready_in = started.elapsed();
    service.wait_until(PATIENCE, || is_ready(ports.signup) && is_ready(ports.public))?;
    Ok(Millgate { service, ports, ready_in })
}

fn is_ready(port: u16) -> bool {
    let request = format!("GET /.millgate/readyz HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    let answer = Connection::open(port).and_then(|mut connection| connection.exchange(request.as_bytes()));
    answer.is_ok_and(|answer| answer.head.status == 200)
}

/// As many workers as nginx has. The listeners are written out, though app ports open by themselves.
fn configuration(ports: Ports, upstream: u16) -> String {
    let Ports { console, signup, public } = ports;
    let listeners: String =
        [console, signup, public].map(|port| format!("[[listen]]\naddress = \"127.0.0.1:{port}\"\n")).concat();
    let app = |name: &str, port: u16, access: &str| {
        format!(
            "[[app]]\nname = \"{name}\"\ntitle = \"{name}\"\nurl = \"http://127.0.0.1:{port}\"\n\
             upstream = \"http://127.0.0.1:{upstream}\"\naccess = \"{access}\"\n"
        )
    };
    let (signup_app, public_app) = (app(SIGNUP_APP, signup, "signup"), app("open", public, "public"));
    format!(
        "workers = 2\n\n[log]\nlevel = \"warn\"\naccess = false\n\n{listeners}\n\
         [console]\nurl = \"http://127.0.0.1:{console}\"\n\n{signup_app}\n{public_app}\n\
         [[api_key]]\nname = \"bench\"\nscope = \"account\"\nsecret = \"{API_KEY}\"\n"
    )
}
