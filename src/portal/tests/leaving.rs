//! Signing out, and the pages that stand in an app's stead.

use http::{Method, Request, header};

use crate::domain::{AccessMode, App, SessionToken};
use crate::handoff::Notice;
use crate::policy::{Challenge, Refusal};

use super::house::{ADA, House, form, request};

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::Signup, "").await;
    let mut ada = house.browser(&app);
    ada.sign_up().await.leads_to("/");
    let session = SessionToken::parse(ada.jar[0].1.as_bytes()).unwrap().id();
    assert!(house.directory.session(&session).is_some());
    assert!(ada.get("sign-out").await.page(200).contains(ADA));
    assert!(house.directory.session(&session).is_some(), "asking is not leaving");
    ada.post("sign-out", &[]).await.leads_to("/");
    assert!(house.directory.session(&session).is_none());
    assert!(ada.jar.is_empty());
    let problem = ada.get("me").await.problem(401);
    assert_eq!(problem["sign_in_url"], "http://1.plant.example/.millgate/sign-in");
}

#[tokio::test]
async fn a_session_of_another_app_is_nobody_here() {
    let house = House::new().await;
    let (app, other) = (house.app(1, AccessMode::Signup, "").await, house.app(2, AccessMode::Signup, "").await);
    let mut ada = house.browser(&app);
    ada.sign_up().await.leads_to("/");
    let mut there = house.browser(&other);
    there.jar.push(("millgate-0000000000002".to_owned(), ada.jar[0].1.clone()));
    there.get("me").await.problem(401);
    there.post("sign-out", &[]).await.leads_to("/");
    assert_eq!(ada.get("me").await.status, 200);
}

#[tokio::test]
async fn who_is_not_invited_can_leave_or_come_as_another() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::Signup, "").await;
    let mut ada = house.browser(&app);
    ada.sign_up().await.leads_to("/");
    house.change(&App { access: AccessMode::InviteOnly, ..app.clone() }).await;
    let reply = ada.notice(Notice::Refused(Refusal::NotInvited), request(Method::GET, "/tank?no=4")).await;
    let page = reply.page(403);
    for part in [ADA, "/.millgate/sign-out", "/.millgate/sign-in?return_to=%2Ftank%3Fno%3D4", "Line 4"] {
        assert!(page.contains(part), "{part}");
    }
    ada.get("me").await.problem(403);
    ada.get("sign-in").await.page(200);
}

#[tokio::test]
async fn a_stopped_app_asks_for_patience() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::Signup, "").await;
    house.change(&App { running: false, ..app.clone() }).await;
    let mut eve = house.browser(&app);
    let reply = eve.notice(Notice::Refused(Refusal::Stopped), request(Method::GET, "/")).await;
    assert!(reply.page(503).contains("data-watch=\"/.millgate/me\""));
    assert_eq!(reply.header("retry-after"), "15");
    let reply = eve.notice(Notice::Refused(Refusal::Stopped), request(Method::POST, "/")).await;
    assert!(!reply.page(503).contains("data-watch"), "a form is not sent again by itself");
    eve.get("sign-in").await.page(503);
    eve.get("me").await.problem(503);
}

#[tokio::test]
async fn a_form_without_proof_is_not_turned_into_something_else() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::Signup, "/hmi").await;
    let mut eve = house.browser(&app);
    let post = || form(Request::post("/hmi/flows").header(header::REFERER, "http://1.plant.example/hmi/edit?x=1"), &[]);
    let challenged = Notice::Challenged(Challenge::SignIn);
    let reply = eve.notice(challenged, post()).await;
    assert!(
        reply.page(401).contains("href=\"/hmi/.millgate/sign-in?return_to=%2Fhmi%2Fedit%3Fx%3D1\" target=\"_blank\"")
    );
    eve.wants_page = false;
    let problem = eve.notice(challenged, post()).await.problem(401);
    assert_eq!(problem["sign_in_url"], "http://1.plant.example/hmi/.millgate/sign-in");
}

#[tokio::test]
async fn trouble_behind_the_gate_is_told_to_people_and_programs() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::Public, "").await;
    let mut eve = house.browser(&app);
    for (notice, status) in [(Notice::BadGateway, 502), (Notice::GatewayTimeout, 504), (Notice::Overloaded, 503)] {
        eve.wants_page = true;
        let reply = eve.notice(notice, request(Method::GET, "/tank")).await;
        assert!(reply.page(status).contains("href=\"/tank\""));
        eve.wants_page = false;
        assert_eq!(eve.notice(notice, request(Method::GET, "/tank")).await.problem(status)["app"], "Line 4");
    }
}
