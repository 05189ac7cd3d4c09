//! Certificates from files: whose is shown to whom, and what happens when a file changes.

use std::sync::Arc;

use rustls::HandshakeKind;
use rustls::version::{TLS12, TLS13};

use crate::support::tls::{self, Authority};
use crate::support::{App, Gate, Mode, Recorder, eventually};

#[test]
fn an_app_has_its_own_certificate_and_everybody_else_the_listeners() {
    let recorder = Recorder::start();
    let (authority, dir) = (Authority::new(), tempfile::tempdir().unwrap());
    let own = authority.write_as(dir.path(), "own", &["scada.plant"]);
    let gate = Gate::plan()
        .tls(&authority)
        .app(App::new("hmi", Mode::Public, &recorder))
        .app(App::new("scada", Mode::Public, &recorder).at_host("scada.plant").with(&own))
        .start();
    for app in ["hmi", "scada"] {
        gate.site(app).bare_get("/").expect(200);
    }
    let of = |name: &str| tls::shown(gate.address(), name);
    assert_eq!(of("SCADA.plant"), of("scada.plant"));
    assert_ne!(of("scada.plant"), of("hmi.localhost"));
    assert_eq!(of("127.0.0.1"), of("hmi.localhost"));
    assert_eq!(of("nobody.example"), of("hmi.localhost"));
}

#[test]
fn a_visitor_without_a_name_is_shown_the_certificate_of_the_app_at_that_address() {
    let recorder = Recorder::start();
    let (authority, dir) = (Authority::new(), tempfile::tempdir().unwrap());
    let own = authority.write_as(dir.path(), "own", &["127.0.0.1"]);
    let app = App::new("plc", Mode::Public, &recorder).at_prefix("/plc").with(&own);
    let gate = Gate::plan().tls(&authority).app(app).start();
    let bare = tls::shown(gate.address(), "127.0.0.1");
    assert_eq!(bare, tls::root(&std::fs::read(dir.path().join("own.crt")).unwrap()));
    assert_ne!(bare, tls::shown(gate.address(), "localhost"));
}

#[test]
fn a_renewed_file_is_shown_unasked_and_a_bad_one_is_not() {
    let recorder = Recorder::start();
    let authority = Authority::new();
    let gate = Gate::plan().tls(&authority).app(App::new("hmi", Mode::Public, &recorder)).start();
    let shown = || tls::shown(gate.address(), "hmi.localhost");
    let first = shown();

    let (_, stray_key) = authority.issue(&["localhost"]);
    std::fs::write(gate.dir().join("gate.key"), stray_key).unwrap();
    eventually("the bad pair is told of", || gate.log().contains("gate.key is not the key of").then_some(()));
    assert!(gate.log().contains("the old one stays"), "{}", gate.log());
    assert_eq!(shown(), first);
    let told = gate.command(&["check"]);
    assert_eq!(told.code, Some(2));
    assert!(told.stderr.contains("listen.tls: ") && told.stderr.contains("is not the key of"), "{}", told.stderr);

    authority.write(gate.dir());
    eventually("the renewed certificate is shown", || (shown() != first).then_some(()));
    gate.site("hmi").bare_get("/").expect(200);
}

#[test]
fn a_certificate_that_has_expired_or_is_early_is_served_with_a_warning() {
    let recorder = Recorder::start();
    let (authority, dir) = (Authority::new(), tempfile::tempdir().unwrap());
    let old = authority.write_dated(dir.path(), "old", &["a.plant"], [2020, 1, 1], [2020, 4, 1]);
    let early = authority.write_dated(dir.path(), "early", &["b.plant"], [2095, 1, 1], [2096, 1, 1]);
    let gate = Gate::plan()
        .tls(&authority)
        .app(App::new("a", Mode::Public, &recorder).at_host("a.plant").with(&old))
        .app(App::new("b", Mode::Public, &recorder).at_host("b.plant").with(&early))
        .start();
    for name in ["old", "early"] {
        let host = if name == "old" { "a.plant" } else { "b.plant" };
        let file = std::fs::read(dir.path().join(format!("{name}.crt"))).unwrap();
        assert_eq!(tls::shown(gate.address(), host), tls::root(&file));
    }
    let expired = "has expired at 2020-04-01";
    let not_yet = "is not valid before 2095-01-01";
    assert!(gate.log().contains(expired) && gate.log().contains(not_yet), "{}", gate.log());
    let told = gate.command(&["check"]);
    assert_eq!(told.code, Some(0));
    assert!(told.stderr.contains(expired) && told.stderr.contains(not_yet), "{}", told.stderr);
}

#[test]
fn old_versions_end_where_the_configuration_says() {
    let recorder = Recorder::start();
    let app = || App::new("hmi", Mode::Public, &recorder);
    let authority = Authority::new();
    let (old, new) = (tls::gullible_with(&[&TLS12]), tls::gullible_with(&[&TLS13]));
    let mut gate = Gate::plan().tls(&authority).app(app()).start();
    for config in [&old, &new] {
        let session = tls::shake(gate.address(), "hmi.localhost", config).unwrap();
        assert_eq!(session.handshake_kind(), Some(HandshakeKind::Full));
    }
    gate.rewrite_config(|plan| plan.add_table("[tls]\nmin_version = \"1.3\""));
    gate.hangup();
    eventually("TLS 1.2 is refused", || tls::shake(gate.address(), "hmi.localhost", &old).err());
    tls::shake(gate.address(), "hmi.localhost", &new).unwrap();
}

#[test]
fn who_comes_again_resumes_also_after_a_reload() {
    let recorder = Recorder::start();
    let authority = Authority::new();
    let gate = Gate::plan().tls(&authority).app(App::new("hmi", Mode::Public, &recorder)).start();
    for versions in [&[&TLS12][..], &[&TLS13][..]] {
        let mut site = gate.site("hmi");
        site.tls = Some(tls::gullible_with(versions));
        site.bare_get("/").expect(200);
        gate.hangup();
        let again = tls::shake(gate.address(), "hmi.localhost", site.tls.as_ref().unwrap()).unwrap();
        assert_eq!(again.handshake_kind(), Some(HandshakeKind::Resumed), "{versions:?}");
    }
}

#[test]
fn the_protocol_is_negotiated() {
    let recorder = Recorder::start();
    let authority = Authority::new();
    let gate = Gate::plan().tls(&authority).app(App::new("hmi", Mode::Public, &recorder)).start();
    let speaking = |protocols: &[&str]| {
        let mut config = (*tls::gullible()).clone();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        tls::shake(gate.address(), "hmi.localhost", &Arc::new(config))
    };
    assert_eq!(speaking(&["http/1.1"]).unwrap().alpn_protocol(), Some(&b"http/1.1"[..]));
    assert_eq!(speaking(&[]).unwrap().alpn_protocol(), None);
    assert!(speaking(&["acme-tls/1"]).is_err());
}
