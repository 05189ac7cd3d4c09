//! How streams of events begin and end, over the API's keys; what is on them stands in `live`.

use serde_json::json;

use crate::entering::{ADA, gate_in};
use crate::support::api::{done, path};
use crate::support::member::console;
use crate::support::visitor::Purpose;
use crate::support::{App, Events, Gate, Member, Mode, Recorder, Request, eventually};

const APP_KEY: &str = "mg_of_one_app_0123456789";

fn by_key(gate: &Gate, path: &str) -> Events {
    let request = Request::new("GET", path, Purpose::Bare).header("Authorization", &format!("Bearer {APP_KEY}"));
    Events::of(&console(gate), &request)
}

fn gate_with_key(recorder: &Recorder) -> Gate {
    Gate::plan()
        .app(App::new("hmi", Mode::Signup, recorder))
        .app(App::new("scada", Mode::Signup, recorder))
        .key("mes", "app:default/hmi", APP_KEY)
        .limit("drain_timeout = \"60s\"")
        .start()
}

#[test]
fn a_stream_ends_with_its_key_and_when_the_gateway_stops() {
    let recorder = Recorder::start();
    let mut gate = gate_with_key(&recorder);
    let owner = Member::first(&gate);
    let mut without_key = by_key(&gate, &path("hmi", "/events"));
    gate.rewrite_config(|plan| plan.drop_tables("[[api_key]]\nname = \"mes\""));
    gate.hangup();
    without_key.assert_cut();
    gate.visitor("hmi").sign_up(ADA).expect(303);
    assert!(!without_key.heard.contains(ADA), "{}", without_key.heard);

    let mut of_app = owner.events(&path("hmi", "/events"));
    let mut of_workspace = owner.events("/api/v1/workspaces/default/events");
    assert!(gate.terminate().success(), "nobody waits a minute for streams that have no end");
    of_app.assert_cut();
    of_workspace.assert_cut();
}

#[test]
fn a_workspaces_stream_shows_a_key_its_own_app_only() {
    let recorder = Recorder::start();
    let gate = gate_with_key(&recorder);
    let mut cards = by_key(&gate, "/api/v1/workspaces/default/events");
    gate.api().change("scada", &json!({"title": "Secret"}));
    done(&gate.api().delete(&path("scada", "")));
    gate.api().change("hmi", &json!({"title": "Line 4"}));
    cards.wait("app", |row| row["title"] == "Line 4");
    assert!(!cards.heard.contains("Secret") && !cards.heard.contains("app-gone"), "{}", cards.heard);
}

#[test]
fn an_app_that_goes_is_told_to_who_sees_the_workspace() {
    let recorder = Recorder::start();
    let gate = gate_with_key(&recorder);
    let mut cards = Member::first(&gate).events("/api/v1/workspaces/default/events");
    let app = gate.api().app("scada")["id"].clone();
    done(&gate.api().delete(&path("scada", "")));
    cards.wait("app-gone", |gone| gone["id"] == app);
}

#[test]
fn who_comes_back_to_where_nothing_has_moved_reads_nothing_anew() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let owner = Member::first(&gate);
    let mut stream = owner.events(&path("hmi", "/events"));
    gate.visitor("hmi").sign_up(ADA).expect(303);
    let place = loop {
        let event = stream.next().expect("an event");
        if let Some(id) = event.id {
            break id;
        }
    };
    let mut again = Events::after(&owner.browser, &path("hmi", "/events"), &place);
    gate.visitor("hmi").sign_up("bob@plant.example").expect(303);
    assert_eq!(again.next().expect("an event").kind, "user");
    let mut behind = owner.events(&path("hmi", &format!("/events?since={place}")));
    assert_eq!(behind.next().expect("an event").kind, "resync");
    owner.get(&path("hmi", "/events?sinec=7")).problem(422);
}

#[test]
fn what_depends_on_the_app_is_read_anew_when_it_changes() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let mut stream = Member::first(&gate).events(&path("hmi", "/events"));
    gate.api().change("hmi", &json!({"approval": true}));
    stream.wait("resync", |_| true);
}

#[test]
fn nobody_takes_all_the_streams_and_who_leaves_makes_room() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let owner = Member::first(&gate);
    let open = || {
        let mut client = owner.browser.start(&Request::fetch(&path("hmi", "/events")));
        (client.head(), client)
    };
    let mut held = Vec::new();
    let full = loop {
        let (head, client) = open();
        if head.status != 200 {
            break head;
        }
        held.push(client);
        assert!(held.len() < 1000, "there is no limit");
    };
    assert_eq!(full.status, 429, "{}", full.summary());
    assert!(full.header("retry-after").is_some());
    drop(held);
    eventually("the seats are given back", || (open().0.status == 200).then_some(()));
}
