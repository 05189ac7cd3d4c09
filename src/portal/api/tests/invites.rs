//! Invitations, access links and codes to scan.

use super::*;

const INVITES: &str = "/api/v1/workspaces/default/apps/hmi/invites";
const LINKS: &str = "/api/v1/workspaces/default/apps/hmi/access-links";

impl Program {
    async fn rows(&self, query: &str) -> Vec<Value> {
        self.get(&format!("{INVITES}{query}")).await.body["items"].as_array().unwrap().clone()
    }
}

fn names(rows: &Value) -> Vec<&str> {
    rows.as_array().unwrap().iter().map(|row| row["username"].as_str().unwrap()).collect()
}

fn inputs(rows: &Value) -> Vec<&str> {
    rows.as_array().unwrap().iter().map(|row| row["input"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn pasted_addresses_are_invited_with_link_and_code() {
    let program = program().await;
    program.create(hmi()).await;
    let text = "Ada Lovelace <Ada@X>, bob@x; nobody\n@x bob@X";
    let answer = program.post(INVITES, json!({"emails": text, "expires_in": "2d", "language": "de"})).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(names(&answer.body["items"]), ["ada@x", "bob@x"], "bob is there once");
    assert_eq!(inputs(&answer.body["refused"]), ["nobody", "@x"]);
    assert!(answer.body["refused"][0]["detail"].as_str().unwrap().starts_with("email: "), "{}", answer.body);
    let mut ada = answer.body["items"][0].clone();
    assert!(ada["link"].as_str().unwrap().starts_with("http://hmi.test:8080/.millgate/invite/"));
    assert!(ada["qr"].as_str().unwrap().starts_with("<svg "));
    for field in ["id", "created_at", "expires_at", "link", "qr"] {
        assert!(ada[field].is_string(), "{field}");
        ada[field] = Value::Null;
    }
    let expected = json!({
        "id": null, "username": "ada@x", "email": "ada@x", "given_name": "Ada", "family_name": "Lovelace",
        "language": "de", "state": "pending", "created_at": null, "expires_at": null, "mail": "no-smtp", "link": null,
        "qr": null,
    });
    assert_eq!(ada, expected);
}

#[tokio::test]
async fn listed_people_may_have_no_address_and_a_bad_one_refuses_only_itself() {
    let program = program().await;
    program.create(hmi()).await;
    let entries = json!({"send": false, "invites": [
        {"email": "a@x", "given_name": "Grete", "family_name": null, "language": "de"},
        {"username": "P-4711"},
        {"email": "4711"}, {"username": "anon-x"}, {}, "a@x", {"email": "b@x", "language": "fr"},
        {"email": "c@x", "given_name": "a\u{0}b"}, {"email": "d@x", "username": "d"}, {"email": "e@x", "color": "red"},
    ]});
    let answer = program.post(INVITES, entries).await;
    assert_eq!(names(&answer.body["items"]), ["a@x", "p-4711"], "{}", answer.body);
    let (ada, number) = (&answer.body["items"][0], &answer.body["items"][1]);
    assert_eq!((&ada["language"], &ada["mail"]), (&json!("de"), &json!("off")));
    assert_eq!((&number["email"], &number["language"]), (&Value::Null, &Value::Null));
    let refused = ["4711", "anon-x", "{}", "\"a@x\"", "b@x", "d@x", "e@x", "c@x"];
    assert_eq!(inputs(&answer.body["refused"]), refused, "{}", answer.body);
}

#[tokio::test]
async fn a_call_that_makes_no_sense_is_refused_as_a_whole() {
    let program = program().await;
    program.create(hmi()).await;
    let many = "a@x ".repeat(1001);
    for (body, field) in [
        (json!({}), "emails"),
        (json!({"emails": " ,;\n"}), "emails"),
        (json!({"emails": 5}), "emails"),
        (json!({"emails": many}), "emails"),
        (json!({"invites": []}), "invites"),
        (json!({"invites": "a@x"}), "invites"),
        (json!({"emails": "a@x", "invites": [{"email": "b@x"}]}), "emails"),
        (json!({"emails": "a@x", "expires_in": "soon"}), "expires_in"),
        (json!({"emails": "a@x", "expires_in": "0s"}), "expires_in"),
        (json!({"emails": "a@x", "expires_in": "367d"}), "expires_in"),
        (json!({"emails": "a@x", "language": "fr"}), "language"),
        (json!({"emails": "a@x", "send": "yes"}), "send"),
        (json!({"emails": "a@x", "color": "red"}), "color"),
    ] {
        let answer = program.post(INVITES, body.clone()).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(answer.body["errors"].as_array().unwrap().iter().any(|error| error["field"] == field), "{body}");
    }
    assert!(program.rows("").await.is_empty());
}

#[tokio::test]
async fn a_thousand_long_addresses_fit_into_one_call() {
    let program = program().await;
    program.create(hmi()).await;
    let entries: Vec<Value> = (0..1000)
        .map(|n| json!({"email": format!("{n:064}@{}.example", "d".repeat(60)), "given_name": "ß".repeat(100)}))
        .collect();
    let answer = program.post(INVITES, json!({"invites": entries})).await;
    assert_eq!(answer.body["items"].as_array().unwrap().len(), 1000, "{}", answer.body["refused"]);
    assert!(answer.body.to_string().len() < 10_000_000, "with all the pictures");
    let huge = format!("{{\"emails\":\"{}\"}}", "a@x ".repeat(300_000));
    let request = Request::post(INVITES).header(header::AUTHORIZATION, format!("Bearer {ACCOUNT}"));
    let request = request.header(header::CONTENT_TYPE, "application/json").body(huge.into()).unwrap();
    assert_eq!(program.raw(request).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn invitations_are_listed_read_renewed_and_withdrawn() {
    let mut program = program().await;
    program.create(hmi()).await;
    program.create(json!({"name": "scada", "url": "http://scada.test", "upstream": "http://127.0.0.1:1"})).await;
    let made = program.post(INVITES, json!({"emails": "a@x b@x c@x"})).await;
    let first = made.body["items"][0].clone();
    let path = format!("{INVITES}/{}", first["id"].as_str().unwrap());
    let row = program.get(&path).await.body;
    assert_eq!((&row["username"], &row["mail"]), (&json!("a@x"), &Value::Null));
    assert!(row.get("link").is_none() && row.get("qr").is_none(), "shown once");
    assert!(program.rows("").await.contains(&row));
    let page = program.get(&format!("{INVITES}?limit=2")).await.body;
    let next = page["next"].as_str().unwrap();
    assert_eq!(program.rows(&format!("?limit=2&cursor={next}")).await.len(), 1);
    let renewed = program.post(&format!("{path}/renew"), json!({"expires_in": "1h"})).await;
    assert_eq!((renewed.status, &renewed.body["id"]), (StatusCode::OK, &first["id"]));
    assert!(
        renewed.body["link"].is_string() && renewed.body["link"] != first["link"] && renewed.body["qr"].is_string()
    );
    assert_eq!(program.send(Method::POST, &format!("{path}/renew"), None).await.status, StatusCode::OK);
    assert_eq!(program.send(Method::DELETE, &path, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(program.post(&format!("{path}/renew"), json!({})).await.status, StatusCode::CONFLICT);
    let withdrawn = program.rows("?state=withdrawn").await;
    assert_eq!((withdrawn.len(), withdrawn[0]["withdrawn_at"].is_string()), (1, true));
    assert_eq!((program.rows("?state=pending").await.len(), program.rows("?state=pending&q=B@").await.len()), (2, 1));
    assert_eq!(program.get(&format!("{INVITES}?state=lost")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(program.get(&format!("{INVITES}/0000000000000")).await.status, StatusCode::NOT_FOUND);
    let elsewhere = path.replace("/hmi/", "/scada/");
    program.key = APP;
    for path in [elsewhere.as_str(), "/api/v1/workspaces/default/apps/scada/invites"] {
        assert_eq!(program.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    program.key = WORKSPACE;
    assert_eq!(program.get(&elsewhere).await.status, StatusCode::NOT_FOUND, "of another app");
}

#[tokio::test]
async fn who_is_in_gets_the_address_of_the_app() {
    let program = program().await;
    program.create(hmi()).await;
    program.sign_up(1).await;
    let answer = program.post(INVITES, json!({"emails": "u1@x"})).await.body;
    let row = &answer["items"][0];
    assert_eq!((&row["state"], &row["link"]), (&json!("accepted"), &json!("http://hmi.test:8080")));
    assert!(row["accepted_at"].is_string() && row["mail"] == "off");
    let shown = program.get(&format!("{INVITES}/{}", row["id"].as_str().unwrap())).await.body;
    assert_eq!((&shown["state"], &shown["mail"]), (&json!("accepted"), &Value::Null));
    assert_eq!(program.get(&format!("{APPS}/hmi/users")).await.body["items"][0]["invited"], true);
}

#[tokio::test]
async fn access_links_are_given_to_many_and_by_user_name() {
    let program = program().await;
    program.create(hmi()).await;
    program.sign_up(1).await;
    let one = program.post(LINKS, json!({"username": "4711"})).await;
    assert_eq!((one.status, &one.body["user_status"]), (StatusCode::OK, &json!("unknown")));
    let people = json!({"people": [
        {"email": "u1@x"}, {"username": "4711", "given_name": "Ada"}, {"email": "no"}, {"email": "U1@X"},
        {"email": "b@x", "language": "de"},
    ]});
    let many = program.post(LINKS, people).await.body;
    assert_eq!(names(&many["items"]), ["u1@x", "4711"], "{many}");
    assert_eq!(inputs(&many["refused"]), ["no", "b@x"]);
    let expected = json!({"username": "u1@x", "email": "u1@x", "link": "http://hmi.test:8080", "user_status": "active",
        "registration_status": "registered", "password_setup_required": false});
    assert_eq!(many["items"][0], expected);
    for wrong in [
        json!({"people": []}),
        json!({"people": "x"}),
        json!({"people": [{"email": "a@x"}], "email": "a@x"}),
        json!({"username": "a", "email": "a@x"}),
        json!({"username": "anon-1"}),
    ] {
        assert_eq!(program.post(LINKS, wrong.clone()).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
}

#[tokio::test]
async fn an_apps_address_is_there_to_be_scanned() {
    let program = program().await;
    program.create(hmi()).await;
    let mut request = Request::get(format!("{APPS}/hmi/qr.svg"));
    request = request.header(header::AUTHORIZATION, format!("Bearer {ACCOUNT}"));
    let mut request = request.body(Body::empty()).unwrap();
    request.extensions_mut().insert(visit());
    let answer = program.router.clone().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "image/svg+xml");
    let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    assert_eq!(Some(String::from_utf8(bytes.into()).unwrap()), crate::portal::qr::svg("http://hmi.test:8080"));
}
