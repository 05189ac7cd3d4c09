//! What a browser takes for one place: whoever may publish apps gets no page beside the console, nor beside another
//! workspace's app, from where it could act as whoever looks at it.

use serde_json::{Value, json};

use crate::support::{App, Gate, Member, Mode, Recorder, Response, Site, Style, Visitor};

const APPS: &str = "/api/v1/workspaces/default/apps";

fn app(name: &str, url: &str, recorder: &Recorder) -> Value {
    json!({ "name": name, "title": name, "url": url, "upstream": recorder.url(), "access": "public" })
}

/// `host`, where it is open, and a path there.
fn at(gate: &Gate, host: &str) -> Site {
    Site { host: host.to_owned(), ..gate.console() }
}

#[track_caller]
fn refused(answer: &Response) {
    let said = answer.problem(409);
    let detail = said["detail"].as_str().unwrap();
    assert!(detail.contains("only owners") || detail.contains("the console answers there"), "{said}");
}

#[test]
fn no_builder_puts_an_app_beside_the_console() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Public, &recorder));
    let (owner, port) = (Member::first(&gate), gate.port());
    let builder = owner.brings_with(&gate, "bob@plant.example", "default", &["create-apps", "edit-apps"]);
    let beside = [
        format!("http://localhost:{port}/game"),
        format!("http://LOCALHOST:{port}/game/"),
        format!("http://127.0.0.1:{port}/game"),
        format!("http://192.168.1.7:{port}"),
        format!("http://[::1]:{port}/game"),
    ];
    for url in &beside {
        refused(&builder.post(APPS, &app("game", url, &recorder)));
        refused(&builder.patch(&format!("{APPS}/hmi"), &json!({ "url": url })));
        refused(&builder.post(&format!("{APPS}/hmi/copy"), &json!({ "name": "game", "url": url })));
    }
    for path in ["/api", "/api/v1", "/w", "/w/default", "/account/members", "/profile"] {
        let url = format!("http://localhost:{port}{path}");
        builder.post(APPS, &app("game", &url, &recorder)).problem(409);
        owner.post(APPS, &app("game", &url, &recorder)).problem(409);
    }
    // An app's key reaches no further, and what stands elsewhere is theirs to make and to change.
    let key = owner.makes_key("HMI", "app:default/hmi");
    let program = gate.api().authorized(Some(&format!("Bearer {}", key["secret"].as_str().unwrap())));
    refused(&program.patch(&format!("{APPS}/hmi"), &json!({ "url": beside[0] })));
    builder.post(APPS, &app("game", &format!("http://game.localhost:{port}"), &recorder)).expect(201);
    owner.post(APPS, &app("mine", &beside[0], &recorder)).expect(201);
    builder.patch(&format!("{APPS}/mine"), &json!({ "title": "Still there", "url": beside[0] })).expect(200);
    // Where it answers because nobody else does, not even an owner sends it away by a path.
    refused(&owner.post(APPS, &app("game2", &beside[2], &recorder)));
    assert_eq!(owner.me()["owner"], true);
}

#[test]
fn no_app_has_anothers_id_for_its_name() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Public, &recorder));
    let (owner, port) = (Member::first(&gate), gate.port());
    let id = crate::support::api::id(&owner.get(&format!("{APPS}/hmi")).expect(200).json());
    owner.post(APPS, &app(&id, &format!("http://x.localhost:{port}"), &recorder)).problem(409);
    owner.post(APPS, &app("other", &format!("http://x.localhost:{port}"), &recorder)).expect(201);
    owner.patch(&format!("{APPS}/other"), &json!({ "name": id })).problem(409);
    owner.patch(&format!("{APPS}/hmi"), &json!({ "name": id })).expect(200);
    assert_eq!(owner.get(&format!("{APPS}/{id}")).expect(200).json()["id"], json!(id));
}

#[test]
fn no_builder_puts_an_app_beside_another_workspaces() {
    let recorder = Recorder::start();
    let far = App::new("far", Mode::Signup, &recorder).with("workspace = \"hangar\"");
    let gate = Gate::plan().app(App::new("hmi", Mode::Public, &recorder)).app(far).start();
    let (owner, port) = (Member::first(&gate), gate.port());
    let builder = owner.brings_with_full_access(&gate, "bob@plant.example", "default");
    let url = format!("http://far.localhost:{port}/report");
    let answer = builder.post(APPS, &app("report", &url, &recorder));
    refused(&answer);
    assert!(!answer.text().contains("hangar"), "{}", answer.text());
    builder.post(APPS, &app("report", &format!("http://hmi.localhost:{port}/report"), &recorder)).expect(201);
    owner.post(APPS, &app("plan", &url, &recorder)).expect(201);
}

/// Cookies know no ports: on a host that is an address, the console answers nowhere beside an app.
#[test]
fn where_an_app_has_a_path_of_an_address_there_is_no_console_beside_it() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Public, &recorder));
    let owner = Member::first(&gate);
    let port = crate::support::process::free_port();
    let mut seated = Visitor::new(at(&gate, &format!("127.0.0.1:{}", gate.port())), Style::Browser);
    seated.sign_in(crate::support::OWNER).expect(303);
    seated.fetch("/api/v1/me").expect(200);
    owner.post(APPS, &app("line", &format!("http://127.0.0.1:{port}/line"), &recorder)).expect(201);
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], port));
    seated.site = Site { address, host: format!("127.0.0.1:{port}"), ..gate.console() };
    crate::support::eventually("the app at its own port", || {
        (std::net::TcpStream::connect(address).is_ok() && seated.get("/line").status == 200).then_some(())
    });
    for path in ["/api/v1/me", "/", "/w/default/apps", "/.millgate/sign-in"] {
        assert_eq!(seated.fetch(path).status, 404, "{path}");
    }
}
