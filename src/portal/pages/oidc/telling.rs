//! Why somebody does not get in by a provider, as a page and as a problem.

use http::StatusCode;

use crate::desk::{EnterError, FederatedError, FieldProblem};
use crate::domain::{ReturnTo, Slug};
use crate::federation::{FederationError, Flaw};

use super::super::Pages;
use super::super::answer::Answer;
use super::super::arrival::Arrival;
use super::super::notice::{self, Outcome, Telling};
use super::super::site::Site;

macro_rules! outcomes {
    ($($name:ident = $status:ident $code:literal $said:ident;)+) => {$(
        const $name: Outcome =
            Outcome { status: StatusCode::$status, code: $code, said: |notices| &notices.oidc.$said };
    )+};
}

outcomes! {
    NOT_OFFERED = NOT_FOUND "provider-not-offered" not_offered;
    LOST = BAD_REQUEST "sign-in-lost" lost;
    DECLINED = BAD_REQUEST "sign-in-declined" declined;
    REFUSED = BAD_REQUEST "sign-in-refused" refused;
    BAD_ANSWER = BAD_GATEWAY "provider-answer" bad_answer;
    MISCONFIGURED = BAD_GATEWAY "provider-misconfigured" misconfigured;
    UNREACHABLE = SERVICE_UNAVAILABLE "provider-unreachable" unreachable;
    UNVERIFIED = FORBIDDEN "address-unverified" unverified;
    OTHER_ORGANIZATION = FORBIDDEN "other-organization" other_organization;
    OTHER_DOMAIN = FORBIDDEN "other-domain" other_domain;
    OTHER_ADDRESS = FORBIDDEN "other-address" other_address;
    ELSEWHERE = FORBIDDEN "identity-in-use" elsewhere;
    AS_BEFORE = FORBIDDEN "sign-in-as-before" as_before;
    BARRED = FORBIDDEN "suspended" barred;
    SIGNED_OUT = UNAUTHORIZED "sign-in-required" signed_out;
    TOO_MANY_LINKED = CONFLICT "too-many-linked" too_many_linked;
    TOO_MANY_TRIES = TOO_MANY_REQUESTS "too-many-tries" too_many_tries;
}

/// What went wrong, and with whom.
pub(super) struct Trouble<'a> {
    pub(super) error: &'a FederatedError,
    pub(super) provider: &'a Slug,
}

impl Trouble<'_> {
    /// `title` is the provider's.
    pub(super) fn tell(&self, site: &Site, wants_page: bool, title: &str) -> Telling {
        let words = &site.words().notices.oidc;
        let telling = Telling::new(self.outcome(), site, wants_page);
        let telling = telling.member("provider", serde_json::json!(self.provider));
        match self.error {
            FederatedError::Provider(FederationError::Unreachable(trouble)) => {
                telling.page(|page| page.say(format!("{title}: {}", (words.why)(trouble.reason))))
            }
            FederatedError::Provider(FederationError::BadToken(flaw)) if flaw.is_about_time() => {
                telling.page(|page| page.say(words.clock.to_owned()))
            }
            FederatedError::OtherOrganization { domain } => {
                telling.page(|page| page.say((words.only_of)(domain.as_str())))
            }
            FederatedError::Enter(EnterError::Fields(fields)) => {
                fields.iter().fold(telling, |telling, field| match &field.problem {
                    FieldProblem::OtherDomain { domains } => {
                        telling.page(|page| page.say((site.words().errors.other_domain)(domains)))
                    }
                    _ => telling,
                })
            }
            FederatedError::Enter(EnterError::TooMany { retry_after } | EnterError::Busy { retry_after }) => {
                telling.retry_after(*retry_after)
            }
            _ => telling,
        }
    }

    fn outcome(&self) -> Outcome {
        match self.error {
            FederatedError::NotOffered => NOT_OFFERED,
            FederatedError::Lost => LOST,
            FederatedError::Provider(error) => of_provider(error),
            FederatedError::Unverified => UNVERIFIED,
            FederatedError::OtherOrganization { .. } => OTHER_ORGANIZATION,
            FederatedError::OtherAddress => OTHER_ADDRESS,
            FederatedError::Elsewhere => ELSEWHERE,
            FederatedError::SignInAsBefore => AS_BEFORE,
            FederatedError::Barred => BARRED,
            FederatedError::SignedOut => SIGNED_OUT,
            FederatedError::TooManyLinked => TOO_MANY_LINKED,
            FederatedError::Enter(error) => match error {
                EnterError::Fields(_) => OTHER_DOMAIN,
                EnterError::NotInvited => notice::NOT_INVITED,
                EnterError::SignUpClosed => notice::SIGN_UP_CLOSED,
                EnterError::InviteGone => notice::INVITE_GONE,
                EnterError::TooMany { .. } => TOO_MANY_TRIES,
                EnterError::Busy { .. } | EnterError::Unavailable => notice::UNAVAILABLE,
                // Of other forms.
                EnterError::WrongCredentials | EnterError::WrongMasterPassword | EnterError::LinkGone => LOST,
                EnterError::SignedOut => SIGNED_OUT,
            },
        }
    }

    /// Whether another account at the same provider might do.
    fn is_about_account(&self) -> bool {
        matches!(
            self.error,
            FederatedError::Unverified
                | FederatedError::OtherOrganization { .. }
                | FederatedError::SignInAsBefore
                | FederatedError::Barred
                | FederatedError::Enter(EnterError::Fields(_) | EnterError::NotInvited)
        )
    }
}

fn of_provider(error: &FederationError) -> Outcome {
    match error {
        FederationError::Gone => LOST,
        FederationError::Declined(_) => DECLINED,
        // Whoever signs so is not who was asked.
        FederationError::BadToken(Flaw::UserInfo) => BAD_ANSWER,
        FederationError::BadCallback(_) | FederationError::CodeRefused(_) | FederationError::BadToken(_) => REFUSED,
        FederationError::Unreachable(trouble) => match trouble.reason {
            crate::federation::Unreachable::BadAnswer => BAD_ANSWER,
            crate::federation::Unreachable::Dns
            | crate::federation::Unreachable::Refused
            | crate::federation::Unreachable::TimedOut
            | crate::federation::Unreachable::Tls => UNREACHABLE,
        },
        FederationError::Misconfigured(_) => MISCONFIGURED,
    }
}

impl Pages {
    /// On the app's own address. `door` is where the visitor came from, else the sign-in page.
    pub(super) fn oidc_trouble(
        &self,
        arrival: &Arrival,
        trouble: &Trouble<'_>,
        return_to: &ReturnTo,
        door: Option<String>,
    ) -> Answer {
        let site = &arrival.site;
        let words = site.words();
        let telling = trouble.tell(site, arrival.visit.wants_page, &self.title_of(trouble.provider));
        let telling = match trouble.is_about_account() {
            true => {
                let again = site.link(&format!("oidc/{}", trouble.provider), Some(return_to));
                let mark = if again.contains('?') { '&' } else { '?' };
                telling.link(words.notices.other_account, format!("{again}{mark}choose=1"))
            }
            false => telling,
        };
        let href = door.unwrap_or_else(|| site.link("sign-in", Some(return_to)));
        let label = match trouble.error {
            FederatedError::Lost | FederatedError::SignedOut => words.notices.oidc.start_again,
            _ => words.notices.oidc.other_ways,
        };
        telling.link(label, href).answer()
    }

    /// What people call a provider.
    pub(super) fn title_of(&self, provider: &Slug) -> String {
        let all = self.desk.federation();
        let found = all.iter().flat_map(|all| all.providers()).find(|config| config.id == *provider);
        found.map_or_else(|| provider.to_string(), |config| config.title.clone())
    }
}
