//! First run: the printed link makes the owner once, and is the way back in for owners who are locked out (A1, A4).

use std::process::Command;

use serde_json::json;

use crate::support::api::text;
use crate::support::clock::{DAY, HOUR};
use crate::support::member::{console, last_set_up_link, set_up_fields, set_up_link};
use crate::support::{App, Browser, Clock, Gate, Member, Mode, OWNER, PASSWORD, Recorder, eventually};

fn gate_before(recorder: &Recorder) -> Gate {
    Gate::before(App::new("hmi", Mode::Signup, recorder))
}

fn links_in(log: &str) -> usize {
    log.matches("/.millgate/set-up/").count()
}

/// The link that the command prints, on a line of its own or within one.
#[track_caller]
fn link_by_command(gate: &Gate) -> String {
    let outcome = gate.command(&["setup-link"]);
    assert_eq!(outcome.code, Some(0), "{}{}", outcome.stdout, outcome.stderr);
    last_set_up_link(&outcome.stdout).unwrap_or_else(|| panic!("no link: {}{}", outcome.stdout, outcome.stderr))
}

/// A dead link is a page that says so, whatever killed it, and lets nobody in.
#[track_caller]
fn assert_dead(gate: &Gate, link: &str) {
    let mut browser = console(gate);
    let path = browser.local(link);
    let looked = browser.get(&path);
    assert!((400..500).contains(&looked.status), "{}", looked.summary());
    let tried = browser.post(&path, &set_up_fields("eve@plant.example"));
    assert!((400..500).contains(&tried.status), "{}", tried.summary());
    assert_ne!(browser.get("/profile").status, 200);
}

/// A1. The first start makes the owner: run, open the printed link, say who you are.
#[test]
fn the_first_start_prints_a_link_that_makes_the_owner() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let link = set_up_link(&gate);
    let mut browser = console(&gate);
    let path = browser.local(&link);
    let code = path.rsplit('/').next().expect("a code");
    assert!(code.len() >= 43, "256 bits: {code}");
    for _ in 0..2 {
        let page = browser.get(&path).page(200);
        for field in ["given_name", "family_name", "email", "password"] {
            assert!(page.contains(&format!("name=\"{field}\"")), "{field}: {page}");
        }
    }
    let answer = browser.post(&path, &set_up_fields(OWNER));
    assert!(answer.location().ends_with("/w/default/apps/new?first=1"), "{}", answer.summary());
    browser.follow(&answer).page(200);

    let owner = Member { browser };
    let me = owner.me();
    assert_eq!((me["owner"].as_bool(), me["email"].as_str()), (Some(true), Some(OWNER)), "{me}");
    assert_eq!(me["name"], "Olga Owner");
    let members = owner.list("/api/v1/members");
    assert_eq!(members.len(), 1);
    assert_eq!(members[0]["owner"], true);
    Member::signed_in(&gate, OWNER).me();
}

/// A4, B4. After setup there is one workspace, the default one.
#[test]
fn after_the_first_run_there_is_exactly_the_default_workspace() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let list = owner.list("/api/v1/workspaces");
    assert_eq!(list.len(), 1, "{list:?}");
    assert_eq!((list[0]["name"].as_str(), list[0]["title"].as_str()), (Some("default"), Some("Default Workspace")));
    assert_eq!(owner.me()["workspaces"].as_array().map(Vec::len), Some(1));
}

#[test]
fn until_there_is_an_owner_the_console_says_where_the_link_is() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let link = set_up_link(&gate);
    let mut browser = Browser::new();
    let page = browser.open(&gate.console().url("/"));
    let text = page.answer.text();
    assert!(page.answer.status < 400, "{}", page.answer.summary());
    assert!(text.contains("setup-link"), "the page names the command: {text}");
    let code = link.rsplit('/').next().expect("a code");
    assert!(!text.contains(code), "the link is for who runs the gateway only");
    let owner = Member::first(&gate);
    assert_eq!(owner.me()["owner"], true);
    let after = Browser::new().open(&gate.console().url("/"));
    assert!(after.url.path().ends_with("/.millgate/sign-in"), "{}", after.url);
}

#[test]
fn the_link_works_once_and_says_so_afterwards() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let link = set_up_link(&gate);
    let owner = Member::first(&gate);
    assert_dead(&gate, &link);
    assert_dead(&gate, &format!("{}{}", &link[..link.len() - 4], "AAAA"));
    assert_eq!(owner.list("/api/v1/members").len(), 1);
}

/// A1. One owner comes of it, also when the link is used at the same moment by many.
#[test]
fn twenty_uses_at_once_make_one_owner() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let link = set_up_link(&gate);
    let path = console(&gate).local(&link);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let post = |n: usize| {
            let (gate, path) = (&gate, &path);
            move || console(gate).post(path, &set_up_fields(&format!("owner{n}@plant.example"))).status
        };
        let tries: Vec<_> = (0..20).map(|n| scope.spawn(post(n))).collect();
        tries.into_iter().map(|one| one.join().expect("an answer")).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| *status < 500 || *status == 503), "{statuses:?}");
    assert_eq!(gate.api().list("/api/v1/members").len(), 1);
}

#[test]
fn wrong_input_keeps_the_link_and_what_was_typed() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut browser = console(&gate);
    let path = browser.local(&set_up_link(&gate));
    for (field, value) in
        [("email", "no address"), ("email", "4711"), ("email", ""), ("password", "short"), ("password", "")]
    {
        let fields: Vec<(&str, &str)> = set_up_fields(OWNER)
            .into_iter()
            .map(|(name, good)| if name == field { (name, value) } else { (name, good) })
            .collect();
        let page = browser.post(&path, &fields).page(422);
        let tag = crate::support::page::tag_with(&page, &format!("name=\"{field}\"")).expect("the field");
        assert!(tag.contains("aria-invalid=\"true\""), "{field} {value:?}: {tag}");
        assert_eq!(crate::support::page::field(&page, "given_name").as_deref(), Some("Olga"));
        assert!(!page.contains(PASSWORD), "a password never comes back");
    }
    browser.post(&path, &set_up_fields(OWNER)).expect(303);
}

#[test]
fn the_link_expires_within_the_day() {
    let clock = Clock::new();
    let recorder = Recorder::start();
    let mut gate = clock.rules(Gate::plan().app(App::new("hmi", Mode::Signup, &recorder))).start();
    let link = set_up_link(&gate);
    let mut late = console(&gate);
    let path = late.local(&link);
    late.get(&path).page(200);
    clock.ahead(DAY + HOUR);
    assert_dead(&gate, &link);
    // Nobody came in time: the next start helps.
    gate.restart();
    eventually("another link", || last_set_up_link(&gate.log()).filter(|again| *again != link));
    Member::first(&gate);
}

#[test]
fn every_start_without_an_owner_prints_a_new_link_and_ends_the_old_one() {
    let recorder = Recorder::start();
    let mut gate = gate_before(&recorder);
    let first = set_up_link(&gate);
    gate.restart();
    let second = eventually("a second link", || last_set_up_link(&gate.log()).filter(|link| *link != first));
    assert_dead(&gate, &first);
    console(&gate).get(&console(&gate).local(&second)).page(200);
    Member::first(&gate);
    let printed = links_in(&gate.log());
    gate.restart();
    assert_eq!(links_in(&gate.log()), printed, "with an owner no link is printed");
}

#[test]
fn the_code_is_neither_in_the_store_nor_in_a_log_file_of_another_format() {
    let recorder = Recorder::start();
    let mut gate = Gate::plan().app(App::new("hmi", Mode::Signup, &recorder)).log("level = \"trace\"").start();
    let link = set_up_link(&gate);
    let code = link.rsplit('/').next().expect("a code").to_owned();
    Member::first(&gate);
    assert_eq!(gate.log().matches(&code).count(), 1, "printed once, and never logged by its use");
    gate.kill();
    let store = std::fs::read(gate.store()).expect("the store");
    assert!(crate::support::raw::find(&store, code.as_bytes()).is_none());
}

#[test]
fn the_command_makes_a_new_link_while_the_server_runs() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let printed = set_up_link(&gate);
    let link = link_by_command(&gate);
    assert_ne!(link, printed);
    assert!(link.starts_with(&gate.console().url("/.millgate/set-up/")), "{link}");
    let mut browser = console(&gate);
    let path = browser.local(&link);
    browser.post(&path, &set_up_fields(OWNER)).expect(303);
    assert_dead(&gate, &link);
    assert_dead(&gate, &printed);
}

#[test]
fn the_command_makes_a_link_for_the_next_start_when_no_server_runs() {
    let recorder = Recorder::start();
    let mut gate = gate_before(&recorder);
    Member::first(&gate);
    gate.terminate();
    let link = link_by_command(&gate);
    gate.start_again();
    let mut browser = console(&gate);
    let path = browser.local(&link);
    browser.get(&path).page(200);
    browser.post(&path, &set_up_fields("second@plant.example")).expect(303);
    assert_eq!(gate.api().list("/api/v1/members").len(), 2);
}

/// A1. An owner who forgot the password comes back by the shell; nobody else loses anything.
#[test]
fn a_locked_out_owner_gets_a_new_password_by_a_link_of_the_command() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let before = Member::first(&gate);
    let link = link_by_command(&gate);
    let mut browser = console(&gate);
    let path = browser.local(&link);
    let fields =
        [("given_name", ""), ("family_name", ""), ("email", "OLGA@plant.example"), ("password", "an entirely new one")];
    let answer = browser.post(&path, &fields);
    assert_eq!(answer.status, 303, "{}", answer.summary());
    let after = Member { browser };
    let me = after.me();
    assert_eq!((me["owner"].as_bool(), me["email"].as_str()), (Some(true), Some(OWNER)), "{me}");
    assert_eq!(after.list("/api/v1/members").len(), 1, "the same member, not a second one");
    console(&gate).sign_in(OWNER).expect(401);
    console(&gate).sign_in_with(OWNER, "an entirely new one").expect(303);
    before.get("/api/v1/me").problem(401);
}

#[test]
fn the_command_lets_a_plain_member_or_a_newcomer_become_an_owner() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let owner = Member::first(&gate);
    let plain = owner.brings_with_full_access(&gate, "paul@plant.example", "default");
    assert_eq!(plain.me()["owner"], false);
    for email in ["paul@plant.example", "nora@plant.example"] {
        let mut browser = console(&gate);
        let path = browser.local(&link_by_command(&gate));
        browser.post(&path, &set_up_fields(email)).expect(303);
        assert_eq!(Member { browser }.me()["owner"], true, "{email}");
    }
    assert_eq!(owner.list("/api/v1/members").len(), 3);
}

#[test]
fn the_command_tells_what_is_wrong_when_it_cannot_help() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let dir = tempfile::tempdir().expect("a directory");
    let nowhere = dir.path().join("nothing-here");
    let outcome = crate::support::process::run(&[
        "--config",
        gate.config().to_str().expect("a path"),
        "--data",
        nowhere.to_str().expect("a path"),
        "setup-link",
    ]);
    // A fresh store is nothing to be afraid of, but then the link must be real; anything else names the cause.
    if outcome.code == Some(0) {
        assert!(last_set_up_link(&outcome.stdout).is_some(), "{}{}", outcome.stdout, outcome.stderr);
    } else {
        assert!(outcome.stderr.contains("nothing-here"), "{}", outcome.stderr);
    }
    let help = Command::new(env!("CARGO_BIN_EXE_millgate")).arg("--help").output().expect("the binary starts");
    assert!(String::from_utf8_lossy(&help.stdout).contains("setup-link"));
}

#[test]
fn a_foreign_page_cannot_use_the_link_for_its_visitor() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let mut browser = console(&gate);
    let path = browser.local(&set_up_link(&gate));
    let form = crate::support::Request::form(&path, &set_up_fields(OWNER));
    browser
        .send(&form.clone().header("Origin", "http://evil.example").header("Sec-Fetch-Site", "cross-site"))
        .expect(403);
    browser.send(&form).expect(303);
}

#[test]
fn the_link_is_the_consoles_and_no_apps() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let path = console(&gate).local(&set_up_link(&gate));
    let answer = gate.visitor("hmi").get(&path);
    assert!(answer.status >= 300, "{}", answer.summary());
    assert!(recorder.requests().is_empty(), "nothing reserved reaches an upstream");
    let mut stranger = gate.visitor("hmi");
    stranger.post(&path, &set_up_fields("eve@plant.example"));
    assert!(gate.api().list("/api/v1/members").is_empty());
    Member::first(&gate);
}

/// A2. The account of the API key that the operator wrote into the configuration needs no first run.
#[test]
fn the_operators_key_works_before_there_is_an_owner_and_can_invite_one() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let invite = gate.api().post("/api/v1/members", &json!({ "email": OWNER, "owner": true, "mail": false }));
    let link = text(&invite.expect(201).json(), "link");
    let mut browser = console(&gate);
    browser.accept(&link).expect(303);
    assert_eq!(Member { browser }.me()["owner"], true);
    assert_dead(&gate, &set_up_link(&gate));
}
