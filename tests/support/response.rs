//! One HTTP answer as it stood on the wire, and small questions about it.

use serde_json::Value;

/// Names and values in their order on the wire.
pub type Headers = Vec<(String, String)>;

#[derive(Debug, Clone, Default)]
pub struct Response {
    pub status: u16,
    pub headers: Headers,
    pub body: Vec<u8>,
    pub trailers: Headers,
    /// The 1xx answers that came before.
    pub interim: Vec<Response>,
    /// False when the connection ended before the promised body did.
    pub complete: bool,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, name)
    }

    pub fn all(&self, name: &str) -> Vec<&str> {
        all(&self.headers, name)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("no JSON ({error}): {self:?}"))
    }

    /// What the recorder saw, when this is the recorder's own answer.
    #[track_caller]
    pub fn seen(&self) -> Seen {
        assert_eq!(self.status, 200, "the request did not reach the upstream: {}", self.summary());
        let json = self.json();
        let text = |key: &str| json[key].as_str().expect("a recorder's answer").to_owned();
        let pairs = json["headers"].as_array().expect("a recorder's answer");
        let headers = pairs.iter().map(|pair| (string(&pair[0]), string(&pair[1]))).collect();
        Seen { method: text("method"), target: text("target"), headers, body: text("body") }
    }

    /// Chainable check of the status, with the whole answer in the message.
    #[track_caller]
    pub fn expect(self, status: u16) -> Response {
        assert_eq!(self.status, status, "{}", self.summary());
        self
    }

    /// A problem document (RFC 9457) of this status.
    #[track_caller]
    pub fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.summary());
        let kind = self.header("content-type").unwrap_or_default();
        assert!(kind.starts_with("application/problem+json"), "{kind}: {}", self.summary());
        let problem = self.json();
        assert_eq!(problem["status"], status, "{problem}");
        let name = problem["type"].as_str().unwrap_or_default();
        assert!(name.starts_with("urn:millgate:problem:"), "{problem}");
        assert!(problem["title"].is_string(), "{problem}");
        problem
    }

    /// A page for people, of this status.
    #[track_caller]
    pub fn page(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.summary());
        let kind = self.header("content-type").unwrap_or_default();
        assert!(kind.starts_with("text/html"), "{kind}: {}", self.summary());
        self.text()
    }

    /// The redirect's target.
    #[track_caller]
    pub fn location(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.summary());
        self.header("location").expect("a Location")
    }

    pub fn summary(&self) -> String {
        let body = self.text();
        let body: String = body.chars().take(600).collect();
        format!("{} {:?} {body}", self.status, self.headers)
    }
}

/// A request as the upstream reported it.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    pub target: String,
    pub headers: Headers,
    pub body: String,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, name)
    }

    pub fn all(&self, name: &str) -> Vec<&str> {
        all(&self.headers, name)
    }

    /// `$USER`, which must be there exactly once.
    #[track_caller]
    pub fn user(&self) -> &str {
        let values = self.all("$USER");
        assert_eq!(values.len(), 1, "{:?}", self.headers);
        values[0]
    }

    #[track_caller]
    pub fn user_info(&self) -> Value {
        let values = self.all("X-User-Info");
        assert_eq!(values.len(), 1, "{:?}", self.headers);
        serde_json::from_str(values[0]).expect("X-User-Info is JSON")
    }
}

pub fn first<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    all(headers, name).first().copied()
}

pub fn all<'a>(headers: &'a Headers, name: &str) -> Vec<&'a str> {
    headers.iter().filter(|(held, _)| held.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str()).collect()
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
