//! The console's pages from outside: each is there for who may see it, none for anybody else, and all are made alike.

use std::collections::HashSet;

use serde_json::json;

use crate::support::api::{id, path};
use crate::support::forms::Form;
use crate::support::member::console;
use crate::support::page::{attribute, tags};
use crate::support::{App, Gate, Member, Mode, Recorder, Request, Response};

const ADA: &str = "ada@example.com";

/// Every page of an app or a workspace, with the permission that it needs.
const PAGES: [(&str, &str); 14] = [
    ("/w/default/apps", "see-apps"),
    ("/w/default/apps/new", "create-apps"),
    ("/w/default/apps/hmi", "see-apps"),
    ("/w/default/apps/hmi/users", "see-users"),
    ("/w/default/apps/hmi/users/{ada}", "see-users"),
    ("/w/default/apps/hmi/invites", "see-users"),
    ("/w/default/apps/hmi/access", "change-access"),
    ("/w/default/apps/hmi/settings", "edit-apps"),
    ("/w/default/apps/hmi/settings/copy", "create-apps"),
    ("/w/default/apps/hmi/settings/move", "delete-apps"),
    ("/w/default/apps/hmi/settings/delete", "delete-apps"),
    ("/w/default/members", "manage-members"),
    ("/w/default/audit", "see-audit"),
    ("/w/default/settings", "edit-workspace"),
];
const OWNERS: [&str; 6] =
    ["/account/workspaces", "/account/members", "/account/roles", "/account/keys", "/account/audit", "/account/mail"];
const EVERYBODYS: [&str; 2] = ["/profile", "/profile/keys"];

struct Plant {
    gate: Gate,
    owner: Member,
    ada: String,
}

impl Plant {
    fn before(recorder: &Recorder) -> Plant {
        let gate =
            Gate::plan().app(App::new("hmi", Mode::Signup, recorder).with("title = \"Line <4> & \\\"5\\\"\"")).start();
        let owner = Member::first(&gate);
        gate.visitor("hmi").sign_up(ADA).expect(303);
        let ada = id(&gate.api().user("hmi", ADA));
        Plant { gate, owner, ada }
    }

    fn page(&self, page: &str) -> String {
        page.replace("{ada}", &self.ada)
    }

    fn all(&self) -> Vec<String> {
        let pages = PAGES.iter().map(|(page, _)| *page).chain(OWNERS).chain(EVERYBODYS);
        pages.map(|page| self.page(page)).collect()
    }
}

fn links(page: &str) -> HashSet<String> {
    tags(page).filter(|tag| tag.starts_with("a ")).filter_map(|tag| attribute(tag, "href")).collect()
}

#[test]
fn every_page_is_there_for_the_owner_with_a_title_of_its_own() {
    let recorder = Recorder::start();
    let mut plant = Plant::before(&recorder);
    let mut titles: HashSet<String> = HashSet::new();
    for at in plant.all() {
        let page = plant.owner.page(&at);
        let title = page.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")).expect("a title").0;
        assert!(titles.insert(title.to_owned()), "{at}: another page has this title, too: {title}");
        assert_eq!(tags(&page).filter(|tag| *tag == "h1" || tag.starts_with("h1 ")).count(), 1, "{at}");
        assert!(page.contains("<html lang=\"en") && page.contains("name=\"viewport\""), "{at}");
        assert!(page.contains("<main") && page.contains("<nav"), "{at}");
        assert!(!page.contains("Line <4>") && !page.contains("& \"5\""), "{at}: the title must be escaped");
    }
}

#[test]
fn every_page_has_the_strict_policy_and_loads_nothing_from_another_host() {
    let recorder = Recorder::start();
    let mut plant = Plant::before(&recorder);
    for at in plant.all() {
        let answer: Response = plant.owner.browser.get(&at);
        let page = answer.page(200);
        let policy = answer.header("content-security-policy").unwrap_or_else(|| panic!("{at}: no policy"));
        assert!(policy.contains("default-src 'none'") || policy.contains("default-src 'self'"), "{at}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{at}: {policy}");
        assert!(!policy.contains("unsafe-") && !policy.contains('*'), "{at}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{at}");
        assert!(answer.header("cache-control").is_some_and(|control| control.contains("no-store")), "{at}");
        assert!(!page.contains(" style=\"") && !page.contains(" onclick="), "{at}: {page}");
        for tag in tags(&page).filter(|tag| !tag.starts_with("a ")) {
            for foreign in ["src=\"http", "src=\"//", "href=\"http", "href=\"//", "action=\"http"] {
                assert!(!tag.contains(foreign), "{at}: {tag}");
            }
        }
    }
}

#[test]
fn every_asset_of_the_console_is_there() {
    let recorder = Recorder::start();
    let mut plant = Plant::before(&recorder);
    let page = plant.owner.page("/w/default/apps");
    let named: HashSet<&str> = page.split('"').filter(|word| word.contains("/.millgate/assets/")).collect();
    assert!(
        named.iter().any(|path| path.contains(".css")) && named.iter().any(|path| path.contains(".js")),
        "{named:?}"
    );
    for path in named {
        let answer = plant.owner.browser.fetch(path).expect(200);
        assert!(answer.header("cache-control").is_some() && !answer.body.is_empty(), "{path}");
    }
}

/// A9. A page needs its permission, and so does the way there: without it neither is seen.
#[test]
fn a_page_and_the_way_to_it_are_there_with_the_permission_only() {
    let recorder = Recorder::start();
    let plant = Plant::before(&recorder);
    let permissions: HashSet<&str> = PAGES.iter().map(|(_, permission)| *permission).collect();
    for permission in permissions {
        let email = format!("{permission}@plant.example");
        let mut member = plant.owner.brings_with(&plant.gate, &email, "default", &["see-apps", permission]);
        for (page, needed) in PAGES {
            let at = plant.page(page);
            let answer = member.browser.get(&at);
            let may = needed == permission || needed == "see-apps";
            let expected = if may { answer.status == 200 } else { matches!(answer.status, 403 | 404) };
            assert!(expected, "{permission} at {at}: {}", answer.summary());
            if may {
                let seen = links(&answer.text());
                let forbidden = PAGES.iter().filter(|(_, needed)| *needed != permission && *needed != "see-apps");
                for (page, _) in forbidden {
                    assert!(!seen.contains(&plant.page(page)), "{permission} at {at} is led to {page}");
                }
                for page in OWNERS {
                    assert!(!seen.contains(page), "{permission} at {at} is led to {page}");
                }
            }
        }
    }
}

#[test]
fn the_accounts_pages_are_the_owners() {
    let recorder = Recorder::start();
    let mut plant = Plant::before(&recorder);
    let mut full = plant.owner.brings_with_full_access(&plant.gate, "paul@plant.example", "default");
    let mut none = plant.owner.brings(&plant.gate, "nora@plant.example", &json!({ "roles": [] }));
    for page in OWNERS {
        plant.owner.page(page);
        for member in [&mut full, &mut none] {
            let answer = member.browser.get(page);
            assert!(matches!(answer.status, 403 | 404), "{page}: {}", answer.summary());
        }
    }
    for page in EVERYBODYS {
        full.page(page);
        none.page(page);
    }
}

/// Who has no role in any workspace is told so, kindly, and finds the own profile.
#[test]
fn a_member_without_any_role_sees_nothing_and_is_told_what_to_do() {
    let recorder = Recorder::start();
    let plant = Plant::before(&recorder);
    let mut none = plant.owner.brings(&plant.gate, "nora@plant.example", &json!({ "roles": [] }));
    let answer = none.browser.open("/");
    assert!(answer.status < 500, "{}", answer.summary());
    let page = answer.text();
    assert!(!page.contains("hmi") && !page.contains("Default Workspace"), "{page}");
    assert!(links(&page).contains("/profile"), "{page}");
    for (page, _) in PAGES {
        none.browser.get(&plant.page(page)).page(404);
    }
    assert!(none.list("/api/v1/workspaces").is_empty() && none.list("/api/v1/apps").is_empty());
}

#[test]
fn what_is_not_there_is_a_page_that_leads_on() {
    let recorder = Recorder::start();
    let mut plant = Plant::before(&recorder);
    for at in [
        "/w/none/apps",
        "/w/default/apps/none",
        "/w/default/apps/none/users",
        "/w/default/apps/hmi/users/0000000000000",
        "/w/default/none",
        "/none",
        "/account/none",
    ] {
        let page = plant.owner.browser.get(at).page(404);
        assert!(!links(&page).is_empty(), "{at}: {page}");
    }
}

#[test]
fn forms_of_other_origins_change_nothing() {
    let recorder = Recorder::start();
    let mut plant = Plant::before(&recorder);
    for at in plant.all() {
        let page = plant.owner.page(&at);
        for form in Form::all(&at, &page).into_iter().filter(|form| !form.action.contains("sign-out")) {
            let fields: Vec<(&str, &str)> = form.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
            let request = Request::form(&form.action, &fields);
            let foreign = request.header("Origin", "http://evil.example").header("Sec-Fetch-Site", "cross-site");
            let answer = plant.owner.browser.send(&foreign);
            // A form for searching is a GET, which is harmless from anywhere.
            assert!(matches!(answer.status, 403 | 405), "{at}: {}: {}", form.action, answer.summary());
        }
    }
    assert_eq!(plant.gate.api().users("hmi").len(), 1);
    assert_eq!(plant.gate.api().app("hmi")["access"], "signup");
}

#[test]
fn the_same_site_is_not_the_same_origin() {
    let recorder = Recorder::start();
    let mut plant = Plant::before(&recorder);
    let form = plant.owner.form("/w/default/apps/hmi/settings/delete", "/delete");
    let fields: Vec<(&str, &str)> = form.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    let request = Request::form(&form.action, &fields)
        .header("Origin", &plant.gate.site("hmi").origin())
        .header("Sec-Fetch-Site", "same-site");
    plant.owner.browser.send(&request).expect(403);
    plant.owner.get(&path("hmi", "")).expect(200);
}

#[test]
fn the_console_speaks_the_browsers_language_or_the_chosen_one() {
    let recorder = Recorder::start();
    let mut plant = Plant::before(&recorder);
    let german = |at: &str| Request::get(at).header("Accept-Language", "de-DE,de;q=0.9,en;q=0.5");
    for at in plant.all() {
        let page = plant.owner.browser.send(&german(&at)).page(200);
        assert!(page.contains("<html lang=\"de"), "{at}");
    }
    plant.owner.patch("/api/v1/me", &json!({ "language": "en" })).expect(200);
    assert!(plant.owner.browser.send(&german("/profile")).page(200).contains("<html lang=\"en"));
    plant.owner.patch("/api/v1/me", &json!({ "language": "de" })).expect(200);
    assert!(plant.owner.page("/profile").contains("<html lang=\"de"));
}

#[test]
fn profile_and_theme_are_ones_own_and_follow_to_the_next_browser() {
    let recorder = Recorder::start();
    let plant = Plant::before(&recorder);
    let me =
        plant.owner.patch("/api/v1/me", &json!({ "theme": "dark", "given_name": "Olga Maria" })).expect(200).json();
    assert_eq!((me["theme"].as_str(), me["name"].as_str()), (Some("dark"), Some("Olga Maria Owner")), "{me}");
    let mut other = Member::signed_in(&plant.gate, crate::support::OWNER);
    let page = other.page("/w/default/apps");
    let html = tags(&page).find(|tag| tag.starts_with("html")).expect("a page").to_owned();
    assert!(html.contains("dark"), "the theme is in the page itself, so that nothing flashes: {html}");
    assert!(page.contains("Olga Maria"), "the account menu has the name");
    for wrong in
        [json!({ "theme": "pink" }), json!({ "language": "fr" }), json!({ "owner": true }), json!({ "theme": 1 })]
    {
        plant.owner.patch("/api/v1/me", &wrong).problem(422);
    }
    let me = plant.owner.patch("/api/v1/me", &json!({ "theme": null, "language": null })).expect(200).json();
    assert!(me["theme"].is_null() || me["theme"] == "auto", "{me}");
}

/// Below the console's address, too, the pages of signing in have the console's own words and no way to sign up.
#[test]
fn before_signing_in_nothing_of_the_account_is_told() {
    let recorder = Recorder::start();
    let plant = Plant::before(&recorder);
    let mut stranger = console(&plant.gate);
    for at in
        ["/.millgate/sign-in", "/.millgate/reset", "/.millgate/invite/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
    {
        let page = stranger.get(at).text();
        for secret in ["hmi", "Default Workspace", crate::support::OWNER, "Line"] {
            assert!(!page.contains(secret), "{at} tells {secret}: {page}");
        }
    }
}
