//! The rules of the API for programs that invite: scopes, repeats, limits, and a clear problem for every refusal (C18).

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::support::api::{WORKSPACE, id, path, text};
use crate::support::{Api, App, Gate, Mode, Recorder};

const ADA: &str = "ada@example.com";
const WORKSPACE_KEY: &str = "mg_workspace-key-of-the-suite";
const APP_KEY: &str = "mg_app-key-of-the-test-suite";

fn gate_before(recorder: &Recorder) -> Gate {
    Gate::plan()
        .app(App::new("hmi", Mode::InviteOnly, recorder))
        .app(App::new("two", Mode::InviteOnly, recorder))
        .app(App::new("far", Mode::InviteOnly, recorder).with("workspace = \"other\""))
        .key("workspace", "workspace:default", WORKSPACE_KEY)
        .key("app", "app:default/hmi", APP_KEY)
        .start()
}

fn names(rows: &[Value]) -> Vec<&str> {
    let mut names: Vec<&str> = rows.iter().map(|row| row["name"].as_str().expect("a name")).collect();
    names.sort_unstable();
    names
}

#[test]
fn every_key_lists_the_apps_that_it_covers_in_one_flat_list() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    for (api, expected) in [
        (gate.api(), vec!["far", "hmi", "two"]),
        (Api::new(gate.console(), WORKSPACE_KEY), vec!["hmi", "two"]),
        (Api::new(gate.console(), APP_KEY), vec!["hmi"]),
    ] {
        let rows = api.list("/api/v1/apps");
        assert_eq!(names(&rows), expected);
        let hmi = rows.iter().find(|row| row["name"] == "hmi").expect("the app");
        assert_eq!(*hmi, api.get(&path("hmi", "")).expect(200).json(), "the same rows as below a workspace");
    }
    assert_eq!(names(&gate.api().list("/api/v1/apps?q=HMI")), ["hmi"]);
    let first = gate.api().get("/api/v1/apps?limit=2").expect(200).json();
    assert!(first["items"].as_array().is_some_and(|items| items.len() == 2) && first["next"].is_string(), "{first}");
    gate.api().authorized(None).get("/api/v1/apps").problem(401);
}

#[test]
fn a_key_of_one_app_manages_its_people_and_nobody_elses() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let api = Api::new(gate.console(), APP_KEY);
    let row = api.invite("hmi", &json!({ "email": ADA }));
    gate.visitor("hmi").accept(&text(&row, "link")).expect(303);
    api.patch(&api.place_of("hmi", ADA), &json!({ "given_name": "Augusta" })).expect(200);
    api.post(&format!("{}/reset-link", api.place_of("hmi", ADA)), &json!({})).expect(200);
    let pending = api.invite("hmi", &json!({ "email": "bob@example.com" }));
    api.delete(&path("hmi", &format!("/invites/{}", id(&pending)))).expect(204);

    let theirs = gate.api().invite("two", &json!({ "email": "grete@example.com" }));
    let invite = format!("/invites/{}", id(&theirs));
    for app in ["two", "none"] {
        for rest in ["/invites", "/users", "/qr.svg", &invite] {
            api.get(&path(app, rest)).problem(404);
        }
        api.post(&path(app, "/invites"), &json!({ "emails": ADA })).problem(404);
        api.post(&path(app, "/users"), &json!({ "email": ADA })).problem(404);
        api.post(&path(app, "/access-links"), &json!({ "email": ADA })).problem(404);
        api.post(&path(app, &format!("{invite}/renew")), &json!({})).problem(404);
        api.delete(&path(app, &invite)).problem(404);
    }
    api.get(&path("hmi", &invite)).problem(404);
    gate.visitor("two").get(&gate.visitor("two").local(&text(&theirs, "link"))).page(200);
}

#[test]
fn what_concerns_the_whole_installation_needs_the_accounts_key() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    for key in [WORKSPACE_KEY, APP_KEY] {
        let api = Api::new(gate.console(), key);
        api.get("/api/v1/mail").problem(404);
        api.get("/api/v1/providers").problem(404);
        api.post("/api/v1/mail/test", &json!({ "to": ADA })).problem(404);
        api.post("/api/v1/mail/0000000000000/retry", &json!({})).problem(404);
        api.delete("/api/v1/mail/0000000000000").problem(404);
    }
    let workspace = Api::new(gate.console(), WORKSPACE_KEY);
    workspace.invite("two", &json!({ "email": ADA }));
    workspace.get("/api/v1/workspaces/other/apps/far/invites").problem(404);
    assert!(gate.api().list("/api/v1/mail").is_empty());
    assert!(gate.api().list("/api/v1/providers").is_empty());
}

/// C18. Repeatable.
#[test]
fn a_repeated_call_with_an_idempotency_key_gets_the_same_bytes_and_does_nothing_twice() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let api = gate.api().with_header("Idempotency-Key", "order-1");
    let invites = path("hmi", "/invites");
    let first = api.post(&invites, &json!({ "emails": ADA })).expect(200);
    let second = api.post(&invites, &json!({ "emails": ADA })).expect(200);
    assert_eq!(first.body, second.body);
    let link = text(&first.json()["items"][0], "link");
    gate.visitor("hmi").accept(&link).expect(303);
    assert_eq!(api.post(&invites, &json!({ "emails": ADA })).expect(200).body, first.body);
    assert_eq!(gate.api().invites("hmi", "").len(), 1);

    api.post(&invites, &json!({ "emails": "bob@example.com" })).problem(422);
    assert!(gate.api().invites("hmi", "?q=bob").is_empty());
    api.post(&path("two", "/invites"), &json!({ "emails": "bob@example.com" })).expect(200);
    let other = Api::new(gate.console(), APP_KEY).with_header("Idempotency-Key", "order-1");
    let theirs = other.post(&invites, &json!({ "emails": "cyd@example.com" })).expect(200);
    assert_ne!(theirs.body, first.body, "another program's keys are its own");
}

#[test]
fn an_idempotency_key_covers_every_post_and_also_refusals() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let users = path("hmi", "/users");
    let api = gate.api().with_header("Idempotency-Key", "person-1");
    let made = api.post(&users, &json!({ "email": ADA })).expect(201);
    let again = api.post(&users, &json!({ "email": ADA })).expect(201);
    assert_eq!(made.body, again.body, "not a 409");
    gate.api().post(&users, &json!({ "email": ADA })).problem(409);
    let links = path("hmi", "/access-links");
    let api = gate.api().with_header("Idempotency-Key", "link-1");
    let bob = json!({ "email": "bob@example.com" });
    assert_eq!(api.post(&links, &bob).expect(200).body, api.post(&links, &bob).expect(200).body);
    for odd in ["", &"x".repeat(300), "a\u{7f}b"] {
        let status = gate.api().with_header("Idempotency-Key", odd).post(&links, &bob).status;
        assert!(matches!(status, 200 | 400 | 422), "{odd}: {status}");
    }
}

#[test]
fn ten_repeats_at_once_are_one_call() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let threads: Vec<_> = (0..10)
        .map(|_| {
            let api = gate.api().with_header("Idempotency-Key", "at-once");
            std::thread::spawn(move || api.post(&path("hmi", "/invites"), &json!({ "emails": ADA })))
        })
        .collect();
    let answers: Vec<_> = threads.into_iter().map(|thread| thread.join().expect("an answer")).collect();
    let good: HashSet<Vec<u8>> =
        answers.iter().filter(|answer| answer.status == 200).map(|answer| answer.body.clone()).collect();
    assert_eq!(good.len(), 1, "{answers:?}");
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 409 | 429)), "{answers:?}");
    let link =
        text(&serde_json::from_slice::<Value>(good.iter().next().expect("one")).expect("JSON")["items"][0], "link");
    gate.visitor("hmi").accept(&link).expect(303);
}

/// One connection with everything sent at once, so that the machine's speed plays no part.
#[test]
fn each_key_has_a_rate_of_its_own() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let request =
        |key: &str| gate.console().head("GET", "/api/v1/workspaces") + &format!("Authorization: Bearer {key}\r\n\r\n");
    let mut client = gate.connect();
    client.send(request(APP_KEY).repeat(800));
    let (mut statuses, mut limited) = (Vec::new(), None);
    for _ in 0..800 {
        let answer = client.response();
        statuses.push(answer.status);
        limited = limited.or((answer.status == 429).then_some(answer));
    }
    assert!(statuses[..200].iter().all(|status| *status == 200), "a burst of 200 passes");
    let limited = limited.expect("800 requests in a breath are too many");
    assert!(limited.header("retry-after").and_then(|wait| wait.parse::<u64>().ok()).is_some_and(|wait| wait <= 60));
    limited.problem(429);
    gate.api().get("/api/v1/workspaces").expect(200);
    Api::new(gate.console(), WORKSPACE_KEY).get("/api/v1/workspaces").expect(200);
    crate::support::eventually("the key works again", || {
        (Api::new(gate.console(), APP_KEY).get("/api/v1/apps").status == 200).then_some(())
    });
}

#[test]
fn refusals_are_problems_that_say_what_is_wrong() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let api = gate.api();
    let invites = path("hmi", "/invites");
    api.authorized(None).get(&invites).problem(401);
    api.authorized(Some("Bearer wrong-key-of-nobody")).post(&invites, &json!({ "emails": ADA })).problem(401);
    api.send("POST", &invites, Some(("text/plain", ADA))).problem(415);
    api.send("PUT", &invites, Some(("application/json", "{}"))).problem(405);
    let huge = format!("{{\"emails\":\"{}\"}}", "a@example.com ".repeat(76_000));
    api.send("POST", &invites, Some(("application/json", &huge))).problem(413);
    for body in ["{", "[]", "null", "\"x\"", ""] {
        let answer = api.send("POST", &invites, Some(("application/json", body)));
        assert!(matches!(answer.status, 400 | 422), "{body}: {}", answer.summary());
    }
    for unknown in ["/invites/0000000000000", "/invites/x", "/invites/..", "/invites/%00", "/users/zzz"] {
        assert!((400..500).contains(&api.get(&path("hmi", unknown)).status), "{unknown}");
    }
    api.get(&path("hmi", "/invites/0000000000000")).problem(404);
    api.get(&format!("{WORKSPACE}/apps/none/invites")).problem(404);
}
