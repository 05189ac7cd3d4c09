//! `trust`: this machine comes to believe the gateway's own authority.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use data_encoding::BASE64;

use crate::config::Sources;
use crate::control::{self, Answer, Request};
use crate::store::{RedbStore, store_file};
use crate::tls::Root;

use super::{FAILED, FINE, cli, keep, tls};

/// Where Debian and its kin take local authorities from.
const DEBIAN: &str = "/usr/local/share/ca-certificates";
const FILE: &str = "millgate-root.crt";

pub(super) fn trust(sources: &Sources, asked: &cli::Trust) -> ExitCode {
    let data_dir = match keep::data_dir(sources) {
        // Commands that are told here work in every folder.
        Ok(data_dir) => fs::canonicalize(&data_dir).unwrap_or(data_dir),
        Err(refused) => return refused,
    };
    let done = root(&data_dir, asked.renew).and_then(|root| {
        if asked.renew {
            eprintln!("A new authority is in use. Every device has to trust it, and the old one can be removed.");
        }
        match () {
            () if asked.print => print(&root),
            () if asked.system => for_system(&root)?,
            () if asked.firefox => for_browsers(&root)?,
            () => tell(&root, &data_dir),
        }
        Ok(())
    });
    match done {
        Ok(()) => FINE.into(),
        Err(reason) => {
            eprintln!("millgate: {reason}");
            FAILED.into()
        }
    }
}

/// From the running gateway, or from its store.
fn root(data_dir: &Path, renew: bool) -> Result<Root, String> {
    let request = if renew { Request::RenewRoot } else { Request::Root };
    match control::ask(data_dir, &request) {
        Some(Ok(Answer::Root { pem })) => of_pem(&pem),
        Some(Ok(Answer::Failed(reason))) => Err(reason),
        Some(Ok(Answer::BackedUp { .. } | Answer::SetUpLink { .. } | Answer::Audit(_) | Answer::HandedOver { .. })) => {
            Err("the running gateway answered something else".to_owned())
        }
        Some(Err(error)) => Err(format!("the running gateway cannot be asked: {error}; are you its user, or root?")),
        None if renew => Err("a new authority is made by the running gateway; start it first".to_owned()),
        None => kept(data_dir),
    }
}

fn kept(data_dir: &Path) -> Result<Root, String> {
    let none = || {
        format!(
            "there is no authority in {}: it is made when the gateway first runs with tls = \"internal\"; name its folder with --data",
            data_dir.display()
        )
    };
    match store_file(data_dir).try_exists() {
        Ok(true) => {}
        Ok(false) => return Err(none()),
        Err(error) => {
            return Err(format!("{} cannot be read: {error}; are you its user, or root?", data_dir.display()));
        }
    }
    let store = RedbStore::open(data_dir).map_err(|error| error.to_string())?;
    let kept = tls::kept(&store).map_err(|error| error.to_string())?;
    Root::new(kept.authority.ok_or_else(none)?.certificate.to_vec())
}

fn of_pem(pem: &str) -> Result<Root, String> {
    let lines: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = BASE64.decode(lines.as_bytes()).map_err(|error| format!("the root cannot be read: {error}"))?;
    Root::new(der)
}

/// The certificate for a program, and beside it what a person compares.
fn print(root: &Root) {
    eprintln!("{}", root.name);
    eprintln!("SHA-256 {}", root.fingerprint);
    eprintln!("SHA-1   {}   (what Windows shows)", root.thumbprint);
    eprintln!("valid until {}", root.not_after);
    print!("{}", root.pem);
}

fn tell(root: &Root, data_dir: &Path) {
    let millgate = format!("millgate --data {}", data_dir.display());
    println!("{}", root.name);
    println!("SHA-256 {}", root.fingerprint);
    println!("SHA-1   {}   (what Windows shows)", root.thumbprint);
    println!();
    println!("The system's programs and most browsers of this machine:");
    println!("    sudo {millgate} trust --system");
    println!("Your own Firefox and Chromium on this machine:");
    println!("    {millgate} trust --firefox");
    println!("The certificate, for elsewhere:");
    println!("    {millgate} trust --print");
    println!("Other devices: open /.millgate/trust under any of the gateway's addresses, and compare the fingerprint.");
}

fn for_system(root: &Root) -> Result<(), String> {
    if cfg!(target_os = "macos") {
        let file = staged(root).map_err(told)?;
        let keychain = "/Library/Keychains/System.keychain";
        let done = run("security", &["add-trusted-cert", "-d", "-r", "trustRoot", "-k", keychain, &file]);
        return done.and_then(|found| found.then_some(()).ok_or_else(|| "this system has no `security`".to_owned()));
    }
    if Path::new(DEBIAN).is_dir() {
        let file = Path::new(DEBIAN).join(FILE);
        fs::write(&file, &root.pem).map_err(told)?;
        if run("update-ca-certificates", &[])? {
            println!("OK: {} is trusted; {} was written", root.name, file.display());
            return Ok(());
        }
    }
    let file = staged(root).map_err(told)?;
    if run("trust", &["anchor", "--store", &file])? {
        println!("OK: {} is trusted", root.name);
        return Ok(());
    }
    Err("this system's way to trust an authority is not known here; take `millgate trust --print` and its manual"
        .into())
}

fn told(error: io::Error) -> String {
    match error.kind() {
        ErrorKind::PermissionDenied => "this needs the administrator: run the same with sudo".to_owned(),
        _ => format!("the root cannot be written: {error}"),
    }
}

/// The lists of Firefox and Chromium in the user's home.
fn for_browsers(root: &Root) -> Result<(), String> {
    let home = std::env::var_os("HOME").map(PathBuf::from).ok_or("HOME is not set")?;
    let lists = lists(&home);
    if lists.is_empty() {
        return Err("neither Firefox nor Chromium has a profile here; start the browser once".to_owned());
    }
    let file = staged(root).map_err(told)?;
    for list in &lists {
        let database = format!("sql:{}", list.display());
        if !run("certutil", &["-A", "-n", &root.name, "-t", "C,,", "-i", &file, "-d", &database])? {
            return Err(
                "`certutil` is missing; install libnss3-tools (Debian) or nss-tools (Fedora), or import the certificate in the browser's settings"
                    .to_owned(),
            );
        }
        println!("OK: {} is trusted in {}", root.name, list.display());
    }
    println!("Close the browser and open it again.");
    Ok(())
}

fn lists(home: &Path) -> Vec<PathBuf> {
    let firefox = [".mozilla/firefox", "snap/firefox/common/.mozilla/firefox"].map(|folder| home.join(folder));
    let profiles = firefox.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    let profiles = profiles.map(|entry| entry.path());
    profiles.chain([home.join(".pki/nssdb")]).filter(|list| list.join("cert9.db").exists()).collect()
}

/// In a file that other programs can be pointed at; it is public.
fn staged(root: &Root) -> io::Result<String> {
    let file = std::env::temp_dir().join(format!("millgate-root-{}.crt", std::process::id()));
    // Somebody else's file, or link, of that name is not written through.
    match fs::remove_file(&file) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    io::Write::write_all(&mut fs::File::create_new(&file)?, root.pem.as_bytes())?;
    Ok(file.display().to_string())
}

/// False when there is no such program.
fn run(program: &str, arguments: &[&str]) -> Result<bool, String> {
    match Command::new(program).args(arguments).status() {
        Ok(status) if status.success() => Ok(true),
        Ok(status) => Err(format!("`{program}` failed ({status})")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(format!("`{program}` cannot be run: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_found_by_their_lists() {
        let home = tempfile::tempdir().unwrap();
        let profile = home.path().join(".mozilla/firefox/abc.default");
        for folder in [&profile, &home.path().join(".mozilla/firefox/Crash Reports"), &home.path().join(".pki/nssdb")] {
            fs::create_dir_all(folder).unwrap();
        }
        fs::write(profile.join("cert9.db"), "").unwrap();
        assert_eq!(lists(home.path()), [profile]);
    }
}
