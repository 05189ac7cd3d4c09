//! The served description of the API against what the router answers: nothing is described that is not there, and
//! nothing is there that is not described.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Value, json};

use crate::support::api::{id, path, text};
use crate::support::member::console;
use crate::support::{App, Gate, Member, Mode, Recorder, Request, Response, Visitor};

const DOCUMENT: &str = "/api/v1/openapi.json";
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Every call that tests and README make, with any names for the parameters.
const KNOWN: [(&str, &str); 66] = [
    ("get", "/api/v1/openapi.json"),
    ("get", "/api/v1/me"),
    ("patch", "/api/v1/me"),
    ("get", "/api/v1/apps"),
    ("get", "/api/v1/providers"),
    ("get", "/api/v1/mail"),
    ("post", "/api/v1/mail/test"),
    ("delete", "/api/v1/mail/{}"),
    ("post", "/api/v1/mail/{}/retry"),
    ("get", "/api/v1/audit"),
    ("get", "/api/v1/roles"),
    ("post", "/api/v1/roles"),
    ("get", "/api/v1/roles/{}"),
    ("patch", "/api/v1/roles/{}"),
    ("delete", "/api/v1/roles/{}"),
    ("get", "/api/v1/keys"),
    ("post", "/api/v1/keys"),
    ("get", "/api/v1/keys/{}"),
    ("patch", "/api/v1/keys/{}"),
    ("delete", "/api/v1/keys/{}"),
    ("get", "/api/v1/members"),
    ("post", "/api/v1/members"),
    ("get", "/api/v1/members/invites"),
    ("delete", "/api/v1/members/invites/{}"),
    ("post", "/api/v1/members/invites/{}/renew"),
    ("get", "/api/v1/members/{}"),
    ("patch", "/api/v1/members/{}"),
    ("delete", "/api/v1/members/{}"),
    ("put", "/api/v1/members/{}/roles/{}"),
    ("delete", "/api/v1/members/{}/roles/{}"),
    ("get", "/api/v1/workspaces"),
    ("post", "/api/v1/workspaces"),
    ("get", "/api/v1/workspaces/{}"),
    ("patch", "/api/v1/workspaces/{}"),
    ("delete", "/api/v1/workspaces/{}"),
    ("get", "/api/v1/workspaces/{}/audit"),
    ("get", "/api/v1/workspaces/{}/events"),
    ("get", "/api/v1/workspaces/{}/apps"),
    ("post", "/api/v1/workspaces/{}/apps"),
    ("get", "/api/v1/workspaces/{}/apps/{}"),
    ("patch", "/api/v1/workspaces/{}/apps/{}"),
    ("delete", "/api/v1/workspaces/{}/apps/{}"),
    ("post", "/api/v1/workspaces/{}/probe"),
    ("post", "/api/v1/workspaces/{}/apps/{}/probe"),
    ("post", "/api/v1/workspaces/{}/apps/{}/copy"),
    ("post", "/api/v1/workspaces/{}/apps/{}/move"),
    ("get", "/api/v1/workspaces/{}/apps/{}/events"),
    ("get", "/api/v1/workspaces/{}/apps/{}/figures"),
    ("get", "/api/v1/workspaces/{}/apps/{}/qr.svg"),
    ("post", "/api/v1/workspaces/{}/apps/{}/access-links"),
    ("get", "/api/v1/workspaces/{}/apps/{}/users"),
    ("post", "/api/v1/workspaces/{}/apps/{}/users"),
    ("get", "/api/v1/workspaces/{}/apps/{}/users/{}"),
    ("patch", "/api/v1/workspaces/{}/apps/{}/users/{}"),
    ("delete", "/api/v1/workspaces/{}/apps/{}/users/{}"),
    ("post", "/api/v1/workspaces/{}/apps/{}/users/{}/approve"),
    ("post", "/api/v1/workspaces/{}/apps/{}/users/{}/reset-link"),
    ("post", "/api/v1/workspaces/{}/apps/{}/users/{}/sign-out"),
    ("get", "/api/v1/workspaces/{}/apps/{}/sessions"),
    ("get", "/api/v1/workspaces/{}/apps/{}/sessions/{}"),
    ("delete", "/api/v1/workspaces/{}/apps/{}/sessions/{}"),
    ("get", "/api/v1/workspaces/{}/apps/{}/invites"),
    ("post", "/api/v1/workspaces/{}/apps/{}/invites"),
    ("get", "/api/v1/workspaces/{}/apps/{}/invites/{}"),
    ("delete", "/api/v1/workspaces/{}/apps/{}/invites/{}"),
    ("post", "/api/v1/workspaces/{}/apps/{}/invites/{}/renew"),
];

struct Served {
    gate: Gate,
    document: Value,
}

impl Served {
    fn before(recorder: &Recorder) -> Served {
        let gate = Gate::before(App::new("hmi", Mode::Signup, recorder));
        let document = stranger(&gate).fetch(DOCUMENT).expect(200).json();
        Served { gate, document }
    }

    /// Method, path and description of every operation.
    fn operations(&self) -> Vec<(&'static str, &str, &Value)> {
        let paths = self.document["paths"].as_object().expect("paths");
        let mut found = Vec::new();
        for (path, item) in paths {
            let known = METHODS.into_iter().filter_map(|method| Some((method, path.as_str(), item.get(method)?)));
            found.extend(known);
        }
        found
    }
}

/// Nobody in particular, with nothing but the method and the path.
fn stranger(gate: &Gate) -> Visitor {
    console(gate)
}

/// Parameters have their names in the document; a path of the same shape is the same path.
fn shape(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// Whole server addresses are allowed before the paths.
fn full(document: &Value, path: &str) -> String {
    let base = document["servers"][0]["url"].as_str().unwrap_or_default().trim_end_matches('/');
    let base = base.find("/api").map_or("", |at| &base[at..]);
    if path.starts_with("/api/v1") { path.to_owned() } else { format!("{base}{path}") }
}

fn ask(gate: &Gate, method: &str, path: &str) -> Response {
    let filled = shape(path).replace("{}", "0000000000000");
    let mut browser = stranger(gate);
    browser.send(
        &Request::new(&method.to_uppercase(), &filled, crate::support::visitor::Purpose::Bare)
            .header("Content-Length", "0"),
    )
}

#[test]
fn the_document_is_there_for_everybody_and_is_openapi_3_1() {
    let recorder = Recorder::start();
    let Served { gate, document } = Served::before(&recorder);
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{}", document["openapi"]);
    assert!(document["info"]["title"].is_string() && document["info"]["version"].is_string());
    let answer = stranger(&gate).fetch(DOCUMENT);
    assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("application/json")));
    assert_eq!(gate.api().get(DOCUMENT).expect(200).json(), document);
    assert_eq!(gate.api().authorized(Some("Bearer mg_wrong-key-wrong-key-wrong")).get(DOCUMENT).status / 100, 2);
    // A description tells how, never what is there.
    for name in ["hmi", "localhost", &gate.port().to_string()] {
        assert!(!document.to_string().contains(&format!("/{name}")), "{name}");
    }
}

/// Without a key a route that exists asks for one (401); 404 or 405 would mean that the router does not know it.
#[test]
fn every_documented_operation_is_answered_by_the_router() {
    let recorder = Recorder::start();
    let served = Served::before(&recorder);
    let operations = served.operations();
    assert!(operations.len() > 50, "{}", operations.len());
    for (method, path, _) in operations {
        let path = full(&served.document, path);
        let answer = ask(&served.gate, method, &path);
        let expected = if path == DOCUMENT { 200 } else { 401 };
        assert_eq!(answer.status, expected, "{method} {path}: {}", answer.summary());
    }
}

#[test]
fn every_operation_of_a_documented_path_is_documented() {
    let recorder = Recorder::start();
    let served = Served::before(&recorder);
    let mut documented: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (method, path, _) in served.operations() {
        documented.entry(full(&served.document, path)).or_default().insert(method);
    }
    for (path, methods) in documented {
        for method in METHODS.into_iter().filter(|method| !methods.contains(method)) {
            let answer = ask(&served.gate, method, &path);
            assert_eq!(answer.status, 405, "{method} {path} is there but not described: {}", answer.summary());
        }
    }
}

#[test]
fn every_known_call_is_documented() {
    let recorder = Recorder::start();
    let served = Served::before(&recorder);
    let documented: HashSet<(String, String)> = served
        .operations()
        .into_iter()
        .map(|(method, path, _)| (method.to_owned(), shape(&full(&served.document, path))))
        .collect();
    let missing: Vec<_> = KNOWN
        .iter()
        .filter(|(method, path)| !documented.contains(&((*method).to_owned(), (*path).to_owned())))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_operation_says_what_it_takes_gives_and_refuses() {
    let recorder = Recorder::start();
    let served = Served::before(&recorder);
    let mut ids = HashSet::new();
    for (method, path, operation) in served.operations() {
        let what = format!("{method} {path}");
        let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{what} has no operationId"));
        assert!(ids.insert(id.to_owned()), "{what}: {id} is taken");
        let said =
            ["summary", "description"].iter().any(|key| operation[key].as_str().is_some_and(|text| !text.is_empty()));
        assert!(said, "{what} says nothing");
        let responses = operation["responses"].as_object().unwrap_or_else(|| panic!("{what} has no responses"));
        assert!(responses.keys().any(|status| status.starts_with('2')), "{what}: {responses:?}");
        if full(&served.document, path) != DOCUMENT {
            let refuses = |status: &str| {
                responses.contains_key(status) || responses.contains_key("default") || responses.contains_key("4XX")
            };
            assert!(refuses("401"), "{what}: {responses:?}");
        }
        let named: HashSet<String> =
            path.split('/').filter_map(|part| Some(part.strip_prefix('{')?.strip_suffix('}')?.to_owned())).collect();
        let described = parameters(&served.document, path, operation, "path");
        assert_eq!(named, described, "{what}: the path's parameters");
        if matches!(method, "put" | "patch") {
            assert!(operation["requestBody"].is_object(), "{what}: which body?");
        }
    }
}

fn parameters(document: &Value, path: &str, operation: &Value, place: &str) -> HashSet<String> {
    let shared = document["paths"][path]["parameters"].as_array().cloned().unwrap_or_default();
    let own = operation["parameters"].as_array().cloned().unwrap_or_default();
    let all = shared.into_iter().chain(own).map(|parameter| resolved(document, &parameter));
    all.filter(|parameter| parameter["in"] == place).map(|parameter| text(&parameter, "name")).collect()
}

fn resolved(document: &Value, node: &Value) -> Value {
    match node["$ref"].as_str() {
        None => node.clone(),
        Some(reference) => document.pointer(reference.trim_start_matches('#')).cloned().unwrap_or(Value::Null),
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn references(node: &Value, found: &mut Vec<String>) {
        match node {
            Value::Object(map) => {
                found.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
                map.values().for_each(|value| references(value, found));
            }
            Value::Array(list) => list.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let recorder = Recorder::start();
    let Served { document, .. } = Served::before(&recorder);
    let mut found = Vec::new();
    references(&document, &mut found);
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leads elsewhere"));
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[test]
fn lists_describe_their_query_and_streams_their_kind() {
    let recorder = Recorder::start();
    let served = Served::before(&recorder);
    for (method, path, operation) in served.operations() {
        let content = &resolved(&served.document, &operation["responses"]["200"])["content"];
        if method == "get" && path.ends_with("/events") {
            assert!(content["text/event-stream"].is_object(), "{path}: {content}");
        }
        let is_list =
            ["/users", "/sessions", "/invites", "/apps", "/roles", "/keys", "/members", "/workspaces", "/audit"]
                .iter()
                .any(|end| path.ends_with(end));
        if method == "get" && is_list {
            let query = parameters(&served.document, path, operation, "query");
            for name in ["q", "limit", "cursor"] {
                assert!(query.contains(name), "{path} does not describe {name}: {query:?}");
            }
        }
    }
}

/// The keys of a resource as it is served are the keys that its description names, and the other way round.
#[test]
fn resources_have_the_keys_that_are_described() {
    let recorder = Recorder::start();
    let served = Served::before(&recorder);
    let owner = Member::first(&served.gate);
    served.gate.visitor("hmi").sign_up("ada@example.com").expect(303);
    let user = id(&served.gate.api().user("hmi", "ada@example.com"));
    let role = owner.makes_role("Watcher", &["see-apps"]);
    let key = id(&owner.makes_key("MES", "account"));
    let member = owner.id_of(crate::support::OWNER);
    for (at, like) in [
        (path("hmi", ""), "/api/v1/workspaces/{}/apps/{}"),
        (path("hmi", &format!("/users/{user}")), "/api/v1/workspaces/{}/apps/{}/users/{}"),
        ("/api/v1/workspaces/default".to_owned(), "/api/v1/workspaces/{}"),
        (format!("/api/v1/roles/{role}"), "/api/v1/roles/{}"),
        (format!("/api/v1/keys/{key}"), "/api/v1/keys/{}"),
        (format!("/api/v1/members/{member}"), "/api/v1/members/{}"),
        ("/api/v1/me".to_owned(), "/api/v1/me"),
    ] {
        let row = owner.get(&at).expect(200).json();
        let operations = served.operations();
        let found = operations
            .iter()
            .find(|(method, path, _)| *method == "get" && shape(&full(&served.document, path)) == like);
        let (_, _, operation) = found.unwrap_or_else(|| panic!("{like} is not described"));
        let answer = resolved(&served.document, &operation["responses"]["200"]);
        let schema = resolved(&served.document, &answer["content"]["application/json"]["schema"]);
        let properties = schema["properties"].as_object().unwrap_or_else(|| panic!("{like}: no properties: {schema}"));
        let served_keys: BTreeSet<&String> = row.as_object().expect("a row").keys().collect();
        let missing: Vec<_> = served_keys.iter().filter(|name| !properties.contains_key(**name)).collect();
        assert!(missing.is_empty(), "{like} does not describe {missing:?}");
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let absent: Vec<_> =
            required.iter().filter(|name| name.as_str().is_some_and(|name| row.get(name).is_none())).collect();
        assert!(absent.is_empty(), "{like} promises {absent:?}: {row}");
    }
    assert_ne!(served.document["components"]["securitySchemes"], json!(null), "how one shows who one is");
}
