//! The small HTTP/1.1 server behind every subject, and the auth server behind `auth_request`.
//!
//! It runs as a child process with one single-threaded runtime per worker, and does as little as it
//! can, so that what is measured is the proxy in front of it.

use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::Result;

#[derive(Clone, Copy)]
pub(crate) enum Role {
    Upstream,
    Auth,
}

/// Bytes of a download and of an upload.
pub(crate) const LARGE: usize = 10_000_000;
/// What a small answer carries: the size of a short JSON document.
pub(crate) const SMALL_BODY: &str =
    r#"{"line":4,"speed":118.25,"unit":"m/min","state":"running","order":"A-20931","good":18211,"scrap":37}"#;
/// The cookie that the auth server accepts. It is as long as a Millgate cookie.
pub(crate) const AUTH_COOKIE: &str = "millgate-0123456789abc=0123456789012345678901234567890123456789012";
/// An unmasked WebSocket text frame: the upstream's first words, the proof that a socket is live.
pub(crate) const HELLO: &[u8] = b"\x81\x02hi";

const WORKERS: usize = 2;
const CHUNK: usize = 1_000_000;
const MAX_HEADERS: usize = 64;

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text {
            "upstream" => Ok(Self::Upstream),
            "auth" => Ok(Self::Auth),
            other => Err(format!("no server role `{other}`")),
        }
    }
}

/// Accepts for ever, handing connections out to the workers in turn.
pub(crate) fn run(role: Role, port: u16) -> Result<()> {
    let workers: Vec<_> = (0..WORKERS).map(|_| spawn_worker(role)).collect();
    let listener = std::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    for worker in workers.iter().cycle() {
        let (stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        worker.send(stream)?;
    }
    Ok(())
}

fn spawn_worker(role: Role) -> mpsc::UnboundedSender<std::net::TcpStream> {
    let (sender, mut accepted) = mpsc::unbounded_channel::<std::net::TcpStream>();
    std::thread::spawn(move || -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        runtime.block_on(async {
            while let Some(stream) = accepted.recv().await {
                let stream = TcpStream::from_std(stream)?;
                // A connection that breaks off is the load client's to report.
                tokio::spawn(async move { converse(stream, role).await.ok() });
            }
            Ok(())
        })
    });
    sender
}

async fn converse(mut stream: TcpStream, role: Role) -> Result<()> {
    let mut input = BytesMut::with_capacity(16 * 1024);
    loop {
        match take_request(&mut input, role)? {
            None if stream.read_buf(&mut input).await? == 0 => return Ok(()),
            None => {}
            Some(Request::Short(answer)) => stream.write_all(answer.as_bytes()).await?,
            Some(Request::Download) => send_large(&mut stream).await?,
            Some(Request::Upload(length)) => receive(&mut stream, &mut input, length).await?,
            Some(Request::Socket(key)) => return hold_socket(stream, &key).await,
        }
    }
}

enum Request {
    Short(&'static str),
    Download,
    Upload(usize),
    Socket(String),
}

/// Takes one request head off `input`; None while it is incomplete.
fn take_request(input: &mut BytesMut, role: Role) -> Result<Option<Request>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(length) = head.parse(input)? else {
        return Ok(None);
    };
    let request = match role {
        Role::Auth => Request::Short(authorize(&head)),
        Role::Upstream => understand(&head)?,
    };
    input.advance(length);
    Ok(Some(request))
}

const GRANTED: &str = "HTTP/1.1 200 OK\r\nX-User: bench@example.com\r\nContent-Length: 0\r\n\r\n";
const DENIED: &str = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
const UNKNOWN: &str = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";

/// The least that an auth server can do: real ones do much more per request.
fn authorize(head: &httparse::Request<'_, '_>) -> &'static str {
    let cookies = header(head, "cookie").unwrap_or_default();
    let granted = cookies.split("; ").any(|cookie| cookie == AUTH_COOKIE);
    if granted { GRANTED } else { DENIED }
}

fn understand(head: &httparse::Request<'_, '_>) -> Result<Request> {
    Ok(match (head.method, head.path) {
        (Some("GET"), Some("/small")) => Request::Short(small_answer()),
        (Some("GET"), Some("/large")) => Request::Download,
        (Some("POST"), Some("/upload")) => {
            let length = header(head, "content-length").ok_or("an upload without Content-Length")?;
            Request::Upload(length.parse()?)
        }
        (Some("GET"), Some("/socket")) => {
            let key = header(head, "sec-websocket-key").ok_or("a handshake without key")?;
            Request::Socket(key.to_owned())
        }
        _ => Request::Short(UNKNOWN),
    })
}

fn header<'a>(head: &httparse::Request<'_, 'a>, name: &str) -> Option<&'a str> {
    let found = head.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
    std::str::from_utf8(found.value).ok()
}

fn small_answer() -> &'static str {
    static ANSWER: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{SMALL_BODY}",
            SMALL_BODY.len()
        )
    });
    &ANSWER
}

async fn send_large(stream: &mut TcpStream) -> Result<()> {
    static BYTES: [u8; CHUNK] = [b'm'; CHUNK];
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {LARGE}\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    for _ in 0..LARGE / CHUNK {
        stream.write_all(&BYTES).await?;
    }
    Ok(())
}

async fn receive(stream: &mut TcpStream, input: &mut BytesMut, length: usize) -> Result<()> {
    let already = input.len().min(length);
    input.advance(already);
    let mut left = length - already;
    let mut sink = vec![0; 256 * 1024];
    while left > 0 {
        let room = sink.len().min(left);
        let Some(window) = sink.get_mut(..room) else {
            break;
        };
        match stream.read(window).await? {
            0 => return Err("the upload broke off".into()),
            read => left -= read,
        }
    }
    stream.write_all(small_answer().as_bytes()).await?;
    Ok(())
}

/// Answers the handshake (RFC 6455 section 4.2.2), says hello and stays silent until the other side ends.
async fn hold_socket(mut stream: TcpStream, key: &str) -> Result<()> {
    use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
    let salted = format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, salted.as_bytes());
    let accept = data_encoding::BASE64.encode(digest.as_ref());
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    let mut answer = head.into_bytes();
    answer.extend_from_slice(HELLO);
    stream.write_all(&answer).await?;
    let mut ignored = [0; 256];
    while stream.read(&mut ignored).await? > 0 {}
    Ok(())
}
