//! Trying upstreams.

use super::*;

async fn upstream() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(async || axum::response::Html("<title>Line 4</title>"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

#[tokio::test]
async fn an_address_is_tried_before_an_app_is_made_of_it() {
    let mut program = program().await;
    let there = upstream().await;
    let probe = "/api/v1/workspaces/default/probe";
    let tried = program.send(Method::POST, probe, Some(json!({"upstream": there}))).await;
    let (status, body) = (tried.status, tried.body);
    assert_eq!((status, &body["reachable"], &body["title"]), (StatusCode::OK, &json!(true), &json!("Line 4")));
    assert!(body["latency_ms"].is_f64() && body["error"].is_null(), "{body}");
    let body = program.send(Method::POST, probe, Some(json!({"upstream": "unix:/nowhere/app.sock"}))).await.body;
    assert_eq!((&body["reachable"], &body["error"]["code"]), (&json!(false), &json!("socket")), "{body}");
    for wrong in [json!({}), json!({"upstream": "ftp://x"}), json!({"upstream": there, "path": "/"})] {
        assert_eq!(program.send(Method::POST, probe, Some(wrong)).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    program.key = APP;
    assert_eq!(program.send(Method::POST, probe, Some(json!({"upstream": there}))).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn trying_an_app_tells_how_it_fares_from_then_on() {
    let program = program().await;
    let there = upstream().await;
    let hmi = json!({"name": "hmi", "url": "http://hmi.test:8080", "upstream": there});
    program.create(hmi).await;
    let probe = format!("{APPS}/hmi/probe");
    let tried = program.send(Method::POST, &probe, None).await.body;
    assert_eq!(tried["upstreams"][0]["status"], 200, "{tried}");
    let health = program.get(&format!("{APPS}/hmi")).await.body["health"].clone();
    assert_eq!(health["state"], "up");
    assert!(health["upstreams"][0]["latency_ms"].is_f64() && health["upstreams"][0]["since"].is_string(), "{health}");
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let change = json!({"upstream": format!("http://{gone}")});
    program.send(Method::PATCH, &format!("{APPS}/hmi"), Some(change)).await;
    program.send(Method::POST, &probe, None).await;
    let health = program.get(&format!("{APPS}/hmi")).await.body["health"].clone();
    assert_eq!((&health["state"], &health["upstreams"][0]["error"]["code"]), (&json!("down"), &json!("refused")));
}
