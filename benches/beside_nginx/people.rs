//! Users of the app in `signup` mode: they come in by its forms and are ended by the API.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::client::{Answer, Connection, Door};
use super::millgate::{API_KEY, Ports, SIGNUP_APP};
use crate::Result;

const PASSWORD: &str = "correct horse battery staple 4";
/// Signing in many times at once meets the limits on guessing; they are waited out, up to this long.
const THROTTLE_PATIENCE: Duration = Duration::from_secs(60);

/// Signs up a new user; the session's cookie as `name=value`.
pub(crate) fn sign_up(door: Door, email: &str) -> Result<String> {
    let fields = [("email", email), ("password", PASSWORD), ("given_name", "Bench"), ("family_name", "Mark")];
    enter(door, "sign-up", &fields)
}

/// Opens another session of a user who has signed up.
pub(crate) fn sign_in(door: Door, email: &str) -> Result<String> {
    enter(door, "sign-in", &[("email", email), ("password", PASSWORD)])
}

pub(crate) fn user_id(ports: Ports, email: &str) -> Result<String> {
    find(ports, "users", |user| user.get("email").and_then(Value::as_str) == Some(email))
}

/// One session's id out of those of a user.
pub(crate) fn a_session_of(ports: Ports, email: &str) -> Result<String> {
    find(ports, "sessions", |session| session.get("email").and_then(Value::as_str) == Some(email))
}

/// Ends a user with all sessions.
pub(crate) fn delete_user(ports: Ports, id: &str) -> Result<()> {
    delete(ports, "users", id)
}

pub(crate) fn delete_session(ports: Ports, id: &str) -> Result<()> {
    delete(ports, "sessions", id)
}

fn enter(door: Door, page: &str, fields: &[(&str, &str)]) -> Result<String> {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    let (form, port, origin) = (pairs.join("&") + "&return_to=%2F", door.port, door.origin());
    let request = format!(
        "POST /.millgate/{page} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: {origin}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let mut waited = Duration::ZERO;
    loop {
        let answer = Connection::open(door)?.exchange(request.as_bytes())?;
        match answer.head.status {
            303 => return session_cookie(&answer),
            429 | 503 if waited < THROTTLE_PATIENCE => {
                let seconds = answer.head.header("retry-after").and_then(|text| text.parse().ok());
                let pause = Duration::from_secs(seconds.unwrap_or(1));
                std::thread::sleep(pause);
                waited += pause;
            }
            status => return Err(format!("{page} answered {status}").into()),
        }
    }
}

fn session_cookie(answer: &Answer) -> Result<String> {
    let pairs = answer.head.headers("set-cookie").filter_map(|line| line.split(';').next());
    let is_ours = |pair: &&str| pair.starts_with("millgate-") || pair.starts_with("__Host-millgate-");
    let found = pairs.map(str::trim).find(is_ours);
    Ok(found.ok_or("signed in, but no cookie was set")?.to_owned())
}

/// The id of the first row that fits.
fn find(ports: Ports, list: &str, fits: impl Fn(&Value) -> bool) -> Result<String> {
    let answer = call(ports, "GET", &format!("{list}?limit=1000"))?;
    let page: Value = serde_json::from_slice(&answer.body)?;
    let rows = page.get("items").and_then(Value::as_array).ok_or("the API's list has no `items`")?;
    let row = rows.iter().find(|row| fits(row)).ok_or_else(|| format!("the API lists no such row in {list}"))?;
    let id = row.get("id").and_then(Value::as_str).ok_or("a row has no `id`")?;
    Ok(id.to_owned())
}

fn delete(ports: Ports, list: &str, id: &str) -> Result<()> {
    call(ports, "DELETE", &format!("{list}/{id}")).map(drop)
}

fn call(ports: Ports, method: &str, path: &str) -> Result<Answer> {
    let port = ports.console;
    let path = format!("/api/v1/workspaces/default/apps/{SIGNUP_APP}/{path}");
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {API_KEY}\r\nAccept: application/json\r\n\r\n"
    );
    let answer = Connection::open(Door::plain(port))?.exchange(request.as_bytes())?;
    match answer.head.status {
        200..=299 => Ok(answer),
        status => Err(format!("{method} {path} answered {status}").into()),
    }
}
