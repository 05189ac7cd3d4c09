//! Pages about identity providers, with one that nobody answers for. What a provider answers is tried from outside.

use std::sync::Arc;

use http::{Method, Request, header};

use crate::domain::{AccessMode, Language};
use crate::federation::{ClientSecret, Config, Federation};
use crate::handoff::Place;

use super::house::{House, Reply, request};

async fn house() -> House {
    let house = House::new().await;
    let provider = |id: &str| Config {
        id: id.parse().unwrap(),
        title: "Werk <4>".into(),
        // Nothing listens on the discard port.
        issuer: "http://127.0.0.1:9".parse().unwrap(),
        client_id: "me".into(),
        client_secret: ClientSecret::new("secret"),
        scopes: vec!["openid".into()],
        ca: None,
    };
    let console = "http://console.test".parse().unwrap();
    let (desk, providers) = (&house.desk, vec![provider("works"), provider("google")]);
    let federation = Federation::new(providers, &console, desk.clock().clone(), desk.provider_shelf());
    desk.set_federation(Some(Arc::new(federation)));
    house
}

#[track_caller]
fn tells_no_address(reply: &Reply) {
    assert_eq!(reply.header("referrer-policy"), "no-referrer");
    assert_eq!(reply.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_provider_that_is_not_there_closes_no_other_way_in() {
    let house = house().await;
    let app = house.app(1, AccessMode::Signup, "/hmi").await;
    let mut visitor = house.browser(&app);
    for (language, words) in [(Language::En, "cannot be reached"), (Language::De, "nicht erreichbar")] {
        visitor.language = language;
        let reply = visitor.get("oidc/works?return_to=%2Fhmi%2Fx").await;
        tells_no_address(&reply);
        let page = reply.page(503);
        assert!(page.contains(words) && page.contains("Werk &#60;4&#62;:"), "{page}");
        assert!(page.contains("href=\"/hmi/.millgate/sign-in?return_to=%2Fhmi%2Fx\""), "{page}");
    }
    let status: serde_json::Value = serde_json::from_str(&visitor.get("oidc/status").await.text).unwrap();
    assert_eq!((&status["items"][0]["id"], &status["items"][0]["reachable"]), (&"works".into(), &false.into()));
    assert!(status["items"][0]["reason"].as_str().unwrap().contains("Niemand nimmt"), "{status}");
    for page in ["sign-in", "sign-up"] {
        let reply = visitor.get(page).await;
        let text = reply.page(200);
        assert!(text.contains("aria-disabled=\"true\" class=\"provider\" data-provider=\"works\""), "{text}");
        assert!(text.contains("name=\"password\"") && text.contains("Niemand nimmt"), "{text}");
    }
    visitor.wants_page = false;
    let problem = visitor.get("oidc/works").await.problem(503);
    assert_eq!(problem["type"], "urn:millgate:problem:provider-unreachable");
}

#[tokio::test]
async fn an_invite_offers_providers_with_its_code() {
    let house = house().await;
    let app = house.app(1, AccessMode::InviteOnly, "").await;
    let code = house.invite(&app, "grace@plant.example").await;
    let reply = house.browser(&app).get(&format!("invite/{code}")).await;
    let href = format!("href=\"/.millgate/oidc/works?invite={code}\" class=\"provider\" data-provider=\"works\"");
    assert!(reply.page(200).contains(&href), "{}", reply.text);
}

#[tokio::test]
async fn google_is_not_offered_where_it_refuses_to_work() {
    let house = house().await;
    let app = house.app(1, AccessMode::Signup, "").await;
    let path = "/.millgate/sign-in?return_to=%2Fx";
    let inside = Request::get(path).header(header::USER_AGENT, "Mozilla/5.0 (Linux; Android 14; wv) Chrome/131");
    let reply = house.browser(&app).send(inside.body(bytes::Bytes::new()).unwrap()).await;
    let page = reply.page(200);
    assert!(page.contains("value=\"http://1.plant.example/.millgate/sign-in?return_to=%2Fx\" readonly"), "{page}");
    assert!(!page.contains("data-provider=\"google\"") && page.contains("data-provider=\"works\""), "{page}");
}

#[tokio::test]
async fn what_belongs_to_no_flow_is_a_page_and_no_more() {
    let house = house().await;
    let app = house.app(1, AccessMode::Signup, "").await;
    let mut visitor = house.browser(&app);
    let code = "A".repeat(43);
    for page in ["oidc/works/return", "oidc/works/link"] {
        for query in [String::new(), "?code=x".to_owned(), format!("?code={code}")] {
            let reply = visitor.get(&format!("{page}{query}")).await;
            assert!(reply.page(400).contains("cannot be finished") && reply.cookies().is_empty());
            assert_ne!(reply.header("referrer-policy"), "same-origin");
        }
    }
    visitor.post("oidc/works/link", &[("code", &code), ("password", "x")]).await.page(400);
    for page in ["oidc/works", "oidc/works/return", "oidc/status"] {
        assert_eq!(visitor.post(page, &[]).await.status.as_u16(), 405, "{page}");
    }
    for page in ["oidc/works", "oidc/works/return?code=x"] {
        let path = format!("/.millgate/{page}");
        assert_eq!(visitor.send(request(Method::HEAD, &path)).await.status.as_u16(), 405, "{page}");
    }
    for page in ["oidc/none", "oidc/works/callback", "oidc/W%20", "oidc/"] {
        visitor.get(page).await.page(404);
    }
}

#[tokio::test]
async fn the_callback_is_the_consoles() {
    let house = house().await;
    let app = house.app(1, AccessMode::Signup, "").await;
    let mut visitor = house.browser(&app);
    visitor.place = Place::Console;
    for query in ["", "?state=x&code=y", "?code=y", "?error=access_denied"] {
        let reply = visitor.get(&format!("oidc/works/callback{query}")).await;
        tells_no_address(&reply);
        assert!(reply.page(400).contains("cannot be finished"), "{}", reply.text);
    }
    assert_eq!(visitor.post("oidc/works/callback", &[]).await.status.as_u16(), 405);
    visitor.get("oidc/W/callback").await.page(404);
    visitor.language = Language::De;
    assert!(visitor.get("oidc/works/callback").await.page(400).contains("nicht abschließen"));
}
