//! `millgate demo`: one command, five apps, one per mode, with everything needed printed.

use std::net::SocketAddr;

use crate::support::process::{Process, free_port, millgate};
use crate::support::{Site, Style, Visitor, eventually};

/// The demo on a free port instead of 8080, so that it can be tried beside anything else.
fn demo(dir: &std::path::Path) -> (Process, u16) {
    let port = free_port();
    let mut command = millgate();
    command.current_dir(dir).args(["demo", "--port", &port.to_string()]);
    (Process::start(command, &dir.join("log")), port)
}

fn site(name: &str, port: u16) -> Site {
    Site {
        address: SocketAddr::from(([127, 0, 0, 1], port)),
        host: format!("{name}localhost:{port}"),
        prefix: String::new(),
        tls: None,
        carrier: None,
    }
}

#[test]
fn the_demo_shows_all_five_modes_and_prints_how_to_enter() {
    let dir = tempfile::tempdir().unwrap();
    let (mut process, port) = demo(dir.path());
    eventually("the demo is ready", || {
        assert!(process.exited().is_none(), "{}", std::fs::read_to_string(dir.path().join("log")).unwrap());
        std::net::TcpStream::connect(("127.0.0.1", port)).ok()?;
        (site("", port).bare_get("/.millgate/readyz").status == 200).then_some(())
    });
    let said = eventually("the addresses are printed", || {
        let said = std::fs::read_to_string(dir.path().join("log")).unwrap();
        said.contains("invite.localhost").then_some(said)
    });
    for name in ["public", "master", "signup", "both", "invite"] {
        assert!(said.contains(&format!("http://{name}.localhost:{port}")), "{name}: {said}");
    }
    let mut visitor = Visitor::new(site("signup.", port), Style::Browser);
    visitor.get("/").expect(303);
    visitor.sign_up("ada@example.com").expect(303);
    let page = visitor.get("/").page(200);
    assert!(page.contains("ada@example.com"), "the sample shows who it thinks the visitor is: {page}");
    let public = Visitor::new(site("public.", port), Style::Browser).get("/").page(200);
    assert!(public.contains("anon-"), "{public}");
    process.signal("TERM");
    assert_eq!(process.wait().code(), Some(0));
}
