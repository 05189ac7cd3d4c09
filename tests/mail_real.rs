//! Mail and a real mail server: aiosmtpd, in Python, with TLS and passwords.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use millgate::domain::{Clock, Language, Timestamp};
use millgate::mail::compose::{self, Composed, Occasion};
use millgate::mail::{Config, Dialogue, Login, Mailer, Security};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::support::tls::Authority;

const USER: &str = "gate@plant.example";
const PASSWORD: &str = "Grüße, correct horse";

#[test]
fn tls_from_the_first_byte_and_a_password() {
    let mut server = Server::start("implicit", Some("PLAIN"));
    assert_eq!(server.send(Security::Implicit, PASSWORD, "anna@example.com", Language::De).error, None);
    let mail = server.mail();
    assert_eq!((&mail["user"], &mail["tls"]), (&json!(USER), &json!(true)));
    assert_eq!((&mail["from"], &mail["to"]), (&json!(USER), &json!(["anna@example.com"])));
    let letter = letter(Language::De);
    assert_eq!(mail["headers"]["Subject"], letter.subject);
    assert_eq!(mail["headers"]["From"], "\"Millgate, Größe 4\" <gate@plant.example>");
    assert_eq!(mail["headers"]["Auto-Submitted"], "auto-generated");
    assert_eq!(mail["headers"]["Date"], "Wed, 04 Mar 2026 09:05:00 +0000");
    assert_eq!(mail["text"].as_str().unwrap().trim_end(), letter.text.trim_end());
    assert_eq!(mail["html"].as_str().unwrap().trim_end(), letter.html.trim_end());
    assert_eq!(mail["defects"], json!([]));
}

#[test]
fn starttls_and_the_older_way_to_give_a_password() {
    let mut server = Server::start("starttls", Some("LOGIN"));
    let dialogue = server.send(Security::StartTls, PASSWORD, "anna@example.com", Language::En);
    assert_eq!(dialogue.error, None, "{dialogue:#?}");
    let mail = server.mail();
    assert_eq!((&mail["user"], &mail["tls"]), (&json!(USER), &json!(true)));
    let told = |line: &str| dialogue.lines.iter().position(|told| told.starts_with(line)).expect(line);
    assert!(told("C: STARTTLS") < told("C: (TLSv1_3") && told("C: (TLSv1_3") < told("C: AUTH LOGIN"));
    assert!(dialogue.lines.iter().filter(|line| *line == "C: ***").count() == 2, "{dialogue:#?}");
}

#[test]
fn a_wrong_password_is_told_with_the_servers_own_words() {
    let server = Server::start("implicit", Some("PLAIN"));
    let dialogue = server.send(Security::Implicit, "wrong", "anna@example.com", Language::En);
    let error = dialogue.error.expect("an error");
    assert!(error.starts_with("the mail server refused the user or the password: 535 "), "{error}");
    assert!(dialogue.lines.iter().any(|line| line.starts_with("S: 535 ")), "{:?}", dialogue.lines);
}

#[test]
fn plain_text_on_loopback_and_an_international_address() {
    let mut server = Server::start("", None);
    assert_eq!(server.send(Security::StartTls, "", "jörg@müller.example", Language::En).error, None);
    let mail = server.mail();
    assert_eq!(mail["to"], json!(["jörg@xn--mller-kva.example"]));
    assert_eq!(mail["options"], json!(["SMTPUTF8", "BODY=8BITMIME"]));
    assert_eq!(mail["tls"], json!(false));
    assert_eq!(mail["headers"]["To"], "jörg@xn--mller-kva.example");
}

struct Server {
    child: Child,
    lines: BufReader<ChildStdout>,
    port: u16,
    authority: Authority,
    with_user: bool,
    /// Its certificate and key.
    _dir: tempfile::TempDir,
}

impl Server {
    /// `tls` is `implicit`, `starttls` or nothing; with a mechanism it asks for the user and the password.
    fn start(tls: &str, mechanism: Option<&str>) -> Server {
        let packages = packages();
        let dir = tempfile::tempdir().unwrap();
        let authority = Authority::new();
        let (certificate, key) = authority.issue(&["127.0.0.1"]);
        let files = [("cert", certificate), ("key", key)].map(|(name, pem)| {
            let file = dir.path().join(name);
            std::fs::write(&file, pem).unwrap();
            file
        });
        let mut options = json!({"tls": (!tls.is_empty()).then_some(tls), "cert": files[0], "key": files[1]});
        if let Some(mechanism) = mechanism {
            options["mechanism"] = json!(mechanism);
            options["user"] = json!(USER);
            options["password"] = json!(PASSWORD);
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/mail_server.py");
        let mut child = Command::new("python3")
            .args(["-B", "-W", "ignore"])
            .arg(script)
            .arg(options.to_string())
            .env("PYTHONPATH", packages)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 starts");
        let lines = BufReader::new(child.stdout.take().expect("its output"));
        let with_user = mechanism.is_some();
        let mut server = Server { child, lines, port: 0, authority, with_user, _dir: dir };
        server.port = server.line()["port"].as_u64().and_then(|port| port.try_into().ok()).expect("a port");
        server
    }

    fn send(&self, security: Security, password: &str, to: &str, language: Language) -> Dialogue {
        let login = Login { user: USER.into(), password: Zeroizing::new(password.into()) };
        let config = Config {
            host: "127.0.0.1".into(),
            port: self.port,
            security,
            login: self.with_user.then_some(login),
            from: format!("\"Millgate, Größe 4\" <{USER}>").parse().unwrap(),
            ca: Some(self.authority.pem()),
        };
        let mailer = Mailer::new(config, Clock::from_fn(|| Timestamp::from_millis(1_772_615_100_000)));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(mailer.rehearse(&to.parse().unwrap(), &letter(language)))
    }

    /// The next one that came.
    fn mail(&mut self) -> Value {
        self.line()
    }

    #[track_caller]
    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("a line");
        serde_json::from_str(&line).expect("the mail server said why it ended")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn letter(language: Language) -> Composed {
    let link = "https://hmi.example/line-4/.millgate/invite/abc";
    compose::invite(&Occasion { app_title: "Größe 4", link, expires_at: Timestamp::from_millis(0), language })
}

/// Where `tests/run.sh` puts them.
fn packages() -> PathBuf {
    let packages = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("python");
    let import = Command::new("python3").args(["-c", "import aiosmtpd"]).env("PYTHONPATH", &packages).output();
    let found = import.is_ok_and(|output| output.status.success());
    assert!(found, "Python's aiosmtpd is missing: run `bash tests/run.sh` once, which installs it");
    packages
}
