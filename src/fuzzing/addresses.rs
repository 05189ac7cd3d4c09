//! Addresses: one spelling for each, the one that browsers have; and ways back that lead nowhere else.

use url::Url;

use crate::domain::{AppUrl, Authority, ReturnTo, Scheme, Upstream, WebsocketOrigins};

/// Whatever is taken stays on the app, from whichever page of it the visitor comes.
pub fn return_to(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Ok(target) = text.parse::<ReturnTo>() else { return };
    assert_eq!(target.as_str(), text);
    assert!(text.starts_with('/') && !text.starts_with("//") && !text.starts_with("/\\"), "{text}");
    assert!(text.bytes().all(|byte| byte.is_ascii_graphic()), "{text} splits a header");
    let path = text.split(['?', '#']).next().unwrap_or_default();
    for base in ["http://app.test:8080/page?a#b", "https://edge/hmi/.millgate/sign-in", "http://[::1]/"] {
        let base = Url::parse(base).expect("an address");
        let resolved = base.join(&text).expect("a browser can go there");
        assert_eq!(resolved.origin(), base.origin(), "{text}");
        assert_eq!(resolved.path().split('/').count(), path.split('/').count(), "{text}");
        for prefix in ["", "/hmi"] {
            let below = resolved.path() == prefix || resolved.path().starts_with(&format!("{prefix}/"));
            assert!(!target.is_below(prefix) || below, "{text} leaves {prefix}");
        }
    }
}

/// A `Host`, an app's address, an upstream's and a list of origins.
pub fn address(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    host(&text);
    if let Ok(upstream) = text.parse::<Upstream>() {
        assert_eq!(upstream.to_string().parse(), Ok(upstream));
    }
    if let Ok(url) = text.parse::<AppUrl>() {
        app(&url);
    }
}

fn host(text: &str) {
    let Some(authority) = Authority::parse(text) else { return };
    let host = &*authority.host;
    let bracketed = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    for again in [bracketed.clone(), bracketed.to_ascii_uppercase(), format!("{bracketed}:8080")] {
        let again = Authority::parse(&again).expect("what is canonical is a host");
        assert_eq!(&*again.host, host, "one host, one spelling");
    }
    assert!(host.len() <= 253 && host.bytes().all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase()), "{host:?}");
    assert!(!host.contains(['/', '\\', '@', '?', '#', '%', '"', ',', ';', '[', ']']), "{host:?}");
    let Ok(url) = Url::parse(&format!("http://{text}/")) else { return };
    if let Some(url::Host::Domain(domain)) = url.host() {
        assert_eq!(host, domain.strip_suffix('.').unwrap_or(domain), "the host that browsers see");
        assert_eq!(authority.port.unwrap_or(80), url.port().unwrap_or(80));
    }
}

fn app(url: &AppUrl) {
    let shown = url.to_string();
    assert_eq!(shown.parse().as_ref(), Ok(url), "shown and read again");
    let browsers = Url::parse(&shown).expect("an address for browsers too");
    assert_eq!(browsers.origin().ascii_serialization(), url.origin(), "the origin that browsers send");
    assert!(url.prefix.is_empty() || url.prefix.starts_with('/') && !url.prefix.ends_with('/'), "{shown}");
    let asked = Authority::parse(&url.authority()).expect("a Host that is understood");
    assert_eq!((asked.host, asked.port.unwrap_or(url.scheme.default_port())), (url.host.clone(), url.port));
    let home = ReturnTo::home(&url.prefix);
    assert!(home.is_below(&url.prefix));
    let other = match url.scheme {
        Scheme::Http => format!("https://{}", url.authority()),
        Scheme::Https => format!("http://{}", url.authority()),
    };
    let same = WebsocketOrigins::Same;
    assert!(same.allow(&url.origin(), &url.authority(), url));
    assert!(
        !same.allow("null", &url.authority(), url) && !same.allow("http://evil.test:1", &url.authority(), url)
            || url.port == 1
    );
    let listed = WebsocketOrigins::listed([url.origin().as_str()]).expect("an origin");
    assert!(listed.allow(&url.origin(), "elsewhere", &other.parse().unwrap_or(url.clone())));
}
