//! Going out: the page asks, the form does.

use super::Pages;
use super::account::ACCOUNT;
use super::answer::{self, Answer, Headers};
use super::arrival::{Arrival, Verb};
use super::complaint;
use super::notice::{self, Outcome, Telling};
use super::views::{Action, Link};
use crate::desk::EnterError;
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
        let everywhere = Action::PostWith {
            to: site.link("sign-out", None),
            field: ("everywhere", "on".to_owned()),
            label: words.account.sign_out_everywhere,
        };
        let account = Link { href: site.link(ACCOUNT, None), label: words.account.to_the_account };
        let telling = Telling::new(ASKED, site, true).page(|mut page| {
            page.frame = site.frame(words.notices.sign_out.heading, "sign-out", None);
            match self.email(arrival) {
                Some(email) => page
                    .say((words.notices.signed_in_as)(&email))
                    .offer(post)
                    .offer(everywhere)
                    .offer(stay)
                    .offer(Action::Link { link: account, new_tab: false }),
                None => page.offer(post).offer(stay),
            }
        });
        telling.answer()
    }

    /// Ends the session on the server first: a cookie that is merely forgotten would still open the app.
    async fn sign_out(&self, arrival: &Arrival) -> Answer {
        let form = match self.read_form(arrival) {
            Ok(form) => form,
            Err(answer) => return *answer,
        };
        if let Err(error) = self.end(arrival, !form.text("everywhere").is_empty()).await {
            let problem = complaint::problem(&error).filter(|_| !arrival.visit.wants_page);
            return problem.unwrap_or_else(|| arrival.tell(notice::UNAVAILABLE).answer());
        }
        self.desk.forget_sign_in(arrival.app(), &arrival.caller());
        let home = arrival.site.home();
        if arrival.keeps_cookies() {
            self.rounds.forget(&arrival.trail(&arrival.agent(), &home));
        }
        let clear = cookie::clear(arrival.app(), arrival.visit.secure);
        answer::see_other(arrival.return_to_by(&form).as_str()).cookie(&clear)
    }

    async fn end(&self, arrival: &Arrival, everywhere: bool) -> Result<(), EnterError> {
        let Some(session) = arrival.session() else { return Ok(()) };
        let me = self.desk.me(arrival.app(), Some(session)).filter(|_| everywhere);
        match me {
            Some(me) => match self.desk.sign_me_out_everywhere(&me).await {
                // Somebody was faster.
                Err(EnterError::SignedOut) => Ok(()),
                ended => ended,
            },
            None => self.desk.sign_out(arrival.app(), session).await,
        }
    }
}

const ASKED: Outcome = Outcome { status: http::StatusCode::OK, code: "sign-out", said: |notices| &notices.sign_out };
