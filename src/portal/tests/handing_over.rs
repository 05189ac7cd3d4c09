//! "Continue as …": one sign-in per workspace, on one host and across hosts.

use bytes::Bytes;
use http::{Request, header};

use super::house::{ADA, Browser, House, PASSWORD, Reply, form};
use crate::domain::{AccessMode, App, Language, WorkspaceId};

const AGENT: &str = "Mozilla/5.0 (X11) Firefox/140.0";
const CONTINUE: &str = "Continue as ada@plant.example";

impl Browser<'_> {
    /// Opens what an answer leads to, or what is typed.
    async fn open(&mut self, address: &str) -> Reply {
        self.open_from(address, None).await
    }

    async fn open_from(&mut self, address: &str, referer: Option<&str>) -> Reply {
        let path = address.strip_prefix(&format!("http://{}", self.host)).unwrap_or(address);
        assert!(path.starts_with('/'), "{address} is not on {}", self.host);
        let request = Request::get(path).header(header::USER_AGENT, AGENT);
        let request = match referer {
            Some(referer) => request.header(header::REFERER, referer),
            None => request,
        };
        self.send(request.body(Bytes::new()).unwrap()).await
    }

    async fn register(&mut self) {
        let request = Request::post(format!("{}/sign-up", self.base)).header(header::USER_AGENT, AGENT);
        let reply = self.send(form(request, &[("email", ADA), ("password", PASSWORD)])).await;
        assert_eq!(reply.status.as_u16(), 303, "{}", reply.text);
    }

    async fn go_on(&mut self, code: &str) -> Reply {
        self.post("hand-over", &[("code", code), ("return_to", "/x?y")]).await
    }
}

/// The code in a page that offers to go on.
fn code(page: &str) -> String {
    assert!(page.contains(CONTINUE), "{page}");
    let from = page.split("name=\"code\" value=\"").nth(1).unwrap();
    from.split('"').next().unwrap().to_owned()
}

fn offers_nothing(reply: &Reply) {
    assert!(!reply.page(200).contains("name=\"code\""), "{}", reply.text);
}

/// Two apps of one workspace on hosts of their own.
async fn two_apps() -> (House, App, App) {
    let house = House::new().await;
    let one = house.app(1, AccessMode::Signup, "").await;
    let other = house.app(2, AccessMode::Signup, "").await;
    (house, one, other)
}

/// There and back: what the other app's sign-in page shows.
async fn ask(one: &mut Browser<'_>, other: &mut Browser<'_>) -> Reply {
    let away = other.open("/.millgate/sign-in?return_to=%2Fx%3Fy").await;
    assert_eq!(away.status.as_u16(), 303, "{}", away.text);
    assert!(away.header("location").starts_with("http://1.plant.example/.millgate/hand-over?to=0000000000002&"));
    let back = one.open(away.header("location")).await;
    let start = "http://2.plant.example/.millgate/sign-in?return_to=%2Fx%3Fy&hand_over=";
    assert!(back.header("location").starts_with(start), "{}", back.header("location"));
    other.open(back.header("location")).await
}

#[tokio::test]
async fn a_sign_in_on_another_host_is_asked_for_and_taken_over_with_one_click() {
    let (house, one, other) = two_apps().await;
    let (mut one, mut other) = (house.browser(&one), house.browser(&other));
    one.register().await;
    let page = ask(&mut one, &mut other).await;
    assert!(page.text.contains("You are signed in to Line 4 in this browser."));
    let code = code(page.page(200));
    let done = other.go_on(&code).await;
    done.leads_to("/x?y");
    assert!(done.cookies().iter().any(|line| line.starts_with("millgate-0000000000002=")));
    other.open("/.millgate/sign-in?return_to=%2Fx").await.leads_to("/x");
    assert!(other.open("/.millgate/me").await.text.contains(ADA));
    // Used once.
    other.jar.retain(|(name, _)| name.contains("flow"));
    other.go_on(&code).await.leads_to("/.millgate/sign-in?return_to=%2Fx%3Fy&hand_over=none");
}

#[tokio::test]
async fn apps_of_one_host_need_not_ask() {
    let (house, one, other) = two_apps().await;
    let moved = |app: &App, url: &str| App { url: url.parse().unwrap(), title: app.name.to_string(), ..app.clone() };
    let (one, other) = (moved(&one, "http://10.0.0.5:8080/hmi"), moved(&other, "http://10.0.0.5:9090"));
    house.change(&one).await;
    house.change(&other).await;
    let (mut one, mut other) = (house.browser(&one), house.browser(&other));
    one.register().await;
    other.jar = one.jar.clone();
    other.language = Language::De;
    let page = other.open("/.millgate/sign-in?return_to=%2Fx%3Fy").await;
    assert!(page.page(200).contains("Weiter als ada@plant.example"));
    assert!(page.text.contains("Sie sind in diesem Browser bei app1 angemeldet."));
    other.language = Language::En;
    let page = other.open("/.millgate/sign-in").await;
    assert!(other.jar.iter().any(|(name, _)| name == "millgate-flow-0000000000002"));
    other.go_on(&code(page.page(200))).await.leads_to("/x?y");
    // And back, into a folder: the sign-in there is gone, the one here is not.
    one.jar = other.jar.clone();
    one.jar.retain(|(name, _)| name != "millgate-0000000000001");
    let page = one.open("/hmi/.millgate/sign-in?return_to=%2Fhmi%2F%3Fz").await;
    let reply = one.post("hand-over", &[("code", &code(page.page(200))), ("return_to", "/hmi/?z")]).await;
    reply.leads_to("/hmi/?z");
}

#[tokio::test]
async fn who_is_signed_in_nowhere_gets_the_form_after_one_round() {
    let (house, one, other) = two_apps().await;
    house.browser(&one).register().await;
    let (mut stranger, mut other) = (house.browser(&one), house.browser(&other));
    let page = ask(&mut stranger, &mut other).await;
    offers_nothing(&page);
    assert!(page.text.contains("name=\"password\"") && !page.text.contains("ada@"));
    // Nor on a new load of the same address.
    offers_nothing(&other.open("/.millgate/sign-in?return_to=%2Fx&hand_over=none").await);
}

#[tokio::test]
async fn a_code_is_worth_nothing_in_another_browser_or_at_another_app_and_over_thereafter() {
    let (house, one, other) = two_apps().await;
    let third = house.app(3, AccessMode::Signup, "").await;
    let mut one = house.browser(&one);
    one.register().await;
    let nowhere = "/.millgate/sign-in?return_to=%2Fx%3Fy&hand_over=none";
    for round in 0..3 {
        let mut mine = house.browser(&other);
        let code = code(ask(&mut one, &mut mine).await.page(200));
        match round {
            0 => offers_nothing(&house.browser(&other).open(&format!("/.millgate/sign-in?hand_over={code}")).await),
            1 => house.browser(&other).go_on(&code).await.leads_to(nowhere),
            _ => {
                let mut third = house.browser(&third);
                let renamed = mine.jar.iter().map(|(name, value)| (name.replace('2', "3"), value.clone()));
                third.jar = renamed.collect();
                third.go_on(&code).await.leads_to(nowhere);
            }
        }
        mine.go_on(&code).await.leads_to(nowhere);
    }
}

#[tokio::test]
async fn a_link_that_somebody_prepared_for_another_browser_gets_no_answer() {
    let (house, one, other) = two_apps().await;
    let mut one = house.browser(&one);
    one.register().await;
    let away = house.browser(&other).open("/.millgate/sign-in").await;
    let link = away.header("location").strip_prefix("http://1.plant.example").unwrap().to_owned();
    // The victim's browser is another one.
    let back = one.send(Request::get(&link).header(header::USER_AGENT, "Other").body(Bytes::new()).unwrap()).await;
    back.leads_to("http://2.plant.example/.millgate/sign-in?return_to=%2F&hand_over=none");
    // And what nobody was sent with is nobody's.
    let made_up = format!("/.millgate/hand-over?to=0000000000002&key={}", "A".repeat(43));
    one.open(&made_up).await.leads_to("http://2.plant.example/.millgate/sign-in?return_to=%2F&hand_over=none");
}

#[tokio::test]
async fn what_ended_over_there_is_not_taken_over() {
    let (house, one, other) = two_apps().await;
    let (mut one, mut other) = (house.browser(&one), house.browser(&other));
    one.register().await;
    let page = ask(&mut one, &mut other).await;
    let code = code(page.page(200));
    let sign_out = Request::post("/.millgate/sign-out").header(header::USER_AGENT, AGENT);
    one.send(form(sign_out, &[])).await.leads_to("/");
    other.go_on(&code).await.leads_to("/.millgate/sign-in?return_to=%2Fx%3Fy&hand_over=none");
    // The browser that signed out is not sent about any more.
    offers_nothing(&other.open("/.millgate/sign-in").await);
}

#[tokio::test]
async fn an_app_that_could_not_be_reached_is_not_asked_again() {
    let (house, one, other) = two_apps().await;
    house.browser(&one).register().await;
    let mut other = house.browser(&other);
    assert_eq!(other.open("/.millgate/sign-in").await.status.as_u16(), 303);
    offers_nothing(&other.open("/.millgate/sign-in").await);
}

#[tokio::test]
async fn nobody_is_sent_away_who_is_on_the_way_within_the_app() {
    let (house, one, other) = two_apps().await;
    house.browser(&one).register().await;
    let mut other = house.browser(&other);
    offers_nothing(&other.open_from("/.millgate/sign-in", Some("http://2.plant.example/.millgate/sign-out")).await);
    let elsewhere = other.open_from("/.millgate/sign-in", Some("http://1.plant.example/")).await;
    assert_eq!(elsewhere.status.as_u16(), 303);
    let mut program = house.browser(&one);
    program.wants_page = false;
    assert_eq!(program.open("/.millgate/sign-in").await.status.as_u16(), 200);
}

#[tokio::test]
async fn only_apps_that_share_answer_and_only_to_where_they_are() {
    let (house, one, other) = two_apps().await;
    let foreign = App { workspace: WorkspaceId::from_u64(9), ..house.app(3, AccessMode::Signup, "").await };
    house.change(&foreign).await;
    let mut browser = house.browser(&one);
    browser.register().await;
    for to in ["0000000000003", "0000000000001", "0000000000009", "http://2.plant.example", ""] {
        let key = "A".repeat(43);
        browser.open(&format!("/.millgate/hand-over?to={to}&key={key}")).await.page(404);
    }
    for target in ["//evil.example", "https://evil.example", "/../x", ""] {
        let reply = browser.open(&format!("/.millgate/hand-over?to=0000000000002&return_to={target}")).await;
        reply.leads_to("http://2.plant.example/.millgate/sign-in?return_to=%2F&hand_over=none");
    }
    house.change(&App { keeps_apart: true, ..other.clone() }).await;
    browser.open("/.millgate/hand-over?to=0000000000002").await.page(404);
    offers_nothing(&house.browser(&other).open("/.millgate/sign-in").await);
    house.change(&other).await;
    house.change(&App { keeps_apart: true, ..one.clone() }).await;
    offers_nothing(&house.browser(&other).open("/.millgate/sign-in").await);
}

#[tokio::test]
async fn a_sign_in_over_http_opens_nothing_behind_https() {
    let (house, one, other) = two_apps().await;
    house.change(&App { url: "https://2.plant.example".parse().unwrap(), ..other.clone() }).await;
    house.browser(&one).register().await;
    offers_nothing(&house.browser(&other).open("/.millgate/sign-in").await);
}

#[tokio::test]
async fn where_one_must_be_invited_it_helps_only_the_invited() {
    let (house, one, other) = two_apps().await;
    let (mut first, mut second) = (house.browser(&one), house.browser(&other));
    first.register().await;
    let code = code(ask(&mut first, &mut second).await.page(200));
    house.change(&App { access: AccessMode::InviteOnly, ..other.clone() }).await;
    second.go_on(&code).await.page(403);
    let mut second = house.browser(&other);
    offers_nothing(&ask(&mut first, &mut second).await);
}

#[tokio::test]
async fn an_absolute_limit_counts_from_the_password_however_often_it_is_handed_on() {
    let (house, one, other) = two_apps().await;
    let limit = std::time::Duration::from_secs(3600);
    let other = App { absolute_limit: Some(limit), ..other };
    house.change(&other).await;
    let (mut first, mut second) = (house.browser(&one), house.browser(&other));
    first.register().await;
    house.wait(3000);
    let code = code(ask(&mut first, &mut second).await.page(200));
    second.go_on(&code).await.leads_to("/x?y");
    house.wait(500);
    assert_eq!(second.open("/.millgate/me").await.status.as_u16(), 200);
    house.wait(200);
    assert_eq!(second.open("/.millgate/me").await.status.as_u16(), 401);
    let mut second = house.browser(&other);
    offers_nothing(&ask(&mut first, &mut second).await);
}
