//! Trying an upstream: one connection, one GET, bounds on everything.

use std::error::Error;
use std::io;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_TYPE, HOST, HeaderMap, HeaderName, LOCATION, SERVER};
use http::{Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use serde::Serialize;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

use crate::domain::{App, HostHeader, Scheme, Upstream};

use super::client::client_config;
use super::trouble::{Kind, Trouble};

const AGENT: &str = concat!("millgate/", env!("CARGO_PKG_VERSION"));
/// Whoever types an address waits for the outcome.
const PATIENCE: Duration = Duration::from_secs(5);
/// The title stands near the beginning of a page.
const MOST_BODY: usize = 64 * 1024;
/// Of what a stranger's server says, in characters.
const MOST_SHOWN: usize = 120;

/// What an upstream answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    pub status: u16,
    /// The header `Server`.
    pub server: Option<String>,
    /// Of the page that it answered with.
    pub title: Option<String>,
    /// Where it redirects to.
    pub location: Option<String>,
    /// From connecting to the answer's head.
    #[serde(skip)]
    pub latency: Duration,
}

/// An upstream that is going to be tried.
#[derive(Debug, Clone)]
pub struct Probe {
    pub upstream: Upstream,
    /// PEM of authorities beside the system's.
    pub ca: Option<String>,
    pub verify: bool,
    pub path: String,
    pub host: String,
    pub patience: Duration,
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

impl Probe {
    /// An address that somebody typed.
    pub fn new(upstream: Upstream) -> Self {
        let host = upstream.authority();
        Self { upstream, ca: None, verify: true, path: "/".to_owned(), host, patience: PATIENCE }
    }

    /// As the app's visitors would reach it.
    pub fn of(app: &App, upstream: &Upstream) -> Self {
        let host = match app.host_header {
            HostHeader::Upstream => upstream.authority(),
            HostHeader::Visitor => app.url.authority(),
        };
        Self {
            ca: app.upstream_ca.clone(),
            verify: app.upstream_verify,
            path: app.health_path.as_ref().map_or("/", |path| path.as_str()).to_owned(),
            host,
            ..Self::new(upstream.clone())
        }
    }

    /// Whether it takes a connection, and how long that took.
    pub async fn connect(&self) -> Result<Duration, Trouble> {
        let begun = Instant::now();
        self.in_time(self.dial()).await?;
        Ok(begun.elapsed())
    }

    /// What it answers to a GET of the path.
    pub async fn run(&self) -> Result<Answer, Trouble> {
        self.in_time(self.get()).await
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
        match tokio::time::timeout(self.patience, work).await {
            Ok(outcome) => outcome,
            Err(_) => {
                Err(Trouble::new(Kind::Timeout, format_args!("no answer within {} s", self.patience.as_secs_f32())))
            }
        }
    }

    async fn dial(&self) -> Result<Box<dyn Duplex>, Trouble> {
        let connecting = |error: io::Error| Trouble::connecting(&error);
        let (scheme, host, port) = match &self.upstream {
            Upstream::Unix { path } => {
                return Ok(Box::new(UnixStream::connect(path).await.map_err(connecting)?));
            }
            Upstream::Tcp { scheme, host, port, .. } => (*scheme, &**host, *port),
        };
        let tcp = TcpStream::connect((host, port)).await.map_err(connecting)?;
        if scheme == Scheme::Http {
            return Ok(Box::new(tcp));
        }
        let tls = |error: &dyn std::fmt::Display| Trouble::new(Kind::Tls, error);
        let name = ServerName::try_from(host.to_owned()).map_err(|error| tls(&error))?;
        let config = client_config(self.ca.as_deref(), self.verify).map_err(|error| tls(&error))?;
        let stream = TlsConnector::from(std::sync::Arc::new(config)).connect(name, tcp).await;
        Ok(Box::new(stream.map_err(|error| tls(&error))?))
    }

    async fn get(&self) -> Result<Answer, Trouble> {
        let begun = Instant::now();
        let stream = self.dial().await?;
        let broken = |error: hyper::Error| broken(&error);
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        // Ends with this call, whether the other side likes it or not.
        let mut driver = JoinSet::new();
        driver.spawn(async move { connection.await.ok() });
        let response = sender.send_request(self.request()?).await.map_err(broken)?;
        let latency = begun.elapsed();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let title = if is_page(&headers) { title(&beginning(response).await) } else { None };
        Ok(Answer { status, server: shown(&headers, &SERVER), title, location: shown(&headers, &LOCATION), latency })
    }

    fn request(&self) -> Result<Request<Empty<Bytes>>, Trouble> {
        Request::get(format!("{}{}", self.upstream.prefix(), self.path))
            .header(HOST, &self.host)
            .header(http::header::USER_AGENT, AGENT)
            .header(ACCEPT, "text/html, */*;q=0.5")
            .header(ACCEPT_ENCODING, "identity")
            .header(CONNECTION, "close")
            .body(Empty::new())
            .map_err(|error| Trouble::new(Kind::Other, error))
    }
}

fn broken(error: &hyper::Error) -> Trouble {
    let text = error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
    let code = if error.is_parse() { Kind::BadAnswer } else { Kind::Closed };
    Trouble::new(code, text)
}

fn is_page(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).is_some_and(|kind| kind.contains("html"))
}

fn shown(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let text = String::from_utf8_lossy(headers.get(name)?.as_bytes()).into_owned();
    clean(&text)
}

/// On one line, and not long.
fn clean(text: &str) -> Option<String> {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    let text: String = words.join(" ").chars().take(MOST_SHOWN).collect();
    (!text.is_empty()).then_some(text)
}

/// As much as comes in time and fits.
async fn beginning(response: Response<Incoming>) -> Vec<u8> {
    let mut body = response.into_body();
    let mut read = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        if let Ok(data) = frame.into_data() {
            read.extend_from_slice(&data);
        }
        if read.len() >= MOST_BODY {
            break;
        }
    }
    read
}

fn title(page: &[u8]) -> Option<String> {
    let page = String::from_utf8_lossy(page);
    let lower = page.to_ascii_lowercase();
    let open = lower.find("<title")?;
    let start = open + lower.get(open..)?.find('>')? + 1;
    let end = start + lower.get(start..)?.find("</title")?;
    let text = page.get(start..end)?.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    clean(&text.replace("&#39;", "'").replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_of_a_page_is_one_line() {
        assert_eq!(title(b"<html><TITLE lang=en>\n Line 4 &amp; more\t</title>").unwrap(), "Line 4 & more");
        assert_eq!(title(b"<title></title>"), None);
        assert_eq!(title(b"<title>no end"), None);
    }

    #[tokio::test]
    async fn what_is_not_there_is_named() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        for (url, code) in [
            (format!("http://{free}"), Kind::Refused),
            ("unix:/nowhere/app.sock".to_owned(), Kind::Socket),
            ("http://no-such-host.invalid".to_owned(), Kind::UnknownName),
        ] {
            let trouble = Probe::new(url.parse().unwrap()).run().await.unwrap_err();
            assert_eq!(trouble.code, code, "{trouble}");
        }
    }

    #[tokio::test]
    async fn an_answer_is_told() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = axum::Router::new().fallback(async || axum::response::Html("<title>Line 4</title>"));
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        let answer = Probe::new(format!("http://{address}").parse().unwrap()).run().await.unwrap();
        assert_eq!((answer.status, answer.title.as_deref()), (200, Some("Line 4")));
        server.abort();
    }
}
