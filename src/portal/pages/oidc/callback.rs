//! What a provider answers, on the console's address: the one that is registered with it.

use bytes::Bytes;
use http::{Method, Request, header};

use crate::desk::{FederatedError, Onward, Stranded};
use crate::domain::Slug;
use crate::handoff::Visit;

use super::super::Pages;
use super::super::answer::{self, Answer, Headers};
use super::super::notice::{self, Telling};
use super::super::site::{Site, with_query};
use super::super::words::words;
use super::NO_REFERRER;
use super::telling::Trouble;

/// The provider of a callback's path.
pub(in crate::portal::pages) fn callback_of(path: &str) -> Option<&str> {
    let provider = path.strip_prefix("/.millgate/oidc/")?.strip_suffix("/callback")?;
    (!provider.is_empty() && !provider.contains('/')).then_some(provider)
}

impl Pages {
    pub(in crate::portal::pages) async fn oidc_callback(
        &self,
        request: &Request<Bytes>,
        visit: &Visit,
        provider: &str,
    ) -> Answer {
        let site = Site::console(request, visit);
        if *request.method() != Method::GET {
            let telling = Telling::new(notice::METHOD_NOT_ALLOWED, &site, visit.wants_page);
            return telling.answer().with(header::ALLOW, "GET");
        }
        let Ok(provider) = provider.parse::<Slug>() else {
            return Telling::new(notice::NOT_FOUND, &site, visit.wants_page).answer();
        };
        let query = request.uri().query().unwrap_or_default();
        let answer = match self.desk.come_back(&provider, query).await {
            Ok(onward) => answer::see_other(&target(&provider, &onward)),
            Err(stranded) => self.stranded(&site, visit, &provider, &stranded),
        };
        answer.with(header::REFERRER_POLICY, NO_REFERRER)
    }

    /// In the app's language and with the way back to it, when it is known which one it was.
    fn stranded(&self, site: &Site, visit: &Visit, provider: &Slug, stranded: &Stranded) -> Answer {
        let Stranded { error, home } = stranded;
        let known = home.as_ref().and_then(|(app, _, back)| {
            let entry = self.desk.directory().snapshot().app(*app).cloned()?;
            Some((entry, back))
        });
        let Some((entry, back)) = known else {
            return Trouble { error, provider }.tell(site, visit.wants_page, &self.title_of(provider)).answer();
        };
        let mut site = site.spoken(back.language.or(entry.app.language));
        site.title = if entry.app.title.is_empty() { entry.app.name.to_string() } else { entry.app.title.clone() };
        let chosen = back.language.map(words);
        let href = with_query(&format!("{}/sign-in", back.base), Some(&back.return_to), chosen);
        let telling = Trouble { error, provider }.tell(&site, visit.wants_page, &self.title_of(provider));
        let label = match error {
            FederatedError::Lost | FederatedError::Provider(_) => site.words().notices.oidc.start_again,
            _ => site.words().notices.oidc.other_ways,
        };
        telling.link(label, href).answer()
    }
}

/// The app's own address, where the browser's binding is.
fn target(provider: &Slug, onward: &Onward) -> String {
    let language = onward.back.language.map(|language| format!("&lang={}", words(language).code)).unwrap_or_default();
    format!("{}/oidc/{provider}/return?code={}{language}", onward.back.base, onward.code.reveal())
}
