//! The API for programs: every verb, its problems, its scopes, and lists that can be walked.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::support::api::{WORKSPACE, done, id, path};
use crate::support::gate::ACCOUNT_KEY;
use crate::support::{Api, App, Gate, MASTER, Mode, Recorder};

const ADA: &str = "ada@example.com";
const WORKSPACE_KEY: &str = "mg_workspace-key-of-the-suite";
const APP_KEY: &str = "mg_app-key-of-the-test-suite";

fn gate_in(mode: Mode, recorder: &Recorder) -> Gate {
    Gate::before(App::new("hmi", mode, recorder))
}

#[test]
fn the_default_workspace_is_there() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Public, &recorder);
    let list = gate.api().list("/api/v1/workspaces");
    assert_eq!(list.len(), 1);
    assert_eq!(list[0]["name"], "default");
    assert_eq!(gate.api().get(WORKSPACE).expect(200).json(), list[0]);
    let by_id = format!("/api/v1/workspaces/{}", id(&list[0]));
    assert_eq!(gate.api().get(&by_id).expect(200).json(), list[0]);
    gate.api().get("/api/v1/workspaces/none").problem(404);
}

#[test]
fn an_app_of_the_config_is_listed_with_all_its_settings() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder).with("title = \"Line 4\"\nidle_limit = \"30d\""));
    let app = gate.api().app("hmi");
    let expected = json!({
        "name": "hmi", "title": "Line 4", "workspace": "default", "url": gate.site("hmi").url(""), "upstream": recorder.url(), "access": "signup",
        "master_password_set": true, "running": true, "language": null, "strip_prefix": true, "host_header": "visitor", "user_header": "X-User",
        "identity_headers": [], "identity_token": true, "forwarded_header": false, "idle_limit": "30d", "absolute_limit": null,
        "upstream_verify": true, "upstream_http2": false, "connect_timeout": "5s", "response_timeout": "1m",
    });
    for (key, value) in expected.as_object().expect("a table") {
        assert_eq!(app[key].as_str().map(|text| text.trim_end_matches('/')), value.as_str(), "{key}: {app}");
        assert!(value.is_string() || app[key] == *value, "{key}: {app}");
    }
    assert_eq!(id(&app).len(), 13);
    assert!(app["created_at"].as_str().is_some_and(|time| time.ends_with('Z')), "{app}");
    assert!(!app.to_string().contains(MASTER));
    // How the upstream fares is looked at meanwhile.
    let settled = |mut app: serde_json::Value| app.as_object_mut().and_then(|app| app.remove("health")).map(|_| app);
    assert_eq!(settled(gate.api().app(&id(&app))), settled(app.clone()), "by id as well as by slug");
    let listed: Vec<_> = gate.api().list(&format!("{WORKSPACE}/apps")).into_iter().map(settled).collect();
    assert_eq!(listed, [settled(app)]);
}

#[test]
fn an_app_is_created_changed_and_deleted() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Public, &recorder);
    let api = gate.api();
    let url = format!("http://new.localhost:{}", gate.port());
    let new = json!({ "name": "new", "title": "New", "url": url, "upstream": recorder.url(), "access": "public", "master_password": MASTER });
    let created = api.post(&format!("{WORKSPACE}/apps"), &new).expect(201);
    let location = created.header("location").expect("a Location").to_owned();
    let app = created.json();
    // How the upstream fares is looked at meanwhile.
    let settled = |mut app: serde_json::Value| app.as_object_mut().and_then(|app| app.remove("health")).map(|_| app);
    assert_eq!(settled(api.get(&location).expect(200).json()), settled(app.clone()));
    assert_eq!((app["access"].as_str(), app["master_password_set"].as_bool()), (Some("public"), Some(true)));

    let site = crate::support::Site { host: format!("new.localhost:{}", gate.port()), ..gate.console() };
    site.bare_get("/works").expect(200);
    let changed = api
        .patch(&location, &json!({ "title": "Newer", "access": "master-password", "user_header": "X-Who" }))
        .expect(200)
        .json();
    assert_eq!((changed["title"].as_str(), changed["user_header"].as_str()), (Some("Newer"), Some("X-Who")));
    assert_eq!(changed["id"], app["id"]);
    assert_eq!(site.bare_get("/").status, 401);
    done(&api.delete(&location));
    assert_eq!(site.bare_get("/").status, 404);
    api.get(&location).problem(404);
    api.delete(&location).problem(404);
    assert_eq!(api.list(&format!("{WORKSPACE}/apps")).len(), 1);
}

/// C4. A mode is changed at any time, without a restart, and stays.
#[test]
fn changes_made_by_the_api_outlive_a_restart_and_rule_over_the_file() {
    let recorder = Recorder::start();
    let mut gate = gate_in(Mode::Public, &recorder);
    gate.api().set_access("hmi", Mode::Signup);
    gate.api().set_running("hmi", false);
    gate.restart();
    let app = gate.api().app("hmi");
    assert_eq!((app["access"].as_str(), app["running"].as_bool()), (Some("signup"), Some(false)));
}

/// C8. A mode with a master password needs one.
#[test]
fn what_is_wrong_in_a_request_is_said_field_by_field() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Public, &recorder);
    let api = gate.api();
    let apps = format!("{WORKSPACE}/apps");
    let good = json!({ "name": "new", "url": format!("http://new.localhost:{}", gate.port()), "upstream": "http://127.0.0.1:9", "access": "public" });
    let wrong = [
        ("name", json!("Not A Slug")),
        ("name", json!("")),
        ("url", json!("no url")),
        ("url", json!("ftp://x.localhost")),
        ("upstream", json!("gopher://x")),
        ("access", json!("open")),
        ("idle_limit", json!("soon")),
        ("user_header", json!("X User")),
        ("identity_headers", json!(["unknown"])),
        ("response_timeout", json!(-1)),
        ("language", json!("fr")),
        ("host_header", json!("other")),
        ("title", json!("a\u{0}b")),
        ("unknown_key", json!(1)),
    ];
    for (field, value) in wrong {
        let mut body = good.clone();
        body[field] = value;
        let problem = api.post(&apps, &body).problem(422);
        let named =
            problem["errors"].as_array().is_some_and(|errors| errors.iter().any(|error| error["field"] == field));
        assert!(named, "{field}: {problem}");
    }
    let mut without = good.clone();
    without.as_object_mut().expect("a table").remove("upstream");
    api.post(&apps, &without).problem(422);
    api.patch(&path("hmi", ""), &json!({ "access": "open" })).problem(422);
    api.patch(&path("hmi", ""), &json!({ "id": "other" })).problem(422);
    let mut taken = good.clone();
    taken["name"] = json!("hmi");
    api.post(&apps, &taken).problem(409);
    let mut address = good.clone();
    address["url"] = json!(gate.site("hmi").url(""));
    api.post(&apps, &address).problem(409);
    assert_eq!(api.list(&apps).len(), 1, "nothing was half made");
}

#[test]
fn bodies_methods_and_paths_that_do_not_fit_are_problems() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Public, &recorder);
    let api = gate.api();
    let apps = format!("{WORKSPACE}/apps");
    api.send("POST", &apps, Some(("text/plain", "hello"))).problem(415);
    for body in ["{", "[]", "\"x\"", "null", ""] {
        let answer = api.send("POST", &apps, Some(("application/json", body)));
        assert!(matches!(answer.status, 400 | 422), "{body}: {}", answer.summary());
    }
    let huge = format!("{{\"title\":\"{}\"}}", "x".repeat(4_000_000));
    let answer = api.send("POST", &apps, Some(("application/json", &huge)));
    answer.problem(413);
    let answer = api.send("PUT", &apps, Some(("application/json", "{}")));
    assert!(answer.header("allow").is_some(), "{}", answer.summary());
    answer.problem(405);
    for unknown in ["/api/v1/", "/api/v1/nothing", &path("none", ""), &path("hmi", "/nothing")] {
        api.get(unknown).problem(404);
    }
}

#[test]
fn without_a_good_key_every_answer_is_the_same_401() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Public, &recorder);
    let api = gate.api();
    let keys =
        [None, Some("Bearer"), Some("Bearer "), Some("Bearer wrong"), Some("Basic dXNlcjpwYXNz"), Some(ACCOUNT_KEY)];
    let mut bodies = HashSet::new();
    for key in keys {
        for path in ["/api/v1/workspaces", &path("hmi", ""), &path("none", "/users")] {
            let answer = api.authorized(key).get(path);
            assert!(
                answer.header("www-authenticate").is_some_and(|value| value.starts_with("Bearer")),
                "{}",
                answer.summary()
            );
            let mut problem = answer.problem(401);
            problem.as_object_mut().expect("a problem").remove("instance");
            bodies.insert(problem.to_string());
        }
    }
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    for prefix in [&ACCOUNT_KEY[..ACCOUNT_KEY.len() - 1], &format!("{ACCOUNT_KEY}x")] {
        api.authorized(Some(&format!("Bearer {prefix}"))).get("/api/v1/workspaces").problem(401);
    }
}

fn scoped_gate(recorder: &Recorder) -> Gate {
    Gate::plan()
        .app(App::new("hmi", Mode::Signup, recorder))
        .app(App::new("two", Mode::Signup, recorder))
        .key("workspace", "workspace:default", WORKSPACE_KEY)
        .key("app", "app:default/hmi", APP_KEY)
        .start()
}

#[test]
fn what_a_keys_scope_does_not_cover_is_not_found() {
    let recorder = Recorder::start();
    let gate = scoped_gate(&recorder);
    let app_key = Api::new(gate.console(), APP_KEY);
    app_key.get(&path("hmi", "")).expect(200);
    app_key.get(&path("hmi", "/users")).expect(200);
    app_key.access_link("hmi", ADA);
    for rest in ["", "/users", "/sessions"] {
        app_key.get(&path("two", rest)).problem(404);
    }
    app_key.patch(&path("two", ""), &json!({ "title": "mine" })).problem(404);
    app_key.delete(&path("two", "")).problem(404);
    let names: Vec<Value> =
        app_key.list(&format!("{WORKSPACE}/apps")).into_iter().map(|app| app["name"].clone()).collect();
    assert_eq!(names, ["hmi"]);
    let by_id = id(&gate.api().app("two"));
    app_key.get(&path(&by_id, "")).problem(404);

    let workspace_key = Api::new(gate.console(), WORKSPACE_KEY);
    assert_eq!(workspace_key.list(&format!("{WORKSPACE}/apps")).len(), 2);
    workspace_key.get("/api/v1/workspaces/other/apps").problem(404);
}

#[test]
fn the_api_answers_on_the_console_and_loopback_and_on_no_apps_address() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Public, &recorder);
    for host in ["localhost", "127.0.0.1"] {
        let site = crate::support::Site { host: format!("{host}:{}", gate.port()), ..gate.console() };
        Api::new(site, ACCOUNT_KEY).get("/api/v1/workspaces").expect(200);
    }
    let at_the_app = Api::new(gate.site("hmi"), ACCOUNT_KEY).get("/api/v1/workspaces");
    assert_eq!(at_the_app.seen().target, "/api/v1/workspaces", "an app's own paths belong to the app");
    let foreign = crate::support::Site { host: format!("evil.example:{}", gate.port()), ..gate.console() };
    assert_eq!(Api::new(foreign, ACCOUNT_KEY).get("/api/v1/workspaces").status, 404);
}

/// C22, C23. One row for one address, with a name and as many devices as there are.
#[test]
fn users_are_listed_with_their_devices_and_open_connections() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let mut visitor = gate.visitor("hmi");
    visitor.sign_up(ADA).expect(303);
    gate.visitor("hmi").sign_in(ADA).expect(303);
    visitor.get("/").expect(200);
    let mut sockets = [visitor.websocket("/ws?tag=1"), visitor.websocket("/ws?tag=2")];
    sockets.iter_mut().for_each(|socket| socket.assert_alive());
    let user = gate.api().user("hmi", ADA);
    let expected = json!({ "email": ADA, "name": "Ada Lovelace", "given_name": "Ada", "family_name": "Lovelace", "status": "active", "invited": false });
    for (key, value) in expected.as_object().expect("a table") {
        assert_eq!(user[key], *value, "{user}");
    }
    assert_eq!(user["open_connections"], 2, "{user}");
    let devices = user["devices"].as_array().expect("devices");
    assert_eq!(devices.len(), 2);
    let sid = visitor.me()["sid"].clone();
    let mine = devices.iter().find(|device| device["session_id"] == sid).expect("this browser");
    assert_eq!((mine["ip"].as_str(), mine["open_connections"].as_u64()), (Some("127.0.0.1"), Some(2)));
    assert_eq!(gate.api().get(&path("hmi", &format!("/users/{}", id(&user)))).expect(200).json()["email"], ADA);
    drop(sockets);
    crate::support::eventually("connections are counted down", || {
        (gate.api().user("hmi", ADA)["open_connections"] == 0).then_some(())
    });
    assert!(!gate.api().get(&path("hmi", "/users")).text().contains("argon2"), "no hash is ever shown");
}

#[test]
fn sessions_are_listed_read_and_deleted() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::SignupAndMasterPassword, &recorder);
    let mut visitor = gate.visitor("hmi");
    visitor.sign_up(ADA).expect(303);
    visitor.give_master_password().expect(303);
    let session = gate.api().sessions_of("hmi", ADA).pop().expect("a session");
    assert_eq!(session["kind"], "user");
    assert_eq!(session["proofs"], json!(["user", "master-password"]));
    assert_eq!(session["user_id"], gate.api().user("hmi", ADA)["id"]);
    assert_eq!(id(&session).len(), 43);
    let at = path("hmi", &format!("/sessions/{}", id(&session)));
    assert_eq!(gate.api().get(&at).expect(200).json()["id"], session["id"]);
    done(&gate.api().delete(&at));
    gate.api().get(&at).problem(404);
    gate.api().delete(&at).problem(404);
    visitor.fetch("/").problem(401);
    assert_eq!(gate.api().users("hmi").len(), 1, "the user stays");
    for strange in ["x", "..", "%00", &"A".repeat(43), &"A".repeat(5000)] {
        assert!(
            (400..500).contains(&gate.api().get(&path("hmi", &format!("/sessions/{strange}"))).status),
            "{strange}"
        );
    }
}

#[test]
fn lists_are_searched_and_walked_page_by_page() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::InviteOnly, &recorder);
    let api = gate.api();
    let threads: Vec<_> = (0..4)
        .map(|part| {
            let (api, gate_site) = (gate.api(), gate.site("hmi"));
            std::thread::spawn(move || {
                for number in 0..6 {
                    let email = format!("user-{part}-{number}@example.com");
                    let link = api.access_link("hmi", &email)["link"].as_str().expect("a link").to_owned();
                    crate::support::Visitor::new(gate_site.clone(), crate::support::Style::Browser)
                        .accept(&link)
                        .expect(303);
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().expect("users"));
    for list in ["/users", "/sessions"] {
        let mut found = HashSet::new();
        let mut next = format!("{}?limit=7", path("hmi", list));
        let mut pages = 0;
        loop {
            let page = api.get(&next).expect(200).json();
            let items = page["items"].as_array().expect("items");
            assert!(items.len() <= 7);
            found.extend(items.iter().map(id));
            pages += 1;
            let Some(cursor) = page["next"].as_str() else { break };
            next = format!("{}?limit=7&cursor={}", path("hmi", list), crate::support::visitor::escape(cursor));
        }
        assert_eq!((found.len(), pages), (24, 4), "{list}");
    }
    assert_eq!(api.list(&path("hmi", "/users?q=user-1-")).len(), 6);
    assert_eq!(api.list(&path("hmi", "/users?q=USER-1-3%40")).len(), 1);
    assert!(api.list(&path("hmi", "/users?q=nobody")).is_empty());
    for wrong in ["limit=0", "limit=1001", "limit=x", "cursor=%00nonsense"] {
        let status = api.get(&path("hmi", &format!("/users?{wrong}"))).status;
        assert!(matches!(status, 400 | 422), "{wrong}: {status}");
    }
}

#[test]
fn a_name_that_is_taken_is_said_to_be() {
    let recorder = Recorder::start();
    let plan = Gate::plan().app(App::new("hmi", Mode::Public, &recorder));
    let gate = plan.app(App::new("plc", Mode::Public, &recorder)).start();
    let problem = gate.api().patch(&format!("{WORKSPACE}/apps/plc"), &json!({"name": "hmi"})).problem(409);
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("an app named hmi already")), "{problem}");
}
