//! Whether a form was sent from our own page (no hidden token: browsers say where a request comes from).

use http::{HeaderMap, header};

use crate::domain::{Authority, Scheme};

/// True for a form of this very origin, and for programs, which send neither header and hold no one else's cookies.
pub(in crate::portal) fn is_same_origin(headers: &HeaderMap, secure: bool, host: &str) -> bool {
    let site = headers.get("sec-fetch-site").map(|value| value.as_bytes());
    let site_fits = matches!(site, None | Some(b"same-origin" | b"none"));
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let origin_fits = match (origins.next(), origins.next()) {
        (None, _) => true,
        (Some(_), Some(_)) => false,
        (Some(origin), None) => origin.to_str().is_ok_and(|origin| names(origin, secure, host)),
    };
    site_fits && origin_fits
}

/// Whether the sender is a browser, as far as it says.
pub(in crate::portal) fn is_browser(headers: &HeaderMap) -> bool {
    headers.contains_key(header::ORIGIN) || headers.contains_key("sec-fetch-site")
}

/// Whether `origin` is this scheme, host and port; `null` is nobody's.
fn names(origin: &str, secure: bool, host: &str) -> bool {
    let scheme = if secure { Scheme::Https } else { Scheme::Http };
    let Some(rest) = origin.strip_prefix(scheme.as_str()).and_then(|rest| rest.strip_prefix("://")) else {
        return false;
    };
    match (Authority::parse(rest), Authority::parse(host)) {
        (Some(theirs), Some(ours)) => {
            let port = |authority: &Authority| authority.port.unwrap_or(scheme.default_port());
            theirs.host == ours.host && port(&theirs) == port(&ours)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(pairs: &[(&'static str, &'static str)], secure: bool, host: &str) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        is_same_origin(&headers, secure, host)
    }

    #[test]
    fn our_own_form_and_programs_pass() {
        for (origin, secure, host) in [
            ("http://hmi.localhost:8080", false, "hmi.localhost:8080"),
            ("http://hmi.localhost:8080", false, "HMI.localhost.:8080"),
            ("http://hmi", false, "hmi:80"),
            ("https://hmi", true, "hmi"),
            ("https://hmi", true, "hmi:443"),
            ("http://[::1]:8080", false, "[::1]:8080"),
            ("http://192.168.1.7:8443", false, "192.168.1.7:8443"),
        ] {
            assert!(judge(&[("origin", origin)], secure, host), "{origin}");
            assert!(judge(&[("origin", origin), ("sec-fetch-site", "same-origin")], secure, host), "{origin}");
        }
        assert!(judge(&[], false, "hmi"));
        assert!(judge(&[("sec-fetch-site", "none")], false, "hmi"));
    }

    #[test]
    fn another_origin_is_turned_away() {
        for origin in [
            "null",
            "",
            "https://hmi:8080",
            "http://hmi",
            "http://hmi:8081",
            "http://evil:8080",
            "http://hmi:8080.evil",
            "http://hmi:8080/",
            "http://hmi:8080@evil",
            "http://evil.hmi:8080",
            "hmi:8080",
        ] {
            assert!(!judge(&[("origin", origin)], false, "hmi:8080"), "{origin}");
        }
        for site in ["cross-site", "same-site", "", "SAME-ORIGIN"] {
            assert!(!judge(&[("sec-fetch-site", site)], false, "hmi:8080"), "{site}");
            let both = [("origin", "http://hmi:8080"), ("sec-fetch-site", site)];
            assert!(!judge(&both, false, "hmi:8080"), "{site}");
        }
        let two = [("origin", "http://hmi:8080"), ("origin", "http://evil")];
        assert!(!judge(&two, false, "hmi:8080"));
    }
}
