//! Away to the provider.

use http::{HeaderMap, header};

use crate::desk::{Back, Departure, Errand, FederatedError};
use crate::domain::{InviteCode, ReturnTo, Slug};

use super::super::answer::{self, Answer, Headers};
use super::super::arrival::Arrival;
use super::super::form::Form;
use super::super::{Pages, cookies};
use super::telling::Trouble;

impl Pages {
    pub(super) async fn oidc_depart(&self, arrival: &Arrival, provider: Slug) -> Answer {
        let site = &arrival.site;
        let query = Form::query(arrival.request.uri().query());
        let invite = query.filled("invite");
        let (errand, return_to, door) = match &invite {
            Some(code) => match InviteCode::parse(code.as_bytes()) {
                Some(parsed) => (Errand::Accept(parsed), arrival.return_to(), format!("invite/{code}")),
                None => return self.invite_gone(arrival),
            },
            None if query.text("link") == "1" => {
                let is_sure = is_sent_from(arrival.request.headers(), &site.absolute("/"));
                (Errand::Link { is_sure }, account(arrival), "account".to_owned())
            }
            None => (Errand::SignIn, arrival.return_to(), "sign-in".to_owned()),
        };
        let binding = cookies::flow_cookie(arrival);
        let back = Back { base: site.absolute(&site.base()), return_to: return_to.clone(), language: site.chosen() };
        let choose_account = query.text("choose") == "1" || matches!(errand, Errand::Link { .. });
        let departure = Departure { errand, key: binding.key, back, choose_account };
        match self.desk.depart(arrival.app(), &arrival.caller(), &provider, departure).await {
            Ok(url) => answer::see_other(&url).cookie(&binding.line),
            Err(FederatedError::SignedOut) => self.sign_in_first(arrival),
            Err(error) => {
                let href = site.link(&door, (door == "sign-in").then_some(&return_to));
                self.oidc_trouble(arrival, &Trouble { error: &error, provider: &provider }, &return_to, Some(href))
            }
        }
    }
}

/// Where linked identities are shown.
pub(super) fn account(arrival: &Arrival) -> ReturnTo {
    let path = format!("{}/account", arrival.site.base());
    path.parse().unwrap_or_else(|_| arrival.site.home())
}

/// Whether one of our own pages sent the visitor here, or nobody's did: another site could have them link an account
/// that is not theirs.
fn is_sent_from(headers: &HeaderMap, origin: &str) -> bool {
    match headers.get("sec-fetch-site") {
        Some(site) => matches!(site.as_bytes(), b"same-origin" | b"none"),
        None => headers.get(header::REFERER).is_some_and(|page| page.as_bytes().starts_with(origin.as_bytes())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_page_is_sure_to_be_meant() {
        let judge = |pairs: &[(&'static str, &'static str)]| {
            let headers =
                pairs.iter().map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap())).collect();
            is_sent_from(&headers, "http://hmi:8080/")
        };
        assert!(judge(&[("sec-fetch-site", "same-origin")]) && judge(&[("sec-fetch-site", "none")]));
        assert!(judge(&[("referer", "http://hmi:8080/.millgate/account")]));
        for site in ["same-site", "cross-site", ""] {
            assert!(!judge(&[("sec-fetch-site", site), ("referer", "http://hmi:8080/")]), "{site}");
        }
        for page in ["http://hmi:80801/", "http://hmi:8080", "https://hmi:8080/", "http://evil/http://hmi:8080/"] {
            assert!(!judge(&[("referer", page)]), "{page}");
        }
        assert!(!judge(&[]));
    }
}
