//! What holds for every app, however it came about.

use std::time::Duration;

use crate::desk::{AdminError, Clash, Desk, Flaw, Who, acting};
use crate::directory::Snapshot;
use crate::domain::{
    App, AppId, AppUrl, IdentityPreset, KeyScope, MasterPassword, Timestamp, Upstream, UserId, WorkspaceId,
};
use crate::passwords::{PlainPassword, Unfit};
use crate::policy::{hides_console, is_at_console, is_beside};

use super::{AppChange, NewApp};

/// In characters; what fits a tab and a tile.
const TITLE_MOST: usize = 100;
/// A few paragraphs; more belongs into a document of its own.
const DESCRIPTION_MOST: usize = 2000;
/// A master password is typed on panels by many: shorter than a person's own, guarded by tighter limits.
const MASTER_LEAST: usize = 4;
/// Longer than any upstream should need; zero or years are slips.
const TIMEOUT_MOST: Duration = Duration::from_secs(24 * 60 * 60);
/// What is asked more often has more to do with answering than with its work.
const CHECK_LEAST: Duration = Duration::from_secs(1);

/// The app as its makers want it, before it is checked.
pub(super) fn made(workspace: WorkspaceId, new: &NewApp, now: Timestamp) -> App {
    let mut app = App::new(workspace, new.name.clone(), new.url.clone(), new.upstream.clone(), now);
    merge(&mut app, &new.rest);
    app
}

/// Everything but the master password, which is hashed first.
pub(super) fn merge(app: &mut App, change: &AppChange) {
    fn set<T: Clone>(field: &mut T, change: Option<&T>) {
        if let Some(value) = change {
            field.clone_from(value);
        }
    }
    set(&mut app.name, change.name.as_ref());
    set(&mut app.title, change.title.as_ref());
    set(&mut app.url, change.url.as_ref());
    set(&mut app.upstream, change.upstream.as_ref());
    set(&mut app.more_upstreams, change.more_upstreams.as_ref());
    set(&mut app.balance, change.balance.as_ref());
    set(&mut app.health_path, change.health_path.as_ref());
    set(&mut app.health_interval, change.health_interval.as_ref());
    set(&mut app.websocket_origins, change.websocket_origins.as_ref());
    set(&mut app.max_connections, change.max_connections.as_ref());
    set(&mut app.access, change.access.as_ref());
    set(&mut app.running, change.running.as_ref());
    set(&mut app.language, change.language.as_ref());
    set(&mut app.strip_prefix, change.strip_prefix.as_ref());
    set(&mut app.host_header, change.host_header.as_ref());
    set(&mut app.user_header, change.user_header.as_ref());
    set(&mut app.presets, change.identity_headers.as_ref());
    set(&mut app.identity_token, change.identity_token.as_ref());
    set(&mut app.forwarded_header, change.forwarded_header.as_ref());
    set(&mut app.idle_limit, change.idle_limit.as_ref());
    set(&mut app.absolute_limit, change.absolute_limit.as_ref());
    set(&mut app.upstream_ca, change.upstream_ca.as_ref());
    set(&mut app.upstream_verify, change.upstream_verify.as_ref());
    set(&mut app.upstream_http2, change.upstream_http2.as_ref());
    set(&mut app.connect_timeout, change.connect_timeout.as_ref());
    set(&mut app.response_timeout, change.response_timeout.as_ref());
    set(&mut app.approval, change.approval.as_ref());
    set(&mut app.sign_up_domains, change.sign_up_domains.as_ref());
    set(&mut app.name_question, change.name_question.as_ref());
    set(&mut app.providers, change.providers.as_ref());
    set(&mut app.hosted_domain, change.hosted_domain.as_ref());
    set(&mut app.keeps_apart, change.shared_sign_in.map(|shared| !shared).as_ref());
    set(&mut app.description, change.description.as_ref());
    set(&mut app.icon, change.icon.as_ref());
    app.title = app.title.trim().to_owned();
    app.presets = presets(&app.presets);
}

/// In order of mention, each once.
fn presets(wanted: &[IdentityPreset]) -> Vec<IdentityPreset> {
    wanted.iter().fold(Vec::new(), |mut kept, preset| {
        if !kept.contains(preset) {
            kept.push(*preset);
        }
        kept
    })
}

impl Desk {
    /// Whether an app can stand as it is. `master` tells that it has, or is about to get, a master password.
    pub(super) fn check(&self, app: &App, master: bool) -> Result<(), AdminError> {
        let mut flaws = Vec::new();
        if app.title.is_empty() || app.title.chars().count() > TITLE_MOST || app.title.chars().any(char::is_control) {
            flaws.push(Flaw::new("title", format!("use 1 to {TITLE_MOST} characters on one line")));
        }
        let is_text = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
        if app.description.chars().count() > DESCRIPTION_MOST || !app.description.chars().all(is_text) {
            flaws.push(Flaw::new("description", format!("use {DESCRIPTION_MOST} characters at most")));
        }
        if app.access.asks_master_password() && !master {
            let detail = format!("`access` {} asks for a master password: give one", app.access.as_str());
            flaws.push(Flaw::new("master_password", detail));
        }
        for (field, span) in [("connect_timeout", app.connect_timeout), ("response_timeout", app.response_timeout)] {
            if span.is_zero() || span > TIMEOUT_MOST {
                flaws.push(Flaw::new(field, "use more than nothing and a day at most, like 5s"));
            }
        }
        flaws.extend(upstreams(app));
        for (field, span) in [("idle_limit", app.idle_limit), ("absolute_limit", app.absolute_limit)] {
            if span.is_some_and(|span| span.is_zero()) {
                flaws.push(Flaw::new(field, "leave it out for no limit, or write one like 30d"));
            }
        }
        if !flaws.is_empty() {
            return Err(AdminError::Invalid(flaws));
        }
        self.check_app_name(app)?;
        self.check_place(app)
    }

    /// Apps are found by name first: none has the name of another, nor its id for a name.
    fn check_app_name(&self, app: &App) -> Result<(), AdminError> {
        let snapshot = self.directory.snapshot();
        let named = snapshot.app_named(app.workspace, app.name.as_str());
        if named.is_some_and(|other| other.app.id != app.id) {
            return Err(AdminError::Conflict(Clash::AppNamed(app.name.clone())));
        }
        let other = app.name.as_str().parse().ok().and_then(|id: AppId| snapshot.apps.get(&id));
        match other.filter(|other| other.app.workspace == app.workspace && other.app.id != app.id) {
            Some(other) => {
                Err(AdminError::Conflict(Clash::NameIsId { name: app.name.clone(), of: other.app.name.clone() }))
            }
            None => Ok(()),
        }
    }

    /// One app an address, and none over the console.
    fn check_place(&self, app: &App) -> Result<(), AdminError> {
        let snapshot = self.directory.snapshot();
        let taken =
            snapshot.apps.values().find(|other| other.app.id != app.id && is_same_place(&other.app.url, &app.url));
        if let Some(other) = taken {
            // Of another workspace, whoever asks may not know.
            let by = (other.app.workspace == app.workspace).then(|| other.app.name.clone());
            return Err(AdminError::Conflict(Clash::AddressTaken { url: app.url.clone(), by }));
        }
        if snapshot.console.as_ref().is_some_and(|console| hides_console(console, &app.url)) {
            return Err(AdminError::Conflict(Clash::AddressOfConsole(app.url.clone())));
        }
        self.check_neighbors(app, &snapshot)
    }

    /// What is loaded from an origin can do there whatever whoever looks at it may: only who rules the account puts an
    /// app beside the console, or beside another workspace's.
    fn check_neighbors(&self, app: &App, snapshot: &Snapshot) -> Result<(), AdminError> {
        let stays = snapshot.apps.get(&app.id).is_some_and(|entry| is_same_place(&entry.app.url, &app.url));
        if stays || acting::current().who == Who::Machine {
            return Ok(());
        }
        let console = snapshot.console.as_ref();
        // There, the console gives way: whoever sits in front of it would lock themselves out.
        if console.is_some_and(|console| !is_beside(console, &app.url) && is_at_console(console, &app.url))
            && !app.url.prefix.is_empty()
        {
            return Err(AdminError::Conflict(Clash::InFrontOfConsole(app.url.clone())));
        }
        if self.rules_account(snapshot) {
            return Ok(());
        }
        if console.is_some_and(|console| is_at_console(console, &app.url)) {
            return Err(AdminError::Conflict(Clash::BesideConsole(app.url.clone())));
        }
        let mut foreign = snapshot.apps.values().filter(|other| other.app.workspace != app.workspace);
        if foreign.any(|other| is_beside(&other.app.url, &app.url)) {
            return Err(AdminError::Conflict(Clash::BesideForeignApp(app.url.clone())));
        }
        Ok(())
    }

    /// Whether whoever acts could do so in every workspace.
    fn rules_account(&self, snapshot: &Snapshot) -> bool {
        let is_owner = |id: &UserId| snapshot.staff.members.get(id).is_some_and(|member| member.owner);
        match acting::current().who {
            Who::Machine => true,
            Who::Visitor => false,
            Who::Member(id) => is_owner(&id),
            Who::Key(id) => snapshot.staff.keys.get(&id).is_some_and(|key| match key.scope {
                KeyScope::Account => true,
                KeyScope::Personal => is_owner(&key.owner),
                KeyScope::Workspace(_) | KeyScope::App(_) => false,
            }),
            Who::ConfigKey { is_account, .. } => is_account,
        }
    }

    /// The next master password of an app, hashed.
    pub(super) async fn new_master(&self, app: &App, typed: &str) -> Result<MasterPassword, AdminError> {
        let plain = PlainPassword::new(typed.to_owned()).map_err(|unfit| match unfit {
            Unfit::TooLong { most } => AdminError::flaw("master_password", format!("use {most} characters at most")),
            _ => short_master(),
        })?;
        if typed.chars().count() < MASTER_LEAST {
            return Err(short_master());
        }
        let version = app.master_version().map_or(1, |version| version.saturating_add(1));
        Ok(MasterPassword { hash: self.passwords.hash(plain).await?, version })
    }
}

fn upstreams(app: &App) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let all: Vec<&Upstream> = app.upstreams().collect();
    if all.len() > App::MOST_UPSTREAMS {
        flaws.push(Flaw::new("upstream", format!("write {} at most", App::MOST_UPSTREAMS)));
    }
    if let Some((_, twice)) = all.iter().enumerate().find(|(at, one)| all.iter().take(*at).any(|other| other == *one)) {
        flaws.push(Flaw::new("upstream", format!("{twice} is named twice")));
    }
    if app.health_interval.is_some_and(|every| every < CHECK_LEAST || every > TIMEOUT_MOST) {
        flaws.push(Flaw::new("health_interval", "use 1s at least and a day at most"));
    }
    flaws
}

fn short_master() -> AdminError {
    AdminError::flaw("master_password", format!("use {MASTER_LEAST} characters at least"))
}

/// Routing looks at host, port and prefix, not at the scheme.
fn is_same_place(one: &AppUrl, other: &AppUrl) -> bool {
    (&one.host, one.port, &one.prefix) == (&other.host, other.port, &other.prefix)
}
