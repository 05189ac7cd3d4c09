//! Members by the API: invited, promoted, given roles and removed; there is always an owner (A1, A9, B3).

use serde_json::{Value, json};

use crate::support::api::{done, path, text};
use crate::support::clock::DAY;
use crate::support::member::console;
use crate::support::{Api, App, Clock, Gate, Member, Mode, OWNER, PASSWORD, Recorder, SmtpSink, qr};

const PAUL: &str = "paul@plant.example";
const NORA: &str = "nora@plant.example";
const MEMBERS: &str = "/api/v1/members";
const INVITES: &str = "/api/v1/members/invites";

fn gate_before(recorder: &Recorder) -> Gate {
    Gate::plan()
        .app(App::new("hmi", Mode::Signup, recorder))
        .app(App::new("far", Mode::Signup, recorder).with("workspace = \"other\""))
        .start()
}

fn place(owner: &Member, email: &str) -> String {
    format!("{MEMBERS}/{}", owner.id_of(email))
}

fn emails(rows: &[Value]) -> Vec<&str> {
    let mut emails: Vec<&str> = rows.iter().map(|row| row["email"].as_str().expect("an address")).collect();
    emails.sort_unstable();
    emails
}

#[track_caller]
fn refused(answer: &crate::support::Response, status: u16, code: &str) {
    let problem = answer.problem(status);
    assert_eq!(problem["type"], format!("urn:millgate:problem:{code}"), "{problem}");
}

#[test]
fn a_member_row_tells_who_since_when_and_with_which_roles() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    owner.brings_with_full_access(&gate, PAUL, "default").me();
    let row = owner.get(&place(&owner, PAUL)).expect(200).json();
    assert_eq!((row["email"].as_str(), row["owner"].as_bool()), (Some(PAUL), Some(false)), "{row}");
    assert_eq!((row["given_name"].as_str(), row["family_name"].as_str()), (Some("Ada"), Some("Lovelace")), "{row}");
    assert_eq!(row["name"], "Ada Lovelace");
    let role = json!([{ "workspace": "default", "role": owner.role_named("Full access"), "role_name": "Full access" }]);
    assert_eq!(row["roles"], role, "{row}");
    assert!(row["since"].as_str().is_some_and(|time| time.ends_with('Z')), "{row}");
    assert!(row["last_seen_at"].as_str().is_some_and(|time| time.ends_with('Z')), "{row}");
    assert!(!row.to_string().contains("argon2") && !row.to_string().contains(PASSWORD));
    assert_eq!(emails(&owner.list(MEMBERS)), [OWNER, PAUL]);
    assert_eq!(emails(&owner.list(&format!("{MEMBERS}?q=PAUL"))), [PAUL]);
    let page = owner.get(&format!("{MEMBERS}?limit=1")).expect(200).json();
    assert!(page["next"].is_string() && page["items"].as_array().is_some_and(|items| items.len() == 1), "{page}");
    owner.get(&format!("{MEMBERS}/0000000000000")).problem(404);
}

#[test]
fn an_invited_member_comes_in_by_the_link_with_the_roles_that_were_named() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let role = owner.makes_role("Watcher", &["see-apps"]);
    let roles = json!([{ "workspace": "default", "role": role }, { "workspace": "other", "role": role }]);
    let body = json!({ "email": "Paul@Plant.Example", "given_name": "Paul", "family_name": "Plant", "roles": roles, "mail": false });
    let invite = owner.post(MEMBERS, &body).expect(201).json();
    assert!(text(&invite, "link").starts_with(&gate.console().url("/.millgate/invite/")), "{invite}");
    assert_eq!(invite["email"], PAUL, "{invite}");
    assert!(invite["qr"].is_null() || qr::read(&text(&invite, "qr")) == text(&invite, "link"));
    assert_eq!(emails(&owner.list(MEMBERS)), [OWNER], "not yet a member");
    assert_eq!(emails(&owner.list(INVITES)), [PAUL]);
    let mut browser = console(&gate);
    let at = browser.local(&text(&invite, "link"));
    let page = browser.get(&at).page(200);
    assert_eq!(crate::support::page::field(&page, "given_name").as_deref(), Some("Paul"));
    browser.accept(&text(&invite, "link")).expect(303);
    let paul = Member { browser };
    let workspaces = paul.me()["workspaces"].as_array().expect("a list").clone();
    let names: Vec<&str> = workspaces.iter().filter_map(|workspace| workspace["name"].as_str()).collect();
    assert_eq!(names, ["default", "other"]);
    assert!(workspaces.iter().all(|workspace| workspace["permissions"] == json!(["see-apps"])), "{workspaces:?}");
    let pending = owner.list(&format!("{INVITES}?state=pending"));
    assert!(pending.is_empty(), "{pending:?}");
    let again = console(&gate).post(&at, &[("password", PASSWORD)]);
    assert!((400..500).contains(&again.status), "single use: {}", again.summary());
}

/// F4. Resend, copy the link, withdraw: as for the invites of apps.
#[test]
fn pending_member_invites_are_renewed_and_withdrawn() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let first = owner.invites(PAUL, &json!({ "roles": [] }));
    let at = format!("{INVITES}/{}", text(&first, "id"));
    let renewed = owner.post(&format!("{at}/renew"), &json!({ "send": false })).expect(200).json();
    assert_ne!(renewed["link"], first["link"]);
    let dead = |link: &str| {
        let mut browser = console(&gate);
        let path = browser.local(link);
        let answer = browser.post(&path, &[("password", PASSWORD), ("given_name", "P"), ("family_name", "P")]);
        assert!((400..500).contains(&answer.status), "{}", answer.summary());
    };
    dead(&text(&first, "link"));
    console(&gate).accept(&text(&renewed, "link")).expect(303);
    let second = owner.invites(NORA, &json!({ "roles": [] }));
    done(&owner.delete(&format!("{INVITES}/{}", text(&second, "id"))));
    dead(&text(&second, "link"));
    let third = owner.invites(NORA, &json!({ "roles": [] }));
    let fourth = owner.invites(NORA, &json!({ "roles": [] }));
    dead(&text(&third, "link"));
    console(&gate).accept(&text(&fourth, "link")).expect(303);
    assert_eq!(owner.list(MEMBERS).len(), 3);
    owner.delete(&format!("{INVITES}/0000000000000")).problem(404);
}

#[test]
fn an_invite_that_cannot_be_is_refused_field_by_field() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let full = owner.role_named("Full access");
    for (field, body) in [
        ("email", json!({ "email": "no address" })),
        ("email", json!({ "email": "4711" })),
        ("email", json!({})),
        ("owner", json!({ "email": PAUL, "owner": "yes" })),
        ("roles", json!({ "email": PAUL, "roles": "all" })),
        ("roles", json!({ "email": PAUL, "roles": [{ "workspace": "none", "role": full }] })),
        ("roles", json!({ "email": PAUL, "roles": [{ "workspace": "default", "role": "0000000000000" }] })),
        ("unknown_key", json!({ "email": PAUL, "unknown_key": 1 })),
    ] {
        let problem = owner.post(MEMBERS, &body).problem(422);
        let errors = problem["errors"].as_array().expect("errors");
        let at_field = |error: &Value| error["field"].as_str().is_some_and(|name| name.starts_with(field));
        assert!(errors.iter().any(at_field), "{field}: {problem}");
    }
    owner.post(MEMBERS, &json!({ "email": OWNER, "mail": false })).problem(409);
    assert!(owner.list(INVITES).is_empty());
}

#[test]
fn t16_an_invite_to_the_console_expires_and_outlives_a_restart() {
    let clock = Clock::new();
    let recorder = Recorder::start();
    let mut gate = clock.rules(Gate::plan().app(App::new("hmi", Mode::Signup, &recorder))).start();
    let owner = Member::first(&gate);
    let (late, good) = (owner.invites(PAUL, &json!({ "roles": [] })), owner.invites(NORA, &json!({ "roles": [] })));
    gate.restart();
    console(&gate).accept(&text(&good, "link")).expect(303);
    clock.ahead(15 * DAY);
    let mut browser = console(&gate);
    let at = browser.local(&text(&late, "link"));
    let answer = browser.post(&at, &[("password", PASSWORD), ("given_name", "P"), ("family_name", "P")]);
    assert!((400..500).contains(&answer.status), "{}", answer.summary());
}

/// F7 in passing: by mail where there is a mail server, and the letter does not speak of an app called console.
#[test]
fn with_a_mail_server_the_invite_comes_by_mail() {
    let recorder = Recorder::start();
    let sink = SmtpSink::start();
    let plan = Gate::plan().app(App::new("hmi", Mode::Signup, &recorder));
    let gate = plan.table(&sink.table()).start();
    let owner = Member::first(&gate);
    owner.post(MEMBERS, &json!({ "email": PAUL, "roles": [] })).expect(201);
    let mail = sink.mail_to(PAUL);
    assert!(mail.link().starts_with(&gate.console().url("/.millgate/invite/")), "{}", mail.text);
    console(&gate).accept(&mail.link()).expect(303);
    Member::signed_in(&gate, PAUL).me();
}

/// A co-owner who goes does not come back by what they left: an invitation to be an owner ends with them, another stays,
/// and whoever removes them is told of the keys that they made.
#[test]
fn what_an_owner_promised_ends_when_they_go_or_are_owners_no_more() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut owner = Member::first(&gate);
    let paul = owner.brings(&gate, PAUL, &json!({ "owner": true }));
    paul.makes_key("his line", "account");
    let id = owner.id_of(PAUL);
    let way_back = paul.invites("back@plant.example", &json!({ "owner": true }));
    let plain = paul.invites(NORA, &json!({ "roles": [] }));
    let page = owner.page(&format!("/account/members/{id}/remove"));
    assert!(page.contains("his line") && page.contains("every invitation of an owner"), "{page}");
    done(&owner.delete(&place(&owner, PAUL)));
    let mut browser = console(&gate);
    let at = browser.local(&text(&way_back, "link"));
    browser.get(&at).expect(410);
    console(&gate).accept(&text(&plain, "link")).expect(303);

    owner.patch(&place(&owner, NORA), &json!({ "owner": true })).expect(200);
    let promised = owner.invites(PAUL, &json!({ "owner": true }));
    owner.patch(&place(&owner, NORA), &json!({ "owner": false })).expect(200);
    let at = browser.local(&text(&promised, "link"));
    browser.get(&at).expect(410);
}

/// A1. The last owner can be neither deleted nor demoted; with a second one, either can.
#[test]
fn the_last_owner_is_neither_removed_nor_demoted() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let at = place(&owner, OWNER);
    refused(&owner.delete(&at), 409, "last-owner");
    refused(&owner.patch(&at, &json!({ "owner": false })), 409, "last-owner");
    refused(&gate.api().delete(&at), 409, "last-owner");
    refused(&gate.api().patch(&at, &json!({ "owner": false })), 409, "last-owner");
    assert_eq!(owner.me()["owner"], true);

    let second = owner.brings(&gate, PAUL, &json!({ "owner": true }));
    assert_eq!(second.me()["owner"], true);
    done(&second.patch(&at, &json!({ "owner": false })));
    assert_eq!(owner.me()["owner"], false);
    assert!(owner.list("/api/v1/apps").is_empty(), "an owner without a role sees nothing afterwards");
    refused(&second.delete(&place(&second, PAUL)), 409, "last-owner");
    done(&second.patch(&at, &json!({ "owner": true })));
    done(&owner.delete(&place(&owner, PAUL)));
    second.get("/api/v1/me").problem(401);
    refused(&owner.delete(&at), 409, "last-owner");
}

/// A1. Two owners who remove or demote each other at the same moment: one of them stays an owner.
#[test]
fn two_owners_at_once_leave_one() {
    for round in 0..4 {
        let recorder = Recorder::start();
        let gate = gate_before(&recorder);
        let owner = Member::first(&gate);
        owner.brings(&gate, PAUL, &json!({ "owner": true }));
        let places = [place(&owner, OWNER), place(&owner, PAUL)];
        let api = gate.api();
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let call = |at: &String| {
                let (api, at) = (api.clone(), at.clone());
                move || match round % 2 {
                    0 => api.patch(&at, &json!({ "owner": false })).status,
                    _ => api.delete(&at).status,
                }
            };
            let calls: Vec<_> = places.iter().map(|at| scope.spawn(call(at))).collect();
            calls.into_iter().map(|call| call.join().expect("an answer")).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 1, "{round}: {statuses:?}");
        let owners = api.list(MEMBERS).into_iter().filter(|member| member["owner"] == true).count();
        assert_eq!(owners, 1, "{round}");
    }
}

/// T23. A removed member is out at once: sessions, keys and streams; signing in again is refused, and nothing is revived.
#[test]
fn t23_a_removed_member_is_out_at_once_and_nothing_is_revived() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let paul = owner.brings_with_full_access(&gate, PAUL, "default");
    let again = Member::signed_in(&gate, PAUL);
    let key = Api::new(gate.console(), &text(&paul.makes_key("mine", "me"), "secret"));
    key.get(&path("hmi", "")).expect(200);
    let mut stream = paul.events(&path("hmi", "/events"));
    done(&owner.delete(&place(&owner, PAUL)));
    stream.assert_cut();
    for browser in [&paul, &again] {
        browser.get("/api/v1/me").problem(401);
    }
    key.get(&path("hmi", "")).problem(401);
    console(&gate).sign_in(PAUL).expect(401);
    assert_eq!(emails(&owner.list(MEMBERS)), [OWNER]);

    let back = owner.brings(&gate, PAUL, &json!({ "roles": [] }));
    assert!(back.list("/api/v1/apps").is_empty(), "the roles are not revived");
    paul.get("/api/v1/me").problem(401);
    key.get("/api/v1/me").problem(401);
}

#[test]
fn inviting_a_user_of_an_app_makes_a_member_beside_the_user() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let mut user = gate.visitor("hmi");
    user.sign_up(PAUL).expect(303);
    let member = owner.brings(&gate, PAUL, &json!({ "roles": [] }));
    done(&owner.delete(&place(&owner, PAUL)));
    member.get("/api/v1/me").problem(401);
    assert_eq!(user.get("/").seen().user(), PAUL, "the user of the app feels nothing");
}

/// A9, B3. A role is assigned per member and workspace by an owner, and takes effect with the next call.
#[test]
fn roles_are_assigned_and_taken_per_workspace() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let paul = owner.brings(&gate, PAUL, &json!({ "roles": [] }));
    paul.get("/api/v1/workspaces/default").problem(404);
    let watcher = owner.makes_role("Watcher", &["see-apps"]);
    let at = place(&owner, PAUL);
    done(&owner.put(&format!("{at}/roles/default"), &json!({ "role": watcher })));
    paul.get("/api/v1/workspaces/default").expect(200);
    paul.get(&path("hmi", "")).expect(200);
    paul.get("/api/v1/workspaces/other").problem(404);
    done(&owner.put(&format!("{at}/roles/other"), &json!({ "role": watcher })));
    paul.get("/api/v1/workspaces/other/apps/far").expect(200);
    done(&owner.put(&format!("{at}/roles/default"), &json!({ "role": owner.role_named("Full access") })));
    paul.patch(&path("hmi", ""), &json!({ "title": "Line" })).expect(200);
    let row = owner.get(&at).expect(200).json();
    assert_eq!(row["roles"].as_array().map(Vec::len), Some(2), "one role for each workspace: {row}");
    done(&owner.delete(&format!("{at}/roles/default")));
    paul.get(&path("hmi", "")).problem(404);
    paul.get("/api/v1/workspaces/other/apps/far").expect(200);
    owner.delete(&format!("{at}/roles/default")).problem(404);
    owner.put(&format!("{at}/roles/none"), &json!({ "role": watcher })).problem(404);
    owner.put(&format!("{at}/roles/default"), &json!({ "role": "0000000000000" })).problem(422);
    owner.put(&format!("{MEMBERS}/0000000000000/roles/default"), &json!({ "role": watcher })).problem(404);
}

/// B3. The delegated permission assigns in its workspace only, and never more than its holder has.
#[test]
fn who_manages_members_gives_no_more_than_they_have() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let full = owner.role_named("Full access");
    let watcher = owner.makes_role("Watcher", &["see-apps"]);
    let deputy = owner.brings_with(&gate, "deputy@plant.example", "default", &["see-apps", "manage-members"]);
    let colleague = owner.brings(&gate, PAUL, &json!({ "roles": [{ "workspace": "default", "role": watcher }] }));
    let at = place(&owner, PAUL);
    done(&deputy.delete(&format!("{at}/roles/default")));
    colleague.get(&path("hmi", "")).problem(404);
    // Still a member, so that the deputy, who saw them, may have lost sight of them now: the owner puts them back.
    done(&owner.put(&format!("{at}/roles/default"), &json!({ "role": watcher })));
    refused(&deputy.put(&format!("{at}/roles/default"), &json!({ "role": full })), 403, "not-allowed");
    deputy.put(&format!("{at}/roles/other"), &json!({ "role": watcher })).problem(404);
    let own = place(&owner, "deputy@plant.example");
    refused(&deputy.put(&format!("{own}/roles/default"), &json!({ "role": full })), 403, "not-allowed");
    for status in [
        deputy.patch(&own, &json!({ "owner": true })).status,
        deputy.post(MEMBERS, &json!({ "email": "new@plant.example", "owner": true, "mail": false })).status,
        deputy.delete(&at).status,
        deputy.delete(&place(&owner, OWNER)).status,
    ] {
        assert!(matches!(status, 403 | 404), "{status}");
    }
    // Whoever has more than the deputy keeps it.
    let strong = owner.brings_with_full_access(&gate, NORA, "default");
    let at = place(&owner, NORA);
    refused(&deputy.put(&format!("{at}/roles/default"), &json!({ "role": watcher })), 403, "not-allowed");
    refused(&deputy.delete(&format!("{at}/roles/default")), 403, "not-allowed");
    strong.patch(&path("hmi", ""), &json!({ "title": "Line" })).expect(200);
}

#[test]
fn who_manages_members_of_a_workspace_sees_only_who_shares_it() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let deputy = owner.brings_with(&gate, "deputy@plant.example", "default", &["see-apps", "manage-members"]);
    owner.brings_with(&gate, PAUL, "default", &["see-apps"]);
    owner.brings_with(&gate, NORA, "other", &["see-apps"]);
    let rows = deputy.list(MEMBERS);
    assert!(!emails(&rows).contains(&NORA), "{rows:?}");
    assert!(emails(&rows).contains(&PAUL), "{rows:?}");
    let told = serde_json::to_string(&rows).expect("text");
    assert!(!told.contains("\"other\""), "no word of the other workspace: {told}");
    deputy.get(&place(&owner, NORA)).problem(404);
    let plain = Member::signed_in(&gate, PAUL);
    assert!(matches!(plain.get(MEMBERS).status, 403 | 404));
    assert!(matches!(plain.get(INVITES).status, 403 | 404));
    assert!(matches!(plain.get(&place(&owner, OWNER)).status, 403 | 404));
}

/// A role that is gone before the invite is accepted gives nothing, and the invite still works.
#[test]
fn an_invite_gives_what_its_roles_are_when_it_is_accepted() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let (grows, goes) = (owner.makes_role("Grows", &["see-apps"]), owner.makes_role("Goes", &["see-apps"]));
    let roles = json!([{ "workspace": "default", "role": grows }, { "workspace": "other", "role": goes }]);
    let invite = owner.invites(PAUL, &json!({ "roles": roles }));
    done(&owner.patch(&format!("/api/v1/roles/{grows}"), &json!({ "permissions": ["see-apps", "edit-apps"] })));
    let deleted = owner.delete(&format!("/api/v1/roles/{goes}"));
    let mut browser = console(&gate);
    browser.accept(&text(&invite, "link")).expect(303);
    let paul = Member { browser };
    paul.patch(&path("hmi", ""), &json!({ "title": "Line" })).expect(200);
    // A pending invite may hold on to its role (409) or lose it; it never gives something else.
    match deleted.status {
        409 => done(&paul.get("/api/v1/workspaces/other/apps/far")),
        _ => drop(paul.get("/api/v1/workspaces/other").problem(404)),
    }
}
