//! Members sign in as users do, in a realm of their own: no member is a user by that, and no user a member (A2, C2).

use serde_json::json;

use crate::support::api::{done, id, path, text};
use crate::support::member::console;
use crate::support::{App, Gate, Member, Mode, OWNER, PASSWORD, Recorder, Visitor};

const ADA: &str = "ada@example.com";

fn gate_before(recorder: &Recorder) -> Gate {
    Gate::plan()
        .app(App::new("hmi", Mode::Signup, recorder))
        .app(App::new("closed", Mode::InviteOnly, recorder))
        .start()
}

/// With an app on an address of its own port: cookies know no ports, so the browser sends those of both.
fn gate_on_one_host(recorder: &Recorder) -> Gate {
    Gate::plan()
        .app(App::new("hmi", Mode::Signup, recorder))
        .app(App::new("port", Mode::Signup, recorder).on_own_port())
        .start()
}

/// What a browser holds of the one is shown at the other.
fn with_cookies_of(mut visitor: Visitor, other: &Visitor) -> Visitor {
    visitor.jar = other.jar.clone();
    visitor
}

/// A2, C2. A member's sign-in opens no app: neither the session nor the password.
#[test]
fn a_members_sign_in_opens_no_app() {
    let recorder = Recorder::start();
    let gate = gate_on_one_host(&recorder);
    let owner = Member::first(&gate);
    for app in ["hmi", "port"] {
        let mut visitor = with_cookies_of(gate.visitor(app), &owner.browser);
        visitor.fetch("/").problem(401);
        visitor.fetch("/.millgate/me").problem(401);
        let page = visitor.get("/.millgate/sign-in").page(200);
        assert!(!page.contains(OWNER), "the console offers nobody to apps: {page}");
        gate.visitor(app).sign_in(OWNER).expect(401);
        let (name, value) = owner.browser.session_cookie().expect("a session");
        let app_id = id(&gate.api().app(app));
        let mut forger = gate.visitor(app);
        forger.jar = vec![(format!("millgate-{app_id}"), value.to_owned(), "/".to_owned())];
        assert_ne!(name, format!("millgate-{app_id}"));
        forger.fetch("/").problem(401);
    }
    assert!(recorder.requests().is_empty());
    assert!(gate.api().users("hmi").is_empty() && gate.api().users("port").is_empty());
}

/// A2, C2. An app user's session opens no console: no page, no API, no account there.
#[test]
fn a_users_session_opens_no_console() {
    let recorder = Recorder::start();
    let gate = gate_on_one_host(&recorder);
    let owner = Member::first(&gate);
    let mut ada = gate.visitor("hmi");
    ada.sign_up(ADA).expect(303);
    let mut at_console = with_cookies_of(console(&gate), &ada);
    for page in ["/w/default/apps", "/account/members", "/profile", "/.millgate/account"] {
        let answer = at_console.get(page);
        assert!(answer.location().contains("/.millgate/sign-in"), "{page}: {}", answer.summary());
    }
    at_console.fetch("/api/v1/me").problem(401);
    let (_, value) = ada.session_cookie().expect("a session");
    let (name, _) = owner.browser.session_cookie().expect("a session");
    let mut forger = console(&gate);
    forger.jar = vec![(name.to_owned(), value.to_owned(), "/".to_owned())];
    forger.fetch("/api/v1/me").problem(401);
    console(&gate).sign_in(ADA).expect(401);
    assert_eq!(owner.list("/api/v1/members").len(), 1);
}

/// A2. One address can be a member and a user, with two passwords that know nothing of each other.
#[test]
fn one_address_as_member_and_as_user_is_two_records() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let mut user = gate.visitor("hmi");
    let fields = [("email", OWNER), ("password", "quite another password"), ("given_name", "O"), ("family_name", "U")];
    user.post("/.millgate/sign-up", &fields).expect(303);
    gate.visitor("hmi").sign_in_with(OWNER, PASSWORD).expect(401);
    console(&gate).sign_in_with(OWNER, "quite another password").expect(401);
    gate.api().delete_user("hmi", OWNER);
    owner.me();
    Member::signed_in(&gate, OWNER).me();
}

#[test]
fn nobody_signs_up_at_the_console() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let mut stranger = console(&gate);
    let page = stranger.get("/.millgate/sign-in").page(200);
    assert!(!page.contains("/.millgate/sign-up"), "no way there: {page}");
    let answer = stranger.sign_up("eve@example.com");
    assert!(matches!(answer.status, 403 | 404), "{}", answer.summary());
    stranger.fetch("/api/v1/me").problem(401);
    assert_eq!(owner.list("/api/v1/members").len(), 1);
}

/// The console is in no list, takes no changes as an app, and its name is not taken from anybody.
#[test]
fn the_console_is_no_app_of_any_workspace() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let nothing = "0000000000000";
    for app in ["console", nothing] {
        for rest in ["", "/users", "/sessions", "/invites", "/events"] {
            owner.get(&path(app, rest)).problem(404);
            owner.get(&format!("/api/v1/workspaces/{nothing}/apps/{app}{rest}")).problem(404);
        }
        owner.patch(&path(app, ""), &json!({ "access": "public" })).problem(404);
        owner.delete(&path(app, "")).problem(404);
    }
    owner.get(&format!("/api/v1/workspaces/{nothing}")).problem(404);
    assert!(owner.list("/api/v1/apps").iter().all(|app| id(app) != nothing));
    assert!(owner.list("/api/v1/workspaces").iter().all(|workspace| id(workspace) != nothing));
}

#[test]
fn every_page_asks_a_stranger_to_sign_in_and_leads_back() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    Member::first(&gate);
    let mut stranger = console(&gate);
    for page in ["/w/default/apps/hmi/users?q=a&sort=email", "/profile", "/account/audit", "/w/none/apps"] {
        let answer = stranger.get(page);
        let location = answer.location().to_owned();
        assert!(location.contains("/.millgate/sign-in?return_to="), "{page}: {location}");
        let returned = url::Url::parse("http://c/").and_then(|base| base.join(&location)).expect("an address");
        let to = returned.query_pairs().find(|(name, _)| name == "return_to").map(|(_, value)| value.into_owned());
        assert_eq!(to.as_deref(), Some(page));
    }
    let fields = [("email", OWNER), ("password", PASSWORD), ("return_to", "/account/members")];
    let answer = stranger.post("/.millgate/sign-in", &fields);
    assert!(answer.location().ends_with("/account/members"), "{}", answer.summary());
    stranger.follow(&answer).page(200);
}

#[test]
fn signing_in_leads_to_the_apps_and_signing_out_ends_the_session() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    Member::first(&gate);
    let mut browser = console(&gate);
    browser.sign_in(OWNER).expect(303);
    let page = browser.open("/");
    assert!(page.page(200).contains("hmi"), "{}", page.summary());
    assert!(browser.get("/").location().ends_with("/w/default/apps"));
    let old = browser.clone();
    browser.sign_out().expect(303);
    old.clone().fetch("/api/v1/me").problem(401);
    assert!(old.clone().get("/w/default/apps").location().contains("/.millgate/sign-in"));
}

#[test]
fn guessing_a_members_password_is_limited_as_everywhere() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    Member::first(&gate);
    let mut statuses = Vec::new();
    for n in 0..40 {
        statuses.push(console(&gate).sign_in_with(OWNER, &format!("wrong password {n}")).status);
    }
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[test]
fn a_member_keeps_the_account_pages_of_every_user() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut owner = Member::first(&gate);
    let second = Member::signed_in(&gate, OWNER);
    let page = owner.page("/.millgate/account");
    assert!(page.contains("/.millgate/account/password"), "{page}");
    let fields = [("password", PASSWORD), ("new_password", "an entirely new one"), ("end_others", "on")];
    owner.browser.post("/.millgate/account/password", &fields).expect(303);
    owner.me();
    second.get("/api/v1/me").problem(401);
    console(&gate).sign_in(OWNER).expect(401);
    console(&gate).sign_in_with(OWNER, "an entirely new one").expect(303);
}

/// A1. The last owner cannot leave by the account page either.
#[test]
fn the_last_owner_cannot_delete_themselves() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut owner = Member::first(&gate);
    let fields = [("password", PASSWORD), ("confirm", "on")];
    let answer = owner.browser.post("/.millgate/account/delete", &fields);
    assert!(matches!(answer.status, 403 | 404 | 409 | 422), "{}", answer.summary());
    assert_eq!(owner.me()["owner"], true);
}

#[test]
fn an_administrators_reset_link_helps_no_member_into_an_app_and_no_user_into_the_console() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut owner = Member::first(&gate);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    let reset = gate.api().post(&format!("{}/reset-link", gate.api().place_of("hmi", ADA)), &json!({})).expect(200);
    let code = text(&reset.json(), "link").rsplit('/').next().expect("a code").to_owned();
    let answer = console(&gate).post(&format!("/.millgate/reset/{code}"), &[("password", "an entirely new one")]);
    assert!((400..500).contains(&answer.status), "{}", answer.summary());
    let invite = owner.invites("nora@plant.example", &json!({ "roles": [] }));
    let code = text(&invite, "link").rsplit('/').next().expect("a code").to_owned();
    for app in ["hmi", "closed"] {
        let fields = [("password", PASSWORD), ("given_name", "N"), ("family_name", "N")];
        let answer = gate.visitor(app).post(&format!("/.millgate/invite/{code}"), &fields);
        assert!((400..500).contains(&answer.status), "{}", answer.summary());
    }
    let link = gate.api().access_link("closed", "guest@example.com");
    let code = text(&link, "link").rsplit('/').next().expect("a code").to_owned();
    let fields = [("password", PASSWORD), ("given_name", "G"), ("family_name", "G")];
    let answer = console(&gate).post(&format!("/.millgate/invite/{code}"), &fields);
    assert!((400..500).contains(&answer.status), "{}", answer.summary());
    owner.page("/profile");
    assert_eq!(owner.list("/api/v1/members").len(), 1);
}

#[test]
fn members_survive_a_restart_a_kill_and_a_backup() {
    let recorder = Recorder::start();
    let mut gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let plain = owner.brings_with_full_access(&gate, "paul@plant.example", "default");
    gate.kill();
    gate.start_again();
    assert_eq!(owner.me()["owner"], true);
    assert_eq!(plain.me()["workspaces"].as_array().map(Vec::len), Some(1));
    let backup = gate.dir().join("backup");
    let made = gate.command(&["backup", backup.to_str().expect("a path")]);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    done(&owner.delete(&format!("/api/v1/members/{}", owner.id_of("paul@plant.example"))));
    gate.terminate();
    std::fs::remove_dir_all(gate.data()).expect("the data is gone");
    let restored = gate.command(&["restore", backup.to_str().expect("a path")]);
    assert_eq!(restored.code, Some(0), "{}", restored.stderr);
    gate.start_again();
    assert_eq!(Member::signed_in(&gate, "paul@plant.example").me()["owner"], false);
}

/// The console's pages are its own: what no app claims reaches them, and an unknown host finds nothing (DNS rebinding).
#[test]
fn another_host_finds_no_console() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    for host in ["evil.example", "console.evil.example", "localhost.evil.example", "hmi.localhost.evil.example"] {
        let mut rebound = owner.browser.clone();
        rebound.site.host = format!("{host}:{}", gate.port());
        for page in
            ["/", "/w/default/apps", "/profile", "/api/v1/me", "/.millgate/sign-in", "/.millgate/assets/console.css"]
        {
            rebound.get(page).expect(404);
            rebound.fetch(page).expect(404);
        }
    }
    let mut by_address = owner.browser.clone();
    by_address.site.host = format!("127.0.0.1:{}", gate.port());
    let answer = by_address.get("/profile");
    assert!(matches!(answer.status, 200 | 303), "an address of the box is the console's: {}", answer.summary());
}
