//! A house with a desk, and people who come to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::desk::{
    AcceptInvite, AdminError, AppChange, Caller, Desk, EnterError, GiveMasterPassword, Invitee, Me, NewApp, Reach,
    Settings, SignIn, SignUp, SignedIn, bootstrap,
};
use crate::directory::Directory;
use crate::domain::{
    AccessMode, App, AppId, Clock, DeviceId, InviteCode, Key, Mail, Proposal, Purpose, Record, Revision, SessionId,
    SessionToken, TicketCode, Timestamp, User, UserId, WorkspaceId,
};
use crate::ledger::Ledger;
use crate::mail::{self, Mailer};
use crate::passwords::{Bounds, Passwords};
use crate::policy::{Verdict, decide};
use crate::store::{Archive, Group, MemoryStore};
use crate::throttle::Throttle;

pub(super) const PASSWORD: &str = "correct horse";
pub(super) const MASTER: &str = "open sesame";

pub(super) struct House {
    pub(super) desk: Arc<Desk>,
    pub(super) store: Arc<MemoryStore>,
    pub(super) ledger: Ledger,
    pub(super) workspace: WorkspaceId,
    now: Arc<AtomicI64>,
}

pub(super) async fn house() -> House {
    house_with(Settings::default()).await
}

pub(super) async fn house_with(settings: Settings) -> House {
    let store = Arc::new(MemoryStore::new());
    let directory = Arc::new(Directory::new("http://console.test".parse().ok()));
    let ledger = Ledger::start(store.clone(), directory.clone());
    let now = Arc::new(AtomicI64::new(1_800_000_000_000));
    let clock = Clock::from_fn({
        let now = now.clone();
        move || Timestamp::from_millis(now.load(Ordering::Relaxed))
    });
    let secrets = bootstrap(&ledger, &*store, &clock).await.unwrap();
    // Tests on a busy machine wait as long as it takes.
    let bounds =
        Bounds { waiting: 1000, patience: Duration::from_secs(600), ..Bounds::for_cores(2.try_into().unwrap()) };
    let passwords = Passwords::new(secrets.pepper, bounds);
    let throttle = Throttle::default();
    let workspace = directory.snapshot().workspace_named("default").unwrap().id;
    let desk = Desk::new(ledger.clone(), store.clone(), directory, passwords, throttle, clock, settings);
    House { desk: Arc::new(desk), store, ledger, workspace, now }
}

impl House {
    /// The same store, met by a gateway that has just started.
    pub(super) async fn restarted(&self) -> House {
        let directory = Arc::new(Directory::new("http://console.test".parse().ok()));
        let mut records = Vec::new();
        crate::store::Journal::load(&*self.store, &mut |record| records.push(record)).unwrap();
        directory.load(records);
        let ledger = Ledger::start(self.store.clone(), directory.clone());
        let clock = self.desk.clock().clone();
        let secrets = bootstrap(&ledger, &*self.store, &clock).await.unwrap();
        let passwords = Passwords::new(secrets.pepper, Bounds::for_cores(2.try_into().unwrap()));
        let settings = Settings::default();
        let desk =
            Desk::new(ledger.clone(), self.store.clone(), directory, passwords, Throttle::default(), clock, settings);
        let (workspace, now) = (self.workspace, self.now.clone());
        House { desk: Arc::new(desk), store: self.store.clone(), ledger, workspace, now }
    }
}

pub(super) async fn house_with_console() -> House {
    let house = house().await;
    house.desk.settle_console(&"http://console.test".parse().unwrap()).await.unwrap();
    house
}

/// A browser: its device, and the session that it holds.
pub(super) fn browser(device: u8) -> Caller {
    let ip = std::net::Ipv4Addr::new(10, 0, 0, device).into();
    Caller { ip, agent: "Test/1.0".into(), device: DeviceId::from_bytes([device; 10]), session: None }
}

pub(super) fn with(caller: &Caller, token: &SessionToken) -> Caller {
    Caller { session: Some(token.id()), ..caller.clone() }
}

pub(super) fn sign_in_form(email: &str, password: &str) -> SignIn {
    SignIn { email: email.into(), password: password.into(), master_password: None }
}

pub(super) fn sign_up_form(email: &str) -> SignUp {
    SignUp {
        email: email.into(),
        password: PASSWORD.into(),
        given_name: "Anna".into(),
        family_name: "Muster".into(),
        master_password: None,
    }
}

pub(super) fn accept_form(password: &str) -> AcceptInvite {
    AcceptInvite { password: password.into(), given_name: String::new(), family_name: String::new() }
}

pub(super) fn new_app(name: &str, access: AccessMode) -> NewApp {
    let master_password = access.asks_master_password().then(|| MASTER.to_owned());
    NewApp {
        name: name.parse().unwrap(),
        url: format!("http://{name}.test:8080").parse().unwrap(),
        upstream: "http://127.0.0.1:1880".parse().unwrap(),
        rest: AppChange { access: Some(access), master_password, ..AppChange::default() },
    }
}

impl House {
    pub(super) async fn app(&self, name: &str, access: AccessMode) -> AppId {
        self.create(new_app(name, access)).await.unwrap().id
    }

    pub(super) async fn create(&self, new: NewApp) -> Result<App, AdminError> {
        self.desk.create_app(self.workspace, new).await
    }

    pub(super) async fn switch(&self, app: AppId, access: AccessMode) {
        let change = AppChange { access: Some(access), ..AppChange::default() };
        self.desk.change_app(app, change).await.unwrap();
    }

    pub(super) async fn sign_up(&self, app: AppId, caller: &Caller, email: &str) -> Result<SignedIn, EnterError> {
        self.desk.sign_up(app, caller, sign_up_form(email)).await
    }

    pub(super) async fn sign_in(&self, app: AppId, caller: &Caller, email: &str) -> Result<SignedIn, EnterError> {
        self.desk.sign_in(app, caller, sign_in_form(email, PASSWORD)).await
    }

    /// The code of a fresh invite.
    pub(super) async fn invite(&self, app: AppId, email: &str) -> InviteCode {
        let link = self.desk.access_link(app, invitation(email), Reach::Workspace).await.unwrap().link;
        InviteCode::parse(link.rsplit('/').next().unwrap().as_bytes()).unwrap()
    }

    pub(super) fn passes(&self, app: AppId, session: SessionId) -> bool {
        let directory = self.desk.directory();
        let visitor = directory.visitor(app, Some(&session), DeviceId::from_bytes([0; 10]));
        let snapshot = directory.snapshot();
        let Some(entry) = snapshot.app(app) else { return false };
        matches!(decide(&entry.rules, &visitor, self.desk.clock().now()), Verdict::Forward(_))
    }

    pub(super) fn user(&self, email: &str) -> Option<User> {
        let key = Key::Username(self.workspace, email.parse().unwrap());
        let Some((Record::NamesUser(_, _, id), _)) = self.store.get(&key).unwrap() else { return None };
        match self.store.get(&Key::User(id)).unwrap() {
            Some((Record::User(user), _)) => Some(*user),
            _ => None,
        }
    }

    /// What is put is there at once.
    pub(super) async fn put(&self, record: Record) {
        self.ledger.propose(Proposal::new().put(record)).await.unwrap();
    }

    pub(super) async fn deregister(&self, app: AppId, user: UserId) {
        self.desk.deregister(app, user).await.unwrap();
    }

    pub(super) fn set_clock(&self, to: Timestamp) {
        self.now.store(to.as_millis(), Ordering::Relaxed);
    }

    pub(super) fn pass_time(&self, span: Duration) {
        self.now.fetch_add(i64::try_from(span.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

/// A master password, as its form brings it.
pub(super) fn given(password: &str) -> GiveMasterPassword {
    GiveMasterPassword { password: password.into(), name: None }
}

pub(super) fn invitation(username: &str) -> Invitee {
    Invitee { username: username.parse().unwrap(), given_name: "Ina".into(), family_name: "Vited".into(), grants: None }
}

pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Mail that would go nowhere: what is queued stays in the queue.
pub(super) fn mailer() -> Mailer {
    let config = mail::Config {
        host: "127.0.0.1".to_owned(),
        port: 9,
        security: mail::Security::StartTls,
        login: None,
        from: "gate@plant.example".parse().unwrap(),
        ca: None,
    };
    Mailer::new(config, Clock::from_fn(|| Timestamp::from_millis(0)))
}

impl House {
    /// Somebody who is signed in, as the desk knows them.
    pub(super) fn me(&self, app: AppId, caller: &Caller) -> Me {
        self.desk.me(app, caller.session).unwrap()
    }

    pub(super) fn mails(&self) -> Vec<Mail> {
        let records = self.store.scan(Group::Mails, None, 100).unwrap();
        records.into_iter().filter_map(|r| if let Record::Mail(mail) = r { Some(*mail) } else { None }).collect()
    }

    /// A link of the user's own, as a mail or an administrator would bring it.
    pub(super) async fn ticket(&self, app: AppId, email: &str, purpose: Purpose) -> TicketCode {
        let user = self.user(email).unwrap();
        let (code, _, proposal) = self.desk.ticket(Proposal::new(), app, &user, purpose, DAY);
        self.ledger.propose(proposal).await.unwrap();
        code
    }

    pub(super) fn store_get(&self, key: &Key) -> Option<(Record, Revision)> {
        self.store.get(key).unwrap()
    }

    pub(super) fn is_there(&self, key: &Key) -> bool {
        self.store.get(key).unwrap().is_some()
    }
}
