//! An app's figures: pages opened, devices and people a day.

use serde_json::{Value, json};

use crate::entering::{ADA, gate_in};
use crate::support::api::path;
use crate::support::{Gate, Mode, Recorder, Request, eventually};

const BOB: &str = "bob@plant.example";

fn figures(gate: &Gate) -> Value {
    gate.api().get(&path("hmi", "/figures")).expect(200).json()
}

fn today(gate: &Gate) -> Value {
    figures(gate)["days"].as_array().and_then(|days| days.last()).cloned().expect("a day")
}

/// Workers tell what they counted once a second.
#[track_caller]
fn settle(gate: &Gate, expected: (u64, u64, u64)) {
    let count = |day: &Value, name: &str| day[name].as_u64().expect("a number");
    let mut last = Value::Null;
    eventually(&format!("the figures are {expected:?}, not {last}"), || {
        last = today(gate);
        let found = (count(&last, "views"), count(&last, "unique_devices"), count(&last, "users"));
        (found == expected).then_some(())
    });
}

#[test]
fn pages_count_and_what_they_load_does_not() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    gate.visitor("hmi").get("/").expect(303);
    let (mut ada, mut phone, mut bob) = (gate.visitor("hmi"), gate.visitor("hmi"), gate.visitor("hmi"));
    ada.sign_up(ADA).expect(303);
    phone.sign_in(ADA).expect(303);
    bob.sign_up(BOB).expect(303);
    for visitor in [&mut ada, &mut phone, &mut bob] {
        visitor.get("/").expect(200);
        visitor.fetch("/data").expect(200);
        visitor.send(&Request::get("/").header("Sec-Fetch-Dest", "empty").header("Sec-Fetch-Mode", "cors"));
    }
    ada.get("/again").expect(200);
    settle(&gate, (4, 3, 2));
    let now = figures(&gate);
    assert_eq!((&now["users"], &now["sessions_now"], &now["devices_now"]), (&json!(2), &json!(3), &json!(3)));
}

#[test]
fn figures_outlive_a_restart_and_nobody_counts_twice() {
    let recorder = Recorder::start();
    let mut gate = gate_in(Mode::Signup, &recorder);
    let mut ada = gate.visitor("hmi");
    ada.sign_up(ADA).expect(303);
    ada.get("/").expect(200);
    settle(&gate, (1, 1, 1));
    gate.restart();
    ada.get("/").expect(200);
    settle(&gate, (2, 1, 1));
    let all = gate.api().get(&path("hmi", "/figures?days=400")).expect(200).json();
    let days = all["days"].as_array().expect("days");
    assert_eq!(days.len(), 400);
    assert!(days[..399].iter().all(|day| day["views"] == 0 && day["unique_devices"] == 0), "{all}");
    for wrong in ["days=0", "days=401", "days=x", "span=3"] {
        gate.api().get(&path("hmi", &format!("/figures?{wrong}"))).problem(422);
    }
}

#[test]
fn devices_without_a_user_count_once_they_keep_their_cookie() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Public, &recorder);
    let mut panel = gate.visitor("hmi");
    for _ in 0..3 {
        panel.get("/").expect(200);
    }
    // One that keeps none opens a page, and is nobody.
    gate.visitor("hmi").get("/").expect(200);
    settle(&gate, (4, 1, 0));
}
