//! A member in front of the console: signs in as everybody does, clicks through pages, and calls the API as the
//! console's own script does, with the session's cookie.

use serde_json::{Value, json};

use super::api::text;
use super::events::Events;
use super::forms::Form;
use super::gate::Gate;
use super::page::{attribute, tags};
use super::response::Response;
use super::visitor::{PASSWORD, Purpose, Request, Style, Visitor};
use super::wait::eventually;

pub const OWNER: &str = "olga@plant.example";

/// The role that is always there.
pub const FULL_ACCESS: &str = "Full access";

#[derive(Clone)]
pub struct Member {
    /// The cookies and the site; what a page does is done with this.
    pub browser: Visitor,
}

/// The newest link that `serve` printed. The code is the link's last part.
#[track_caller]
pub fn set_up_link(gate: &Gate) -> String {
    eventually("a set-up link in the log", || last_set_up_link(&gate.log()))
}

pub fn last_set_up_link(said: &str) -> Option<String> {
    let at = said.rfind("/.millgate/set-up/")?;
    let start = said[..at].rfind("http")?;
    let link = &said[start..];
    let end = link.find(|c: char| c.is_whitespace() || "\"'<>".contains(c) || c.is_control()).unwrap_or(link.len());
    Some(link[..end].to_owned())
}

/// A browser in front of the console that nobody is signed in with.
pub fn console(gate: &Gate) -> Visitor {
    Visitor::new(gate.console(), Style::Browser)
}

/// What the page behind the link asks for.
pub fn set_up_fields(email: &str) -> [(&'static str, &str); 4] {
    [("given_name", "Olga"), ("family_name", "Owner"), ("email", email), ("password", PASSWORD)]
}

impl Member {
    /// The first run: the printed link makes the owner, who is signed in by it.
    #[track_caller]
    pub fn first(gate: &Gate) -> Member {
        let link = set_up_link(gate);
        let mut browser = console(gate);
        let path = browser.local(&link);
        browser.get(&path).page(200);
        browser.post(&path, &set_up_fields(OWNER)).expect(303);
        Member { browser }
    }

    /// A further browser of somebody who is a member already.
    #[track_caller]
    pub fn signed_in(gate: &Gate, email: &str) -> Member {
        let mut browser = console(gate);
        browser.sign_in(email).expect(303);
        Member { browser }
    }

    /// This owner invites somebody, who comes in by the link.
    #[track_caller]
    pub fn brings(&self, gate: &Gate, email: &str, grants: &Value) -> Member {
        let invite = self.invites(email, grants);
        let mut browser = console(gate);
        browser.accept(&text(&invite, "link")).expect(303);
        Member { browser }
    }

    /// `grants` is `{"owner": …}` or `{"roles": […]}`.
    #[track_caller]
    pub fn invites(&self, email: &str, grants: &Value) -> Value {
        let mut body = grants.clone();
        body["email"] = json!(email);
        body["mail"] = json!(false);
        self.post("/api/v1/members", &body).expect(201).json()
    }

    /// Somebody with exactly these permissions in one workspace, by a role of their own.
    #[track_caller]
    pub fn brings_with(&self, gate: &Gate, email: &str, workspace: &str, permissions: &[&str]) -> Member {
        let mut words = permissions.to_vec();
        words.sort_unstable();
        words.dedup();
        let role = self.makes_role(email, &words);
        self.brings(gate, email, &json!({ "roles": [{ "workspace": workspace, "role": role }] }))
    }

    /// Somebody who may everything in one workspace, and is no owner.
    #[track_caller]
    pub fn brings_with_full_access(&self, gate: &Gate, email: &str, workspace: &str) -> Member {
        let role = self.role_named(FULL_ACCESS);
        self.brings(gate, email, &json!({ "roles": [{ "workspace": workspace, "role": role }] }))
    }

    /// The new role's id.
    #[track_caller]
    pub fn makes_role(&self, name: &str, permissions: &[&str]) -> String {
        let role = self.post("/api/v1/roles", &json!({ "name": name, "permissions": permissions }));
        text(&role.expect(201).json(), "id")
    }

    #[track_caller]
    pub fn makes_workspace(&self, name: &str, title: &str) -> Value {
        self.post("/api/v1/workspaces", &json!({ "name": name, "title": title })).expect(201).json()
    }

    #[track_caller]
    pub fn role_named(&self, name: &str) -> String {
        let roles = self.list("/api/v1/roles");
        let found = roles.iter().find(|role| role["name"] == name);
        text(found.unwrap_or_else(|| panic!("{name} is not among {roles:?}")), "id")
    }

    /// The id of a member by address.
    #[track_caller]
    pub fn id_of(&self, email: &str) -> String {
        let members = self.list("/api/v1/members");
        let found = members.iter().find(|member| member["email"] == email);
        text(found.unwrap_or_else(|| panic!("{email} is not among {members:?}")), "id")
    }

    #[track_caller]
    pub fn me(&self) -> Value {
        self.get("/api/v1/me").expect(200).json()
    }

    /// A new key of this member; the answer has its secret.
    #[track_caller]
    pub fn makes_key(&self, name: &str, scope: &str) -> Value {
        self.post("/api/v1/keys", &json!({ "name": name, "scope": scope })).expect(201).json()
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
    pub fn put(&self, path: &str, body: &Value) -> Response {
        self.call("PUT", path, Some(body))
    }

    #[track_caller]
    pub fn patch(&self, path: &str, body: &Value) -> Response {
        self.call("PATCH", path, Some(body))
    }

    #[track_caller]
    pub fn delete(&self, path: &str) -> Response {
        self.call("DELETE", path, None)
    }

    /// The rows of a list's first page.
    #[track_caller]
    pub fn list(&self, path: &str) -> Vec<Value> {
        let page = self.get(path).expect(200).json();
        page["items"].as_array().unwrap_or_else(|| panic!("no list: {page}")).clone()
    }

    #[track_caller]
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Response {
        self.send(&self.request(method, path, body))
    }

    /// A call as the console's script makes it: the browser says by itself where it comes from.
    pub fn request(&self, method: &str, path: &str, body: Option<&Value>) -> Request {
        let mut request = Request::new(method, path, Purpose::Fetch);
        if !matches!(method, "GET" | "HEAD") {
            request = request.header("Origin", &self.browser.site.origin());
        }
        match body {
            Some(body) => request.header("Content-Type", "application/json").body(&body.to_string()),
            None if matches!(method, "GET" | "HEAD") => request,
            None => request.header("Content-Length", "0"),
        }
    }

    /// Waits when the API asks to: a test is faster than the rate that one session has.
    #[track_caller]
    pub fn send(&self, request: &Request) -> Response {
        eventually("the rate allows a call", || {
            let answer = self.browser.start(request).response_to(&request.method);
            (answer.status != 429).then_some(answer)
        })
    }

    /// An open stream of events.
    #[track_caller]
    pub fn events(&self, path: &str) -> Events {
        Events::open(&self.browser, path)
    }

    /// A page that is there for this member.
    #[track_caller]
    pub fn page(&mut self, path: &str) -> String {
        self.browser.get(path).page(200)
    }

    /// The form that posts to an address with this ending, on the page or behind its link with that ending: what cannot be
    /// undone is asked on a page of its own.
    #[track_caller]
    pub fn form(&mut self, page: &str, action: &str) -> Form {
        let text = self.page(page);
        if let Some(form) = Form::all(page, &text).into_iter().find(|form| form.leads_to(action)) {
            return form;
        }
        let links = tags(&text).filter(|tag| tag.starts_with("a ")).filter_map(|tag| attribute(tag, "href"));
        let link = links.filter(|link| link.split('?').next().is_some_and(|path| path.ends_with(action))).last();
        let link = link.unwrap_or_else(|| panic!("neither a form nor a link to {action} at {page}: {text}"));
        Form::on(&link, &self.page(&link), action)
    }

    /// Submits a form of a page of the console; redirects are not followed.
    #[track_caller]
    pub fn submit(&mut self, form: &Form) -> Response {
        let fields: Vec<(&str, &str)> = form.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
        let path = self.browser.local(&form.action);
        self.browser.post(&path, &fields)
    }
}
