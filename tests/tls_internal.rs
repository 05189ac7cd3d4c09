//! The gateway's own authority: no file, no internet, and nobody has to think of renewal.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustls::pki_types::CertificateDer;
use serde_json::json;

use crate::support::api::WORKSPACE;
use crate::support::process::free_port;
use crate::support::tls;
use crate::support::{App, Gate, Mode, RawClient, Recorder, Response, eventually};

const ROOT: &str = "/.millgate/trust/root.pem";

/// One request over TLS that believes everything.
fn unverified(gate: &Gate, host: &str, path: &str) -> Response {
    let mut client = RawClient::connect_tls(gate.address(), host, tls::gullible());
    client.send(format!("GET {path} HTTP/1.1\r\nHost: {host}:{}\r\nAccept: text/html\r\n\r\n", gate.port()));
    client.response()
}

fn root_of(gate: &Gate) -> CertificateDer<'static> {
    tls::root(&unverified(gate, "nobody.example", ROOT).expect(200).body)
}

/// Whether who trusts only this root believes the host.
fn believed(gate: &Gate, root: &CertificateDer<'static>, host: &str) -> Result<(), String> {
    tls::shake(gate.address(), host, &tls::trusting(root.clone())).map(|_| ())
}

#[test]
fn one_root_vouches_for_every_host_and_address_and_for_nobody_else() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .internal()
        .app(App::new("hmi", Mode::Public, &recorder))
        .app(App::new("scada", Mode::Public, &recorder).at_host("scada.plant.lan"))
        .app(App::new("bare", Mode::Public, &recorder).at_host("edge-01"))
        .start();
    let root = root_of(&gate);
    for host in ["hmi.localhost", "scada.plant.lan", "edge-01", "localhost", "127.0.0.1"] {
        believed(&gate, &root, host).unwrap_or_else(|error| panic!("{host}: {error}"));
    }
    assert!(believed(&gate, &root, "nobody.example").unwrap_err().contains("not valid for name"));
    gate.site("scada").bare_get("/").expect(200);
    assert!(gate.log().contains("made a certificate authority"), "{}", gate.log());
    assert!(!gate.log().contains("PRIVATE KEY"));
    let mode = std::fs::metadata(gate.store()).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "the key is in the store");
}

#[test]
fn an_app_that_comes_later_has_its_certificate_at_once() {
    let recorder = Recorder::start();
    let gate = Gate::plan().internal().app(App::new("hmi", Mode::Public, &recorder)).start();
    let root = root_of(&gate);
    let url = format!("https://new.local:{}", gate.port());
    let new = json!({"name": "new", "url": url, "upstream": recorder.url(), "access": "public"});
    gate.api().post(&format!("{WORKSPACE}/apps"), &new).expect(201);
    eventually("it has a certificate", || believed(&gate, &root, "new.local").ok());
    gate.api().delete(&format!("{WORKSPACE}/apps/new")).expect(204);
    eventually("it has none any more", || believed(&gate, &root, "new.local").err());
}

#[test]
fn root_and_certificates_outlive_the_process_and_come_back_from_a_backup() {
    let recorder = Recorder::start();
    let mut gate = Gate::plan().internal().app(App::new("hmi", Mode::Public, &recorder)).start();
    let (root, shown) = (root_of(&gate), tls::shown(gate.address(), "hmi.localhost"));
    let backup = gate.dir().join("backup");
    assert_eq!(gate.command(&["backup", backup.to_str().unwrap()]).code, Some(0));
    gate.kill();
    gate.start_again();
    assert_eq!((root_of(&gate), tls::shown(gate.address(), "hmi.localhost")), (root.clone(), shown));

    gate.terminate();
    std::fs::remove_dir_all(gate.data()).unwrap();
    assert_eq!(gate.command(&["restore", backup.to_str().unwrap()]).code, Some(0));
    gate.start_again();
    assert_eq!(root_of(&gate), root);
}

#[test]
fn what_the_root_may_not_sign_is_told_and_a_new_root_can() {
    let recorder = Recorder::start();
    let gate = Gate::plan().internal().app(App::new("hmi", Mode::Public, &recorder)).start();
    let old = root_of(&gate);
    let url = format!("https://shop.example.com:{}", gate.port());
    let new = json!({"name": "shop", "url": url, "upstream": recorder.url(), "access": "public"});
    gate.api().post(&format!("{WORKSPACE}/apps"), &new).expect(201);
    eventually("it is told", || gate.log().contains("the root does not cover this host").then_some(()));
    believed(&gate, &old, "shop.example.com").unwrap_err();

    let renewed = gate.command(&["trust", "--renew", "--print"]);
    assert_eq!(renewed.code, Some(0), "{}", renewed.stderr);
    let root = tls::root(renewed.stdout.as_bytes());
    assert_ne!(root, old);
    assert_eq!(root_of(&gate), root);
    for host in ["shop.example.com", "hmi.localhost"] {
        believed(&gate, &root, host).unwrap();
        believed(&gate, &old, host).unwrap_err();
    }
}

#[test]
fn the_root_is_there_in_every_form_on_every_host() {
    let recorder = Recorder::start();
    let plain = free_port();
    let gate = Gate::plan()
        .internal()
        .app(App::new("hmi", Mode::InviteOnly, &recorder))
        .table(&format!("[[listen]]\naddress = \"127.0.0.1:{plain}\""))
        .start();
    let over_http = |host: &str, path: &str| {
        let mut client = RawClient::connect(SocketAddr::from(([127, 0, 0, 1], plain)));
        client.send(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nAccept-Language: de\r\n\r\n"));
        client.response()
    };
    let root = root_of(&gate);
    for host in ["nobody.example", "hmi.localhost", "localhost"] {
        let page = over_http(host, "/.millgate/trust").page(200);
        assert!(page.contains("Fingerabdruck") && page.contains("Windows") && !page.contains("<script"), "{page}");
        assert_eq!(page.contains("class=\"qr\""), host == "nobody.example", "a code that leads to the phone itself");
        let style = page.split("href=\"").find(|rest| rest.contains("/assets/trust.")).unwrap();
        let style = over_http(host, style.split('"').next().unwrap()).expect(200);
        assert!(style.header("content-type").unwrap().starts_with("text/css"));
    }
    let file = |name: &str| over_http("nobody.example", &format!("/.millgate/trust/{name}")).expect(200);
    assert_eq!(file("root.der").body, root.as_ref());
    let crt = file("root.crt");
    assert_eq!(crt.header("content-type"), Some("application/x-x509-ca-cert"));
    assert_eq!(tls::root(&crt.body), root);
    let profile = file("root.mobileconfig");
    assert_eq!(profile.header("content-type"), Some("application/x-apple-aspen-config"));
    assert!(profile.text().contains("com.apple.security.root"));
    assert_eq!(over_http("nobody.example", "/.millgate/trust/key.pem").status, 404);
    assert_eq!(over_http("nobody.example", "/").status, 404);
}

#[test]
fn without_an_own_authority_there_is_nothing_to_trust() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Public, &recorder));
    assert_eq!(gate.console().bare_get(ROOT).status, 404);
    assert_eq!(gate.site("hmi").bare_get(ROOT).status, 404);
    let told = gate.command(&["trust"]);
    assert_eq!(told.code, Some(1));
    assert!(told.stderr.contains("tls = \"internal\""), "{}", told.stderr);
    assert!(!gate.log().contains("certificate"), "{}", gate.log());
}

#[test]
fn the_command_tells_of_the_root_while_the_gate_runs_and_when_it_does_not() {
    let recorder = Recorder::start();
    let mut gate = Gate::plan().internal().app(App::new("hmi", Mode::Public, &recorder)).start();
    let root = root_of(&gate);
    let page = unverified(&gate, "localhost", "/.millgate/trust").page(200);
    for runs in [true, false] {
        if !runs {
            gate.terminate();
        }
        let told = gate.command(&["trust", "--print"]);
        assert_eq!(told.code, Some(0), "{}", told.stderr);
        assert_eq!(tls::root(told.stdout.as_bytes()), root);
        let print = told.stderr.lines().find_map(|line| line.strip_prefix("SHA-256 ")).unwrap();
        assert!(page.contains(&print[..23].replace(':', " ")), "{print}: {page}");
        let told = gate.command(&["trust"]);
        assert!(told.stdout.contains(print) && told.stdout.contains("/.millgate/trust"), "{}", told.stdout);
        // What it tells to run is run elsewhere, and by somebody else.
        let line = told.stdout.lines().find_map(|line| line.trim().strip_suffix(" --print")).expect("a command");
        let data =
            line.strip_prefix("millgate --data ").and_then(|line| line.strip_suffix(" trust")).expect("a folder");
        assert!(Path::new(data).is_absolute() && Path::new(data).join("millgate.redb").exists(), "{data}");
    }
}
