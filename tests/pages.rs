//! The pages themselves: languages, what a password manager and a keyboard need, and nothing from another host.

use crate::support::{App, Gate, Mode, PASSWORD, Recorder, Request, Response};

fn gate_before(recorder: &Recorder) -> Gate {
    Gate::plan()
        .app(App::new("hmi", Mode::SignupAndMasterPassword, recorder).with("title = \"Line <4>\""))
        .app(App::new("deutsch", Mode::Signup, recorder).with("language = \"de\""))
        .app(App::new("invite", Mode::InviteOnly, recorder))
        .start()
}

/// Every page that a visitor can meet, with its name.
fn all_pages(gate: &Gate) -> Vec<(String, Response)> {
    let mut pages = Vec::new();
    for path in ["/.millgate/sign-in", "/.millgate/sign-up", "/.millgate/master-password", "/.millgate/sign-out"] {
        pages.push((path.to_owned(), gate.visitor("hmi").get(path)));
    }
    let wrong = [("email", "eve@example.com"), ("password", "not the password")];
    pages.push(("a wrong password".to_owned(), gate.visitor("hmi").post("/.millgate/sign-in", &wrong)));
    let link = gate.api().access_link("invite", "new@example.com")["link"].as_str().expect("a link").to_owned();
    let mut invited = gate.visitor("invite");
    let path = invited.local(&link);
    pages.push(("an invite".to_owned(), invited.get(&path)));
    pages.push((
        "a dead invite".to_owned(),
        invited.get("/.millgate/invite/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    ));
    pages
}

#[test]
fn pages_load_nothing_from_another_host_and_have_a_strict_policy() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    for (name, page) in all_pages(&gate) {
        let policy =
            page.header("content-security-policy").unwrap_or_else(|| panic!("{name}: no policy: {}", page.summary()));
        assert!(policy.contains("default-src 'none'") || policy.contains("default-src 'self'"), "{name}: {policy}");
        assert!(policy.contains("frame-ancestors"), "{name}: {policy}");
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("unsafe-eval") && !policy.contains('*'),
            "{name}: {policy}"
        );
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{name}");
        assert!(page.header("cache-control").is_some_and(|control| control.contains("no-store")), "{name}");
        assert!(page.header("referrer-policy").is_some(), "{name}");
        let text = page.text();
        for foreign in ["src=\"http", "src=\"//", "href=\"http", "href=\"//", "url(http", "@import", "action=\"http"] {
            assert!(!text.contains(foreign), "{name}: {foreign}: {text}");
        }
        assert!(!text.contains(" onclick=") && !text.contains(" style=\""), "{name}: {text}");
    }
}

#[test]
fn pages_serve_phones_keyboards_screen_readers_and_password_managers() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    for (name, page) in all_pages(&gate) {
        let text = page.text();
        assert!(text.contains("name=\"viewport\""), "{name}");
        assert!(text.contains("<html lang=\"en"), "{name}");
        assert!(text.contains("<title>") && text.contains("<main"), "{name}");
        let inputs = text.matches("<input").count() - text.matches("type=\"hidden\"").count();
        assert!(text.matches("<label").count() >= inputs, "{name}: an input without a label: {text}");
    }
    let sign_in = gate.visitor("hmi").get("/.millgate/sign-in").page(200);
    for token in ["autocomplete=\"username\"", "autocomplete=\"current-password\"", "inputmode=\"email\""] {
        assert!(sign_in.contains(token), "{token}: {sign_in}");
    }
    let sign_up = gate.visitor("hmi").get("/.millgate/sign-up").page(200);
    for token in [
        "autocomplete=\"username\"",
        "autocomplete=\"new-password\"",
        "autocomplete=\"given-name\"",
        "autocomplete=\"family-name\"",
    ] {
        assert!(sign_up.contains(token), "{token}: {sign_up}");
    }
    assert!(
        sign_in.contains("Line &lt;4&gt;") || sign_in.contains("Line &#60;4&#62;"),
        "the title, escaped: {sign_in}"
    );
}

#[test]
fn every_asset_that_a_page_names_is_there() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let page = gate.visitor("hmi").get("/.millgate/sign-in").page(200);
    let named: Vec<&str> = page.split('"').filter(|word| word.contains("/.millgate/assets/")).collect();
    assert!(!named.is_empty(), "{page}");
    for path in named {
        let answer = gate.visitor("hmi").fetch(path).expect(200);
        assert!(
            answer.header("content-type").is_some() && answer.header("cache-control").is_some(),
            "{path}: {}",
            answer.summary()
        );
    }
    for path in [
        "/.millgate/assets/",
        "/.millgate/assets/none.css",
        "/.millgate/assets/../sign-in",
        "/.millgate/assets/%2e%2e/sign-in",
    ] {
        assert!(matches!(gate.visitor("hmi").fetch(path).status, 400 | 404), "{path}");
    }
}

#[test]
fn pages_speak_the_apps_language_or_the_browsers() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let lang = |app: &str, accept: &str| {
        let page =
            gate.visitor(app).send(&Request::get("/.millgate/sign-in").header("Accept-Language", accept)).page(200);
        page.split_once("<html lang=\"").and_then(|(_, rest)| rest.get(..2)).unwrap_or_default().to_owned()
    };
    assert_eq!(lang("hmi", "en-US,en;q=0.9"), "en");
    assert_eq!(lang("hmi", "de-AT,de;q=0.9,en;q=0.5"), "de");
    assert_eq!(lang("hmi", "en;q=0.5,de;q=0.8"), "de");
    assert_eq!(lang("hmi", "fr,it"), "en");
    assert_eq!(lang("hmi", "de;q=0, en"), "en");
    assert_eq!(lang("hmi", ";;q=x,,"), "en");
    assert_eq!(lang("deutsch", "en-US"), "de");
    let page = gate.visitor("deutsch").get("/.millgate/sign-in").page(200);
    assert!(page.contains("Anmelden") || page.contains("anmelden"), "{page}");
}

#[test]
fn pages_of_another_mode_lead_where_one_can_enter() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("open", Mode::Public, &recorder))
        .app(App::new("master", Mode::MasterPassword, &recorder))
        .app(App::new("closed", Mode::InviteOnly, &recorder))
        .start();
    for app in ["open", "master", "closed"] {
        for path in ["/.millgate/sign-in", "/.millgate/sign-up", "/.millgate/master-password"] {
            assert!(gate.visitor(app).get(path).status < 500, "{app} {path}");
        }
        let fields =
            [("email", "eve@example.com"), ("password", PASSWORD), ("given_name", "Eve"), ("family_name", "E")];
        let answer = gate.visitor(app).post("/.millgate/sign-up", &fields);
        assert!(answer.status < 500, "{app}: {}", answer.summary());
        assert!(gate.api().users(app).is_empty(), "{app} takes no sign-ups");
    }
}

#[test]
fn bad_forms_are_refused_without_an_error_of_our_own() {
    let recorder = Recorder::start();
    let gate = gate_before(&recorder);
    let form = |body: &str| Request::form("/.millgate/sign-in", &[]).body(body);
    let bodies =
        ["%", "email=%zz", "email=a&email=b&password=c", "\u{0}", "email[]=x", "&&&===", "email=%ff%fe&password=%00"];
    for body in bodies {
        let answer = gate.visitor("hmi").send(&form(body));
        assert!((400..500).contains(&answer.status), "{body:?}: {}", answer.summary());
    }
    let huge = gate.visitor("hmi").send(&form(&format!("email={}", "x".repeat(2_000_000))));
    assert!((400..500).contains(&huge.status), "{}", huge.status);
    let json = Request::form("/.millgate/sign-in", &[]).header("Content-Type", "application/json").body("{}");
    let mut request = json;
    request.headers.retain(|(_, value)| value != "application/x-www-form-urlencoded");
    assert!((400..500).contains(&gate.visitor("hmi").send(&request).status));
    gate.visitor("hmi")
        .send(&Request::new("DELETE", "/.millgate/sign-in", crate::support::visitor::Purpose::Fetch))
        .expect(405);
    gate.visitor("hmi").fetch("/.millgate/nothing-here").expect(404);
}
