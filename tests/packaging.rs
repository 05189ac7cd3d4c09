//! What is handed out: the version names the commit, the Debian package agrees with its unit, every license is known.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::process::run;

const MANIFEST: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn a_release_names_the_commit_it_was_built_from() {
    let dir = tempfile::tempdir().unwrap();
    let top = checkout(dir.path());
    let said = Script::build(dir.path());
    let commit = git(&top, &["rev-parse", "HEAD"])[..12].to_owned();

    let clean = said.version(&top, "release", None);
    assert_eq!(clean, format!("1.2.3 ({commit})"));
    assert_eq!(said.version(&top, "debug", None), "1.2.3", "a commit must not build everything anew");
    assert_eq!(said.version(&top, "release", Some("v9")), "1.2.3 (v9)");

    fs::write(top.join("README.md"), "changed").unwrap();
    assert_eq!(said.version(&top, "release", None), clean, "the binary is the same");
    fs::write(top.join("src/main.rs"), "changed").unwrap();
    assert_eq!(said.version(&top, "release", None), format!("1.2.3 ({commit}-dirty)"));

    let unpacked = top.join("vendor/millgate");
    fs::create_dir_all(&unpacked).unwrap();
    assert_eq!(said.version(&unpacked, "release", None), "1.2.3", "the commit of another repository");
    assert_eq!(said.version(&dir.path().join("nowhere"), "release", None), "1.2.3");
}

/// Cargo looks at modification times only: what moves HEAD must be among what it watches, and nothing that is missing.
#[test]
fn a_release_is_built_anew_when_the_commit_changes() {
    let dir = tempfile::tempdir().unwrap();
    let top = checkout(dir.path());
    git(&top, &["pack-refs", "--all"]);
    let said = Script::build(dir.path());
    let watched = said.watched(&top);
    assert!(watched.iter().all(|path| path.exists()), "{watched:?}");
    let look = || watched.iter().map(|path| fs::read(path).unwrap_or_default()).collect::<Vec<_>>();
    let before = look();
    git(&top, &["commit", "--quiet", "--allow-empty", "--message", "another"]);
    assert_ne!(look(), before, "{watched:?}");
}

/// `config/build.rs` as Cargo would run it.
struct Script(PathBuf);

impl Script {
    fn build(dir: &Path) -> Script {
        let program = dir.join("build-script");
        let source = Path::new(MANIFEST).join("config/build.rs");
        done(Command::new("rustc").args(["--edition", "2024", "-o"]).arg(&program).arg(source));
        Script(program)
    }

    fn run(&self, top: &Path, profile: &str, told: Option<&str>) -> String {
        let mut command = Command::new(&self.0);
        let variables = [("CARGO_PKG_VERSION", "1.2.3"), ("TARGET", "t"), ("RUSTC", "rustc"), ("PROFILE", profile)];
        command.envs(variables).env("CARGO_MANIFEST_DIR", top).env_remove("GIT_COMMIT");
        text(&done(command.envs(told.map(|told| ("GIT_COMMIT", told)))))
    }

    fn version(&self, top: &Path, profile: &str, told: Option<&str>) -> String {
        let said = self.run(top, profile, told);
        said.lines().find_map(|line| line.strip_prefix("cargo::rustc-env=MILLGATE_VERSION=")).unwrap().to_owned()
    }

    fn watched(&self, top: &Path) -> Vec<PathBuf> {
        let said = self.run(top, "release", None);
        let paths = said.lines().filter_map(|line| line.strip_prefix("cargo::rerun-if-changed="));
        paths.filter(|path| path.starts_with('/')).map(PathBuf::from).collect()
    }
}

/// A repository with one commit.
fn checkout(dir: &Path) -> PathBuf {
    let top = dir.join("checkout");
    fs::create_dir_all(top.join("src")).unwrap();
    for name in ["README.md", "src/main.rs"] {
        fs::write(top.join(name), name).unwrap();
    }
    git(&top, &["init", "--quiet"]);
    git(&top, &["add", "--all"]);
    git(&top, &["commit", "--quiet", "--message", "one"]);
    top
}

fn git(top: &Path, arguments: &[&str]) -> String {
    let who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgSign=false"];
    text(&done(Command::new("git").arg("-C").arg(top).args(who).args(arguments)))
}

#[test]
fn version_tells_what_the_binary_is_for() {
    let short = run(&["--version"]).stdout;
    let long = run(&["version"]).stdout;
    let (first, second) = long.split_once('\n').unwrap();
    assert_eq!(first, short.trim_end());
    assert!(second.contains("linux") && second.contains(", rustc 1."), "{second}");
}

#[test]
fn the_license_of_everything_in_the_binary_is_known_and_welcome() {
    let listed = text(&done(&mut Command::new(Path::new(MANIFEST).join(".ci/licenses"))));
    let manifest: toml::Table = fs::read_to_string(Path::new(MANIFEST).join("Cargo.toml")).unwrap().parse().unwrap();
    for name in manifest["dependencies"].as_table().unwrap().keys() {
        assert!(listed.lines().any(|line| line.starts_with(&format!("{name} "))), "{name}");
    }
    for work in ["aws-lc-sys ", "musl libc: MIT", "The Rust standard library: MIT OR Apache-2.0"] {
        assert!(listed.lines().any(|line| line.starts_with(work)), "{work}");
    }
    assert!(!listed.contains("\ninsta "), "tests are no part of the binary");
    assert!(listed.contains("Permission is hereby granted"), "texts, too");
}

#[test]
fn the_debian_package_agrees_with_its_unit() {
    let dir = tempfile::tempdir().unwrap();
    let tree = unpacked(&package(&dir.path().join("out")));
    let read = |path: &str| fs::read_to_string(tree.join(path)).unwrap();
    let unit = read("usr/lib/systemd/system/millgate.service");
    let value = |key: &str| unit.lines().find_map(|line| line.strip_prefix(&format!("{key}="))).expect("a key");
    let start: Vec<&str> = value("ExecStart").split(' ').collect();
    let [program, "--config", config, "--data", data, "serve"] = start[..] else { panic!("{start:?}") };

    let mode = |path: &str| fs::metadata(tree.join(path.trim_start_matches('/'))).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(program), mode(config)), (0o755, 0o644));
    assert_eq!(read("DEBIAN/conffiles").trim(), config);
    assert_eq!(data, format!("/var/lib/{}", value("StateDirectory")));
    assert!(read("DEBIAN/postinst").contains(&format!("--home {data} --no-create-home {}\n", value("User"))));
    assert!(read("DEBIAN/postrm").contains(&format!("rm -rf {data}\n")));

    let settings = read(config.trim_start_matches('/'));
    assert_eq!(settings.lines().filter(|line| *line == format!("data_dir = \"{data}\"")).count(), 1);
    assert!(!settings.contains("beside this file)"), "the samples are elsewhere");
    let file = tree.join(config.trim_start_matches('/'));
    let outcome = run(&["--config", file.to_str().unwrap(), "--data", dir.path().to_str().unwrap(), "check"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));

    for script in ["postinst", "prerm", "postrm"] {
        assert_eq!(mode(&format!("DEBIAN/{script}")), 0o755);
        done(Command::new("sh").arg("-n").arg(tree.join("DEBIAN").join(script)));
    }
}

#[test]
fn the_same_binary_gives_the_same_package() {
    let dir = tempfile::tempdir().unwrap();
    let [one, other] = ["one", "other"].map(|name| dir.path().join(name));
    for out in [&one, &other] {
        package(out);
    }
    assert_eq!(
        fs::read_to_string(one.join("SHA256SUMS")).unwrap(),
        fs::read_to_string(other.join("SHA256SUMS")).unwrap()
    );
}

/// The Debian package, around some program.
fn package(out: &Path) -> PathBuf {
    let script = Path::new(MANIFEST).join(".ci/package");
    done(Command::new(script).args(["--binary", "/bin/true", "x86_64", "--out"]).arg(out));
    let files = fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path());
    files.into_iter().find(|path| path.extension().is_some_and(|kind| kind == "deb")).expect("a package")
}

fn unpacked(package: &Path) -> PathBuf {
    let tree = package.with_extension("tree");
    done(Command::new("dpkg-deb").arg("--raw-extract").arg(package).arg(&tree));
    tree
}

fn done(command: &mut Command) -> Output {
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}
