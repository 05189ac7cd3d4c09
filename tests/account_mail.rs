//! What a person can do with mail: reset a password, prove a new address (T15, T16, T20).

use std::collections::HashSet;

use crate::account::{assert_done, signed_in, signed_up};
use crate::support::clock::HOUR;
use crate::support::page::{bytes, has_field};
use crate::support::visitor::escape;
use crate::support::{App, Clock, Gate, Mode, PASSWORD, Recorder, Response, SmtpSink, Visitor};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const COUNTESS: &str = "countess@example.com";
const NEW: &str = "an entirely new password";

fn plan(recorder: &Recorder, sink: &SmtpSink) -> crate::support::gate::Plan {
    Gate::plan()
        .app(App::new("hmi", Mode::Signup, recorder))
        .app(App::new("two", Mode::Signup, recorder))
        .table(&sink.table())
}

fn ask(gate: &Gate, email: &str) -> Response {
    gate.visitor("hmi").post("/.millgate/reset", &[("email", email)]).expect(200)
}

fn ask_address(visitor: &mut Visitor, email: &str, password: &str) -> Response {
    visitor.post("/.millgate/account/email", &[("email", email), ("password", password)])
}

fn submit(visitor: &mut Visitor, link: &str, fields: &[(&str, &str)]) -> Response {
    let path = visitor.local(link);
    visitor.post(&path, fields)
}

#[test]
fn a_forgotten_password_is_reset_by_mail_and_all_other_sessions_end() {
    let recorder = Recorder::start();
    let sink = SmtpSink::start();
    let gate = plan(&recorder, &sink).start();
    let mut old = [signed_up(&gate, ADA), signed_in(&gate, "two", ADA)];
    let mut sockets = [old[0].websocket("/ws?tag=1"), old[1].websocket("/ws?tag=2")];
    let page = gate.visitor("hmi").get("/.millgate/reset").page(200);
    assert!(has_field(&page, "email"), "{page}");
    ask(&gate, "ADA@Example.com");
    let mail = sink.mail_to(ADA);
    let link = mail.link();
    assert!(link.starts_with(&gate.site("hmi").url("/.millgate/reset/")), "{link}");
    assert!(mail.html.contains(&link), "{}", mail.html);
    sockets.iter_mut().for_each(|socket| socket.assert_alive());
    let mut visitor = gate.visitor("hmi");
    visitor.get(&visitor.local(&link)).page(200);
    submit(&mut visitor, &link, &[("password", "short")]).page(422);
    submit(&mut visitor, &link, &[("password", NEW)]).expect(303);
    assert_eq!(visitor.get("/").seen().user(), ADA);
    sockets.iter_mut().for_each(|socket| socket.assert_cut());
    old.iter_mut().for_each(|visitor| drop(visitor.fetch("/").problem(401)));
    gate.visitor("hmi").sign_in(ADA).expect(401);
    gate.visitor("hmi").sign_in_with(ADA, NEW).expect(303);
    assert!((400..500).contains(&submit(&mut gate.visitor("hmi"), &link, &[("password", "once more")]).status));
    assert_eq!(gate.api().user("hmi", ADA)["email_verified"], true, "who reads the mail has proven the address");
}

#[test]
fn t15_nobody_learns_from_a_reset_who_is_known() {
    let recorder = Recorder::start();
    let sink = SmtpSink::start();
    let gate = plan(&recorder, &sink).start();
    signed_up(&gate, ADA);
    gate.api().access_link("hmi", "invited@example.com");
    let answers: HashSet<String> = [ADA, "eve@example.com", "invited@example.com", "4711"]
        .into_iter()
        .map(|who| bytes(&ask(&gate, who)).replace(who, "…").replace(&escape(who), "…"))
        .collect();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    sink.mail_to(ADA);
    ask(&gate, ADA);
    sink.mail_to(ADA);
    let others: Vec<String> = sink.mails().into_iter().map(|mail| mail.to).collect();
    assert!(others.iter().all(|to| to == "invited@example.com"), "no mail to strangers: {others:?}");
}

#[test]
fn t16_a_mailed_reset_link_lasts_an_hour_and_ends_with_the_epoch() {
    let recorder = Recorder::start();
    let sink = SmtpSink::start();
    let clock = Clock::new();
    let gate = clock.rules(plan(&recorder, &sink)).start();
    signed_up(&gate, ADA);
    ask(&gate, ADA);
    let late = sink.mail_to(ADA).link();
    clock.ahead(HOUR + 60);
    assert!((400..500).contains(&submit(&mut gate.visitor("hmi"), &late, &[("password", NEW)]).status), "late");
    ask(&gate, ADA);
    let old = sink.mail_to(ADA).link();
    signed_in(&gate, "hmi", ADA).post("/.millgate/account/sign-out-everywhere", &[]).expect(303);
    assert!((400..500).contains(&submit(&mut gate.visitor("hmi"), &old, &[("password", NEW)]).status), "epoch");
    ask(&gate, ADA);
    let link = sink.mail_to(ADA).link();
    let elsewhere = gate.site("two").url(&gate.visitor("hmi").local(&link));
    assert!((400..500).contains(&submit(&mut gate.visitor("two"), &elsewhere, &[("password", NEW)]).status), "app");
    gate.visitor("hmi").sign_in(ADA).expect(303);
    submit(&mut gate.visitor("hmi"), &link, &[("password", NEW)]).expect(303);
}

/// Not in the contract, but a form that mails strangers on demand is a weapon.
#[test]
fn t20_nobody_is_buried_in_reset_mails() {
    let recorder = Recorder::start();
    let sink = SmtpSink::start();
    let gate = plan(&recorder, &sink).start();
    signed_up(&gate, ADA);
    signed_up(&gate, BOB);
    for _ in 0..40 {
        let status = gate.visitor("hmi").post("/.millgate/reset", &[("email", ADA)]).status;
        assert!(matches!(status, 200 | 429), "{status}");
    }
    gate.visitor("hmi").post("/.millgate/reset", &[("email", BOB)]).expect(200);
    sink.mail_to(BOB);
    let flood = sink.mails().iter().filter(|mail| mail.to == ADA).count();
    assert!((1..=10).contains(&flood), "{flood} mails for 40 requests");
}

#[test]
fn a_new_address_is_proven_by_its_owner_and_sessions_stay() {
    let recorder = Recorder::start();
    let sink = SmtpSink::start();
    let gate = plan(&recorder, &sink).start();
    let mut ada = signed_up(&gate, ADA);
    let mut other = signed_in(&gate, "two", ADA);
    let mut socket = other.websocket("/ws?tag=other");
    assert_eq!(ask_address(&mut ada, COUNTESS, "not the password").status, 401);
    let answer = ask_address(&mut ada, "Countess@example.com", PASSWORD);
    assert_done(&mut ada, &answer);
    assert_eq!(ada.me()["email"], ADA, "not before it is proven");
    let mail = sink.mail_to(COUNTESS);
    let link = mail.link();
    assert!(link.starts_with(&gate.site("hmi").url("/.millgate/confirm-address/")), "{link}");
    let mut anywhere = gate.visitor("hmi");
    for _ in 0..3 {
        anywhere.get(&anywhere.local(&link)).page(200);
    }
    assert_eq!(ada.me()["email"], ADA, "a scanner that follows links changes nothing");
    let status = submit(&mut anywhere, &link, &[]).status;
    assert!(matches!(status, 200 | 303), "{status}");
    assert_eq!(ada.get("/").seen().user(), COUNTESS);
    socket.assert_alive();
    other.get("/").expect(200);
    let user = gate.api().user("hmi", COUNTESS);
    assert_eq!((user["email_verified"].as_bool(), user["username"].as_str()), (Some(true), Some(COUNTESS)));
    gate.visitor("hmi").sign_in(ADA).expect(401);
    gate.visitor("hmi").sign_in(COUNTESS).expect(303);
    assert!((400..500).contains(&submit(&mut anywhere, &link, &[]).status), "once");
    signed_up(&gate, ADA);
}

#[test]
fn t15_asking_for_a_taken_address_looks_like_asking_for_a_free_one() {
    let recorder = Recorder::start();
    let sink = SmtpSink::start();
    let gate = plan(&recorder, &sink).start();
    let mut ada = signed_up(&gate, ADA);
    signed_up(&gate, BOB);
    let answers: HashSet<String> = [BOB, "free@example.com"]
        .into_iter()
        .map(|email| bytes(&ask_address(&mut ada, email, PASSWORD)).replace(email, "…").replace(&escape(email), "…"))
        .collect();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    sink.mail_to("free@example.com");
    if let Some(mail) = sink.mails().into_iter().find(|mail| mail.to == BOB && mail.text.contains("confirm-address")) {
        assert!((400..500).contains(&submit(&mut gate.visitor("hmi"), &mail.link(), &[]).status));
    }
    assert_eq!(ada.me()["email"], ADA);
    gate.visitor("hmi").sign_in(BOB).expect(303);
}

#[test]
fn two_people_who_want_one_address_do_not_both_get_it() {
    let recorder = Recorder::start();
    let sink = SmtpSink::start();
    let gate = plan(&recorder, &sink).start();
    let (mut ada, mut bob) = (signed_up(&gate, ADA), signed_up(&gate, BOB));
    let links = [&mut ada, &mut bob].map(|visitor| {
        ask_address(visitor, COUNTESS, PASSWORD).expect(303);
        sink.mail_to(COUNTESS).link()
    });
    let threads: Vec<_> = links
        .into_iter()
        .map(|link| {
            let mut visitor = gate.visitor("hmi");
            std::thread::spawn(move || submit(&mut visitor, &link, &[]).status)
        })
        .collect();
    let statuses: Vec<u16> = threads.into_iter().map(|thread| thread.join().expect("an answer")).collect();
    assert_eq!(statuses.iter().filter(|status| **status < 400).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| *status < 500), "{statuses:?}");
    let names = [ada.me()["email"].clone(), bob.me()["email"].clone()];
    assert_eq!(names.iter().filter(|name| **name == COUNTESS).count(), 1, "{names:?}");
}

#[test]
fn t16_an_address_link_lasts_a_day_and_ends_with_the_epoch() {
    let recorder = Recorder::start();
    let sink = SmtpSink::start();
    let clock = Clock::new();
    let gate = clock.rules(plan(&recorder, &sink)).start();
    let mut ada = signed_up(&gate, ADA);
    ask_address(&mut ada, COUNTESS, PASSWORD).expect(303);
    let late = sink.mail_to(COUNTESS).link();
    clock.ahead(25 * HOUR);
    assert!((400..500).contains(&submit(&mut gate.visitor("hmi"), &late, &[]).status), "late");
    ask_address(&mut ada, COUNTESS, PASSWORD).expect(303);
    let old = sink.mail_to(COUNTESS).link();
    ada.post("/.millgate/account/sign-out-everywhere", &[]).expect(303);
    assert!((400..500).contains(&submit(&mut gate.visitor("hmi"), &old, &[]).status), "after the epoch moved");
    assert_eq!(gate.api().users("hmi").iter().filter(|user| user["email"] == ADA).count(), 1);
}

#[test]
fn letters_to_a_person_speak_their_language() {
    let recorder = Recorder::start();
    let sink = SmtpSink::start();
    let app = App::new("hmi", Mode::Signup, &recorder).with("language = \"de\"");
    let gate = Gate::plan().app(app).table(&sink.table()).start();
    let mut ada = signed_up(&gate, ADA);
    ask(&gate, ADA);
    assert!(sink.mail_to(ADA).text.contains("Passwort"));
    ask_address(&mut ada, COUNTESS, PASSWORD).expect(303);
    assert!(sink.mail_to(COUNTESS).text.contains("Adresse"));
}
