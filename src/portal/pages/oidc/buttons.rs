//! Providers beside a form, and whether they can be reached.

use serde_json::{Map, Value, json};

use crate::desk::ProviderView;
use crate::domain::ReturnTo;

use super::super::Pages;
use super::super::answer::{self, Answer};
use super::super::arrival::Arrival;
use super::super::gates::Gate;
use super::super::views::ProviderButton;

/// What browsers inside other apps call themselves. Google refuses them ("disallowed_useragent").
const INSIDE: [&str; 11] = [
    "; wv)",
    "FBAN/",
    "FBAV/",
    "FB_IAB",
    "Instagram",
    " Line/",
    "MicroMessenger",
    "LinkedInApp",
    "Snapchat",
    "Twitter for",
    "TikTok",
];
const GOOGLE: &str = "google";
const GOOGLES_ISSUER: &str = "https://accounts.google.com";

impl Pages {
    /// For a page that lets people in by itself; behind the master password alone there are no people.
    pub(in crate::portal::pages) fn gate_providers(
        &self,
        arrival: &Arrival,
        gate: Gate,
        return_to: &ReturnTo,
    ) -> Vec<ProviderButton> {
        if gate == Gate::MasterPassword {
            return Vec::new();
        }
        let here = arrival.site.absolute(&arrival.site.link(gate.page(), Some(return_to)));
        self.buttons(arrival, &here, |page| arrival.site.link(page, Some(return_to)))
    }

    pub(in crate::portal::pages) fn invite_providers(&self, arrival: &Arrival, code: &str) -> Vec<ProviderButton> {
        let here = arrival.site.absolute(&arrival.site.link(&format!("invite/{code}"), None));
        self.buttons(arrival, &here, |page| {
            let link = arrival.site.link(page, None);
            // The code is of the alphabet that needs no encoding: it was parsed.
            format!("{link}{}invite={code}", if link.contains('?') { '&' } else { '?' })
        })
    }

    fn buttons(&self, arrival: &Arrival, here: &str, link: impl Fn(&str) -> String) -> Vec<ProviderButton> {
        let words = &arrival.site.words().notices.oidc;
        let is_inside = INSIDE.iter().any(|mark| arrival.agent().contains(mark));
        let button = |provider: ProviderView| {
            let outside = is_inside && is_google(&provider);
            ProviderButton {
                label: (words.continue_with)(&provider.title),
                href: link(&format!("oidc/{}", provider.id)),
                reason: provider.unreachable.map(words.why),
                outside: outside.then(|| ((words.open_in_browser)(&provider.title), here.to_owned())),
                id: provider.id.to_string(),
            }
        };
        self.desk.providers_of(&arrival.entry.app).into_iter().map(button).collect()
    }

    /// For the page's script, and for programs.
    pub(super) fn oidc_status(&self, arrival: &Arrival) -> Answer {
        let words = &arrival.site.words().notices.oidc;
        let item = |provider: ProviderView| {
            let mut item = Map::new();
            item.insert("id".to_owned(), json!(provider.id));
            item.insert("title".to_owned(), json!(provider.title));
            item.insert("reachable".to_owned(), json!(provider.unreachable.is_none()));
            if let Some(why) = provider.unreachable {
                item.insert("reason".to_owned(), json!((words.why)(why)));
            }
            Value::Object(item)
        };
        let items: Vec<Value> = self.desk.providers_of(&arrival.entry.app).into_iter().map(item).collect();
        answer::json(&json!({ "items": items }))
    }
}

fn is_google(provider: &ProviderView) -> bool {
    provider.id.as_str() == GOOGLE || provider.issuer == GOOGLES_ISSUER
}
