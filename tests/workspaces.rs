//! Workspaces: made, renamed and deleted by owners, with all that is in them; the default one stays (A3–A8, B1–B6).

use serde_json::{Value, json};

use crate::support::api::{done, id, text};
use crate::support::{Api, App, Gate, MASTER, Member, Mode, Recorder, Request, Response, Site, Style, Visitor};

const ADA: &str = "ada@example.com";
const ALL: &str = "/api/v1/workspaces";

fn gate_before(recorder: &Recorder) -> Gate {
    Gate::before(App::new("hmi", Mode::Signup, recorder))
}

#[track_caller]
fn refused(answer: &Response, status: u16, code: &str) {
    let problem = answer.problem(status);
    assert_eq!(problem["type"], format!("urn:millgate:problem:{code}"), "{problem}");
}

fn site(gate: &Gate, name: &str) -> Site {
    Site { host: format!("{name}.localhost:{}", gate.port()), ..gate.console() }
}

/// An app at `http://{name}.localhost:{port}`; its row.
#[track_caller]
fn publish(gate: &Gate, workspace: &str, name: &str, mode: Mode, upstream: &str) -> Value {
    let url = site(gate, name).url("");
    let body = json!({
        "name": name, "title": name, "url": url, "upstream": upstream, "access": mode.as_str(), "master_password": MASTER,
    });
    gate.api().post(&format!("{ALL}/{workspace}/apps"), &body).expect(201).json()
}

/// B5. A workspace is made by an owner, at the account; its apps have users of their own.
#[test]
fn a_workspace_is_made_and_filled() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let made = owner.post(ALL, &json!({ "name": "packaging", "title": "Packaging <hall 2>" })).expect(201);
    let workspace = made.json();
    assert_eq!(
        (workspace["name"].as_str(), workspace["title"].as_str()),
        (Some("packaging"), Some("Packaging <hall 2>"))
    );
    let at = made.header("location").expect("a Location").to_owned();
    assert_eq!(owner.get(&at).expect(200).json(), workspace);
    assert_eq!(owner.get(&format!("{ALL}/{}", id(&workspace))).expect(200).json(), workspace);
    assert_eq!(owner.list(ALL).len(), 2);
    publish(&gate, "packaging", "robot", Mode::Signup, &recorder.url());
    let mut here = Visitor::new(site(&gate, "robot"), Style::Browser);
    here.sign_up(ADA).expect(303);
    gate.visitor("hmi").sign_in(ADA).expect(401);
    let mut there = gate.visitor("hmi");
    there.sign_up(ADA).expect(303);
    assert_ne!(here.me()["sub"], there.me()["sub"], "one address in two workspaces is two users");
    assert_eq!(here.me()["workspace"], "packaging");
}

#[test]
fn a_workspace_that_cannot_be_is_refused_field_by_field() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    owner.makes_workspace("packaging", "Packaging");
    for (field, body) in [
        ("name", json!({ "name": "Not A Slug", "title": "x" })),
        ("name", json!({ "name": "", "title": "x" })),
        ("name", json!({ "title": "x" })),
        ("title", json!({ "name": "new", "title": "x".repeat(1000) })),
        ("title", json!({ "name": "new", "title": 5 })),
        ("unknown_key", json!({ "name": "new", "title": "x", "unknown_key": 1 })),
    ] {
        let problem = owner.post(ALL, &body).problem(422);
        let errors = problem["errors"].as_array().expect("errors");
        assert!(errors.iter().any(|error| error["field"] == field), "{field}: {problem}");
    }
    for taken in ["default", "packaging"] {
        owner.post(ALL, &json!({ "name": taken, "title": "Again" })).problem(409);
    }
    assert_eq!(owner.list(ALL).len(), 2);
}

#[test]
fn a_renamed_workspace_keeps_everything_and_is_found_by_its_new_name() {
    let recorder = Recorder::start();
    let mut gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let workspace = owner.makes_workspace("packaging", "Packaging");
    publish(&gate, "packaging", "robot", Mode::Signup, &recorder.url());
    let paul = owner.brings_with_full_access(&gate, "paul@plant.example", "packaging");
    let mut ada = Visitor::new(site(&gate, "robot"), Style::Browser);
    ada.sign_up(ADA).expect(303);
    let mut socket = ada.websocket("/ws?tag=ada");
    let at = format!("{ALL}/packaging");
    let row = owner.patch(&at, &json!({ "name": "hall-2", "title": "Hall 2" })).expect(200).json();
    assert_eq!(
        (row["name"].as_str(), row["title"].as_str(), id(&row)),
        (Some("hall-2"), Some("Hall 2"), id(&workspace))
    );
    socket.assert_alive();
    owner.get(&at).problem(404);
    gate.kill();
    gate.start_again();
    paul.get(&format!("{ALL}/hall-2/apps/robot")).expect(200);
    assert_eq!(paul.me()["workspaces"][0]["name"], "hall-2");
    assert_eq!(ada.get("/").seen().user(), ADA);
    assert_eq!(ada.me()["workspace"], "hall-2");
    owner.patch(&format!("{ALL}/hall-2"), &json!({ "name": "default" })).problem(409);
    owner.patch(&format!("{ALL}/hall-2"), &json!({ "name": "No Slug" })).problem(422);
}

/// A3, B4. The default workspace can be neither deleted nor renamed, so there is always one.
#[test]
fn the_default_workspace_is_fixed_and_the_last_one_stays() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let at = format!("{ALL}/default");
    refused(&owner.patch(&at, &json!({ "name": "mine" })), 409, "fixed");
    for query in ["", "?with_apps=true"] {
        refused(&owner.delete(&format!("{at}{query}")), 409, "fixed");
        refused(&gate.api().delete(&format!("{at}{query}")), 409, "fixed");
    }
    let other = owner.makes_workspace("packaging", "Packaging");
    refused(&owner.delete(&format!("{at}?with_apps=true")), 409, "fixed");
    done(&owner.delete(&format!("{ALL}/{}", id(&other))));
    assert_eq!(owner.list(ALL).len(), 1);
    gate.visitor("hmi").get("/").expect(303);
}

#[test]
fn a_workspace_with_apps_is_deleted_only_when_that_is_said() {
    let recorder = Recorder::start();
    let mut gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    owner.makes_workspace("packaging", "Packaging");
    publish(&gate, "packaging", "robot", Mode::Signup, &recorder.url());
    let paul = owner.brings_with_full_access(&gate, "paul@plant.example", "packaging");
    let key = text(&owner.makes_key("packaging", "workspace:packaging"), "secret");
    let key = Api::new(gate.console(), &key);
    key.get(&format!("{ALL}/packaging/apps/robot")).expect(200);
    let mut ada = Visitor::new(site(&gate, "robot"), Style::Browser);
    ada.sign_up(ADA).expect(303);
    let mut other = gate.visitor("hmi");
    other.sign_up(ADA).expect(303);
    let (mut cut, mut kept) = (ada.websocket("/ws?tag=ada"), other.websocket("/ws?tag=other"));
    let mut stream = paul.events(&format!("{ALL}/packaging/apps/robot/events"));

    let at = format!("{ALL}/packaging");
    owner.delete(&at).problem(409);
    owner.delete(&format!("{at}?with_apps=maybe")).problem(422);
    cut.assert_alive();
    done(&owner.delete(&format!("{at}?with_apps=true")));
    cut.assert_cut();
    stream.assert_cut();
    kept.assert_alive();
    assert_eq!(ada.fetch("/").status, 404);
    owner.get(&at).problem(404);
    assert!(matches!(key.get(&format!("{at}/apps/robot")).status, 401 | 404));
    assert!(paul.me()["workspaces"].as_array().is_some_and(Vec::is_empty), "{}", paul.me());
    gate.kill();
    gate.start_again();
    assert_eq!(owner.list(ALL).len(), 1);
    // Its names are free, and nothing of the old one comes back.
    owner.makes_workspace("packaging", "Packaging again");
    publish(&gate, "packaging", "robot", Mode::Signup, &recorder.url());
    assert!(owner.list(&format!("{at}/apps/robot/users")).is_empty());
    paul.get(&at).problem(404);
    assert!(matches!(key.get(&at).status, 401 | 404));
    ada.fetch("/").problem(401);
}

#[test]
fn what_goes_with_a_workspace_is_named_before_it_goes() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut owner = Member::first(&gate);
    owner.makes_workspace("packaging", "Packaging");
    for name in ["robot", "scale"] {
        publish(&gate, "packaging", name, Mode::Signup, &recorder.url());
        Visitor::new(site(&gate, name), Style::Browser).get("/").expect(303);
    }
    let page = owner.page("/w/packaging/settings");
    for named in ["robot", "scale"] {
        assert!(page.contains(named), "{named}: {page}");
    }
    let default = owner.page("/w/default/settings");
    assert!(!crate::support::page::has_form(&default, "/delete"), "the default one is fixed: {default}");
}

/// A configuration that names a workspace makes it; deleting it in the console does not make the next start fail.
#[test]
fn workspaces_of_the_configuration_are_there() {
    let recorder = Recorder::start();
    let mut gate = Gate::plan()
        .app(App::new("hmi", Mode::Signup, &recorder))
        .app(App::new("far", Mode::Signup, &recorder).with("workspace = \"other\""))
        .start();
    let owner = Member::first(&gate);
    let mut names: Vec<String> = owner.list(ALL).iter().map(|workspace| text(workspace, "name")).collect();
    names.sort_unstable();
    assert_eq!(names, ["default", "other"]);
    done(&owner.delete(&format!("{ALL}/other?with_apps=true")));
    gate.restart();
    // The file says that the app exists, so it comes back, empty.
    assert!(owner.list(&format!("{ALL}/other/apps/far/users")).is_empty());
}

/// B2. An agency has a workspace for each customer, each with members of its own.
#[test]
fn each_workspace_has_its_own_members() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    for name in ["alpha", "beta"] {
        owner.makes_workspace(name, name);
        publish(&gate, name, &format!("{name}-app"), Mode::Public, &recorder.url());
    }
    let (alpha, beta) = (
        owner.brings_with_full_access(&gate, "a@plant.example", "alpha"),
        owner.brings_with_full_access(&gate, "b@plant.example", "beta"),
    );
    for (member, own, foreign) in [(&alpha, "alpha", "beta"), (&beta, "beta", "alpha")] {
        let names: Vec<String> = member.list(ALL).iter().map(|workspace| text(workspace, "name")).collect();
        assert_eq!(names, [own]);
        let apps: Vec<String> = member.list("/api/v1/apps").iter().map(|app| text(app, "name")).collect();
        assert_eq!(apps, [format!("{own}-app")]);
        member.patch(&format!("{ALL}/{own}/apps/{own}-app"), &json!({ "title": "Mine" })).expect(200);
        member.get(&format!("{ALL}/{foreign}/apps/{foreign}-app")).problem(404);
    }
}

/// B5. No role in a workspace makes another workspace; the operator's account key does, a workspace's key does not.
#[test]
fn workspaces_are_made_at_the_account_only() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let full = owner.brings_with_full_access(&gate, "paul@plant.example", "default");
    let body = json!({ "name": "mine", "title": "Mine" });
    assert!(matches!(full.post(ALL, &body).status, 403 | 404));
    let key = text(&owner.makes_key("k", "workspace:default"), "secret");
    assert!(matches!(Api::new(gate.console(), &key).post(ALL, &body).status, 403 | 404));
    assert_eq!(owner.list(ALL).len(), 1);
    gate.api().post(ALL, &body).expect(201);
}

/// A7, B6. As many apps as one likes, in one workspace.
#[test]
fn a_workspace_holds_any_number_of_apps() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    for n in 0..150 {
        let name = format!("app{n:03}");
        let body = json!({
            "name": name, "title": name, "url": site(&gate, &name).url(""), "upstream": recorder.url(), "access": "public",
        });
        owner.post(&format!("{ALL}/default/apps"), &body).expect(201);
    }
    let first = owner.get(&format!("{ALL}/default/apps?limit=1000")).expect(200).json();
    assert_eq!(first["items"].as_array().map(Vec::len), Some(151));
    for n in [0, 75, 149] {
        site(&gate, &format!("app{n:03}")).bare_get("/works").expect(200);
    }
}

/// B1. The switcher at the top shows the workspaces that one may see, and no others.
#[test]
fn the_switcher_shows_ones_own_workspaces() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut owner = Member::first(&gate);
    owner.makes_workspace("packaging", "Packaging hall");
    owner.makes_workspace("paint", "Paint shop");
    let page = owner.page("/w/packaging/apps");
    for title in ["Default Workspace", "Packaging hall", "Paint shop"] {
        assert!(page.contains(title), "{title}: {page}");
    }
    let mut paul = owner.brings_with_full_access(&gate, "paul@plant.example", "packaging");
    let page = paul.page("/w/packaging/apps");
    assert!(page.contains("Packaging hall") && !page.contains("Paint shop") && !page.contains("Default Workspace"));
    // Where one was last is where one comes back to.
    assert!(paul.browser.get("/").location().ends_with("/w/packaging/apps"));
    owner.browser.send(&Request::get("/w/paint/apps")).page(200);
    let back = owner.browser.get("/");
    assert!(back.location().ends_with("/w/paint/apps"), "{}", back.summary());
}
