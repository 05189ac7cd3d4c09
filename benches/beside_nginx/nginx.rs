//! nginx as its users set it up well: two workers, kept-alive upstream connections, no access log.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::process::{Service, find, free_port};
use super::tls::Shown;
use crate::Result;

#[derive(Clone, Copy)]
pub(crate) enum Flavor<'a> {
    /// `proxy_pass` and nothing else.
    Plain,
    /// The same with room for connections by the ten thousand, which costs nginx memory up front.
    Wide,
    /// Tuned for large bodies: no waiting for whole uploads, no temporary files, large buffers.
    Tuned,
    /// An auth server is asked about each request.
    AuthRequest { auth_port: u16 },
    /// `proxy_pass` behind TLS and HTTP/2. Tickets are its way to resume: they cost it less than a shared cache.
    Tls(&'a Shown),
}

const TUNED: &str = "proxy_request_buffering off; proxy_max_temp_file_size 0; client_body_buffer_size 256k; \
    proxy_buffer_size 64k; proxy_buffers 8 128k; proxy_busy_buffers_size 256k;";
const PATIENCE: Duration = Duration::from_secs(10);

/// Starts an nginx of its own, so that its CPU and memory are its own too; gives its port.
pub(crate) fn start(directory: &Path, upstream: u16, flavor: Flavor<'_>) -> Result<(Service, u16)> {
    let port = free_port()?;
    let home = directory.join(format!("nginx-{port}"));
    fs::create_dir(&home)?;
    let config = home.join("nginx.conf");
    fs::write(&config, configuration(&home, port, upstream, flavor))?;
    let program = find("nginx").ok_or("nginx is not installed")?;
    let (home, config) = (home.to_string_lossy(), config.to_string_lossy());
    let arguments = ["-p", &home, "-e", "stderr", "-c", &config];
    let log = directory.join(format!("nginx-{port}.log"));
    let mut service = Service::start(&program, &arguments, log)?;
    service.wait_for_port(port, PATIENCE)?;
    Ok((service, port))
}

fn configuration(home: &Path, port: u16, upstream: u16, flavor: Flavor<'_>) -> String {
    let home = home.display();
    let buffers = match flavor {
        Flavor::Tuned => TUNED,
        Flavor::Plain | Flavor::Wide | Flavor::AuthRequest { .. } | Flavor::Tls(_) => "",
    };
    let connections = match flavor {
        Flavor::Wide | Flavor::Tls(_) => 32768,
        Flavor::Plain | Flavor::Tuned | Flavor::AuthRequest { .. } => 4096,
    };
    let (auth_upstream, ask, auth_location) = match flavor {
        Flavor::AuthRequest { auth_port } => auth_parts(auth_port),
        Flavor::Plain | Flavor::Wide | Flavor::Tuned | Flavor::Tls(_) => Default::default(),
    };
    let (spoken, certificate) = match flavor {
        Flavor::Tls(shown) => (" ssl http2", tls_lines(shown)),
        _ => Default::default(),
    };
    // `keepalive_requests` is lifted, because its default of 1000 would cost nginx reconnects.
    // X-Forwarded-*, because every real setup has them and Millgate sets them as well.
    format!(
        r#"
daemon off; master_process on; worker_processes 2; user root;
worker_rlimit_nofile 65536; pid {home}/pid; error_log stderr error;
events {{ worker_connections {connections}; }}
http {{
  access_log off; keepalive_requests 100000000; client_max_body_size 64m; proxy_read_timeout 600s;
  client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi; scgi_temp_path {home}/scgi;
  upstream app {{ server 127.0.0.1:{upstream}; keepalive 256; keepalive_requests 100000000; }}
  {auth_upstream}
  server {{
    listen 127.0.0.1:{port}{spoken} backlog=4096; {certificate}
    proxy_http_version 1.1; {buffers}
    proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Host $http_host;
    proxy_set_header Connection "";
    location / {{ {ask} proxy_pass http://app; }}
    location /socket {{
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; proxy_set_header Host $http_host;
      proxy_pass http://app;
    }}
    {auth_location}
  }}
}}
"#
    )
}

fn tls_lines(Shown { cert, key }: &Shown) -> String {
    let (cert, key) = (cert.display(), key.display());
    format!("ssl_certificate {cert}; ssl_certificate_key {key}; ssl_protocols TLSv1.2 TLSv1.3;")
}

/// The upstream, the lines in `location /`, and the location of the auth server.
fn auth_parts(port: u16) -> (String, String, String) {
    let upstream = format!("upstream auth {{ server 127.0.0.1:{port}; keepalive 256; keepalive_requests 100000000; }}");
    // A location with one `proxy_set_header` inherits none from the server.
    let ask = "auth_request /auth; auth_request_set $visitor $upstream_http_x_user; \
        proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; \
        proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Host $http_host; \
        proxy_set_header Connection \"\"; proxy_set_header X-User $visitor;";
    let location = "location = /auth { internal; proxy_pass_request_body off; proxy_set_header Content-Length \"\"; \
        proxy_set_header Connection \"\"; proxy_set_header X-Original-URI $request_uri; proxy_pass http://auth; }";
    (upstream, ask.to_owned(), location.to_owned())
}
