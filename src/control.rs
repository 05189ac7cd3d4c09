//! The control socket: the operator's commands reach the running gateway, and nobody else's do.
//!
//! One line of JSON asks, one line of JSON answers. The socket is readable and writable by its owner only.

mod passing;

use std::fs;
use std::future::Future;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpListener;
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
    /// The listening sockets, and then the gateway's end: the asker takes its place.
    TakeOver,
    /// A new one-time link for the owner.
    SetUpLink,
}

/// What the asker says when it has the sockets.
const TAKEN: &str = "taken\n";
/// What it is told when the place is free, and says when it has taken it.
const FREE: &str = "free\n";
const READY: &str = "ready\n";

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
    HandedOver {
        sockets: usize,
    },
    SetUpLink {
        link: String,
    },
    /// A sentence for the operator.
    Failed(String),
}

/// An answer, and what goes with it.
pub struct Reply {
    pub answer: Answer,
    pub sockets: Vec<TcpListener>,
    /// Done when the asker has all of it.
    pub then: Option<Box<dyn FnOnce(Successor) + Send>>,
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self { answer, sockets: Vec::new(), then: None }
    }
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
        F: Future<Output = Reply> + Send,
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

async fn converse<H, F>(mut stream: UnixStream, handle: &H) -> io::Result<()>
where
    H: Fn(Request) -> F,
    F: Future<Output = Reply>,
{
    let line = read_line(&mut stream).await?;
    let reply = match serde_json::from_str(&line) {
        Ok(request) => handle(request).await,
        Err(error) => Reply::from(Answer::Failed(format!(
            "the running gateway does not understand this request ({error}); use the same release for both"
        ))),
    };
    let Reply { mut answer, mut sockets, mut then } = reply;
    if sockets.len() > passing::MOST {
        answer = Answer::Failed(format!("{} sockets are more than can be handed over", sockets.len()));
        (sockets, then) = (Vec::new(), None);
    }
    let mut line = serde_json::to_string(&answer)?;
    line.push('\n');
    passing::send(&mut stream, line.as_bytes(), &sockets).await?;
    drop(sockets);
    let Some(then) = then else { return Ok(()) };
    if read_line(&mut stream).await? != TAKEN {
        return Err(io::Error::other("it did not say that it has the sockets"));
    }
    then(Successor(stream));
    Ok(())
}

async fn read_line(stream: &mut UnixStream) -> io::Result<String> {
    let mut line = String::new();
    let mut reader = tokio::io::BufReader::new(stream.take(LONGEST_REQUEST));
    tokio::time::timeout(REQUEST_PATIENCE, reader.read_line(&mut line)).await??;
    Ok(line)
}

/// Who takes our place, and may fail to.
#[derive(Debug)]
pub struct Successor(UnixStream);

impl Successor {
    /// Leaves the place to it. `false`: it has ended before it was ready.
    pub async fn follows(mut self) -> bool {
        // One that is gone does not hear it; its silence tells.
        let _ = self.0.write_all(FREE.as_bytes()).await;
        let mut said = Vec::new();
        // It takes as long as its start does; when it ends, so does this.
        let _ = (&mut self.0).take(64).read_to_end(&mut said).await;
        said == READY.as_bytes()
    }
}

/// What a gateway that leaves has handed over.
#[derive(Debug)]
pub struct Legacy {
    pub sockets: Vec<TcpListener>,
    stream: std::os::unix::net::UnixStream,
}

impl Legacy {
    /// Waits until its place is free, or its process has ended.
    pub fn wait(&mut self, limit: Duration) -> io::Result<()> {
        self.stream.set_read_timeout(Some(limit))?;
        match self.stream.read(&mut [0; 16]) {
            Err(error) if error.kind() != io::ErrorKind::ConnectionReset => Err(error),
            _ => Ok(()),
        }
    }

    /// Its place is taken: it need not come back.
    pub fn dismiss(mut self) {
        // One that is gone already needs no word.
        let _ = self.stream.write_all(READY.as_bytes());
    }
}

/// Takes the place of the gateway that runs on `data_dir`, if `suits` has nothing against its sockets; `None` when none
/// runs. On `Err` it runs on.
pub fn take_over(data_dir: &Path, suits: impl FnOnce(&[TcpListener]) -> io::Result<()>) -> Option<io::Result<Legacy>> {
    Some(connect(data_dir)?.and_then(|mut stream| {
        write_request(&mut stream, &Request::TakeOver)?;
        stream.set_read_timeout(Some(REQUEST_PATIENCE))?;
        let (mut bytes, sockets) = passing::receive(&stream)?;
        if !bytes.ends_with(b"\n") {
            BufReader::new(&stream).read_until(b'\n', &mut bytes)?;
        }
        match serde_json::from_slice(&bytes)? {
            Answer::HandedOver { sockets: count } if count == sockets.len() => {}
            Answer::Failed(reason) => return Err(io::Error::other(reason)),
            _ => return Err(io::Error::other("the running gateway answered something else")),
        }
        suits(&sockets)?;
        stream.write_all(TAKEN.as_bytes())?;
        Ok(Legacy { sockets, stream })
    }))
}

/// Asks the gateway that runs on `data_dir`; `None` when none does. Waits for as long as the answer takes.
pub fn ask(data_dir: &Path, request: &Request) -> Option<io::Result<Answer>> {
    Some(connect(data_dir)?.and_then(|stream| exchange(stream, request)))
}

fn connect(data_dir: &Path) -> Option<io::Result<std::os::unix::net::UnixStream>> {
    match std::os::unix::net::UnixStream::connect(path(data_dir)) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => None,
        other => Some(other),
    }
}

fn write_request(stream: &mut std::os::unix::net::UnixStream, request: &Request) -> io::Result<()> {
    let mut line = serde_json::to_string(request)?;
    line.push('\n');
    stream.write_all(line.as_bytes())
}

fn exchange(mut stream: std::os::unix::net::UnixStream, request: &Request) -> io::Result<Answer> {
    write_request(&mut stream, request)?;
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
                Request::Backup { to } if to.to_str() == Some("/good") => Answer::BackedUp { records: 7 }.into(),
                _ => Answer::Failed("no".into()).into(),
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

    #[tokio::test(flavor = "multi_thread")]
    async fn sockets_are_handed_over_with_who_waits_in_them() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().to_owned();
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let waiting = std::net::TcpStream::connect(address).unwrap();
        let control = Control::bind(&dir).unwrap();
        let told = Arc::new(tokio::sync::Notify::new());
        let tell = Arc::clone(&told);
        let served = tokio::spawn(control.serve(move |_| {
            let (tell, sockets) = (Arc::clone(&tell), vec![socket.try_clone().unwrap()]);
            let then: Box<dyn FnOnce(Successor) + Send> = Box::new(move |_| tell.notify_one());
            async move { Reply { answer: Answer::HandedOver { sockets: 1 }, sockets, then: Some(then) } }
        }));
        let legacy = tokio::task::spawn_blocking(move || take_over(&dir, |_| Ok(())).unwrap().unwrap()).await.unwrap();
        told.notified().await;
        served.abort();
        let (_, peer) = legacy.sockets.first().unwrap().accept().unwrap();
        assert_eq!(peer, waiting.local_addr().unwrap());
    }
}
