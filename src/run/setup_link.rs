//! `setup-link`: a way in for whoever rules the machine, whether or not the gateway runs.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::config::{self, Sources};
use crate::control::{self, Answer, Request};
use crate::desk::{Desk, SetUpOffer, set_up_address};
use crate::domain::{Clock, Timestamp};
use crate::store::store_file;

use super::{FAILED, FINE, check, keep};

/// The hash of a code that was made while no gateway ran: the next one takes it up, and the file goes.
const PENDING: &str = "millgate.setup";

pub(super) fn setup_link(sources: &Sources) -> ExitCode {
    let data_dir = match keep::data_dir(sources) {
        Ok(data_dir) => data_dir,
        Err(refused) => return refused,
    };
    let link = match ask(&data_dir) {
        Some(answer) => answer,
        None => match config::load(sources) {
            Ok(loaded) => leave(&data_dir, &loaded.config),
            Err(problems) => return check::refuse(&problems),
        },
    };
    match link {
        Ok(link) => {
            // The link alone on standard output, for scripts.
            println!("{link}");
            eprintln!("It works once, within an hour, and makes you an owner; who is one already gets a new password.");
            FINE.into()
        }
        Err(reason) => {
            eprintln!("millgate: {reason}");
            FAILED.into()
        }
    }
}

/// The running gateway makes it; `None` when none runs.
fn ask(data_dir: &Path) -> Option<Result<String, String>> {
    Some(match control::ask(data_dir, &Request::SetUpLink)? {
        Ok(Answer::SetUpLink { link }) => Ok(link),
        Ok(Answer::Failed(reason)) => Err(reason),
        Ok(Answer::BackedUp { .. } | Answer::Root { .. } | Answer::Audit(_) | Answer::HandedOver { .. }) => {
            Err("the running gateway answered something else; use the same release for both".to_owned())
        }
        Err(error) => {
            Err(format!("the running gateway cannot be asked over {}: {error}", control::path(data_dir).display()))
        }
    })
}

/// For the gateway that starts next.
fn leave(data_dir: &Path, config: &config::Config) -> Result<String, String> {
    if !store_file(data_dir).exists() {
        return Err(format!(
            "no gateway runs on {0}, and there is no store in {0}: start one with `millgate serve`, which prints a link by itself as long as there is no owner, or name the right folder with --data",
            data_dir.display()
        ));
    }
    let (offer, code) = SetUpOffer::new(&Clock::system());
    let path = data_dir.join(PENDING);
    write(&path, &offer).map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    eprintln!("No gateway runs on {}: start it with `millgate serve`, then open the link.", data_dir.display());
    Ok(set_up_address(&config.console, &code))
}

fn write(path: &Path, offer: &SetUpOffer) -> io::Result<()> {
    let mut part: PathBuf = path.to_owned();
    part.set_extension("setup.new");
    // Readable by its owner only from its first moment on.
    match fs::remove_file(&part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
    writeln!(file, "{} {}", offer.code, offer.expires_at.as_millis())?;
    file.sync_all()?;
    fs::rename(&part, path)
}

/// Takes up what was left while no gateway ran. True if there was something to take up.
pub(super) fn take_up(desk: &Desk, data_dir: &Path) -> bool {
    let path = data_dir.join(PENDING);
    let Ok(text) = fs::read_to_string(&path) else { return false };
    if let Err(error) = fs::remove_file(&path) {
        tracing::warn!(path = %path.display(), %error, "a set-up link that was made before the start is not taken up");
        return false;
    }
    let offer = read(&text).filter(|offer| desk.clock().now() < offer.expires_at);
    if let Some(offer) = &offer {
        desk.take_set_up(offer);
    }
    offer.is_some()
}

fn read(text: &str) -> Option<SetUpOffer> {
    let (code, end) = text.trim().split_once(' ')?;
    Some(SetUpOffer { code: code.parse().ok()?, expires_at: Timestamp::from_millis(end.parse().ok()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_read_once_by_who_comes_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(PENDING);
        let (offer, _) = SetUpOffer::new(&Clock::from_fn(|| Timestamp::from_millis(1_800_000_000_000)));
        write(&path, &offer).unwrap();
        write(&path, &offer).unwrap();
        assert_eq!(read(&fs::read_to_string(&path).unwrap()), Some(offer));
        assert_eq!(std::os::unix::fs::MetadataExt::mode(&fs::metadata(&path).unwrap()) & 0o777, 0o600);
        assert_eq!(read("nonsense"), None);
    }
}
