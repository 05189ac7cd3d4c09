//! What the app shows: the identity that it received, as it received it.

use askama::Template;
use http::{HeaderMap, HeaderName};

/// Beginnings of the names under which a gateway tells who is there, or how they came.
const TOLD: [&str; 6] = ["$user", "x-user", "remote-", "x-webauth-", "x-forwarded-", "forwarded"];

#[derive(Template)]
#[template(path = "page.html", config = "src/sample/askama.toml")]
struct Page<'a> {
    title: &'a str,
    /// `$USER`, if it came.
    user: Option<String>,
    /// Which app this is, and how it is open.
    app: Option<String>,
    /// `X-User-Info`, readable.
    info: Option<String>,
    /// Name and value in the order of arrival.
    headers: Vec<(String, String)>,
}

pub(super) fn render(title: &str, headers: &HeaderMap) -> askama::Result<String> {
    let text = |name: &str| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let told = headers.iter().filter(|(name, _)| TOLD.iter().any(|stem| name.as_str().starts_with(stem)));
    let told = told.map(|(name, value)| (shown(name), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let info = text("x-user-info");
    let app = info.as_deref().and_then(app);
    Page { title, user: text("$user"), app, info: info.map(readable), headers: told.collect() }.render()
}

/// Like `App line4, access signup`, from the claims.
fn app(info: &str) -> Option<String> {
    let claims: serde_json::Value = serde_json::from_str(info).ok()?;
    let text = |name: &str| claims.get(name)?.as_str().map(str::to_owned);
    Some(format!("App {}, access {}", text("app")?, text("mode")?))
}

fn readable(json: String) -> String {
    let value: Option<serde_json::Value> = serde_json::from_str(&json).ok();
    value.and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or(json)
}

/// A header's name as people write it: `x-user-info` becomes `X-User-Info`.
fn shown(name: &HeaderName) -> String {
    if name == "$user" {
        return "$USER".to_owned();
    }
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    name.as_str().split('-').map(word).collect::<Vec<_>>().join("-")
}
