//! The matrix: each permission opens its own endpoints and no other; what one may not see is not there (A9, B3).

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::support::api::{id, path};
use crate::support::gate::ACCOUNT_KEY;
use crate::support::{Api, App, Gate, Member, Mode, Recorder};

const ADA: &str = "ada@example.com";
const NOBODY: &str = "0000000000000";
const W: &str = "/api/v1/workspaces/default";

/// What is asked: a method, a path and a body that changes nothing even where it is allowed.
struct Ask {
    method: &'static str,
    path: String,
    body: Option<Value>,
    needs: &'static str,
}

fn ask(method: &'static str, path: impl Into<String>, body: Option<Value>, needs: &'static str) -> Ask {
    Ask { method, path: path.into(), body, needs }
}

const PERMISSIONS: [&str; 10] = [
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

/// Every class of endpoints below a workspace.
fn asks(ada: &str, colleague: &str) -> Vec<Ask> {
    let app = |rest: &str| path("hmi", rest);
    let mut asks = vec![
        ask("GET", W, None, "see-apps"),
        ask("GET", format!("{W}/apps"), None, "see-apps"),
        ask("GET", app(""), None, "see-apps"),
        ask("GET", app("/qr.svg"), None, "see-apps"),
        ask("POST", format!("{W}/apps"), Some(json!({})), "create-apps"),
        ask("POST", app("/copy"), Some(json!({})), "create-apps"),
        ask("POST", app("/move"), Some(json!({})), "delete-apps"),
        ask("GET", format!("{W}/audit"), None, "see-audit"),
        ask("PUT", format!("/api/v1/members/{colleague}/roles/default"), Some(json!({})), "manage-members"),
        ask("PATCH", W, Some(json!({ "title": 5 })), "edit-workspace"),
        ask("DELETE", format!("{W}/apps/spare"), None, "delete-apps"),
    ];
    for (key, value) in [("title", json!("Line 4")), ("running", json!(true)), ("user_header", json!("X-User"))] {
        asks.push(ask("PATCH", app(""), Some(json!({ (key): value })), "edit-apps"));
    }
    for (key, value) in [
        ("access", json!("signup")),
        ("master_password", json!("another-master-password")),
        ("approval", json!(false)),
        ("sign_up_domains", json!([])),
        ("providers", Value::Null),
    ] {
        asks.push(ask("PATCH", app(""), Some(json!({ (key): value })), "change-access"));
    }
    for rest in ["/users", &format!("/users/{ada}"), "/sessions", "/invites", "/figures"] {
        asks.push(ask("GET", app(rest), None, "see-users"));
    }
    for (method, rest) in [
        ("POST", "/users".to_owned()),
        ("POST", "/invites".to_owned()),
        ("POST", "/access-links".to_owned()),
        ("PATCH", format!("/users/{NOBODY}")),
        ("DELETE", format!("/users/{NOBODY}")),
        ("POST", format!("/users/{NOBODY}/approve")),
        ("POST", format!("/users/{NOBODY}/reset-link")),
        ("POST", format!("/users/{NOBODY}/sign-out")),
        ("DELETE", format!("/sessions/{}", "A".repeat(43))),
        ("DELETE", format!("/invites/{NOBODY}")),
        ("POST", format!("/invites/{NOBODY}/renew")),
    ] {
        let body = (method != "DELETE").then(|| json!({}));
        asks.push(ask(method, app(&rest), body, "manage-users"));
    }
    asks
}

struct Plant {
    gate: Gate,
    owner: Member,
    ada: String,
    colleague: String,
}

impl Plant {
    fn before(recorder: &Recorder) -> Plant {
        let gate = Gate::plan()
            .app(App::new("hmi", Mode::Signup, recorder).with("title = \"Line 4\""))
            .app(App::new("far", Mode::Signup, recorder).with("workspace = \"other\""))
            .start();
        let owner = Member::first(&gate);
        gate.visitor("hmi").sign_up(ADA).expect(303);
        let ada = id(&gate.api().user("hmi", ADA));
        owner.brings_with(&gate, "colleague@plant.example", "default", &[]);
        let colleague = owner.id_of("colleague@plant.example");
        Plant { gate, owner, ada, colleague }
    }

    /// An app that may be deleted.
    fn spare(&self) {
        let url = format!("http://spare.localhost:{}", self.gate.port());
        let body = json!({ "name": "spare", "url": url, "upstream": "http://127.0.0.1:9", "access": "public" });
        let status = self.gate.api().post(&format!("{W}/apps"), &body).status;
        assert!(matches!(status, 201 | 409), "{status}");
    }
}

/// A9. Beside seeing the apps, one permission at a time: it opens what it is for, and for all else it is named as missing.
#[test]
fn each_permission_opens_its_endpoints_and_no_others() {
    let recorder = Recorder::start();
    let plant = Plant::before(&recorder);
    for permission in PERMISSIONS {
        plant.spare();
        let email = format!("{permission}@plant.example");
        let held: HashSet<&str> = ["see-apps", permission].into();
        let words: Vec<&str> = held.iter().copied().collect();
        let member = plant.owner.brings_with(&plant.gate, &email, "default", &words);
        for Ask { method, path, body, needs } in asks(&plant.ada, &plant.colleague) {
            let answer = member.call(method, &path, body.as_ref());
            let what = format!("{permission}: {method} {path} {body:?}: {}", answer.summary());
            if held.contains(needs) {
                assert!(answer.status < 500 && !matches!(answer.status, 401 | 403 | 405), "{what}");
                assert!(answer.status != 404 || path.contains(NOBODY) || path.contains("AAAA"), "{what}");
            } else {
                assert_eq!(answer.status, 403, "{what}");
                let problem = answer.problem(403);
                assert_eq!(problem["type"], "urn:millgate:problem:not-allowed", "{what}");
                assert_eq!(problem["permission"], needs, "{what}");
            }
        }
    }
    assert_eq!(plant.gate.api().users("hmi").len(), 1);
}

/// A9. Streams need the same right as the lists that they keep up to date.
#[test]
fn streams_need_the_right_of_their_lists() {
    let recorder = Recorder::start();
    let plant = Plant::before(&recorder);
    for permission in PERMISSIONS {
        let email = format!("{permission}@plant.example");
        let member = plant.owner.brings_with(&plant.gate, &email, "default", &["see-apps", permission]);
        drop(member.events(&format!("{W}/events")));
        if permission == "see-users" {
            drop(member.events(&path("hmi", "/events")));
        } else {
            member.get(&path("hmi", "/events")).problem(403);
        }
    }
}

/// B1. Without a role in a workspace nothing in it is there, whatever one may elsewhere.
#[test]
fn without_a_role_there_every_endpoint_is_not_found() {
    let recorder = Recorder::start();
    let plant = Plant::before(&recorder);
    let elsewhere = plant.owner.brings_with_full_access(&plant.gate, "other@plant.example", "other");
    let nowhere = plant.owner.brings(&plant.gate, "nobody@plant.example", &json!({ "roles": [] }));
    for member in [&elsewhere, &nowhere] {
        for Ask { method, path, body, .. } in asks(&plant.ada, &plant.colleague) {
            member.call(method, &path, body.as_ref()).problem(404);
        }
        member.get(&path("hmi", "/events")).problem(404);
        member.get(&format!("{W}/events")).problem(404);
    }
}

/// B3, B5. What belongs to the whole account is the owners', even beside full access.
#[test]
fn full_access_to_a_workspace_is_no_power_over_the_account() {
    let recorder = Recorder::start();
    let plant = Plant::before(&recorder);
    let full = plant.owner.brings_with_full_access(&plant.gate, "full@plant.example", "default");
    let own = plant.owner.id_of("full@plant.example");
    for (method, path, body) in [
        ("POST", "/api/v1/workspaces".to_owned(), Some(json!({ "name": "mine", "title": "Mine" }))),
        ("DELETE", W.to_owned(), None),
        ("POST", "/api/v1/members".to_owned(), Some(json!({ "email": "x@plant.example", "roles": [], "mail": false }))),
        ("PATCH", format!("/api/v1/members/{own}"), Some(json!({ "owner": true }))),
        ("DELETE", format!("/api/v1/members/{}", plant.colleague), None),
        ("POST", "/api/v1/roles".to_owned(), Some(json!({ "name": "Mine", "permissions": [] }))),
        ("POST", "/api/v1/keys".to_owned(), Some(json!({ "name": "mine", "scope": "account" }))),
        ("GET", "/api/v1/audit".to_owned(), None),
        ("GET", "/api/v1/mail".to_owned(), None),
        ("POST", "/api/v1/mail/test".to_owned(), Some(json!({ "to": ADA }))),
    ] {
        let answer = full.call(method, &path, body.as_ref());
        assert!(matches!(answer.status, 403 | 404), "{method} {path}: {}", answer.summary());
        answer.problem(answer.status);
    }
    assert_eq!(full.me()["owner"], false);
    assert_eq!(plant.owner.list("/api/v1/workspaces").len(), 2);
}

/// The operator's keys are members of nothing and keep the rights that their scope gives.
#[test]
fn an_account_key_of_the_configuration_may_everything() {
    let recorder = Recorder::start();
    let plant = Plant::before(&recorder);
    plant.spare();
    let key = Api::new(plant.gate.console(), ACCOUNT_KEY);
    for Ask { method, path, body, .. } in asks(&plant.ada, &plant.colleague) {
        let answer = key.call(method, &path, body.as_ref());
        assert!(!matches!(answer.status, 401 | 403 | 405), "{method} {path}: {}", answer.summary());
    }
    let me = key.get("/api/v1/me").expect(200).json();
    assert!(me["kind"].is_string() && me["email"].is_null(), "{me}");
}

/// Permissions in one call that needs two: neither alone is enough, and nothing of it is done.
#[test]
fn a_change_of_two_kinds_needs_both_permissions() {
    let recorder = Recorder::start();
    let plant = Plant::before(&recorder);
    let change = json!({ "title": "Renamed", "access": "public" });
    for permission in ["edit-apps", "change-access"] {
        let email = format!("{permission}@plant.example");
        let member = plant.owner.brings_with(&plant.gate, &email, "default", &["see-apps", permission]);
        member.patch(&path("hmi", ""), &change).problem(403);
        let app = plant.gate.api().app("hmi");
        assert_eq!(
            (app["title"].as_str(), app["access"].as_str()),
            (Some("Line 4"), Some("signup")),
            "nothing is done"
        );
    }
    let both = plant.owner.brings_with(
        &plant.gate,
        "both@plant.example",
        "default",
        &["see-apps", "edit-apps", "change-access"],
    );
    both.patch(&path("hmi", ""), &change).expect(200);
}
