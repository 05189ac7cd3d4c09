//! The metrics' own listener: plain HTTP, for Prometheus and for operators on the same machine.

mod page;
mod process;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinHandle, JoinSet};

use crate::desk::Desk;
use crate::edge::Shared;
use crate::ledger::Ledger;
use crate::observe;
use crate::upstreams;

/// Scrapers are few: of more connections, the oldest one ends.
const CONNECTIONS: usize = 16;
/// Between two questions on one connection.
const IDLE: Duration = Duration::from_secs(10);

/// What the numbers are read from.
struct Source {
    shared: Shared,
    desk: Arc<Desk>,
    ledger: Ledger,
}

/// Answers on its socket.
pub(super) fn serve(socket: TcpListener, shared: &Shared, desk: &Arc<Desk>, ledger: &Ledger) -> JoinHandle<()> {
    let source = Source { shared: shared.clone(), desk: Arc::clone(desk), ledger: ledger.clone() };
    tokio::spawn(accept(socket, Arc::new(source)))
}

async fn accept(socket: TcpListener, source: Arc<Source>) {
    // They end with this task: what they hold keeps the store open.
    let mut open = JoinSet::new();
    let mut places: VecDeque<AbortHandle> = VecDeque::with_capacity(CONNECTIONS);
    loop {
        let Ok((stream, _)) = socket.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        while open.try_join_next().is_some() {}
        places.retain(|place| !place.is_finished());
        if places.len() == CONNECTIONS
            && let Some(oldest) = places.pop_front()
        {
            oldest.abort();
        }
        let source = Arc::clone(&source);
        places.push_back(open.spawn(async move {
            let service = service_fn(|request| answer(request, &source));
            let mut http = http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(IDLE).max_buf_size(16 * 1024);
            // Who breaks off has got what it wanted.
            let _ = http.serve_connection(TokioIo::new(stream), service).await;
        }));
    }
}

async fn answer(request: Request<Incoming>, source: &Source) -> Result<Response<Full<Bytes>>, Infallible> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(said(StatusCode::METHOD_NOT_ALLOWED, "text/plain", "GET only\n".to_owned()));
    }
    Ok(match request.uri().path() {
        "/metrics" => said(StatusCode::OK, observe::CONTENT_TYPE, page::page(source).await),
        "/readyz" => {
            let is_ready = (source.shared.healthy)();
            let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            let report = upstreams::report(&source.shared.health, &source.shared.directory.snapshot(), is_ready);
            said(status, "application/json", format!("{report}\n"))
        }
        _ => said(StatusCode::NOT_FOUND, "text/plain", "/metrics or /readyz\n".to_owned()),
    })
}

fn said(status: StatusCode, kind: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static(kind));
    response
}
