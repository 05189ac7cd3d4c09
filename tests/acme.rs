//! Certificates from a real ACME server, which comes to see whether the hosts are ours. Never a reason not to start.

use std::net::SocketAddr;

use rustls::pki_types::CertificateDer;
use serde_json::json;

use crate::support::api::WORKSPACE;
use crate::support::pebble::{EXTERNAL, Pebble};
use crate::support::process::free_port;
use crate::support::recorder::After;
use crate::support::tls::Authority;
use crate::support::{App, Gate, Mode, RawClient, Recorder, eventually, tls};

const HOST: &str = "hmi.plant.example";

fn believed(gate: &Gate, host: &str, root: &CertificateDer<'static>) -> Result<(), String> {
    tls::shake(gate.address(), host, &tls::trusting(root.clone())).map(|_| ())
}

fn becomes_believed(gate: &Gate, host: &str, pebble: &Pebble) {
    let root = pebble.root();
    eventually("the host has a certificate of the server's", || believed(gate, host, &root).ok());
}

#[test]
fn a_host_is_proven_by_a_handshake_and_its_certificate_is_kept() {
    let recorder = Recorder::start();
    let port = free_port();
    let mut pebble = Pebble::start(port, free_port());
    let mut gate = Gate::plan()
        .on_port(port)
        .acme(&pebble.table("challenge = \"tls-alpn-01\"\ncontact = \"admin@plant.example\""))
        .app(App::new("hmi", Mode::Public, &recorder).at_host(HOST))
        .start();
    becomes_believed(&gate, HOST, &pebble);
    gate.site("hmi").bare_get("/").expect(200);
    eventually("it is told", || gate.log().contains("obtained a certificate").then_some(()));
    assert!(!gate.log().contains("PRIVATE KEY") && !gate.log().contains("key_pkcs8"), "{}", gate.log());
    // Who names nobody sees no name or address of this machine.
    assert_eq!(tls::shown(gate.address(), "nobody.example"), tls::shown(gate.address(), HOST));

    let url = format!("https://plc.plant.example:{port}");
    let new = json!({"name": "plc", "url": url, "upstream": recorder.url(), "access": "public"});
    gate.api().post(&format!("{WORKSPACE}/apps"), &new).expect(201);
    becomes_believed(&gate, "plc.plant.example", &pebble);

    let obtained = || gate.log().matches("obtained a certificate").count();
    eventually("both are kept", || (obtained() == 2).then_some(()));
    let (root, shown) = (pebble.root(), tls::shown(gate.address(), HOST));
    pebble.stop();
    gate.kill();
    gate.start_again();
    assert_eq!(tls::shown(gate.address(), HOST), shown);
    believed(&gate, "plc.plant.example", &root).unwrap();
}

#[test]
fn a_host_is_proven_by_a_file_also_where_everybody_is_led_to_tls() {
    let recorder = Recorder::start();
    let plain = free_port();
    let pebble = Pebble::start(free_port(), plain);
    let gate = Gate::plan()
        .acme(&pebble.table("challenge = \"http-01\""))
        .app(App::new("hmi", Mode::InviteOnly, &recorder).at_host(HOST))
        .table(&format!("[[listen]]\naddress = \"127.0.0.1:{plain}\"\nredirect_to_https = true"))
        .start();
    becomes_believed(&gate, HOST, &pebble);
    assert!(recorder.requests().is_empty());
}

#[test]
fn when_one_way_of_proving_fails_the_other_is_tried() {
    let recorder = Recorder::start();
    let plain = free_port();
    let pebble = Pebble::start(free_port(), plain);
    let gate = Gate::plan()
        .acme(&pebble.table(""))
        .app(App::new("hmi", Mode::Public, &recorder).at_host(HOST))
        .table(&format!("[[listen]]\naddress = \"127.0.0.1:{plain}\""))
        .start();
    becomes_believed(&gate, HOST, &pebble);
}

#[test]
fn a_server_that_is_not_there_or_says_no_stops_nobody() {
    let recorder = Recorder::start();
    let port = free_port();
    let mut pebble = Pebble::prepare(port, free_port(), false);
    let mut gate = Gate::plan()
        .on_port(port)
        .acme(&pebble.table("challenge = \"http-01\""))
        .app(App::new("hmi", Mode::Public, &recorder).at_host(HOST))
        .start();
    gate.site("hmi").bare_get("/").expect(200);
    eventually("it is told", || gate.log().contains("the ACME server cannot be asked").then_some(()));

    pebble.run();
    gate.hangup();
    eventually("the refusal is told", || gate.log().contains("no certificate could be obtained").then_some(()));
    assert!(gate.log().contains("http-01: ") && gate.log().contains("refused"), "{}", gate.log());
    gate.site("hmi").bare_get("/").expect(200);
    // The pause outlives the process; a changed configuration ends it.
    gate.restart();
    let refusals = |gate: &Gate| gate.log().matches("no certificate could be obtained").count();
    let before = refusals(&gate);
    gate.rewrite_config(|plan| plan.drop_tables("[acme]"));
    let table = pebble.table("challenge = \"tls-alpn-01\"");
    gate.rewrite_config(|plan| plan.add_table(&table));
    gate.hangup();
    becomes_believed(&gate, HOST, &pebble);
    assert_eq!(refusals(&gate), before);
}

#[test]
fn a_server_that_is_not_well_is_told_from_one_that_speaks_no_acme() {
    let authority = Authority::new();
    let server = Recorder::over_tls(authority.server(&["localhost"]));
    let recorder = Recorder::start();
    let dir = tempfile::tempdir().expect("a directory");
    let ca = dir.path().join("ca.pem");
    std::fs::write(&ca, authority.pem()).expect("a file");
    for (status, told) in [("503 Service Unavailable", "it answers 503"), ("200 OK", "is not ACME")] {
        server.answer("/dir", format!("HTTP/1.1 {status}\r\nContent-Length: 4\r\n\r\nbusy").as_bytes(), After::Close);
        let at = format!("directory = \"https://localhost:{}/dir\"\nca_file = \"{}\"", server.port(), ca.display());
        let plan = Gate::plan().acme(&format!("[acme]\nterms_accepted = true\n{at}"));
        let gate = plan.app(App::new("hmi", Mode::Public, &recorder).at_host(HOST)).start();
        eventually(told, || gate.log().contains(told).then_some(()));
    }
}

#[test]
fn a_server_that_has_forgotten_the_account_gets_a_new_one() {
    let recorder = Recorder::start();
    let port = free_port();
    let mut pebble = Pebble::start(port, free_port());
    let gate = Gate::plan()
        .on_port(port)
        .acme(&pebble.table(""))
        .app(App::new("hmi", Mode::Public, &recorder).at_host(HOST))
        .start();
    becomes_believed(&gate, HOST, &pebble);
    pebble.stop();
    pebble.run();
    let url = format!("https://plc.plant.example:{port}");
    let new = json!({"name": "plc", "url": url, "upstream": recorder.url(), "access": "public"});
    gate.api().post(&format!("{WORKSPACE}/apps"), &new).expect(201);
    becomes_believed(&gate, "plc.plant.example", &pebble);
}

#[test]
fn an_account_can_be_bound_to_another() {
    let recorder = Recorder::start();
    let port = free_port();
    let pebble = Pebble::exclusive(port);
    let (id, key) = EXTERNAL;
    let mut gate = Gate::plan()
        .on_port(port)
        .acme(&pebble.table(""))
        .app(App::new("hmi", Mode::Public, &recorder).at_host(HOST))
        .start();
    eventually("nobody is taken without", || gate.log().contains("it makes no account for us").then_some(()));
    let bound = pebble.table(&format!("eab_key_id = \"{id}\"\neab_key = \"{key}\""));
    gate.rewrite_config(|plan| plan.drop_tables("[acme]"));
    gate.rewrite_config(|plan| plan.add_table(&bound));
    gate.hangup();
    becomes_believed(&gate, HOST, &pebble);
    assert!(!gate.log().contains(key));
}

#[test]
fn proofs_of_an_apps_own_are_the_apps() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Public, &recorder));
    gate.site("hmi").bare_get("/.well-known/acme-challenge/abc").expect(200);
    assert_eq!(recorder.requests().len(), 1);
    let mut nobody = RawClient::connect(SocketAddr::from(([127, 0, 0, 1], gate.port())));
    nobody.send("GET /.well-known/acme-challenge/abc HTTP/1.1\r\nHost: nobody.example\r\n\r\n");
    assert_eq!(nobody.response().status, 404);
}

#[test]
fn the_terms_are_the_operators_to_accept() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("millgate.toml");
    let check = |text: &str| {
        std::fs::write(&config, text).unwrap();
        crate::support::process::run(&["--config", config.to_str().unwrap(), "check"])
    };
    let listen = "[[listen]]\naddress = \"127.0.0.1:8443\"\ntls = \"acme\"\n";
    for (acme, told) in [
        ("", "\"acme\" needs a table [acme]"),
        ("[acme]\n", "terms_accepted = true"),
        ("[acme]\nterms_accepted = false\n", "terms_accepted = true"),
        ("[acme]\nterms_accepted = true\ndirectory = \"http://ca.lan\"\n", "write it like https://"),
        ("[acme]\nterms_accepted = true\neab_key_id = \"a\"\n", "eab_key_file"),
        ("[acme]\nterms_accepted = true\neab_key_id = \"a\"\neab_key = \"?\"\n", "base64url"),
    ] {
        let outcome = check(&format!("{listen}{acme}"));
        assert_eq!(outcome.code, Some(2), "{acme}");
        assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
    }
    assert_eq!(check(&format!("{listen}[acme]\nterms_accepted = true\n")).code, Some(0));
    assert_eq!(check("[acme]\ncontact = \"a@b.example\"\n").code, Some(0));
}
