//! `check`, `backup`, `restore`, `version`, and config errors that name file, line, key and the fix.

use std::path::Path;

use crate::support::process::{Outcome, run};
use crate::support::{App, Gate, Mode, Recorder, eventually};

const ADA: &str = "ada@example.com";

const GOOD: &str = r#"
data_dir = "data"

[[listen]]
address = "127.0.0.1:8080"

[console]
url = "http://localhost:8080"

[[app]]
name = "hmi"
url = "http://hmi.localhost:8080"
upstream = "http://127.0.0.1:1880"
access = "signup"
"#;

fn check(dir: &Path, text: &str) -> Outcome {
    let file = dir.join("millgate.toml");
    std::fs::write(&file, text).unwrap();
    run(&["--config", file.to_str().unwrap(), "check"])
}

#[test]
fn a_good_config_passes_the_check() {
    let dir = tempfile::tempdir().unwrap();
    let outcome = check(dir.path(), GOOD);
    assert_eq!(outcome.code, Some(0), "{}{}", outcome.stdout, outcome.stderr);
    assert!(!dir.path().join("data").exists(), "a check changes nothing");
}

#[test]
fn the_check_tells_what_to_register_with_an_identity_provider() {
    let dir = tempfile::tempdir().unwrap();
    let provider = "[[oidc]]\nid = \"google\"\nclient_id = \"me\"\nclient_secret = \"GOCSPX-x\"\n";
    let outcome = check(dir.path(), &format!("{GOOD}{provider}"));
    let uri = "http://localhost:8080/.millgate/oidc/google/callback";
    assert!(outcome.stdout.contains(uri), "{}{}", outcome.stdout, outcome.stderr);
    assert!(!outcome.stdout.contains("GOCSPX"), "{}", outcome.stdout);
}

#[test]
fn the_shipped_config_passes_the_check() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/millgate.toml");
    let outcome = run(&["--config", file.to_str().unwrap(), "check"]);
    assert_eq!(outcome.code, Some(0), "{}{}", outcome.stdout, outcome.stderr);
}

/// What is replaced in the good config, by what, and what the message must name.
const MISTAKES: &[(&str, &str, &str, &[&str])] = &[
    ("a misspelled key", "access = \"signup\"", "acces = \"signup\"", &["acces", "access"]),
    ("a misspelled table", "[console]", "[consol]", &["consol", "console"]),
    ("an unknown mode", "\"signup\"", "\"sign-up\"", &["access", "sign-up", "signup"]),
    ("a wrong type", "data_dir = \"data\"", "data_dir = 5", &["data_dir"]),
    ("a wrong address", "127.0.0.1:8080\"", "127.0.0.1\"", &["address"]),
    ("a url without scheme", "\"http://hmi.localhost:8080\"", "\"hmi.localhost\"", &["url"]),
    ("an unknown upstream scheme", "http://127.0.0.1:1880", "ftp://127.0.0.1", &["upstream", "ftp"]),
    ("a slug that is none", "name = \"hmi\"", "name = \"The HMI\"", &["name"]),
    ("a missing key", "upstream = \"http://127.0.0.1:1880\"", "", &["upstream"]),
    ("broken TOML", "[console]", "[console", &["millgate.toml"]),
    ("a bad duration", "access = \"signup\"", "access = \"signup\"\nidle_limit = \"soon\"", &["idle_limit", "soon"]),
    ("a bad size", "[console]", "[limits]\nhead_bytes = \"big\"\n[console]", &["head_bytes"]),
    (
        "certificates from somebody whose terms nobody accepted",
        "8080\"\n\n[console]",
        "8080\"\ntls = \"acme\"\n\n[console]",
        &["tls", "terms_accepted = true"],
    ),
    (
        "an endpoint that nobody may ask at",
        "8080\"\n\n[console]",
        "8080\"\nforward_auth = true\n\n[console]",
        &["forward_auth", "trusted_proxies"],
    ),
    ("a master password that is missing", "access = \"signup\"", "access = \"master-password\"", &["master_password"]),
    (
        "two ways to give a secret",
        "access = \"signup\"",
        "access = \"signup\"\nmaster_password = \"x\"\nmaster_password_file = \"y\"",
        &["master_password"],
    ),
    (
        "a short key",
        "[console]",
        "[[api_key]]\nname = \"a\"\nscope = \"account\"\nsecret = \"short\"\n[console]",
        &["secret", "16"],
    ),
    (
        "a wrong scope",
        "[console]",
        "[[api_key]]\nname = \"a\"\nscope = \"all\"\nsecret = \"mg_0123456789abcdef\"\n[console]",
        &["scope"],
    ),
    (
        "a proxy that is no network",
        "8080\"\n\n[console]",
        "8080\"\ntrusted_proxies = [\"10.0.0.0/99\"]\n\n[console]",
        &["trusted_proxies"],
    ),
    (
        "a prefix on another name",
        "access = \"signup\"",
        "access = \"signup\"\nidentity_headers = [\"remote-usr\"]",
        &["identity_headers", "remote-user"],
    ),
];

#[test]
fn every_mistake_names_file_line_key_and_the_fix() {
    let dir = tempfile::tempdir().unwrap();
    for (name, from, to, named) in MISTAKES {
        assert!(GOOD.contains(from), "{name}");
        let text = GOOD.replacen(from, to, 1);
        let outcome = check(dir.path(), &text);
        let said = outcome.stdout + &outcome.stderr;
        assert_eq!(outcome.code, Some(2), "{name}: {said}");
        assert!(said.contains("millgate.toml:"), "{name}: file and line: {said}");
        for word in *named {
            assert!(said.contains(word), "{name}: {word}: {said}");
        }
        assert!(!said.contains("panicked"), "{name}: {said}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let text = GOOD
        .replace("name = \"hmi\"", "name = \"The HMI\"")
        .replace("http://127.0.0.1:1880", "ftp://127.0.0.1")
        .replace("\"signup\"", "\"open\"");
    let outcome = check(dir.path(), &text);
    let said = outcome.stdout + &outcome.stderr;
    for word in ["The HMI", "ftp", "open"] {
        assert!(said.contains(word), "{word}: {said}");
    }
}

#[test]
fn two_apps_with_one_name_or_one_address_are_a_mistake() {
    let dir = tempfile::tempdir().unwrap();
    let app = |name: &str, host: &str| {
        format!(
            "\n[[app]]\nname = \"{name}\"\nurl = \"http://{host}:8080\"\nupstream = \"http://127.0.0.1:1\"\naccess = \"public\"\n"
        )
    };
    for second in [
        app("hmi", "other.localhost"),
        app("other", "hmi.localhost"),
        app("other", "HMI.localhost."),
        app("other", "localhost"),
    ] {
        let outcome = check(dir.path(), &format!("{GOOD}{second}"));
        assert_eq!(outcome.code, Some(2), "{second}: {}{}", outcome.stdout, outcome.stderr);
    }
}

#[test]
fn serve_refuses_what_check_refuses() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("millgate.toml");
    std::fs::write(&file, GOOD.replace("\"signup\"", "\"open\"")).unwrap();
    for arguments in [vec!["--config", file.to_str().unwrap()], vec!["--config", file.to_str().unwrap(), "serve"]] {
        let outcome = run(&arguments);
        assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("millgate.toml:"), "{}", outcome.stderr);
    }
    for arguments in [
        vec!["--config", "/nowhere/millgate.toml", "check"],
        vec!["unknown-verb"],
        vec!["--unknown-flag"],
        vec!["backup"],
    ] {
        assert_eq!(run(&arguments).code, Some(2), "{arguments:?}");
    }
}

#[test]
fn version_and_help_are_there() {
    let version = run(&["version"]);
    assert_eq!(version.code, Some(0));
    assert!(version.stdout.contains(env!("CARGO_PKG_VERSION")), "{}", version.stdout);
    let help = run(&["--help"]);
    assert_eq!(help.code, Some(0));
    for verb in ["serve", "demo", "check", "setup-link", "backup", "restore", "version"] {
        assert!(help.stdout.contains(verb), "{verb}: {}", help.stdout);
    }
}

/// F8. Data and secrets come back together.
#[test]
fn a_backup_takes_the_place_of_nothing_that_is_needed() {
    let recorder = Recorder::start();
    let gate = Gate::plan().app(App::new("hmi", Mode::Signup, &recorder)).start();
    for name in ["millgate.redb", "millgate.id", "."] {
        let outcome = gate.command(&["backup", gate.data().join(name).to_str().unwrap()]);
        assert_eq!(outcome.code, Some(1), "{name}");
        assert!(outcome.stderr.contains("name another one"), "{name}: {}", outcome.stderr);
    }
    gate.visitor("hmi").sign_up("ada@example.com").expect(303);
    assert_eq!(gate.command(&["backup", gate.data().join("millgate.copy").to_str().unwrap()]).code, Some(0));
}

#[test]
fn a_backup_of_a_running_gateway_brings_everything_back() {
    let recorder = Recorder::start();
    let mut gate = Gate::before(App::new("hmi", Mode::Signup, &recorder));
    let mut visitor = gate.visitor("hmi");
    visitor.sign_up(ADA).expect(303);
    let file = gate.dir().join("backup");
    let outcome = gate.command(&["backup", file.to_str().unwrap()]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let again = gate.command(&["backup", file.to_str().unwrap()]);
    assert_eq!(again.code, Some(0), "a newer backup takes its place: {}", again.stderr);
    gate.visitor("hmi").sign_up("later@example.com").expect(303);

    let running = gate.command(&["restore", "--force", file.to_str().unwrap()]);
    assert_eq!(running.code, Some(1), "not under a running gateway: {}", running.stderr);
    gate.terminate();
    let unasked = gate.command(&["restore", file.to_str().unwrap()]);
    assert_eq!(unasked.code, Some(1), "not over a store that is there: {}", unasked.stderr);
    let offline = gate.dir().join("offline-backup");
    assert_eq!(gate.command(&["backup", offline.to_str().unwrap()]).code, Some(0));
    std::fs::remove_dir_all(gate.data()).unwrap();
    let outcome = gate.command(&["restore", file.to_str().unwrap()]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    gate.start_again();
    assert_eq!(visitor.get("/").seen().user(), ADA);
    assert_eq!(gate.api().users("hmi").len(), 1, "as it was when the backup was made");
}

#[test]
fn restoring_something_else_harms_nothing() {
    let recorder = Recorder::start();
    let mut gate = Gate::before(App::new("hmi", Mode::Signup, &recorder));
    let mut visitor = gate.visitor("hmi");
    visitor.sign_up(ADA).expect(303);
    gate.terminate();
    for (name, bytes) in [("empty", vec![]), ("garbage", vec![b'x'; 50_000])] {
        let file = gate.dir().join(name);
        std::fs::write(&file, bytes).unwrap();
        let outcome = gate.command(&["restore", "--force", file.to_str().unwrap()]);
        assert_eq!(outcome.code, Some(1), "{name}: {}", outcome.stderr);
    }
    assert_eq!(gate.command(&["restore", "--force", "/nowhere/backup"]).code, Some(1));
    gate.start_again();
    assert_eq!(visitor.get("/").seen().user(), ADA);
}

#[test]
fn secrets_in_files_and_settings_in_the_environment_work() {
    let recorder = Recorder::start();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("master");
    std::fs::write(&file, "from-a-file\n").unwrap();
    let app = App::new("hmi", Mode::MasterPassword, &recorder)
        .with(&format!("master_password_file = \"{}\"", file.display()));
    let gate = Gate::plan().after("export MILLGATE_LOG_FORMAT=json MILLGATE_LOG_LEVEL=debug").app(app).start();
    gate.visitor("hmi").give_master_password_of("from-a-file").expect(303);
    eventually("the log is JSON", || gate.log().lines().next().map(str::to_owned).filter(|line| line.starts_with('{')));
}
