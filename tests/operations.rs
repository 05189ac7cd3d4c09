//! The process and its surroundings: signals, a second start, reload, descriptors.

use std::os::unix::fs::MetadataExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::support::process::{Process, millgate};
use crate::support::tls::Authority;
use crate::support::{App, DEADLINE, Gate, Mode, Recorder, Request, Site, eventually};

pub const ADA: &str = "ada@example.com";

pub fn gate_before(recorder: &Recorder) -> Gate {
    Gate::before(App::new("hmi", Mode::Signup, recorder))
}

#[test]
pub fn health_and_readiness_answer_on_any_host() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    for path in ["/.millgate/healthz", "/.millgate/readyz"] {
        for host in ["localhost", "127.0.0.1", "unknown.example", "hmi.localhost"] {
            let site = Site { host: host.to_owned(), ..gate.console() };
            site.bare_get(path).expect(200);
        }
    }
    assert!(gate.log().contains("ready"), "{}", gate.log());
}

#[test]
fn a_second_process_on_the_same_store_is_refused_and_the_first_goes_on() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let other = gate.dir().join("second.toml");
    let text = std::fs::read_to_string(gate.config()).unwrap();
    let port = crate::support::process::free_port();
    std::fs::write(&other, text.replace(&gate.port().to_string(), &port.to_string())).unwrap();
    let log = gate.dir().join("second.log");
    let mut command = millgate();
    command.arg("--config").arg(&other).arg("--data").arg(gate.data()).arg("serve");
    let mut second = Process::start(command, &log);
    let status = second.wait();
    let said = std::fs::read_to_string(log).unwrap();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("millgate.redb"), "the message names the store: {said}");
    gate.visitor("hmi").sign_up(ADA).expect(303);
}

#[test]
pub fn sigterm_finishes_requests_and_ends_streams_last() {
    let recorder = Recorder::start();
    let mut gate = gate_before(&recorder);
    let mut visitor = gate.visitor("hmi");
    visitor.sign_up(ADA).expect(303);
    let mut poll = visitor.start(&Request::fetch("/poll?tag=p"));
    let mut socket = visitor.websocket("/ws?tag=w");
    socket.assert_alive();
    recorder.stage().wait_opened("p");
    gate.process().signal("TERM");
    let console = gate.console();
    eventually("the gate takes no more connections", || std::net::TcpStream::connect(console.address).err());
    socket.assert_alive();
    recorder.stage().say("p", "the last news");
    assert_eq!(poll.response().expect(200).text(), "the last news");
    socket.assert_cut();
    assert_eq!(gate.process().wait().code(), Some(0));
}

#[test]
pub fn sigterm_does_not_wait_for_ever() {
    let recorder = Recorder::start();
    let plan = Gate::plan().limit("drain_timeout = \"1s\"").app(App::new("hmi", Mode::Public, &recorder));
    let mut gate = plan.start();
    let visitor = gate.visitor("hmi");
    let _poll = visitor.start(&Request::fetch("/poll?tag=p"));
    let _events = visitor.stream("/events?tag=e");
    let _flood = visitor.start(&Request::fetch("/flood?tag=f"));
    let mut idle = gate.connect();
    idle.send("GET / HT");
    recorder.stage().wait_opened("p");
    assert_eq!(gate.terminate().code(), Some(0));
}

#[test]
pub fn a_reload_takes_up_changes_and_drops_no_stream() {
    let recorder = Recorder::start();
    let moved = Recorder::start();
    let mut gate = gate_before(&recorder);
    let mut visitor = gate.visitor("hmi");
    visitor.sign_up(ADA).expect(303);
    let mut socket = visitor.websocket("/ws?tag=w");
    let mut events = visitor.stream("/events?tag=e");
    socket.assert_alive();
    let app = App::new("hmi", Mode::Public, &moved).with("title = \"Moved\"");
    let added = App::new("added", Mode::Public, &moved);
    gate.rewrite_config(|plan| *plan.apps_mut() = vec![app, added]);
    gate.hangup();
    eventually("the new upstream is used", || {
        moved.got_target("/probe").then_some(()).or_else(|| {
            visitor.fetch("/probe");
            None
        })
    });
    eventually("the new app is there", || (gate.visitor("added").get("/").status == 200).then_some(()));
    socket.assert_alive();
    recorder.stage().say("e", "data: still\n\n");
    assert!(events.read_until(b"data: still\n\n").is_some());
    assert_eq!(gate.api().app("hmi")["access"], "signup", "the file's mode is an initial value only");
}

#[test]
fn a_reload_with_an_invalid_config_keeps_the_old_one_and_says_why() {
    let recorder = Recorder::start();
    let mut gate = gate_before(&recorder);
    gate.rewrite_config(|plan| plan.add_table("[nonsense]\nkey = 1"));
    gate.hangup();
    eventually("the log says why", || gate.log().contains("nonsense").then_some(()));
    gate.visitor("hmi").sign_up(ADA).expect(303);
}

#[test]
pub fn reloads_under_load_fail_no_request() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Public, &recorder));
    let (stop, served) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let (site, stop, served) = (gate.site("hmi"), Arc::clone(&stop), Arc::clone(&served));
            std::thread::spawn(move || {
                while !stop.load(Ordering::SeqCst) {
                    site.bare_get("/load").expect(200);
                    served.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    for _ in 0..10 {
        let before = served.load(Ordering::SeqCst);
        gate.hangup();
        eventually("requests go on", || (served.load(Ordering::SeqCst) > before + 20).then_some(()));
    }
    stop.store(true, Ordering::SeqCst);
    clients.into_iter().for_each(|client| client.join().expect("no failed request"));
}

#[test]
fn a_certificate_is_swapped_by_reload() {
    let recorder = Recorder::start();
    let (old, new) = (Authority::new(), Authority::new());
    let gate = Gate::plan().tls(&old).app(App::new("hmi", Mode::Public, &recorder)).start();
    let site = gate.site("hmi");
    site.bare_get("/").expect(200);
    let mut lasting = site.connect();
    new.write(gate.dir());
    gate.hangup();
    let renewed = Site { tls: Some(new.client()), ..site.clone() };
    eventually("the new certificate is shown", || {
        let mut client = renewed.connect();
        client.try_send(renewed.head("GET", "/new") + "\r\n").ok()?;
        client.try_response("GET").filter(|answer| answer.status == 200)
    });
    lasting.send(site.head("GET", "/lasting") + "\r\n");
    lasting.response().expect(200);
}

#[test]
fn running_out_of_descriptors_heals_by_itself() {
    let recorder = Recorder::start();
    let mut gate = Gate::before(App::new("hmi", Mode::Public, &recorder));
    let site = gate.site("hmi");
    site.bare_get("/").expect(200);
    let open = std::fs::read_dir(format!("/proc/{}/fd", gate.process().pid())).unwrap().count();
    gate.process().limit(&format!("--nofile={}:4096", open + 10));
    let crowd: Vec<_> = (0..60).map(|_| site.connect()).collect();
    drop(crowd);
    gate.process().limit("--nofile=4096:4096");
    eventually("requests pass again", || {
        let mut client = site.connect();
        client.try_send(site.head("GET", "/again") + "\r\n").ok()?;
        client.try_response("GET").filter(|answer| answer.status == 200)
    });
    assert!(gate.process().exited().is_none());
}

#[test]
fn the_service_manager_hears_how_the_gate_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notify");
    let manager = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(DEADLINE)).unwrap();
    let hear = |news: &str| {
        let mut message = [0; 1024];
        loop {
            let length = manager.recv(&mut message).unwrap_or_else(|error| panic!("no {news}: {error}"));
            if String::from_utf8_lossy(&message[..length]).contains(news) {
                return;
            }
        }
    };
    let recorder = Recorder::start();
    let plan = Gate::plan().after(&format!("export NOTIFY_SOCKET={} WATCHDOG_USEC=2000000", path.display()));
    let mut gate = plan.app(App::new("hmi", Mode::Public, &recorder)).start();
    hear("READY=1");
    hear("WATCHDOG=1");
    gate.hangup();
    hear("RELOADING=1");
    hear("READY=1");
    gate.process().signal("TERM");
    hear("STOPPING=1");
    assert_eq!(gate.process().wait().code(), Some(0));
}

/// Runs the gate's own binary on its config in namespaces of its own, after `preparation`.
fn apart(gate: &Gate, flags: &str, preparation: &str, log: &std::path::Path) -> Process {
    let mut command = std::process::Command::new("unshare");
    command.arg(flags).arg("bash").arg("-c").arg(format!("{preparation} exec \"$0\" \"$@\""));
    command.arg(env!("CARGO_BIN_EXE_millgate")).arg("--config").arg(gate.config());
    command.arg("--data").arg(gate.data()).arg("serve");
    Process::start(command, log)
}

/// Not even a loopback device, and an upstream that only DNS could find.
#[test]
fn the_gate_starts_without_any_network_or_dns() {
    let recorder = Recorder::start();
    let mut gate = gate_before(&recorder);
    gate.terminate();
    let text = std::fs::read_to_string(gate.config()).unwrap();
    let here = format!("127.0.0.1:{}", gate.port());
    let text = text.replace(&here, &format!("0.0.0.0:{}", gate.port()));
    let found = recorder.url();
    assert!(text.contains(&found), "{text}");
    std::fs::write(gate.config(), text.replace(&found, "http://plc.plant.example:1880")).unwrap();
    let log = gate.dir().join("apart.log");
    let mut process = apart(&gate, "-rn", "", &log);
    eventually("it is ready", || {
        let said = std::fs::read_to_string(&log).unwrap();
        assert!(process.exited().is_none(), "{said}");
        said.contains(" ready ").then_some(())
    });
}

#[test]
fn a_store_that_cannot_be_written_is_named_and_refused_at_the_start() {
    let recorder = Recorder::start();
    let mut gate = gate_before(&recorder);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    gate.terminate();
    let (data, log) = (gate.data().display().to_string(), gate.dir().join("apart.log"));
    let read_only = format!("mount --bind {data} {data} && mount -o remount,bind,ro {data} &&");
    let status = apart(&gate, "-rm", &read_only, &log).wait();
    let said = std::fs::read_to_string(log).unwrap();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("millgate.redb") && said.contains("Read-only"), "{said}");
    gate.start_again();
    gate.visitor("hmi").sign_in(ADA).expect(303);
}

/// An editor that is left open must not hold up every restart for the whole of `drain_timeout`.
#[test]
pub fn sigterm_waits_for_requests_and_not_for_websockets() {
    let recorder = Recorder::start();
    let plan = Gate::plan().limit("drain_timeout = \"10m\"").app(App::new("hmi", Mode::Public, &recorder));
    let mut gate = plan.start();
    let visitor = gate.visitor("hmi");
    let mut sockets: Vec<_> = (0..5).map(|n| visitor.websocket(&format!("/ws?tag=w{n}"))).collect();
    sockets.iter_mut().for_each(|socket| socket.assert_alive());
    assert_eq!(gate.terminate().code(), Some(0));
    sockets.iter_mut().for_each(|socket| socket.assert_cut());
}

/// So that `journalctl -p warning` finds what matters.
#[test]
fn the_journal_is_told_how_bad_each_line_is() {
    let recorder = Recorder::start();
    let mut gate = Gate::before(App::new("hmi", Mode::Public, &recorder));
    gate.terminate();
    let log = gate.dir().join("journal.log");
    std::fs::write(&log, "").unwrap();
    let about = std::fs::metadata(&log).unwrap();
    let stream = format!("{}:{}", about.dev(), about.ino());
    let mut command = millgate();
    command
        .arg("--config")
        .arg(gate.config())
        .arg("--data")
        .arg(gate.data())
        .arg("serve")
        .env("JOURNAL_STREAM", stream);
    let mut served = Process::start(command, &log);
    let said = || std::fs::read_to_string(&log).unwrap();
    eventually("it is ready", || said().contains("<6>INFO  ready ").then_some(()));
    served.kill();
    assert!(said().lines().all(|line| line.starts_with('<')), "{}", said());
}
