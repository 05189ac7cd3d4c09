//! An app's fields, as programs write them.

use crate::desk::{AppChange, NewApp};
use crate::domain::{Icon, Upstream};

use super::Problem;
use super::body::Fields;

const ACCESS: &str = "public, master-password, signup, signup-and-master-password or invite-only";
const DOMAINS: &str = "a list of domains like plant.example, or [] for any";
const PROVIDERS: &str = "a list of ids of [[oidc]] providers, [] for none, or null for all";
const UPSTREAMS: &str = "an address like http://127.0.0.1:1880, or a list of them";
const PRESETS: &str = "a list of remote-user, x-forwarded-user and x-webauth-user";

pub(super) fn new_app(mut fields: Fields) -> Result<NewApp, Problem> {
    let name = fields.required("name", Fields::parsed);
    let url = fields.required("url", Fields::parsed);
    let upstreams =
        if fields.has("upstreams") { upstreams(&mut fields) } else { fields.required("upstream", one_or_more) };
    let rest = common(&mut fields);
    fields.finish()?;
    match (name, url, upstreams) {
        (Some(name), Some(url), Some((upstream, more))) => {
            Ok(NewApp { name, url, upstream, rest: AppChange { more_upstreams: Some(more), ..rest } })
        }
        _ => Err(Problem::flaw("body", "name, url and upstream are needed")),
    }
}

pub(super) fn change(mut fields: Fields) -> Result<AppChange, Problem> {
    let (name, url) = (fields.parsed("name"), fields.parsed("url"));
    let (upstream, more_upstreams) = upstreams(&mut fields).unzip();
    let change = AppChange { name, url, upstream, more_upstreams, ..common(&mut fields) };
    fields.finish()?;
    Ok(change)
}

/// `upstream`, one or a list, or `upstreams` as an app's view has it: the first, and the others.
fn upstreams(fields: &mut Fields) -> Option<(Upstream, Vec<Upstream>)> {
    if fields.has("upstream") && fields.has("upstreams") {
        let _: Option<Vec<Upstream>> = fields.chosen("upstreams", UPSTREAMS);
        return fields.refuse("upstreams", "give `upstream` or `upstreams`, not both");
    }
    one_or_more(fields, if fields.has("upstreams") { "upstreams" } else { "upstream" })
}

fn one_or_more(fields: &mut Fields, field: &str) -> Option<(Upstream, Vec<Upstream>)> {
    if fields.is_text(field) {
        return Some((fields.parsed(field)?, Vec::new()));
    }
    let mut all: Vec<Upstream> = fields.chosen(field, UPSTREAMS)?;
    if all.is_empty() {
        return fields.refuse(field, "name at least one");
    }
    let first = all.remove(0);
    Some((first, all))
}

fn common(fields: &mut Fields) -> AppChange {
    AppChange {
        name: None,
        url: None,
        upstream: None,
        more_upstreams: None,
        balance: fields.chosen("balance", "least-connections or sticky"),
        health_path: fields.nullable("health_path", Fields::parsed),
        health_interval: fields.nullable("health_interval", Fields::span),
        title: fields.text("title"),
        access: fields.chosen("access", ACCESS),
        master_password: fields.text("master_password"),
        running: fields.flag("running"),
        language: fields.nullable("language", |fields, field| fields.chosen(field, "en, de or null")),
        strip_prefix: fields.flag("strip_prefix"),
        host_header: fields.chosen("host_header", "visitor or upstream"),
        user_header: fields.parsed("user_header"),
        identity_headers: fields.chosen("identity_headers", PRESETS),
        identity_token: fields.flag("identity_token"),
        forwarded_header: fields.flag("forwarded_header"),
        idle_limit: fields.nullable("idle_limit", Fields::span),
        absolute_limit: fields.nullable("absolute_limit", Fields::span),
        // A file's content, which the config names by path; the API leaves it as it is.
        upstream_ca: None,
        upstream_verify: fields.flag("upstream_verify"),
        upstream_http2: fields.flag("upstream_http2"),
        connect_timeout: fields.span("connect_timeout"),
        response_timeout: fields.span("response_timeout"),
        approval: fields.flag("approval"),
        sign_up_domains: fields.chosen("sign_up_domains", DOMAINS),
        name_question: fields.flag("name_question"),
        providers: fields.nullable("providers", |fields, field| fields.chosen(field, PROVIDERS)),
        hosted_domain: fields.nullable("hosted_domain", Fields::parsed),
        shared_sign_in: fields.flag("shared_sign_in"),
        description: fields.text("description"),
        icon: fields.nullable("icon", Fields::icon),
    }
}

impl Fields {
    fn icon(&mut self, field: &str) -> Option<Icon> {
        let text = self.text(field)?;
        Icon::from_data_url(&text).map_or_else(|error| self.refuse(field, error), Some)
    }
}
