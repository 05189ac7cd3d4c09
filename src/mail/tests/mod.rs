//! Mail against servers that take it, refuse it, stall, lie and babble.

mod delivery;
mod encryption;
mod letters;
mod login;
mod server;
mod trouble;

use std::sync::OnceLock;
use std::time::Duration;

use crate::domain::{Clock, Email, Language, Timestamp};

use super::compose::{self, Composed, Occasion};
use super::{Config, Dialogue, MailError, Mailer, Security};

use server::Server;

/// 4 March 2026, 09:05 UTC.
const NOW: i64 = 1_772_615_100_000;

fn mailer(config: Config) -> Mailer {
    let clock = Clock::from_fn(|| Timestamp::from_millis(NOW));
    // Long enough for a loaded machine, short enough to wait for a server that never answers.
    Mailer { config, clock, limit: Duration::from_secs(20), tls: OnceLock::new() }
}

fn hasty(config: Config) -> Mailer {
    Mailer { limit: Duration::from_millis(300), ..mailer(config) }
}

fn config(server: &Server) -> Config {
    Config {
        host: "localhost".into(),
        port: server.port,
        security: Security::StartTls,
        login: None,
        from: "Millgate <gate@plant.example>".parse().unwrap(),
        ca: None,
    }
}

fn letter() -> Composed {
    compose::invite(&occasion("Line 4", Language::En))
}

fn occasion(app_title: &str, language: Language) -> Occasion<'_> {
    let link = "https://hmi.example:8443/line-4/.millgate/invite/abc-def_123";
    Occasion { app_title, link, expires_at: Timestamp::from_millis(NOW + 14 * 86_400_000), language }
}

fn anna() -> Email {
    "anna@example.com".parse().unwrap()
}

async fn send(server: &Server) -> Result<(), MailError> {
    mailer(config(server)).send(&anna(), &letter()).await
}

async fn rehearse(server: &Server) -> Dialogue {
    let mut dialogue = mailer(config(server)).rehearse(&anna(), &letter()).await;
    for line in &mut dialogue.lines {
        // The machine's name, and sizes that depend on random boundaries.
        if line.starts_with("C: EHLO ") {
            "C: EHLO …".clone_into(line);
        }
    }
    dialogue
}
