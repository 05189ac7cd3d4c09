//! Where the data plane hands a visitor over to the control plane: reserved paths, the console, pages.

use std::net::IpAddr;

use axum::body::Body;
use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use crate::domain::{AppId, DeviceId, SessionId};
use crate::policy::{Challenge, Refusal};

/// Visitors that wait for the control plane; more than this means that it is overrun, and 503 is the honest answer.
const QUEUE: usize = 1024;

/// A request that the gateway answers itself.
#[derive(Debug)]
pub struct Ask {
    /// With an absolute path as received (the app's prefix included) and a body that was read whole.
    pub request: http::Request<Bytes>,
    pub visit: Visit,
    /// Dropped unanswered, it means 503.
    pub reply: oneshot::Sender<http::Response<Body>>,
}

/// What the data plane knows about the visit.
#[derive(Debug, Clone)]
pub struct Visit {
    pub place: Place,
    /// The visitor's own address, after trusted proxies.
    pub ip: IpAddr,
    /// Whether the visitor's side is HTTPS.
    pub secure: bool,
    /// `Host` as the visitor wrote it, with port: what links and `Origin` are compared with.
    pub host: String,
    /// A page for a person, or an answer for a program (RFC 9457).
    pub wants_page: bool,
    /// The session of the cookie: a live one, or that of a verified device which is not recorded yet.
    pub session: Option<SessionId>,
    /// The device of that session, or of a verified cookie that is not recorded yet, or a new one.
    pub device: DeviceId,
    /// A cookie of ours came that no gateway can use: worth clearing.
    pub stale_cookie: bool,
    /// Whether any gateway cookie for this place came back: tells blocked cookies from dead sessions.
    pub cookie_came: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Console,
    /// How to trust the gateway's own authority: the same on every host.
    Trust,
    /// A reserved path of an app.
    App(AppId),
    /// A page instead of the app: the request's own path is the app's.
    Notice(AppId, Notice),
}

/// Why a visitor sees a page of the gateway in the app's stead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// A form was posted without the proof: never turned into a GET, so a page with a link.
    Challenged(Challenge),
    Refused(Refusal),
    /// The upstream refused the connection or answered wrongly: 502.
    BadGateway,
    /// The upstream did not answer in time: 504.
    GatewayTimeout,
    /// A limit of the gateway is reached: 503.
    Overloaded,
}

pub fn channel() -> (Counter, mpsc::Receiver<Ask>) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    (Counter(sender), receiver)
}

/// The data plane's end.
#[derive(Debug, Clone)]
pub struct Counter(mpsc::Sender<Ask>);

impl Counter {
    /// Waits for the control plane's answer; `None` when it is overrun or gone.
    pub async fn ask(&self, request: http::Request<Bytes>, visit: Visit) -> Option<http::Response<Body>> {
        let (reply, answer) = oneshot::channel();
        self.0.try_send(Ask { request, visit, reply }).ok()?;
        answer.await.ok()
    }
}
