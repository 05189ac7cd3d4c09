//! The description of the API, OpenAPI 3.1: made of the table that the router is made of.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::IntoResponse;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::endpoint::{Endpoint, Gives, Takes};
use super::routes;

pub(super) const PATH: &str = "/api/v1/openapi.json";

/// Schemas and parameters, as the handlers read and write them; `tests` holds them against the table.
const PARTS: &str = include_str!("openapi/parts.json");
const ABOUT: &str = "Everything that the console does. Show a key with `Authorization: Bearer …`, or be a member's \
    browser on the console's own pages. What you may not see is not there (404); what you see but may not do is 403. \
    Single things carry an `ETag`; send it with `If-Match` to change nothing that somebody else has changed meanwhile \
    (412). A POST with an `Idempotency-Key` happens once. Names of workspaces and apps stand for their ids and the \
    other way round.";

/// For everybody, and the same for all: it says how to ask, never what is there.
pub(super) async fn read() -> impl IntoResponse {
    static TEXT: LazyLock<Bytes> = LazyLock::new(|| document(&routes::all()).to_string().into());
    ([(header::CONTENT_TYPE, "application/json")], TEXT.clone())
}

fn document(endpoints: &[Endpoint]) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for endpoint in endpoints {
        let path = paths.entry(endpoint.path.clone()).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(endpoint.method.to_owned(), operation(endpoint));
        }
    }
    paths.insert(PATH.to_owned(), json!({ "get": itself() }));
    let mut parts: Value = serde_json::from_str(PARTS).unwrap_or_default();
    if let Some(parts) = parts.as_object_mut() {
        parts.insert("securitySchemes".to_owned(), schemes());
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Millgate", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT },
        "security": [{ "key": [] }, { "session": [] }],
        "paths": paths,
        "components": parts,
    })
}

fn schemes() -> Value {
    json!({
        "key": { "type": "http", "scheme": "bearer", "description": "A key of the console or of the configuration." },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "millgate-0000000000000",
            "description": "A member's session, on the console's own pages; over TLS the name begins with __Host-.",
        },
    })
}

fn itself() -> Value {
    json!({
        "operationId": "readDescription",
        "summary": "This description",
        "security": [],
        "responses": { "200": { "description": "OpenAPI 3.1", "content": json_of(json!({ "type": "object" })) } },
    })
}

fn operation(endpoint: &Endpoint) -> Value {
    let right = match endpoint.right {
        "" => "whoever is let in; what is shown depends on what they may see",
        right => right,
    };
    let mut operation = json!({
        "operationId": endpoint.id,
        "summary": endpoint.summary,
        "description": format!("For: {right}."),
        "tags": [tag(&endpoint.path)],
        "parameters": parameters(endpoint),
        "responses": responses(endpoint.gives),
    });
    let body = match endpoint.takes {
        Takes::Nothing => None,
        Takes::Json(schema) => Some((schema, true)),
        Takes::Maybe(schema) => Some((schema, false)),
    };
    if let (Some((schema, required)), Some(operation)) = (body, operation.as_object_mut()) {
        let body = json!({ "required": required, "content": json_of(schema_of(schema)) });
        operation.insert("requestBody".to_owned(), body);
    }
    operation
}

/// What an endpoint is about: the last word of its path that is no parameter and no deed.
fn tag(path: &str) -> &str {
    const THINGS: [&str; 12] = [
        "me",
        "members",
        "roles",
        "keys",
        "audit",
        "mail",
        "providers",
        "users",
        "sessions",
        "invites",
        "apps",
        "workspaces",
    ];
    let parts: Vec<&str> = path.split('/').collect();
    let of_members = parts.get(3) == Some(&"members");
    if of_members {
        return "members";
    }
    parts.into_iter().rev().find(|part| THINGS.contains(part)).unwrap_or("apps")
}

fn parameters(endpoint: &Endpoint) -> Vec<Value> {
    let in_path = endpoint.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let path = in_path.map(
        |name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string", "minLength": 1 } }),
    );
    let query = endpoint.query.iter().map(|name| json!({ "$ref": format!("#/components/parameters/{name}") }));
    let guard = endpoint.is_guarded.then(|| json!({ "$ref": "#/components/parameters/if_match" }));
    path.chain(query).chain(guard).collect()
}

fn responses(gives: Gives) -> Value {
    let (status, success) = match gives {
        Gives::Nothing => (204, json!({ "description": "Done" })),
        Gives::Json(status, schema) => {
            let tag = json!({ "ETag": { "schema": { "type": "string" } } });
            let description = if status == 201 { "Made" } else { "As it is now" };
            (status, json!({ "description": description, "headers": tag, "content": json_of(schema_of(schema)) }))
        }
        Gives::List(schema, exports) => {
            let mut content = text_of(exports);
            content.extend(json_of(page_of(schema)));
            (200, json!({ "description": "A page of rows", "content": content }))
        }
        Gives::Other(kinds) => (200, json!({ "description": "As it is now", "content": text_of(kinds) })),
    };
    let problem = json!({ "application/problem+json": { "schema": schema_of("Problem") } });
    json!({
        status.to_string(): success,
        "400": {
            "description": "A request that two readers could take differently: the connection ends with it",
            "content": { "text/plain": { "schema": { "type": "string" } } },
        },
        "401": { "description": "No key, or none that opens anything", "content": problem },
        "default": { "description": "Why not (RFC 9457)", "content": problem },
    })
}

fn page_of(schema: &str) -> Value {
    json!({
        "type": "object",
        "required": ["items", "next"],
        "properties": {
            "items": { "type": "array", "items": schema_of(schema) },
            "next": { "type": ["string", "null"], "description": "`cursor` of the page that follows" },
        },
    })
}

fn schema_of(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn json_of(schema: Value) -> Map<String, Value> {
    Map::from_iter([("application/json".to_owned(), json!({ "schema": schema }))])
}

fn text_of(kinds: &[&str]) -> Map<String, Value> {
    kinds.iter().map(|kind| ((*kind).to_owned(), json!({ "schema": { "type": "string" } }))).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn names(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                found.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
                map.values().for_each(|value| names(value, found));
            }
            Value::Array(list) => list.iter().for_each(|value| names(value, found)),
            _ => {}
        }
    }

    #[test]
    fn every_part_is_there_and_used() {
        let document = document(&routes::all());
        let mut used = BTreeSet::new();
        names(&document, &mut used);
        for reference in &used {
            assert!(document.pointer(reference.strip_prefix('#').unwrap()).is_some(), "{reference} leads nowhere");
        }
        for kind in ["schemas", "parameters"] {
            for name in document["components"][kind].as_object().unwrap().keys() {
                assert!(used.contains(&format!("#/components/{kind}/{name}")), "nobody speaks of {name}");
            }
        }
    }

    #[test]
    fn every_operation_has_a_name_of_its_own_and_says_what_it_does() {
        let mut ids = BTreeSet::new();
        for endpoint in routes::all() {
            assert!(ids.insert(endpoint.id), "{} is there twice", endpoint.id);
            assert!(!endpoint.summary.is_empty(), "{} says nothing", endpoint.id);
        }
    }
}
