//! Going out: the page asks, the form does.

use super::Pages;
use super::answer::{self, Answer, Headers};
use super::arrival::{Arrival, Verb};
use super::complaint;
use super::notice::{self, Outcome, Telling};
use super::views::{Action, Link};
use crate::domain::cookie;

impl Pages {
    pub(super) async fn leave(&self, arrival: &Arrival, verb: Verb) -> Answer {
        match verb {
            Verb::See => self.ask_to_leave(arrival),
            Verb::Send => self.sign_out(arrival).await,
        }
    }

    fn ask_to_leave(&self, arrival: &Arrival) -> Answer {
        let site = &arrival.site;
        let words = site.words();
        let back = site.came_from(&arrival.request).unwrap_or_else(|| site.home());
        let post = Action::Post { to: site.link("sign-out", None), return_to: None, label: words.sign_out };
        let stay = Action::Link { link: Link { href: back.to_string(), label: words.stay }, new_tab: false };
        let telling = Telling::new(ASKED, site, true).page(|mut page| {
            page.frame = site.frame(words.notices.sign_out.heading, "sign-out", None);
            let page = match self.email(arrival) {
                Some(email) => page.say((words.notices.signed_in_as)(&email)),
                None => page,
            };
            page.offer(post).offer(stay)
        });
        telling.answer()
    }

    /// Ends the session on the server first: a cookie that is merely forgotten would still open the app.
    async fn sign_out(&self, arrival: &Arrival) -> Answer {
        let form = match self.read_form(arrival) {
            Ok(form) => form,
            Err(answer) => return *answer,
        };
        if let Some(session) = arrival.session()
            && let Err(error) = self.desk.sign_out(arrival.app(), session).await
        {
            let problem = complaint::problem(&error).filter(|_| !arrival.visit.wants_page);
            return problem.unwrap_or_else(|| arrival.tell(notice::UNAVAILABLE).answer());
        }
        self.desk.forget_sign_ins(arrival.app(), &arrival.caller());
        let home = arrival.site.home();
        if arrival.keeps_cookies() {
            self.rounds.forget(&arrival.trail(&arrival.agent(), &home));
        }
        let clear = cookie::clear(arrival.app(), arrival.visit.secure);
        answer::see_other(arrival.return_to_by(&form).as_str()).cookie(&clear)
    }
}

const ASKED: Outcome = Outcome { status: http::StatusCode::OK, code: "sign-out", said: |notices| &notices.sign_out };
