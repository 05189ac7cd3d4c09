//! Where one sign-in per workspace ends: other workspaces, closed apps, the setting, forged requests (T2, T8, T14).

use serde_json::json;

use crate::hand_over::{ADA, click, is_offered, neighbors, offer, signed_up};
use crate::support::visitor::escape;
use crate::support::{App, Browser, Gate, Mode, Recorder, Request};

fn pair(recorder: &Recorder, a: &str, b: &str) -> Gate {
    Gate::plan()
        .app(App::new("a", Mode::Signup, recorder).with(a))
        .app(App::new("b", Mode::Signup, recorder).with(b))
        .start()
}

#[track_caller]
fn assert_no_offer(gate: &Gate, browser: &mut Browser, app: &str) {
    let arrival = browser.open(&gate.site(app).url("/"));
    assert!(arrival.way.len() <= 5, "{:?}", arrival.way);
    let page = arrival.page(200);
    assert!(!is_offered(&page) && !page.contains(ADA), "{page}");
}

#[test]
fn another_workspace_hears_nothing() {
    let recorder = Recorder::start();
    let gate = pair(&recorder, "", "workspace = \"other\"");
    assert_no_offer(&gate, &mut signed_up(&gate, "a", ADA), "b");
    let gate = Gate::plan()
        .app(App::new("a", Mode::Signup, &recorder).at_prefix("/a"))
        .app(App::new("b", Mode::Signup, &recorder).at_prefix("/b").with("workspace = \"other\""))
        .start();
    assert_no_offer(&gate, &mut signed_up(&gate, "a", ADA), "b");
}

#[test]
fn either_side_can_keep_apart() {
    let recorder = Recorder::start();
    for (a, b) in [("shared_sign_in = false", ""), ("", "shared_sign_in = false")] {
        let gate = pair(&recorder, a, b);
        assert_no_offer(&gate, &mut signed_up(&gate, "a", ADA), "b");
    }
    let gate = pair(&recorder, "", "");
    let mut browser = signed_up(&gate, "a", ADA);
    let fields = offer(&mut browser, &gate.site("b"), "/");
    gate.api().change("a", &json!({ "shared_sign_in": false }));
    assert!(click(&mut browser, &gate.site("b"), &fields).answer.status < 500);
    assert_ne!(browser.fetch(&gate.site("b").url("/")).status, 200, "switched off between the page and the click");
    assert_no_offer(&gate, &mut browser, "b");
}

#[test]
fn an_invite_only_app_is_for_the_invited_only() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("a", Mode::Signup, &recorder))
        .app(App::new("closed", Mode::InviteOnly, &recorder))
        .start();
    let mut browser = signed_up(&gate, "a", ADA);
    assert_no_offer(&gate, &mut browser, "closed");
    assert!(gate.api().users("closed").is_empty());
    gate.api().access_link("closed", ADA);
    let closed = gate.site("closed");
    let fields = offer(&mut browser, &closed, "/");
    assert_eq!(click(&mut browser, &closed, &fields).user(), ADA);
}

#[test]
fn approval_and_the_domain_rule_hold_for_who_comes_over() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("a", Mode::Signup, &recorder))
        .app(App::new("waits", Mode::Signup, &recorder).with("approval = true"))
        .app(App::new("plant", Mode::Signup, &recorder).with("sign_up_domains = [\"plant.example\"]"))
        .start();
    let mut browser = signed_up(&gate, "a", ADA);
    let waits = gate.site("waits");
    let fields = offer(&mut browser, &waits, "/");
    click(&mut browser, &waits, &fields).page(403);
    assert_eq!(gate.api().user("waits", ADA)["waiting"], true);
    let plant = gate.site("plant");
    let arrival = browser.open(&plant.url("/"));
    let page = arrival.page(200);
    if is_offered(&page) {
        let fields = crate::support::page::form(&page, "/.millgate/hand-over");
        assert!(click(&mut browser, &plant, &fields).answer.status < 500);
    }
    assert_ne!(browser.fetch(&plant.url("/")).status, 200);
    assert!(gate.api().users("plant").is_empty());
}

/// T8: the stop at the first app is no open redirect, and hands nothing to an address that is no app of ours.
#[test]
fn the_stop_at_the_other_app_sends_nobody_to_strangers() {
    let recorder = Recorder::start();
    let gate = pair(&recorder, "", "");
    let mut browser = signed_up(&gate, "a", ADA);
    let (a, b) = (gate.site("a"), gate.site("b"));
    let b_id = gate.api().app("b")["id"].as_str().expect("an id").to_owned();
    for to in
        ["https://evil.example", "//evil.example", "evil", "", "0000000000000", "a", "http://b.localhost.evil.example"]
    {
        for return_to in ["/", "//evil.example", "https://evil.example/", "/\\evil.example"] {
            for target in [to, b_id.as_str(), b.url("").as_str()] {
                let path = format!(
                    "/.millgate/hand-over?to={}&return_to={}&key={}",
                    escape(target),
                    escape(return_to),
                    "A".repeat(43)
                );
                let answer = browser.get(&a.url(&path));
                assert!(answer.status < 500, "{path}: {}", answer.summary());
                let location = answer.header("location").unwrap_or("/");
                let harmless = location.starts_with(&a.origin()) || location.starts_with(&b.origin());
                let local = location.starts_with('/') && !location.starts_with("//") && !location.starts_with("/\\");
                assert!(harmless || local, "{path} -> {location}");
            }
        }
    }
}

/// A link that an attacker prepares binds the code to the attacker's browser key: it must open nothing there.
#[test]
fn a_code_for_somebody_elses_key_is_no_key() {
    let recorder = Recorder::start();
    let gate = pair(&recorder, "", "");
    let mut ada = signed_up(&gate, "a", ADA);
    let b = gate.site("b");
    // The attacker opens the second app and is sent to the first with the key of the attacker's own cookie.
    let mut attacker = Browser::new();
    let mut sent = attacker.get(&b.url("/.millgate/sign-in?return_to=%2F"));
    if sent.status != 303 {
        return; // The attacker gets no such link at all.
    }
    let link = sent.location().to_owned();
    sent = ada.get(&link);
    let back = sent.header("location").unwrap_or_default().to_owned();
    if back.contains("hand_over=") && !back.contains("hand_over=none") {
        // The code reaches the attacker, if ever, by way of the victim's browser, which has followed it by then.
        ada.open(&back);
        let page = attacker.open(&back).answer.text();
        assert!(!page.contains(ADA), "the attacker learns who follows the link: {page}");
        if is_offered(&page) {
            let fields = crate::support::page::form(&page, "/.millgate/hand-over");
            click(&mut attacker, &b, &fields);
        }
    }
    assert_ne!(attacker.fetch(&b.url("/")).status, 200, "the attacker is in as the victim");
}

#[test]
fn a_foreign_page_cannot_click_for_the_visitor() {
    let recorder = Recorder::start();
    for (place, gate) in neighbors(&recorder) {
        let mut browser = signed_up(&gate, "a", ADA);
        let b = gate.site("b");
        let fields = offer(&mut browser, &b, "/");
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = Request::form("/.millgate/hand-over", &fields).header("Origin", "https://evil.example");
        browser.at(&b, |visitor| {
            visitor.send(&request.header("Sec-Fetch-Site", "cross-site")).expect(403);
            assert_ne!(visitor.fetch("/").status, 200, "{place}");
        });
    }
}

#[test]
fn invented_codes_are_a_page_and_no_session() {
    let recorder = Recorder::start();
    for (place, gate) in neighbors(&recorder) {
        let mut browser = signed_up(&gate, "a", ADA);
        let b = gate.site("b");
        for code in ["", "x", &"A".repeat(43), "none", "../x", "%00"] {
            let answer = browser.post(&b.url("/.millgate/hand-over"), &[("code", code)]);
            assert!(answer.status < 500, "{place}: {}", answer.summary());
            assert_ne!(browser.fetch(&b.url("/")).status, 200, "{place}");
            let page = browser.get(&b.url(&format!("/.millgate/sign-in?hand_over={}", escape(code))));
            assert!(matches!(page.status, 200 | 303), "{place}: {}", page.summary());
            assert!(!page.text().contains("<script>alert"), "{place}");
        }
    }
}

/// A fetch and a sign-in form must not be sent around: only a navigation of the page itself is.
#[test]
fn only_navigations_are_led_around() {
    let recorder = Recorder::start();
    let gate = pair(&recorder, "", "");
    let mut browser = signed_up(&gate, "a", ADA);
    browser.fetch(&gate.site("b").url("/")).problem(401);
    let b = gate.site("b");
    browser.at(&b, |visitor| {
        assert_ne!(visitor.fetch("/.millgate/sign-in").status, 303);
        visitor.sign_in(ADA).expect(303);
        visitor.get("/").expect(200);
    });
}
