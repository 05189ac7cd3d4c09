//! `demo`: five sample apps, one for each access mode, and everything needed to play with them.

mod sheet;

use std::fmt::Write;
use std::io::IsTerminal;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use data_encoding::HEXLOWER;

use crate::config::{self, Config, Sources};
use crate::desk::{Invitee, Reach, SetUp, UserStatus};
use crate::directory::AppEntry;
use crate::domain::{AccessMode, Clock, secret};
use crate::observe::{self, Level};

use super::gateway::{Failure, Gateway};
use super::inherited::Inherited;
use super::machine::{self, News};
use super::serve::{on_control_plane, stop};
use super::signals::Signals;
use super::{Demo, FAILED, MISUSED, check, cli, doors};

/// The same at every start, because a store that is kept keeps the first one.
const MASTER_PASSWORD: &str = "open sesame";
const INVITED: &str = "anna@example.com";
/// Who signs in to the console.
const OWNER: (&str, &str) = ("owner@example.com", "open the gate");
const APPS: [(&str, &str, AccessMode); 5] = [
    ("public", "Open to all", AccessMode::Public),
    ("master", "One password for all", AccessMode::MasterPassword),
    ("signup", "Sign up yourself", AccessMode::Signup),
    ("both", "Sign up, and a password", AccessMode::SignupAndMasterPassword),
    ("invite", "By invitation", AccessMode::InviteOnly),
];

pub(super) fn demo(asked: &Demo, sources: &Sources) -> ExitCode {
    if sources.file.is_some() {
        eprintln!("millgate: the demo has its own configuration; leave out --config, or leave out `demo`");
        return MISUSED.into();
    }
    let address = SocketAddr::new(asked.bind, asked.port);
    if let Err(error) = doors::bind(address) {
        let other = asked.port.checked_add(1).unwrap_or(8080);
        eprintln!("millgate: {}: millgate demo --port {other}", doors::why(&error, address));
        return FAILED.into();
    }
    let clock = Clock::system();
    let log = observe::Config {
        level: sources.log_level.unwrap_or(Level::Warn),
        format: sources.log_format.unwrap_or(observe::Config::default().format),
        access: observe::AccessLog::Off,
    };
    observe::start(log, clock.clone(), false);
    let folder = Folder::new(sources.data_dir.clone());
    let ended = std::cell::Cell::new(None);
    let code = on_control_plane(async {
        let upstreams = samples().await?;
        let key = format!("mg_{}", HEXLOWER.encode(&secret::random::<16>()));
        let text = written(address, &upstreams, &key);
        let sources = Sources { data_dir: Some(folder.path.clone()), ..sources.clone() };
        let config = match config::from_text(&text, &sources) {
            Ok(config) => config,
            Err(problems) => {
                ended.set(Some(check::refuse(&problems)));
                return Ok(());
            }
        };
        play(config, &folder, key, address, clock).await
    });
    ended.into_inner().unwrap_or(code)
}

async fn play(config: Config, folder: &Folder, key: String, address: SocketAddr, clock: Clock) -> Result<(), Failure> {
    let mut signals = Signals::listen().map_err(|error| format!("signals cannot be received: {error}"))?;
    machine::make_room_for_files(config.limits.connections.min(1000));
    let gateway = Gateway::start(config, clock, Inherited::default()).await?;
    make_owner(&gateway).await?;
    let sheet = sheet::Sheet {
        version: cli::VERSION,
        rows: rows(&gateway),
        console: gateway.started_with.console.to_string(),
        owner: OWNER,
        master_password: MASTER_PASSWORD,
        invite: (INVITED, invite(&gateway).await?),
        api_key: key,
        kept_in: (!folder.is_temporary).then(|| folder.path.display().to_string()),
        open_to: (!address.ip().is_loopback()).then(|| address.to_string()),
    };
    println!("{}", sheet.print(std::io::stdout().is_terminal()));
    machine::tell(News::Ready);
    signals.stop().await;
    machine::tell(News::Stopping);
    let limit = gateway.started_with.limits.drain_timeout;
    stop(gateway, limit, &mut signals).await;
    Ok(())
}

/// The demo's configuration, as one would write it.
fn written(address: SocketAddr, upstreams: &[SocketAddr], key: &str) -> String {
    let port = address.port();
    let mut text = format!(
        "[[listen]]\naddress = \"{address}\"\n[console]\nurl = \"http://localhost:{port}\"\n\
         [[api_key]]\nname = \"demo\"\nscope = \"account\"\nsecret = \"{key}\"\n"
    );
    for ((name, title, access), upstream) in APPS.iter().zip(upstreams) {
        // Writing into a `String` cannot fail. All have the password, so that every mode can be switched to.
        let _ = write!(
            text,
            "[[app]]\nname = \"{name}\"\ntitle = \"{title}\"\nurl = \"http://{name}.localhost:{port}\"\n\
             upstream = \"http://{upstream}\"\naccess = \"{}\"\nmaster_password = \"{MASTER_PASSWORD}\"\n",
            access.as_str()
        );
    }
    text
}

/// A sample upstream for each app, on ports of their own that only this machine sees. They end with the demo.
async fn samples() -> Result<Vec<SocketAddr>, Failure> {
    let mut addresses = Vec::new();
    for (_, title, _) in APPS {
        let trouble = |error: std::io::Error| format!("a sample app cannot start: {error}");
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(trouble)?;
        addresses.push(listener.local_addr().map_err(trouble)?);
        tokio::spawn(async move {
            if let Err(error) = crate::sample::serve(listener, title, std::future::pending()).await {
                tracing::error!(title, %error, "a sample app has ended");
            }
        });
    }
    Ok(addresses)
}

/// As they are now: a store that was kept may have other modes than the demo begins with.
fn rows(gateway: &Gateway) -> Vec<sheet::Row> {
    let known = APPS.iter().filter_map(|(name, ..)| named(gateway, name));
    let row = |entry: Arc<AppEntry>| sheet::Row {
        name: entry.app.name.to_string(),
        address: entry.app.url.to_string(),
        access: entry.app.access,
    };
    known.map(row).collect()
}

fn named(gateway: &Gateway, name: &str) -> Option<Arc<AppEntry>> {
    let snapshot = gateway.directory.snapshot();
    let workspace = snapshot.workspace_named("default")?.id;
    snapshot.app_named(workspace, name).cloned()
}

/// A store that was kept has one already.
async fn make_owner(gateway: &Gateway) -> Result<(), Failure> {
    let (email, password) = OWNER;
    let form = SetUp {
        given_name: "Demo".to_owned(),
        family_name: "Owner".to_owned(),
        email: email.to_owned(),
        password: password.to_owned(),
    };
    let made = gateway.desk.make_first_owner(form).await;
    made.map(|_| ()).map_err(|error| format!("the demo's owner cannot be made: {error:?}"))
}

/// `None` when the person has used an earlier one.
async fn invite(gateway: &Gateway) -> Result<Option<String>, Failure> {
    let Some(entry) = named(gateway, "invite") else { return Ok(None) };
    let username = INVITED.parse().map_err(|_| "the demo's own address is wrong".to_owned())?;
    let invitee = Invitee { username, given_name: "Anna".to_owned(), family_name: String::new(), grants: None };
    let link = gateway.desk.access_link(entry.app.id, invitee, Reach::Workspace).await;
    let link = link.map_err(|error| format!("the demo's invite cannot be made: {error}"))?;
    Ok((link.user_status != UserStatus::Active).then_some(link.link))
}

/// The store's folder; a temporary one goes with the demo.
struct Folder {
    path: PathBuf,
    is_temporary: bool,
}

impl Folder {
    fn new(given: Option<PathBuf>) -> Self {
        let is_temporary = given.is_none();
        let path = given.unwrap_or_else(|| {
            let mark = HEXLOWER.encode(&secret::random::<8>());
            // The store makes it, for its owner only; nobody can guess the name and be there first.
            std::env::temp_dir().join(format!("millgate-demo-{mark}"))
        });
        Self { path, is_temporary }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.is_temporary {
            // It lies where the system tidies up by itself.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}
