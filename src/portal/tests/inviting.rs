//! Invite links as pages: whom they name, in which language, and what a dead one says.

use http::{Request, StatusCode, header};

use super::house::{ADA, House, PASSWORD, form};
use crate::domain::{AccessMode, Language};

#[tokio::test]
async fn somebody_without_an_address_reads_their_user_name() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::InviteOnly, "/hmi").await;
    let link = format!("invite/{}", house.invite(&app, "P-4711").await);
    let mut grace = house.browser(&app);
    let page = grace.get(&link).await.page(200).to_owned();
    let input = page.split("<input ").find(|input| input.contains("name=\"email\"")).unwrap();
    let input = input.split('>').next().unwrap();
    assert!(input.contains("value=\"p-4711\"") && input.contains(" readonly"), "{input}");
    assert!(input.contains("type=\"text\"") && input.contains("autocomplete=\"username\""), "{input}");
    assert!(page.contains("User name</label>") && !page.contains("E-mail"), "{page}");
    grace.post(&link, &[("password", PASSWORD), ("given_name", "Grace")]).await.leads_to("/hmi/");
    let me: serde_json::Value = serde_json::from_str(&grace.get("me").await.text).unwrap();
    assert_eq!((&me["given_name"], me.get("email")), (&"Grace".into(), None), "{me}");
}

#[tokio::test]
async fn the_page_speaks_as_whoever_invited_chose_until_the_guest_chooses() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::InviteOnly, "").await;
    let link = format!("invite/{}", house.invite_in(&app, ADA, Some(Language::De)).await);
    let mut ada = house.browser(&app);
    assert!(ada.get(&link).await.page(200).contains("lang=\"de\""));
    let refused = ada.post(&link, &[("password", "short")]).await;
    assert!(refused.page(422).contains("Zeichen"), "{}", refused.text);
    assert!(ada.get(&format!("{link}?lang=en")).await.page(200).contains("lang=\"en\""));
}

#[tokio::test]
async fn every_dead_link_is_the_same_page() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::InviteOnly, "").await;
    let other = house.app(2, AccessMode::InviteOnly, "").await;
    let elsewhere = house.invite_in(&other, ADA, Some(Language::De)).await;
    let used = house.invite(&app, ADA).await;
    let accept = [("password", PASSWORD)];
    house.browser(&app).post(&format!("invite/{used}"), &accept).await.leads_to("/");
    let expired = house.invite_in(&app, "grace@plant.example", Some(Language::De)).await;
    house.wait(61);
    let never = "A".repeat(43);
    let mut seen = std::collections::HashSet::new();
    for code in [elsewhere.as_str(), &used, &expired, &never, "nonsense"] {
        let mut eve = house.browser(&app);
        let page = eve.get(&format!("invite/{code}")).await;
        assert!(page.page(410).contains("no longer valid") && !page.text.contains("plant.example</"), "{}", page.text);
        let tried = eve.post(&format!("invite/{code}"), &accept).await;
        assert_eq!(tried.page(410), page.text, "{code}");
        seen.insert((page.text, format!("{:?}", page.headers)));
    }
    assert_eq!(seen.len(), 1, "{seen:#?}");
    let mut program = house.browser(&app);
    program.wants_page = false;
    assert_eq!(program.get(&format!("invite/{used}")).await.problem(410)["type"], "urn:millgate:problem:invite-gone");
}

#[tokio::test]
async fn a_foreign_page_accepts_nothing_for_its_visitor() {
    let house = House::new().await;
    let app = house.app(1, AccessMode::InviteOnly, "").await;
    let link = format!("invite/{}", house.invite(&app, ADA).await);
    let post = Request::post(format!("/.millgate/{link}")).header(header::ORIGIN, "http://evil.example");
    let answer = house.browser(&app).send(form(post, &[("password", PASSWORD)])).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    house.browser(&app).post(&link, &[("password", PASSWORD)]).await.leads_to("/");
}
