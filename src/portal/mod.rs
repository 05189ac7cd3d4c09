//! Control plane HTTP: pages for visitors, the API for programs.

pub mod api;
mod audit;
mod console;
mod guard;
mod pages;
mod qr;
mod revision;
mod right;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::Map;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tower::util::ServiceExt;

use crate::desk::{Actor, Desk, Who, acting};
use crate::domain::AppId;
use crate::handoff::{Ask, Place, Visit};
use crate::policy::without_code;
use crate::tls::Root;

use pages::{Answer, Pages, problem};

/// The longest that a visitor waits for an answer's head: past this, a browser's patience is worth more than the work.
const TIME_LIMIT: Duration = Duration::from_secs(20);
/// Asks at work together. Each costs little while it waits for a password hash or the ledger; more are kept in the
/// queue of the data plane, which turns visitors away when it is full.
const AT_WORK: usize = 1024;

/// The root that devices are to trust; `None` while the gateway has no authority of its own.
pub type RootSource = Arc<dyn Fn() -> Option<Arc<Root>> + Send + Sync>;

/// Answers what the data plane hands over; ends when that has gone.
pub async fn serve(
    mut asks: mpsc::Receiver<Ask>,
    desk: Arc<Desk>,
    (api, keys): (Router, Arc<api::ApiKeys>),
    jwks: serde_json::Value,
    root: RootSource,
) {
    let console = console::Entrance::new(Arc::clone(&desk), keys);
    let portal = Arc::new(Portal { pages: Pages::new(desk, &jwks), console, api, root });
    let hands = Arc::new(Semaphore::new(AT_WORK));
    while let Ok(hand) = Arc::clone(&hands).acquire_owned().await {
        let Some(ask) = asks.recv().await else { return };
        tokio::spawn(attend(Arc::clone(&portal), ask, hand));
    }
}

/// One ask from its beginning to its answer, whatever happens in between.
async fn attend(portal: Arc<Portal>, ask: Ask, _hand: OwnedSemaphorePermit) {
    let Ask { request, visit, reply } = ask;
    let path = without_code(request.uri().path()).to_owned();
    // What a visitor does is done in their own name; what a member or a program does, the API says.
    let actor = Actor { who: Who::Visitor, ip: Some(visit.ip) };
    let mut work = tokio::spawn(acting::with(actor, async move { portal.answer(request, visit).await }));
    let answer = match tokio::time::timeout(TIME_LIMIT, &mut work).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(failure)) => {
            tracing::error!(path, %failure, "an answer could not be made");
            problem(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error", Map::new())
        }
        Err(_) => {
            work.abort();
            tracing::warn!(path, "an answer took too long");
            problem(StatusCode::SERVICE_UNAVAILABLE, "overloaded", "Too busy right now", Map::new())
        }
    };
    // The visitor may have gone in the meantime.
    let _ = reply.send(answer);
}

struct Portal {
    pages: Pages,
    console: console::Entrance,
    api: Router,
    root: RootSource,
}

impl Portal {
    async fn answer(&self, request: Request<Bytes>, visit: Visit) -> Answer {
        let is_head = request.method() == Method::HEAD;
        let answer = match visit.place {
            Place::Console if is_api(request.uri().path()) => self.api(request, visit).await,
            // Providers send everybody back to one address, whichever app they came from.
            Place::Console | Place::App(AppId::CONSOLE) if pages::is_callback(request.uri().path()) => {
                self.pages.callback(&request, &visit).await
            }
            Place::Console => self.console.answer(request, visit).await,
            Place::Trust => pages::trust((self.root)(), &request, &visit),
            Place::App(app) => self.pages.reserved(app, request, visit).await,
            Place::Notice(app, notice) => self.pages.notice(app, notice, request, visit),
        };
        if is_head { pages::without_body(answer) } else { answer }
    }

    async fn api(&self, request: Request<Bytes>, visit: Visit) -> Answer {
        let mut request = request.map(Body::from);
        // Handlers take it as `Extension<Visit>`.
        request.extensions_mut().insert(visit);
        match self.api.clone().oneshot(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        }
    }
}

fn is_api(path: &str) -> bool {
    path.strip_prefix("/api/v1").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// For `Retry-After`: rounded up, because who comes back a moment early only waits again.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX).max(1)
}

#[cfg(test)]
mod tests;
