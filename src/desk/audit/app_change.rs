//! What is different about an app: names of fields, old and new values; of secrets and pictures only that they changed.

use std::fmt::{self, Debug, Display};
use std::time::Duration;

use crate::domain::App;
use crate::domain::audit::Entry;

pub(in crate::desk) fn app_changes(entry: Entry, before: &App, after: &App) -> Entry {
    let entry = entry
        .changed("name", &before.name, &after.name)
        .changed("title", &before.title, &after.title)
        .changed("description", &before.description, &after.description)
        .changed("url", &before.url, &after.url)
        .changed("upstream", &before.upstream, &after.upstream)
        .changed("access", before.access.as_str(), after.access.as_str())
        .changed("running", before.running, after.running)
        .changed("approval", before.approval, after.approval)
        .changed("sign_up_domains", list(&before.sign_up_domains), list(&after.sign_up_domains))
        .changed("name_question", before.name_question, after.name_question)
        .changed("providers", listed(before.providers.as_deref()), listed(after.providers.as_deref()))
        .changed("hosted_domain", Perhaps(&before.hosted_domain), Perhaps(&after.hosted_domain))
        .changed("shared_sign_in", !before.keeps_apart, !after.keeps_apart);
    let entry = forwarding_changes(entry, before, after);
    let entry = if before.master == after.master { entry } else { entry.replaced("master_password") };
    let entry = if before.upstream_ca == after.upstream_ca { entry } else { entry.replaced("upstream_ca") };
    if before.icon == after.icon { entry } else { entry.replaced("icon") }
}

fn forwarding_changes(entry: Entry, before: &App, after: &App) -> Entry {
    entry
        .changed("language", lower(&before.language), lower(&after.language))
        .changed("strip_prefix", before.strip_prefix, after.strip_prefix)
        .changed("host_header", lower(&Some(before.host_header)), lower(&Some(after.host_header)))
        .changed("user_header", &before.user_header, &after.user_header)
        .changed("identity_headers", debugged(&before.presets), debugged(&after.presets))
        .changed("identity_token", before.identity_token, after.identity_token)
        .changed("forwarded_header", before.forwarded_header, after.forwarded_header)
        .changed("idle_limit", span(before.idle_limit), span(after.idle_limit))
        .changed("absolute_limit", span(before.absolute_limit), span(after.absolute_limit))
        .changed("upstream_verify", before.upstream_verify, after.upstream_verify)
        .changed("connect_timeout", span(Some(before.connect_timeout)), span(Some(after.connect_timeout)))
        .changed("response_timeout", span(Some(before.response_timeout)), span(Some(after.response_timeout)))
}

struct Perhaps<'a, T>(&'a Option<T>);

impl<T: Display> Display for Perhaps<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |value| value.fmt(f))
    }
}

fn list<T: Display>(values: &[T]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Without a list, all of them.
fn listed<T: Display>(values: Option<&[T]>) -> String {
    values.map_or_else(|| "all".to_owned(), list)
}

fn debugged<T: Debug>(values: &[T]) -> String {
    values.iter().map(|value| format!("{value:?}")).collect::<Vec<_>>().join(", ")
}

fn lower<T: Debug>(value: &Option<T>) -> String {
    value.as_ref().map(|value| format!("{value:?}").to_lowercase()).unwrap_or_default()
}

fn span(limit: Option<Duration>) -> String {
    limit.map(|limit| format!("{limit:?}")).unwrap_or_default()
}
