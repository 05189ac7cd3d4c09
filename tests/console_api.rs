//! The API as the console's own script calls it: by the session's cookie, from the same origin only, without lost
//! updates, and with lists that stay whole while rows come and go.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::support::api::{WORKSPACE, done, id, path, text};
use crate::support::gate::ACCOUNT_KEY;
use crate::support::visitor::Purpose;
use crate::support::{App, Gate, Member, Mode, PASSWORD, Recorder, Request, Response, Style, Visitor, eventually};

fn gate_before(recorder: &Recorder) -> Gate {
    Gate::before(App::new("hmi", Mode::Signup, recorder).with("title = \"Line 4\""))
}

/// A call with the member's cookie and nothing that a browser adds by itself.
fn bare(method: &str, at: &str, body: Option<&Value>) -> Request {
    let request = Request::new(method, at, Purpose::Bare);
    match body {
        None => request.header("Content-Length", "0"),
        Some(body) => request.header("Content-Type", "application/json").body(&body.to_string()),
    }
}

#[test]
fn the_session_is_as_good_as_a_key_from_the_same_origin() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    assert_eq!(owner.get(&path("hmi", "")).expect(200).json()["id"], gate.api().app("hmi")["id"]);
    owner.patch(&path("hmi", ""), &json!({ "title": "Line 5" })).expect(200);
    owner.post(&path("hmi", "/invites"), &json!({ "emails": "ada@example.com" })).expect(200);
    let invite = id(&gate.api().invites("hmi", "")[0]);
    done(&owner.delete(&path("hmi", &format!("/invites/{invite}"))));
    assert_eq!(owner.get("/api/v1/workspaces").header("cache-control"), Some("no-store"));
}

/// A cookie goes along whoever asks, so only the console's own pages may change anything with it.
#[test]
fn no_other_origin_changes_anything_with_the_cookie() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let app_origin = gate.site("hmi").origin();
    let own = owner.browser.site.origin();
    let upper = own.to_uppercase();
    let other_port = format!("http://localhost:{}", gate.port() + 1);
    let cases: Vec<Vec<(&str, &str)>> = vec![
        vec![("Origin", "http://evil.example"), ("Sec-Fetch-Site", "cross-site")],
        vec![("Origin", &app_origin), ("Sec-Fetch-Site", "same-site")],
        vec![("Origin", "null")],
        vec![("Origin", "http://evil.example")],
        vec![("Origin", &app_origin)],
        vec![("Origin", &other_port)],
        vec![("Sec-Fetch-Site", "cross-site")],
        vec![("Sec-Fetch-Site", "same-site")],
        vec![("Origin", "http://evil.example"), ("Sec-Fetch-Site", "same-origin")],
        vec![("Origin", &own), ("Sec-Fetch-Site", "cross-site")],
        vec![("Referer", &own)],
        vec![],
    ];
    let change = json!({ "title": "Pwned" });
    for headers in &cases {
        for (method, at, body) in [
            ("PATCH", path("hmi", ""), Some(&change)),
            ("DELETE", path("hmi", ""), None),
            ("POST", path("hmi", "/invites"), Some(&change)),
            ("PATCH", "/api/v1/me".to_owned(), Some(&change)),
        ] {
            let request =
                headers.iter().fold(bare(method, &at, body), |request, (name, value)| request.header(name, value));
            let answer = owner.send(&request);
            assert_eq!(answer.status, 403, "{headers:?} {method}: {}", answer.summary());
        }
    }
    assert_eq!(gate.api().app("hmi")["title"], "Line 4");
    let lan = bare("PATCH", &path("hmi", ""), Some(&json!({ "title": "Ours" }))).header("Origin", &own);
    owner.send(&lan).expect(200);
    let spelled = bare("PATCH", &path("hmi", ""), Some(&json!({ "title": "Ours" }))).header("Origin", &upper);
    assert!(matches!(owner.send(&spelled).status, 200 | 403));
}

#[test]
fn a_form_of_another_page_is_no_call() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    for kind in ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"] {
        let request = Request::new("POST", &path("hmi", "/invites"), Purpose::Navigation)
            .header("Origin", "http://evil.example")
            .header("Sec-Fetch-Site", "cross-site")
            .header("Content-Type", kind)
            .body("{\"emails\":\"eve@example.com\"}");
        owner.send(&request).expect(403);
        let own = Request::new("POST", &path("hmi", "/invites"), Purpose::Navigation).header("Content-Type", kind);
        assert!(matches!(owner.send(&own.body("{\"emails\":\"eve@example.com\"}")).status, 415 | 422));
    }
    assert!(gate.api().invites("hmi", "").is_empty());
}

/// A name that was rebound to this address reaches nothing: neither the API nor the cookie.
#[test]
fn a_rebound_name_finds_no_api() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example"] {
        let mut rebound = owner.browser.clone();
        rebound.site.host = format!("{host}:{}", gate.port());
        let origin = rebound.site.origin();
        let read = rebound.send(&Request::fetch("/api/v1/me"));
        assert_eq!(read.status, 404, "{}", read.summary());
        let write = bare("PATCH", "/api/v1/me", Some(&json!({ "theme": "dark" })))
            .header("Origin", &origin)
            .header("Sec-Fetch-Site", "same-origin");
        assert_eq!(rebound.send(&write).status, 404);
        // Not even with a key in the hand.
        let keyed = Request::fetch("/api/v1/me").header("Authorization", &format!("Bearer {ACCOUNT_KEY}"));
        assert_eq!(rebound.send(&keyed).status, 404);
    }
}

#[test]
fn a_key_and_a_cookie_at_once_are_the_key() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let with = |authorization: &str| {
        owner.send(&owner.request("GET", "/api/v1/me", None).header("Authorization", authorization))
    };
    with("Bearer mg_a-key-that-nobody-has-ever-made").problem(401);
    with("Basic b2xnYTpvbGdh").problem(401);
    let me = with(&format!("Bearer {ACCOUNT_KEY}")).expect(200).json();
    assert!(me["email"].is_null(), "{me}");
    // A program is no browser: no origin is asked of it.
    let change = bare("PATCH", &path("hmi", ""), Some(&json!({ "title": "By key" })))
        .header("Authorization", &format!("Bearer {ACCOUNT_KEY}"))
        .header("Origin", "http://mes.example");
    owner.send(&change).expect(200);
}

#[test]
fn a_session_that_is_over_is_worth_nothing_at_the_api() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut owner = Member::first(&gate);
    let old = owner.clone();
    owner.browser.sign_out().expect(303);
    old.get("/api/v1/me").problem(401);
    old.patch(&path("hmi", ""), &json!({ "title": "Late" })).problem(401);
    Visitor::new(gate.console(), Style::Browser).fetch("/api/v1/me").problem(401);
}

fn single_resources(owner: &Member) -> Vec<(String, Value)> {
    let role = owner.makes_role("Watcher", &["see-apps"]);
    let key = id(&owner.makes_key("MES", "account"));
    owner.makes_workspace("packaging", "Packaging");
    vec![
        (path("hmi", ""), json!({ "title": "A" })),
        ("/api/v1/workspaces/packaging".to_owned(), json!({ "title": "A" })),
        (format!("/api/v1/roles/{role}"), json!({ "name": "A" })),
        (format!("/api/v1/keys/{key}"), json!({ "name": "A" })),
    ]
}

/// Two administrators with one person open: the second does not undo the first.
#[test]
fn a_persons_row_is_not_overwritten_either() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    gate.visitor("hmi").sign_up("ada@example.com").expect(303);
    let at = path("hmi", &format!("/users/{}", id(&gate.api().user("hmi", "ada@example.com"))));
    let tag = tag_of(&owner.get(&at).expect(200));
    let patch = |name: &str| {
        let body = json!({ "given_name": name });
        owner.send(&owner.request("PATCH", &at, Some(&body)).header("If-Match", &tag))
    };
    patch("First").expect(200);
    patch("Second").problem(412);
    assert_eq!(owner.get(&at).expect(200).json()["given_name"], "First");
}

#[test]
fn what_was_changed_meanwhile_is_not_overwritten() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    for (at, change) in single_resources(&owner) {
        let patch = |tag: &str| owner.send(&owner.request("PATCH", &at, Some(&change)).header("If-Match", tag));
        let first = tag_of(&owner.get(&at).expect(200));
        assert!(first.starts_with('"') && first.ends_with('"'), "{at}: strong: {first}");
        patch("\"never-a-revision\"").problem(412);
        let after = tag_of(&patch(&first).expect(200));
        assert_ne!(after, first, "{at}");
        patch(&first).problem(412);
        assert_eq!(
            tag_of(&owner.get(&at).expect(200)),
            after,
            "{at}: the answer of a PATCH has the tag of what is now"
        );
        patch(&format!("\"x\", {after}")).expect(200);
        patch("*").expect(200);
    }
    assert_eq!(gate.api().app("hmi")["title"], "A");
}

#[track_caller]
fn tag_of(answer: &Response) -> String {
    answer.header("etag").unwrap_or_else(|| panic!("no ETag: {}", answer.summary())).to_owned()
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    for (at, change) in single_resources(&owner) {
        let get = |tag: &str| owner.send(&owner.request("GET", &at, None).header("If-None-Match", tag));
        // An app's health is looked at now and then, which is a change of what is shown.
        let tag = eventually("nothing changes for a moment", || {
            let tag = tag_of(&owner.get(&at).expect(200));
            let same = get(&tag);
            assert!(same.status != 304 || (same.body.is_empty() && tag_of(&same) == tag), "{at}: {}", same.summary());
            let spelled = [format!("W/{tag}"), format!("\"other\", {tag}")];
            (same.status == 304 && spelled.iter().all(|tag| get(tag).status == 304)).then_some(tag)
        });
        get("\"other\"").expect(200);
        owner.patch(&at, &change).expect(200);
        get(&tag).expect(200);
    }
}

#[test]
fn two_writers_with_one_tag_are_one_writer() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let tag = tag_of(&owner.get(&path("hmi", "")).expect(200));
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let write = |n: usize| {
            let request = owner.request("PATCH", &path("hmi", ""), Some(&json!({ "title": format!("Writer {n}") })));
            let (owner, request) = (&owner, request.header("If-Match", &tag));
            move || owner.send(&request).status
        };
        let writers: Vec<_> = (0..10).map(|n| scope.spawn(write(n))).collect();
        writers.into_iter().map(|writer| writer.join().expect("an answer")).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 412)), "{statuses:?}");
}

/// Walks a list page by page; `between` is done after each page.
fn walk(owner: &Member, list: &str, limit: usize, mut between: impl FnMut(usize)) -> Vec<String> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    for page in 0.. {
        let answer = owner.get(&format!("{list}?limit={limit}{cursor}")).expect(200).json();
        found.extend(answer["items"].as_array().expect("a list").iter().map(id));
        match answer["next"].as_str() {
            None => break,
            Some(next) => cursor = format!("&cursor={next}"),
        }
        between(page);
    }
    found
}

/// Whatever is inserted and deleted while somebody walks: what was there all the time comes once, and nothing twice.
#[test]
fn cursors_are_stable_while_rows_come_and_go() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let users = path("hmi", "/users");
    let make = |name: &str| {
        let body = json!({ "email": format!("{name}@example.com"), "invite": false });
        id(&owner.post(&users, &body).expect(201).json())
    };
    let stay: HashSet<String> = (0..24).map(|n| make(&format!("stay{n:02}"))).collect();
    let mut go: Vec<String> = (0..12).map(|n| make(&format!("m{n:02}"))).collect();
    let found = walk(&owner, &users, 7, |page| {
        for gone in go.drain(..go.len().min(3)) {
            done(&owner.delete(&format!("{users}/{gone}")));
        }
        make(&format!("a{page}"));
        make(&format!("z{page}"));
    });
    let unique: HashSet<String> = found.iter().cloned().collect();
    assert_eq!(unique.len(), found.len(), "nothing comes twice");
    assert!(stay.is_subset(&unique), "what stayed is not skipped");
}

#[test]
fn every_list_is_walked_by_cursors_and_refuses_invented_ones() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    for n in 0..5 {
        owner.makes_role(&format!("Role {n}"), &[]);
        owner.makes_key(&format!("key {n}"), "me");
        owner.makes_workspace(&format!("w{n}"), &format!("W {n}"));
        owner.invites(&format!("i{n}@plant.example"), &json!({ "roles": [] }));
        owner.brings(&gate, &format!("m{n}@plant.example"), &json!({ "roles": [] }));
    }
    for list in [
        "/api/v1/roles",
        "/api/v1/keys",
        "/api/v1/workspaces",
        "/api/v1/members",
        "/api/v1/members/invites",
        "/api/v1/audit",
        "/api/v1/workspaces/default/audit",
        &format!("{WORKSPACE}/apps"),
    ] {
        let all = owner.get(&format!("{list}?limit=1000")).expect(200).json();
        let rows = all["items"].as_array().unwrap_or_else(|| panic!("{list}: {all}")).len();
        let mut walked = 0;
        let mut cursor = String::new();
        for _ in 0..=rows {
            let page = owner.get(&format!("{list}?limit=2{cursor}")).expect(200).json();
            walked += page["items"].as_array().expect("rows").len();
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(walked, rows, "{list}");
        for wrong in ["?cursor=AAAA!!", "?limit=0", "?limit=100000", "?limit=x", "?unheard_of=1"] {
            owner.get(&format!("{list}{wrong}")).problem(422);
        }
    }
}

#[test]
fn me_tells_who_asks() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let me = owner.me();
    assert_eq!(me["kind"], "member", "{me}");
    assert_eq!(text(&me, "id"), owner.id_of(crate::support::OWNER));
    assert_eq!(me["workspaces"][0]["permissions"].as_array().map(Vec::len), Some(10), "{me}");
    assert!(!me.to_string().contains(PASSWORD));
    let key = owner.makes_key("MES", "app:default/hmi");
    let program = crate::support::Api::new(gate.console(), &text(&key, "secret"));
    let me = program.get("/api/v1/me").expect(200).json();
    assert_eq!((me["kind"].as_str(), me["owner"].as_bool()), (Some("key"), Some(false)), "{me}");
    let answer = program.patch("/api/v1/me", &json!({ "theme": "dark" }));
    assert!(answer.status >= 400, "a key has no theme: {}", answer.summary());
}
