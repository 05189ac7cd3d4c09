//! The first owner's page, behind the link that the gateway printed on its own machine.

use http::StatusCode;

use crate::desk::{EnterError, Field, SetUp, SetUpView};
use crate::domain::{AppId, ReturnTo, TicketCode};

use super::answer::{self, Answer};
use super::arrival::{Arrival, Verb};
use super::complaint::Complaint;
use super::form::Form;
use super::gates::input;
use super::site::Site;
use super::views::{FormPage, NoticePage};
use super::words::set_up;
use super::{Pages, notice};

/// What comes next in a new installation.
const FIRST_APP: &str = "/w/default/apps/new?first=1";

impl Pages {
    pub(super) async fn set_up(&self, arrival: &Arrival, code: &str, verb: Verb) -> Answer {
        if arrival.app() != AppId::CONSOLE {
            return super::not_found(arrival);
        }
        let Some(parsed) = TicketCode::parse(code.as_bytes()) else { return set_up_gone(arrival) };
        match (verb, self.desk.set_up_view(&parsed)) {
            (_, Err(_)) => set_up_gone(arrival),
            (Verb::See, Ok(view)) => {
                let page = set_up_page(&arrival.site, code, view, &Form::default(), None);
                self.with_probe(arrival, answer::page(StatusCode::OK, &page))
            }
            (Verb::Send, Ok(view)) => self.become_owner(arrival, code, &parsed, view).await,
        }
    }

    async fn become_owner(&self, arrival: &Arrival, text: &str, code: &TicketCode, view: SetUpView) -> Answer {
        let form = match self.read_form(arrival) {
            Ok(form) => form,
            Err(answer) => return *answer,
        };
        let sent = SetUp {
            given_name: form.text("given_name").to_owned(),
            family_name: form.text("family_name").to_owned(),
            email: form.text("email").to_owned(),
            password: form.text("password").to_owned(),
        };
        match self.desk.set_up(code, &arrival.caller(), sent).await {
            Ok(signed_in) => self.welcome(arrival, &next(view), text, &signed_in),
            Err(EnterError::LinkGone) => set_up_gone(arrival),
            Err(error) => self.turn_down(arrival, &arrival.site.home(), &error, |complaint| {
                set_up_page(&arrival.site, text, view, &form, Some(complaint))
            }),
        }
    }
}

fn next(view: SetUpView) -> ReturnTo {
    let first = FIRST_APP.parse().ok().filter(|_| !view.has_owner);
    first.unwrap_or_else(|| ReturnTo::home(""))
}

fn set_up_gone(arrival: &Arrival) -> Answer {
    let text = set_up(arrival.site.language()).gone_text;
    let telling = arrival.tell(notice::LINK_GONE);
    telling.page(|page| NoticePage { texts: vec![text.to_owned()], ..page }).answer()
}

fn set_up_page(site: &Site, code: &str, view: SetUpView, sent: &Form, complaint: Option<&Complaint>) -> FormPage {
    let (all, words) = (site.words(), set_up(site.language()));
    let page = format!("set-up/{code}");
    let fields = [Field::GivenName, Field::FamilyName, Field::Email, Field::Password].map(|field| {
        let mut input = input(field, all, true);
        input.error = complaint.and_then(|complaint| complaint.about(field));
        if input.kind != "password" {
            input.value = sent.text(input.name).to_owned();
        }
        input
    });
    let (heading, lead, submit) = match view.has_owner {
        false => (words.heading, words.lead, words.submit),
        true => (words.again_heading, words.again_lead, words.again_submit),
    };
    FormPage {
        hand_over: None,
        providers: Vec::new(),
        frame: site.frame(heading, &page, None),
        words: all,
        lead: Some(lead),
        summary: complaint.map(|complaint| complaint.summary.clone()),
        action: site.link(&page, None),
        fields: fields.into(),
        return_to: None,
        code: None,
        submit,
        forgot: None,
        after: None,
    }
}
