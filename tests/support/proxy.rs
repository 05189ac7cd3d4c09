//! Debian's nginx and caddy before an app, with the sample configurations of `config/`.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::process::Process;
use super::wait::eventually;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Nginx,
    Caddy,
}

pub struct Proxy {
    _process: Process,
    _dir: TempDir,
}

impl Proxy {
    /// Listens on `port` for `host`, asks the gate on `gate` and carries traffic to `app`.
    pub fn start(kind: Kind, host: &str, port: u16, gate: u16, app: u16) -> Proxy {
        let dir = tempfile::tempdir().expect("a directory");
        let sample = |name: &str| {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name);
            let text = std::fs::read_to_string(file).expect("the sample");
            text.replace("127.0.0.1:8080", &format!("127.0.0.1:{gate}"))
                .replace("127.0.0.1:1880", &format!("127.0.0.1:{app}"))
        };
        let mut command = match kind {
            Kind::Nginx => {
                let server = sample("nginx-forward-auth.conf")
                    .replace("listen 80;", &format!("listen 127.0.0.1:{port};"))
                    .replace("hmi.example.com", host);
                nginx(dir.path(), &server)
            }
            Kind::Caddy => {
                let server = sample("Caddyfile")
                    .replace("hmi.example.com {", &format!("http://{host}:{port} {{\nbind 127.0.0.1"));
                caddy(dir.path(), &server)
            }
        };
        command.current_dir(dir.path());
        let log = dir.path().join("log");
        let mut process = Process::start(command, &log);
        eventually("the proxy listens", || {
            if process.exited().is_some() {
                panic!("{kind:?} does not start:\n{}", std::fs::read_to_string(&log).unwrap_or_default());
            }
            std::net::TcpStream::connect(("127.0.0.1", port)).ok()
        });
        Proxy { _process: process, _dir: dir }
    }
}

fn nginx(dir: &Path, server: &str) -> Command {
    let at = dir.display();
    let places: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|name| format!("{name}_temp_path {at}/{name};\n"))
        .collect();
    let text = format!(
        "daemon off;\nmaster_process off;\npid {at}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{places}{server}\n}}\n"
    );
    std::fs::write(dir.join("nginx.conf"), text).expect("a file");
    let program = ["/usr/sbin/nginx", "/usr/bin/nginx"].into_iter().find(|path| Path::new(path).exists());
    let mut command = Command::new(program.unwrap_or("nginx"));
    command.arg("-e").arg("stderr").arg("-p").arg(dir).arg("-c").arg(dir.join("nginx.conf"));
    command
}

fn caddy(dir: &Path, server: &str) -> Command {
    std::fs::write(dir.join("Caddyfile"), format!("{{\nadmin off\n}}\n{server}")).expect("a file");
    let mut command = Command::new("caddy");
    command.args(["run", "--adapter", "caddyfile", "--config"]).arg(dir.join("Caddyfile"));
    command.env("HOME", dir).env("XDG_DATA_HOME", dir).env("XDG_CONFIG_HOME", dir);
    command
}
