//! The shipped file documents every key, truthfully.

use std::path::Path;

use crate::domain::{App as Record, HostHeader};

use super::document::{self, Source};
use super::problem::Problems;
use super::raw::{
    Acme, ApiKey, App, Audit, CertificateFiles, Console, Limits, Listen, Log, Oidc, Raw, Smtp, TlsSettings,
};
use super::table::Table;
use super::{Config, read};

const SHIPPED: &str = include_str!("../../config/millgate.toml");

/// `#key = …` is an example; `# Prose` is not.
fn uncommented() -> String {
    let lines = SHIPPED.lines().map(|line| match line.strip_prefix('#') {
        Some(example) if !example.starts_with(' ') => example,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn resolved(text: &str) -> Result<Config, Problems> {
    let mut problems = Problems::default();
    let config = read(Path::new("millgate.toml"), text, &super::Sources::default(), &mut problems);
    config.filter(|_| problems == Problems::default()).ok_or(problems)
}

#[test]
fn it_is_valid_as_shipped() {
    assert!(resolved(SHIPPED).is_ok());
}

#[test]
fn every_example_is_valid_when_uncommented() {
    let text = uncommented();
    let source = Source::file(Path::new("millgate.toml"), &text);
    let mut problems = Problems::default();
    let table = document::parse(&text, &source, &mut problems);
    Raw::read(&table, &source, "", &mut problems);
    assert_eq!(problems, Problems::default());
}

#[test]
fn every_key_is_in_it() {
    let mentioned = |key: &str| {
        let named = |line: &str| {
            let line = line.trim_start_matches(['#', '[']);
            line.split([' ', ']']).next() == Some(key)
        };
        SHIPPED.lines().any(|line| !line.starts_with("# ") && named(line))
    };
    let sections = [
        Raw::KEYS,
        Log::KEYS,
        Limits::KEYS,
        Audit::KEYS,
        Listen::KEYS,
        Console::KEYS,
        App::KEYS,
        ApiKey::KEYS,
        Smtp::KEYS,
        TlsSettings::KEYS,
        Acme::KEYS,
        Oidc::KEYS,
    ];
    let missing: Vec<&str> = sections.concat().into_iter().filter(|key| !mentioned(key)).collect();
    assert_eq!(missing, Vec::<&str>::new());
    assert!(CertificateFiles::KEYS.iter().all(|key| SHIPPED.contains(&format!("{key} = \"{key}.pem\""))));
}

#[test]
fn the_defaults_that_it_tells_are_the_defaults() {
    let whole = uncommented();
    let start = whole.find("workers = ").unwrap();
    let end = whole.find("# ---- Where to listen").unwrap();
    let told = resolved(&whole[start..end]).unwrap();
    let silent = resolved("").unwrap();
    assert_eq!((told.workers, told.log, told.limits), (silent.workers, silent.log, silent.limits));
    assert_eq!(told.audit, silent.audit);
    assert_eq!(told.tls.min_version, silent.tls.min_version);
}

#[test]
fn the_defaults_of_an_app_that_it_tells_are_the_defaults() {
    // Examples, and what has no default.
    const UNTOLD: [&str; 13] = [
        "title",
        "master_password",
        "language",
        "identity_headers",
        "idle_limit",
        "absolute_limit",
        "upstream_ca_file",
        "tls",
        "sign_up_domains",
        "providers",
        "hosted_domain",
        // It would be told that it has no effect on one upstream.
        "balance",
        "health_path",
    ];
    let whole = uncommented();
    let app = &whole[whole.find("[[app]]").unwrap()..whole.find("# ---- An identity provider").unwrap()];
    let told = app.lines().filter(|line| !UNTOLD.iter().any(|key| line.starts_with(key)));
    let told = resolved(&told.collect::<Vec<_>>().join("\n")).unwrap().apps.remove(0);
    let silent =
        resolved("[[app]]\nname = 'hmi'\nurl = 'http://hmi.localhost:8080'\nupstream = 'http://127.0.0.1:1880'");
    let defaults = super::App {
        strip_prefix: Some(true),
        host_header: Some(HostHeader::Visitor),
        user_header: "X-User".parse().ok(),
        identity_token: Some(true),
        forwarded_header: Some(false),
        upstream_verify: Some(true),
        upstream_http2: Some(false),
        health_interval: Some(Record::DEFAULT_HEALTH_INTERVAL),
        connect_timeout: Some(Record::DEFAULT_CONNECT_TIMEOUT),
        response_timeout: Some(Record::DEFAULT_RESPONSE_TIMEOUT),
        approval: Some(false),
        name_question: Some(false),
        shared_sign_in: Some(true),
        ..silent.unwrap().apps.remove(0)
    };
    assert_eq!(told, defaults);
}
