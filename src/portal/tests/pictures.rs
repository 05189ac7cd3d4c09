//! Every page in both languages: as snapshots, and as files to look at.

use std::fmt::Write;

use http::{Method, Request};

use crate::domain::{AccessMode, App, Language};
use crate::handoff::{Notice, Place};
use crate::policy::{Challenge, Refusal};

use super::house::{ADA, House, MASTER, PASSWORD, Reply, form, request};

#[tokio::test]
async fn pages_in_english() {
    insta::assert_snapshot!(album(Language::En).await);
}

#[tokio::test]
async fn pages_in_german() {
    insta::assert_snapshot!(album(Language::De).await);
}

/// `cargo test --lib -- --ignored leaves_every_page` writes them below the directory for temporary files.
#[tokio::test]
#[ignore = "for people who want to look at the pages"]
async fn leaves_every_page_as_a_file() {
    let folder = std::env::temp_dir().join("millgate-pages");
    std::fs::create_dir_all(folder.join("assets")).unwrap();
    for (language, code) in [(Language::En, "en"), (Language::De, "de")] {
        let (house, pages) = pages(language).await;
        for (name, reply) in pages {
            let text = reply.text.replace("/.millgate/assets/", "assets/");
            std::fs::write(folder.join(format!("{name}-{code}.html")), text).unwrap();
            keep_assets(&house, &reply, &folder).await;
        }
    }
    println!("{}", folder.display());
}

async fn keep_assets(house: &House, reply: &Reply, folder: &std::path::Path) {
    let app = house.app(1, AccessMode::Signup, "").await;
    for path in reply.text.split('"').filter(|part| part.contains("/assets/")) {
        let asset = house.browser(&app).send(request(Method::GET, path)).await;
        std::fs::write(folder.join(path.trim_start_matches("/.millgate/")), asset.text).unwrap();
    }
}

/// What differs between the pages: status, title and content.
async fn album(language: Language) -> String {
    let mut album = String::new();
    for (name, reply) in pages(language).await.1 {
        let part = |from: &str, to: &str| {
            reply.text.split_once(from).and_then(|(_, rest)| rest.split_once(to)).map_or("", |(part, _)| part)
        };
        let (title, main) = (part("<title>", "</title>"), part("<main>", "</main>"));
        write!(album, "=== {name} {} | {title}\n{}\n\n", reply.status.as_u16(), main.trim()).unwrap();
    }
    album
}

async fn pages(language: Language) -> (House, Vec<(&'static str, Reply)>) {
    let house = House::new().await;
    let mut pages = forms(&house, language).await;
    pages.extend(notices(&house, language).await);
    (house, pages)
}

async fn forms(house: &House, language: Language) -> Vec<(&'static str, Reply)> {
    let open = house.app(1, AccessMode::Signup, "").await;
    let both = house.app(2, AccessMode::SignupAndMasterPassword, "").await;
    let master = house.app(3, AccessMode::MasterPassword, "").await;
    let club = house.app(4, AccessMode::InviteOnly, "").await;
    house.browser(&open).sign_up().await.leads_to("/");
    let at = |app: &App| {
        let mut browser = house.browser(app);
        browser.language = language;
        browser
    };
    let wrong = [("email", ADA), ("password", "wrong one"), ("return_to", "/tank?no=4")];
    let faulty = [("email", "ada"), ("password", "short"), ("given_name", "Ada"), ("return_to", "/")];
    let unshared = [("email", ADA), ("password", PASSWORD), ("master_password", "wrong one")];
    let invite = "invite/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let code = house.invite(&club, "grace@plant.example").await;
    let mut invited = at(&club).get(&format!("invite/{code}")).await;
    invited.text = invited.text.replace(&code, invite.trim_start_matches("invite/"));
    vec![
        ("sign-in", at(&open).get("sign-in?return_to=%2Ftank%3Fno%3D4").await),
        ("sign-in-wrong", at(&open).post("sign-in", &wrong).await),
        ("sign-in-by-invitation", at(&club).get("sign-in").await),
        ("sign-in-with-both", at(&both).get("sign-in").await),
        ("sign-in-with-both-wrong", at(&both).post("sign-in", &unshared).await),
        ("sign-up", at(&open).get("sign-up").await),
        ("sign-up-wrong", at(&open).post("sign-up", &faulty).await),
        ("sign-up-closed", at(&club).get("sign-up").await),
        ("master-password", at(&master).get("master-password").await),
        ("master-password-wrong", at(&master).post("master-password", &[("master_password", "wrong one")]).await),
        ("invite", invited),
        ("invite-gone", at(&club).get(invite).await),
    ]
}

async fn notices(house: &House, language: Language) -> Vec<(&'static str, Reply)> {
    let app = house.app(5, AccessMode::SignupAndMasterPassword, "").await;
    let at = |app: &App| {
        let mut browser = house.browser(app);
        browser.language = language;
        browser
    };
    let mut ada = at(&app);
    let proofs = [("email", ADA), ("password", PASSWORD), ("master_password", MASTER)];
    ada.post("sign-in", &proofs).await.leads_to("/");
    let mut lost = at(&app);
    lost.keeps_cookies = false;
    for _ in 0..3 {
        lost.post("sign-in", &proofs).await.leads_to("/");
    }
    let mut console = at(&app);
    console.place = Place::Console;
    let get = || request(Method::GET, "/tank?no=4");
    let challenged = Notice::Challenged(Challenge::SignInAndMasterPassword);
    let foreign = Request::post("/.millgate/sign-in").header("origin", "http://evil.example");
    house.wait(1);
    vec![
        ("sign-out", ada.get("sign-out").await),
        ("not-invited", ada.notice(Notice::Refused(Refusal::NotInvited), get()).await),
        ("stopped", ada.notice(Notice::Refused(Refusal::Stopped), get()).await),
        ("bad-gateway", ada.notice(Notice::BadGateway, get()).await),
        ("gateway-timeout", ada.notice(Notice::GatewayTimeout, get()).await),
        ("overloaded", ada.notice(Notice::Overloaded, get()).await),
        ("form-not-sent", at(&app).notice(challenged, form(Request::post("/flows"), &[])).await),
        ("cookies", lost.get("sign-in").await),
        ("not-found", ada.get("elsewhere").await),
        ("wrong-origin", at(&app).send(form(foreign, &[])).await),
        ("console", console.send(request(Method::GET, "/")).await),
    ]
}
