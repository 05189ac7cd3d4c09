//! Registrations that wait until somebody approves them (T23, T24).

use serde_json::json;

use crate::support::api::{done, path, text};
use crate::support::{App, Gate, MASTER, Mode, Recorder, Visitor};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const ON: &str = "approval = true";

fn gate_in(mode: Mode, recorder: &Recorder) -> Gate {
    Gate::before(App::new("hmi", mode, recorder).with(ON))
}

fn signed_up(gate: &Gate, email: &str) -> Visitor {
    let mut visitor = gate.visitor("hmi");
    visitor.sign_up(email).expect(303);
    visitor
}

fn approve(gate: &Gate, email: &str) {
    gate.api().post(&format!("{}/approve", gate.api().place_of("hmi", email)), &json!({})).expect(200);
}

#[track_caller]
fn assert_waits(visitor: &mut Visitor) -> String {
    assert_eq!(visitor.fetch("/api").problem(403)["type"], "urn:millgate:problem:waiting");
    assert_eq!(visitor.refused_websocket("/ws?tag=waiting").problem(403)["type"], "urn:millgate:problem:waiting");
    visitor.get("/").page(403)
}

#[test]
fn a_newcomer_is_told_to_wait_and_let_in_by_itself_once_approved() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let mut ada = gate.visitor("hmi");
    let fields = [
        ("email", ADA),
        ("password", crate::support::PASSWORD),
        ("given_name", "Ada"),
        ("family_name", "L"),
        ("return_to", "/line/4"),
    ];
    assert_eq!(ada.post("/.millgate/sign-up", &fields).location(), "/line/4", "as always");
    let page = assert_waits(&mut ada);
    assert!(page.contains("Waiting for approval") && page.contains("http-equiv=\"refresh\""), "{page}");
    assert!(recorder.requests().is_empty());
    let row = gate.api().person("hmi", ADA);
    assert_eq!((row["waiting"].as_bool(), row["status"].as_str()), (Some(true), Some("waiting")), "{row}");
    let mut phone = gate.visitor("hmi");
    phone.sign_in(ADA).expect(303);
    assert_waits(&mut phone);
    approve(&gate, ADA);
    for visitor in [&mut ada, &mut phone] {
        assert_eq!(visitor.get("/line/4").seen().user(), ADA, "without signing in again");
        visitor.me();
    }
}

#[test]
fn the_waiting_page_speaks_german_and_works_at_every_kind_of_address() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("host", Mode::Signup, &recorder).with(ON).with("language = \"de\""))
        .app(App::new("prefix", Mode::Signup, &recorder).with(ON).at_prefix("/hmi"))
        .app(App::new("port", Mode::Signup, &recorder).with(ON).on_own_port())
        .start();
    for (app, email, word) in
        [("host", ADA, "Freigabe"), ("prefix", BOB, "approval"), ("port", "cyd@example.com", "approval")]
    {
        let mut visitor = gate.visitor(app);
        visitor.sign_up(email).expect(303);
        let page = visitor.get("/").page(403);
        assert!(page.contains(word), "{page}");
        let place = gate.api().place_of(app, email);
        gate.api().post(&format!("{place}/approve"), &json!({})).expect(200);
        visitor.get("/").expect(200);
    }
}

#[test]
fn refusing_ends_the_wait_and_signing_up_again_waits_again() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let mut ada = signed_up(&gate, ADA);
    done(&gate.api().delete(&gate.api().place_of("hmi", ADA)));
    ada.fetch("/").problem(401);
    assert!(gate.api().users("hmi").is_empty());
    assert_waits(&mut signed_up(&gate, ADA));
}

#[test]
fn who_was_invited_does_not_wait() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let link = text(&gate.api().invite("hmi", &json!({ "email": ADA })), "link");
    let mut ada = gate.visitor("hmi");
    ada.accept(&link).expect(303);
    assert_eq!(ada.get("/").seen().user(), ADA);
    let mut bob = signed_up(&gate, BOB);
    assert_waits(&mut bob);
    gate.api().access_link("hmi", BOB);
    assert_eq!(bob.get("/").seen().user(), BOB, "inviting somebody who waits is approving");
}

#[test]
fn a_user_of_another_app_waits_here_too() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("hmi", Mode::Signup, &recorder).with(ON))
        .app(App::new("open", Mode::Signup, &recorder))
        .start();
    gate.visitor("open").sign_up(ADA).expect(303);
    let mut ada = gate.visitor("hmi");
    ada.sign_in(ADA).expect(303);
    assert_waits(&mut ada);
    let mut open = gate.visitor("open");
    open.sign_in(ADA).expect(303);
    open.get("/").expect(200);
}

#[test]
fn t23_switching_approval_on_and_off_touches_only_who_waits() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder));
    let mut early = signed_up(&gate, ADA);
    let mut socket = early.websocket("/ws?tag=early");
    gate.api().change("hmi", &json!({ "approval": true }));
    socket.assert_alive();
    early.get("/").expect(200);
    let mut late = signed_up(&gate, BOB);
    assert_waits(&mut late);
    gate.api().change("hmi", &json!({ "approval": false }));
    assert_eq!(late.get("/").seen().user(), BOB);
    let mut theirs = late.websocket("/ws?tag=late");
    gate.api().change("hmi", &json!({ "approval": true }));
    socket.assert_alive();
    theirs.assert_cut();
    assert_waits(&mut late);
    approve(&gate, BOB);
    late.websocket("/ws?tag=again").assert_alive();
}

/// T24: the answer of the API comes before any further byte of who must wait.
#[test]
fn t24_a_websocket_that_is_still_being_opened_is_cut_too() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    gate.api().change("hmi", &json!({ "approval": false }));
    // Signed up without the rule: nobody waits, whatever is switched on later.
    let registered = signed_up(&gate, ADA);
    gate.api().change("hmi", &json!({ "approval": true }));
    registered.websocket("/ws?tag=registered").assert_alive();
    let mut waiting = signed_up(&gate, BOB);
    gate.api().change("hmi", &json!({ "approval": false }));
    waiting.get("/").expect(200);
    let mut held = waiting.start(&waiting.handshake("/held?tag=held"));
    recorder.stage().wait_opened("held");
    gate.api().change("hmi", &json!({ "approval": true }));
    recorder.stage().say("held", "go on");
    let answer = held.try_head();
    assert!(answer.is_none_or(|head| head.status != 101), "the 101 came through after the switch");
}

#[test]
fn approval_has_no_say_in_the_modes_without_sign_up() {
    let recorder = Recorder::start();
    for mode in [Mode::Public, Mode::MasterPassword, Mode::InviteOnly] {
        let gate = gate_in(mode, &recorder);
        let link = text(&gate.api().invite("hmi", &json!({ "email": ADA })), "link");
        let mut ada = gate.visitor("hmi");
        ada.accept(&link).expect(303);
        if mode == Mode::MasterPassword {
            ada.give_master_password_of(MASTER).expect(303);
        }
        ada.get("/").expect(200);
    }
}

#[test]
fn in_the_combined_mode_the_master_password_does_not_approve() {
    let recorder = Recorder::start();
    let mut gate = gate_in(Mode::SignupAndMasterPassword, &recorder);
    let mut ada = signed_up(&gate, ADA);
    ada.give_master_password_of(MASTER).expect(303);
    assert_waits(&mut ada);
    gate.kill();
    gate.start_again();
    assert_waits(&mut ada);
    approve(&gate, ADA);
    gate.kill();
    gate.start_again();
    assert_eq!(ada.get("/").seen().user(), ADA);
}

#[test]
fn a_waiting_person_keeps_the_account_pages() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let mut ada = signed_up(&gate, ADA);
    assert!(ada.get("/.millgate/account").page(200).contains(ADA));
    ada.sign_out().expect(303);
    ada.fetch("/").problem(401);
    assert_eq!(gate.api().list(&path("hmi", "/users?status=waiting")).len(), 1, "still asked for");
}
