//! The PROXY protocol, versions 1 and 2: a proxy that does not speak HTTP says for whom it connects. Believed of trusted
//! peers only, who must say it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::io::{AsyncRead, AsyncReadExt};

const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// The longest line of version 1, with its end.
const LINE: usize = 107;
/// Addresses and what some add to them; the protocol allows 64 KiB, which nobody needs.
const MOST: u16 = 2048;

/// Reads the header and nothing behind it. `Ok(None)`: the proxy speaks for itself, as for its health checks.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<SocketAddr>> {
    let mut start = [0; SIGNATURE.len()];
    stream.read_exact(&mut start).await?;
    if start == SIGNATURE {
        return second(stream).await;
    }
    if !start.starts_with(b"PROXY ") {
        return Err(malformed());
    }
    let mut line = start.to_vec();
    while !line.ends_with(b"\r\n") {
        if line.len() >= LINE {
            return Err(malformed());
        }
        line.push(stream.read_u8().await?);
    }
    first(&line).ok_or_else(malformed)
}

/// `PROXY TCP4 192.0.2.1 192.0.2.2 40000 443`
fn first(line: &[u8]) -> Option<Option<SocketAddr>> {
    let text = std::str::from_utf8(line.strip_suffix(b"\r\n")?).ok()?;
    let mut words = text.strip_prefix("PROXY ")?.split(' ');
    let family = words.next()?;
    if family == "UNKNOWN" {
        return Some(None);
    }
    let (source, target): (IpAddr, IpAddr) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let (port, _) = (port(words.next()?)?, port(words.next()?)?);
    let fits = match family {
        "TCP4" => source.is_ipv4() && target.is_ipv4(),
        "TCP6" => source.is_ipv6() && target.is_ipv6(),
        _ => false,
    };
    (fits && words.next().is_none()).then_some(Some(SocketAddr::new(source, port)))
}

/// Digits only, and none to spare: neither a sign nor a leading zero.
fn port(word: &str) -> Option<u16> {
    let is_plain = word.bytes().all(|b| b.is_ascii_digit()) && (word == "0" || !word.starts_with('0'));
    if is_plain { word.parse().ok() } else { None }
}

async fn second(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<SocketAddr>> {
    let command = stream.read_u8().await?;
    let family = stream.read_u8().await?;
    let length = stream.read_u16().await?;
    if length > MOST {
        return Err(malformed());
    }
    let mut rest = vec![0; usize::from(length)];
    stream.read_exact(&mut rest).await?;
    match command {
        // LOCAL: the proxy itself.
        0x20 => Ok(None),
        0x21 => source(family, &rest).ok_or_else(malformed),
        _ => Err(malformed()),
    }
}

fn source(family: u8, rest: &[u8]) -> Option<Option<SocketAddr>> {
    let port = |at: usize| Some(u16::from_be_bytes(rest.get(at..at + 2)?.try_into().ok()?));
    match family {
        0x11 => {
            let bytes: [u8; 4] = rest.get(..4)?.try_into().ok()?;
            Some(Some(SocketAddr::new(Ipv4Addr::from(bytes).into(), port(8)?)))
        }
        0x21 => {
            let bytes: [u8; 16] = rest.get(..16)?.try_into().ok()?;
            Some(Some(SocketAddr::new(Ipv6Addr::from(bytes).into(), port(32)?)))
        }
        // Unspecified, or a Unix socket before the proxy.
        0x00 | 0x31 => Some(None),
        _ => None,
    }
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "this is no PROXY header")
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn parsed(bytes: &[u8]) -> Result<Option<String>, ()> {
        let mut input = bytes;
        let source = read(&mut input).await.map_err(|_| ())?;
        assert_eq!(input, b"GET", "nothing else is taken");
        Ok(source.map(|source| source.to_string()))
    }

    fn version_2(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
        [&SIGNATURE[..], &[command, family], &length, rest, b"GET"].concat()
    }

    #[tokio::test]
    async fn both_versions_say_who_connects() {
        for (line, source) in [
            ("PROXY TCP4 192.0.2.1 192.0.2.2 40000 443\r\nGET", Some("192.0.2.1:40000")),
            ("PROXY TCP6 2001:db8::1 2001:db8::2 40000 443\r\nGET", Some("[2001:db8::1]:40000")),
            ("PROXY UNKNOWN\r\nGET", None),
            ("PROXY UNKNOWN ffff:: :: 1 2\r\nGET", None),
        ] {
            assert_eq!(parsed(line.as_bytes()).await, Ok(source.map(str::to_owned)), "{line}");
        }
        let v4 = [&[192, 0, 2, 1, 192, 0, 2, 2][..], &40000_u16.to_be_bytes(), &[1, 187]].concat();
        assert_eq!(parsed(&version_2(0x21, 0x11, &v4)).await, Ok(Some("192.0.2.1:40000".into())));
        let more = [&v4[..], &[4, 0, 1, 9]].concat();
        assert_eq!(parsed(&version_2(0x21, 0x11, &more)).await, Ok(Some("192.0.2.1:40000".into())));
        let v6 = [&Ipv6Addr::LOCALHOST.octets()[..], &[0; 16], &[156, 64, 1, 187]].concat();
        assert_eq!(parsed(&version_2(0x21, 0x21, &v6)).await, Ok(Some("[::1]:40000".into())));
        assert_eq!(parsed(&version_2(0x20, 0x00, &[])).await, Ok(None));
    }

    #[tokio::test]
    async fn anything_else_is_refused() {
        for line in [
            "GET / HTTP/1.1\r\n\r\n",
            "PROXY TCP4 192.0.2.1 192.0.2.2 40000\r\nGET",
            "PROXY TCP4 2001:db8::1 2001:db8::2 40000 443\r\nGET",
            "PROXY TCP4 192.0.2.1 192.0.2.2 40000 443 1\r\nGET",
            "PROXY TCP4 192.0.2.1 192.0.2.2 99999 443\r\nGET",
            "PROXY TCP4 192.0.2.1 192.0.2.2 +40000 443\r\nGET",
            "PROXY TCP4 192.0.2.1 192.0.2.2 40000 00443\r\nGET",
            "PROXY TCP9 192.0.2.1 192.0.2.2 40000 443\r\nGET",
        ] {
            assert_eq!(parsed(line.as_bytes()).await, Err(()), "{line}");
        }
        assert_eq!(parsed(format!("PROXY TCP4 {}\r\nGET", "1".repeat(200)).as_bytes()).await, Err(()));
        assert_eq!(parsed(&version_2(0x21, 0x11, &[1, 2, 3])).await, Err(()));
        assert_eq!(parsed(&version_2(0x11, 0x11, &[0; 12])).await, Err(()));
        assert_eq!(parsed(&version_2(0x20, 0, &vec![0; usize::from(MOST) + 1])).await, Err(()));
    }
}
