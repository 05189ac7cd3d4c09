//! What people are told when something is wrong.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::mail::Security;

use super::{Config, Loaded, Problems, Sources, load, read};

fn told(problems: &Problems) -> String {
    let errors = problems.errors.iter().map(|problem| format!("error: {problem}\n"));
    let warnings = problems.warnings.iter().map(|problem| format!("warning: {problem}\n"));
    errors.chain(warnings).collect()
}

fn judged(text: &str, variables: &[(&str, &str)]) -> (Option<Config>, String) {
    let variables = variables.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let mut problems = Problems::default();
    let config = read(Path::new("gate.toml"), text, &Sources { variables, ..Sources::default() }, &mut problems);
    problems.sort();
    (config, told(&problems))
}

fn complaint(text: &str) -> String {
    judged(text, &[]).1
}

#[test]
fn nothing_written_means_defaults() {
    let (config, complaint) = judged("", &[]);
    let config = config.unwrap();
    assert_eq!(complaint, "");
    assert_eq!(config.console.to_string(), "http://localhost:8080");
    assert_eq!(config.listeners.len(), 1);
    assert_eq!(config.data_dir, Path::new("data"));
}

#[test]
fn all_mistakes_are_told_at_once_each_with_its_place_and_remedy() {
    let text = r#"
data-dir = "x"
workers = "four"
[log]
levle = "info"
format = "JSON"
[limits]
head_timeout = 10
head_bytes = "1KiB"
[[listen]]
address = "localhost"
tls = "acme"
[[app]]
name = "HMI 1"
url = "hmi.localhost"
acces = "public"
upstream = "http://127.0.0.1:1880"
[[app]]
name = "b"
access = "invite"
identity_headers = ["remote-usr"]
"#;
    insta::assert_snapshot!(complaint(text), @r#"
    error: gate.toml:2: data-dir: unknown key; did you mean `data_dir`?
    error: gate.toml:3: workers: expected a whole number from 0 to 4294967295, found "four"
    error: gate.toml:5: log.levle: unknown key; did you mean `level`?
    error: gate.toml:6: log.format: "JSON" is no log format: use one of text, json; did you mean `json`?
    error: gate.toml:8: limits.head_timeout: expected a duration in quotes, such as "30s", found an integer
    error: gate.toml:9: limits.head_bytes: 1024 bytes do not fit a request's head; use "4KiB" to "1MiB" (default "64KiB")
    error: gate.toml:11: listen.address: "localhost" is no address to listen on: write an IP address and a port, such as "0.0.0.0:8080" or "[::]:8080"
    error: gate.toml:12: listen.tls: "acme" needs a table [acme] with terms_accepted = true, which says that you agree to the terms of the certificate authority (Let's Encrypt, unless acme.directory names another)
    error: gate.toml:14: app.name: "HMI 1" cannot be used: use 1 to 40 lower-case letters, digits and hyphens, with a letter or digit at both ends
    error: gate.toml:15: app.url: "hmi.localhost" cannot be used: write it like http://hmi.localhost:8080 or https://edge-01/hmi
    error: gate.toml:16: app.acces: unknown key; did you mean `access`?
    error: gate.toml:18: app: the key `url` is missing; add url = "http://hmi.localhost:8080"
    error: gate.toml:18: app: the key `upstream` is missing; add upstream = "http://127.0.0.1:1880"
    error: gate.toml:20: app.access: "invite" is no access mode: use one of public, master-password, signup, signup-and-master-password, invite-only; did you mean `invite-only`?
    error: gate.toml:21: app.identity_headers: "remote-usr" is no preset of identity headers: use one of remote-user, x-forwarded-user, x-webauth-user; did you mean `remote-user`?
    "#);
}

#[test]
fn what_does_not_go_together_is_told() {
    let text = r#"
[console]
url = "http://localhost:8080"
[[listen]]
address = "0.0.0.0:8080"
[[listen]]
address = "127.0.0.1:8080"
[[app]]
name = "a"
url = "http://a.localhost:8080"
upstream = "http://127.0.0.1:8080"
access = "master-password"
[[app]]
name = "a"
url = "http://A.localhost:8080/"
upstream = "http://127.0.0.1:1880"
master_password = "x"
master_password_file = "y"
[[app]]
name = "c"
url = "http://localhost:8080"
upstream = "http://127.0.0.1:1880"
[[app]]
name = "d"
url = "http://localhost:8080/api/v1"
upstream = "http://127.0.0.1:1880"
[[api_key]]
name = "k"
scope = "app:hmi"
secret = "short"
"#;
    insta::assert_snapshot!(complaint(text), @r#"
    error: gate.toml:7: listen.address: 127.0.0.1:8080 and 0.0.0.0:8080 cannot both be listened on; keep one of them
    error: gate.toml:11: app.upstream: port 8080 of this machine is where the gateway itself listens; write where the app runs
    error: gate.toml:12: app.access: "master-password" needs a master password; add master_password_file = "…" or master_password = "…"
    error: gate.toml:14: app.name: two apps of the workspace "default" are called "a"; rename one
    error: gate.toml:15: app.url: the apps "a" and "a" have the same address http://a.localhost:8080; give one another host, port or path
    error: gate.toml:18: app.master_password_file: both master_password and master_password_file are given; keep one of them
    error: gate.toml:21: app.url: http://localhost:8080 is the console's address; give the app another host or port, or a path such as http://localhost:8080/c
    error: gate.toml:25: app.url: /api/v1 on the console's address belongs to the gateway; give the app another path
    error: gate.toml:29: api_key.scope: "app:hmi" cannot be used: write "account", "workspace:default" or "app:default/hmi"
    error: gate.toml:30: api_key.secret: the secret has fewer than 16 characters; make one with: echo mg_$(openssl rand -hex 24)
    "#);
}

#[test]
fn text_that_is_no_toml_is_told_and_nothing_else() {
    insta::assert_snapshot!(complaint("[[app]]\nname = hmi\n[log\n"), @r#"
    error: gate.toml:2: this is not TOML: string values must be quoted, expected literal string
    error: gate.toml:3: this is not TOML: unclosed table, expected `]`
    "#);
}

#[test]
fn a_variable_overrides_a_key_and_an_unknown_one_is_pointed_out() {
    let variables = [
        ("MILLGATE_LOG_LEVEL", "debug"),
        ("MILLGATE_WORKERS", "3"),
        ("MILLGATE_LISTEN", "127.0.0.1:1, 127.0.0.1:2"),
        ("MILLGATE_LOG_ACCESS", "true"),
        ("MILLGATE_LOG_LEVLE", "x"),
        ("HOME", "/"),
    ];
    let (config, complaint) = judged("[log]\nlevel = \"warn\"\nformat = \"json\"", &variables);
    let config = config.unwrap();
    insta::assert_snapshot!(complaint, @"warning: environment variable MILLGATE_LOG_LEVLE: no key has this name, so it has no effect; did you mean MILLGATE_LOG_LEVEL?");
    assert_eq!(
        (config.log.level.as_str(), config.log.format.as_str(), config.log.access.as_str()),
        ("debug", "json", "event")
    );
    assert_eq!(config.workers.get(), 3);
    assert_eq!(config.listeners.len(), 2);
}

#[test]
fn a_wrong_variable_is_named() {
    let (config, complaint) = judged("", &[("MILLGATE_LIMITS_HEAD_TIMEOUT", "10"), ("MILLGATE_LISTEN", "x")]);
    assert!(config.is_none());
    insta::assert_snapshot!(complaint, @r#"
    error: environment variable MILLGATE_LIMITS_HEAD_TIMEOUT: limits.head_timeout: "10" is no duration: write it such as "500ms", "30s", "5m", "12h" or "90d"
    error: environment variable MILLGATE_LISTEN: listen.address: "x" is no address to listen on: write an IP address and a port, such as "0.0.0.0:8080" or "[::]:8080"
    "#);
}

#[test]
fn files_are_found_beside_the_configuration_and_secrets_are_guarded() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gate.toml");
    let secret = folder.path().join("pass");
    fs::write(&secret, "open sesame\n").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    let text = "data_dir = 'd'\n[[app]]\nname = 'a'\nurl = 'http://a.localhost'\nupstream = 'http://127.0.0.1:1'\n\
                access = 'master-password'\nmaster_password_file = 'pass'\n";
    fs::write(&file, text).unwrap();
    let sources = Sources { file: Some(file), ..Sources::default() };
    let Loaded { config, warnings, .. } = load(&sources).unwrap();
    assert_eq!(warnings, []);
    assert_eq!(config.data_dir, folder.path().join("d"));
    assert_eq!(config.apps[0].master_password.as_ref().unwrap().reveal(), "open sesame");

    fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).unwrap();
    let warning = load(&sources).unwrap().warnings[0].to_string();
    let warning = warning.replace(&folder.path().display().to_string(), "DIR");
    insta::assert_snapshot!(warning, @"DIR/gate.toml:7: app.master_password_file: others can read the secret in DIR/pass (mode 644); run chmod 600 DIR/pass");

    fs::remove_file(&secret).unwrap();
    let error = told(&load(&sources).unwrap_err()).replace(&folder.path().display().to_string(), "DIR");
    insta::assert_snapshot!(error, @"error: DIR/gate.toml:7: app.master_password_file: there is no file DIR/pass; relative paths begin at the configuration file's folder");
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let sources = Sources { file: Some("/nowhere/gate.toml".into()), ..Sources::default() };
    insta::assert_snapshot!(told(&load(&sources).unwrap_err()), @"error: /nowhere/gate.toml: there is no such file; check --config, or leave it out to run with defaults");
}

#[test]
fn no_secret_is_shown() {
    let text = "[[api_key]]\nname='k'\nscope='account'\nsecret='mg_0123456789abcdef'\n";
    let shown = format!("{:?}", judged(text, &[]).0.unwrap());
    assert!(!shown.contains("0123456789abcdef"), "{shown}");
}

fn smtp(table: &str) -> String {
    complaint(&format!("[smtp]\n{table}"))
}

#[test]
fn what_is_wrong_with_mail_is_told_without_repeating_a_password() {
    insta::assert_snapshot!(smtp(""), @r#"
    error: gate.toml:1: smtp: the key `url` is missing; add url = "smtps://user@mail.example.com"
    error: gate.toml:1: smtp: the key `from` is missing; add from = "Millgate <gate@example.com>"
    "#);
    insta::assert_snapshot!(smtp("url = 'smtps://gate:hunter2@mail.example.com'\nfrom = 'gate'"), @r#"
    error: gate.toml:2: smtp.url: the password does not belong into the URL; take it out and add password_file = "…"
    error: gate.toml:3: smtp.from: "gate" cannot be used: write it like "Millgate <gate@plant.example>"
    "#);
    insta::assert_snapshot!(smtp("url = 'http://gate:hunter2@mail.example.com'\nfrom = 'g@example.com'"), @r#"error: gate.toml:2: smtp.url: the password does not belong into the URL; take it out and add password_file = "…""#);
    insta::assert_snapshot!(smtp("url = 'mail.example.com:465'\nfrom = 'g@example.com'"), @"error: gate.toml:2: smtp.url: this is no mail server's URL: write smtps://user@mail.example.com (TLS, port 465) or smtp://user@mail.example.com (STARTTLS, port 587); in the user, write @ as %40");
    insta::assert_snapshot!(smtp("url = 'smtps://gate@mail.example.com'\nfrom = 'g@example.com'"), @r#"error: gate.toml:2: smtp.url: the user has no password; add password_file = "…", or take the user out of the URL"#);
    insta::assert_snapshot!(smtp("url = 'smtp://localhost'\nfrom = 'g@example.com'\npassword = 'hunter2'"), @"error: gate.toml:4: smtp.password: the password has no user; write it into the URL: smtps://user@…");
    insta::assert_snapshot!(
        smtp("url = 'smtp://a@localhost'\nfrom = 'g@example.com'\npassword = 'x'\npassword_file = 'y'"),
        @"error: gate.toml:5: smtp.password_file: both password and password_file are given; keep one of them"
    );
    insta::assert_snapshot!(smtp("url = 'smtp://localhost'\nform = 'g@example.com'\nca_file = 'no.pem'"), @r#"
    error: gate.toml:1: smtp: the key `from` is missing; add from = "Millgate <gate@example.com>"
    error: gate.toml:3: smtp.form: unknown key; did you mean `from`?
    error: gate.toml:4: smtp.ca_file: there is no file no.pem; relative paths begin at the configuration file's folder
    "#);
}

#[test]
fn a_mail_server_is_read_whole() {
    let text = "[smtp]\nurl = 'smtp://gate%40plant.example@[::1]:2525'\npassword = 'hunter2'\n\
                from = '\"Gate, Plant 4\" <Gate@Plänt.example>'\n";
    let (config, complaint) = judged(text, &[]);
    assert_eq!(complaint, "");
    let smtp = config.unwrap().smtp.unwrap();
    assert_eq!((smtp.host.as_str(), smtp.port, smtp.security), ("::1", 2525, Security::StartTls));
    assert_eq!(smtp.from.name.as_deref(), Some("Gate, Plant 4"));
    assert_eq!(smtp.from.email.as_str(), "gate@xn--plnt-moa.example");
    let login = smtp.login.as_ref().unwrap();
    assert_eq!((login.user.as_str(), login.password.as_str()), ("gate@plant.example", "hunter2"));
    assert!(!format!("{smtp:?}").contains("hunter2"));
}

#[test]
fn mail_can_be_set_by_variables_alone() {
    let variables = [
        ("MILLGATE_SMTP_URL", "smtps://gate@mail.example.com"),
        ("MILLGATE_SMTP_PASSWORD", "hunter2"),
        ("MILLGATE_SMTP_FROM", "gate@example.com"),
    ];
    let (config, complaint) = judged("", &variables);
    assert_eq!(complaint, "");
    let smtp = config.unwrap().smtp.unwrap();
    assert_eq!((smtp.host.as_str(), smtp.port, smtp.security), ("mail.example.com", 465, Security::Implicit));
    assert!(judged("", &[]).0.unwrap().smtp.is_none());
}

const PROVIDER: &str = "[[oidc]]\nid = 'google'\nclient_id = 'me'\nclient_secret = 'GOCSPX-very-secret'\n";

#[test]
fn google_needs_an_id_and_a_secret_only() {
    let (config, complaint) = judged(PROVIDER, &[]);
    let config = config.unwrap();
    assert_eq!(complaint, "");
    let google = &config.oidc[0];
    assert_eq!((google.issuer.as_str(), &*google.title), ("https://accounts.google.com", "Google"));
    assert_eq!(google.scopes, ["openid", "email", "profile"]);
    assert!(!format!("{config:?}").contains("very-secret"));
    let other = "[[oidc]]\nid='plant'\nissuer='http://localhost:1/a'\nclient_id='a'\nclient_secret='b'\n";
    let config = judged(&format!("{PROVIDER}{other}"), &[]).0.unwrap();
    assert_eq!((config.oidc[1].issuer.as_str(), &*config.oidc[1].title), ("http://localhost:1/a", "plant"));
}

#[test]
fn what_is_wrong_with_a_provider_is_told() {
    let text = r#"
[console]
url = "http://10.0.0.5:8080"
[[oidc]]
id = "Google"
issuer = "http://id.example"
client_id = "a b"
client_secret = "x"
client_secret_file = "y"
[[oidc]]
title = " "
scopes = ["email profile"]
[[oidc]]
id = "google"
client_id = "a"
client_secret = "b"
[[oidc]]
id = "google"
client_id = "a"
client_secret_file = "nowhere"
[[oidc]]
id = "google"
issuer = "https://id.example/?x"
client_id = "a"
client_secret = ""
[[oidc]]
id = "google"
issuer = "https://id.example"
client_id = "a"
client_secret = "b"
ca_file = "nowhere"
[[oidc]]
id = "google"
issuer = "https://id.example"
client_id = "a"
client_secret = "b"
"#;
    insta::assert_snapshot!(complaint(text), @r#"
    error: gate.toml:5: oidc.id: "Google" cannot be used: use 1 to 40 lower-case letters, digits and hyphens, with a letter or digit at both ends
    error: gate.toml:6: oidc.issuer: "http://id.example" cannot be used: it must begin with https:// (http:// is for this machine only)
    error: gate.toml:7: oidc.client_id: this is no client id; copy it from the provider without spaces
    error: gate.toml:9: oidc.client_secret_file: both client_secret and client_secret_file are given; keep one of them
    error: gate.toml:10: oidc: the client secret is missing; add client_secret_file = "…" or client_secret = "…"
    error: gate.toml:10: oidc: the key `id` is missing; add id = "google"
    error: gate.toml:10: oidc: the key `issuer` is missing; add issuer = "https://id.plant.example"
    error: gate.toml:10: oidc: the key `client_id` is missing; add client_id = "…", as the provider gave it
    error: gate.toml:11: oidc.title: the title is empty; write what people know the provider by, or leave it out
    error: gate.toml:12: oidc.scopes: "email profile" is no scope; write each one by itself
    error: gate.toml:12: oidc.scopes: "openid" is missing; without it the provider does not say who signs in
    error: gate.toml:20: oidc.client_secret_file: there is no file nowhere; relative paths begin at the configuration file's folder
    error: gate.toml:23: oidc.issuer: "https://id.example/?x" cannot be used: leave out user name, password, and everything from `?` or `#` on
    error: gate.toml:25: oidc.client_secret: the secret is empty
    error: gate.toml:31: oidc.ca_file: there is no file nowhere; relative paths begin at the configuration file's folder
    error: gate.toml:33: oidc.id: two identity providers have the id "google"; rename one
    warning: gate.toml:3: console.url: Google sends people back to https:// addresses only, and http://10.0.0.5:8080 is none; use https
    "#);
}

#[test]
fn an_app_names_providers_that_are_there_and_domains_that_can_be() {
    let app = "[[app]]\nname = 'a'\nurl = 'http://a.localhost:8080'\nupstream = 'http://127.0.0.1:1'\n";
    let wrong = "providers = ['gogle', 'plant', 'google']\nsign_up_domains = ['plant.example', '@plant.example', 'PLANT.example']\nhosted_domain = 'a b'\napproval = 'yes'\n";
    insta::assert_snapshot!(complaint(&format!("{app}{wrong}{PROVIDER}")), @r#"
    error: gate.toml:5: app.providers: no [[oidc]] of this file has the id "gogle"; did you mean "google"?
    error: gate.toml:5: app.providers: no [[oidc]] of this file has the id "plant"; use one of google, or add it
    error: gate.toml:6: app.sign_up_domains: "@plant.example" cannot be used: not a domain; write what follows the @ of an address, such as plant.example
    error: gate.toml:7: app.hosted_domain: "a b" cannot be used: not a domain; write what follows the @ of an address, such as plant.example
    error: gate.toml:8: app.approval: expected true or false without quotes, found "yes"
    warning: gate.toml:6: app.sign_up_domains: this domain is named twice
    "#);
    insta::assert_snapshot!(complaint(&format!("{app}providers = ['google']")), @r#"error: gate.toml:5: app.providers: no [[oidc]] of this file has the id "google"; add an [[oidc]] with id = "google", or take it out"#);
    let right = "providers = []\nsign_up_domains = ['Müller.example', 'plant.example', 'Plant.example']\nhosted_domain = 'Plant.example'\nshared_sign_in = false\nname_question = true\napproval = true\n";
    let (config, complaint) = judged(&format!("{app}{right}"), &[]);
    insta::assert_snapshot!(complaint, @"warning: gate.toml:6: app.sign_up_domains: this domain is named twice");
    let app = &config.unwrap().apps[0];
    let domains: Vec<&str> = app.sign_up_domains.as_ref().unwrap().iter().map(crate::domain::Domain::as_str).collect();
    assert_eq!(domains, ["xn--mller-kva.example", "plant.example"]);
    assert_eq!(app.hosted_domain.as_ref().map(crate::domain::Domain::as_str), Some("plant.example"));
    assert_eq!((app.providers.as_deref(), app.shared_sign_in), (Some(&[][..]), Some(false)));
    assert_eq!((app.approval, app.name_question), (Some(true), Some(true)));
}
