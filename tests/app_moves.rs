//! Copying and moving an app, running and stopping it, and what an app's row says beside its settings (F1, F2, F9).

use serde_json::{Value, json};

use crate::support::api::{done, id, path, text};
use crate::support::{Api, App, Gate, MASTER, Member, Mode, Recorder, Response, Site, Style, Visitor, eventually};

const ADA: &str = "ada@example.com";
const APPS: &str = "/api/v1/workspaces/default/apps";

fn gate_in(mode: Mode, recorder: &Recorder) -> Gate {
    Gate::before(App::new("hmi", mode, recorder).with("title = \"Line 4\"\nidle_limit = \"30d\"\napproval = false"))
}

fn site(gate: &Gate, name: &str) -> Site {
    Site { host: format!("{name}.localhost:{}", gate.port()), ..gate.console() }
}

fn visitor(gate: &Gate, name: &str) -> Visitor {
    Visitor::new(site(gate, name), Style::Browser)
}

/// The smallest picture there is: one pixel.
const ICON: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

#[track_caller]
fn flaw(answer: &Response, field: &str) {
    let problem = answer.problem(422);
    assert_eq!(problem["errors"][0]["field"], field, "{problem}");
}

/// A copy has the settings and nothing of the people: no user, no session, no invite, no secret.
#[test]
fn a_copy_has_the_settings_and_neither_people_nor_secrets() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let owner = Member::first(&gate);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    gate.api().change("hmi", &json!({ "description": "By the north door", "user_header": "X-Who", "icon": ICON }));
    let url = site(&gate, "copy").url("");
    let made = owner.post(&path("hmi", "/copy"), &json!({ "name": "copy", "title": "Line 5", "url": url })).expect(201);
    let copy = made.json();
    assert_eq!(owner.get(made.header("location").expect("a Location")).expect(200).json()["id"], copy["id"]);
    let original = gate.api().app("hmi");
    for key in ["upstream", "access", "idle_limit", "user_header", "description", "icon", "approval", "workspace"] {
        assert_eq!(copy[key], original[key], "{key}: {copy}");
    }
    assert_ne!(copy["id"], original["id"]);
    assert_eq!((copy["name"].as_str(), copy["title"].as_str()), (Some("copy"), Some("Line 5")));
    for rest in ["/users", "/sessions", "/invites"] {
        assert!(owner.list(&path("copy", rest)).is_empty(), "{rest}");
    }
    assert_eq!(copy["master_password_set"], false, "a secret of the other app: {copy}");
    visitor(&gate, "copy").get("/").expect(303);
}

/// Where the mode asks for a master password, the copy gets one of its own or is closed: never the other's.
#[test]
fn a_copy_never_opens_by_the_others_master_password() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::MasterPassword, &recorder);
    let owner = Member::first(&gate);
    let copy = |name: &str, password: Option<&str>| {
        let mut body = json!({ "name": name, "url": site(&gate, name).url("") });
        body["master_password"] = json!(password);
        owner.post(&path("hmi", "/copy"), &body).expect(201).json()
    };
    let closed = copy("closed", None);
    assert_eq!(
        (closed["access"].as_str(), closed["master_password_set"].as_bool()),
        (Some("invite-only"), Some(false))
    );
    let own = copy("own", Some("a-password-of-its-own"));
    assert_eq!(own["access"], "master-password");
    for name in ["closed", "own"] {
        let mut stranger = visitor(&gate, name);
        stranger.give_master_password_of(MASTER);
        assert!(stranger.fetch("/").status >= 400, "{name}");
    }
    let mut invited = visitor(&gate, "own");
    invited.give_master_password_of("a-password-of-its-own").expect(303);
    invited.get("/").expect(200);
}

#[test]
fn a_copy_that_cannot_be_is_refused_field_by_field() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let owner = Member::first(&gate);
    let url = site(&gate, "copy").url("");
    let copy = |body: Value| owner.post(&path("hmi", "/copy"), &body);
    flaw(&copy(json!({ "name": "Not A Slug", "url": url })), "name");
    flaw(&copy(json!({ "url": url })), "name");
    flaw(&copy(json!({ "name": "copy" })), "url");
    flaw(&copy(json!({ "name": "copy", "url": "no url" })), "url");
    flaw(&copy(json!({ "name": "copy", "url": url, "unknown_key": 1 })), "unknown_key");
    copy(json!({ "name": "hmi", "url": url })).problem(409);
    copy(json!({ "name": "copy", "url": gate.site("hmi").url("") })).problem(409);
    assert_eq!(owner.list(APPS).len(), 1);
}

#[test]
fn a_copy_goes_to_another_workspace_on_request() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let owner = Member::first(&gate);
    owner.makes_workspace("packaging", "Packaging");
    gate.visitor("hmi").sign_up(ADA).expect(303);
    let body = json!({ "name": "hmi", "url": site(&gate, "copy").url(""), "workspace": "packaging" });
    assert_eq!(owner.post(&path("hmi", "/copy"), &body).expect(201).json()["workspace"], "packaging");
    visitor(&gate, "copy").sign_in(ADA).expect(401);
    assert_eq!(owner.list("/api/v1/workspaces/packaging/apps").len(), 1);
    assert_eq!(owner.list(APPS).len(), 1);
}

/// T23. People come along to the other workspace; whoever was in is out at once and signs in again there.
#[test]
fn t23_a_moved_app_ends_its_sessions_and_takes_its_people_along() {
    let recorder = Recorder::start();
    let mut gate = gate_in(Mode::Signup, &recorder);
    let owner = Member::first(&gate);
    owner.makes_workspace("packaging", "Packaging");
    let mut ada = gate.visitor("hmi");
    ada.sign_up(ADA).expect(303);
    let old = ada.me()["sub"].clone();
    let mut socket = ada.websocket("/ws?tag=ada");
    let before = gate.api().app("hmi");
    let moved = owner.post(&path("hmi", "/move"), &json!({ "workspace": "packaging" })).expect(200).json();
    assert_eq!(
        (id(&moved), moved["workspace"].as_str(), &moved["url"]),
        (id(&before), Some("packaging"), &before["url"])
    );
    socket.assert_cut();
    ada.fetch("/").problem(401);
    owner.get(&path("hmi", "")).problem(404);
    let there = "/api/v1/workspaces/packaging/apps/hmi";
    assert!(owner.list(&format!("{there}/sessions")).is_empty());
    gate.kill();
    gate.start_again();
    assert_eq!(owner.list(&format!("{there}/users")).len(), 1);
    assert_eq!(owner.get(there).expect(200).json()["running"], true, "it runs again");
    ada.sign_in(ADA).expect(303);
    let me = ada.me();
    assert_eq!((me["workspace"].as_str(), me["email"].as_str()), (Some("packaging"), Some(ADA)), "{me}");
    assert_ne!(me["sub"], old, "a user of one workspace is nobody of another");
}

/// Whoever has the address in the other workspace is that person there: with the password of there, and no other.
#[test]
fn t17_a_move_takes_over_nobodys_account() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("hmi", Mode::InviteOnly, &recorder))
        .app(App::new("far", Mode::Signup, &recorder).with("workspace = \"other\""))
        .start();
    let owner = Member::first(&gate);
    let mut here = gate.visitor("hmi");
    here.accept(&text(&gate.api().access_link("hmi", ADA), "link")).expect(303);
    let mut there = gate.visitor("far");
    let fields = [("email", ADA), ("password", "quite another password"), ("given_name", "E"), ("family_name", "E")];
    there.post("/.millgate/sign-up", &fields).expect(303);
    owner.post(&path("hmi", "/move"), &json!({ "workspace": "other" })).expect(200);
    gate.visitor("far").sign_in(ADA).expect(401);
    gate.visitor("hmi").sign_in(ADA).expect(401);
    // Nobody proved there that the address is theirs, so the invitation of here lets them in nowhere.
    let mut squatter = gate.visitor("hmi");
    squatter.sign_in_with(ADA, "quite another password");
    assert!(squatter.fetch("/").status >= 400);
    there.get("/").expect(200);
}

#[test]
fn a_move_that_cannot_be_changes_nothing() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let owner = Member::first(&gate);
    owner.makes_workspace("packaging", "Packaging");
    let body =
        json!({ "name": "hmi", "url": site(&gate, "other").url(""), "upstream": recorder.url(), "access": "public" });
    owner.post("/api/v1/workspaces/packaging/apps", &body).expect(201);
    let mut ada = gate.visitor("hmi");
    ada.sign_up(ADA).expect(303);
    let to = |workspace: Value| owner.post(&path("hmi", "/move"), &json!({ "workspace": workspace }));
    to(json!("packaging")).problem(409);
    assert!(matches!(to(json!("none")).status, 404 | 422));
    flaw(&to(json!(5)), "workspace");
    flaw(&owner.post(&path("hmi", "/move"), &json!({})), "workspace");
    assert!(matches!(to(json!("default")).status, 200 | 409), "where it is already");
    assert_eq!(ada.get("/").seen().user(), ADA, "nobody was sent out");
}

/// F1. Stopped: a maintenance page and no upstream; run again: everybody is where they were.
#[test]
fn f1_a_stopped_app_keeps_its_sessions() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let owner = Member::first(&gate);
    let mut ada = gate.visitor("hmi");
    ada.sign_up(ADA).expect(303);
    ada.get("/").expect(200);
    let switch = |running: bool| done(&owner.patch(&path("hmi", ""), &json!({ "running": running })));
    switch(false);
    recorder.forget();
    let stopped = ada.get("/");
    assert!(stopped.page(503).contains("Line 4") && stopped.header("retry-after").is_some());
    ada.fetch("/").problem(503);
    assert!(recorder.requests().is_empty());
    assert_eq!(owner.list(&path("hmi", "/sessions")).len(), 1, "the sessions are kept");
    switch(true);
    assert_eq!(ada.get("/").seen().user(), ADA);
}

/// F1. The status comes from health checks: up, or down with the last error.
#[test]
fn f1_the_health_of_an_app_is_told() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let owner = Member::first(&gate);
    let told = |state: &str| {
        eventually(state, || {
            let health = owner.get(&path("hmi", "")).expect(200).json()["health"].clone();
            (health["state"] == state).then_some(health)
        })
    };
    told("up");
    let port = crate::support::process::free_port();
    done(&owner.patch(&path("hmi", ""), &json!({ "upstream": format!("http://127.0.0.1:{port}") })));
    let health = told("down");
    assert_eq!(health["upstreams"][0]["error"]["code"], "refused", "with the reason: {health}");
    done(&owner.patch(&path("hmi", ""), &json!({ "upstream": recorder.url() })));
    told("up");
    let tried = owner.post(&path("hmi", "/probe"), &json!({})).expect(200).json();
    assert!(tried.to_string().contains("200"), "what it answered: {tried}");
}

/// F9. The icon is a picture, kept small; the description is for members and on no page of the gate.
#[test]
fn f9_the_icon_is_on_the_gate_and_the_description_is_not() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let owner = Member::first(&gate);
    let at = path("hmi", "");
    let row = owner.patch(&at, &json!({ "icon": ICON, "description": "Behind the north door" })).expect(200).json();
    assert!(text(&row, "icon").starts_with("data:image/png;base64,"), "{row}");
    assert_eq!(row["description"], "Behind the north door");
    for page in ["/.millgate/sign-in", "/.millgate/sign-up", "/.millgate/sign-out"] {
        let page = gate.visitor("hmi").get(page).page(200);
        assert!(page.contains("Line 4") && !page.contains("north door"), "{page}");
    }
    let page = gate.visitor("hmi").get("/.millgate/sign-in").page(200);
    let tags: Vec<&str> = crate::support::page::tags(&page).filter(|tag| tag.starts_with("img")).collect();
    assert!(!tags.is_empty(), "the icon: {page}");
    for (name, wrong) in [
        (
            "script",
            "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciPjxzY3JpcHQvPjwvc3ZnPg==",
        ),
        ("page", "data:text/html;base64,PGgxPg=="),
        ("elsewhere", "https://evil.example/icon.png"),
        ("false name", "data:image/png;base64,PGgxPjwvaDE+"),
        ("no picture", "data:image/png;base64,!!!"),
        ("text", "icon"),
    ] {
        let answer = owner.patch(&at, &json!({ "icon": wrong }));
        assert_eq!(answer.status, 422, "{name}: {}", answer.summary());
    }
    let huge = format!("{}{}", ICON.trim_end_matches('='), "A".repeat(100_000));
    assert!(matches!(owner.patch(&at, &json!({ "icon": huge })).status, 413 | 422));
    assert!(owner.patch(&at, &json!({ "icon": null })).expect(200).json()["icon"].is_null());
    owner.patch(&at, &json!({ "description": "x".repeat(100_000) })).problem(422);
}

/// F2. Every setting takes effect without a restart of gateway or app.
#[test]
fn f2_settings_are_effective_at_once() {
    let recorder = Recorder::start();
    let second = Recorder::start();
    let gate = gate_in(Mode::Public, &recorder);
    let owner = Member::first(&gate);
    let mut visitor = gate.visitor("hmi");
    visitor.get("/one").expect(200);
    done(&owner.patch(&path("hmi", ""), &json!({ "upstream": second.url(), "user_header": "X-Who" })));
    let seen = visitor.get("/two").seen();
    assert!(seen.header("X-Who").is_some_and(|who| who.starts_with("anon-")));
    assert_eq!((recorder.requests_for("/two").len(), second.requests_for("/two").len()), (0, 1));
    let url = site(&gate, "elsewhere").url("");
    done(&owner.patch(&path("hmi", ""), &json!({ "url": url })));
    visitor.get("/").expect(404);
    site(&gate, "elsewhere").bare_get("/works").expect(200);
}
