//! What the recorder does on which path.
//!
//! | path | behavior |
//! | --- | --- |
//! | `/ws` | WebSocket echo, and says what the stage tells it to |
//! | `/held` | a WebSocket whose 101 waits until the stage says something |
//! | `/raw` | 101 to the protocol `raw`, then every byte comes back |
//! | `/events`, `/download` | an endless SSE stream or download that the stage conducts |
//! | `/poll` | a long poll: one answer, once the stage says it |
//! | `/flood` | an endless body as fast as it is taken |
//! | `/bytes?n=`, `/chunks?n=` | a body of that size, with a length or in chunks |
//! | `/status?code=` | this status without a body |
//! | `/trailers` | a chunked answer with a trailer |
//! | `/early-hints` | 103, then 200 |
//! | `/full` | 413 before the request body, then close |
//! | all others | 200 and a JSON of what it saw |
//!
//! A request body is read first and counts as received under the request's tag.

use std::io::{ErrorKind, Result, Write};
use std::time::Duration;

use serde_json::json;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket};

use super::connection::{Connection, Duplex};
use super::recorder::Recorded;

/// How often a conducted stream looks for both a line to say and bytes to hear.
const BEAT: Duration = Duration::from_millis(3);

pub fn answers_before_the_body(connection: &mut Connection, request: &Recorded) -> Result<bool> {
    if request.path() != "/full" {
        return Ok(false);
    }
    connection
        .pipe
        .write_all(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfull")?;
    Ok(true)
}

/// True when the connection can take another request.
pub fn play(connection: &mut Connection, request: &Recorded) -> Result<bool> {
    match request.path() {
        "/ws" => web_socket(connection, request),
        "/held" => held_web_socket(connection, request),
        "/raw" => raw_echo(connection),
        "/events" => conducted(connection, request, "text/event-stream", b"data: open\n\n"),
        "/download" => conducted(connection, request, "application/octet-stream", b"open"),
        "/poll" => poll(connection, request),
        "/flood" => flood(connection, request),
        "/bytes" => bytes(connection, request),
        "/chunks" => chunks(connection, request),
        "/status" => status(connection, request),
        "/trailers" => with_trailers(connection),
        "/early-hints" => early_hints(connection, request),
        _ => echo(connection, request),
    }
}

fn echo(connection: &mut Connection, request: &Recorded) -> Result<bool> {
    let body = String::from_utf8_lossy(&request.body);
    let headers: Vec<[&str; 2]> = request.headers.iter().map(|(name, value)| [name.as_str(), value.as_str()]).collect();
    let text =
        json!({ "method": request.method, "target": request.target, "headers": headers, "body": body }).to_string();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", text.len());
    let body = if request.method == "HEAD" { "" } else { &text };
    connection.pipe.write_all((head + body).as_bytes())?;
    Ok(!asks_to_close(request))
}

fn asks_to_close(request: &Recorded) -> bool {
    request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
}

fn switch(connection: &mut Connection, request: &Recorded) -> Result<()> {
    let key = request.header("sec-websocket-key").unwrap_or_default();
    let accept = derive_accept_key(key.as_bytes());
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    connection.pipe.write_all(head.as_bytes())
}

fn held_web_socket(connection: &mut Connection, request: &Recorded) -> Result<bool> {
    let tag = request.tag();
    connection.shared.stage.open(tag);
    if wait_line(connection, tag)?.is_none() {
        return Ok(false);
    }
    web_socket(connection, request)
}

fn web_socket(connection: &mut Connection, request: &Recorded) -> Result<bool> {
    switch(connection, request)?;
    let (tag, shared) = (request.tag(), connection.shared.clone());
    shared.stage.open(tag);
    connection.pipe.patience(Some(BEAT));
    let held = std::mem::take(&mut connection.buffer);
    let pipe: &mut dyn Duplex = &mut *connection.pipe;
    let mut socket = WebSocket::from_partially_read(pipe, held, Role::Server, None);
    let outcome = loop {
        while let Some(line) = shared.stage.next_line(tag) {
            let _ = socket.send(Message::text(String::from_utf8_lossy(&line).into_owned()));
        }
        match socket.read() {
            Ok(message @ (Message::Text(_) | Message::Binary(_))) => {
                shared.stage.receive(tag, &message.clone().into_data());
                if socket.send(message).is_err() {
                    break Ok(false);
                }
            }
            Ok(_) => {}
            Err(Error::Io(error)) if is_pause(error.kind()) => {}
            Err(_) => break Ok(false),
        }
    };
    shared.stage.end(tag);
    outcome
}

fn raw_echo(connection: &mut Connection) -> Result<bool> {
    connection.pipe.write_all(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: raw\r\nConnection: Upgrade\r\n\r\n")?;
    let held = std::mem::take(&mut connection.buffer);
    connection.pipe.write_all(&held)?;
    let mut piece = [0; 16 * 1024];
    loop {
        let count = connection.pipe.read(&mut piece)?;
        if count == 0 {
            return Ok(false);
        }
        connection.pipe.write_all(&piece[..count])?;
    }
}

fn conducted(connection: &mut Connection, request: &Recorded, kind: &str, first: &[u8]) -> Result<bool> {
    let tag = request.tag();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n");
    connection.pipe.write_all(head.as_bytes())?;
    write_chunk(connection, first)?;
    connection.shared.stage.open(tag);
    while let Some(line) = wait_line(connection, tag)? {
        if write_chunk(connection, &line).is_err() {
            break;
        }
    }
    connection.shared.stage.end(tag);
    Ok(false)
}

fn poll(connection: &mut Connection, request: &Recorded) -> Result<bool> {
    let tag = request.tag();
    connection.shared.stage.open(tag);
    if let Some(line) = wait_line(connection, tag)? {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", line.len());
        connection.pipe.write_all(head.as_bytes())?;
        connection.pipe.write_all(&line)?;
        return Ok(true);
    }
    Ok(false)
}

fn flood(connection: &mut Connection, request: &Recorded) -> Result<bool> {
    let tag = request.tag();
    connection.pipe.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
    connection.shared.stage.open(tag);
    let piece = vec![b'.'; 64 * 1024];
    while write_chunk(connection, &piece).is_ok() {}
    connection.shared.stage.end(tag);
    Ok(false)
}

fn bytes(connection: &mut Connection, request: &Recorded) -> Result<bool> {
    let size = size_of(request);
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n");
    connection.pipe.write_all(head.as_bytes())?;
    pieces(size, |piece| connection.pipe.write_all(piece))?;
    Ok(true)
}

fn chunks(connection: &mut Connection, request: &Recorded) -> Result<bool> {
    connection.pipe.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
    pieces(size_of(request), |piece| write_chunk(connection, piece))?;
    connection.pipe.write_all(b"0\r\n\r\n")?;
    Ok(true)
}

fn status(connection: &mut Connection, request: &Recorded) -> Result<bool> {
    let code = request.query("code").unwrap_or("204");
    let length = if code == "204" || code == "304" { "" } else { "Content-Length: 0\r\n" };
    connection.pipe.write_all(format!("HTTP/1.1 {code} Chosen\r\nETag: \"e\"\r\n{length}\r\n").as_bytes())?;
    Ok(true)
}

fn with_trailers(connection: &mut Connection) -> Result<bool> {
    let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Checksum\r\n\r\n\
                  4\r\ntail\r\n0\r\nX-Checksum: abc\r\n\r\n";
    connection.pipe.write_all(answer.as_bytes())?;
    Ok(true)
}

fn early_hints(connection: &mut Connection, request: &Recorded) -> Result<bool> {
    connection.pipe.write_all(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n")?;
    echo(connection, request)
}

/// The stage's next line, or `None` when the other side goes away first.
fn wait_line(connection: &mut Connection, tag: &str) -> Result<Option<Vec<u8>>> {
    connection.pipe.patience(Some(BEAT));
    let line = loop {
        if let Some(line) = connection.shared.stage.next_line(tag) {
            break Some(line);
        }
        let mut piece = [0; 4096];
        match connection.pipe.read(&mut piece) {
            Ok(0) => break None,
            Ok(count) => {
                connection.shared.stage.receive(tag, &piece[..count]);
                connection.buffer.extend_from_slice(&piece[..count]);
            }
            Err(error) if is_pause(error.kind()) => {}
            Err(_) => break None,
        }
    };
    connection.pipe.patience(None);
    if line.is_none() {
        connection.shared.stage.end(tag);
    }
    Ok(line)
}

fn is_pause(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn write_chunk(connection: &mut Connection, piece: &[u8]) -> Result<()> {
    let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
    chunk.extend_from_slice(piece);
    chunk.extend_from_slice(b"\r\n");
    connection.pipe.write_all(&chunk)
}

fn size_of(request: &Recorded) -> usize {
    request.query("n").and_then(|size| size.parse().ok()).unwrap_or(0)
}

fn pieces(size: usize, mut write: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let piece = vec![b'm'; 64 * 1024];
    let mut left = size;
    while left > 0 {
        let count = left.min(piece.len());
        write(&piece[..count])?;
        left -= count;
    }
    Ok(())
}
