//! The README works as written: its configurations pass the check, its commands run against a fresh demo.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::support::api::{id, path};
use crate::support::process::{Process, free_port, millgate, run};
use crate::support::tls::Authority;
use crate::support::{Api, App, Gate, Mode, Recorder, Site, Style, Visitor, eventually, qr};

const README: &str = include_str!("../README.md");

/// What stands between the fences of this language.
fn blocks(language: &str) -> Vec<String> {
    let fence = format!("```{language}");
    let mut found: Vec<Vec<&str>> = Vec::new();
    let mut within = false;
    for line in README.lines() {
        match within {
            false if line == fence => {
                within = true;
                found.push(Vec::new());
            }
            true if line == "```" => within = false,
            true => found.last_mut().unwrap().push(line),
            false => {}
        }
    }
    found.into_iter().map(|lines| lines.join("\n") + "\n").collect()
}

#[test]
fn every_configuration_passes_the_check_without_a_warning() {
    let blocks = blocks("toml");
    assert!(blocks.len() >= 6, "{}", blocks.len());
    for text in blocks {
        let dir = tempfile::tempdir().unwrap();
        write_files(dir.path(), &text);
        let file = dir.path().join("millgate.toml");
        std::fs::write(&file, &text).unwrap();
        let outcome = run(&["--config", file.to_str().unwrap(), "check"]);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{text}{}", outcome.stdout);
    }
}

/// Makes every file that a configuration names, each as private as a secret.
fn write_files(dir: &Path, text: &str) {
    let authority = Authority::new();
    let (certificate, key) = authority.issue(&["edge-01"]);
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        for (name, content) in [
            ("cert", certificate.clone()),
            ("key", key.clone()),
            ("secret_file", "mg_0123456789abcdef0123456789abcdef".to_owned()),
            ("password_file", "open sesame".to_owned()),
            ("ca_file", authority.pem()),
            ("master_password_file", "open sesame".to_owned()),
        ] {
            let Some((_, rest)) = line.split_once(&format!("{name} = \"")) else { continue };
            let file = dir.join(rest.split('"').next().unwrap());
            std::fs::write(&file, content).unwrap();
            std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        }
    }
}

#[test]
fn every_call_works_against_the_demo() {
    let dir = tempfile::tempdir().unwrap();
    let port = free_port();
    let mut command = millgate();
    command.current_dir(dir.path()).args(["demo", "--port", &port.to_string()]);
    let mut process = Process::start(command, &dir.path().join("log"));
    let key = eventually("the demo prints its key", || {
        let said = std::fs::read_to_string(dir.path().join("log")).unwrap();
        assert!(process.exited().is_none(), "{said}");
        said.lines().find(|line| line.trim_start().starts_with("KEY=")).map(|line| line.trim().to_owned())
    });
    let site = Site {
        address: ([127, 0, 0, 1], port).into(),
        host: format!("signup.localhost:{port}"),
        prefix: String::new(),
        tls: None,
        carrier: None,
    };
    let mut visitor = Visitor::new(site, Style::Browser);
    visitor.sign_up("ada@example.com").expect(303);
    let me = visitor.me();
    let console = Site { host: format!("localhost:{port}"), ..visitor.site.clone() };
    let secret = key.split(['\'', ' ']).find(|word| word.starts_with("mg_")).expect("a key");
    let made = Api::new(console, secret).post(&path("invite", "/invites"), &json!({ "emails": "cyd@plant.example" }));

    let calls: Vec<String> =
        blocks("sh").into_iter().filter(|block| block.contains("APPS=") || block.contains("curl ")).collect();
    assert!(calls.len() >= 5, "{}", calls.len());
    let script = calls
        .concat()
        .replace("KEY='Authorization: Bearer mg_…'", &key)
        .replace(":8080", &format!(":{port}"))
        .replace("USER_ID", me["sub"].as_str().unwrap())
        .replace("INVITE_ID", &id(&made.expect(200).json()["items"][0]))
        .replace("SESSION_ID", me["sid"].as_str().unwrap());
    // A proxy that the machine uses for the internet has no part in this.
    let prelude = "set -eu; curl() { command curl -sS --fail-with-body --noproxy '*' \"$@\"; echo; }\n";
    let output = Command::new("bash").arg("-c").arg(format!("{prelude}set -x\n{script}")).output().expect("bash");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{}\n{}", said[0], said[1]);
    for word in [
        "\"keys\"",
        "\"line5\"",
        "\"master-password\"",
        "ada@example.com",
        "bob@plant.example",
        "\"4711\"",
        "/.millgate/invite/",
        "/.millgate/reset/",
        "<svg",
        "alive",
        "ready",
    ] {
        assert!(said[0].contains(word), "{word}: {}", said[0]);
    }
    visitor.fetch("/").problem(401);
}

#[test]
fn the_javascript_invites_people() {
    invites_people("js", "invite.mjs", "node");
}

#[test]
fn the_python_invites_people() {
    invites_people("python", "invite.py", "python3");
}

/// Runs the example as it stands, with a key that is for its app alone, and follows the links that it prints.
fn invites_people(language: &str, file: &str, program: &str) {
    const KEY: &str = "mg_key-of-an-app-that-invites";
    let recorder = Recorder::start();
    let gate =
        Gate::plan().app(App::new("hmi", Mode::InviteOnly, &recorder)).key("invites", "app:default/hmi", KEY).start();
    let text = blocks(language).into_iter().find(|text| text.contains("INVITE_KEY")).expect("an example");
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(file), text.replace(":8080", &format!(":{}", gate.port()))).unwrap();
    let outcome = |key: &str| {
        let mut command = Command::new(program);
        // A proxy that the machine uses for the internet has no part in this.
        command.current_dir(dir.path()).arg(file).env("INVITE_KEY", key).env("no_proxy", "*").env("NO_PROXY", "*");
        let output = command.output().unwrap_or_else(|error| panic!("{program}: {error}"));
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        (output.status.success(), said)
    };
    let (is_fine, said) = outcome(KEY);
    assert!(is_fine, "{said:?}");
    let invited: Vec<(&str, &str)> = said[0].lines().map(|line| line.split_once(' ').expect("a name")).collect();
    assert_eq!(invited.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["ada@plant.example", "4711"], "{said:?}");
    for row in gate.api().list(&path("hmi", "/invites")) {
        let (_, link) = invited.iter().find(|(name, _)| row["username"] == *name).expect("one that was printed");
        if text.contains(".svg") {
            let picture = std::fs::read_to_string(dir.path().join(format!("{}.svg", id(&row)))).unwrap();
            assert_eq!(qr::read(&picture), *link);
        }
        gate.visitor("hmi").accept(link).expect(303);
    }
    let (is_fine, said) = outcome("mg_key-that-nobody-knows");
    assert!(!is_fine && said[1].contains("a key from the gateway's configuration"), "{said:?}");
}

/// A link to what is not there is worse than none.
#[test]
fn everything_that_it_links_to_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let targets = README.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    for target in targets {
        let is_there = match target.strip_prefix('#') {
            Some(name) => README.lines().filter(|line| line.starts_with('#')).any(|line| anchor(line) == name),
            None => root.join(target).exists(),
        };
        assert!(is_there, "{target}");
    }
}

/// What a heading is called in an address.
fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    heading.trim_start_matches('#').trim().to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")
}
