//! Nothing leaks from one workspace to another: no name, user, key or count, in pages, API, errors, search or streams (B1).

use serde_json::{Value, json};

use crate::support::api::{id, path, text};
use crate::support::page::bytes;
use crate::support::{App, Gate, Member, Mode, Recorder, Response};

/// Words that exist in the other workspace only.
const MARKS: [&str; 7] = ["zeppelin", "Zeppelin", "zoe@far", "zora@far", "Zoelia", "hangar", "Hangar"];
const FAR: &str = "/api/v1/workspaces/hangar";

struct Plant {
    gate: Gate,
    owner: Member,
    /// Everything in `default`, nothing in `hangar`.
    inside: Member,
    /// Ids of the other workspace, which must not be told either.
    ids: Vec<String>,
    user: String,
    session: String,
    invite: String,
}

impl Plant {
    fn before(recorder: &Recorder) -> Plant {
        let gate = Gate::plan()
            .app(App::new("hmi", Mode::Signup, recorder))
            .app(App::new("zeppelin", Mode::Signup, recorder).with("title = \"Zeppelin\"\nworkspace = \"hangar\""))
            .start();
        let owner = Member::first(&gate);
        gate.visitor("hmi").sign_up("ada@example.com").expect(303);
        let mut zoe = gate.visitor("zeppelin");
        let name = [
            ("email", "zoe@far.example"),
            ("password", crate::support::PASSWORD),
            ("given_name", "Zoelia"),
            ("family_name", "Z"),
        ];
        zoe.post("/.millgate/sign-up", &name).expect(303);
        zoe.get("/").expect(200);
        let invited =
            owner.post(&format!("{FAR}/apps/zeppelin/invites"), &json!({ "emails": "zora@far.example" })).expect(200);
        let invite = id(&invited.json()["items"][0]);
        owner.brings_with_full_access(&gate, "zora@far.example", "hangar");
        owner.makes_key("Hangar key", "workspace:hangar");
        let (user, session) = (text(&zoe.me(), "sub"), text(&zoe.me(), "sid"));
        let ids = vec![
            id(&owner.get(FAR).expect(200).json()),
            id(&owner.get(&format!("{FAR}/apps/zeppelin")).expect(200).json()),
            user.clone(),
            session.clone(),
            invite.clone(),
            owner.id_of("zora@far.example"),
        ];
        let inside = owner.brings_with_full_access(&gate, "paul@plant.example", "default");
        Plant { gate, owner, inside, ids, user, session, invite }
    }

    #[track_caller]
    fn assert_silent(&self, at: &str, answer: &Response) {
        let head = format!("{:?}", answer.headers);
        let said = head + &answer.text();
        for mark in MARKS.iter().copied().chain(self.ids.iter().map(String::as_str)) {
            assert!(!said.contains(mark), "{at} tells {mark}: {}", answer.summary());
        }
    }
}

/// Every list and every single thing that is not below a workspace, and everything below the own one.
const READS: [&str; 22] = [
    "/api/v1/me",
    "/api/v1/apps",
    "/api/v1/apps?q=zeppelin",
    "/api/v1/workspaces",
    "/api/v1/workspaces?q=hangar",
    "/api/v1/members",
    "/api/v1/members?q=zora",
    "/api/v1/members/invites",
    "/api/v1/roles",
    "/api/v1/keys",
    "/api/v1/keys?q=Hangar",
    "/api/v1/audit",
    "/api/v1/mail",
    "/api/v1/openapi.json",
    "/api/v1/workspaces/default",
    "/api/v1/workspaces/default/apps",
    "/api/v1/workspaces/default/apps?q=zeppelin",
    "/api/v1/workspaces/default/audit",
    "/api/v1/workspaces/default/audit?format=csv",
    "/api/v1/workspaces/default/audit?q=zeppelin",
    "/api/v1/workspaces/default/apps/hmi/users?q=zoe",
    "/api/v1/workspaces/default/apps/hmi/figures",
];

#[test]
fn b1_no_list_search_or_export_tells_of_another_workspace() {
    let recorder = Recorder::start();
    let plant = Plant::before(&recorder);
    for at in READS {
        let answer = plant.inside.get(at);
        assert!(answer.status < 500, "{at}: {}", answer.summary());
        plant.assert_silent(at, &answer);
    }
    // The marks do exist for who may see them.
    let all: String = READS.iter().map(|at| plant.owner.get(at).text()).collect();
    for mark in ["zeppelin", "zora@far", "Hangar"] {
        assert!(all.contains(mark), "{mark} is nowhere");
    }
}

#[test]
fn b1_no_page_tells_of_another_workspace() {
    let recorder = Recorder::start();
    let mut plant = Plant::before(&recorder);
    for at in [
        "/",
        "/w/default/apps",
        "/w/default/apps?q=zeppelin",
        "/w/default/apps/new",
        "/w/default/apps/hmi",
        "/w/default/apps/hmi/users",
        "/w/default/apps/hmi/settings/copy",
        "/w/default/apps/hmi/settings/move",
        "/w/default/members",
        "/w/default/audit",
        "/w/default/settings",
        "/profile",
        "/profile/keys",
        "/account/workspaces",
        "/account/members",
        "/account/keys",
        "/account/audit",
        "/w/hangar/apps",
        "/w/hangar/apps/zeppelin",
        "/w/hangar/apps/zeppelin/users",
    ] {
        let answer = plant.inside.browser.open(at);
        assert!(answer.status < 500, "{at}: {}", answer.summary());
        // The page may say again what was asked for.
        let asked: Vec<&str> = MARKS.iter().copied().filter(|mark| at.contains(mark)).collect();
        let text = answer.text();
        for mark in MARKS.iter().filter(|mark| !asked.contains(mark)) {
            assert!(!text.contains(mark), "{at} tells {mark}: {text}");
        }
        for id in &plant.ids {
            assert!(!text.contains(id.as_str()), "{at} tells {id}: {text}");
        }
    }
}

/// Foreign and absent are one answer, byte for byte, for every method and every depth.
#[test]
fn b1_what_is_foreign_is_answered_as_what_is_not_there() {
    let recorder = Recorder::start();
    let plant = Plant::before(&recorder);
    let app = |workspace: &str, app: &str, rest: &str| format!("/api/v1/workspaces/{workspace}/apps/{app}{rest}");
    let hangar = &plant.ids[0];
    let zeppelin = &plant.ids[1];
    let nothing = "0000000000000";
    let mut pairs = vec![
        ("GET", FAR.to_owned(), "/api/v1/workspaces/absent".to_owned()),
        ("GET", format!("/api/v1/workspaces/{hangar}"), format!("/api/v1/workspaces/{nothing}")),
        ("PATCH", FAR.to_owned(), "/api/v1/workspaces/absent".to_owned()),
        ("DELETE", FAR.to_owned(), "/api/v1/workspaces/absent".to_owned()),
        ("GET", format!("{FAR}/apps"), "/api/v1/workspaces/absent/apps".to_owned()),
        ("POST", format!("{FAR}/apps"), "/api/v1/workspaces/absent/apps".to_owned()),
        ("GET", format!("{FAR}/audit"), "/api/v1/workspaces/absent/audit".to_owned()),
        ("GET", format!("{FAR}/events"), "/api/v1/workspaces/absent/events".to_owned()),
        ("GET", app("default", zeppelin, ""), app("default", nothing, "")),
        ("GET", app("hangar", zeppelin, ""), app("absent", nothing, "")),
        (
            "GET",
            app("default", "hmi", &format!("/users/{}", plant.user)),
            app("default", "hmi", "/users/0000000000000"),
        ),
        (
            "DELETE",
            app("default", "hmi", &format!("/users/{}", plant.user)),
            app("default", "hmi", "/users/0000000000000"),
        ),
        (
            "DELETE",
            app("default", "hmi", &format!("/sessions/{}", plant.session)),
            app("default", "hmi", &format!("/sessions/{}", "A".repeat(43))),
        ),
        (
            "DELETE",
            app("default", "hmi", &format!("/invites/{}", plant.invite)),
            app("default", "hmi", "/invites/0000000000000"),
        ),
        ("GET", format!("/api/v1/members/{}", plant.ids[5]), format!("/api/v1/members/{nothing}")),
        (
            "PUT",
            format!("/api/v1/members/{}/roles/default", plant.ids[5]),
            format!("/api/v1/members/{nothing}/roles/default"),
        ),
    ];
    for rest in
        ["", "/users", "/sessions", "/invites", "/figures", "/events", "/qr.svg", "/copy", "/move", "/access-links"]
    {
        for method in ["GET", "POST", "PATCH", "DELETE"] {
            pairs.push((method, app("hangar", "zeppelin", rest), app("absent", "zeppelin", rest)));
            pairs.push((method, app("hangar", "zeppelin", rest), app("default", "nothing", rest)));
        }
    }
    for (method, foreign, absent) in pairs {
        let body = (!matches!(method, "GET" | "DELETE")).then(|| json!({}));
        let (one, two) =
            (plant.inside.call(method, &foreign, body.as_ref()), plant.inside.call(method, &absent, body.as_ref()));
        assert!(matches!(one.status, 403..=405), "{method} {foreign}: {}", one.summary());
        assert_eq!(bytes(&one), bytes(&two), "{method} {foreign} and {absent}");
    }
}

/// An address can be taken only once, so this much must be told; by whom must not.
#[test]
fn b1_errors_name_nothing_of_another_workspace() {
    let recorder = Recorder::start();
    let plant = Plant::before(&recorder);
    let apps = "/api/v1/workspaces/default/apps";
    let body = json!({ "name": "mine", "url": plant.gate.site("zeppelin").url(""), "upstream": recorder.url(), "access": "public" });
    let answer = plant.inside.post(apps, &body);
    assert!(matches!(answer.status, 409 | 422), "{}", answer.summary());
    let problem = answer.text().replace(&plant.gate.site("zeppelin").url(""), "…").replace("zeppelin.localhost", "…");
    for mark in MARKS.iter().chain(&["hangar"]) {
        assert!(!problem.contains(mark), "{mark}: {problem}");
    }
    for id in &plant.ids {
        assert!(!problem.contains(id.as_str()), "{problem}");
    }
    // A name is taken in its workspace only.
    let url = format!("http://own.localhost:{}", plant.gate.port());
    let own = json!({ "name": "zeppelin", "url": url, "upstream": recorder.url(), "access": "public" });
    plant.inside.post(apps, &own).expect(201);
    // A workspace's name, which is for owners to see, is not to be probed by who cannot make one.
    for name in ["hangar", "free"] {
        assert!(matches!(
            plant.inside.post("/api/v1/workspaces", &json!({ "name": name, "title": "x" })).status,
            403 | 404
        ));
    }
    let renames: Vec<String> = ["hangar", "free"]
        .iter()
        .map(|name| bytes(&plant.inside.patch("/api/v1/workspaces/default", &json!({ "name": name }))))
        .collect();
    assert_eq!(renames[0], renames[1], "the default name is fixed before it is compared");
}

#[test]
fn b1_neither_copy_nor_move_reaches_into_another_workspace() {
    let recorder = Recorder::start();
    let plant = Plant::before(&recorder);
    let url = format!("http://copy.localhost:{}", plant.gate.port());
    let copy = |workspace: &str| {
        plant.inside.post(&path("hmi", "/copy"), &json!({ "name": "copy", "url": url, "workspace": workspace }))
    };
    let moved = |workspace: &str| plant.inside.post(&path("hmi", "/move"), &json!({ "workspace": workspace }));
    for answers in [[copy("hangar"), copy("absent")], [moved("hangar"), moved("absent")]] {
        let [foreign, absent] = answers;
        assert!(matches!(foreign.status, 403 | 404 | 422), "{}", foreign.summary());
        assert_eq!(bytes(&foreign).replace("hangar", "absent"), bytes(&absent));
    }
    assert_eq!(plant.owner.list(&format!("{FAR}/apps")).len(), 1);
    // One may take it where one may make apps.
    let both = plant.owner.brings(
        &plant.gate,
        "both@plant.example",
        &json!({ "roles": [
            { "workspace": "default", "role": plant.owner.role_named("Full access") },
            { "workspace": "hangar", "role": plant.owner.role_named("Full access") },
        ] }),
    );
    both.post(&path("hmi", "/move"), &json!({ "workspace": "hangar" })).expect(200);
    plant.inside.get(&path("hmi", "")).problem(404);
    both.get(&format!("{FAR}/apps/hmi")).expect(200);
}

/// Streams, counts and cursors of one's own workspace say nothing while the other one is busy.
#[test]
fn b1_streams_and_figures_are_deaf_to_another_workspace() {
    let recorder = Recorder::start();
    let plant = Plant::before(&recorder);
    let before = plant.inside.get(&path("hmi", "/figures")).expect(200).json();
    let mut app = plant.inside.events(&path("hmi", "/events"));
    let mut workspace = plant.inside.events("/api/v1/workspaces/default/events");
    plant.gate.visitor("zeppelin").sign_up("zack@far.example").expect(303);
    plant.owner.patch(&format!("{FAR}/apps/zeppelin"), &json!({ "title": "Zeppelin II" })).expect(200);
    plant.owner.delete(&format!("{FAR}/apps/zeppelin/users/{}", plant.user)).expect(204);
    plant.gate.visitor("hmi").sign_up("new@example.com").expect(303);
    app.wait("user", |user| user["email"] == "new@example.com");
    plant.owner.patch(&path("hmi", ""), &json!({ "title": "Line 4" })).expect(200);
    workspace.wait("app", |row| row["title"] == "Line 4");
    for heard in [&app.heard, &workspace.heard] {
        for mark in MARKS.iter().copied().chain(["zack@far"]).chain(plant.ids.iter().map(String::as_str)) {
            assert!(!heard.contains(mark), "{mark}: {heard}");
        }
    }
    let after = plant.inside.get(&path("hmi", "/figures")).expect(200).json();
    let users = |figures: &Value| figures["users"].as_u64().expect("a number");
    assert_eq!(users(&after), users(&before) + 1);
}
