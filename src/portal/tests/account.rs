//! A person's own account and the way back to it, as pages.

use std::fmt::Write;

use http::{Request, header};

use crate::domain::{AccessMode, App, Language, Purpose, SessionToken};

use super::house::{ADA, Browser, House, PASSWORD, Reply, form};

const NEW: &str = "an entirely new password";
const GONE: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

async fn ada<'a>(house: &'a House, app: &App) -> Browser<'a> {
    let mut ada = house.browser(app);
    ada.sign_up().await.leads_to(&format!("{}/", app.url.prefix));
    ada
}

fn sid(browser: &Browser<'_>) -> String {
    SessionToken::parse(browser.jar[0].1.as_bytes()).unwrap().id().to_string()
}

#[tokio::test]
async fn strangers_are_sent_to_the_sign_in_and_back() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::Signup, "/hmi").await;
    let mut eve = house.browser(&app);
    let to = "/hmi/.millgate/sign-in?return_to=%2Fhmi%2F.millgate%2Faccount";
    eve.get("account").await.leads_to(to);
    for part in ["name", "email", "password", "unlink", "end", "sign-out-everywhere", "delete"] {
        eve.post(&format!("account/{part}"), &[]).await.leads_to(to);
        eve.get(&format!("account/{part}")).await.leads_to("/hmi/.millgate/account");
    }
    assert_eq!(eve.post("account", &[]).await.status, 405);
    assert_eq!(eve.get("account/elsewhere").await.status, 404);
    eve.wants_page = false;
    assert_eq!(eve.get("account").await.problem(401)["type"], "urn:millgate:problem:sign-in-required");
}

/// Who has no user in a mode that asks for none is not sent round in circles.
#[tokio::test]
async fn in_modes_without_users_the_sign_in_is_there_for_the_account() {
    let house = House::new().await;
    for (number, mode) in [(1, AccessMode::Public), (2, AccessMode::MasterPassword)] {
        let app = house.app(number, AccessMode::Signup, "").await;
        let mut known = house.browser(&app);
        let email = format!("p{number}@x.example");
        known.post("sign-up", &[("email", &email), ("password", PASSWORD)]).await.leads_to("/");
        house.change(&App { access: mode, ..app.clone() }).await;
        assert!(known.get("account").await.page(200).contains(&email), "{mode:?}");
        let mut visitor = house.browser(&app);
        let reply = visitor.get("account").await;
        let sign_in = reply.header("location").trim_start_matches("/.millgate/").to_owned();
        let page = visitor.get(&sign_in).await;
        assert!(page.page(200).contains("name=\"email\""), "{mode:?}");
        let account = ("return_to", "/.millgate/account");
        let form = [("email", email.as_str()), ("password", PASSWORD), account];
        visitor.post("sign-in", &form).await.leads_to(account.1);
        visitor.get("account").await.page(200);
    }
}

#[tokio::test]
async fn each_form_comes_back_to_the_account_and_says_what_was_done() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::Signup, "").await;
    house.sends_mail();
    let mut ada = ada(&house, &app).await;
    let mut phone = house.browser(&app);
    phone.post("sign-in", &[("email", ADA), ("password", PASSWORD)]).await.leads_to("/");
    let other = sid(&phone);
    for (part, fields) in [
        ("name", vec![("given_name", "Augusta"), ("family_name", "<b>King</b>")]),
        ("email", vec![("email", "new@plant.example"), ("password", PASSWORD)]),
        ("end", vec![("session", other.as_str())]),
        ("unlink", vec![("identity", "nonsense")]),
        ("password", vec![("password", PASSWORD), ("new_password", NEW), ("end_others", "on")]),
    ] {
        let page = format!("account?done={part}");
        ada.post(&format!("account/{part}"), &fields).await.leads_to(&format!("/.millgate/{page}"));
        assert!(ada.get(&page).await.page(200).contains("class=\"done\" role=\"status\""), "{part}");
    }
    let page = ada.get("account").await;
    assert!(page.page(200).contains("Augusta") && !page.text.contains("<b>") && !page.text.contains("role=\"status\""));
    assert_eq!(phone.get("me").await.status, 401);
    ada.post("account/name?lang=de", &[]).await.leads_to("/.millgate/account?done=name&lang=de");
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_above() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::Signup, "").await;
    let mut ada = ada(&house, &app).await;
    let long = "x".repeat(101);
    for (status, part, fields, id) in [
        (422, "name", vec![("given_name", long.as_str()), ("family_name", "K")], "profile-given_name"),
        (401, "password", vec![("password", "wrong one"), ("new_password", NEW)], "password-password"),
        (422, "password", vec![("password", PASSWORD), ("new_password", "short")], "password-new_password"),
        (401, "delete", vec![("password", "wrong one"), ("confirm", "on")], "delete-password"),
        (422, "delete", vec![("password", PASSWORD)], "delete-confirm"),
    ] {
        let reply = ada.post(&format!("account/{part}"), &fields).await;
        let page = reply.page(status);
        assert!(page.contains(&format!("id=\"{id}-error\"")), "{part}: {page}");
        assert!(page.contains(&format!("href=\"#{id}\"")) && page.contains("role=\"alert\""), "{part}");
        assert!(!page.contains(NEW) && !page.contains(PASSWORD), "{part}");
    }
    let reply = ada.post("account/name", &[("given_name", &long), ("family_name", "Kept")]).await;
    assert!(reply.page(422).contains("value=\"Kept\""));
    ada.wants_page = false;
    let problem = ada.post("account/password", &[("password", PASSWORD), ("new_password", "x")]).await.problem(422);
    assert_eq!(problem["errors"][0]["field"], "new_password");
}

#[tokio::test]
async fn signing_out_everywhere_and_deleting_clear_the_cookie() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::Signup, "").await;
    let mut ada = ada(&house, &app).await;
    let mine = sid(&ada);
    ada.post("account/end", &[("session", &mine)]).await.leads_to("/");
    assert!(ada.jar.is_empty());
    let credentials = [("email", ADA), ("password", PASSWORD)];
    for (page, everywhere) in [("account/sign-out-everywhere", ""), ("sign-out", "on")] {
        let mut phone = house.browser(&app);
        phone.post("sign-in", &credentials).await.leads_to("/");
        ada.post("sign-in", &credentials).await.leads_to("/");
        assert!(ada.get("sign-out").await.page(200).contains("name=\"everywhere\" value=\"on\""));
        ada.post(page, &[("everywhere", everywhere)]).await.leads_to("/");
        assert!(ada.jar.is_empty());
        assert_eq!(phone.get("me").await.status, 401);
    }
    ada.post("sign-in", &credentials).await.leads_to("/");
    let gone = ada.post("account/delete", &[("password", PASSWORD), ("confirm", "on")]).await;
    assert!(gone.page(200).contains("deleted") && ada.jar.is_empty());
    assert_eq!(ada.post("sign-in", &credentials).await.status, 401);
}

#[tokio::test]
async fn nobody_elses_page_moves_anything() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::Signup, "").await;
    let mut ada = ada(&house, &app).await;
    for page in ["account/delete", "account/name", "reset", &format!("reset/{GONE}")] {
        let foreign = Request::post(format!("/.millgate/{page}")).header(header::ORIGIN, "http://evil.example");
        assert_eq!(ada.send(form(foreign, &[("confirm", "on")])).await.status, 403, "{page}");
    }
}

#[tokio::test]
async fn a_reset_answers_everybody_alike_and_its_link_works_once() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::Signup, "").await;
    let mut ada = ada(&house, &app).await;
    let mut lost = house.browser(&app);
    assert!(!lost.get("reset").await.page(200).contains("name=\"email\""), "without mail there is no form");
    let without = lost.post("reset", &[("email", ADA)]).await;
    assert_eq!(without.page(200), lost.post("reset", &[("email", "eve@x.example")]).await.page(200));
    house.sends_mail();
    assert!(lost.get("reset").await.page(200).contains("name=\"email\""));
    let known = lost.post("reset", &[("email", ADA)]).await;
    assert_eq!(known.page(200), lost.post("reset", &[("email", "eve@x.example")]).await.page(200));
    assert_eq!(lost.post("reset", &[("email", "")]).await.status, 422);
    let code = house.ticket(&ada, Purpose::Reset { mailed: true }).await;
    let link = format!("reset/{code}");
    for _ in 0..2 {
        let page = lost.get(&link).await;
        assert!(page.page(200).contains("autocomplete=\"new-password\"") && page.text.contains("data-weak"));
    }
    assert!(lost.post(&link, &[("password", "short")]).await.page(422).contains("aria-invalid"));
    lost.post(&link, &[("password", NEW)]).await.leads_to("/");
    assert_eq!((lost.get("me").await.status.as_u16(), ada.get("me").await.status.as_u16()), (200, 401));
    let dead = lost.post(&link, &[("password", NEW)]).await;
    assert_eq!(dead.page(410), lost.post(&format!("reset/{GONE}"), &[]).await.page(410));
    assert_eq!(lost.get(&link).await.page(410), lost.get("reset/x").await.page(410));
}

#[tokio::test]
async fn an_address_is_confirmed_by_a_button_not_by_a_look() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::Signup, "").await;
    let mut ada = ada(&house, &app).await;
    let purpose = |email: &str| Purpose::Address { email: email.parse().unwrap() };
    let code = house.ticket(&ada, purpose("new@plant.example")).await;
    let link = format!("confirm-address/{code}");
    assert!(ada.get(&link).await.page(200).contains("new@plant.example"));
    assert!(ada.get("account").await.page(200).contains(ADA));
    ada.post(&link, &[]).await.leads_to("/.millgate/account?done=address");
    assert!(ada.get("account").await.page(200).contains("new@plant.example"));
    assert_eq!(ada.post(&link, &[]).await.status, 410);
    let elsewhere = format!("confirm-address/{}", house.ticket(&ada, purpose("newer@plant.example")).await);
    let mut mailbox = house.browser(&app);
    assert!(mailbox.post(&elsewhere, &[]).await.page(200).contains("confirmed"));
    assert_eq!(mailbox.get("confirm-address/x").await.status, 410);
}

#[tokio::test]
async fn the_account_in_english() {
    insta::assert_snapshot!(album(Language::En).await);
}

#[tokio::test]
async fn the_account_in_german() {
    insta::assert_snapshot!(album(Language::De).await);
}

async fn album(language: Language) -> String {
    let house = House::new().await;
    let app = house.app(1, AccessMode::Signup, "").await;
    let mut ada = ada(&house, &app).await;
    ada.language = language;
    let mut lost = house.browser(&app);
    lost.language = language;
    let mut pages =
        vec![("account without mail", ada.get("account").await), ("reset without mail", lost.get("reset").await)];
    house.sends_mail();
    let wrong = [("password", "wrong one"), ("new_password", NEW)];
    let code = house.ticket(&ada, Purpose::Address { email: "new@plant.example".parse().unwrap() }).await;
    let reset = house.ticket(&ada, Purpose::Reset { mailed: true }).await;
    pages.extend([
        ("password wrong", ada.post("account/password", &wrong).await),
        ("reset", lost.get("reset").await),
        ("reset sent", lost.post("reset", &[("email", ADA)]).await),
        ("reset link", lost.get(&format!("reset/{reset}")).await),
        ("confirm address", lost.get(&format!("confirm-address/{code}")).await),
    ]);
    let session = sid(&ada);
    let mut album = String::new();
    for (name, Reply { status, text, .. }) in pages {
        let main = text.split_once("<main>").and_then(|(_, rest)| rest.split_once("</main>")).unwrap().0.trim();
        let main = [&session, &code, &reset].iter().fold(main.to_owned(), |text, secret| text.replace(*secret, GONE));
        write!(album, "=== {name} {}\n{main}\n\n", status.as_u16()).unwrap();
    }
    album
}
