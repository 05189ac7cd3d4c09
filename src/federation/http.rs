//! A client for strangers: one call, one connection, no redirects, no proxies, and bounds on everything.

use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONNECTION, HOST, HeaderValue, USER_AGENT};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::task::JoinSet;
use url::Url;

use super::dial;
use super::error::{Trouble, Unreachable};

const AGENT: &str = concat!("millgate/", env!("CARGO_PKG_VERSION"));
/// Google sends about thirty headers.
const MOST_HEADERS: usize = 100;
const MOST_HEAD: usize = 32 * 1024;
const BUFFER: usize = 64 * 1024;

pub struct Client {
    ca: Option<String>,
    patience: Duration,
    /// Made when first needed: reading the system's authorities costs milliseconds.
    tls: OnceLock<Arc<ClientConfig>>,
}

impl Client {
    /// `ca`: PEM of authorities to believe beside the system's.
    pub fn new(ca: Option<String>, patience: Duration) -> Self {
        Self { ca, patience, tls: OnceLock::new() }
    }

    /// A JSON document.
    pub(super) async fn document(&self, url: &Url) -> Result<Vec<u8>, Trouble> {
        self.get(Request::get(url.as_str())).await
    }

    /// A JSON document for whoever bears this token (RFC 6750 section 2.1).
    pub(super) async fn document_for(&self, url: &Url, token: &str) -> Result<Vec<u8>, Trouble> {
        let mut bearer = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_| Trouble::bad_answer("its access token fits no header"))?;
        bearer.set_sensitive(true);
        self.get(Request::get(url.as_str()).header(http::header::AUTHORIZATION, bearer)).await
    }

    async fn get(&self, request: http::request::Builder) -> Result<Vec<u8>, Trouble> {
        let request = request
            .header(ACCEPT, "application/json")
            .body(Vec::new())
            .map_err(|error| Trouble::bad_answer(format_args!("an address of its own is none: {error}")))?;
        let path = request.uri().path().to_owned();
        let response = self.call(request).await?;
        match response.status() {
            StatusCode::OK => Ok(response.into_body()),
            status => Err(Trouble::bad_answer(format_args!("{path} answers {status}"))),
        }
    }

    /// Any answer, whole; whatever the other side does, in time.
    pub async fn call(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Trouble> {
        let late = |_| Trouble::new(Unreachable::TimedOut, format_args!("no whole answer within {:?}", self.patience));
        tokio::time::timeout(self.patience, self.exchange(request)).await.map_err(late)?
    }

    async fn exchange(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Trouble> {
        let stream = dial::connect(request.uri(), || self.tls()).await?;
        let broken = |error: hyper::Error| Trouble::bad_answer(whole(&error));
        let mut builder = http1::Builder::new();
        builder.max_headers(MOST_HEADERS).max_header_size(MOST_HEAD).max_buf_size(BUFFER);
        let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(broken)?;
        // Ends with this call, whether the other side likes it or not.
        let mut driver = JoinSet::new();
        driver.spawn(async move { connection.await.ok() });
        let response = sender.send_request(in_origin_form(request)?).await.map_err(broken)?;
        let (head, body) = response.into_parts();
        // The stream itself ends what is too long.
        let body = body.collect().await.map_err(broken)?.to_bytes();
        Ok(Response::from_parts(head, body.to_vec()))
    }

    fn tls(&self) -> Result<Arc<ClientConfig>, Trouble> {
        if let Some(config) = self.tls.get() {
            return Ok(Arc::clone(config));
        }
        let config = dial::tls_config(self.ca.as_deref())?;
        Ok(Arc::clone(self.tls.get_or_init(|| config)))
    }
}

/// RFC 9112 section 3.2.1, with the host in its header.
fn in_origin_form(request: Request<Vec<u8>>) -> Result<Request<Full<Bytes>>, Trouble> {
    let unfit = |error: &dyn std::fmt::Display| Trouble::bad_answer(format_args!("its address is none: {error}"));
    let (mut head, body) = request.into_parts();
    let authority = head.uri.authority().map_or("", |authority| authority.as_str());
    let host = HeaderValue::from_str(authority).map_err(|error| unfit(&error))?;
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    head.uri = path.parse::<Uri>().map_err(|error| unfit(&error))?;
    head.headers.insert(HOST, host);
    head.headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    head.headers.insert(CONNECTION, HeaderValue::from_static("close"));
    Ok(Request::from_parts(head, Full::new(Bytes::from(body))))
}

/// hyper's errors say what, their sources say why.
fn whole(error: &hyper::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
