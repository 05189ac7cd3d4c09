//! A person's own account: one page, whose small forms each do one thing and come back to it.

pub(in crate::portal) mod agent;
pub(super) mod ago;
mod page;

use http::StatusCode;

use crate::desk::{AccountView, EnterError, Field, Me, NewPassword, ProviderView};
use crate::domain::{SessionId, cookie};
use crate::policy::Challenge;

use super::Pages;
use super::answer::{self, Answer, Headers};
use super::arrival::{Arrival, Verb};
use super::complaint::{self, Complaint};
use super::form::Form;
use super::notice::{self, Outcome, Telling};
use super::views::ProviderLink;

use page::{Looked, account_page};

/// The page's name in its address.
pub(super) const ACCOUNT: &str = "account";

/// What a form of the page does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Name,
    Email,
    Password,
    Unlink,
    End,
    Everywhere,
    Delete,
}

impl Part {
    pub(super) fn parse(name: &str) -> Option<Self> {
        let all = [Self::Name, Self::Email, Self::Password, Self::Unlink, Self::End, Self::Everywhere, Self::Delete];
        all.into_iter().find(|part| part.name() == name)
    }

    /// Of the form's address.
    fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Password => "password",
            Self::Unlink => "unlink",
            Self::End => "end",
            Self::Everywhere => "sign-out-everywhere",
            Self::Delete => "delete",
        }
    }

    /// Of the section that the form stands in, for the identifiers of its fields.
    fn section(self) -> &'static str {
        match self {
            Self::Name => "profile",
            Self::Email => "address",
            Self::Password => "password",
            Self::Unlink => "linked",
            Self::End | Self::Everywhere => "devices",
            Self::Delete => "delete",
        }
    }
}

/// A change that did not work out, as it is shown.
pub(super) struct Mishap<'a> {
    pub(super) part: Part,
    pub(super) sent: &'a Form,
    pub(super) complaint: Complaint,
}

impl Pages {
    pub(super) async fn account(&self, arrival: &Arrival) -> Answer {
        if !arrival.entry.rules.running {
            return arrival.stopped();
        }
        let Some(me) = self.desk.me(arrival.app(), arrival.session()) else { return self.sign_in_first(arrival) };
        self.show_account(arrival, &me, None).await
    }

    pub(super) async fn change_account(&self, arrival: &Arrival, part: Part, verb: Verb) -> Answer {
        if verb == Verb::See {
            return answer::see_other(&arrival.site.link(ACCOUNT, None));
        }
        let form = match self.read_form(arrival) {
            Ok(form) => form,
            Err(answer) => return *answer,
        };
        let Some(me) = self.desk.me(arrival.app(), arrival.session()) else { return self.sign_in_first(arrival) };
        match self.act(arrival, &me, part, &form).await {
            Ok(answer) => answer,
            Err(EnterError::SignedOut) => self.sign_in_first(arrival),
            Err(error) => self.turn_down_change(arrival, &me, part, &form, &error).await,
        }
    }

    async fn act(&self, arrival: &Arrival, me: &Me, part: Part, form: &Form) -> Result<Answer, EnterError> {
        let (desk, caller) = (&self.desk, arrival.caller());
        let text = |name: &str| form.text(name).to_owned();
        match part {
            Part::Name => desk.rename_me(me, form.text("given_name"), form.text("family_name")).await?,
            // Without mail there is no such form.
            Part::Email if !desk.has_mail() => return Ok(answer::see_other(&arrival.site.link(ACCOUNT, None))),
            Part::Email => {
                let (email, language) = (form.text("email"), arrival.site.language());
                desk.ask_for_address(me, &caller, email, text("password"), language).await?;
            }
            Part::Password => {
                let end_others = !form.text("end_others").is_empty();
                let new = NewPassword { old: text("password"), new: text("new_password"), end_others };
                desk.change_my_password(me, &caller, new).await?;
            }
            Part::Unlink => {
                if let Ok(identity) = form.text("identity").parse() {
                    desk.unlink_identity(me, &identity).await?;
                }
            }
            Part::End => {
                let session: Option<SessionId> = form.text("session").parse().ok();
                if let Some(session) = session {
                    desk.end_my_session(me, session).await?;
                }
                if session.is_some() && session == arrival.session() {
                    return Ok(self.signed_out(arrival));
                }
            }
            Part::Everywhere => {
                desk.sign_me_out_everywhere(me).await?;
                return Ok(self.signed_out(arrival));
            }
            Part::Delete => {
                let is_confirmed = !form.text("confirm").is_empty();
                desk.delete_me(me, &caller, text("password"), is_confirmed).await?;
                return Ok(self.deleted(arrival));
            }
        }
        Ok(self.done(arrival, part))
    }

    /// Back to the account, which says what was done.
    fn done(&self, arrival: &Arrival, part: Part) -> Answer {
        answer::see_other(&arrival.site.link_with(ACCOUNT, "done", part.name()))
    }

    fn signed_out(&self, arrival: &Arrival) -> Answer {
        let clear = cookie::clear(arrival.app(), arrival.visit.secure);
        answer::see_other(arrival.site.home().as_str()).cookie(&clear)
    }

    fn deleted(&self, arrival: &Arrival) -> Answer {
        let home = arrival.site.home().to_string();
        let telling = arrival.tell(DELETED).link(arrival.site.words().to_the_app, home);
        telling.answer().cookie(&cookie::clear(arrival.app(), arrival.visit.secure))
    }

    /// To the sign-in, and from there back to the account.
    pub(super) fn sign_in_first(&self, arrival: &Arrival) -> Answer {
        if !arrival.visit.wants_page {
            let telling = Telling::new(notice::NOT_SIGNED_IN, &arrival.site, false);
            return arrival.with_sign_in_url(telling, Challenge::SignIn).answer();
        }
        let account = format!("{}/{ACCOUNT}", arrival.site.base()).parse().ok();
        answer::see_other(&arrival.site.link("sign-in", account.as_ref()))
    }

    async fn turn_down_change(
        &self,
        arrival: &Arrival,
        me: &Me,
        part: Part,
        sent: &Form,
        error: &EnterError,
    ) -> Answer {
        let words = arrival.site.words();
        let Some(complaint) = Complaint::of(error, words) else { return arrival.tell(notice::UNAVAILABLE).answer() };
        if !arrival.visit.wants_page {
            return complaint::problem(error).unwrap_or_else(|| arrival.tell(notice::UNAVAILABLE).answer());
        }
        let complaint = match error {
            EnterError::WrongCredentials => complaint.blaming(Field::Password, words.errors.wrong_password, words),
            _ => complaint,
        };
        self.show_account(arrival, me, Some(Mishap { part, sent, complaint })).await
    }

    async fn show_account(&self, arrival: &Arrival, me: &Me, mishap: Option<Mishap<'_>>) -> Answer {
        let view = match self.desk.account(me).await {
            Ok(view) => view,
            Err(EnterError::SignedOut) => return self.sign_in_first(arrival),
            Err(_) => return arrival.tell(notice::UNAVAILABLE).answer(),
        };
        let status = mishap.as_ref().map_or(StatusCode::OK, |mishap| mishap.complaint.status);
        let done = Form::query(arrival.request.uri().query());
        let looked = Looked {
            site: &arrival.site,
            view: &view,
            now: self.desk.clock().now(),
            has_mail: self.desk.has_mail(),
            done: done.text("done"),
            providers: self.providers_to_link(arrival, &view),
            configured: self.desk.providers(),
            mishap: mishap.as_ref(),
        };
        let answer = answer::page(status, &account_page(&looked));
        match &mishap {
            Some(mishap) => mishap.complaint.with_headers(answer),
            None => answer,
        }
    }

    /// Providers by which the person could sign in as well: a link to `oidc/{id}?link=1` for each.
    fn providers_to_link(&self, arrival: &Arrival, view: &AccountView) -> Vec<ProviderLink> {
        let words = &arrival.site.words().account;
        let mut open = self.desk.providers_of(&arrival.entry.app);
        open.retain(|provider| view.identities.iter().all(|identity| identity.issuer != provider.issuer));
        let link = |provider: ProviderView| ProviderLink {
            href: arrival.site.link_with(&format!("oidc/{}", provider.id), "link", "1"),
            label: (words.link)(&provider.title),
            id: provider.id.to_string(),
        };
        open.into_iter().map(link).collect()
    }
}

const DELETED: Outcome = Outcome { status: StatusCode::OK, code: "deleted", said: |notices| &notices.account.deleted };
