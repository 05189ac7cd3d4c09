//! `setup-link`: a way in for whoever rules the machine.

use std::path::Path;
use std::process::ExitCode;

use crate::config::Sources;
use crate::control::{self, Answer, Request};

use super::{FAILED, FINE, keep};

pub(super) fn setup_link(sources: &Sources) -> ExitCode {
    let data_dir = match keep::data_dir(sources) {
        Ok(data_dir) => data_dir,
        Err(refused) => return refused,
    };
    match ask(&data_dir) {
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

/// The code lives in the gateway's memory only, so it is the gateway that must be asked.
fn ask(data_dir: &Path) -> Result<String, String> {
    match control::ask(data_dir, &Request::SetUpLink) {
        Some(Ok(Answer::SetUpLink { link })) => Ok(link),
        Some(Ok(Answer::Failed(reason))) => Err(reason),
        Some(Ok(Answer::BackedUp { .. } | Answer::Root { .. })) => {
            Err("the running gateway answered something else; use the same release for both".to_owned())
        }
        Some(Err(error)) => {
            Err(format!("the running gateway cannot be asked over {}: {error}", control::path(data_dir).display()))
        }
        None => Err(format!(
            "no gateway runs on {}, and the link is its to make. Start it with `millgate serve`, which prints a link by itself as long as there is no owner; or name the right folder with --data",
            data_dir.display()
        )),
    }
}
