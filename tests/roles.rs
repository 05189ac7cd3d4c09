//! Roles: named sets of permissions, effective on the next click and on every open stream (A9).

use serde_json::{Value, json};

use crate::support::api::{done, id, path, text};
use crate::support::{App, Gate, Member, Mode, Recorder, Response};

const PAUL: &str = "paul@plant.example";
const ROLES: &str = "/api/v1/roles";

const ALL: [&str; 10] = [
    "see-apps",
    "create-apps",
    "edit-apps",
    "change-access",
    "delete-apps",
    "see-users",
    "manage-users",
    "see-audit",
    "manage-members",
    "edit-workspace",
];

fn gate_before(recorder: &Recorder) -> Gate {
    Gate::before(App::new("hmi", Mode::Signup, recorder))
}

fn place(role: &str) -> String {
    format!("{ROLES}/{role}")
}

#[track_caller]
fn refused(answer: &Response, status: u16, code: &str) {
    let problem = answer.problem(status);
    assert_eq!(problem["type"], format!("urn:millgate:problem:{code}"), "{problem}");
}

fn sorted(role: &Value) -> Vec<String> {
    let list = role["permissions"].as_array().unwrap_or_else(|| panic!("no permissions: {role}"));
    let mut words: Vec<String> = list.iter().map(|word| word.as_str().expect("a word").to_owned()).collect();
    words.sort_unstable();
    words
}

fn all_sorted() -> Vec<String> {
    let mut all = ALL.map(str::to_owned).to_vec();
    all.sort_unstable();
    all
}

#[test]
fn full_access_is_always_there_and_stays_what_it_is() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let roles = owner.list(ROLES);
    assert_eq!(roles.len(), 1, "{roles:?}");
    assert_eq!((roles[0]["name"].as_str(), sorted(&roles[0])), (Some("Full access"), all_sorted()));
    let at = place(&id(&roles[0]));
    assert_eq!(owner.get(&at).expect(200).json(), roles[0]);
    refused(&owner.patch(&at, &json!({ "name": "Less" })), 409, "fixed");
    refused(&owner.patch(&at, &json!({ "permissions": [] })), 409, "fixed");
    refused(&owner.delete(&at), 409, "fixed");
    assert_eq!(owner.list(ROLES), roles);
}

#[test]
fn a_role_is_created_changed_and_deleted() {
    let recorder = Recorder::start();
    let mut gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let body = json!({ "name": "Shift lead", "permissions": ["see-users", "see-apps"] });
    let made = owner.post(ROLES, &body).expect(201);
    let role = made.json();
    assert_eq!(sorted(&role), ["see-apps", "see-users"]);
    let at = made.header("location").expect("a Location").to_owned();
    assert_eq!(owner.get(&at).expect(200).json(), role);
    let changed = owner.patch(&at, &json!({ "name": "Foreman", "permissions": ["see-apps"] })).expect(200).json();
    assert_eq!(
        (changed["name"].as_str(), sorted(&changed), id(&changed)),
        (Some("Foreman"), vec!["see-apps".to_owned()], id(&role))
    );
    gate.kill();
    gate.start_again();
    assert_eq!(owner.get(&at).expect(200).json(), changed);
    done(&owner.delete(&at));
    owner.get(&at).problem(404);
    owner.delete(&at).problem(404);
    assert_eq!(owner.list(ROLES).len(), 1);
}

#[test]
fn a_role_that_cannot_be_is_refused_field_by_field() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let role = owner.makes_role("Watcher", &["see-apps"]);
    for (field, body) in [
        ("name", json!({ "name": "", "permissions": [] })),
        ("name", json!({ "name": "x".repeat(1000), "permissions": [] })),
        ("name", json!({ "name": "a\u{0}b", "permissions": [] })),
        ("name", json!({ "permissions": [] })),
        ("permissions", json!({ "name": "New", "permissions": ["see-everything"] })),
        ("permissions", json!({ "name": "New", "permissions": "see-apps" })),
        ("unknown_key", json!({ "name": "New", "permissions": [], "unknown_key": 1 })),
    ] {
        let problem = owner.post(ROLES, &body).problem(422);
        let errors = problem["errors"].as_array().expect("errors");
        assert!(
            errors.iter().any(|error| error["field"].as_str().is_some_and(|name| name.starts_with(field))),
            "{field}: {problem}"
        );
    }
    // One name is one role, however it is written.
    for name in ["watcher", "WATCHER", " Watcher ", "full ACCESS"] {
        owner.post(ROLES, &json!({ "name": name, "permissions": [] })).problem(409);
    }
    let other = owner.makes_role("Other", &[]);
    owner.patch(&place(&other), &json!({ "name": "wATCHER" })).problem(409);
    owner.patch(&place(&role), &json!({ "name": "WATCHER" })).expect(200);
    assert_eq!(owner.list(ROLES).len(), 3);
}

#[test]
fn a_role_in_use_is_deleted_only_with_another_in_its_place() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let (old, new) = (owner.makes_role("Old", &["see-apps"]), owner.makes_role("New", &["see-apps", "edit-apps"]));
    let paul = owner.brings(&gate, PAUL, &json!({ "roles": [{ "workspace": "default", "role": old }] }));
    refused(&owner.delete(&place(&old)), 409, "in-use");
    for wrong in ["0000000000000", &old, "no-id"] {
        let status = owner.delete(&format!("{}?reassign={wrong}", place(&old))).status;
        assert!(matches!(status, 404 | 409 | 422), "{wrong}: {status}");
    }
    paul.get(&path("hmi", "")).expect(200);
    done(&owner.delete(&format!("{}?reassign={new}", place(&old))));
    paul.patch(&path("hmi", ""), &json!({ "title": "Line" })).expect(200);
    let row = owner.get(&format!("/api/v1/members/{}", owner.id_of(PAUL))).expect(200).json();
    assert_eq!((row["roles"][0]["role"].as_str(), row["roles"][0]["role_name"].as_str()), (Some(&*new), Some("New")));
}

/// A9. What a role permits is asked at every call: extended and restricted, it is so on the next click.
#[test]
fn a_changed_role_is_effective_on_the_next_click() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let mut paul = owner.brings_with(&gate, PAUL, "default", &["see-apps"]);
    let role = owner.role_named(PAUL);
    let set = |words: &[&str]| done(&owner.patch(&place(&role), &json!({ "permissions": words })));
    paul.get(&path("hmi", "/users")).problem(403);
    set(&["see-apps", "see-users"]);
    paul.get(&path("hmi", "/users")).expect(200);
    paul.page("/w/default/apps/hmi/users");
    set(&["see-apps"]);
    paul.get(&path("hmi", "/users")).problem(403);
    assert!(matches!(paul.browser.get("/w/default/apps/hmi/users").status, 403 | 404));
    set(&[]);
    paul.get(&path("hmi", "")).problem(404);
    assert!(paul.list("/api/v1/apps").is_empty());
    set(&ALL);
    paul.patch(&path("hmi", ""), &json!({ "title": "Line" })).expect(200);
    let mine = paul.me()["workspaces"][0].clone();
    assert_eq!(sorted(&mine), all_sorted());
}

/// A9, T23. An open stream ends when its right does, by whatever way, and no other stream feels it.
#[test]
fn t23_an_open_stream_ends_with_the_right_to_it() {
    type Cause = fn(&Member, &str, &str);
    let causes: [(&str, Cause); 4] = [
        ("the role is restricted", |owner, _, role| {
            done(&owner.patch(&place(role), &json!({ "permissions": ["see-apps"] })));
        }),
        ("another role is assigned", |owner, member, _| {
            let less = owner.makes_role("Less", &["see-apps"]);
            let at = format!("/api/v1/members/{}/roles/default", owner.id_of(member));
            done(&owner.put(&at, &json!({ "role": less })));
        }),
        ("the role is taken away", |owner, member, _| {
            done(&owner.delete(&format!("/api/v1/members/{}/roles/default", owner.id_of(member))));
        }),
        ("the member is removed", |owner, member, _| {
            done(&owner.delete(&format!("/api/v1/members/{}", owner.id_of(member))));
        }),
    ];
    for (what, cause) in causes {
        let recorder = Recorder::start();
        let gate = gate_before(&recorder);
        let owner = Member::first(&gate);
        let paul = owner.brings_with(&gate, PAUL, "default", &["see-apps", "see-users"]);
        let (mut cut, mut kept) = (paul.events(&path("hmi", "/events")), owner.events(&path("hmi", "/events")));
        cause(&owner, PAUL, &owner.role_named(PAUL));
        gate.visitor("hmi").sign_up("late@example.com").expect(303);
        cut.assert_cut();
        assert!(!cut.heard.contains("late@example.com"), "{what}: {}", cut.heard);
        kept.wait("user", |user| user["email"] == "late@example.com");
    }
}

#[test]
fn a_stream_stays_when_the_right_to_it_stays() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let paul = owner.brings_with(&gate, PAUL, "default", &["see-apps", "see-users"]);
    let mut stream = paul.events(&path("hmi", "/events"));
    let role = owner.role_named(PAUL);
    done(&owner.patch(&place(&role), &json!({ "permissions": ["see-apps", "see-users", "edit-apps"] })));
    done(&owner.patch(&place(&role), &json!({ "name": "Renamed" })));
    gate.visitor("hmi").sign_up("new@example.com").expect(303);
    stream.wait("user", |user| user["email"] == "new@example.com");
}

#[test]
fn roles_are_the_owners_to_make() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let full = owner.brings_with_full_access(&gate, PAUL, "default");
    let role = owner.makes_role("Watcher", &["see-apps"]);
    for status in [
        full.post(ROLES, &json!({ "name": "Mine", "permissions": [] })).status,
        full.patch(&place(&role), &json!({ "permissions": ["edit-apps"] })).status,
        full.delete(&place(&role)).status,
    ] {
        assert!(matches!(status, 403 | 404), "{status}");
    }
    assert_eq!(owner.list(ROLES).len(), 2);
    // Whoever assigns roles can read which there are.
    assert!(full.list(ROLES).iter().any(|row| text(row, "id") == role));
}

#[test]
fn two_changes_of_one_role_do_not_overwrite_each_other() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let role = place(&owner.makes_role("Watcher", &["see-apps"]));
    let seen = owner.get(&role).expect(200);
    let tag = seen.header("etag").expect("an ETag").to_owned();
    let with_tag = |body: &Value| owner.send(&owner.request("PATCH", &role, Some(body)).header("If-Match", &tag));
    with_tag(&json!({ "name": "First" })).expect(200);
    with_tag(&json!({ "name": "Second" })).problem(412);
    assert_eq!(owner.get(&role).expect(200).json()["name"], "First");
}
