//! API keys: personal ones have exactly their owner's rights, scoped ones exactly their scope (F6).

use serde_json::{Value, json};

use crate::support::api::{done, id, path, text};
use crate::support::clock::{DAY, HOUR};
use crate::support::gate::ACCOUNT_KEY;
use crate::support::page::bytes;
use crate::support::raw::find;
use crate::support::{Api, App, Clock, Events, Gate, Member, Mode, Recorder, Request, Response, eventually};

const PAUL: &str = "paul@plant.example";
const KEYS: &str = "/api/v1/keys";

fn plan_before(recorder: &Recorder) -> crate::support::gate::Plan {
    Gate::plan()
        .app(App::new("hmi", Mode::Signup, recorder))
        .app(App::new("two", Mode::Signup, recorder))
        .app(App::new("far", Mode::Signup, recorder).with("workspace = \"other\""))
}

fn program(gate: &Gate, key: &Value) -> Api {
    Api::new(gate.console(), &text(key, "secret"))
}

fn place(key: &Value) -> String {
    format!("{KEYS}/{}", id(key))
}

/// The answer without the health of upstreams, which moves by itself.
fn still(answer: &Response) -> Value {
    let mut body = answer.json();
    let rows = match body["items"].as_array_mut() {
        Some(rows) => rows.iter_mut().collect(),
        None => vec![&mut body],
    };
    rows.into_iter().filter_map(Value::as_object_mut).for_each(|row| drop(row.remove("health")));
    body
}

fn names(rows: &[Value]) -> Vec<&str> {
    let mut names: Vec<&str> = rows.iter().map(|row| row["name"].as_str().expect("a name")).collect();
    names.sort_unstable();
    names
}

#[test]
fn a_key_is_made_its_secret_shown_once_and_kept_nowhere() {
    let recorder = Recorder::start();
    let mut gate = plan_before(&recorder).start();
    let owner = Member::first(&gate);
    let made = owner.post(KEYS, &json!({ "name": "MES", "scope": "me" })).expect(201);
    let (key, at) = (made.json(), made.header("location").expect("a Location").to_owned());
    let secret = text(&key, "secret");
    assert!(secret.starts_with("mg_") && secret.len() >= 43, "{secret}");
    let expected = json!({ "name": "MES", "scope": "me", "enabled": true, "expires_at": null, "last_used_at": null, "last_used_ip": null });
    for (name, value) in expected.as_object().expect("a table") {
        assert_eq!(key[name], *value, "{name}: {key}");
    }
    assert!(key["created_at"].as_str().is_some_and(|time| time.ends_with('Z')), "{key}");
    let row = owner.get(&at).expect(200);
    assert!(!row.text().contains(&secret) && row.json().get("secret").is_none(), "{}", row.summary());
    assert!(!owner.get(KEYS).expect(200).text().contains(&secret));
    program(&gate, &key).get("/api/v1/me").expect(200);
    gate.kill();
    let store = std::fs::read(gate.store()).expect("the store");
    assert!(find(&store, secret.as_bytes()).is_none(), "hashed at rest");
    assert!(!gate.log().contains(&secret));
    gate.start_again();
    program(&gate, &key).get("/api/v1/me").expect(200);
}

/// F6. A personal key may exactly what its owner may, at the moment of its use.
#[test]
fn f6_a_personal_key_has_exactly_its_owners_rights() {
    let recorder = Recorder::start();
    let gate = plan_before(&recorder).start();
    let owner = Member::first(&gate);
    let paul = owner.brings_with(&gate, PAUL, "default", &["see-apps"]);
    let key = program(&gate, &paul.makes_key("mine", "me"));
    for at in [
        "/api/v1/me",
        "/api/v1/apps",
        "/api/v1/workspaces",
        &path("hmi", ""),
        &path("hmi", "/users"),
        "/api/v1/members",
    ] {
        let (by_key, by_session) = (key.get(at), paul.get(at));
        assert_eq!((by_key.status, still(&by_key)), (by_session.status, still(&by_session)), "{at}");
    }
    key.patch(&path("hmi", ""), &json!({ "title": "Line" })).problem(403);
    let role = format!("/api/v1/roles/{}", owner.role_named(PAUL));
    done(&owner.patch(&role, &json!({ "permissions": ["see-apps", "edit-apps"] })));
    key.patch(&path("hmi", ""), &json!({ "title": "Line" })).expect(200);
    done(&owner.patch(&role, &json!({ "permissions": [] })));
    key.get(&path("hmi", "")).problem(404);
    let at = format!("/api/v1/members/{}", owner.id_of(PAUL));
    done(&owner.patch(&at, &json!({ "owner": true })));
    key.get("/api/v1/audit").expect(200);
    done(&owner.patch(&at, &json!({ "owner": false })));
    assert!(matches!(key.get("/api/v1/audit").status, 403 | 404));
    key.get("/api/v1/me").expect(200);
    done(&owner.delete(&at));
    key.get("/api/v1/me").problem(401);
}

/// Signing out and a new password end sessions; a key is switched off by hand, or with its owner.
#[test]
fn a_personal_key_outlives_sessions_but_not_its_owners_suspension_from_the_account() {
    let recorder = Recorder::start();
    let gate = plan_before(&recorder).start();
    let owner = Member::first(&gate);
    let mut paul = owner.brings_with(&gate, PAUL, "default", &["see-apps"]);
    let key = program(&gate, &paul.makes_key("mine", "me"));
    paul.browser.sign_out().expect(303);
    paul.get("/api/v1/me").problem(401);
    key.get(&path("hmi", "")).expect(200);
    done(&owner.delete(&format!("/api/v1/members/{}", owner.id_of(PAUL))));
    key.get(&path("hmi", "")).problem(401);
}

#[test]
fn a_scoped_key_covers_its_scope_and_nothing_else() {
    let recorder = Recorder::start();
    let gate = plan_before(&recorder).start();
    let owner = Member::first(&gate);
    for (scope, apps, members) in [
        ("account", vec!["far", "hmi", "two"], 200),
        ("workspace:default", vec!["hmi", "two"], 404),
        ("app:default/hmi", vec!["hmi"], 404),
        ("app:other/far", vec!["far"], 404),
    ] {
        let key = owner.makes_key(scope, scope);
        assert_eq!(key["scope"], scope);
        let api = program(&gate, &key);
        assert_eq!(names(&api.list("/api/v1/apps")), apps, "{scope}");
        let found = api.get("/api/v1/members").status;
        assert!(found == members || (members == 404 && found == 403), "{scope}: {found}");
        let status = |at: &str| api.get(at).status;
        let expected = |covered: bool| if covered { 200 } else { 404 };
        assert_eq!(status(&path("hmi", "/users")), expected(apps.contains(&"hmi")), "{scope}");
        assert_eq!(status(&path("two", "/users")), expected(apps.contains(&"two")), "{scope}");
        assert_eq!(status("/api/v1/workspaces/other/apps/far/users"), expected(apps.contains(&"far")), "{scope}");
        // No key of a program makes a stronger one, or any at all.
        if scope != "account" {
            let answer = api.post(KEYS, &json!({ "name": "more", "scope": "account" }));
            assert!(matches!(answer.status, 403 | 404), "{scope}: {}", answer.summary());
        }
    }
}

#[test]
fn a_scoped_key_follows_its_app_by_what_it_is_and_not_by_its_name() {
    let recorder = Recorder::start();
    let gate = plan_before(&recorder).start();
    let owner = Member::first(&gate);
    let api = program(&gate, &owner.makes_key("app", "app:default/two"));
    api.get(&path("two", "")).expect(200);
    done(&owner.delete(&path("two", "")));
    let url = format!("http://again.localhost:{}", gate.port());
    let body = json!({ "name": "two", "url": url, "upstream": recorder.url(), "access": "public" });
    owner.post("/api/v1/workspaces/default/apps", &body).expect(201);
    assert!(matches!(api.get(&path("two", "")).status, 401 | 404), "the name is somebody else's now");
}

#[test]
fn a_key_is_switched_off_and_on_renamed_and_deleted() {
    let recorder = Recorder::start();
    let gate = plan_before(&recorder).start();
    let owner = Member::first(&gate);
    let key = owner.makes_key("MES", "workspace:default");
    let api = program(&gate, &key);
    let wrong = Api::new(gate.console(), "mg_this-key-was-never-made-by-anybody-here-000").get("/api/v1/apps");
    assert_eq!(owner.patch(&place(&key), &json!({ "enabled": false })).expect(200).json()["enabled"], false);
    assert_eq!(bytes(&api.get("/api/v1/apps")), bytes(&wrong), "the same answer as to a wrong key");
    assert_eq!(
        owner.patch(&place(&key), &json!({ "enabled": true, "name": "MES 2" })).expect(200).json()["name"],
        "MES 2"
    );
    api.get("/api/v1/apps").expect(200);
    done(&owner.delete(&place(&key)));
    assert_eq!(bytes(&api.get("/api/v1/apps")), bytes(&wrong));
    owner.get(&place(&key)).problem(404);
    for (field, body) in [
        ("name", json!({ "name": "", "scope": "me" })),
        ("name", json!({ "name": "x".repeat(1000), "scope": "me" })),
        ("scope", json!({ "name": "k", "scope": "everything" })),
        ("scope", json!({ "name": "k", "scope": "workspace:" })),
        ("expires_at", json!({ "name": "k", "scope": "me", "expires_at": "soon" })),
        ("expires_at", json!({ "name": "k", "scope": "me", "expires_at": "2001-01-01T00:00:00Z" })),
        ("unknown_key", json!({ "name": "k", "scope": "me", "unknown_key": 1 })),
    ] {
        let problem = owner.post(KEYS, &body).problem(422);
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    for scope in ["workspace:none", "app:default/none", "app:none/hmi"] {
        let status = owner.post(KEYS, &json!({ "name": "k", "scope": scope })).status;
        assert!(matches!(status, 404 | 422), "{scope}: {status}");
    }
}

#[test]
fn a_key_ends_at_its_time() {
    let clock = Clock::new();
    let recorder = Recorder::start();
    let gate = clock.rules(plan_before(&recorder)).start();
    let owner = Member::first(&gate);
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(DAY.cast_signed());
    let body = json!({ "name": "short", "scope": "account", "expires_at": soon.to_string() });
    let key = owner.post(KEYS, &body).expect(201).json();
    assert!(key["expires_at"].is_string(), "{key}");
    let api = program(&gate, &key);
    api.get("/api/v1/apps").expect(200);
    clock.ahead(DAY + HOUR);
    api.get("/api/v1/apps").problem(401);
    assert!(names(&owner.list(KEYS)).contains(&"short"), "it is still listed");
}

#[test]
fn a_key_that_ends_makes_none_that_outlives_it() {
    let recorder = Recorder::start();
    let gate = plan_before(&recorder).start();
    let owner = Member::first(&gate);
    let at =
        |days: u64| (jiff::Timestamp::now() + jiff::SignedDuration::from_secs((days * DAY).cast_signed())).to_string();
    let made = owner.post(KEYS, &json!({ "name": "lent", "scope": "me", "expires_at": at(2) })).expect(201).json();
    let api = program(&gate, &made);
    for scope in ["me", "account", "workspace:default", "app:default/hmi"] {
        for end in [Value::Null, json!(at(3))] {
            let problem = api.post(KEYS, &json!({ "name": "kept", "scope": scope, "expires_at": end })).problem(422);
            assert_eq!(problem["errors"][0]["field"], "expires_at", "{problem}");
        }
    }
    api.post(KEYS, &json!({ "name": "shorter", "scope": "account", "expires_at": at(1) })).expect(201);
}

#[test]
fn when_and_from_where_a_key_was_used_last_is_told() {
    let recorder = Recorder::start();
    let mut gate = plan_before(&recorder).start();
    let owner = Member::first(&gate);
    let key = owner.makes_key("MES", "account");
    program(&gate, &key).get("/api/v1/apps").expect(200);
    let used = || {
        let row = owner.get(&place(&key)).expect(200).json();
        (row["last_used_ip"] == "127.0.0.1" && row["last_used_at"].is_string()).then_some(row)
    };
    eventually("the last use is told", used);
    gate.terminate();
    gate.start_again();
    assert!(used().is_some(), "it outlives a restart");
}

#[test]
fn everybody_sees_their_own_keys_and_owners_see_the_accounts() {
    let recorder = Recorder::start();
    let gate = plan_before(&recorder).key("plc", "app:default/hmi", "mg_config-key-of-the-suite").start();
    let owner = Member::first(&gate);
    let paul = owner.brings_with_full_access(&gate, PAUL, "default");
    let (mine, ours) = (paul.makes_key("paul's", "me"), paul.makes_key("ours", "workspace:default"));
    let (olgas, all) = (owner.makes_key("olga's", "me"), owner.makes_key("all", "account"));
    let seen = paul.list(KEYS);
    assert!(names(&seen).contains(&"paul's") && names(&seen).contains(&"ours"), "{seen:?}");
    for hidden in ["olga's", "all", "suite"] {
        assert!(!names(&seen).contains(&hidden), "{hidden}: {seen:?}");
    }
    for key in [&olgas, &all] {
        paul.get(&place(key)).problem(404);
        paul.patch(&place(key), &json!({ "enabled": false })).problem(404);
        paul.delete(&place(key)).problem(404);
    }
    let seen = owner.list(KEYS);
    for name in ["all", "ours", "suite", "plc", "olga's"] {
        assert!(names(&seen).contains(&name), "{name}: {seen:?}");
    }
    // Those of the file are shown, and changed in the file only.
    let row = seen.iter().find(|row| row["name"] == "plc").expect("the key of the file");
    assert_eq!((row["source"].as_str(), row["scope"].as_str()), (Some("config"), Some("app:default/hmi")), "{row}");
    for status in [owner.delete(&place(row)).status, owner.patch(&place(row), &json!({ "enabled": false })).status] {
        assert!(matches!(status, 403 | 404 | 405 | 409), "{status}");
    }
    gate.api().get("/api/v1/apps").expect(200);
    done(&owner.delete(&place(&ours)));
    done(&paul.delete(&place(&mine)));
}

#[test]
fn who_may_not_everything_in_a_workspace_makes_no_key_for_it() {
    let recorder = Recorder::start();
    let gate = plan_before(&recorder).start();
    let owner = Member::first(&gate);
    let some = owner.brings_with(&gate, PAUL, "default", &["see-apps", "edit-apps", "manage-users", "see-users"]);
    for scope in ["account", "workspace:default", "workspace:other", "app:default/hmi", "app:other/far"] {
        let answer = some.post(KEYS, &json!({ "name": "k", "scope": scope }));
        assert!(matches!(answer.status, 403 | 404 | 422), "{scope}: {}", answer.summary());
    }
    let tell = |scope: &str| bytes(&some.post(KEYS, &json!({ "name": "k", "scope": scope })));
    assert_eq!(tell("workspace:other").replace("other", "absent"), tell("workspace:absent"));
    some.makes_key("mine", "me");
    let full = owner.brings_with_full_access(&gate, "full@plant.example", "default");
    full.makes_key("ours", "workspace:default");
    full.makes_key("app", "app:default/hmi");
    assert!(matches!(full.post(KEYS, &json!({ "name": "k", "scope": "account" })).status, 403 | 404));
}

/// A key of a workspace that somebody made before they lost the workspace: it is the workspace's, and an owner ends it.
#[test]
fn keys_of_a_workspace_stay_when_who_made_them_goes() {
    let recorder = Recorder::start();
    let gate = plan_before(&recorder).start();
    let owner = Member::first(&gate);
    let paul = owner.brings_with_full_access(&gate, PAUL, "default");
    let key = paul.makes_key("ours", "workspace:default");
    done(&owner.delete(&format!("/api/v1/members/{}", owner.id_of(PAUL))));
    let status = program(&gate, &key).get("/api/v1/apps").status;
    assert!(matches!(status, 200 | 401), "{status}");
    if status == 200 {
        assert!(names(&owner.list(KEYS)).contains(&"ours"), "then an owner can see and end it");
        done(&owner.delete(&place(&key)));
    }
    program(&gate, &key).get("/api/v1/apps").problem(401);
}

/// T23. A stream that a program opened ends with its key.
#[test]
fn t23_a_stream_ends_with_the_key_that_opened_it() {
    let recorder = Recorder::start();
    let gate = plan_before(&recorder).start();
    let owner = Member::first(&gate);
    for cut in [json!({ "enabled": false }), Value::Null] {
        let key = owner.makes_key("live", "app:default/hmi");
        let browser = crate::support::member::console(&gate);
        let request = Request::fetch(&path("hmi", "/events"))
            .header("Accept", "text/event-stream")
            .header("Authorization", &format!("Bearer {}", text(&key, "secret")));
        let mut stream = Events::of(&browser, &request);
        match &cut {
            Value::Null => done(&owner.delete(&place(&key))),
            change => done(&owner.patch(&place(&key), change)),
        }
        gate.visitor("hmi").sign_up(&format!("late{}@example.com", cut.is_null())).expect(303);
        stream.assert_cut();
        assert!(!stream.heard.contains("late"), "{}", stream.heard);
    }
}

#[test]
fn the_keys_of_the_configuration_follow_the_file() {
    let recorder = Recorder::start();
    let mut gate = plan_before(&recorder).start();
    let owner = Member::first(&gate);
    owner.makes_key("stored", "account");
    gate.rewrite_config(|plan| {
        plan.add_table("[[api_key]]\nname = \"plc\"\nscope = \"account\"\nsecret = \"mg_a-further-key-of-the-file\"");
    });
    gate.hangup();
    let further = Api::new(gate.console(), "mg_a-further-key-of-the-file");
    eventually("the key is taken up", || (further.get("/api/v1/me").status == 200).then_some(()));
    assert!(names(&owner.list(KEYS)).contains(&"plc"));
    Api::new(gate.console(), ACCOUNT_KEY).get("/api/v1/me").expect(200);
}
