//! Sign-in, sign-up, master password and invites, as forms.

use http::{Method, Request, header};

use crate::domain::AccessMode;
use crate::handoff::Place;

use super::house::{ADA, House, MASTER, PASSWORD, form, request};

#[tokio::test]
async fn signing_up_leads_to_where_one_wanted_to_go() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::Signup, "").await;
    let mut ada = house.browser(&app);
    ada.get("sign-in?return_to=%2Ftank%3Fno%3D4").await.page(200);
    assert!(ada.jar[0].0.starts_with("millgate-probe-"));
    let fields = [("email", ADA), ("password", PASSWORD), ("return_to", "/tank?no=4#/line/4")];
    ada.post("sign-up", &fields).await.leads_to("/tank?no=4#/line/4");
    assert_eq!(ada.jar.len(), 1, "the probe has gone: {:?}", ada.jar);
    let me: serde_json::Value = serde_json::from_str(&ada.get("me").await.text).unwrap();
    assert_eq!((me["email"].as_str(), me["kind"].as_str()), (Some(ADA), Some("user")));
    // Who is in already needs no form.
    ada.get("sign-in?return_to=%2Ftank").await.leads_to("/tank");
    ada.get("sign-up").await.leads_to("/");
}

#[tokio::test]
async fn targets_stay_on_the_app() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::Signup, "/hmi").await;
    house.browser(&app).sign_up().await.leads_to("/hmi/");
    for target in ["//evil.example", "/\\evil", "https://evil.example", "/other", "javascript:alert(1)", "/hmi/../x"] {
        let fields = [("email", ADA), ("password", PASSWORD), ("return_to", target)];
        house.browser(&app).post("sign-in", &fields).await.leads_to("/hmi/");
    }
}

#[tokio::test]
async fn known_and_unknown_addresses_get_the_same_bytes() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::Signup, "").await;
    house.browser(&app).sign_up().await.leads_to("/");
    let mut pages = Vec::new();
    for email in [ADA, "eve@plant.example"] {
        let reply = house.browser(&app).post("sign-in", &[("email", email), ("password", "wrong one")]).await;
        let text = reply.page(401).replace(email, "…");
        pages.push((text, reply.headers));
    }
    for (name, value) in &pages[0].1 {
        if name != header::CONTENT_LENGTH {
            assert_eq!(pages[1].1.get(name), Some(value));
        }
    }
    assert_eq!(pages[0].0, pages[1].0);
}

#[tokio::test]
async fn a_wrong_form_comes_back_with_its_faults_named() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::Signup, "").await;
    let mut eve = house.browser(&app);
    let fields = [("email", "no address"), ("password", "short"), ("given_name", "E\"ve<"), ("return_to", "/x")];
    let reply = eve.post("sign-up", &fields).await;
    let page = reply.page(422);
    for part in [
        "role=\"alert\"",
        "value=\"E&#34;ve&#60;\"",
        "aria-describedby=\"email-error\"",
        "aria-describedby=\"password-error password-hint\"",
        "name=\"return_to\" value=\"/x\"",
        "at least 8 characters",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("short"));
    eve.wants_page = false;
    let problem = eve.post("sign-up", &fields).await.problem(422);
    assert_eq!(problem["errors"][0]["field"], "email");
    assert_eq!(eve.post("sign-in", &[("email", ADA), ("password", "wrong")]).await.problem(401)["status"], 401);
}

#[tokio::test]
async fn too_many_tries_name_the_wait() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::Signup, "").await;
    let mut eve = house.browser(&app);
    for _ in 0..100 {
        let reply = eve.post("sign-in", &[("email", ADA), ("password", "wrong one")]).await;
        if reply.status == 429 {
            assert!(reply.header("retry-after").parse::<u64>().unwrap() >= 1);
            assert!(reply.page(429).contains("Too many tries"));
            return;
        }
        reply.page(401);
    }
    unreachable!("nobody counts");
}

#[tokio::test]
async fn both_proofs_can_be_given_together_or_one_after_the_other() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::SignupAndMasterPassword, "").await;
    let mut together = house.browser(&app);
    let fields = [("email", ADA), ("password", PASSWORD), ("master_password", MASTER)];
    together.post("sign-up", &fields).await.leads_to("/");
    together.get("sign-in").await.leads_to("/");

    let mut user_first = house.browser(&app);
    user_first.post("sign-in", &[("email", ADA), ("password", PASSWORD), ("master_password", "")]).await.leads_to("/");
    user_first.get("master-password").await.page(200);
    user_first.post("master-password", &[("master_password", "wrong one")]).await.page(401);
    user_first.post("master-password", &[("master_password", MASTER)]).await.leads_to("/");
    user_first.get("sign-in").await.leads_to("/");

    let mut master_first = house.browser(&app);
    assert!(master_first.get("sign-in").await.page(200).contains("name=\"master_password\""));
    let fields = [("email", ""), ("password", ""), ("master_password", MASTER)];
    master_first.post("sign-in", &fields).await.leads_to("/");
    assert!(!master_first.get("sign-in").await.page(200).contains("name=\"master_password\""));
    master_first.post("sign-in", &[("email", ADA), ("password", PASSWORD)]).await.leads_to("/");
    master_first.get("sign-in").await.leads_to("/");
}

#[tokio::test]
async fn each_mode_offers_its_own_doors() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::MasterPassword, "").await;
    let mut eve = house.browser(&app);
    eve.get("sign-in?return_to=%2Fx").await.leads_to("/.millgate/master-password?return_to=%2Fx");
    let app = house.app(2, AccessMode::InviteOnly, "").await;
    let mut eve = house.browser(&app);
    eve.get("master-password?lang=de").await.leads_to("/.millgate/sign-in?lang=de&return_to=%2F");
    eve.get("sign-up").await.page(403);
    assert!(!eve.get("sign-in").await.page(200).contains("sign-up"));
    assert!(eve.sign_up().await.page(403).contains("You need an invitation"));
    let app = house.app(3, AccessMode::Public, "").await;
    house.browser(&app).get("sign-in?return_to=%2Fx").await.leads_to("/x");
}

#[tokio::test]
async fn an_invite_opens_once() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::InviteOnly, "").await;
    let code = house.invite(&app, "grace@plant.example").await;
    let link = format!("invite/{code}");
    let mut grace = house.browser(&app);
    let shown = grace.get(&link).await;
    assert!(shown.page(200).contains("value=\"grace@plant.example\"") && shown.text.contains("value=\"Grace\""));
    grace.post(&link, &[("password", "short")]).await.page(422);
    grace.post(&link, &[("password", PASSWORD), ("given_name", "Grace")]).await.leads_to("/");
    assert_eq!(grace.get("me").await.status, 200);
    let over = house.browser(&app).get(&link).await.page(410).to_owned();
    let never = house.browser(&app).get("invite/nonsense").await.page(410).to_owned();
    assert_eq!(over, never);
}

#[tokio::test]
async fn forms_of_other_origins_do_nothing() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::Signup, "").await;
    let mut eve = house.browser(&app);
    for origin in ["null", "http://evil.example", "https://1.plant.example"] {
        let post = Request::post("/.millgate/sign-up").header(header::ORIGIN, origin);
        eve.send(form(post, &[("email", ADA), ("password", PASSWORD)])).await.page(403);
    }
    let post = Request::post("/.millgate/sign-up").header("sec-fetch-site", "cross-site");
    eve.send(form(post, &[])).await.page(403);
    assert_eq!(house.directory.person_count(), 0);
    let post = form(Request::post("/.millgate/sign-up"), &[("email", ADA), ("password", PASSWORD)]);
    eve.send(post).await.leads_to("/");
}

#[tokio::test]
async fn three_rounds_without_cookies_end_in_a_page_that_says_why() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::Signup, "").await;
    let mut ada = house.browser(&app);
    ada.keeps_cookies = false;
    ada.sign_up().await.leads_to("/");
    let fields = [("email", ADA), ("password", PASSWORD), ("return_to", "/tank")];
    for _ in 0..3 {
        assert!(ada.get("sign-in?return_to=%2Ftank").await.page(200).contains("<form"));
        ada.post("sign-in", &fields).await.leads_to("/tank");
        house.wait(5);
    }
    // A browser that looks the same but sends cookies back.
    let mut other = house.browser(&app);
    other.jar.push(("millgate-probe-0000000000001".to_owned(), "1".to_owned()));
    assert!(other.get("sign-in?return_to=%2Ftank").await.page(200).contains("<form"), "cookies work there");
    let page = ada.get("sign-in?return_to=%2Ftank").await;
    assert!(page.page(200).contains("Cookies are blocked") && !page.text.contains("<form"));
    assert!(ada.get("sign-in?return_to=%2Ftank").await.page(200).contains("<form"), "one can try again");
}

#[tokio::test]
async fn dead_cookies_are_cleared_and_live_ones_kept() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::Signup, "").await;
    let mut ada = house.browser(&app);
    ada.jar.push(("millgate-0000000000001".to_owned(), "one".to_owned()));
    ada.jar.push(("millgate-0000000000001".to_owned(), "two".to_owned()));
    let lines = ada.clone().get("sign-in").await.cookies();
    assert!(lines.contains(&"millgate-0000000000001=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax".to_owned()));
    assert!(lines.iter().any(|line| line.contains("Domain=plant.example")), "{lines:?}");
    let lines = ada.sign_up().await.cookies();
    let own: Vec<_> = lines.iter().filter(|line| line.contains("; Path=/; Max-Age=")).collect();
    assert_eq!(own.iter().filter(|line| !line.contains("Domain=")).count(), 1, "{lines:?}");
}

#[tokio::test]
async fn nothing_else_is_below_the_reserved_path() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::Public, "/hmi").await;
    let mut eve = house.browser(&app);
    for page in ["", "x", "sign-in/", "assets/", "assets/gate.css", "assets/../sign-in", "invite", "me/x", "SIGN-IN"] {
        eve.get(page).await.page(404);
    }
    eve.wants_page = false;
    eve.get("x").await.problem(404);
    let reply = eve.send(request(Method::PUT, "/hmi/.millgate/sign-in")).await;
    assert_eq!((reply.status.as_u16(), reply.header("allow")), (405, "GET, HEAD, POST"));
    let reply = eve.send(request(Method::POST, "/hmi/.millgate/me")).await;
    assert_eq!((reply.status.as_u16(), reply.header("allow")), (405, "GET, HEAD"));
    let head = eve.send(request(Method::HEAD, "/hmi/.millgate/sign-in")).await;
    assert_eq!((head.status.as_u16(), head.text.as_str()), (303, ""));
    assert_eq!(eve.get("jwks.json").await.text, r#"{"keys":[]}"#);
}

#[tokio::test]
async fn assets_are_kept_for_ever() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::Signup, "/hmi").await;
    let mut eve = house.browser(&app);
    let page = eve.get("sign-in").await.text;
    let paths: Vec<&str> = page.split('"').filter(|part| part.contains("/assets/")).collect();
    assert_eq!(paths.len(), 3);
    for path in paths {
        let reply = eve.send(request(Method::GET, path)).await;
        assert_eq!(reply.status, 200, "{path}");
        assert_eq!(reply.header("cache-control"), "public, max-age=31536000, immutable");
    }
}

#[tokio::test]
async fn the_console_names_no_app_and_the_api_stands_beside_it() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::Signup, "").await;
    let mut eve = house.browser(&app);
    eve.place = Place::Console;
    eve.host = "localhost:8080".to_owned();
    let home = eve.send(request(Method::GET, "/")).await;
    assert!(home.page(200).contains("setup-link") && !home.text.contains("Line 4"));
    assert_eq!(eve.send(request(Method::GET, "/api/v1/echo")).await.text, "localhost:8080");
    eve.send(request(Method::GET, "/api/v1x")).await.page(404);
    eve.wants_page = false;
    eve.send(request(Method::GET, "/elsewhere")).await.problem(404);
    assert_eq!(eve.send(request(Method::GET, "/api/v1/panic")).await.problem(500)["status"], 500);
}
