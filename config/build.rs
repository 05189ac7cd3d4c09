//! Tells the program what it is built from: `millgate version` prints it. Nothing here depends on the day or the machine, so
//! that the same commit gives the same binary.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What becomes part of the binary: only a change of these makes the commit's name a lie.
const SOURCES: [&str; 5] = ["src", "config", "Cargo.toml", "Cargo.lock", ".cargo"];

fn main() {
    println!("cargo::rerun-if-changed=config/build.rs");
    println!("cargo::rerun-if-env-changed=GIT_COMMIT");
    let version = match commit() {
        Some(commit) => format!("{} ({commit})", variable("CARGO_PKG_VERSION")),
        None => variable("CARGO_PKG_VERSION"),
    };
    println!("cargo::rustc-env=MILLGATE_VERSION={version}");
    println!("cargo::rustc-env=MILLGATE_TARGET={}", variable("TARGET"));
    let rustc = said(Command::new(variable("RUSTC")).arg("--version")).unwrap_or_default();
    println!("cargo::rustc-env=MILLGATE_RUSTC={rustc}");
}

/// What the packager says (`GIT_COMMIT`), or git. Debug builds do not ask git: each commit would build everything anew.
fn commit() -> Option<String> {
    if let Some(told) = env::var("GIT_COMMIT").ok().filter(|told| !told.trim().is_empty()) {
        return Some(told.trim().to_owned());
    }
    let top = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    if variable("PROFILE") != "release" || !is_checkout(&top) {
        return None;
    }
    watch(&top);
    // Its length is given: git's own choice depends on how much history a clone has.
    let commit = git(&top, &["rev-parse", "--short=12", "HEAD"])?;
    let changes = git(&top, &[&["status", "--porcelain", "--untracked-files=no", "--"], &SOURCES[..]].concat())?;
    Some(if changes.is_empty() { commit } else { format!("{commit}-dirty") })
}

/// Whether the commit is ours: sources from a tarball may lie within somebody else's repository.
fn is_checkout(top: &Path) -> bool {
    let found = git(top, &["rev-parse", "--show-toplevel"]).map(PathBuf::from);
    let whole = |path: &Path| path.canonicalize().ok();
    found.is_some_and(|found| whole(&found).is_some() && whole(&found) == whole(top))
}

/// What says that HEAD has moved, or that it no longer tells everything. Cargo takes a missing file for a changed one.
fn watch(top: &Path) {
    let branch = git(top, &["symbolic-ref", "--quiet", "HEAD"]);
    let of_git = ["HEAD", "logs/HEAD", "packed-refs"].into_iter().chain(branch.as_deref());
    let of_git = of_git.filter_map(|name| Some(top.join(git(top, &["rev-parse", "--git-path", name])?)));
    for path in of_git.chain(SOURCES.map(|name| top.join(name))).filter(|path| path.exists()) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
}

fn git(top: &Path, arguments: &[&str]) -> Option<String> {
    said(Command::new("git").arg("--no-optional-locks").arg("-C").arg(top).args(arguments))
}

fn said(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}
