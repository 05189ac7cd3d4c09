//! Forgotten passwords: the form that asks for a link, and the link's own page.

use http::StatusCode;

use crate::desk::{EnterError, Field, Reset, ResetView};
use crate::domain::TicketCode;

use super::Pages;
use super::answer::{self, Answer};
use super::arrival::{Arrival, Verb};
use super::complaint::Complaint;
use super::form::Form;
use super::gates::input;
use super::notice::Outcome;
use super::site::Site;
use super::views::{Action, FormPage, NoticePage};

impl Pages {
    pub(super) async fn forgot(&self, arrival: &Arrival, verb: Verb) -> Answer {
        if !arrival.entry.rules.running {
            return arrival.stopped();
        }
        if verb == Verb::Send
            && let Err(answer) = self.read_form(arrival)
        {
            return *answer;
        }
        if !self.desk.has_mail() {
            return self.back_to_sign_in(arrival, WITHOUT_MAIL);
        }
        match verb {
            Verb::See => answer::page(StatusCode::OK, &forgot_page(&arrival.site, &Form::default(), None)),
            Verb::Send => self.ask_reset(arrival),
        }
    }

    /// Says the same to everybody.
    fn ask_reset(&self, arrival: &Arrival) -> Answer {
        let form = match self.read_form(arrival) {
            Ok(form) => form,
            Err(answer) => return *answer,
        };
        let site = &arrival.site;
        match self.desk.ask_reset(arrival.app(), arrival.visit.ip, form.text("email"), site.language()) {
            Ok(()) => self.back_to_sign_in(arrival, SENT),
            Err(error) => {
                self.turn_down(arrival, &site.home(), &error, |complaint| forgot_page(site, &form, Some(complaint)))
            }
        }
    }

    fn back_to_sign_in(&self, arrival: &Arrival, outcome: Outcome) -> Answer {
        let href = arrival.site.link("sign-in", Some(&arrival.site.home()));
        let telling = arrival.tell(outcome).page(|page| {
            let frame = arrival.site.frame(page.frame.heading, "reset", None);
            NoticePage { frame, ..page }
        });
        telling.link(arrival.site.words().sign_in, href).answer()
    }

    pub(super) async fn reset(&self, arrival: &Arrival, code: &str, verb: Verb) -> Answer {
        if !arrival.entry.rules.running {
            return arrival.stopped();
        }
        let Some(parsed) = TicketCode::parse(code.as_bytes()) else { return self.link_gone(arrival) };
        let link = ResetLink { text: code, code: &parsed };
        match verb {
            Verb::See => match self.desk.open_reset(arrival.app(), link.code).await {
                Ok(view) => {
                    let page = reset_page(&arrival.site, code, &view, None);
                    self.with_probe(arrival, answer::page(StatusCode::OK, &page))
                }
                Err(error) => self.turn_down_unseen(arrival, &error),
            },
            Verb::Send => self.choose_password(arrival, &link).await,
        }
    }

    async fn choose_password(&self, arrival: &Arrival, link: &ResetLink<'_>) -> Answer {
        let form = match self.read_form(arrival) {
            Ok(form) => form,
            Err(answer) => return *answer,
        };
        let (app, caller) = (arrival.app(), arrival.caller());
        match self.desk.reset(app, &caller, link.code, form.text("password").to_owned()).await {
            Ok(Reset::SignedIn(signed_in)) => self.welcome(arrival, &arrival.site.home(), link.text, &signed_in),
            Ok(Reset::Outside(doors)) => self.outside(arrival, doors),
            Err(error) => self.turn_down_reset(arrival, link, &error).await,
        }
    }

    async fn turn_down_reset(&self, arrival: &Arrival, link: &ResetLink<'_>, error: &EnterError) -> Answer {
        match self.desk.open_reset(arrival.app(), link.code).await {
            Ok(view) => self.turn_down(arrival, &arrival.site.home(), error, |complaint| {
                reset_page(&arrival.site, link.text, &view, Some(complaint))
            }),
            Err(gone) => self.turn_down_unseen(arrival, &gone),
        }
    }

    /// The password is new, and this app does not take its owner in.
    fn outside(&self, arrival: &Arrival, doors: Vec<(String, String)>) -> Answer {
        let doors = doors.into_iter().map(|(label, href)| Action::Elsewhere { href, label });
        arrival.tell(OUTSIDE).page(|page| doors.fold(page, |page, door| page.offer(door))).answer()
    }

    /// The new address is shown before it counts: whatever opens links in mails presses no buttons.
    pub(super) async fn confirm_address(&self, arrival: &Arrival, code: &str, verb: Verb) -> Answer {
        if !arrival.entry.rules.running {
            return arrival.stopped();
        }
        let Some(parsed) = TicketCode::parse(code.as_bytes()) else { return self.link_gone(arrival) };
        if verb == Verb::Send {
            return self.take_address(arrival, &parsed).await;
        }
        match self.desk.open_address(arrival.app(), &parsed).await {
            Ok(view) => {
                let (site, words) = (&arrival.site, &arrival.site.words().account);
                let page = format!("confirm-address/{code}");
                let to = site.link(&page, None);
                let frame = site.frame(words.confirm_heading, &page, None);
                let asked = NoticePage::new(frame, &(words.confirm_lead)(view.email.as_str()));
                answer::page(StatusCode::OK, &asked.offer(Action::Post { to, return_to: None, label: words.confirm }))
            }
            Err(error) => self.turn_down_unseen(arrival, &error),
        }
    }

    async fn take_address(&self, arrival: &Arrival, code: &TicketCode) -> Answer {
        if let Err(answer) = self.read_form(arrival) {
            return *answer;
        }
        let site = &arrival.site;
        match self.desk.confirm_address(arrival.app(), code).await {
            Ok(user) if self.desk.me(arrival.app(), arrival.session()).is_some_and(|me| me.is(user)) => {
                answer::see_other(&site.link_with(super::account::ACCOUNT, "done", "address"))
            }
            Ok(_) => arrival.tell(CONFIRMED).link(site.words().to_the_app, site.home().to_string()).answer(),
            Err(error) => self.turn_down_unseen(arrival, &error),
        }
    }
}

struct ResetLink<'a> {
    text: &'a str,
    code: &'a TicketCode,
}

fn forgot_page(site: &Site, sent: &Form, complaint: Option<&Complaint>) -> FormPage {
    let words = site.words();
    let mut name = input(Field::Email, words, false);
    name.value = sent.text("email").to_owned();
    name.error = complaint.and_then(|complaint| complaint.about(Field::Email));
    FormPage {
        hand_over: None,
        providers: Vec::new(),
        frame: site.frame(words.account.reset_heading, "reset", None),
        words,
        lead: Some(words.account.reset_lead),
        summary: complaint.map(|complaint| complaint.summary.clone()),
        action: site.link("reset", None),
        fields: vec![name],
        return_to: None,
        code: None,
        submit: words.account.send_link,
        forgot: None,
        after: None,
    }
}

fn reset_page(site: &Site, code: &str, view: &ResetView, complaint: Option<&Complaint>) -> FormPage {
    let words = site.words();
    let page = format!("reset/{code}");
    let mut name = input(Field::Email, words, false);
    name.value = view.username.to_string();
    name.is_fixed = true;
    let mut password = input(Field::Password, words, true);
    password.label = words.account.new_password;
    password.error = complaint.and_then(|complaint| complaint.about(Field::Password));
    FormPage {
        hand_over: None,
        providers: Vec::new(),
        frame: site.frame(words.account.choose_heading, &page, None),
        words,
        lead: Some(words.account.choose_lead),
        summary: complaint.map(|complaint| complaint.summary.clone()),
        action: site.link(&page, None),
        fields: vec![name, password],
        return_to: None,
        code: None,
        submit: words.account.choose,
        forgot: None,
        after: None,
    }
}

const WITHOUT_MAIL: Outcome =
    Outcome { status: StatusCode::OK, code: "no-mail", said: |notices| &notices.account.reset_without_mail };
const SENT: Outcome = Outcome { status: StatusCode::OK, code: "sent", said: |notices| &notices.account.reset_sent };
const OUTSIDE: Outcome =
    Outcome { status: StatusCode::OK, code: "outside", said: |notices| &notices.account.reset_outside };
const CONFIRMED: Outcome =
    Outcome { status: StatusCode::OK, code: "confirmed", said: |notices| &notices.account.confirmed };
