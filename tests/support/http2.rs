//! HTTP/2 below everything that the suite says in HTTP/1.1: the same tests, over the other protocol.
//!
//! A [`Carrier`] stands before a gate, takes what a `RawClient` writes and carries each request in a stream of one HTTP/2
//! connection, which all clients of the gate share. A stream that is cut is a connection cut.

use std::cell::Cell;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::Poll;

use bytes::Bytes;
use h2::client::SendRequest;
use h2::{Reason, RecvStream, SendStream};
use http::{HeaderMap, Request};
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Mutex;

pub static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
});

thread_local! {
    static CHOSEN: Cell<bool> = const { Cell::new(false) };
}

/// Runs a test with every gate that it starts spoken to over HTTP/2.
pub fn over_http2(test: fn()) {
    CHOSEN.set(true);
    test();
    CHOSEN.set(false);
}

pub fn is_chosen() -> bool {
    CHOSEN.get()
}

pub struct Carrier {
    address: SocketAddr,
    tls: Option<Arc<ClientConfig>>,
    /// Each with its requests under way.
    connections: Mutex<Vec<(SendRequest<Bytes>, Arc<()>)>>,
}

/// Fewer than a gateway takes at once.
const MOST_STREAMS: usize = 90;

impl Carrier {
    pub fn new(address: SocketAddr, tls: Option<Arc<ClientConfig>>) -> Arc<Carrier> {
        Arc::new(Carrier { address, tls, connections: Mutex::default() })
    }

    /// The near end of a connection that this carrier serves.
    pub fn connect(self: &Arc<Self>, name: &str) -> std::io::Result<std::net::TcpStream> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        let near = std::net::TcpStream::connect(listener.local_addr()?)?;
        let far = listener.accept()?.0;
        far.set_nonblocking(true)?;
        let (carrier, name) = (Arc::clone(self), name.to_owned());
        // A gateway that is gone refuses at once, as it does without a carrier.
        drop(std::net::TcpStream::connect(self.address)?);
        RUNTIME.spawn(async move {
            let far = TcpStream::from_std(far).expect("a socket of the runtime");
            carrier.carry(far, &name).await;
        });
        Ok(near)
    }

    async fn carry(&self, far: TcpStream, name: &str) {
        // What is cut must look so: what was written before still arrives.
        let (reader, writer) = far.into_split();
        let mut exchange = Exchange { reader, writer, ahead: Vec::new() };
        while let Some(head) = exchange.read_until(b"\r\n\r\n").await {
            let Some((connection, _busy)) = self.ready(name).await else { return };
            if exchange.carry(connection, &head).await.is_none() {
                return;
            }
        }
    }

    async fn ready(&self, name: &str) -> Option<(SendRequest<Bytes>, Arc<()>)> {
        let mut kept = self.connections.lock().await;
        while let Some((connection, busy)) = kept.last().filter(|(_, busy)| Arc::strong_count(busy) < MOST_STREAMS) {
            if let Ok(ready) = connection.clone().ready().await {
                return Some((ready, Arc::clone(busy)));
            }
            kept.pop();
        }
        let (opened, busy) = (open(self.address, self.tls.as_ref(), name).await?, Arc::default());
        kept.push((opened.clone(), Arc::clone(&busy)));
        Some((opened.ready().await.ok()?, busy))
    }
}

/// A connection of HTTP/2 that is driven in the background.
pub async fn open(address: SocketAddr, tls: Option<&Arc<ClientConfig>>, name: &str) -> Option<SendRequest<Bytes>> {
    let tcp = TcpStream::connect(address).await.ok()?;
    let Some(config) = tls else { return handshake(tcp).await };
    let mut config = ClientConfig::clone(config);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let name = name.to_owned().try_into().ok()?;
    let stream = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, tcp).await.ok()?;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]), "HTTP/2 is agreed on");
    handshake(stream).await
}

async fn handshake(io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Option<SendRequest<Bytes>> {
    let mut builder = h2::client::Builder::new();
    builder.initial_window_size(1 << 20).initial_connection_window_size(1 << 30).enable_push(false);
    let (requests, connection) = builder.handshake(io).await.ok()?;
    tokio::spawn(connection);
    while !requests.is_extended_connect_protocol_enabled() {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    Some(requests)
}

/// One connection of HTTP/1.1 to a test, and what it has sent that was not used yet.
struct Exchange {
    reader: OwnedReadHalf,
    writer: OwnedWriteHalf,
    ahead: Vec<u8>,
}

#[derive(PartialEq)]
enum Body {
    None,
    Length(usize),
    Chunked,
    Tunnel,
}

impl Exchange {
    async fn fill(&mut self) -> Option<()> {
        fill(&mut self.reader, &mut self.ahead).await
    }

    async fn read_until(&mut self, end: &[u8]) -> Option<Vec<u8>> {
        loop {
            if let Some(at) = super::raw::find(&self.ahead, end) {
                let rest = self.ahead.split_off(at + end.len());
                return Some(std::mem::replace(&mut self.ahead, rest));
            }
            self.fill().await?;
        }
    }

    /// One request and its answer; `None`: this was the last one.
    async fn carry(&mut self, mut connection: SendRequest<Bytes>, head: &[u8]) -> Option<()> {
        let (request, body) = translate(head)?;
        let (is_tunnel, to_head) = (body == Body::Tunnel, request.method() == "HEAD");
        let (answer, sender) = connection.send_request(request, body == Body::None).ok()?;
        let mut down = std::pin::pin!(down(&mut self.writer, answer, is_tunnel, to_head));
        tokio::select! {
            sent = up(&mut self.reader, &mut self.ahead, sender, body) => drop(sent?),
            // What is not sent yet of a request that was answered already is not sent any more.
            _ = &mut down => return None,
        }
        tokio::select! {
            done = &mut down => done,
            () = gone(&mut self.reader, &mut self.ahead) => None,
        }
    }
}

/// Until the test breaks it off.
async fn gone(reader: &mut OwnedReadHalf, ahead: &mut Vec<u8>) {
    while fill(reader, ahead).await.is_some() {}
}

async fn fill(reader: &mut OwnedReadHalf, ahead: &mut Vec<u8>) -> Option<()> {
    match reader.read_buf(ahead).await {
        Ok(1..) => Some(()),
        _ => None,
    }
}

/// `None`: the test has broken it off.
async fn up(
    reader: &mut OwnedReadHalf,
    ahead: &mut Vec<u8>,
    mut sender: SendStream<Bytes>,
    body: Body,
) -> Option<SendStream<Bytes>> {
    let outcome = match body {
        Body::None => Some(()),
        Body::Length(length) => by_length(reader, ahead, &mut sender, length).await,
        Body::Chunked => by_chunks(reader, ahead, &mut sender).await,
        Body::Tunnel => loop {
            if !ahead.is_empty() && sender.send_data(std::mem::take(ahead).into(), false).is_err() {
                break None;
            }
            if fill(reader, ahead).await.is_none() {
                break sender.send_data(Bytes::new(), true).ok();
            }
        },
    };
    if outcome.is_none() {
        sender.send_reset(Reason::CANCEL);
    }
    outcome.map(|()| sender)
}

async fn by_length(
    reader: &mut OwnedReadHalf,
    ahead: &mut Vec<u8>,
    sender: &mut SendStream<Bytes>,
    mut left: usize,
) -> Option<()> {
    while left > 0 {
        if ahead.is_empty() {
            fill(reader, ahead).await?;
        }
        let piece: Vec<u8> = ahead.drain(..ahead.len().min(left)).collect();
        left -= piece.len();
        sender.send_data(piece.into(), left == 0).ok()?;
    }
    Some(())
}

async fn by_chunks(reader: &mut OwnedReadHalf, ahead: &mut Vec<u8>, sender: &mut SendStream<Bytes>) -> Option<()> {
    let mut trailers = HeaderMap::new();
    let mut in_trailers = false;
    loop {
        let Some(at) = super::raw::find(ahead, b"\r\n") else {
            fill(reader, ahead).await?;
            continue;
        };
        let line = String::from_utf8_lossy(&ahead[..at]).into_owned();
        if in_trailers {
            ahead.drain(..at + 2);
            let Some((name, value)) = line.split_once(':') else { break };
            trailers.append(http::HeaderName::from_bytes(name.as_bytes()).ok()?, value.trim().parse().ok()?);
            continue;
        }
        let size = usize::from_str_radix(line.split(';').next().unwrap_or_default(), 16).ok()?;
        while size > 0 && ahead.len() < at + 2 + size + 2 {
            fill(reader, ahead).await?;
        }
        ahead.drain(..at + 2);
        in_trailers = size == 0;
        if size > 0 {
            let piece: Vec<u8> = ahead.drain(..size + 2).take(size).collect();
            sender.send_data(piece.into(), false).ok()?;
        }
    }
    if trailers.is_empty() { sender.send_data(Bytes::new(), true).ok() } else { sender.send_trailers(trailers).ok() }
}

fn translate(head: &[u8]) -> Option<(Request<()>, Body)> {
    let text = String::from_utf8(head.to_vec()).ok()?;
    let mut lines = text.trim_end().split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, path) = (words.next()?, words.next()?);
    let mut request = Request::builder().method(method);
    let (mut body, mut host, mut cookies) = (Body::None, "", Vec::new());
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim_matches(' ');
        match name.to_lowercase().as_str() {
            "host" => host = value,
            "upgrade" => {
                body = Body::Tunnel;
                request = request.method("CONNECT").extension(h2::ext::Protocol::from(value));
            }
            "transfer-encoding" => body = Body::Chunked,
            "connection" | "keep-alive" | "sec-websocket-key" => {}
            // As browsers do.
            "cookie" => cookies.extend(value.split("; ").map(str::to_owned)),
            "content-length" => {
                body = Body::Length(value.parse().ok()?);
                request = request.header(name, value);
            }
            _ => request = request.header(name, value),
        }
    }
    for crumb in cookies {
        request = request.header("cookie", crumb);
    }
    if body == Body::Length(0) {
        body = Body::None;
    }
    let uri = http::Uri::builder().scheme("https").authority(host).path_and_query(path).build().ok()?;
    Some((request.uri(uri).body(()).ok()?, body))
}

/// `None`: the answer was cut.
async fn down(
    writer: &mut OwnedWriteHalf,
    answer: h2::client::ResponseFuture,
    is_tunnel: bool,
    to_head: bool,
) -> Option<()> {
    let mut answer = answer;
    let answer = loop {
        let interim = std::future::poll_fn(|cx| match answer.poll_informational(cx) {
            Poll::Ready(Some(interim)) => Poll::Ready(Ok(interim)),
            _ => Pin::new(&mut answer).poll(cx).map(Err),
        });
        match interim.await {
            Ok(interim) => {
                let text = format!("HTTP/1.1 {}\r\n\r\n", interim.ok()?.status());
                writer.write_all(text.as_bytes()).await.ok()?;
            }
            Err(answer) => break answer.ok()?,
        }
    };
    let (head, mut body) = answer.into_parts();
    let is_switched = is_tunnel && head.status == 200;
    let status = if is_switched { 101 } else { head.status.as_u16() };
    let mut text = format!("HTTP/1.1 {status} -\r\n").into_bytes();
    for (name, value) in &head.headers {
        text.extend_from_slice(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    let has_length = head.headers.contains_key("content-length");
    let chunked = !is_switched && !has_length && !body.is_end_stream();
    match () {
        () if is_switched => text.extend_from_slice(b"Connection: Upgrade\r\nUpgrade: websocket\r\n"),
        () if chunked => text.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
        () if !has_length && !to_head && !matches!(status, 204 | 304) => {
            text.extend_from_slice(b"Content-Length: 0\r\n")
        }
        () => {}
    }
    text.extend_from_slice(b"\r\n");
    writer.write_all(&text).await.ok()?;
    pour(writer, &mut body, chunked).await?;
    if is_switched {
        writer.shutdown().await.ok()?;
    }
    Some(())
}

async fn pour(writer: &mut OwnedWriteHalf, body: &mut RecvStream, chunked: bool) -> Option<()> {
    while let Some(piece) = body.data().await {
        let piece = piece.ok()?;
        let _ = body.flow_control().release_capacity(piece.len());
        let framed = match chunked {
            true if piece.is_empty() => continue,
            true => [format!("{:x}\r\n", piece.len()).as_bytes(), &piece, b"\r\n"].concat(),
            false => piece.to_vec(),
        };
        writer.write_all(&framed).await.ok()?;
    }
    let trailers = body.trailers().await.ok()?.unwrap_or_default();
    if chunked {
        let lines = trailers.iter().map(|(name, value)| format!("{name}: {}\r\n", value.to_str().unwrap_or_default()));
        writer.write_all(format!("0\r\n{}\r\n", lines.collect::<String>()).as_bytes()).await.ok()?;
    }
    Some(())
}
