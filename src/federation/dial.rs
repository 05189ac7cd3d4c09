//! Connections to providers: every address of a name gets its chance, and nobody sends more than a mebibyte.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use rustls::ClientConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

use super::error::{Trouble, Unreachable};

/// All that a provider may send in one answer, with everything around it. Google's largest is 3 KB.
const MOST_BYTES: usize = 1 << 20;
/// After which the next address is tried beside the last one (RFC 8305 section 5): plants are full of half-open IPv6.
const HEAD_START: Duration = Duration::from_millis(250);
const MOST_ADDRESSES: usize = 8;

pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// Over TLS for https; in plain text for http, and then to this machine only.
pub(super) async fn connect(
    uri: &Uri,
    tls: impl FnOnce() -> Result<Arc<ClientConfig>, Trouble>,
) -> Result<Box<dyn Duplex>, Trouble> {
    let host = uri.host().unwrap_or_default();
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let is_plain = uri.scheme_str() != Some("https");
    let port = uri.port_u16().unwrap_or(if is_plain { 80 } else { 443 });
    let tcp = race(resolve(host, port, is_plain).await?).await?;
    if is_plain {
        return Ok(Box::new(tcp));
    }
    let name = ServerName::try_from(host.to_owned()).map_err(|error| Trouble::new(Unreachable::Tls, error))?;
    match TlsConnector::from(tls()?).connect(name, tcp).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) => Err(Trouble::new(Unreachable::Tls, error)),
    }
}

async fn resolve(host: &str, port: u16, local_only: bool) -> Result<Vec<SocketAddr>, Trouble> {
    let found = tokio::net::lookup_host((host, port)).await;
    let found = found.map_err(|error| Trouble::new(Unreachable::Dns, error))?;
    let fit = found.filter(|address| !local_only || address.ip().to_canonical().is_loopback());
    let addresses: Vec<SocketAddr> = fit.take(MOST_ADDRESSES).collect();
    match addresses.is_empty() {
        true => Err(Trouble::new(Unreachable::Dns, format_args!("{host} has no address to be used"))),
        false => Ok(addresses),
    }
}

/// The first that answers.
async fn race(addresses: Vec<SocketAddr>) -> Result<Metered, Trouble> {
    let mut attempts = JoinSet::new();
    let mut waiting = addresses.into_iter().peekable();
    let mut last = None;
    loop {
        if let Some(address) = waiting.next() {
            attempts.spawn(TcpStream::connect(address));
        }
        let next = match waiting.peek() {
            Some(_) => tokio::time::timeout(HEAD_START, attempts.join_next()).await.ok().flatten(),
            None => attempts.join_next().await,
        };
        match next {
            Some(Ok(Ok(stream))) => return Ok(Metered { stream, left: MOST_BYTES }),
            Some(Ok(Err(error))) => last = Some(error),
            Some(Err(_)) | None => {}
        }
        if attempts.is_empty() && waiting.peek().is_none() {
            let why = last.map_or_else(|| "nobody answers".to_owned(), |error| error.to_string());
            return Err(Trouble::new(Unreachable::Refused, why));
        }
    }
}

/// Trusts the system's authorities, and the operator's beside them.
pub(super) fn tls_config(ca: Option<&str>) -> Result<Arc<ClientConfig>, Trouble> {
    let unfit = |error: &dyn std::fmt::Display| Trouble::new(Unreachable::Tls, error);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let roots: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(ca.unwrap_or_default().as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|error| unfit(&format_args!("ca_file: {error}")))?;
    let verifier = match roots.is_empty() {
        true => Verifier::new(Arc::clone(&provider)),
        false => Verifier::new_with_extra_roots(roots, Arc::clone(&provider)),
    };
    let verifier = Arc::new(verifier.map_err(|error| unfit(&error))?);
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| unfit(&error))?;
    let mut config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// A connection that ends when the other side has sent too much: heads, chunks and interim answers count as well.
#[derive(Debug)]
struct Metered {
    stream: TcpStream,
    left: usize,
}

impl AsyncRead for Metered {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.left == 0 {
            return Poll::Ready(Err(io::Error::other("it sends more than 1 MiB")));
        }
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.left = self.left.saturating_sub(buf.filled().len() - before);
        polled
    }
}

impl AsyncWrite for Metered {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
