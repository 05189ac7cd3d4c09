//! Back on the app's own address: the browser's binding and the code that came with it make a session, or a question first.

use http::StatusCode;

use crate::desk::{Arrived, Claim, EnterError, FederatedError, Field, Question, TurnedAway};
use crate::domain::{FlowKeyId, HandOverCode, Slug};
use crate::observe::Entry;

use super::super::account::ACCOUNT;
use super::super::answer::{self, Answer};
use super::super::arrival::{Arrival, Verb};
use super::super::complaint::{self, Complaint};
use super::super::form::Form;
use super::super::gates::input;
use super::super::views::{Action, FormPage, NoticePage};
use super::super::{Pages, cookies, notice};
use super::depart;
use super::telling::Trouble;

/// Done, as the account page tells it.
const LINKED: &str = "linked";

impl Pages {
    pub(super) async fn oidc_return(&self, arrival: &Arrival, provider: &Slug) -> Answer {
        let query = Form::query(arrival.request.uri().query());
        let Some((code, key)) = shown(arrival, &query) else { return self.oidc_lost(arrival, provider) };
        let claim = Claim { app: arrival.app(), provider, code: &code, key: Some(key) };
        let caller = arrival.caller();
        match self.desk.metered(Entry::Federated, self.desk.arrive(&caller, &claim)).await {
            Ok(arrived) => self.oidc_arrived(arrival, provider, &arrived),
            Err(away) => self.oidc_turned_away(arrival, provider, &away),
        }
    }

    pub(super) async fn oidc_question(&self, arrival: &Arrival, provider: &Slug, verb: Verb) -> Answer {
        let form = match verb {
            Verb::See => Form::query(arrival.request.uri().query()),
            Verb::Send => match self.read_form(arrival) {
                Ok(form) => form,
                Err(answer) => return *answer,
            },
        };
        let Some((code, key)) = shown(arrival, &form) else { return self.oidc_lost(arrival, provider) };
        let claim = Claim { app: arrival.app(), provider, code: &code, key: Some(key) };
        let Some(question) = self.desk.question(&claim) else { return self.oidc_lost(arrival, provider) };
        if verb == Verb::See {
            return self.ask(arrival, provider, &code, &question, None);
        }
        match self.desk.answer(&arrival.caller(), &claim, form.text("password")).await {
            Ok(arrived) => self.oidc_arrived(arrival, provider, &arrived),
            Err(TurnedAway { error: FederatedError::Enter(error), .. }) if is_of_form(&error) => {
                let Some(complaint) = Complaint::of(&error, arrival.site.words()) else {
                    return self.oidc_lost(arrival, provider);
                };
                if !arrival.visit.wants_page {
                    return complaint::problem(&error).unwrap_or_else(|| arrival.tell(notice::UNAVAILABLE).answer());
                }
                self.ask(arrival, provider, &code, &question, Some(&complaint))
            }
            Err(away) => self.oidc_turned_away(arrival, provider, &away),
        }
    }

    fn oidc_arrived(&self, arrival: &Arrival, provider: &Slug, arrived: &Arrived) -> Answer {
        match arrived {
            Arrived::In { signed_in, who, return_to } => self.welcome(arrival, return_to, who, signed_in),
            Arrived::Linked => answer::see_other(&arrival.site.link_with(ACCOUNT, "done", LINKED)),
            Arrived::Asked { code } => {
                answer::see_other(&arrival.site.link_with(&question_page(provider), "code", &code.reveal()))
            }
        }
    }

    fn oidc_turned_away(&self, arrival: &Arrival, provider: &Slug, away: &TurnedAway) -> Answer {
        let return_to = away.return_to.clone().unwrap_or_else(|| arrival.site.home());
        let trouble = Trouble { error: &away.error, provider };
        self.oidc_trouble(arrival, &trouble, &return_to, None)
    }

    fn oidc_lost(&self, arrival: &Arrival, provider: &Slug) -> Answer {
        self.oidc_turned_away(arrival, provider, &FederatedError::Lost.into())
    }

    fn ask(
        &self,
        arrival: &Arrival,
        provider: &Slug,
        code: &HandOverCode,
        question: &Question,
        complaint: Option<&Complaint>,
    ) -> Answer {
        let action = arrival.site.link(&question_page(provider), None);
        if !question.wants_password {
            return answer::page(StatusCode::OK, &consent_page(arrival, question, action, code));
        }
        let page = FormPage { code: Some(code.reveal()), ..password_page(arrival, question, complaint, action) };
        match complaint {
            Some(complaint) => complaint.with_headers(answer::page(complaint.status, &page)),
            None => answer::page(StatusCode::OK, &page),
        }
    }
}

/// What the browser shows: the code of the address or the form, and its binding.
fn shown(arrival: &Arrival, form: &Form) -> Option<(HandOverCode, FlowKeyId)> {
    let code = HandOverCode::parse(form.text("code").as_bytes())?;
    Some((code, cookies::flow_key(arrival)?.id()))
}

/// The page of a question, which is also where its form posts.
fn question_page(provider: &Slug) -> String {
    format!("oidc/{provider}/link")
}

/// What can be mended in the form itself.
fn is_of_form(error: &EnterError) -> bool {
    match error {
        EnterError::Fields(fields) => fields.iter().all(|field| field.field == Field::Password),
        EnterError::WrongCredentials | EnterError::TooMany { .. } | EnterError::Busy { .. } => true,
        EnterError::WrongMasterPassword
        | EnterError::NotInvited
        | EnterError::SignUpClosed
        | EnterError::InviteGone
        | EnterError::LinkGone
        | EnterError::SignedOut
        | EnterError::Unavailable => false,
    }
}

fn password_page(arrival: &Arrival, question: &Question, complaint: Option<&Complaint>, action: String) -> FormPage {
    let site = &arrival.site;
    let words = site.words();
    let oidc = &words.notices.oidc;
    let fields = [Field::Email, Field::Password].map(|field| {
        let mut input = input(field, words, false);
        if field == Field::Email {
            input.value = question.username.to_string();
            input.is_fixed = true;
        }
        input.error = complaint.and_then(|complaint| complaint.about(field));
        input
    });
    FormPage {
        // Without the switch: the address of this page is nobody's business twice.
        frame: site.bare_frame(oidc.ask_heading),
        words,
        lead: Some(oidc.ask_lead),
        summary: complaint.map(|complaint| match complaint.status {
            StatusCode::UNAUTHORIZED => words.errors.wrong_password.to_owned(),
            _ => complaint.summary.clone(),
        }),
        action,
        fields: fields.into(),
        return_to: None,
        code: None,
        submit: oidc.ask_submit,
        hand_over: None,
        forgot: None,
        providers: Vec::new(),
        after: None,
    }
}

fn consent_page(arrival: &Arrival, question: &Question, to: String, code: &HandOverCode) -> NoticePage {
    let site = &arrival.site;
    let oidc = &site.words().notices.oidc;
    let identity = question.identity.as_ref().map(|email| email.as_str());
    let post = Action::PostWith { to, field: ("code", code.reveal()), label: oidc.consent_submit };
    let back = super::super::views::Link { href: depart::account(arrival).to_string(), label: oidc.to_account };
    NoticePage::new(site.bare_frame(oidc.consent.heading), oidc.consent.text)
        .say((oidc.consent_to)(identity, question.username.as_str()))
        .offer(post)
        .offer(Action::Link { link: back, new_tab: false })
}
