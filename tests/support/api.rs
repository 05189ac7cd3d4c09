//! A program with an API key.

use serde_json::{Value, json};

use super::app::{Mode, Site};
use super::response::Response;

#[derive(Clone)]
pub struct Api {
    site: Site,
    authorization: Option<String>,
    headers: Vec<(String, String)>,
}

/// All test apps live in the workspace that is always there.
pub const WORKSPACE: &str = "/api/v1/workspaces/default";

impl Api {
    pub fn new(site: Site, key: &str) -> Api {
        Api { site, authorization: Some(format!("Bearer {key}")), headers: Vec::new() }
    }

    /// The same program with another `Authorization`, or none.
    pub fn authorized(&self, authorization: Option<&str>) -> Api {
        Api { authorization: authorization.map(str::to_owned), ..self.clone() }
    }

    /// Sends this header with every request.
    pub fn with_header(mut self, name: &str, value: &str) -> Api {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> Response {
        self.call("GET", path, None)
    }

    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Response {
        self.call("POST", path, Some(body))
    }

    #[track_caller]
    pub fn patch(&self, path: &str, body: &Value) -> Response {
        self.call("PATCH", path, Some(body))
    }

    #[track_caller]
    pub fn delete(&self, path: &str) -> Response {
        self.call("DELETE", path, None)
    }

    #[track_caller]
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Response {
        let body = body.map(Value::to_string);
        self.send(method, path, body.as_ref().map(|text| ("application/json", text.as_str())))
    }

    /// Any body with its media type.
    #[track_caller]
    pub fn send(&self, method: &str, path: &str, body: Option<(&str, &str)>) -> Response {
        let mut text = self.site.head(method, path);
        if let Some(value) = &self.authorization {
            text += &format!("Authorization: {value}\r\n");
        }
        for (name, value) in &self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        match body {
            None => text += "\r\n",
            Some((kind, body)) => {
                text += &format!("Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            }
        }
        let mut client = self.site.connect();
        client.send(text);
        client.response_to(method)
    }

    #[track_caller]
    pub fn app(&self, app: &str) -> Value {
        self.get(&path(app, "")).expect(200).json()
    }

    #[track_caller]
    pub fn change(&self, app: &str, change: &Value) {
        done(&self.patch(&path(app, ""), change));
    }

    #[track_caller]
    pub fn set_access(&self, app: &str, mode: Mode) {
        self.change(app, &json!({ "access": mode.as_str() }));
    }

    #[track_caller]
    pub fn set_running(&self, app: &str, running: bool) {
        self.change(app, &json!({ "running": running }));
    }

    #[track_caller]
    pub fn set_master_password(&self, app: &str, password: &str) {
        self.change(app, &json!({ "master_password": password }));
    }

    #[track_caller]
    pub fn users(&self, app: &str) -> Vec<Value> {
        self.list(&path(app, "/users"))
    }

    #[track_caller]
    pub fn user(&self, app: &str, email: &str) -> Value {
        let users = self.users(app);
        let found = users.iter().find(|user| user["email"] == email);
        found.unwrap_or_else(|| panic!("{email} is not among {users:?}")).clone()
    }

    #[track_caller]
    pub fn delete_user(&self, app: &str, email: &str) {
        let user = self.user(app, email);
        done(&self.delete(&path(app, &format!("/users/{}", id(&user)))));
    }

    #[track_caller]
    pub fn sessions(&self, app: &str) -> Vec<Value> {
        self.list(&path(app, "/sessions"))
    }

    /// The sessions of one user.
    #[track_caller]
    pub fn sessions_of(&self, app: &str, email: &str) -> Vec<Value> {
        self.sessions(app).into_iter().filter(|session| session["email"] == email).collect()
    }

    #[track_caller]
    pub fn delete_session(&self, app: &str, session: &str) {
        done(&self.delete(&path(app, &format!("/sessions/{session}"))));
    }

    #[track_caller]
    pub fn access_link(&self, app: &str, email: &str) -> Value {
        self.post(&path(app, "/access-links"), &json!({ "email": email })).expect(200).json()
    }

    /// One invite by link; `entry` is `{"email": …}` or `{"username": …}` with what else the invite shall say.
    #[track_caller]
    pub fn invite(&self, app: &str, entry: &Value) -> Value {
        let answer = self.post(&path(app, "/invites"), &json!({ "invites": [entry] })).expect(200).json();
        let items = answer["items"].as_array().unwrap_or_else(|| panic!("no items: {answer}"));
        assert_eq!((items.len(), answer["refused"].as_array().map(Vec::len)), (1, Some(0)), "{answer}");
        items[0].clone()
    }

    #[track_caller]
    pub fn invites(&self, app: &str, query: &str) -> Vec<Value> {
        self.list(&path(app, &format!("/invites{query}")))
    }

    /// The row of a person by user name, which may be an address.
    #[track_caller]
    pub fn person(&self, app: &str, username: &str) -> Value {
        let users = self.users(app);
        let found = users.iter().find(|user| user["username"] == username);
        found.unwrap_or_else(|| panic!("{username} is not among {users:?}")).clone()
    }

    /// Where this person's row is.
    #[track_caller]
    pub fn place_of(&self, app: &str, username: &str) -> String {
        path(app, &format!("/users/{}", id(&self.person(app, username))))
    }

    /// The first page of a list.
    #[track_caller]
    pub fn list(&self, path: &str) -> Vec<Value> {
        let page = self.get(path).expect(200).json();
        page["items"].as_array().unwrap_or_else(|| panic!("no list: {page}")).clone()
    }
}

pub fn path(app: &str, rest: &str) -> String {
    format!("{WORKSPACE}/apps/{app}{rest}")
}

#[track_caller]
pub fn id(row: &Value) -> String {
    row["id"].as_str().unwrap_or_else(|| panic!("no id: {row}")).to_owned()
}

#[track_caller]
pub fn done(response: &Response) {
    assert!((200..300).contains(&response.status), "{}", response.summary());
}

/// A text that must be there.
#[track_caller]
pub fn text(row: &Value, key: &str) -> String {
    row[key].as_str().unwrap_or_else(|| panic!("no {key}: {row}")).to_owned()
}
