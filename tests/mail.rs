//! Mail: an invite's letter with a link that works, a queue that survives, trouble that is seen (T22, T25, T27).

use serde_json::{Value, json};

use crate::support::api::{id, path, text};
use crate::support::clock::MINUTE;
use crate::support::smtp::Mail;
use crate::support::{Api, App, Clock, Gate, Mode, Recorder, SmtpSink, eventually, process::free_port};

pub const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

pub fn gate_before(recorder: &Recorder, sink: &SmtpSink) -> Gate {
    Gate::plan()
        .app(App::new("hmi", Mode::InviteOnly, recorder).with("title = \"Line <4>\""))
        .app(App::new("open", Mode::Signup, recorder))
        .table(&sink.table())
        .start()
}

fn invite(gate: &Gate, email: &str) -> Value {
    let row = gate.api().invite("hmi", &json!({ "email": email }));
    assert_eq!(row["mail"], "queued", "{row}");
    row
}

fn queue(api: &Api) -> Vec<Value> {
    api.list("/api/v1/mail")
}

/// The queue's only mail, once this holds of it.
#[track_caller]
fn queued(gate: &Gate, what: &str, is: impl Fn(&Value) -> bool) -> Value {
    eventually(what, || queue(&gate.api()).pop().filter(&is))
}

fn table(port: u16) -> String {
    format!("[smtp]\nurl = \"smtp://127.0.0.1:{port}\"\nfrom = \"Millgate <gate@plant.example>\"")
}

/// Everything that is queued has been sent, so that what did not come will not come.
#[track_caller]
fn assert_no_other_mail(gate: &Gate, sink: &SmtpSink) {
    gate.api().invite("hmi", &json!({ "email": "last@example.com" }));
    sink.mail_to("last@example.com");
    assert!(sink.mails().is_empty(), "{:?}", sink.mails());
}

#[test]
fn an_invite_comes_by_mail_with_a_working_link_in_the_right_language_as_text_and_html() {
    let recorder = Recorder::start();
    let sink = SmtpSink::start();
    let gate = gate_before(&recorder, &sink);
    for (email, language, greeting) in [(ADA, "en", "invit"), ("grete@example.com", "de", "eingeladen")] {
        let entry = json!({ "email": email, "given_name": "Gr&te <b>", "language": language });
        assert_eq!(gate.api().invite("hmi", &entry)["mail"], "queued");
        let mail = sink.mail_to(email);
        assert_eq!((mail.from.as_str(), mail.to.as_str()), ("gate@plant.example", email));
        assert!(mail.subject.contains("Line <4>"), "{}", mail.subject);
        for part in [&mail.text, &mail.html] {
            assert!(part.to_lowercase().contains(greeting), "{language}: {part}");
        }
        assert!(mail.html.contains(&mail.link()) || mail.html.contains(&mail.link().replace('&', "&amp;")));
        assert!(!mail.html.contains("<b>") && !mail.html.contains("Line <4>"), "{}", mail.html);
        assert!(!mail.html.contains("<img") && !mail.html.contains("<script"), "nothing to load: {}", mail.html);
        for name in ["Date", "Message-ID", "From", "To", "Subject", "MIME-Version", "Auto-Submitted"] {
            assert_eq!(mail.headers.iter().filter(|(held, _)| held.eq_ignore_ascii_case(name)).count(), 1, "{name}");
        }
        let mut visitor = gate.visitor("hmi");
        visitor.accept(&mail.link()).expect(303);
        assert_eq!(visitor.get("/").seen().user(), email);
    }
    assert!(sink.mails().is_empty(), "one each");
}

#[test]
fn the_link_in_the_mail_and_the_link_to_copy_are_two_keys_to_one_door() {
    let recorder = Recorder::start();
    let sink = SmtpSink::start();
    let gate = gate_before(&recorder, &sink);
    let row = invite(&gate, ADA);
    let (handed, mailed) = (text(&row, "link"), sink.mail_to(ADA).link());
    assert_ne!(handed, mailed);
    for link in [&handed, &mailed] {
        let mut visitor = gate.visitor("hmi");
        visitor.get(&visitor.local(link)).page(200);
    }
    gate.visitor("hmi").accept(&mailed).expect(303);
    for link in [&handed, &mailed] {
        let mut visitor = gate.visitor("hmi");
        assert!(matches!(visitor.get(&visitor.local(link)).status, 404 | 410), "used by the other one");
    }
    let row = invite(&gate, BOB);
    let mailed = sink.mail_to(BOB).link();
    let renewed = gate.api().post(&path("hmi", &format!("/invites/{}/renew", id(&row))), &json!({})).expect(200).json();
    let newest = sink.mail_to(BOB).link();
    for dead in [text(&row, "link"), mailed] {
        let mut visitor = gate.visitor("hmi");
        assert!(matches!(visitor.get(&visitor.local(&dead)).status, 404 | 410));
    }
    let mut visitor = gate.visitor("hmi");
    visitor.get(&visitor.local(&text(&renewed, "link"))).page(200);
    visitor.accept(&newest).expect(303);
}

#[test]
fn a_sent_mail_is_seen_at_the_invite_and_leaves_the_queue() {
    let recorder = Recorder::start();
    let sink = SmtpSink::start();
    let gate = gate_before(&recorder, &sink);
    let place = path("hmi", &format!("/invites/{}", id(&invite(&gate, ADA))));
    sink.mail_to(ADA);
    eventually("it is known as sent", || {
        (gate.api().get(&place).expect(200).json()["mail"]["state"] == "sent").then_some(())
    });
    assert!(queue(&gate.api()).is_empty());
}

#[test]
fn mail_can_be_left_out_and_is_where_there_is_no_address() {
    let recorder = Recorder::start();
    let sink = SmtpSink::start();
    let gate = gate_before(&recorder, &sink);
    let body = json!({ "emails": ADA, "send": false });
    let answer = gate.api().post(&path("hmi", "/invites"), &body).expect(200).json();
    assert_eq!(answer["items"][0]["mail"], "off", "{answer}");
    let row = gate.api().invite("hmi", &json!({ "username": "4711" }));
    assert_eq!(row["mail"], "no-address");
    assert_no_other_mail(&gate, &sink);
    gate.visitor("hmi").accept(&text(&row, "link")).expect(303);
}

#[test]
fn without_a_mail_server_links_take_the_place_of_mails_and_nothing_is_an_error() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::InviteOnly, &recorder));
    let row = gate.api().invite("hmi", &json!({ "email": ADA }));
    assert_eq!(row["mail"], "no-smtp");
    gate.visitor("hmi").accept(&text(&row, "link")).expect(303);
    assert!(queue(&gate.api()).is_empty());
    gate.api().post("/api/v1/mail/test", &json!({ "to": ADA })).problem(409);
    gate.visitor("hmi").get("/.millgate/reset").page(200);
}

#[test]
fn the_queue_survives_a_restart_and_kill_and_sends_everything_once() {
    let recorder = Recorder::start();
    let (port, clock) = (free_port(), Clock::new());
    let plan = Gate::plan().app(App::new("hmi", Mode::InviteOnly, &recorder)).table(&table(port));
    let mut gate = clock.rules(plan).start();
    let people: Vec<String> = (0..20).map(|number| format!("person-{number}@example.com")).collect();
    let answer = gate.api().post(&path("hmi", "/invites"), &json!({ "emails": people.join(" ") })).expect(200).json();
    assert!(answer["items"].as_array().expect("items").iter().all(|row| row["mail"] == "queued"));
    gate.kill();
    gate.start_again();
    assert_eq!(queue(&gate.api()).len(), 20);
    gate.restart();
    gate.kill();
    let sink = SmtpSink::on_port(port);
    clock.ahead(30 * MINUTE);
    gate.start_again();
    let mails: Vec<Mail> = people.iter().map(|person| sink.mail_to(person)).collect();
    gate.visitor("hmi").accept(&mails[7].link()).expect(303);
    eventually("the queue is empty", || queue(&gate.api()).is_empty().then_some(()));
    assert!(sink.mails().is_empty(), "each once");
}

#[test]
fn what_is_refused_for_now_waits_and_is_tried_again() {
    let recorder = Recorder::start();
    let sink = SmtpSink::start();
    let gate = gate_before(&recorder, &sink);
    sink.refuse("451 4.3.0 come again");
    let invite = id(&invite(&gate, ADA));
    let mail = queued(&gate, "the first try fails", |mail| mail["tries"] == 1);
    assert_eq!(
        (mail["to"].as_str(), mail["kind"].as_str(), mail["state"].as_str()),
        (Some(ADA), Some("invite"), Some("queued"))
    );
    assert!(text(&mail, "last_error").contains("451"), "{mail}");
    let wait = crate::support::clock::seconds_between(&mail["created_at"], &mail["next_try_at"]);
    assert!((30..=180).contains(&wait), "about a minute: {mail}");
    let row = gate.api().get(&path("hmi", &format!("/invites/{invite}"))).expect(200).json();
    assert_eq!((row["mail"]["state"].as_str(), row["mail"]["tries"].as_u64()), (Some("queued"), Some(1)), "{row}");
    sink.accept();
    let retry = format!("/api/v1/mail/{}/retry", id(&mail));
    assert!((200..300).contains(&gate.api().call("POST", &retry, None).status));
    gate.visitor("hmi").accept(&sink.mail_to(ADA).link()).expect(303);
    eventually("the queue is empty", || queue(&gate.api()).is_empty().then_some(()));
}

#[test]
fn what_is_refused_for_good_is_stuck_at_once_and_after_five_tries_in_any_case() {
    let recorder = Recorder::start();
    let sink = SmtpSink::start();
    let gate = gate_before(&recorder, &sink);
    sink.refuse("550 5.1.1 no such user");
    let row = invite(&gate, ADA);
    let mail = queued(&gate, "it is stuck", |mail| mail["state"] == "stuck");
    assert!(text(&mail, "last_error").contains("550"), "{mail}");
    let seen = gate.api().get(&path("hmi", &format!("/invites/{}", id(&row)))).expect(200).json();
    assert_eq!(seen["mail"]["state"], "stuck", "{seen}");
    gate.api().delete(&format!("/api/v1/mail/{}", id(&mail))).expect(204);
    assert!(queue(&gate.api()).is_empty());
    gate.api().delete(&format!("/api/v1/mail/{}", id(&mail))).problem(404);
    gate.api().post(&format!("/api/v1/mail/{}/retry", id(&mail)), &json!({})).problem(404);

    sink.refuse("421 too busy");
    invite(&gate, BOB);
    for tries in 1..=5 {
        let mail = queued(&gate, "it is tried again", |mail| mail["tries"] == tries);
        assert_eq!(mail["state"], if tries < 5 { "queued" } else { "stuck" }, "{mail}");
        if tries < 5 {
            gate.api().post(&format!("/api/v1/mail/{}/retry", id(&mail)), &json!({}));
        }
    }
    gate.visitor("hmi").accept(&text(&row, "link")).expect(303);
}

#[test]
fn a_letter_whose_purpose_is_over_is_not_sent() {
    let recorder = Recorder::start();
    let sink = SmtpSink::start();
    let gate = gate_before(&recorder, &sink);
    sink.refuse("451 later");
    let withdrawn = invite(&gate, ADA);
    queued(&gate, "the first try fails", |mail| mail["tries"] == 1);
    gate.api().delete(&path("hmi", &format!("/invites/{}", id(&withdrawn)))).expect(204);
    let mails = queue(&gate.api());
    sink.accept();
    for mail in mails {
        gate.api().post(&format!("/api/v1/mail/{}/retry", id(&mail)), &json!({}));
    }
    assert_no_other_mail(&gate, &sink);
    eventually("the queue is empty", || queue(&gate.api()).is_empty().then_some(()));
}

#[test]
fn a_mail_server_that_says_nothing_delays_nobody() {
    let recorder = Recorder::start();
    let sink = SmtpSink::start();
    let mut gate = gate_before(&recorder, &sink);
    sink.stall();
    for number in 0..30 {
        let row = gate.api().invite("hmi", &json!({ "email": format!("person-{number}@example.com") }));
        gate.visitor("hmi").accept(&text(&row, "link")).expect(303);
    }
    invite(&gate, ADA);
    gate.visitor("open").sign_up(BOB).expect(303);
    assert!(gate.terminate().success(), "and it does not hold up the end");
    sink.accept();
    gate.start_again();
    gate.visitor("hmi").accept(&sink.mail_to(ADA).link()).expect(303);
}

#[test]
fn a_test_mail_shows_the_dialogue_without_secrets() {
    let recorder = Recorder::start();
    let sink = SmtpSink::start();
    let mut gate = gate_before(&recorder, &sink);
    let answer = gate.api().post("/api/v1/mail/test", &json!({ "to": ADA })).expect(200).json();
    assert_eq!(answer["ok"], true, "{answer}");
    let lines: Vec<String> = answer["dialogue"]
        .as_array()
        .expect("lines")
        .iter()
        .map(|line| line.as_str().expect("a line").to_owned())
        .collect();
    assert!(lines.iter().all(|line| line.starts_with("C: ") || line.starts_with("S: ")), "{lines:?}");
    for part in ["S: 220", "C: EHLO", "C: MAIL FROM", "C: RCPT TO", "S: 250"] {
        assert!(lines.iter().any(|line| line.starts_with(part)), "{part}: {lines:?}");
    }
    sink.mail_to(ADA);
    sink.refuse("550 5.7.1 not from you");
    let answer = gate.api().post("/api/v1/mail/test", &json!({ "to": ADA })).expect(200).json();
    assert!(answer["ok"] == false && text(&answer, "error").contains("550"), "{answer}");
    for wrong in [json!({}), json!({ "to": "no-address" }), json!({ "to": "a@example.com\r\nRCPT TO:<b@example.com>" })]
    {
        gate.api().post("/api/v1/mail/test", &wrong).problem(422);
    }
    sink.accept();
    let secret = "the-password-of-the-mailbox";
    let login = sink.table().replace("smtp://", "smtp://gate@") + &format!("password = \"{secret}\"\n");
    std::fs::write(
        gate.config(),
        std::fs::read_to_string(gate.config()).expect("the config").replace(&sink.table(), &login),
    )
    .expect("a config");
    gate.terminate();
    gate.start_again();
    let text = gate.api().post("/api/v1/mail/test", &json!({ "to": ADA })).text();
    let encoded = data_encoding::BASE64.encode(format!("\0gate\0{secret}").as_bytes());
    for leak in [secret, &encoded, &data_encoding::BASE64.encode(secret.as_bytes())] {
        assert!(!text.contains(leak) && !gate.log().contains(leak), "{leak}: {text}");
    }
}

#[test]
fn names_and_titles_inject_nothing_into_a_mail() {
    let recorder = Recorder::start();
    let sink = SmtpSink::start();
    let gate = gate_before(&recorder, &sink);
    for (number, name) in [
        "\"Eve\" <eve@evil.example>",
        "Дима Müller 赵",
        "=?utf-8?q?Bcc:_x?=",
        "a, b@evil.example;",
        ".",
        "${name} {{x}} %s",
    ]
    .into_iter()
    .enumerate()
    {
        let email = format!("person-{number}@example.com");
        gate.api().invite("hmi", &json!({ "email": email, "given_name": name, "family_name": name }));
        let mail = sink.mail_to(&email);
        let to: Vec<_> = mail.headers.iter().filter(|(held, _)| held.eq_ignore_ascii_case("to")).collect();
        assert!(to.len() == 1 && to[0].1.contains(&email), "{to:?}");
        for header in ["Bcc", "Cc", "Reply-To"] {
            assert!(mail.header(header).is_none(), "{header}: {}", mail.raw);
        }
        assert!(name.len() == 1 || !mail.text.contains(name), "strangers write nothing in our name: {}", mail.text);
        assert!(mail.raw.split("\r\n\r\n").next().is_some_and(str::is_ascii), "headers are ASCII: {}", mail.raw);
        assert!(mail.raw.lines().all(|line| line.len() <= 998), "RFC 5322, 2.1.1");
    }
    assert!(sink.mails().is_empty(), "nobody else got any: {:?}", sink.mails());
    let nasty = json!({ "invites": [{ "email": ADA, "given_name": "A\r\nBcc: eve@evil.example" }] });
    let answer = gate.api().post(&path("hmi", "/invites"), &nasty).expect(200).json();
    assert_eq!(answer["refused"].as_array().map(Vec::len), Some(1), "{answer}");
}

#[test]
fn t22_no_code_of_a_mail_is_in_store_or_log() {
    let recorder = Recorder::start();
    let sink = SmtpSink::start();
    let plan = Gate::plan().log("level = \"trace\"").app(App::new("hmi", Mode::InviteOnly, &recorder));
    let mut gate = plan.table(&sink.table()).start();
    invite(&gate, ADA);
    let link = sink.mail_to(ADA).link();
    let code = link.rsplit('/').next().expect("a code");
    gate.terminate();
    assert!(!gate.log().contains(code), "the code is in the log");
    let store = std::fs::read(gate.store()).expect("the store");
    assert!(crate::support::raw::find(&store, code.as_bytes()).is_none(), "the code is in the store");
}
