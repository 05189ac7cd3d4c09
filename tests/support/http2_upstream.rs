//! An upstream that speaks HTTP/2 and nothing else, as servers of gRPC do.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::{HeaderMap, HeaderValue, Request, Response};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::http2::RUNTIME;
use super::wait::eventually;

pub struct Http2Upstream {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    tls: bool,
    task: tokio::task::JoinHandle<()>,
}

struct Shared {
    requests: Mutex<Vec<Seen>>,
    connections: AtomicUsize,
    /// Changes when all connections are to say farewell.
    farewell: watch::Sender<()>,
}

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub method: String,
    pub uri: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub trailers: HeaderMap,
    /// How it ended; `None` while it goes on.
    pub ended: Option<Result<(), Reason>>,
}

impl Http2Upstream {
    pub fn start() -> Http2Upstream {
        Http2Upstream::serve(None)
    }

    pub fn over_tls(config: &Arc<ServerConfig>) -> Http2Upstream {
        let mut config = ServerConfig::clone(config);
        config.alpn_protocols = vec![b"h2".to_vec()];
        Http2Upstream::serve(Some(Arc::new(config)))
    }

    fn serve(tls: Option<Arc<ServerConfig>>) -> Http2Upstream {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a socket");
        let address = listener.local_addr().expect("an address");
        let (requests, connections) = (Mutex::default(), AtomicUsize::default());
        let shared = Arc::new(Shared { requests, connections, farewell: watch::channel(()).0 });
        let (serving, is_tls) = (Arc::clone(&shared), tls.is_some());
        let task = RUNTIME.spawn(async move {
            let listener = TcpListener::from_std(listener).expect("a listener");
            while let Ok((tcp, _)) = listener.accept().await {
                let (shared, tls) = (Arc::clone(&serving), tls.clone());
                tokio::spawn(async move {
                    let Some(tls) = tls else { return shared.serve(tcp).await };
                    if let Ok(stream) = tokio_rustls::TlsAcceptor::from(tls).accept(tcp).await {
                        shared.serve(stream).await;
                    }
                });
            }
        });
        Http2Upstream { address, shared, tls: is_tls, task }
    }

    pub fn url(&self) -> String {
        format!("{}://{}", if self.tls { "https" } else { "http" }, self.address)
    }

    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Every connection takes no more requests.
    pub fn say_farewell(&self) {
        self.shared.farewell.send_replace(());
    }

    pub fn seen(&self, path: &str) -> Vec<Seen> {
        let requests = self.shared.requests.lock().unwrap();
        requests.iter().filter(|seen| seen.uri.contains(path)).cloned().collect()
    }

    /// The request for this path, once it is over.
    #[track_caller]
    pub fn wait_ended(&self, path: &str) -> Seen {
        eventually(&format!("an end of {path} at the upstream"), || {
            self.seen(path).into_iter().find(|seen| seen.ended.is_some())
        })
    }
}

impl Drop for Http2Upstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    async fn serve(self: Arc<Self>, io: impl AsyncRead + AsyncWrite + Unpin) {
        self.connections.fetch_add(1, Ordering::SeqCst);
        let Ok(mut connection) = h2::server::Builder::new().handshake::<_, Bytes>(io).await else { return };
        let mut farewell = self.farewell.subscribe();
        loop {
            tokio::select! {
                taken = connection.accept() => {
                    let Some(Ok((request, respond))) = taken else { return };
                    tokio::spawn(Arc::clone(&self).take(request, respond));
                }
                Ok(()) = farewell.changed() => connection.graceful_shutdown(),
            }
        }
    }

    async fn take(self: Arc<Self>, request: Request<RecvStream>, mut respond: SendResponse<Bytes>) {
        let (head, body) = request.into_parts();
        let (method, uri) = (head.method.to_string(), head.uri.to_string());
        let number = {
            let mut requests = self.requests.lock().unwrap();
            requests.push(Seen { method, uri, headers: head.headers, ..Seen::default() });
            requests.len() - 1
        };
        let path = head.uri.path().to_owned();
        let ended = match path.as_str() {
            "/echo.Echo/Stream" => self.stream(number, body, &mut respond).await,
            "/echo.Echo/Fails" => {
                let answer = grpc().header("grpc-status", "7").body(()).expect("an answer");
                respond.send_response(answer, true).map(|_| ())
            }
            "/hangs" => std::future::pending().await,
            "/resets" => {
                respond.send_reset(Reason::INTERNAL_ERROR);
                Ok(())
            }
            "/refuses" => {
                respond.send_reset(Reason::REFUSED_STREAM);
                Ok(())
            }
            "/refuses-once" if self.is_first(number) => {
                respond.send_reset(Reason::REFUSED_STREAM);
                Ok(())
            }
            "/breaks" => {
                let sender = respond.send_response(Response::new(()), false);
                sender.and_then(|mut sender| {
                    sender.send_data("half".into(), false)?;
                    sender.send_reset(Reason::INTERNAL_ERROR);
                    Ok(())
                })
            }
            "/hints" => {
                let hints = Response::builder().status(103).header("link", "</a.css>").body(()).expect("hints");
                respond.send_informational(hints).and_then(|()| whole(&mut respond, "hinted".into()))
            }
            _ => self.whole(number, body, &mut respond).await,
        };
        self.change(number, |seen| {
            seen.ended = Some(ended.map_err(|error| error.reason().unwrap_or(Reason::NO_ERROR)))
        });
    }

    fn is_first(&self, number: usize) -> bool {
        let requests = self.requests.lock().unwrap();
        !requests[..number].iter().any(|seen| seen.uri == requests[number].uri)
    }

    /// Each piece comes back as soon as it is there; at the end, a status in the trailers.
    async fn stream(
        &self,
        number: usize,
        mut body: RecvStream,
        respond: &mut SendResponse<Bytes>,
    ) -> Result<(), h2::Error> {
        let mut sender = respond.send_response(grpc().body(()).expect("an answer"), false)?;
        while let Some(piece) = body.data().await {
            let piece = piece?;
            let _ = body.flow_control().release_capacity(piece.len());
            self.change(number, |seen| seen.body.extend_from_slice(&piece));
            send(&mut sender, piece).await?;
        }
        let trailers = body.trailers().await?.unwrap_or_default();
        self.change(number, |seen| seen.trailers = trailers);
        let mut status = HeaderMap::new();
        status.insert("grpc-status", HeaderValue::from_static("0"));
        status.insert("grpc-message", HeaderValue::from_static("well"));
        sender.send_trailers(status)
    }

    async fn whole(
        &self,
        number: usize,
        mut body: RecvStream,
        respond: &mut SendResponse<Bytes>,
    ) -> Result<(), h2::Error> {
        let mut all = Vec::new();
        while let Some(piece) = body.data().await {
            let piece = piece?;
            let _ = body.flow_control().release_capacity(piece.len());
            all.extend_from_slice(&piece);
        }
        let trailers = body.trailers().await?.unwrap_or_default();
        self.change(number, |seen| (seen.body, seen.trailers) = (all.clone(), trailers));
        let mut sender = respond.send_response(Response::new(()), false)?;
        send(&mut sender, all.into()).await?;
        sender.send_data(Bytes::new(), true)
    }

    fn change(&self, number: usize, change: impl FnOnce(&mut Seen)) {
        change(&mut self.requests.lock().unwrap()[number]);
    }
}

fn grpc() -> http::response::Builder {
    Response::builder().header("content-type", "application/grpc")
}

fn whole(respond: &mut SendResponse<Bytes>, body: Bytes) -> Result<(), h2::Error> {
    respond.send_response(Response::new(()), false)?.send_data(body, true)
}

/// As much as the window takes, piece by piece.
async fn send(sender: &mut SendStream<Bytes>, mut bytes: Bytes) -> Result<(), h2::Error> {
    while !bytes.is_empty() {
        sender.reserve_capacity(bytes.len());
        let room = std::future::poll_fn(|cx| sender.poll_capacity(cx)).await;
        let room = room.unwrap_or(Ok(0))?;
        if room == 0 {
            return Err(Reason::CANCEL.into());
        }
        sender.send_data(bytes.split_to(room.min(bytes.len())), false)?;
    }
    Ok(())
}
