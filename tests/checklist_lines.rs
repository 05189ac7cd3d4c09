//! Lines of the checklist that no test of another theme holds: what a person at a browser meets (C9, C10, F3, F7).

use serde_json::json;

use crate::support::api::{path, text};
use crate::support::{App, Gate, Member, Mode, Recorder};

const ADA: &str = "ada@example.com";

/// C9, C10. The master password is asked once for each browser: not after a restart of it or of the gateway, but in
/// another browser, in a private window and after the data were cleared.
#[test]
fn c9_c10_the_master_password_is_asked_once_for_each_browser() {
    let recorder = Recorder::start();
    let mut gate = Gate::before(App::new("hmi", Mode::MasterPassword, &recorder));
    let mut browser = gate.visitor("hmi");
    assert!(browser.get("/").location().contains("/.millgate/master-password"));
    let answer = browser.give_master_password().expect(303);
    let kept = answer.all("set-cookie").into_iter().find(|line| line.contains("Max-Age=34560000"));
    assert!(kept.is_some(), "a cookie that outlives the browser: {}", answer.summary());
    browser.get("/").expect(200);
    gate.restart();
    browser.get("/").expect(200);
    let mut private = gate.visitor("hmi");
    assert!(private.get("/").location().contains("/.millgate/master-password"));
    browser.jar.clear();
    assert!(browser.get("/").location().contains("/.millgate/master-password"));
}

/// F3. Signing out of a public app makes another device of the browser.
#[test]
fn f3_signing_out_of_a_public_app_gives_a_new_anonymous_name() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Public, &recorder));
    let mut browser = gate.visitor("hmi");
    browser.get("/").expect(200);
    let first = browser.get("/").seen().user().to_owned();
    assert_eq!(browser.get("/").seen().user(), first);
    browser.sign_out().expect(303);
    browser.get("/").expect(200);
    let second = browser.get("/").seen().user().to_owned();
    assert!(second.starts_with("anon-") && second != first, "{second}");
}

/// F3. Elsewhere it leads to what the mode asks for; all tabs of the browser follow, another device stays in.
#[test]
fn f3_signing_out_leads_to_what_the_mode_asks_for_in_all_tabs_of_this_browser() {
    for (mode, page) in [(Mode::MasterPassword, "master-password"), (Mode::Signup, "sign-in")] {
        let recorder = Recorder::start();
        let gate = Gate::before(App::new("hmi", mode, &recorder));
        let (mut here, mut there) = (gate.visitor("hmi"), gate.visitor("hmi"));
        for (n, visitor) in [&mut here, &mut there].into_iter().enumerate() {
            match (mode, n) {
                (Mode::MasterPassword, _) => visitor.give_master_password(),
                (_, 0) => visitor.sign_up(ADA),
                _ => visitor.sign_in(ADA),
            }
            .expect(303);
        }
        let tabs = [here.websocket("/ws?tag=one"), here.websocket("/ws?tag=two")];
        let mut other = there.websocket("/ws?tag=there");
        here.sign_out().expect(303);
        tabs.into_iter().for_each(|mut tab| tab.assert_cut());
        assert!(here.get("/").location().contains(page), "{mode:?}");
        other.assert_alive();
        there.get("/").expect(200);
    }
}

/// C24. An old cookie is a stranger's: `signup` may register anew, `invite-only` needs a new invite.
#[test]
fn c24_who_was_deleted_comes_back_only_as_the_mode_lets_strangers_in() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("open", Mode::Signup, &recorder))
        .app(App::new("closed", Mode::InviteOnly, &recorder))
        .start();
    let api = gate.api();
    let mut open = gate.visitor("open");
    open.sign_up(ADA).expect(303);
    let old = open.clone();
    api.delete_user("open", ADA);
    old.clone().fetch("/").problem(401);
    open.sign_up(ADA).expect(303);
    open.get("/").expect(200);
    old.clone().fetch("/").problem(401);
    let mut closed = gate.visitor("closed");
    closed.accept(&text(&api.access_link("closed", "bob@example.com"), "link")).expect(303);
    api.delete_user("closed", "bob@example.com");
    closed.fetch("/").problem(401);
    closed.sign_in("bob@example.com").expect(401);
    closed.accept(&text(&api.access_link("closed", "bob@example.com"), "link")).expect(303);
    closed.get("/").expect(200);
}

/// C25. `$USER` is on every request and on the handshake of a WebSocket, and the value is one's own in every mode.
#[test]
fn c25_user_is_on_requests_and_handshakes() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder));
    let mut ada = gate.visitor("hmi");
    ada.sign_up(ADA).expect(303);
    ada.websocket("/ws?tag=ada").assert_alive();
    assert_eq!(recorder.wait_request("/ws").header("$USER"), Some(ADA));
    assert_eq!(ada.get("/").seen().user(), ADA);
}

/// F7. Without a mail server, a provider and the internet everything of the console works; links take their place.
#[test]
fn f7_the_console_needs_neither_mail_nor_providers() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::InviteOnly, &recorder));
    let mut owner = Member::first(&gate);
    let invite =
        owner.post("/api/v1/members", &json!({ "email": "paul@plant.example", "roles": [] })).expect(201).json();
    assert!(text(&invite, "link").contains("/.millgate/invite/"), "{invite}");
    let invited = owner.post(&path("hmi", "/invites"), &json!({ "emails": ADA })).expect(200).json();
    assert!(text(&invited["items"][0], "link").contains("/.millgate/invite/"), "{invited}");
    for page in ["/account/mail", "/w/default/apps/hmi/access", "/w/default/apps/hmi/invites"] {
        owner.page(page);
    }
}
