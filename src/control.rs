//! The control socket: the operator's commands reach the running gateway, and nobody else's do.
//!
//! One line of JSON asks, one line of JSON answers. The socket is readable and writable by its owner only.

use std::fs;
use std::future::Future;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::domain::audit::AuditReport;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

const SOCKET: &str = "millgate.sock";
/// A path and a few words fit many times.
const LONGEST_REQUEST: u64 = 64 * 1024;
/// The asker writes its line at once; one that does not is no asker of ours.
const REQUEST_PATIENCE: Duration = Duration::from_secs(5);
/// After a failed `accept`, as when file descriptors run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// Copy the store to a file, by its absolute path.
    Backup { to: PathBuf },
    /// Whether the audit record is whole.
    InspectAudit,
    /// The root of the gateway's own authority.
    Root,
    /// A new authority in the place of the old one.
    RenewRoot,
    /// A new one-time link for the owner.
    SetUpLink,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    BackedUp {
        records: u64,
    },
    Audit(AuditReport),
    Root {
        pem: String,
    },
    SetUpLink {
        link: String,
    },
    /// A sentence for the operator.
    Failed(String),
}

/// Where the gateway on `data_dir` listens.
pub fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(SOCKET)
}

/// The listening socket; its file goes when this does.
#[derive(Debug)]
pub struct Control {
    listener: UnixListener,
    path: PathBuf,
}

impl Control {
    /// Takes the place of a socket that a crash left behind: whoever holds the store's lock is the only gateway here.
    /// Needs a tokio runtime.
    pub fn bind(data_dir: &Path) -> io::Result<Self> {
        let path = path(data_dir);
        // Made private before anybody can find it.
        let unnamed = data_dir.join(format!("{SOCKET}.new"));
        match fs::remove_file(&unnamed) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&unnamed)?;
        fs::set_permissions(&unnamed, fs::Permissions::from_mode(0o600))?;
        fs::rename(&unnamed, &path)?;
        Ok(Self { listener, path })
    }

    /// Answers requests with `handle` for as long as it is polled.
    pub async fn serve<H, F>(self, handle: H)
    where
        H: Fn(Request) -> F + Send + Sync + 'static,
        F: Future<Output = Answer> + Send,
    {
        let handle = Arc::new(handle);
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let handle = Arc::clone(&handle);
                    tokio::spawn(async move {
                        if let Err(error) = converse(stream, &*handle).await {
                            tracing::debug!(%error, "a control connection ended early");
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "the control socket cannot accept");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        // Gone already, or replaced by the next gateway's at its start: both are fine.
        let _ = fs::remove_file(&self.path);
    }
}

async fn converse<H, F>(stream: UnixStream, handle: &H) -> io::Result<()>
where
    H: Fn(Request) -> F,
    F: Future<Output = Answer>,
{
    let (reader, mut writer) = stream.into_split();
    let mut line = String::new();
    let mut reader = tokio::io::BufReader::new(reader.take(LONGEST_REQUEST));
    tokio::time::timeout(REQUEST_PATIENCE, reader.read_line(&mut line)).await??;
    let answer = match serde_json::from_str(&line) {
        Ok(request) => handle(request).await,
        Err(error) => Answer::Failed(format!(
            "the running gateway does not understand this request ({error}); use the same release for both"
        )),
    };
    let mut line = serde_json::to_string(&answer)?;
    line.push('\n');
    writer.write_all(line.as_bytes()).await
}

/// Asks the gateway that runs on `data_dir`; `None` when none does. Waits for as long as the answer takes.
pub fn ask(data_dir: &Path, request: &Request) -> Option<io::Result<Answer>> {
    use std::os::unix::net::UnixStream;
    match UnixStream::connect(path(data_dir)) {
        Ok(stream) => Some(exchange(stream, request)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => None,
        Err(error) => Some(Err(error)),
    }
}

fn exchange(mut stream: std::os::unix::net::UnixStream, request: &Request) -> io::Result<Answer> {
    let mut line = serde_json::to_string(request)?;
    line.push('\n');
    stream.write_all(line.as_bytes())?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer)?;
    if answer.is_empty() {
        return Err(io::Error::other("the gateway ended without an answer"));
    }
    Ok(serde_json::from_str(&answer)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_request_is_answered_over_a_private_socket_that_replaces_a_stale_one() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().to_owned();
        assert!(ask(&dir, &Request::Backup { to: "/x".into() }).is_none());
        drop(std::os::unix::net::UnixListener::bind(path(&dir)).unwrap());
        assert!(ask(&dir, &Request::Backup { to: "/x".into() }).is_none());

        let control = Control::bind(&dir).unwrap();
        assert_eq!(fs::metadata(path(&dir)).unwrap().permissions().mode() & 0o777, 0o600);
        let served = tokio::spawn(control.serve(|request| async move {
            match request {
                Request::Backup { to } if to.to_str() == Some("/good") => Answer::BackedUp { records: 7 },
                _ => Answer::Failed("no".into()),
            }
        }));
        let told = tokio::task::spawn_blocking(move || {
            let told = ["/good", "/bad"].map(|to| ask(&dir, &Request::Backup { to: to.into() }).unwrap().unwrap());
            let mut raw = std::os::unix::net::UnixStream::connect(path(&dir)).unwrap();
            raw.write_all(b"{\"do\":\"dance\"}\n").unwrap();
            let mut line = String::new();
            BufReader::new(raw).read_line(&mut line).unwrap();
            (told, line)
        });
        let (told, line) = told.await.unwrap();
        assert_eq!(told, [Answer::BackedUp { records: 7 }, Answer::Failed("no".into())]);
        assert!(line.contains("failed"), "{line}");
        served.abort();
        assert!(served.await.is_err());
        assert!(!path(folder.path()).exists());
    }
}
