//! The API as a program sees it, on a store in memory.

mod health;
mod invites;
mod mail;
mod repeats;
mod users;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::desk::{Caller, Desk, Settings, SignUp, bootstrap};
use crate::directory::Directory;
use crate::domain::{Clock, DeviceId, Slug};
use crate::handoff::{Place, Visit};
use crate::ledger::Ledger;
use crate::passwords::{Bounds, Passwords};
use crate::store::MemoryStore;
use crate::throttle::Throttle;

use super::{ApiKey, ApiKeys, Scope, router};

const ACCOUNT: &str = "mg_account_0123456789";
const WORKSPACE: &str = "mg_workspace_0123456789";
const APP: &str = "mg_app_0123456789";
const APPS: &str = "/api/v1/workspaces/default/apps";

struct Program {
    router: Router,
    desk: Arc<Desk>,
    ledger: Ledger,
    key: &'static str,
}

struct Answer {
    status: StatusCode,
    headers: axum::http::HeaderMap,
    body: Value,
}

async fn program() -> Program {
    let store = Arc::new(MemoryStore::new());
    let directory = Arc::new(Directory::new(None));
    let ledger = Ledger::start(store.clone(), directory.clone());
    let clock = Clock::system();
    let secrets = bootstrap(&ledger, &*store, &clock).await.unwrap();
    let passwords = Passwords::new(secrets.pepper, Bounds::for_cores(2.try_into().unwrap()));
    let desk = Desk::new(ledger.clone(), store, directory, passwords, Throttle::default(), clock, Settings::default());
    let desk = Arc::new(desk);
    let slug = |text: &str| text.parse::<Slug>().unwrap();
    let keys = vec![
        ApiKey::new("account".into(), Scope::Account, ACCOUNT),
        ApiKey::new("workspace".into(), Scope::Workspace(slug("default")), WORKSPACE),
        ApiKey::new("mes".into(), Scope::App(slug("default"), slug("hmi")), APP),
    ];
    Program { router: router(desk.clone(), Arc::new(ApiKeys::new(keys))), desk, ledger, key: ACCOUNT }
}

fn hmi() -> Value {
    json!({"name": "hmi", "url": "http://hmi.test:8080", "upstream": "http://127.0.0.1:1880", "access": "signup"})
}

impl Program {
    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !self.key.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.key));
        }
        let request = match body {
            Some(body) => request.header(header::CONTENT_TYPE, "application/json").body(body.to_string().into()),
            None => request.body(Body::empty()),
        };
        self.raw(request.unwrap()).await
    }

    async fn raw(&self, mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(visit());
        let response: Response<Body> = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        if parts.status.is_client_error() {
            assert_eq!(parts.headers[header::CONTENT_TYPE], "application/problem+json");
            assert_eq!(body["status"], parts.status.as_u16());
        }
        assert_eq!(parts.headers[header::CACHE_CONTROL], "no-store");
        Answer { status: parts.status, headers: parts.headers, body }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    async fn create(&self, body: Value) -> Answer {
        self.send(Method::POST, APPS, Some(body)).await
    }

    async fn sign_up(&self, n: u8) {
        let app = self.desk.directory().snapshot().apps.values().next().unwrap().app.id;
        let ip = "10.0.0.1".parse().unwrap();
        let caller = Caller { ip, agent: "Test".into(), device: DeviceId::from_bytes([n; 10]), session: None };
        let form = SignUp {
            email: format!("u{n}@x"),
            password: "correct horse".into(),
            given_name: "Anna".into(),
            family_name: "Muster".into(),
            master_password: None,
        };
        self.desk.sign_up(app, &caller, form).await.unwrap();
    }
}

fn visit() -> Visit {
    Visit {
        place: Place::Console,
        ip: "10.0.0.9".parse().unwrap(),
        secure: false,
        host: "localhost".into(),
        wants_page: false,
        session: None,
        device: DeviceId::from_bytes([0; 10]),
        stale_cookie: false,
        cookie_came: false,
    }
}

#[tokio::test]
async fn an_app_is_made_read_changed_and_deleted() {
    let program = program().await;
    let made = program.create(hmi()).await;
    assert_eq!(made.status, StatusCode::CREATED);
    assert_eq!(made.headers[header::LOCATION], "/api/v1/workspaces/default/apps/hmi");
    let id = made.body["id"].as_str().unwrap().to_owned();
    for path in [format!("{APPS}/hmi"), format!("{APPS}/{id}")] {
        assert_eq!(program.get(&path).await.body, made.body, "{path}");
    }
    let mut shown = made.body.clone();
    shown["id"] = Value::Null;
    shown["created_at"] = Value::Null;
    let expected = json!({
        "id": null, "name": "hmi", "title": "hmi", "workspace": "default", "url": "http://hmi.test:8080",
        "upstream": "http://127.0.0.1:1880", "access": "signup", "master_password_set": false, "running": true,
        "language": null, "strip_prefix": true, "host_header": "visitor", "user_header": "X-User",
        "identity_headers": [], "identity_token": true, "forwarded_header": false, "idle_limit": null,
        "absolute_limit": null, "upstream_verify": true, "upstream_http2": false, "connect_timeout": "5s", "response_timeout": "1m",
        "approval": false, "sign_up_domains": [], "name_question": false, "providers": null, "hosted_domain": null,
        "shared_sign_in": true, "description": "", "icon": null, "created_at": null,
    });
    let upstreams = json!({
        "upstreams": ["http://127.0.0.1:1880"], "balance": "least-connections", "health_path": null,
        "health_interval": "10s",
        "health": {"state": "unknown", "upstreams": [{"url": "http://127.0.0.1:1880", "state": "unknown",
            "since": null, "error": null, "checked_at": null, "latency_ms": null}]},
    });
    for (key, value) in upstreams.as_object().unwrap() {
        assert_eq!(shown.as_object_mut().unwrap().remove(key).as_ref(), Some(value), "{key}");
    }
    assert_eq!(shown, expected);
    let change = json!({"access": "master-password", "master_password": "open sesame", "idle_limit": "36h",
        "language": "de", "identity_headers": ["remote-user"], "running": false});
    let changed = program.send(Method::PATCH, &format!("{APPS}/hmi"), Some(change)).await;
    assert_eq!(changed.status, StatusCode::OK);
    assert_eq!(changed.body["access"], "master-password");
    assert_eq!(changed.body["master_password_set"], true);
    assert_eq!((&changed.body["idle_limit"], &changed.body["language"]), (&json!("36h"), &json!("de")));
    assert!(!changed.body.to_string().contains("sesame"));
    let cleared = program.send(Method::PATCH, &format!("{APPS}/hmi"), Some(json!({"idle_limit": null}))).await;
    assert_eq!(cleared.body["idle_limit"], Value::Null);
    assert_eq!(program.send(Method::DELETE, &format!("{APPS}/hmi"), None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(program.get(&format!("{APPS}/hmi")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn no_key_and_a_wrong_key_get_the_same_answer_until_there_were_too_many() {
    let mut program = program().await;
    program.key = "";
    let none = program.get(APPS).await;
    program.key = "mg_wrong_0123456789";
    let wrong = program.get(APPS).await;
    assert_eq!((none.status, &none.body), (StatusCode::UNAUTHORIZED, &wrong.body));
    program.key = ACCOUNT;
    assert_eq!(program.get(APPS).await.status, StatusCode::OK);
    program.key = "mg_wrong_0123456789";
    let mut last = wrong;
    for _ in 0..60 {
        last = program.get(APPS).await;
    }
    assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(last.headers.contains_key(header::RETRY_AFTER));
    program.key = ACCOUNT;
    assert_eq!(program.get(APPS).await.status, StatusCode::OK, "who was in from there stays in");
}

#[tokio::test]
async fn what_a_key_does_not_cover_is_not_there() {
    let mut program = program().await;
    program.create(hmi()).await;
    program.create(json!({"name": "scada", "url": "http://scada.test", "upstream": "http://127.0.0.1:1"})).await;
    program.key = APP;
    assert_eq!(program.get(APPS).await.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(program.get("/api/v1/workspaces").await.body["items"][0]["name"], "default");
    assert_eq!(program.get(&format!("{APPS}/hmi/users")).await.status, StatusCode::OK);
    for path in [format!("{APPS}/scada"), format!("{APPS}/scada/users"), format!("{APPS}/nothing")] {
        assert_eq!(program.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(program.create(hmi()).await.status, StatusCode::NOT_FOUND, "an app's key makes no apps");
    program.key = WORKSPACE;
    assert_eq!(program.get(&format!("{APPS}/scada")).await.status, StatusCode::OK);
    assert_eq!(program.get("/api/v1/workspaces/other/apps").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn mistakes_are_named_field_by_field() {
    let program = program().await;
    let wrong = json!({"name": "Not A Slug", "url": "ftp://x", "access": "open", "running": "yes", "color": "red"});
    let answer = program.create(wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.body["type"], "urn:millgate:problem:invalid");
    let errors = answer.body["errors"].as_array().unwrap();
    let mut fields: Vec<_> = errors.iter().map(|error| error["field"].as_str().unwrap()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["access", "color", "name", "running", "upstream", "url"]);
    program.create(hmi()).await;
    assert_eq!(program.create(hmi()).await.status, StatusCode::CONFLICT);
    let unsafe_mode = json!({"access": "signup-and-master-password"});
    let answer = program.send(Method::PATCH, &format!("{APPS}/hmi"), Some(unsafe_mode)).await;
    assert_eq!(answer.body["errors"][0]["field"], "master_password");
}

#[tokio::test]
async fn requests_that_are_no_use_of_the_api_get_problems_too() {
    let program = program().await;
    assert_eq!(program.get("/api/v1/nothing").await.status, StatusCode::NOT_FOUND);
    let wrong_method = program.send(Method::PUT, APPS, None).await;
    assert_eq!(wrong_method.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(wrong_method.headers[header::ALLOW].to_str().unwrap().contains("POST"));
    let post = |kind: &str, body: Body| {
        let request = Request::post(APPS).header(header::AUTHORIZATION, format!("bearer {ACCOUNT}"));
        request.header(header::CONTENT_TYPE, kind).body(body).unwrap()
    };
    for (kind, body, status) in [
        ("text/plain", "{}".to_owned(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("application/json", "{".to_owned(), StatusCode::UNPROCESSABLE_ENTITY),
        ("application/json", "[]".to_owned(), StatusCode::UNPROCESSABLE_ENTITY),
        ("application/json; charset=utf-8", format!("\"{}\"", "x".repeat(170_000)), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        assert_eq!(program.raw(post(kind, body.into())).await.status, status, "{kind}");
    }
    for query in ["limit=0", "limit=1001", "limit=x", "cursor=%21", "page=2"] {
        let answer = program.get(&format!("{APPS}?{query}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
    }
    assert_eq!(program.get(&format!("{APPS}/hmi/users/%2e%2e")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn lists_go_on_where_they_stopped() {
    let program = program().await;
    for name in ["a", "b", "c", "d", "e"] {
        let url = format!("http://{name}.test");
        program.create(json!({"name": name, "url": url, "upstream": "http://127.0.0.1:1"})).await;
    }
    let (mut names, mut path) = (Vec::new(), format!("{APPS}?limit=2"));
    loop {
        let page = program.get(&path).await.body;
        names.extend(page["items"].as_array().unwrap().iter().map(|app| app["name"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("{APPS}?limit=2&cursor={next}");
    }
    assert_eq!(names, ["a", "b", "c", "d", "e"]);
    assert_eq!(program.get(&format!("{APPS}?q=B.TEST")).await.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn users_and_sessions_are_listed_and_ended() {
    let program = program().await;
    program.create(hmi()).await;
    for n in 0..3 {
        program.sign_up(n).await;
    }
    let first = program.get(&format!("{APPS}/hmi/users?limit=2")).await.body;
    let next = first["next"].as_str().unwrap();
    let rest = program.get(&format!("{APPS}/hmi/users?limit=2&cursor={next}")).await.body;
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert_eq!(rest["next"], Value::Null);
    let user = &first["items"][0];
    assert_eq!((&user["name"], &user["status"]), (&json!("Anna Muster"), &json!("active")));
    let session = user["devices"][0]["session_id"].as_str().unwrap();
    let shown = program.get(&format!("{APPS}/hmi/sessions/{session}")).await.body;
    assert_eq!((&shown["user_id"], &shown["kind"]), (&user["id"], &json!("user")));
    assert_eq!(shown["proofs"], json!(["user"]));
    let path = format!("{APPS}/hmi/sessions/{session}");
    assert_eq!(program.send(Method::DELETE, &path, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(program.send(Method::DELETE, &path, None).await.status, StatusCode::NOT_FOUND);
    let path = format!("{APPS}/hmi/users/{}", user["id"].as_str().unwrap());
    assert_eq!(program.send(Method::DELETE, &path, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(program.get(&path).await.status, StatusCode::NOT_FOUND);
    let sessions = program.get(&format!("{APPS}/hmi/sessions?limit=1")).await.body;
    let next = sessions["next"].as_str().unwrap();
    let sessions = program.get(&format!("{APPS}/hmi/sessions?cursor={next}")).await.body;
    assert_eq!(sessions["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_access_link_is_given_for_whomever() {
    let program = program().await;
    program.create(hmi()).await;
    let path = format!("{APPS}/hmi/access-links");
    let link = program.send(Method::POST, &path, Some(json!({"email": "Ina@X"}))).await;
    assert_eq!(link.status, StatusCode::OK);
    assert_eq!(link.body["user_status"], "unknown");
    assert_eq!(link.body["registration_status"], "invited");
    assert_eq!(link.body["password_setup_required"], true);
    program.sign_up(1).await;
    let link = program.send(Method::POST, &path, Some(json!({"email": "u1@x", "given_name": null}))).await;
    let expected = json!({"link": "http://hmi.test:8080", "user_status": "active",
        "registration_status": "registered", "password_setup_required": false});
    assert_eq!(link.body, expected);
    let missing = program.send(Method::POST, &path, Some(json!({"mail": "x"}))).await;
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
}
