//! The demo's sample upstream.

/// A stand-in until the sample arrives.
pub async fn serve(_: tokio::net::TcpListener) {}
