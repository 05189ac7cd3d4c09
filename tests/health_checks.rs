//! How upstreams fare: asked, seen on the way of requests, and told.

use serde_json::{Value, json};

use crate::support::api::path;
use crate::support::process::free_port;
use crate::support::recorder::After;
use crate::support::wait::eventually;
use crate::support::{App, Gate, Mode, Recorder};

fn state_of(health: &Value, at: usize) -> &str {
    health["upstreams"][at]["state"].as_str().expect("a state")
}

#[test]
fn an_instance_that_says_that_it_is_unwell_is_left_out_until_it_is_well() {
    let (well, unwell) = (Recorder::start(), Recorder::start());
    unwell.answer("/healthz", "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", After::KeepAlive);
    let app = App::before_all("hmi", Mode::Public, &[well.url(), unwell.url()])
        .with("health_path = \"/healthz\"\nhealth_interval = \"1s\"");
    let gate = Gate::before(app);
    let health = || gate.api().app("hmi")["health"].clone();
    let told = eventually("the unwell one is down", || Some(health()).filter(|health| state_of(health, 1) == "down"));
    assert_eq!(
        (&told["state"], &told["upstreams"][1]["error"]["code"]),
        (&json!("degraded"), &json!("status")),
        "{told}"
    );
    for _ in 0..6 {
        gate.visitor("hmi").fetch("/work").expect(200);
    }
    assert!(unwell.requests_for("/work").is_empty());
    unwell.answer("/healthz", "HTTP/1.1 204 No Content\r\n\r\n", After::KeepAlive);
    eventually("it is well", || (health()["state"] == "up").then_some(()));
    eventually("it works", || {
        gate.visitor("hmi").fetch("/work").expect(200);
        unwell.requests_for("/work").pop()
    });
}

#[test]
fn the_last_one_is_tried_though_it_is_down() {
    let port = free_port();
    let gate = Gate::before(App::before("hmi", Mode::Public, &format!("http://127.0.0.1:{port}")));
    gate.visitor("hmi").fetch("/x").expect(502);
    let app = gate.api().app("hmi");
    let told = &app["health"]["upstreams"][0];
    assert_eq!((&app["health"]["state"], &told["error"]["code"]), (&json!("down"), &json!("refused")), "{app}");
    assert!(told["since"].is_string());
    let _back = Recorder::on_port(port);
    gate.visitor("hmi").fetch("/x").expect(200);
    assert_eq!(gate.api().app("hmi")["health"]["state"], "up");
}

#[test]
fn who_looks_at_an_app_makes_it_checked_and_nobody_else_does() {
    let (seen, unseen) = (Recorder::start(), Recorder::start());
    let gate = Gate::plan()
        .app(App::new("seen", Mode::InviteOnly, &seen))
        .app(App::new("unseen", Mode::InviteOnly, &unseen))
        .start();
    assert_eq!(gate.api().app("seen")["health"]["state"], "unknown");
    let up = || (gate.api().app("seen")["health"]["state"] == "up").then_some(());
    eventually("the check of whoever looks", up);
    assert_eq!((seen.requests().len(), unseen.connections()), (0, 0));
}

#[test]
fn an_upstream_is_tried_on_demand() {
    let recorder = Recorder::start();
    let page =
        "HTTP/1.1 200 OK\r\nServer: Node\r\nContent-Type: text/html\r\nContent-Length: 21\r\n\r\n<title>Line 4</title>";
    recorder.answer("/", page, After::KeepAlive);
    let gate = Gate::before(App::new("hmi", Mode::InviteOnly, &recorder));
    let tried = gate.api().post(&path("hmi", "/probe"), &json!({})).expect(200).json();
    let told = &tried["upstreams"][0];
    assert_eq!(
        (&told["reachable"], &told["status"], &told["title"], &told["server"]),
        (&json!(true), &json!(200), &json!("Line 4"), &json!("Node")),
        "{tried}"
    );
    assert_eq!(gate.api().app("hmi")["health"]["state"], "up");
    let tried = gate.api().post("/api/v1/workspaces/default/probe", &json!({"upstream": "https://127.0.0.1:1"}));
    assert_eq!(tried.expect(200).json()["error"]["code"], "refused");
}
