//! Live tables over the API: what changes is pushed, to whoever may see it, for as long as they may.

use serde_json::{Value, json};

use crate::entering::{ADA, gate_in};
use crate::support::api::{done, id, path};
use crate::support::events::Events;
use crate::support::{Api, App, Gate, Mode, Recorder, Request};

fn rows(list: &[Value], id: &Value) -> Value {
    list.iter().find(|row| row["id"] == *id).cloned().unwrap_or_else(|| panic!("{id} is not among {list:?}"))
}

#[test]
fn people_come_and_go_in_the_stream_as_in_the_lists() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let api = gate.api();
    let mut events = Events::of(&api, &path("hmi", "/events"));
    assert_eq!(events.head.header("cache-control"), Some("no-store"));

    gate.visitor("hmi").sign_up(ADA).expect(303);
    let user = events.next("user").expect("the person appears");
    assert_eq!(user, rows(&api.users("hmi"), &user["id"]), "the very row of the list");
    let session = events.next("session").expect("and their session");
    assert_eq!(session, rows(&api.sessions("hmi"), &session["id"]));

    done(&api.patch(&path("hmi", &format!("/users/{}", id(&user))), &json!({"given_name": "Augusta"})));
    events.find("user", |row| row["given_name"] == "Augusta").expect("changes are told");

    api.delete_session("hmi", &id(&session));
    assert_eq!(events.next("session-gone").expect("a session ends"), json!({"id": session["id"]}));
    done(&api.delete(&path("hmi", &format!("/users/{}", id(&user)))));
    assert_eq!(events.next("user-gone").expect("the person goes"), json!({"id": user["id"]}));
}

#[test]
fn connections_are_told_as_they_open_and_close() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let mut ada = gate.visitor("hmi");
    ada.sign_up(ADA).expect(303);
    let api = gate.api();
    let mut events = Events::of(&api, &path("hmi", "/events"));
    // The first look finds what is there.
    let socket = ada.websocket("/ws?tag=live");
    let of = |count: u32| move |row: &Value| row["open_connections"] == count;
    events.find("user", of(1)).expect("a connection opens");
    drop(socket);
    events.find("user", of(0)).expect("and closes");
}

#[test]
fn invitations_and_the_app_itself_are_told_too() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::InviteOnly, &recorder);
    let api = gate.api();
    let mut events = Events::of(&api, &path("hmi", "/events"));
    let made = api.invite("hmi", &json!({"email": ADA}));
    let told = events.next("invite").expect("an invitation");
    assert_eq!((&told["id"], &told["state"]), (&made["id"], &json!("pending")));
    assert_eq!(told, rows(&api.invites("hmi", ""), &made["id"]));
    done(&api.delete(&path("hmi", &format!("/invites/{}", id(&made)))));
    events.find("invite", |row| row["state"] == "withdrawn").expect("it is withdrawn");
    api.set_running("hmi", false);
    assert_eq!(events.next("app").expect("the app")["running"], false);
}

#[test]
fn what_depends_on_the_app_is_read_anew_when_it_changes() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let mut events = Events::of(&gate.api(), &path("hmi", "/events"));
    gate.api().change("hmi", &json!({"approval": true}));
    events.next("resync").expect("who waits has changed for everybody");
}

#[test]
fn nobody_hears_of_what_is_not_theirs() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("hmi", Mode::Signup, &recorder))
        .app(App::new("scada", Mode::Signup, &recorder))
        .key("mes", "app:default/hmi", "mg_of_one_app_0123456789")
        .start();
    let api = Api::new(gate.console(), "mg_of_one_app_0123456789");
    api.get(&path("scada", "/events")).problem(404);
    api.get(&path("scada", "/figures")).problem(404);
    api.authorized(Some("Bearer mg_wrong_0123456789")).get(&path("hmi", "/events")).problem(401);
    let mut own = Events::of(&api, &path("hmi", "/events"));
    let mut workspace = Events::of(&api, "/api/v1/workspaces/default/events");
    gate.visitor("scada").sign_up("eve@plant.example").expect(303);
    gate.api().change("scada", &json!({"title": "Secret"}));
    gate.visitor("hmi").sign_up(ADA).expect(303);
    gate.api().change("hmi", &json!({"title": "Line 4"}));
    assert_eq!(own.next("user").expect("one's own")["email"], ADA, "and nobody else's before");
    assert_eq!(workspace.next("app").expect("one's own")["name"], "hmi");
}

#[test]
fn a_workspace_tells_of_its_apps_and_how_many_there_are() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let api = gate.api();
    let app = api.app("hmi")["id"].clone();
    let mut events = Events::of(&api, "/api/v1/workspaces/default/events");
    gate.visitor("hmi").sign_up(ADA).expect(303);
    let is_it = |row: &Value| row["app"] == app && row["users"] == 1 && row["sessions_now"] == 1;
    events.find("figures", is_it).expect("a person is counted");
    done(&api.delete(&path("hmi", "")));
    assert_eq!(events.next("app-gone").expect("the app goes"), json!({"id": app}));
}

#[test]
fn a_stream_ends_with_the_key_the_app_and_the_gateway() {
    let recorder = Recorder::start();
    let mut gate = Gate::plan()
        .app(App::new("hmi", Mode::Signup, &recorder))
        .key("mes", "app:default/hmi", "mg_of_one_app_0123456789")
        .limit("drain_timeout = \"60s\"")
        .start();
    let api = Api::new(gate.console(), "mg_of_one_app_0123456789");
    let by_key = Events::of(&api, &path("hmi", "/events"));
    gate.rewrite_config(|plan| plan.drop_tables("[[api_key]]\nname = \"mes\""));
    gate.hangup();
    let rest = String::from_utf8_lossy(&by_key.rest()).into_owned();
    assert!(!rest.contains("event: user"), "{rest}");

    let of_app = Events::of(&gate.api(), &path("hmi", "/events"));
    let of_workspace = Events::of(&gate.api(), "/api/v1/workspaces/default/events");
    done(&gate.api().delete(&path("hmi", "")));
    of_app.rest();
    assert!(gate.terminate().success(), "nobody waits a minute for a stream without an end");
    of_workspace.rest();
}

#[test]
fn who_comes_back_is_told_whether_they_missed_something() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let api = gate.api();
    let place = Events::of(&api, &path("hmi", "/events")).place;
    let back = || Events::of(&api.clone().with_header("Last-Event-ID", &place), &path("hmi", "/events"));
    let mut unmoved = back();
    gate.visitor("hmi").sign_up(ADA).expect(303);
    assert_eq!(unmoved.any().expect("an event").name, "user", "nothing was missed");
    assert_eq!(back().any().expect("an event").name, "resync");
    let mut foreign = Events::of(&api, &path("hmi", "/events?since=another-run-7"));
    assert_eq!(foreign.any().expect("an event").name, "resync");
    api.get(&path("hmi", "/events?sinec=7")).problem(422);
}

#[test]
fn nobody_takes_all_the_streams() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let api = gate.api();
    let mut held = Vec::new();
    let full = loop {
        let mut client = api.start("GET", &path("hmi", "/events"));
        let head = client.head();
        if head.status != 200 {
            break head;
        }
        held.push(client);
        assert!(held.len() < 1000, "there is no limit");
    };
    assert_eq!(full.status, 429, "{}", full.summary());
    assert!(full.header("retry-after").is_some());
    drop(held);
    crate::support::eventually("the seats are given back", || {
        (api.start("GET", &path("hmi", "/events")).head().status == 200).then_some(())
    });
}

#[test]
fn a_member_s_browser_hears_until_its_session_ends() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let mut member = crate::support::owner::owner(&gate);
    let mut events = Events::over(member.start(&Request::fetch(&path("hmi", "/events"))));
    gate.visitor("hmi").sign_up(ADA).expect(303);
    assert_eq!(events.next("user").expect("a person")["email"], ADA);
    member.sign_out();
    let rest = String::from_utf8_lossy(&events.rest()).into_owned();
    gate.api().delete_user("hmi", ADA);
    assert!(!rest.contains("user-gone"), "{rest}");
}
