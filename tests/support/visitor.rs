//! A browser in front of one app: a cookie jar, and the headers that real browsers send.

use serde_json::Value;

use super::app::{MASTER, Site};
use super::raw::RawClient;
use super::response::Response;
use super::websocket::Socket;

pub const PASSWORD: &str = "correct horse battery staple";

/// Which browser, as far as a server can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Sends `Sec-Fetch-*`, as on HTTPS and on localhost.
    Browser,
    /// The same browser on `http://192.168.…`, where it leaves them out.
    Lan,
}

/// What the browser wants the request for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Navigation,
    Fetch,
    ServiceWorker,
    /// Nothing but what the test gives.
    Bare,
}

#[derive(Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub purpose: Purpose,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
}

impl Request {
    pub fn new(method: &str, path: &str, purpose: Purpose) -> Request {
        Request { method: method.to_owned(), path: path.to_owned(), purpose, headers: Vec::new(), body: None }
    }

    pub fn get(path: &str) -> Request {
        Request::new("GET", path, Purpose::Navigation)
    }

    pub fn fetch(path: &str) -> Request {
        Request::new("GET", path, Purpose::Fetch)
    }

    /// A form's submission, as a navigation.
    pub fn form(path: &str, fields: &[(&str, &str)]) -> Request {
        let pairs: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
        Request::new("POST", path, Purpose::Navigation)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(&pairs.join("&"))
    }

    pub fn header(mut self, name: &str, value: &str) -> Request {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn body(mut self, body: &str) -> Request {
        self.body = Some(body.to_owned());
        self
    }

    fn names(&self, name: &str) -> bool {
        self.headers.iter().any(|(held, _)| held.eq_ignore_ascii_case(name))
    }
}

#[derive(Clone)]
pub struct Visitor {
    pub site: Site,
    style: Style,
    /// Name, value and path, as the jar of a browser on this one host.
    pub jar: Vec<(String, String, String)>,
}

impl Visitor {
    pub fn new(site: Site, style: Style) -> Visitor {
        Visitor { site, style, jar: Vec::new() }
    }

    /// A navigation; redirects are not followed.
    #[track_caller]
    pub fn get(&mut self, path: &str) -> Response {
        self.send(&Request::get(path))
    }

    #[track_caller]
    pub fn fetch(&mut self, path: &str) -> Response {
        self.send(&Request::fetch(path))
    }

    #[track_caller]
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.send(&Request::form(path, fields))
    }

    /// A navigation that follows redirects, as the address bar does.
    #[track_caller]
    pub fn open(&mut self, path: &str) -> Response {
        let mut answer = self.get(path);
        for _ in 0..10 {
            if answer.status != 303 {
                return answer;
            }
            answer = self.follow(&answer);
        }
        panic!("redirected for ever: {}", answer.summary());
    }

    #[track_caller]
    pub fn follow(&mut self, answer: &Response) -> Response {
        let path = self.local(answer.location());
        // What is behind the `#` stays in the browser.
        self.get(path.split('#').next().unwrap_or_default())
    }

    #[track_caller]
    pub fn send(&mut self, request: &Request) -> Response {
        let mut client = self.start(request);
        let answer = client.response_to(&request.method);
        self.keep_cookies(&answer);
        answer
    }

    /// Sends the request and leaves the answer on the connection, for streams.
    #[track_caller]
    pub fn start(&self, request: &Request) -> RawClient {
        let mut client = self.site.connect();
        client.send(self.text(request));
        client
    }

    /// A stream whose head has come: SSE, a download.
    #[track_caller]
    pub fn stream(&self, path: &str) -> RawClient {
        let mut client = self.start(&Request::fetch(path));
        let head = client.head();
        assert_eq!(head.status, 200, "{}", head.summary());
        client
    }

    #[track_caller]
    pub fn websocket(&self, path: &str) -> Socket {
        let mut client = self.start(&self.handshake(path));
        let head = client.head();
        assert_eq!(head.status, 101, "{}", head.summary());
        Socket::over(client)
    }

    /// The answer to a handshake that is not let through.
    #[track_caller]
    pub fn refused_websocket(&self, path: &str) -> Response {
        let answer = self.start(&self.handshake(path)).response();
        assert_ne!(answer.status, 101);
        answer
    }

    pub fn handshake(&self, path: &str) -> Request {
        let request = Request::new("GET", path, Purpose::Bare)
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
            .header("Origin", &self.site.origin());
        match self.style {
            Style::Lan => request,
            Style::Browser => request
                .header("Sec-Fetch-Mode", "websocket")
                .header("Sec-Fetch-Dest", "empty")
                .header("Sec-Fetch-Site", "same-origin"),
        }
    }

    #[track_caller]
    pub fn sign_up(&mut self, email: &str) -> Response {
        let fields = [("email", email), ("password", PASSWORD), ("given_name", "Ada"), ("family_name", "Lovelace")];
        self.post("/.millgate/sign-up", &fields)
    }

    #[track_caller]
    pub fn sign_in(&mut self, email: &str) -> Response {
        self.sign_in_with(email, PASSWORD)
    }

    #[track_caller]
    pub fn sign_in_with(&mut self, email: &str, password: &str) -> Response {
        self.post("/.millgate/sign-in", &[("email", email), ("password", password)])
    }

    #[track_caller]
    pub fn give_master_password(&mut self) -> Response {
        self.give_master_password_of(MASTER)
    }

    #[track_caller]
    pub fn give_master_password_of(&mut self, password: &str) -> Response {
        self.post("/.millgate/master-password", &[("master_password", password)])
    }

    #[track_caller]
    pub fn sign_out(&mut self) -> Response {
        self.post("/.millgate/sign-out", &[])
    }

    /// Opens an invite link and chooses a password.
    #[track_caller]
    pub fn accept(&mut self, link: &str) -> Response {
        let path = self.local(link);
        self.get(&path).page(200);
        self.post(&path, &[("password", PASSWORD), ("given_name", "Ada"), ("family_name", "Lovelace")])
    }

    /// `GET me`, which must know this visitor.
    #[track_caller]
    pub fn me(&mut self) -> Value {
        self.fetch("/.millgate/me").expect(200).json()
    }

    /// The gateway's own cookie, if the jar holds one.
    pub fn session_cookie(&self) -> Option<(&str, &str)> {
        // Beside it there may be `millgate-probe-…` and `millgate-flow-…`.
        let is_ours = |name: &str| {
            let id = name.trim_start_matches("__Host-").strip_prefix("millgate-");
            id.is_some_and(|id| !id.contains('-'))
        };
        self.jar.iter().find(|(name, ..)| is_ours(name)).map(|(name, value, _)| (name.as_str(), value.as_str()))
    }

    /// The request as it goes over the wire.
    pub fn text(&self, request: &Request) -> String {
        let mut text = self.site.head(&request.method, &request.path);
        for (name, value) in self.browser_headers(request) {
            if !request.names(name) {
                text += &format!("{name}: {value}\r\n");
            }
        }
        let cookies = self.cookies(&request.path);
        if !cookies.is_empty() && !request.names("Cookie") {
            text += &format!("Cookie: {cookies}\r\n");
        }
        for (name, value) in &request.headers {
            text += &format!("{name}: {value}\r\n");
        }
        if let Some(body) = &request.body {
            return text + &format!("Content-Length: {}\r\n\r\n{body}", body.len());
        }
        text + "\r\n"
    }

    /// The path within the app that a `Location` or link of the gateway names.
    #[track_caller]
    pub fn local(&self, target: &str) -> String {
        let path = target.strip_prefix(&self.site.origin()).unwrap_or(target);
        let path = path.strip_prefix(&self.site.prefix).unwrap_or_else(|| panic!("{target} leaves the app"));
        if path.is_empty() { "/".to_owned() } else { path.to_owned() }
    }

    fn browser_headers(&self, request: &Request) -> Vec<(&'static str, String)> {
        const AGENT: &str =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
        const PAGES: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";
        let mut headers: Vec<(&'static str, String)> = Vec::new();
        let mut add = |name, value: &str| headers.push((name, value.to_owned()));
        if request.purpose == Purpose::Bare {
            return headers;
        }
        add("User-Agent", AGENT);
        add("Accept-Language", "en-US,en;q=0.9");
        let (mode, dest, accept) = match request.purpose {
            Purpose::Navigation => ("navigate", "document", PAGES),
            Purpose::ServiceWorker => ("same-origin", "serviceworker", "*/*"),
            Purpose::Fetch | Purpose::Bare => ("cors", "empty", "*/*"),
        };
        add("Accept", accept);
        if request.purpose == Purpose::Navigation {
            add("Upgrade-Insecure-Requests", "1");
        }
        if request.purpose == Purpose::ServiceWorker {
            add("Service-Worker", "script");
        }
        if self.style == Style::Browser {
            add("Sec-Fetch-Site", "same-origin");
            add("Sec-Fetch-Mode", mode);
            add("Sec-Fetch-Dest", dest);
        }
        if request.method == "POST" {
            add("Origin", &self.site.origin());
        }
        headers
    }

    fn cookies(&self, path: &str) -> String {
        let path = format!("{}{path}", self.site.prefix);
        let fits = |scope: &str| {
            let rest = path.strip_prefix(scope.trim_end_matches('/'));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
        };
        let held = self.jar.iter().filter(|(.., scope)| fits(scope));
        held.map(|(name, value, _)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    pub fn keep_cookies(&mut self, answer: &Response) {
        for line in answer.all("set-cookie") {
            let mut parts = line.split(';').map(str::trim);
            let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            let attributes: Vec<(String, &str)> = parts
                .map(|part| part.split_once('=').unwrap_or((part, "")))
                .map(|(key, value)| (key.to_lowercase(), value))
                .collect();
            let attribute = |key: &str| attributes.iter().find(|(held, _)| held == key).map(|(_, value)| *value);
            if attribute("domain").is_some() {
                // Another cookie than the host-only ones of this jar.
                continue;
            }
            let scope = attribute("path").unwrap_or("/").to_owned();
            self.jar.retain(|(held, _, at)| held != name || *at != scope);
            if attribute("max-age") != Some("0") {
                self.jar.push((name.to_owned(), value.to_owned(), scope));
            }
        }
    }
}

/// Percent-encoding of a form field.
pub fn escape(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
