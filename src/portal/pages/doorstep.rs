//! Before the console: what somebody is told who is not let in.

use http::{Method, Request, header};
use serde_json::json;

use crate::domain::ReturnTo;
use crate::handoff::Visit;

use super::answer::{self, Answer, Headers};
use super::notice::{self, Telling};
use super::site::Site;
use super::views::{Action, Link, NoticePage};

/// Nobody has set the gateway up yet: where the link for that is.
pub(in crate::portal) fn no_owner<T>(request: &Request<T>, visit: &Visit) -> Answer {
    let site = Site::console(request, visit);
    if request.uri().path() != "/" {
        return Telling::new(notice::NOT_FOUND, &site, visit.wants_page).answer();
    }
    if !is_read(request) {
        let telling = Telling::new(notice::METHOD_NOT_ALLOWED, &site, visit.wants_page);
        return telling.answer().with(header::ALLOW, "GET, HEAD");
    }
    let words = site.words();
    let frame = site.frame_at(words.notices.console.heading, "/", None);
    let steps = &words.notices.no_owner_steps;
    Telling::new(notice::CONSOLE, &site, true).page(|page| NoticePage { frame, steps, ..page }).answer()
}

/// A member's place, and nobody has signed in: a page is for later, and nothing else is told.
pub(in crate::portal) fn sign_in<T>(request: &Request<T>, visit: &Visit) -> Answer {
    let site = Site::console(request, visit);
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let target = path.parse::<ReturnTo>().ok().filter(|target| is_read(request) && target.as_str() != "/");
    let page = site.link("sign-in", target.as_ref());
    if is_read(request) && visit.wants_page {
        return answer::see_other(&page);
    }
    // A form that was filled in is not lost: its page stays open behind the one where one signs in.
    let words = site.words();
    let outcome = if is_read(request) { notice::NOT_SIGNED_IN } else { notice::SIGN_IN_REQUIRED };
    let link = Link { href: page, label: words.sign_in };
    Telling::new(outcome, &site, visit.wants_page)
        .page(|page| {
            let page = NoticePage { steps: &words.notices.not_sent_steps, ..page };
            page.offer(Action::Link { link, new_tab: true })
        })
        .member("sign_in_url", json!(site.absolute(&site.link("sign-in", None))))
        .answer()
}

/// A form from another place than our own pages (CSRF).
pub(in crate::portal) fn foreign_form<T>(request: &Request<T>, visit: &Visit) -> Answer {
    let site = Site::console(request, visit);
    Telling::new(notice::WRONG_ORIGIN, &site, visit.wants_page).answer()
}

fn is_read<T>(request: &Request<T>) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
}
