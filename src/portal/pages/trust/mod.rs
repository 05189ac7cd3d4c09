//! How devices come to trust the gateway's own authority: the root in every form that systems take, and what to do
//! with it. Works on every host, before anything is trusted, and without script.

mod profile;
mod words;

use std::sync::Arc;

use askama::Template;
use bytes::Bytes;
use fast_qr::QRBuilder;
use fast_qr::convert::Builder;
use fast_qr::convert::svg::SvgBuilder;
use http::{Method, Request, StatusCode, header};

use crate::domain::Authority;
use crate::handoff::Visit;
use crate::tls::Root;

use super::answer::{self, Answer, Headers};
use super::assets;
use super::notice::{self, Telling};
use super::site::Site;
use super::views::Frame;
use words::{Guide, Words, words};

/// Where the page lies on every host.
const BASE: &str = "/.millgate/trust";

#[derive(Template)]
#[template(path = "trust.html", config = "src/portal/pages/askama.toml")]
struct TrustPage<'a> {
    frame: Frame,
    words: &'static Words,
    root: &'a Root,
    base: &'static str,
    guides: &'static [Guide],
    address: String,
    /// SVG; `None` on an address that no other device can reach.
    qr: Option<String>,
}

impl TrustPage<'_> {
    fn style(&self) -> &'static str {
        &assets::TRUST_STYLE.name
    }

    fn fingerprint(&self) -> Vec<String> {
        lines(&self.root.fingerprint)
    }

    fn thumbprint(&self) -> Vec<String> {
        lines(&self.root.thumbprint)
    }

    fn until(&self) -> String {
        let day: String = self.root.not_after.to_string().chars().take(10).collect();
        (self.words.until)(&day)
    }
}

/// As long as a phone is wide.
fn lines(fingerprint: &str) -> Vec<String> {
    let pairs: Vec<&str> = fingerprint.split(':').collect();
    pairs.chunks(8).map(|pairs| pairs.join(" ")).collect()
}

/// `None`: the gateway has no authority of its own.
pub(in crate::portal) fn answer(root: Option<Arc<Root>>, request: &Request<Bytes>, visit: &Visit) -> Answer {
    let site = Site::console(request, visit);
    let Some(root) = root else { return Telling::new(notice::NOT_FOUND, &site, visit.wants_page).answer() };
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let telling = Telling::new(notice::METHOD_NOT_ALLOWED, &site, visit.wants_page);
        return telling.answer().with(header::ALLOW, "GET, HEAD");
    }
    let page = request.uri().path().strip_prefix(BASE).unwrap_or_default();
    match page.strip_prefix('/').unwrap_or_default() {
        "" => show(&root, &site, visit),
        "root.crt" => answer::file("application/x-x509-ca-cert", "millgate-root.crt", root.pem.clone()),
        "root.pem" => answer::file("application/x-pem-file", "millgate-root.pem", root.pem.clone()),
        "root.der" => answer::file("application/x-x509-ca-cert", "millgate-root.cer", root.der.clone()),
        "root.mobileconfig" => {
            // Offered for download, it would be a file and not a profile.
            answer::inline("application/x-apple-aspen-config", profile::of(&root))
        }
        other => match other.strip_prefix("assets/").and_then(assets::find) {
            Some(asset) => answer::asset(asset),
            None => Telling::new(notice::NOT_FOUND, &site, visit.wants_page).answer(),
        },
    }
}

fn show(root: &Root, site: &Site, visit: &Visit) -> Answer {
    let words = words(site.words().code);
    let address = site.absolute(BASE);
    let frame = Frame { base: BASE.to_owned(), ..site.frame_at(words.heading, BASE, None) };
    let page = TrustPage { frame, words, root, base: BASE, guides: &words.guides, qr: qr(&address, visit), address };
    answer::page(StatusCode::OK, &page)
}

/// A phone that scans `localhost` finds itself.
fn qr(url: &str, visit: &Visit) -> Option<String> {
    let host = Authority::parse(&visit.host)?;
    let is_here = host.ip().is_some_and(|ip| ip.is_loopback()) || host.host.ends_with("localhost");
    let code = QRBuilder::new(url).build().ok().filter(|_| !is_here)?;
    Some(SvgBuilder::default().margin(2).to_str(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_guides_for_the_same_systems() {
        let names = |code: &str| words(code).guides.iter().map(|guide| guide.id).collect::<Vec<_>>();
        assert_eq!(names("en"), names("de"));
        assert_eq!(names("en"), ["windows", "macos", "ios", "android", "linux", "firefox"]);
    }
}
