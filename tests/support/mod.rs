//! The cast of every test. Read `gate` first, then `visitor` and `recorder`.

pub mod api;
pub mod app;
pub mod browser;
pub mod clock;
pub mod connection;
pub mod events;
pub mod forms;
pub mod frames;
pub mod gate;
pub mod http2;
pub mod member;
pub mod mime;
pub mod page;
pub mod pebble;
pub mod process;
#[allow(dead_code, reason = "the unit tests of federation use it as well, and not all of it is needed in both")]
pub mod provider;
pub mod proxy;
pub mod qr;
pub mod raw;
pub mod recorder;
pub mod response;
pub mod scripts;
pub mod smtp;
pub mod stage;
pub mod tls;
pub mod visitor;
pub mod wait;
pub mod websocket;

pub use api::Api;
pub use app::{App, MASTER, Mode, Site};
pub use browser::{Arrival, Browser};
pub use clock::Clock;
pub use events::Events;
pub use gate::Gate;
pub use http2::over_http2;
pub use member::{Member, OWNER};
pub use provider::{Identity, Provider};
pub use raw::RawClient;
pub use recorder::Recorder;
pub use response::Response;
pub use smtp::SmtpSink;
pub use visitor::{PASSWORD, Request, Style, Visitor};
pub use wait::{DEADLINE, eventually};
pub use websocket::Socket;
