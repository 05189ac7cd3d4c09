//! Invites by the API: many at once, each with a link and a code to scan, and states that can be listed (T16, C16–C18, F4).

use serde_json::{Value, json};

use crate::support::api::{id, path, text};
use crate::support::clock::{DAY, seconds_between};
use crate::support::page::field;
use crate::support::{App, Gate, Mode, Recorder, eventually, qr};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

pub fn gate_before(recorder: &Recorder) -> Gate {
    Gate::plan()
        .app(App::new("hmi", Mode::InviteOnly, recorder))
        .app(App::new("two", Mode::InviteOnly, recorder))
        .app(App::new("open", Mode::Signup, recorder))
        .start()
}

fn post(gate: &Gate, body: &Value) -> Value {
    gate.api().post(&path("hmi", "/invites"), body).expect(200).json()
}

fn items(answer: &Value) -> Vec<Value> {
    answer["items"].as_array().unwrap_or_else(|| panic!("no items: {answer}")).clone()
}

fn refused(answer: &Value) -> Vec<Value> {
    answer["refused"].as_array().unwrap_or_else(|| panic!("no list of the refused: {answer}")).clone()
}

fn names(rows: &[Value]) -> Vec<&str> {
    let mut names: Vec<&str> = rows.iter().map(|row| row["username"].as_str().expect("a user name")).collect();
    names.sort_unstable();
    names
}

/// C16. A list of addresses becomes pending invites with links.
#[test]
fn a_pasted_list_with_any_separators_becomes_one_invite_each() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let pasted = "ada@example.com, bob@example.com;cyd@example.com\r\n\tdan@example.com   Eve@Example.com;;\n";
    let answer = post(&gate, &json!({ "emails": pasted }));
    assert!(refused(&answer).is_empty(), "{answer}");
    let rows = items(&answer);
    assert_eq!(names(&rows), [ADA, BOB, "cyd@example.com", "dan@example.com", "eve@example.com"]);
    for row in &rows {
        assert_eq!((row["state"].as_str(), row["mail"].as_str()), (Some("pending"), Some("no-smtp")), "{row}");
        assert_eq!(row["email"], row["username"]);
        assert_eq!(seconds_between(&row["created_at"], &row["expires_at"]), 14 * DAY);
        let link = text(row, "link");
        assert!(link.starts_with(&gate.site("hmi").url("/.millgate/invite/")), "{link}");
        assert_eq!(qr::read(&text(row, "qr")), link, "what is scanned is what is copied");
        gate.visitor("hmi").accept(&link).expect(303);
    }
    assert_eq!(gate.api().users("hmi").len(), 5);
}

#[test]
fn entries_with_a_name_and_a_language_are_greeted_by_it() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let entries = json!({ "language": "en", "invites": [
        { "email": ADA, "given_name": "Grete", "family_name": "Müller <b>", "language": "de" },
        { "email": BOB },
    ]});
    let rows = items(&post(&gate, &entries));
    let expected = [("Grete", Some("de"), "lang=\"de\""), ("", Some("en"), "lang=\"en\"")];
    for (row, (given, language, mark)) in rows.iter().zip(expected) {
        assert_eq!(row["language"].as_str(), language, "{row}");
        let mut visitor = gate.visitor("hmi");
        let page = visitor.get(&visitor.local(&text(row, "link"))).page(200);
        assert!(page.contains(mark), "{page}");
        assert_eq!(field(&page, "given_name").unwrap_or_default(), given, "{page}");
        assert!(!page.contains("<b>"), "{page}");
    }
    assert_eq!(gate.api().invites("hmi", "?q=grete").len(), 1);
    assert_eq!(rows[0]["family_name"], "Müller <b>");
}

#[test]
fn one_bad_entry_refuses_only_itself() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let answer = post(&gate, &json!({ "emails": "ada@example.com, no-address; @example.com\nbob@@example.com a@b,c" }));
    assert!(names(&items(&answer)).contains(&ADA), "{answer}");
    let inputs: Vec<String> = refused(&answer).iter().map(|entry| text(entry, "input")).collect();
    for wrong in ["no-address", "@example.com", "bob@@example.com", "c"] {
        assert!(inputs.iter().any(|input| input == wrong), "{wrong}: {inputs:?}");
    }
    assert!(refused(&answer).iter().all(|entry| !text(entry, "detail").is_empty()), "{answer}");

    let entries = json!({ "invites": [
        { "email": BOB }, { "email": "4711" }, { "username": "anon-abc" }, { "username": "two words" }, {},
        { "email": "cyd@example.com", "language": "fr" }, { "email": "dan@example.com", "given_name": "a\u{0}b" },
        { "email": "x@example.com\r\nBcc: y@example.com" }, { "username": "4711" },
    ]});
    let answer = post(&gate, &entries);
    assert_eq!(names(&items(&answer)), ["4711", BOB], "{answer}");
    assert_eq!(refused(&answer).len(), 7, "{answer}");
}

#[test]
fn one_address_pasted_twice_is_invited_once() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let answer = post(&gate, &json!({ "emails": "ada@example.com, ADA@example.com ada@EXAMPLE.com" }));
    assert_eq!(gate.api().invites("hmi", "?state=pending").len(), 1);
    let link = text(items(&answer).last().expect("an invite"), "link");
    gate.visitor("hmi").accept(&link).expect(303);
}

#[test]
fn a_call_that_makes_no_sense_as_a_whole_is_refused_as_a_whole() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let many: String = (0..1001).map(|number| format!("user-{number}@example.com\n")).collect();
    let wrong = [
        json!({}),
        json!({ "emails": "" }),
        json!({ "emails": " ,;\n" }),
        json!({ "emails": 5 }),
        json!({ "emails": many }),
        json!({ "invites": [] }),
        json!({ "invites": "ada@example.com" }),
        json!({ "emails": ADA, "invites": [{ "email": BOB }] }),
        json!({ "emails": ADA, "expires_in": "soon" }),
        json!({ "emails": ADA, "expires_in": "0s" }),
        json!({ "emails": ADA, "expires_in": "100000d" }),
        json!({ "emails": ADA, "expires_in": -1 }),
        json!({ "emails": ADA, "language": "fr" }),
        json!({ "emails": ADA, "send": "yes" }),
        json!({ "emails": ADA, "unknown_key": 1 }),
    ];
    for body in wrong {
        let problem = gate.api().post(&path("hmi", "/invites"), &body).problem(422);
        assert!(problem["errors"].as_array().is_some_and(|errors| !errors.is_empty()), "{problem}");
    }
    assert!(gate.api().invites("hmi", "").is_empty(), "nothing was half made");
}

#[test]
fn states_are_listed_and_filtered() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let api = gate.api();
    let link = text(&api.invite("hmi", &json!({ "email": ADA })), "link");
    let withdrawn = id(&api.invite("hmi", &json!({ "email": BOB })));
    api.post(&path("hmi", "/invites"), &json!({ "emails": "cyd@example.com", "expires_in": "1s" })).expect(200);
    api.invite("hmi", &json!({ "email": "dan@example.com" }));
    gate.visitor("hmi").accept(&link).expect(303);
    api.delete(&path("hmi", &format!("/invites/{withdrawn}"))).expect(204);
    eventually("an invite expires", || (api.invites("hmi", "?state=expired").len() == 1).then_some(()));
    for (state, who) in
        [("accepted", ADA), ("withdrawn", BOB), ("expired", "cyd@example.com"), ("pending", "dan@example.com")]
    {
        let rows = api.invites("hmi", &format!("?state={state}"));
        assert_eq!(names(&rows), [who], "{state}");
        assert_eq!(rows[0]["state"], state);
        assert_eq!(api.get(&path("hmi", &format!("/invites/{}", id(&rows[0])))).expect(200).json(), rows[0]);
        assert!(rows[0].get("link").is_none() && rows[0].get("qr").is_none(), "shown once: {}", rows[0]);
        assert!(rows[0]["mail"].is_null(), "{}", rows[0]);
    }
    assert!(text(&api.invites("hmi", "?state=accepted")[0], "accepted_at").ends_with('Z'));
    assert!(text(&api.invites("hmi", "?state=withdrawn")[0], "withdrawn_at").ends_with('Z'));
    assert_eq!(api.invites("hmi", "").len(), 4);
    assert_eq!(api.invites("hmi", "?q=CYD").len(), 1);
    assert!(api.invites("hmi", "?q=cyd&state=pending").is_empty());
    assert!(api.invites("two", "").is_empty());
    assert!(matches!(api.get(&path("hmi", "/invites?state=lost")).status, 400 | 422));
}

#[test]
fn a_long_list_is_walked_page_by_page() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let many: String = (0..250).map(|number| format!("user-{number}@example.com\n")).collect();
    let answer = post(&gate, &json!({ "emails": many }));
    assert_eq!(items(&answer).len(), 250);
    let (mut found, mut next, mut pages) = (std::collections::HashSet::new(), String::new(), 0);
    loop {
        let page = gate.api().get(&path("hmi", &format!("/invites?limit=100{next}"))).expect(200).json();
        found.extend(items(&page).iter().map(id));
        pages += 1;
        let Some(cursor) = page["next"].as_str() else { break };
        next = format!("&cursor={}", crate::support::visitor::escape(cursor));
    }
    assert_eq!((found.len(), pages), (250, 3));
}

#[test]
fn inviting_again_leaves_one_pending_invite_and_the_newest_link() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let api = gate.api();
    let old = text(&api.invite("hmi", &json!({ "email": ADA })), "link");
    let by_access_link = text(&api.access_link("hmi", ADA), "link");
    let new = text(&api.invite("hmi", &json!({ "email": "ADA@example.com" })), "link");
    assert_eq!(api.invites("hmi", "?state=pending").len(), 1);
    for dead in [old, by_access_link] {
        let mut visitor = gate.visitor("hmi");
        let path = visitor.local(&dead);
        assert!(matches!(visitor.get(&path).status, 404 | 410), "{dead}");
    }
    gate.visitor("hmi").accept(&new).expect(303);
}

/// F4. A pending invite can be sent again.
#[test]
fn renewing_gives_a_new_link_and_kills_the_old() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let api = gate.api();
    let row = api.invite("hmi", &json!({ "email": ADA, "given_name": "Ada" }));
    let renew = path("hmi", &format!("/invites/{}/renew", id(&row)));
    let renewed = api.post(&renew, &json!({ "expires_in": "3d" })).expect(200).json();
    assert_eq!((id(&renewed), &renewed["given_name"]), (id(&row), &json!("Ada")));
    assert_ne!(text(&renewed, "link"), text(&row, "link"));
    assert_eq!(qr::read(&text(&renewed, "qr")), text(&renewed, "link"));
    let again = api.post(&renew, &json!({})).expect(200).json();
    for dead in [&row, &renewed] {
        let mut visitor = gate.visitor("hmi");
        let path = visitor.local(&text(dead, "link"));
        assert!(matches!(visitor.get(&path).status, 404 | 410), "{dead}");
    }
    gate.visitor("hmi").accept(&text(&again, "link")).expect(303);
    api.post(&renew, &json!({})).problem(409);
    api.post(&path("hmi", "/invites/0000000000000/renew"), &json!({})).problem(404);
    api.post(&renew, &json!({ "expires_in": "never" })).problem(422);
}

#[test]
fn an_expired_invite_can_be_renewed() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let api = gate.api();
    let made = post(&gate, &json!({ "emails": ADA, "expires_in": "1s" }));
    let invite = id(&items(&made)[0]);
    eventually("it expires", || (api.invites("hmi", "?state=expired").len() == 1).then_some(()));
    let renewed = api.post(&path("hmi", &format!("/invites/{invite}/renew")), &json!({})).expect(200).json();
    assert_eq!(renewed["state"], "pending");
    gate.visitor("hmi").accept(&text(&renewed, "link")).expect(303);
}

/// F4. A pending invite can be withdrawn.
#[test]
fn withdrawing_ends_an_invite_and_nothing_else() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let api = gate.api();
    let row = api.invite("hmi", &json!({ "email": ADA }));
    let other = api.invite("hmi", &json!({ "email": BOB }));
    let place = path("hmi", &format!("/invites/{}", id(&row)));
    api.delete(&place).expect(204);
    let mut visitor = gate.visitor("hmi");
    let at = visitor.local(&text(&row, "link"));
    assert!(matches!(visitor.get(&at).status, 404 | 410));
    gate.visitor("hmi").accept(&text(&other, "link")).expect(303);
    let used = path("hmi", &format!("/invites/{}", id(&other)));
    api.delete(&used).problem(409);
    assert_eq!(api.get(&used).expect(200).json()["state"], "accepted");
    assert_eq!(names(&api.users("hmi")), [BOB], "an accepted invite is not a way to put somebody out");
    api.delete(&path("two", &format!("/invites/{}", id(&row)))).problem(404);
    let again = api.invite("hmi", &json!({ "email": ADA }));
    gate.visitor("hmi").accept(&text(&again, "link")).expect(303);
}

#[test]
fn who_is_in_already_gets_the_apps_address_and_no_new_power() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let first = gate.api().invite("hmi", &json!({ "email": ADA }));
    gate.visitor("hmi").accept(&text(&first, "link")).expect(303);
    let again = gate.api().invite("hmi", &json!({ "email": ADA, "given_name": "Eve" }));
    assert_eq!(again["state"], "accepted", "{again}");
    assert_eq!(text(&again, "link").trim_end_matches('/'), gate.site("hmi").url(""));
    assert_eq!(gate.api().user("hmi", ADA)["given_name"], "Ada");
    gate.visitor("hmi").sign_in(ADA).expect(303);
}

/// C7. A code to scan, made without the internet.
#[test]
fn the_address_of_an_app_is_there_as_a_code_to_scan() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Public, &recorder).at_prefix("/hmi"));
    let answer = gate.api().get(&path("hmi", "/qr.svg")).expect(200);
    assert!(
        answer.header("content-type").is_some_and(|kind| kind.starts_with("image/svg+xml")),
        "{}",
        answer.summary()
    );
    let scanned = qr::read(&answer.text());
    assert_eq!(scanned.trim_end_matches('/'), gate.site("hmi").url(""));
    let moved = format!("http://elsewhere.localhost:{}", gate.port());
    gate.api().change("hmi", &json!({ "url": moved }));
    assert_eq!(qr::read(&gate.api().get(&path("hmi", "/qr.svg")).text()).trim_end_matches('/'), moved);
}
