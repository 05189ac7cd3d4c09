//! The audit record: who did what, when, from where; complete, chained, bounded, exported (issue 4, C28, D28's basis).

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use serde_json::{Value, json};

use crate::support::api::{WORKSPACE, id, path, text};
use crate::support::process::run;
use crate::support::wait::eventually;
use crate::support::{Api, App, Gate, Member, Mode, PASSWORD, RawClient, Recorder, Request, Style, Visitor};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const RECORD: &str = "/api/v1/audit";

fn gate_before(recorder: &Recorder) -> Gate {
    Gate::plan()
        .app(App::new("hmi", Mode::Signup, recorder))
        .app(App::new("press", Mode::MasterPassword, recorder))
        .key("line", "workspace:default", "mg_key-of-the-workspace")
        .key("panel", "app:default/hmi", "mg_key-of-one-app-only")
        .start()
}

#[track_caller]
fn entries(api: &Api, query: &str) -> Vec<Value> {
    api.list(&format!("{RECORD}?limit=1000{query}"))
}

#[track_caller]
fn newest(api: &Api, action: &str) -> Value {
    let found = entries(api, &format!("&action={action}"));
    found.first().unwrap_or_else(|| panic!("no entry of {action}")).clone()
}

fn actions(entries: &[Value]) -> BTreeSet<String> {
    entries.iter().map(|entry| text(entry, "action")).collect()
}

/// What people do themselves.
fn people_come_and_go(gate: &Gate) {
    let mut ada = gate.visitor("hmi");
    ada.sign_up(ADA).expect(303);
    ada.sign_out().expect(303);
    ada.sign_in_with(ADA, "wrong-password-of-mine").expect(401);
    ada.sign_in(ADA).expect(303);
    ada.post("/.millgate/account/name", &[("given_name", "Augusta"), ("family_name", "King")]);
    let mut panel = gate.visitor("press");
    panel.give_master_password_of("wrong-master").expect(401);
    panel.give_master_password().expect(303);
}

/// What a program does.
fn a_program_administers(api: &Api) -> Vec<String> {
    let mut secrets = Vec::new();
    let invite = api.invite("hmi", &json!({ "email": BOB }));
    secrets.push(text(&invite, "link"));
    let at = path("hmi", &format!("/invites/{}", id(&invite)));
    secrets.push(text(&api.post(&format!("{at}/renew"), &json!({})).expect(200).json(), "link"));
    api.delete(&at).expect(204);
    secrets.push(text(&api.access_link("hmi", "eve@example.com"), "link"));
    api.post(&path("hmi", "/users"), &json!({ "username": "4711", "invite": false })).expect(201);
    let user = api.place_of("hmi", "4711");
    api.patch(&user, &json!({ "family_name": "Seven" })).expect(200);
    secrets.push(text(&api.post(&format!("{user}/reset-link"), &json!({})).expect(200).json(), "link"));
    api.post(&format!("{user}/sign-out"), &json!({}));
    api.delete(&user).expect(204);
    api.delete_session("hmi", &id(&api.sessions_of("hmi", ADA)[0]));
    api.change("press", &json!({ "title": "Press 5", "master_password": "a-new-master-password", "access": "public" }));
    let new = json!({ "name": "extra", "url": "http://extra.localhost:9", "upstream": "http://127.0.0.1:9" });
    api.post(&format!("{WORKSPACE}/apps"), &new).expect(201);
    api.delete(&path("extra", "")).expect(204);
    api.authorized(Some("Bearer mg_a-wrong-key-of-nobody")).get(RECORD).problem(401);
    secrets
}

#[test]
fn everything_that_is_done_has_its_entry_and_no_entry_holds_a_secret() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    people_come_and_go(&gate);
    let mut secrets = a_program_administers(&gate.api());
    let all = entries(&gate.api(), "");
    let wanted = [
        "sign-up",
        "sign-out",
        "sign-in",
        "sign-in.failed",
        "master-password",
        "invite.create",
        "invite.renew",
        "invite.withdraw",
        "access-link.create",
        "user.create",
        "user.change",
        "user.reset-link",
        "user.sign-out",
        "user.delete",
        "session.end",
        "app.create",
        "app.change",
        "app.delete",
    ];
    let missing: Vec<&&str> = wanted.iter().filter(|action| !actions(&all).contains(**action)).collect();
    assert!(missing.is_empty(), "{missing:?} of {:?}", actions(&all));
    secrets.extend([PASSWORD, "wrong-password-of-mine", "wrong-master", "a-new-master-password"].map(str::to_owned));
    secrets.extend(["mg_", "argon2"].map(str::to_owned));
    let text = Value::Array(all).to_string();
    for secret in secrets {
        let code = secret.rsplit('/').next().unwrap_or_default();
        assert!(!text.contains(code), "{code} is in the record");
    }
}

#[test]
fn an_entry_says_who_what_when_and_from_where() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let api = gate.api();
    gate.visitor("hmi").sign_up(ADA).expect(303);
    let user = api.user("hmi", ADA);
    let entry = newest(&api, "sign-up");
    assert_eq!(entry["actor"], json!({ "kind": "user", "id": user["id"], "name": ADA }));
    assert_eq!(
        (&entry["ip"], &entry["app"], &entry["workspace"]),
        (&json!("127.0.0.1"), &json!("hmi"), &json!("default"))
    );
    assert_eq!((&entry["app_id"], &entry["target"]["kind"]), (&api.app("hmi")["id"], &json!("session")));
    assert!(text(&entry, "at").ends_with('Z') && text(&entry, "hash").len() == 64, "{entry}");

    api.change("hmi", &json!({ "title": "Line 5", "approval": true, "master_password": "some-master-password" }));
    let entry = newest(&api, "app.change");
    assert_eq!(entry["actor"], json!({ "kind": "config-key", "id": null, "name": "suite" }));
    let title = json!({ "from": "hmi", "to": "Line 5" });
    let detail = json!({ "title": title, "approval": { "from": "false", "to": "true" }, "master_password": "changed" });
    assert_eq!(entry["detail"], detail);
    let before = entries(&api, "").len();
    api.change("hmi", &json!({ "title": "Line 5" }));
    assert_eq!(entries(&api, "").len(), before, "what changes nothing is no change");

    let by_file = newest(&api, "app.create");
    assert_eq!(by_file["actor"], json!({ "kind": "machine", "id": null, "name": null }));
}

#[test]
fn the_record_is_filtered_and_read_page_by_page() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let api = gate.api();
    for name in [ADA, BOB] {
        gate.visitor("hmi").sign_up(name).expect(303);
    }
    gate.visitor("press").give_master_password().expect(303);
    let count = |query: &str| entries(&api, query).len();
    // The set-up link of the start is told behind; two more are sure to come after it.
    let all = eventually("the start is told", || (count("&action=set-up") == 1).then(|| count("")));
    assert_eq!(all, 6);
    assert_eq!((count(&format!("&actor={ADA}")), count("&actor=ADA@example.com")), (1, 1));
    assert_eq!((count("&q=BOB@"), count("&q=nobody-like-that"), count("&actor=machine&action=app")), (1, 0, 2));
    assert_eq!((count("&app=press"), count("&action=sign-up"), count("&action=app")), (2, 2, 2));
    assert_eq!(
        (count("&from=2020-01-01&to=2099-12-31"), count("&to=2020-01-01"), count("&from=2099-01-01T00:00:00Z")),
        (all, 0, 0)
    );
    for (query, field) in [
        ("?from=then", "from"),
        ("?action=eat", "action"),
        ("?color=red", "color"),
        ("?format=xls", "format"),
        ("?cursor=x", "cursor"),
    ] {
        assert_eq!(api.get(&format!("{RECORD}{query}")).problem(422)["errors"][0]["field"], field);
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = api.get(&format!("{RECORD}?limit=2&cursor={cursor}")).expect(200).json();
        seen.extend(
            page["items"].as_array().expect("items").iter().map(|entry| entry["seq"].as_u64().expect("a number")),
        );
        match page["next"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    let down: Vec<u64> = (1..=all as u64).rev().collect();
    assert_eq!(seen, down, "newest first, none twice, none missing");
}

/// Numbers and cursors would tell how much goes on in other workspaces.
#[test]
fn the_record_of_a_workspace_counts_nothing_of_the_others() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let api = gate.api();
    for person in [ADA, BOB] {
        gate.visitor("hmi").sign_up(person).expect(303);
    }
    eventually("both are told", || (entries(&api, "&action=sign-up").len() == 2).then_some(()));
    let own = format!("{WORKSPACE}/audit");
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = api.get(&format!("{own}?limit=1&cursor={cursor}")).expect(200).json();
        seen.extend(page["items"].as_array().expect("items").iter().cloned());
        let Some(next) = page["next"].as_str() else { break };
        cursor = next.to_owned();
        assert!(!plain(&cursor).parse::<u64>().is_ok_and(|place| place < 1000), "{cursor}");
    }
    assert!(seen.iter().all(|entry| entry.get("seq").is_none()), "{seen:?}");
    let hashes: BTreeSet<String> = seen.iter().map(|entry| text(entry, "hash")).collect();
    assert_eq!(hashes.len(), api.list(&format!("{own}?limit=1000")).len(), "none twice, none missing");
    assert!(api.get(&format!("{own}?format=csv")).expect(200).text().lines().skip(1).all(|line| line.starts_with(',')));
    assert_eq!(api.get(&format!("{own}?cursor=MQ")).problem(422)["errors"][0]["field"], "cursor");
}

/// What a cursor says to who decodes it.
fn plain(cursor: &str) -> String {
    let bytes = data_encoding::BASE64URL_NOPAD.decode(cursor.as_bytes()).expect("a cursor");
    String::from_utf8(bytes).expect("text")
}

#[test]
fn an_export_has_all_of_it_in_the_order_of_time() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let api = gate.api();
    gate.visitor("hmi").sign_up("=ada+1@example.com").expect(303);
    eventually("the start is told", || (entries(&api, "&action=set-up").len() == 1).then_some(()));
    let mut listed = entries(&api, "");
    listed.reverse();
    let answer = api.get(&format!("{RECORD}?format=jsonl")).expect(200);
    assert_eq!(answer.header("content-type"), Some("application/jsonl"));
    assert!(answer.header("content-disposition").is_some_and(|value| value.contains(".jsonl")));
    let lines: Vec<Value> = answer.text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines, listed);

    let csv = api.with_header("Accept", "text/csv").get(&format!("{RECORD}?action=sign-up")).expect(200);
    assert!(csv.header("content-type").is_some_and(|kind| kind.starts_with("text/csv")));
    let text = csv.text();
    let rows: Vec<&str> = text.split_terminator("\r\n").collect();
    assert_eq!((rows.len(), rows[0].split(',').count()), (2, 14), "{text}");
    assert!(rows[1].contains("\"'=ada+1@example.com\""), "no formula for a spreadsheet: {text}");
    eventually("who took a copy is told", || (entries(&gate.api(), "&action=audit.export").len() == 2).then_some(()));
}

#[test]
fn a_key_sees_the_record_of_its_own_workspace_and_an_apps_key_none() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    gate.api().authorized(Some("Bearer mg_a-wrong-key-of-nobody")).get(RECORD).problem(401);
    let line = gate.api().authorized(Some("Bearer mg_key-of-the-workspace"));
    line.get(RECORD).problem(404);
    let own = line.list(&format!("{WORKSPACE}/audit"));
    assert!(actions(&own).contains("sign-up"));
    assert!(own.iter().all(|entry| entry["workspace"] == "default"), "{own:?}");
    assert!(!actions(&own).contains("sign-in.failed"), "a wrong key of the account is the account's business");
    let panel = gate.api().authorized(Some("Bearer mg_key-of-one-app-only"));
    panel.get(RECORD).problem(404);
    panel.get(&format!("{WORKSPACE}/audit")).problem(404);
}

/// T22's sister: strangers can write as little as they like into the record, and nothing that they choose.
#[test]
fn failed_sign_ins_are_counted_and_not_written_one_by_one() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    for number in 0..30 {
        let mut visitor = gate.visitor("hmi");
        let status = visitor.sign_in_with(if number == 0 { ADA } else { "hunter2@my.password" }, "wrong").status;
        assert!(status == 401 || status == 429, "{status}");
    }
    let failed = entries(&gate.api(), "&action=sign-in.failed");
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(failed[0]["target"]["name"], ADA);
    assert_eq!(failed[0]["actor"]["kind"], "stranger");
    assert!(!Value::Array(entries(&gate.api(), "")).to_string().contains("hunter2"));
}

#[test]
fn the_chain_is_whole_after_every_kill_and_holds_what_was_answered() {
    let recorder = Recorder::start();
    let mut gate = gate_before(&recorder);
    let answered = Arc::new(Mutex::new(Vec::new()));
    for round in 0..5u64 {
        let stop = Arc::new(AtomicBool::new(false));
        let clients: Vec<_> = (0..3)
            .map(|client| {
                let (site, answered, stop) = (gate.site("hmi"), Arc::clone(&answered), Arc::clone(&stop));
                std::thread::spawn(move || {
                    for number in 0.. {
                        let name = format!("u{round}-{client}-{number}@example.com");
                        let visitor = Visitor::new(site.clone(), Style::Browser);
                        let form =
                            [("email", &*name), ("password", PASSWORD), ("given_name", "A"), ("family_name", "B")];
                        let request = visitor.text(&Request::form("/.millgate/sign-up", &form));
                        let answer = RawClient::try_connect(site.address).and_then(|mut client| {
                            client.try_send(&request).ok()?;
                            client.try_response("POST")
                        });
                        match answer {
                            Some(answer) if answer.status == 303 => answered.lock().unwrap().push(name),
                            _ if stop.load(Ordering::SeqCst) => return,
                            Some(_) => {}
                            None => return,
                        }
                    }
                })
            })
            .collect();
        std::thread::sleep(Duration::from_millis(150 + 170 * round));
        gate.kill();
        stop.store(true, Ordering::SeqCst);
        clients.into_iter().for_each(|client| client.join().expect("a client"));
        check(&gate, 0, "is whole");
        gate.start_again();
    }
    check(&gate, 0, "is whole");
    let noted: BTreeSet<String> =
        exported(&gate.api(), "sign-up").iter().map(|entry| text(&entry["actor"], "name")).collect();
    let answered = answered.lock().unwrap();
    assert!(!answered.is_empty(), "the rounds were too short to prove anything");
    let missing: Vec<&String> = answered.iter().filter(|name| !noted.contains(*name)).collect();
    assert!(missing.is_empty(), "answered and not in the record: {missing:?}");
}

fn exported(api: &Api, action: &str) -> Vec<Value> {
    let text = api.get(&format!("{RECORD}?format=jsonl&action={action}")).expect(200).text();
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[track_caller]
fn check(gate: &Gate, code: i32, says: &str) {
    let outcome = gate.command(&["check"]);
    let said = format!("{}{}", outcome.stdout, outcome.stderr);
    assert!(outcome.code == Some(code) && said.contains(says), "{:?}: {said}", outcome.code);
}

#[test]
fn the_check_finds_what_was_taken_out_or_swapped_and_leaves_the_file_alone() {
    let recorder = Recorder::start();
    let mut gate = gate_before(&recorder);
    for name in [ADA, BOB, "eve@example.com"] {
        gate.visitor("hmi").sign_up(name).expect(303);
    }
    check(&gate, 0, "is whole: entries 1 to");
    let backup = gate.dir().join("copy");
    let backed_up = gate.command(&["backup", backup.to_str().unwrap()]);
    assert_eq!(backed_up.code, Some(0), "{}", backed_up.stderr);
    gate.terminate();
    check(&gate, 0, "is whole");
    let store = std::fs::read(gate.store()).unwrap();
    check(&gate, 0, "is whole");
    assert!(std::fs::read(gate.store()).unwrap() == store, "a check changes nothing");
    let of_backup = || run(&["check", "--backup", backup.to_str().unwrap()]);
    assert!(of_backup().stdout.contains("is whole"), "{}", of_backup().stderr);

    edit(&gate.store(), |records| drop(records.remove(key(3).as_slice()).unwrap()));
    check(&gate, 1, "entry 3 is missing");
    gate.start_again();
    check(&gate, 1, "entry 3 is missing");
    edit(&backup, |records| {
        // Bytes of another place do not pass for those of this one, either.
        let other = records.get(key(2).as_slice()).unwrap().unwrap().value().to_vec();
        records.insert(key(4).as_slice(), other.as_slice()).unwrap();
    });
    let outcome = of_backup();
    assert!(outcome.code == Some(1) && outcome.stderr.contains("entry 4"), "{}", outcome.stderr);
}

const RECORDS: TableDefinition<&[u8], &[u8]> = TableDefinition::new("records");

fn key(index: u64) -> Vec<u8> {
    [&[25][..], &index.to_be_bytes()].concat()
}

fn edit(store: &Path, change: impl FnOnce(&mut redb::Table<'_, &'static [u8], &'static [u8]>)) {
    let database = Database::open(store).unwrap();
    assert!(database.begin_read().unwrap().open_table(RECORDS).unwrap().get(key(3).as_slice()).unwrap().is_some());
    let transaction = database.begin_write().unwrap();
    change(&mut transaction.open_table(RECORDS).unwrap());
    transaction.commit().unwrap();
}

#[test]
fn limits_that_would_let_noise_wipe_out_the_record_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("millgate.toml");
    for (line, says) in
        [("most = 10", "at least 1000"), ("keep = \"5m\"", "at least \"1d\""), ("keeep = \"5d\"", "keep")]
    {
        std::fs::write(&file, format!("[audit]\n{line}\n")).unwrap();
        let outcome = run(&["--config", file.to_str().unwrap(), "check"]);
        assert!(outcome.code == Some(2) && outcome.stderr.contains(says), "{}", outcome.stderr);
    }
    std::fs::write(&file, "[audit]\nmost = 5000\nkeep = \"90d\"\n").unwrap();
    assert_eq!(run(&["--config", file.to_str().unwrap(), "check"]).code, Some(0));
}

/// The console's page: the same record, in words, filtered by a form, for who may see it and nobody else.
#[test]
fn members_read_the_record_in_the_console() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut olga = Member::first(&gate);
    gate.visitor("hmi").sign_up(ADA).expect(303);
    olga.post(&format!("{WORKSPACE}/apps"), &json!({
        "name": "extra", "title": "<b>Extra</b>", "url": "http://extra.localhost:9", "upstream": "http://127.0.0.1:9",
    }))
    .expect(201);
    let page = olga.browser.get("/w/default/audit").page(200);
    for word in [ADA, "Signed up", "Made an app", "olga@plant.example", "&#60;b&#62;Extra", "127.0.0.1", "format=csv"] {
        assert!(page.contains(word), "{word} is not on the page");
    }
    assert!(!page.contains("Set an owner up"), "what concerns the installation stands there only");
    assert!(olga.browser.get("/account/audit").page(200).contains("Set an owner up"));
    let filtered =
        olga.browser.get("/w/default/audit?action=sign-up&q=ada&actor=&app=hmi&from=2020-01-01&to=").page(200);
    assert!(filtered.contains("first\">Signed up"), "{filtered}");
    assert!(!filtered.contains("first\">Made an app"), "{filtered}");
    assert!(olga.browser.get("/w/default/audit?q=nothing-like-it").page(200).contains("Nothing fits these filters"));
    olga.browser.get("/w/default/audit?from=yesterday").page(422);
    let csv = olga.browser.get("/api/v1/workspaces/default/audit?format=csv&action=app").expect(200).text();
    assert!(csv.lines().count() == 4 && csv.contains("app.create"), "{csv}");

    let mut rita = olga.brings_with(&gate, "rita@plant.example", "default", &["see-apps", "see-audit"]);
    assert!(rita.browser.get("/w/default/audit").page(200).contains("Signed up"));
    rita.browser.get("/account/audit").page(404);
    let mut bert = olga.brings_with(&gate, "bert@plant.example", "default", &["see-apps"]);
    bert.browser.get("/w/default/audit").page(403);
    bert.browser.fetch("/api/v1/workspaces/default/audit").problem(403);
    let all = gate.api().list(&format!("{RECORD}?limit=1000"));
    for action in ["set-up.owner", "role.create", "member.invite", "invite.accept"] {
        assert!(actions(&all).contains(action), "{action} of {:?}", actions(&all));
    }
    let made = all.iter().find(|entry| entry["action"] == "app.create" && entry["app"] == "extra").expect("an entry");
    assert_eq!((&made["actor"]["kind"], &made["actor"]["name"]), (&json!("member"), &json!("olga@plant.example")));
}

/// The same address again, counted: what was told as one is told with its number before the minute is over.
#[test]
#[ignore = "waits for a minute to pass"]
fn what_was_counted_is_written_after_a_minute() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    for _ in 0..3 {
        gate.visitor("hmi").sign_in_with("nobody@example.com", "wrong");
    }
    for _ in 0..4 {
        std::thread::sleep(Duration::from_secs(20));
    }
    eventually("the count is there", || {
        entries(&gate.api(), "&action=sign-in.failed").iter().any(|entry| entry["detail"]["times"] == "2").then_some(())
    });
}
