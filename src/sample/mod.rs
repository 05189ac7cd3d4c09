//! The demo's sample upstream: an app that shows its visitor who it thinks they are, and keeps two streams open.
//!
//! It knows nothing of the gateway but what every app knows: the headers it is sent and `.millgate/` below its address.

mod page;
mod ticks;

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::response::Response;
use axum::routing::get;
use http::{HeaderMap, StatusCode, header};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Serves the app under `title` until `shutdown`, then ends its streams. `listener` is meant for loopback only: who
/// speaks to it directly is whoever they say.
pub async fn serve(
    listener: TcpListener,
    title: impl Into<String>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let stop = CancellationToken::new();
    let app = Arc::new(App { title: title.into(), stop: stop.clone() });
    let router = Router::new()
        .route("/", get(show))
        .route("/ticks/socket", get(socket))
        .route("/ticks/events", get(events))
        .with_state(app);
    let ended = async move {
        shutdown.await;
        stop.cancel();
    };
    axum::serve(listener, router).with_graceful_shutdown(ended).await
}

struct App {
    title: String,
    stop: CancellationToken,
}

async fn show(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    match page::render(&app.title, &headers) {
        Ok(html) => answer(StatusCode::OK, "text/html; charset=utf-8", html.into()),
        Err(error) => {
            tracing::error!(%error, "the sample page could not be rendered");
            answer(StatusCode::INTERNAL_SERVER_ERROR, "text/plain", "The page could not be made.".into())
        }
    }
}

async fn socket(State(app): State<Arc<App>>, upgrade: WebSocketUpgrade) -> Response {
    let stop = app.stop.clone();
    upgrade.on_upgrade(move |socket| ticks::send(socket, stop))
}

async fn events(State(app): State<Arc<App>>) -> Response {
    answer(StatusCode::OK, "text/event-stream", Body::new(ticks::Events::new(app.stop.clone())))
}

fn answer(status: StatusCode, kind: &'static str, body: Body) -> Response {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, http::HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
    answer
}

#[cfg(test)]
mod tests;
