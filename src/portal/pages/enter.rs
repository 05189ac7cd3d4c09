//! Coming in: sign-in, sign-up and master password, shown and sent.

use http::StatusCode;

use crate::desk::{Desk, EnterError, GiveMasterPassword, SignIn, SignUp, SignedIn};
use crate::domain::{AccessMode, ReturnTo, cookie};
use crate::handoff::Visit;
use crate::observe::Entry;
use crate::policy::{Challenge, Refusal, Verdict};
use crate::portal::guard;

use super::account::ACCOUNT;
use super::answer::{self, Answer, Headers};
use super::arrival::{Arrival, Verb};
use super::complaint::{self, Complaint};
use super::form::Form;
use super::gates::{Gate, Showing, form_page};
use super::views::NoticePage;
use super::{Pages, cookies, notice};

impl Pages {
    pub(super) async fn enter(&self, arrival: &Arrival, gate: Gate, verb: Verb) -> Answer {
        match verb {
            Verb::See => self.show_gate(arrival, gate),
            Verb::Send => self.send_gate(arrival, gate).await,
        }
    }

    fn show_gate(&self, arrival: &Arrival, gate: Gate) -> Answer {
        let return_to = arrival.return_to();
        let site = &arrival.site;
        let for_account = self.is_for_account(arrival, gate, &return_to);
        match self.judge(arrival) {
            Verdict::Forward(_) if for_account => {}
            Verdict::Forward(_) => return answer::see_other(return_to.as_str()),
            Verdict::Refuse(Refusal::Stopped) => return arrival.stopped(),
            Verdict::Refuse(Refusal::Waiting) => return answer::see_other(return_to.as_str()),
            Verdict::Refuse(Refusal::NotInvited) | Verdict::Challenge(_) => {}
        }
        let fitting = gate.fitting(site.mode);
        if fitting != gate && !for_account {
            return answer::see_other(&site.link(fitting.page(), Some(&return_to)));
        }
        if gate == Gate::SignUp && !site.mode.is_open_to_sign_up() {
            return self.sign_up_closed(arrival, &return_to);
        }
        if !arrival.keeps_cookies() && self.has_gone_round(arrival, &return_to) {
            return self.cookie_trouble(arrival, gate, &return_to);
        }
        let asks_both = self.asks_both(arrival);
        let nothing = Form::default();
        let asks_name = Desk::asks_name(&arrival.entry.app);
        let providers = self.gate_providers(arrival, gate, &return_to);
        let (sent, target) = (&nothing, &return_to);
        let showing = Showing { gate, asks_both, asks_name, return_to: target, sent, complaint: None, providers };
        let page = form_page(site, showing);
        match gate {
            Gate::SignIn => self.show_sign_in(arrival, &return_to, page),
            Gate::SignUp | Gate::MasterPassword => self.with_probe(arrival, answer::page(StatusCode::OK, &page)),
        }
    }

    async fn send_gate(&self, arrival: &Arrival, gate: Gate) -> Answer {
        let form = match self.read_form(arrival) {
            Ok(form) => form,
            Err(answer) => return *answer,
        };
        let return_to = arrival.return_to_by(&form);
        match self.ask_desk(arrival, gate, &form).await {
            Ok(signed_in) => self.welcome(arrival, &return_to, form.text("email"), &signed_in),
            Err(error) => self.turn_down_gate(arrival, gate, &return_to, &form, &error),
        }
    }

    async fn ask_desk(&self, arrival: &Arrival, gate: Gate, form: &Form) -> Result<SignedIn, EnterError> {
        let (app, caller) = (arrival.app(), arrival.caller());
        let text = |name: &str| form.text(name).to_owned();
        let (email, password) = (text("email"), text("password"));
        let master_password = form.filled("master_password");
        match (gate, master_password) {
            (Gate::MasterPassword, master) => {
                let password = master.unwrap_or_default();
                let name = form.filled("name");
                let given = GiveMasterPassword { password, name };
                self.desk.metered(Entry::MasterPassword, self.desk.give_master_password(app, &caller, given)).await
            }
            // Each proof can be given alone.
            (Gate::SignIn, Some(master)) if email.is_empty() && password.is_empty() => {
                let given = GiveMasterPassword { password: master, name: None };
                self.desk.metered(Entry::MasterPassword, self.desk.give_master_password(app, &caller, given)).await
            }
            (Gate::SignIn, master_password) => {
                let sign_in = SignIn { email, password, master_password };
                self.desk.metered(Entry::Password, self.desk.sign_in(app, &caller, sign_in)).await
            }
            (Gate::SignUp, master_password) => {
                let (given_name, family_name) = (text("given_name"), text("family_name"));
                let sign_up = SignUp { email, password, given_name, family_name, master_password };
                self.desk.metered(Entry::SignUp, self.desk.sign_up(app, &caller, sign_up)).await
            }
        }
    }

    pub(super) fn turn_down_gate(
        &self,
        arrival: &Arrival,
        gate: Gate,
        return_to: &ReturnTo,
        sent: &Form,
        error: &EnterError,
    ) -> Answer {
        self.turn_down(arrival, return_to, error, |complaint| {
            let (asks_both, asks_name) = (self.asks_both(arrival), Desk::asks_name(&arrival.entry.app));
            let (complaint, providers) = (Some(complaint), self.gate_providers(arrival, gate, return_to));
            form_page(&arrival.site, Showing { gate, asks_both, asks_name, return_to, sent, complaint, providers })
        })
    }

    /// The form again with what is wrong, or the page that the refusal has of its own.
    pub(super) fn turn_down(
        &self,
        arrival: &Arrival,
        return_to: &ReturnTo,
        error: &EnterError,
        form: impl FnOnce(&Complaint) -> super::views::FormPage,
    ) -> Answer {
        let Some(complaint) = Complaint::of(error, arrival.site.words()) else {
            return match error {
                EnterError::InviteGone => self.invite_gone(arrival),
                EnterError::LinkGone => self.link_gone(arrival),
                EnterError::SignUpClosed => self.sign_up_closed(arrival, return_to),
                _ => arrival.not_invited(self.email(arrival).as_deref()),
            };
        };
        if !arrival.visit.wants_page {
            return complaint::problem(error).unwrap_or_else(|| arrival.tell(notice::UNAVAILABLE).answer());
        }
        complaint.with_headers(answer::page(complaint.status, &form(&complaint)))
    }

    /// The form, once it is sure that our own page sent it.
    pub(super) fn read_form(&self, arrival: &Arrival) -> Result<Form, Box<Answer>> {
        let (headers, visit) = (arrival.request.headers(), &arrival.visit);
        if !guard::is_same_origin(headers, visit.secure, &visit.host) {
            let origin = headers.get(http::header::ORIGIN);
            let app = arrival.entry.app.name.as_str();
            let Visit { host, secure, .. } = visit;
            tracing::warn!(app, host, secure, ?origin, "a form came from another origin");
            let home = arrival.site.home().to_string();
            let telling = arrival.tell(notice::WRONG_ORIGIN).link(arrival.site.words().to_the_app, home);
            return Err(Box::new(telling.answer()));
        }
        Form::read(headers, arrival.request.body()).map_err(|error| {
            let broken = notice::Outcome { status: error.status(), code: "broken-form", said: |n| &n.broken_form };
            Box::new(arrival.tell(broken).answer())
        })
    }

    /// Through the gate: the cookie, and on to where the visitor wanted to go.
    pub(super) fn welcome(&self, arrival: &Arrival, to: &ReturnTo, who: &str, signed_in: &SignedIn) -> Answer {
        let (app, secure) = (arrival.app(), arrival.visit.secure);
        // A session that came and is dead shows that cookies do come back, so that is no round.
        let brings_session = arrival.has_cookie(&cookie::name(app, secure));
        if !brings_session && guard::is_browser(arrival.request.headers()) {
            let agent = arrival.agent();
            let trail = arrival.trail(&agent, to);
            self.rounds.count(&trail, who, self.desk.clock().now());
        }
        let answer = answer::see_other(to.as_str()).cookie(&cookie::keep(app, secure, &signed_in.token));
        match arrival.has_cookie(&cookies::probe_name(app, secure)) {
            true => answer.cookie(&cookies::clear_probe(app, secure)),
            false => answer,
        }
    }

    /// Lets the next form tell whether this browser keeps cookies at all.
    pub(super) fn with_probe(&self, arrival: &Arrival, answer: Answer) -> Answer {
        match arrival.keeps_cookies() {
            true => answer,
            false => answer.cookie(&cookies::probe(arrival.app(), arrival.visit.secure)),
        }
    }

    fn has_gone_round(&self, arrival: &Arrival, return_to: &ReturnTo) -> bool {
        let agent = arrival.agent();
        self.rounds.is_lost(&arrival.trail(&agent, return_to), self.desk.clock().now())
    }

    fn cookie_trouble(&self, arrival: &Arrival, gate: Gate, return_to: &ReturnTo) -> Answer {
        let words = arrival.site.words();
        let app = arrival.entry.app.name.as_str();
        tracing::warn!(app, ip = %arrival.visit.ip, "a browser signs in again and again, and no cookie comes back");
        let telling =
            arrival.tell(notice::COOKIES).page(|page| NoticePage { points: &words.notices.cookie_causes, ..page });
        let href = arrival.site.link(gate.page(), Some(return_to));
        self.with_probe(arrival, telling.link(words.try_again, href).answer())
    }

    fn sign_up_closed(&self, arrival: &Arrival, return_to: &ReturnTo) -> Answer {
        let href = arrival.site.link(Gate::SignIn.page(), Some(return_to));
        arrival.tell(notice::SIGN_UP_CLOSED).link(arrival.site.words().sign_in, href).answer()
    }

    /// Whether somebody means to see their account, whom the app lets in without knowing who they are.
    fn is_for_account(&self, arrival: &Arrival, gate: Gate, return_to: &ReturnTo) -> bool {
        let account = format!("{}/{ACCOUNT}", arrival.site.base());
        let is_known = self.desk.me(arrival.app(), arrival.session()).is_some();
        gate == Gate::SignIn && return_to.as_str() == account && !is_known
    }

    fn asks_both(&self, arrival: &Arrival) -> bool {
        let is_half_done = matches!(self.judge(arrival), Verdict::Challenge(Challenge::SignIn));
        arrival.site.mode == AccessMode::SignupAndMasterPassword && !is_half_done
    }
}
