//! Live tables: what happens to an app's people is on the stream at once, as the rows of the lists (C19, C24).

use serde_json::{Value, json};

use crate::support::api::{done, id, path, text};
use crate::support::member::console;
use crate::support::{Api, App, Events, Gate, Member, Mode, PASSWORD, Recorder, Request};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

fn gate_in(mode: Mode, recorder: &Recorder) -> Gate {
    Gate::plan()
        .app(App::new("hmi", mode, recorder).with("title = \"Line 4\""))
        .app(App::new("two", Mode::Signup, recorder))
        .start()
}

fn watch(owner: &Member) -> Events {
    owner.events(&path("hmi", "/events"))
}

/// A row as the list has it, but for what moves by itself.
fn still(row: &Value) -> Value {
    let mut row = row.clone();
    for key in ["last_seen_at", "open_connections", "devices"] {
        row.as_object_mut().expect("a row").remove(key);
    }
    row
}

/// C19. The list of users and sessions is a live stream: whoever signs up is a row at once, the same as in the list.
#[test]
fn who_signs_up_is_on_the_stream_as_a_row_of_the_list() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let owner = Member::first(&gate);
    let mut stream = watch(&owner);
    assert!(stream.head.header("cache-control").is_some_and(|control| control.contains("no-store")));
    let mut ada = gate.visitor("hmi");
    ada.sign_up(ADA).expect(303);
    let user = stream.wait("user", |user| user["email"] == ADA);
    let listed = owner.get(&path("hmi", &format!("/users/{}", id(&user)))).expect(200).json();
    assert_eq!(still(&user), still(&listed));
    let sid = text(&ada.me(), "sid");
    let mut again = gate.visitor("hmi");
    again.sign_in(ADA).expect(303);
    let session = stream.wait("session", |session| session["email"] == ADA && id(session) != sid);
    let listed = owner.get(&path("hmi", &format!("/sessions/{}", id(&session)))).expect(200).json();
    assert_eq!(still(&session), still(&listed));
    assert!(!stream.heard.contains("argon2") && !stream.heard.contains(PASSWORD));
}

/// C24. What is deleted elsewhere vanishes here at once: by another member, by a program, by the person themselves.
#[test]
fn what_is_deleted_elsewhere_vanishes_here() {
    type Cause = fn(&Gate, &Member, &str);
    let causes: [(&str, Cause); 3] = [
        ("another member", |_, other, user| done(&other.delete(&path("hmi", &format!("/users/{user}"))))),
        ("a program", |gate, _, user| done(&gate.api().delete(&path("hmi", &format!("/users/{user}"))))),
        ("the person", |gate, _, _| {
            let mut ada = gate.visitor("hmi");
            ada.sign_in(ADA).expect(303);
            ada.post("/.millgate/account/delete", &[("password", PASSWORD), ("confirm", "on")]).expect(303);
        }),
    ];
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let owner = Member::first(&gate);
    let other = owner.brings_with_full_access(&gate, "paul@plant.example", "default");
    let mut stream = watch(&owner);
    for (what, cause) in causes {
        gate.visitor("hmi").sign_up(ADA).expect(303);
        gate.visitor("hmi").sign_up(&format!("{}@example.com", what.replace(' ', "-"))).expect(303);
        let user = id(&stream.wait("user", |user| user["email"] == ADA));
        cause(&gate, &other, &user);
        stream.wait("user-gone", |gone| gone["id"] == user);
    }
    assert_eq!(owner.list(&path("hmi", "/users")).len(), 3);
}

#[test]
fn a_session_that_ends_is_gone_from_the_stream() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let owner = Member::first(&gate);
    let (mut ada, mut bob) = (gate.visitor("hmi"), gate.visitor("hmi"));
    ada.sign_up(ADA).expect(303);
    bob.sign_up(BOB).expect(303);
    let (adas, bobs) = (text(&ada.me(), "sid"), text(&bob.me(), "sid"));
    let mut stream = watch(&owner);
    done(&owner.delete(&path("hmi", &format!("/sessions/{adas}"))));
    stream.wait("session-gone", |gone| gone["id"] == adas);
    bob.sign_out().expect(303);
    stream.wait("session-gone", |gone| gone["id"] == bobs);
    ada.fetch("/").problem(401);
}

/// C20. In modes without users the devices are rows: opaque name, address, browser, first and last seen.
#[test]
fn a_device_of_a_public_app_is_a_row_of_the_stream() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Public, &recorder);
    let owner = Member::first(&gate);
    let mut stream = watch(&owner);
    let mut device = gate.visitor("hmi");
    device.get("/").expect(200);
    device.get("/").expect(200);
    let row = stream.wait("session", |session| session["kind"] == "anon");
    assert!(row["email"].is_null() && row["user_id"].is_null(), "{row}");
    assert!(text(&row, "device").starts_with("anon-") && row["ip"] == "127.0.0.1", "{row}");
    assert!(text(&row, "agent").contains("Chrome") && row["created_at"].is_string(), "{row}");
    done(&owner.delete(&path("hmi", &format!("/sessions/{}", id(&row)))));
    stream.wait("session-gone", |gone| gone["id"] == row["id"]);
}

/// C19, F4. Pending people are on the stream, too, and go when they have come, or were withdrawn.
#[test]
fn invites_come_and_go_on_the_stream() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::InviteOnly, &recorder);
    let owner = Member::first(&gate);
    let mut stream = watch(&owner);
    let api = gate.api();
    let (comes, goes) = (api.invite("hmi", &json!({ "email": ADA })), api.invite("hmi", &json!({ "email": BOB })));
    for invite in [&comes, &goes] {
        let row = stream.wait("invite", |row| row["id"] == invite["id"]);
        assert_eq!(row["state"], "pending", "{row}");
        assert!(row.get("link").is_none(), "a link is shown to who made it, once: {row}");
    }
    done(&api.delete(&path("hmi", &format!("/invites/{}", id(&goes)))));
    let withdrawn = goes["id"].clone();
    loop {
        let event = stream.next().expect("the stream goes on");
        let is_gone = event.kind == "invite-gone" && event.data["id"] == withdrawn;
        if is_gone || (event.kind == "invite" && event.data["id"] == withdrawn && event.data["state"] == "withdrawn") {
            break;
        }
    }
    gate.visitor("hmi").accept(&text(&comes, "link")).expect(303);
    stream.wait("user", |user| user["email"] == ADA && user["invited"] == true);
}

#[test]
fn waiting_approved_suspended_and_renamed_people_change_their_row() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let owner = Member::first(&gate);
    gate.api().change("hmi", &json!({ "approval": true }));
    let mut stream = watch(&owner);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    let user = id(&stream.wait("user", |user| user["status"] == "waiting"));
    let at = path("hmi", &format!("/users/{user}"));
    done(&owner.post(&format!("{at}/approve"), &json!({})));
    stream.wait("user", |row| row["id"] == user && row["status"] == "active");
    done(&owner.patch(&at, &json!({ "given_name": "Augusta" })));
    stream.wait("user", |row| row["id"] == user && row["given_name"] == "Augusta");
    done(&owner.patch(&at, &json!({ "suspended": true })));
    stream.wait("user", |row| row["id"] == user && row["status"] == "suspended");
}

#[test]
fn the_app_itself_is_on_the_stream() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let owner = Member::first(&gate);
    let (mut app, mut cards) = (watch(&owner), owner.events("/api/v1/workspaces/default/events"));
    gate.api().set_running("hmi", false);
    for stream in [&mut app, &mut cards] {
        stream.wait("app", |row| row["name"] == "hmi" && row["running"] == false);
    }
    gate.api().set_running("hmi", true);
    gate.api().set_access("hmi", Mode::Public);
    for stream in [&mut app, &mut cards] {
        stream.wait("app", |row| row["name"] == "hmi" && row["access"] == "public");
    }
}

/// Cards show how many are in: counts, and no row of a person without the right to see people.
#[test]
fn the_workspaces_stream_counts_sessions_and_names_nobody() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let owner = Member::first(&gate);
    let watcher = owner.brings_with(&gate, "paul@plant.example", "default", &["see-apps"]);
    let mut cards = watcher.events("/api/v1/workspaces/default/events");
    let mut ada = gate.visitor("hmi");
    ada.sign_up(ADA).expect(303);
    cards.wait("app", |row| row["name"] == "hmi" && row["sessions"] == 1);
    ada.sign_out().expect(303);
    cards.wait("app", |row| row["name"] == "hmi" && row["sessions"] == 0);
    assert!(!cards.heard.contains(ADA), "{}", cards.heard);
}

/// C19. Somebody's open connections are told while they are open.
#[test]
fn open_connections_are_counted_on_the_stream() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let owner = Member::first(&gate);
    let mut ada = gate.visitor("hmi");
    ada.sign_up(ADA).expect(303);
    let mut stream = watch(&owner);
    let socket = ada.websocket("/ws?tag=a");
    let open = |row: &Value| row["open_connections"].as_u64().unwrap_or_default();
    let is_adas = |event: &crate::support::events::Event| {
        matches!(&*event.kind, "user" | "session") && event.data["email"] == ADA
    };
    let wait = |stream: &mut Events, count: u64| {
        while let Some(event) = stream.next() {
            if is_adas(&event) && open(&event.data) == count {
                return;
            }
        }
        panic!("the stream ended: {}", stream.heard);
    };
    wait(&mut stream, 1);
    drop(socket);
    wait(&mut stream, 0);
}

#[test]
fn another_app_of_the_workspace_is_not_on_this_stream() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let owner = Member::first(&gate);
    let mut stream = watch(&owner);
    gate.visitor("two").sign_up(BOB).expect(303);
    gate.api().change("two", &json!({ "title": "Other title" }));
    gate.visitor("hmi").sign_up(ADA).expect(303);
    stream.wait("user", |user| user["email"] == ADA);
    assert!(!stream.heard.contains(BOB) && !stream.heard.contains("Other title"), "{}", stream.heard);
    // Somebody of the other app who comes here is here from then on.
    gate.visitor("hmi").sign_in(BOB).expect(303);
    stream.wait("user", |user| user["email"] == BOB);
}

/// T23. The stream belongs to the session that opened it, and ends with it.
#[test]
fn t23_a_stream_ends_with_the_session_that_opened_it() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let owner = Member::first(&gate);
    let mut here = Member::signed_in(&gate, crate::support::OWNER);
    let there = Member::signed_in(&gate, crate::support::OWNER);
    let (mut cut, mut kept) = (watch(&here), watch(&owner));
    here.browser.sign_out().expect(303);
    cut.assert_cut();
    let mut cut = watch(&there);
    let mut account = owner.clone();
    let page = account.page("/.millgate/account");
    let ids =
        page.split("name=\"session\"").skip(1).filter_map(|rest| rest.split("value=\"").nth(1)?.split('"').next());
    for id in ids.map(str::to_owned).collect::<Vec<_>>() {
        account.browser.post("/.millgate/account/end", &[("session", &id)]);
    }
    cut.assert_cut();
    gate.visitor("hmi").sign_up(ADA).expect(303);
    assert!(!cut.heard.contains(ADA), "{}", cut.heard);
    if owner.get("/api/v1/me").status == 200 {
        kept.wait("user", |user| user["email"] == ADA);
    }
}

#[test]
fn a_stream_ends_with_its_app() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let owner = Member::first(&gate);
    let (mut cut, mut kept) = (watch(&owner), owner.events(&path("two", "/events")));
    done(&owner.delete(&path("hmi", "")));
    cut.assert_cut();
    gate.visitor("two").sign_up(BOB).expect(303);
    kept.wait("user", |user| user["email"] == BOB);
    owner.get(&path("hmi", "/events")).problem(404);
}

#[test]
fn who_comes_back_late_is_told_to_read_the_lists_anew() {
    let recorder = Recorder::start();
    let mut gate = gate_in(Mode::Signup, &recorder);
    let owner = Member::first(&gate);
    let mut stream = watch(&owner);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    let last = loop {
        let event = stream.next().expect("an event");
        if let Some(id) = event.id {
            break id;
        }
    };
    drop(stream);
    gate.visitor("hmi").sign_up(BOB).expect(303);
    gate.restart();
    for id in [&*last, "never-an-id", "0"] {
        let mut again = Events::after(&owner.browser, &path("hmi", "/events"), id);
        // Either all that was missed, or the word that something was: never silence.
        let event = again.next().expect("an event");
        assert!(matches!(&*event.kind, "resync" | "user" | "session"), "{id}: {event:?}");
    }
}

#[test]
fn hundreds_of_changes_arrive_or_are_summed_up_as_a_resync() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let owner = Member::first(&gate);
    let mut stream = watch(&owner);
    let people: Vec<Value> = (0..900).map(|n| json!({ "email": format!("p{n:03}@example.com") })).collect();
    gate.api().post(&path("hmi", "/invites"), &json!({ "invites": people, "send": false })).expect(200);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    loop {
        let event = stream.next().expect("the stream goes on");
        if event.kind == "resync" || (event.kind == "user" && event.data["email"] == ADA) {
            break;
        }
    }
}

/// A stream is for who reads it: one that is never read neither fills memory nor holds anybody up.
#[test]
fn a_stream_that_is_never_read_holds_nobody_up() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let owner = Member::first(&gate);
    let _paused: Vec<_> = (0..5).map(|_| owner.browser.start(&Request::fetch(&path("hmi", "/events")))).collect();
    for round in 0..10 {
        let people: Vec<Value> = (0..500).map(|n| json!({ "email": format!("r{round}p{n}@example.com") })).collect();
        gate.api().post(&path("hmi", "/invites"), &json!({ "invites": people, "send": false })).expect(200);
    }
    let mut stream = watch(&owner);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    stream.wait("user", |user| user["email"] == ADA);
}

#[test]
fn programs_watch_with_a_key_of_the_app() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let owner = Member::first(&gate);
    let secret = text(&owner.makes_key("live", "app:default/hmi"), "secret");
    let request = |app: &str| {
        Request::new("GET", &path(app, "/events"), crate::support::visitor::Purpose::Bare)
            .header("Authorization", &format!("Bearer {secret}"))
    };
    let mut stream = Events::of(&console(&gate), &request("hmi"));
    gate.visitor("hmi").sign_up(ADA).expect(303);
    stream.wait("user", |user| user["email"] == ADA);
    console(&gate).send(&request("two")).problem(404);
    Api::new(gate.console(), "mg_never-made-by-anybody-at-all").get(&path("hmi", "/events")).problem(401);
}

/// F5, C21. Users, views and unique devices by day; one browser is one device however often it comes.
#[test]
fn figures_count_views_users_and_unique_devices() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Public, &recorder);
    let owner = Member::first(&gate);
    let at = path("hmi", "/figures");
    let today = |figures: &Value| figures["days"].as_array().and_then(|days| days.last()).cloned().expect("days");
    for mut device in [gate.visitor("hmi"), gate.visitor("hmi")] {
        for _ in 0..3 {
            device.get("/").expect(200);
        }
    }
    let figures = crate::support::eventually("the figures are counted", || {
        let figures = owner.get(&at).expect(200).json();
        (today(&figures)["unique_devices"] == 2 && today(&figures)["views"].as_u64() >= Some(4)).then_some(figures)
    });
    assert_eq!(figures["devices_now"], 2, "{figures}");
    assert_eq!(figures["users"], 0, "{figures}");
    gate.api().set_access("hmi", Mode::Signup);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    let figures = owner.get(&at).expect(200).json();
    assert_eq!((figures["users"].as_u64(), figures["sessions_now"].as_u64() >= Some(1)), (Some(1), true), "{figures}");
    let week = owner.get(&format!("{at}?days=7")).expect(200).json();
    assert!(week["days"].as_array().is_some_and(|days| days.len() <= 7), "{week}");
    for wrong in ["0", "x", "100000"] {
        owner.get(&format!("{at}?days={wrong}")).problem(422);
    }
}
