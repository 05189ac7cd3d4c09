//! My sessions on all devices and apps: seen, ended one by one or all at once (T14, T23).

use crate::account::{ADA, BOB, gate_before, signed_in, signed_up};
use crate::support::{App, Gate, MASTER, Mode, Recorder, Visitor};

fn sid(visitor: &mut Visitor) -> String {
    visitor.me()["sid"].as_str().expect("a session id").to_owned()
}

fn end(visitor: &mut Visitor, session: &str) -> crate::support::Response {
    visitor.post("/.millgate/account/end", &[("session", session)])
}

#[test]
fn all_my_sessions_on_all_apps_are_shown_and_nobody_elses() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut ada = signed_up(&gate, ADA);
    let mut others = [signed_in(&gate, "hmi", ADA), signed_in(&gate, "two", ADA)];
    let mut bob = signed_up(&gate, BOB);
    let page = ada.get("/.millgate/account").page(200);
    for title in ["Line 4", "Warehouse"] {
        assert!(page.contains(title), "{title}: {page}");
    }
    for visitor in &mut others {
        assert!(page.contains(&sid(visitor)), "it can be ended from here: {page}");
    }
    assert!(!page.contains(&sid(&mut bob)), "{page}");
    assert!(page.contains("127.0.0.1") && page.contains("Chrome"), "which browser, and where: {page}");
    let token = ada.session_cookie().expect("a session").1;
    assert!(!page.contains(token), "the id is not the secret");
}

#[test]
fn t23_ending_one_session_closes_its_websocket_and_no_other() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut ada = signed_up(&gate, ADA);
    let (mut phone, tablet) = (signed_in(&gate, "two", ADA), signed_in(&gate, "hmi", ADA));
    let mut cut = phone.websocket("/ws?tag=phone");
    let mut kept = [ada.websocket("/ws?tag=ada"), tablet.websocket("/ws?tag=tablet")];
    let session = sid(&mut phone);
    end(&mut ada, &session).expect(303);
    cut.assert_cut();
    kept.iter_mut().for_each(|socket| socket.assert_alive());
    phone.fetch("/").problem(401);
    ada.fetch("/").expect(200);
    assert!((300..500).contains(&end(&mut ada, &session).status), "twice harms nothing");
}

#[test]
fn nobody_ends_the_session_of_another() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let (mut ada, mut bob) = (signed_up(&gate, ADA), signed_up(&gate, BOB));
    let mut socket = bob.websocket("/ws?tag=bob");
    let theirs = sid(&mut bob);
    let mut answers: Vec<_> =
        [theirs.as_str(), "", "x", &"A".repeat(43), "../x"].iter().map(|id| end(&mut ada, id)).collect();
    socket.assert_alive();
    bob.fetch("/").expect(200);
    assert!(answers.iter().all(|answer| answer.status < 500));
    let unknown = answers.remove(3);
    assert_eq!(answers[0].status, unknown.status, "whether a session of that id exists is not told");
}

#[test]
fn ending_my_own_session_signs_me_out_here() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut ada = signed_up(&gate, ADA);
    let mut other = signed_in(&gate, "two", ADA);
    let mine = sid(&mut ada);
    end(&mut ada, &mine).expect(303);
    ada.fetch("/").problem(401);
    other.fetch("/").expect(200);
}

#[test]
fn t23_signing_out_everywhere_ends_all_sessions_on_all_apps() {
    let recorder = Recorder::start();
    let mut gate = gate_before(&recorder);
    for (round, from_account) in [(0, true), (1, false)] {
        let email = format!("person-{round}@example.com");
        let mut bob = gate.visitor("hmi");
        bob.sign_up(&format!("bob-{round}@example.com")).expect(303);
        let mut all = [signed_up(&gate, &email), signed_in(&gate, "hmi", &email), signed_in(&gate, "two", &email)];
        let mut sockets: Vec<_> =
            all.iter().enumerate().map(|(at, visitor)| visitor.websocket(&format!("/ws?tag={round}-{at}"))).collect();
        let mut kept = bob.websocket(&format!("/ws?tag={round}-bob"));
        let answer = if from_account {
            all[0].post("/.millgate/account/sign-out-everywhere", &[])
        } else {
            all[0].post("/.millgate/sign-out", &[("everywhere", "on")])
        };
        answer.expect(303);
        sockets.iter_mut().for_each(|socket| socket.assert_cut());
        kept.assert_alive();
        all.iter_mut().for_each(|visitor| drop(visitor.fetch("/").problem(401)));
        gate.kill();
        gate.start_again();
        all.iter_mut().for_each(|visitor| drop(visitor.fetch("/").problem(401)));
        bob.fetch("/").expect(200);
        signed_in(&gate, "two", &email).get("/").expect(200);
    }
}

#[test]
fn plain_sign_out_ends_this_apps_session_only_and_the_page_offers_both() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut ada = signed_up(&gate, ADA);
    let mut elsewhere = signed_in(&gate, "two", ADA);
    let page = ada.get("/.millgate/sign-out").page(200);
    assert!(page.contains("everywhere"), "{page}");
    ada.sign_out().expect(303);
    ada.fetch("/").problem(401);
    elsewhere.fetch("/").expect(200);
}

/// The devices' own names for a session must not become a way to inject into the page.
#[test]
fn what_a_browser_calls_itself_is_shown_escaped() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut ada = signed_up(&gate, ADA);
    let mut odd = gate.visitor("hmi");
    let fields = [("email", ADA), ("password", crate::support::PASSWORD)];
    let request = crate::support::Request::form("/.millgate/sign-in", &fields);
    odd.send(&request.header("User-Agent", "<script>alert(1)</script>\"'&")).expect(303);
    let page = ada.get("/.millgate/account").page(200);
    assert!(!page.contains("<script>alert"), "{page}");
}

#[test]
fn signing_out_everywhere_in_the_combined_mode_asks_for_both_proofs_again() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::SignupAndMasterPassword, &recorder));
    let mut ada = gate.visitor("hmi");
    ada.sign_up(ADA).expect(303);
    ada.give_master_password_of(MASTER).expect(303);
    ada.get("/").expect(200);
    ada.post("/.millgate/account/sign-out-everywhere", &[]).expect(303);
    assert_ne!(ada.fetch("/").status, 200);
    ada.sign_in(ADA).expect(303);
    ada.give_master_password_of(MASTER);
    ada.get("/").expect(200);
}
