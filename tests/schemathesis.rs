//! The API asked everything that its own description allows, and much that it does not: nothing is a server error.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::gate::ACCOUNT_KEY;
use crate::support::{App, Gate, Mode, Recorder};

/// TRACE is refused by the data plane before it comes to the API, and rightly with 501.
const SETTINGS: &str = "[phases.coverage]\nunexpected-methods = [\"PUT\", \"PATCH\", \"DELETE\", \"OPTIONS\"]\n";
/// Python before 3.11.8 may lose count when it parses while it parses (CPython issue 106905): one at a time, and again.
const PROGRAM: &str = "
import ast, threading
parse, turn = ast.parse, threading.RLock()
def parse_alone(*args, **named):
    for attempt in range(20):
        with turn:
            try:
                return parse(*args, **named)
            except SystemError:
                continue
    return parse(*args, **named)
ast.parse = parse_alone
from schemathesis.cli import schemathesis
schemathesis()
";
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

#[test]
fn nothing_that_the_description_brings_about_is_a_server_error() {
    let Some(packages) = packages() else {
        eprintln!("schemathesis is not there: `bash tests/run.sh` installs it");
        return;
    };
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder));
    let visitor = &mut gate.visitor("hmi");
    visitor.sign_up("ada@example.com").expect(303);
    let folder = tempfile::tempdir().expect("a directory");
    std::fs::write(folder.path().join("schemathesis.toml"), SETTINGS).expect("the settings");
    let site = gate.console();
    let output = Command::new("python3")
        .args(["-c", PROGRAM, "run"])
        .arg(format!("http://{}/api/v1/openapi.json", site.host))
        .args(["--header", &format!("Authorization: Bearer {ACCOUNT_KEY}")])
        .args(["--checks", CHECKS, "--phases", "coverage,fuzzing", "--max-time", "25", "--workers", "2"])
        .args(["--max-examples", "5", "--seed", "1", "--continue-on-failure", "--rate-limit", "auto", "--no-color"])
        // Streams have no end.
        .args(["--exclude-path-regex", "/events$", "--request-timeout", "10", "--warnings", "off"])
        .current_dir(folder.path())
        .env("PYTHONPATH", packages)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .expect("python3");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("generated"), "it did ask: {said}");
    assert_eq!(gate.console().bare_get("/.millgate/readyz").status, 200);
}

/// Where `tests/run.sh` puts them.
fn packages() -> Option<PathBuf> {
    let packages = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("python");
    packages.join("schemathesis").is_dir().then_some(packages)
}
