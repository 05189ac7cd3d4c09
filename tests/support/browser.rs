//! One browser at many addresses: its cookies go by host name, whatever the port, and it follows redirects anywhere.

use std::collections::HashMap;
use std::net::SocketAddr;

use url::Url;

use super::app::Site;
use super::response::Response;
use super::visitor::{Request, Style, Visitor};

#[derive(Clone, Default)]
pub struct Browser {
    jars: HashMap<String, Vec<(String, String, String)>>,
    headers: Vec<(String, String)>,
}

/// Where a chain of redirects ended.
pub struct Arrival {
    pub url: Url,
    pub answer: Response,
    /// Every address on the way, the last one included.
    pub way: Vec<Url>,
}

impl Browser {
    pub fn new() -> Browser {
        Browser::default()
    }

    /// Sends this with every request: another `User-Agent`, another language.
    pub fn with_header(mut self, name: &str, value: &str) -> Browser {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Acts as a visitor of this one app, with this browser's cookies.
    pub fn at<R>(&mut self, site: &Site, act: impl FnOnce(&mut Visitor) -> R) -> R {
        let host = hostname(&site.host);
        let mut visitor = Visitor::new(site.clone(), Style::Browser);
        visitor.jar = self.jars.remove(&host).unwrap_or_default();
        let outcome = act(&mut visitor);
        self.jars.insert(host, visitor.jar);
        outcome
    }

    /// A navigation by the address bar; redirects are not followed.
    #[track_caller]
    pub fn get(&mut self, url: &str) -> Response {
        self.send(&parse(url), Request::get(""), "none")
    }

    #[track_caller]
    pub fn fetch(&mut self, url: &str) -> Response {
        self.send(&parse(url), Request::fetch(""), "same-origin")
    }

    /// Submits a form of a page of the same origin.
    #[track_caller]
    pub fn post(&mut self, url: &str, fields: &[(&str, &str)]) -> Response {
        self.send(&parse(url), Request::form("", fields), "same-origin")
    }

    #[track_caller]
    pub fn open(&mut self, url: &str) -> Arrival {
        let answer = self.get(url);
        self.follow(url, answer, "none")
    }

    #[track_caller]
    pub fn submit(&mut self, url: &str, fields: &[(&str, &str)]) -> Arrival {
        let answer = self.post(url, fields);
        self.arrive(url, answer)
    }

    /// Follows the redirects that begin with this answer.
    #[track_caller]
    pub fn arrive(&mut self, url: &str, answer: Response) -> Arrival {
        self.follow(url, answer, "same-origin")
    }

    #[track_caller]
    fn follow(&mut self, url: &str, answer: Response, began: &'static str) -> Arrival {
        let (mut url, mut answer) = (parse(url), answer);
        let mut way = vec![url.clone()];
        let mut relation = began;
        while matches!(answer.status, 301 | 302 | 303 | 307) {
            assert!(way.len() < 20, "redirected for ever: {way:?}");
            let target = answer.header("location").expect("a Location").to_owned();
            let next = url.join(&target).unwrap_or_else(|_| panic!("no address: {target}"));
            if next.origin() != url.origin() && began != "none" {
                // Once a chain has left its origin, it stays foreign for the browser. What the address bar began stays
                // nobody's (Fetch Metadata, section 2.3).
                relation = "cross-site";
            }
            answer = self.send(&next, Request::get(""), relation);
            way.push(next.clone());
            url = next;
        }
        Arrival { url, answer, way }
    }

    #[track_caller]
    fn send(&mut self, url: &Url, mut request: Request, relation: &str) -> Response {
        request.path = match url.query() {
            None => url.path().to_owned(),
            Some(query) => format!("{}?{query}", url.path()),
        };
        request = request.header("Sec-Fetch-Site", relation);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        self.at(&site(url), |visitor| visitor.send(&request))
    }
}

impl Arrival {
    #[track_caller]
    pub fn page(&self, status: u16) -> String {
        assert_eq!(self.answer.status, status, "at {}: {}", self.url, self.answer.summary());
        self.answer.page(status)
    }

    /// At the app itself, whose recorder answers.
    #[track_caller]
    pub fn user(&self) -> String {
        assert_eq!(self.answer.status, 200, "at {}: {}", self.url, self.answer.summary());
        self.answer.seen().user().to_owned()
    }
}

/// Every name of the tests is this machine.
fn site(url: &Url) -> Site {
    let name = url.host_str().expect("a host");
    let port = url.port_or_known_default().expect("a port");
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    Site { address, host: format!("{name}:{port}"), prefix: String::new(), tls: None, carrier: None }
}

fn hostname(host: &str) -> String {
    host.rsplit_once(':').map_or(host, |(name, _)| name).to_owned()
}

#[track_caller]
fn parse(url: &str) -> Url {
    Url::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"))
}
