//! A store that is missing, damaged, full or deleted: never a fresh start, never a panic, and it heals where it can (T27).

use serde_json::json;

use crate::operations::{ADA, gate_before};
use crate::support::api::path;
use crate::support::process::{Process, millgate};
use crate::support::{App, Gate, Mode, Recorder, eventually};

#[test]
fn a_missing_store_after_set_up_is_an_error_and_never_a_fresh_start() {
    let recorder = Recorder::start();
    refuses_to_start(&recorder, |gate| std::fs::remove_file(gate.store()).unwrap());
}

#[test]
fn an_empty_store_after_set_up_is_an_error_and_never_a_fresh_start() {
    let recorder = Recorder::start();
    refuses_to_start(&recorder, |gate| std::fs::write(gate.store(), b"").unwrap());
}

#[test]
fn a_store_of_something_else_is_an_error() {
    let recorder = Recorder::start();
    refuses_to_start(&recorder, |gate| std::fs::write(gate.store(), vec![b'x'; 100_000]).unwrap());
}

#[test]
fn a_truncated_store_is_an_error() {
    let recorder = Recorder::start();
    refuses_to_start(&recorder, |gate| {
        let bytes = std::fs::read(gate.store()).unwrap();
        std::fs::write(gate.store(), &bytes[..bytes.len() / 3]).unwrap();
    });
}

#[track_caller]
fn refuses_to_start(recorder: &Recorder, harm: impl FnOnce(&Gate)) {
    let mut gate = gate_before(recorder);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    gate.terminate();
    harm(&gate);
    let mut again = Process::start(
        {
            let mut command = millgate();
            command.arg("--config").arg(gate.config()).arg("--data").arg(gate.data()).arg("serve");
            command
        },
        &gate.dir().join("again.log"),
    );
    let status = again.wait();
    let said = std::fs::read_to_string(gate.dir().join("again.log")).unwrap();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("millgate.redb"), "the message names the store: {said}");
    assert!(!said.contains("panicked"), "{said}");
}

/// Flipped bits may hit a free page; what they must never do is panic, or bring somebody back or in.
#[test]
fn a_damaged_record_denies_and_is_reported() {
    let recorder = Recorder::start();
    let mut gate = gate_before(&recorder);
    let mut deleted = gate.visitor("hmi");
    deleted.sign_up("deleted@example.com").expect(303);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    gate.api().delete_user("hmi", "deleted@example.com");
    gate.terminate();
    let clean = std::fs::read(gate.store()).unwrap();
    for round in 0..8 {
        let mut bytes = clean.clone();
        let needle = b"ada@example.com";
        let places: Vec<usize> =
            (0..bytes.len() - needle.len()).filter(|at| bytes[*at..].starts_with(needle)).collect();
        for at in places {
            bytes[at + round] ^= 0x01;
        }
        std::fs::write(gate.store(), &bytes).unwrap();
        let mut command = millgate();
        command.arg("--config").arg(gate.config()).arg("--data").arg(gate.data()).arg("serve");
        let log = gate.dir().join(format!("damaged-{round}.log"));
        let mut process = Process::start(command, &log);
        let address = gate.address();
        let up = eventually("it starts or ends", || match process.exited() {
            Some(status) => Some(status.code() != Some(1)),
            None => std::net::TcpStream::connect(address).is_ok().then_some(true),
        });
        if up {
            assert_ne!(gate.visitor("hmi").sign_in("deleted@example.com").status, 303);
            deleted.fetch("/").problem(401);
        }
        process.kill();
        let said = std::fs::read_to_string(log).unwrap();
        assert!(!said.contains("panicked"), "{said}");
    }
}

/// A limit on file size stands for a full disk: the same writes fail in the same places.
#[test]
fn a_full_disk_denies_changes_lets_traffic_pass_and_heals_by_itself() {
    let recorder = Recorder::start();
    // The signal that comes with the limit is ignored, so that writes fail as they do on a full disk.
    let plan = Gate::plan().after("trap '' XFSZ").app(App::new("hmi", Mode::Signup, &recorder));
    let mut gate = plan.start();
    let mut visitor = gate.visitor("hmi");
    visitor.sign_up(ADA).expect(303);
    let mut socket = visitor.websocket("/ws?tag=w");
    let room = gate.log().len() + 16 * 1024;
    gate.process().limit(&format!("--fsize={room}:unlimited"));
    let change = |number: usize| gate.api().patch(&path("hmi", ""), &json!({ "title": format!("Title {number}") }));
    let failed = (0..500).map(change).find(|answer| answer.status >= 300).expect("a change that does not fit");
    assert!(matches!(failed.status, 500 | 503 | 507), "{}", failed.summary());
    visitor.get("/").expect(200);
    socket.assert_alive();
    let title = gate.api().app("hmi")["title"].clone();
    gate.process().limit("--fsize=unlimited:unlimited");
    eventually("writing heals", || (change_title(&gate, "Healed") == 200).then_some(()));
    gate.visitor("hmi").sign_up("bob@example.com").expect(303);
    assert_ne!(title, "Healed");
    gate.kill();
    gate.start_again();
    assert_eq!(gate.api().app("hmi")["title"], "Healed");
    visitor.get("/").expect(200);
}

fn change_title(gate: &Gate, title: &str) -> u16 {
    gate.api().patch(&path("hmi", ""), &json!({ "title": title })).status
}

#[test]
fn traffic_goes_on_when_the_store_is_deleted_underneath() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut visitor = gate.visitor("hmi");
    visitor.sign_up(ADA).expect(303);
    std::fs::remove_file(gate.store()).unwrap();
    visitor.get("/").expect(200);
    assert!(gate.visitor("hmi").get("/").status < 500);
}
