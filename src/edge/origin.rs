//! Where a request comes from: the peer, or what a trusted proxy in front tells of its own peer.

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use crate::domain::{Authority, Scheme};

use super::Listener;
use super::wire::{Kind, Reject, RequestHead};

/// The visitor's side of the connection.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub(super) ip: IpAddr,
    /// Who really holds the other end: the visitor, or the proxy before us.
    pub(super) peer: IpAddr,
    pub(super) scheme: Scheme,
    pub(super) authority: Rc<Authority>,
    /// The peer is a proxy of ours: what it forwards may go on.
    pub(super) is_trusted: bool,
}

/// Remembers the last host of a connection: browsers send the same one again and again.
#[derive(Debug, Default)]
pub(super) struct HostMemory(Option<(String, Rc<Authority>)>);

impl HostMemory {
    fn read(&mut self, host: &str) -> Option<Rc<Authority>> {
        if let Some((text, authority)) = &self.0
            && text == host
        {
            return Some(Rc::clone(authority));
        }
        let authority = Rc::new(Authority::parse(host)?);
        self.0 = Some((host.to_owned(), Rc::clone(&authority)));
        Some(authority)
    }
}

impl Origin {
    pub(super) fn of(
        head: &RequestHead,
        peer: SocketAddr,
        listener: &Listener,
        memory: &mut HostMemory,
    ) -> Result<Self, Reject> {
        const BAD_HOST: Reject = Reject::Malformed("Host is not a host");
        let peer = peer.ip().to_canonical();
        let own = memory.read(head.host()).ok_or(BAD_HOST)?;
        let is_trusted = listener.trusted_proxies.iter().any(|net| net.contains(&peer));
        if !is_trusted {
            return Ok(Self { ip: peer, peer, scheme: listener.scheme, authority: own, is_trusted });
        }
        let scheme = match head.text(Kind::XForwardedProto) {
            "https" | "wss" => Scheme::Https,
            "http" | "ws" => Scheme::Http,
            _ => listener.scheme,
        };
        let authority = match head.text(Kind::XForwardedHost) {
            "" => own,
            host => Rc::new(Authority::parse(host).ok_or(BAD_HOST)?),
        };
        Ok(Self { ip: client_ip(head, listener).unwrap_or(peer), peer, scheme, authority, is_trusted })
    }

    /// Whether somebody on this machine asks, and nobody else by way of a proxy on this machine or of a name.
    pub(super) fn is_of_operator(&self, head: &RequestHead) -> bool {
        let is_direct = !self.is_trusted && head.all(Kind::XForwardedFor).next().is_none();
        let is_literal = &*self.authority.host == "localhost" || self.authority.ip().is_some_and(|ip| ip.is_loopback());
        self.peer.is_loopback() && is_direct && is_literal && head.all(Kind::Forwarding).next().is_none()
    }

    /// The host that the visitor's browser shows, as it was written.
    pub(super) fn visitor_host<'a>(&self, head: &'a RequestHead) -> &'a str {
        match head.text(Kind::XForwardedHost) {
            forwarded if self.is_trusted && !forwarded.is_empty() => forwarded,
            _ => head.host(),
        }
    }
}

/// The last address in `X-Forwarded-For` that is not a proxy of ours: the ones before it are the client's own claim.
fn client_ip(head: &RequestHead, listener: &Listener) -> Option<IpAddr> {
    let values: Vec<&[u8]> = head.all(Kind::XForwardedFor).collect();
    for value in values.into_iter().rev() {
        for entry in value.rsplit(|b| *b == b',') {
            let text = std::str::from_utf8(entry).ok()?.trim();
            let ip = Authority::parse(text).and_then(|authority| authority.ip()).or_else(|| text.parse().ok())?;
            let ip = ip.to_canonical();
            if !listener.trusted_proxies.iter().any(|net| net.contains(&ip)) {
                return Some(ip);
            }
        }
    }
    None
}
