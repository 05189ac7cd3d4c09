//! A desk with one app of each kind, and browsers that stand before it.

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;

use crate::desk::{Desk, Settings};
use crate::directory::Directory;
use crate::domain::cookie::{self, Presented};
use crate::domain::{
    AccessMode, App, AppId, Clock, DeviceId, Invitation, InvitationId, InvitationState, InviteCode, Language,
    MasterPassword, Proposal, Purpose, Record, SessionToken, Ticket, TicketCode, Timestamp, Workspace, WorkspaceId,
};
use crate::handoff::{self, Counter, Notice, Place, Visit};
use crate::ledger::Ledger;
use crate::mail::{self, Mailer};
use crate::passwords::{Bounds, ChosenPassword, Passwords};
use crate::store::MemoryStore;
use crate::throttle::Throttle;

pub(super) const PASSWORD: &str = "correct horse 4 battery";
pub(super) const MASTER: &str = "plant master 4711";
pub(super) const ADA: &str = "ada@plant.example";

pub(super) struct House {
    counter: Counter,
    pub(super) desk: Arc<Desk>,
    pub(super) directory: Arc<Directory>,
    ledger: Ledger,
    passwords: Passwords,
    now: Arc<AtomicI64>,
}

impl House {
    pub(super) async fn new() -> Self {
        let store = Arc::new(MemoryStore::new());
        let directory = Arc::new(Directory::new(None));
        let ledger = Ledger::start(store.clone(), directory.clone());
        let bounds = Bounds::for_cores(NonZeroUsize::MIN);
        let now = Arc::new(AtomicI64::new(1_800_000_000_000));
        let clock = {
            let now = now.clone();
            Clock::from_fn(move || Timestamp::from_millis(now.load(Ordering::Relaxed)))
        };
        let desk = Arc::new(Desk::new(
            ledger.clone(),
            store,
            directory.clone(),
            Passwords::new([0; 32], bounds),
            Throttle::default(),
            clock,
            Settings::default(),
        ));
        let (counter, asks) = handoff::channel();
        let api = axum::Router::new()
            .route(
                "/api/v1/echo",
                axum::routing::get(|visit: axum::Extension<Visit>| async move { visit.host.clone() }),
            )
            .route(
                "/api/v1/panic",
                axum::routing::get(|| async {
                    if true {
                        unreachable!("on purpose")
                    }
                }),
            );
        let jwks = serde_json::json!({ "keys": [] });
        let programs = (api, Arc::default());
        tokio::spawn(super::super::serve(asks, desk.clone(), programs, jwks, Arc::new(|| None)));
        let house = Self { counter, desk, directory, ledger, passwords: Passwords::new([0; 32], bounds), now };
        let workspace = Workspace {
            id: WorkspaceId::from_u64(1),
            name: "default".parse().unwrap(),
            title: "Default Workspace".to_owned(),
            created_at: house.now(),
        };
        house.propose(Proposal::new().put(Record::Workspace(workspace))).await;
        house
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::Relaxed))
    }

    pub(super) fn wait(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1000, Ordering::Relaxed);
    }

    /// From now on there is mail, though it goes nowhere.
    pub(super) fn sends_mail(&self) {
        let config = mail::Config {
            host: "127.0.0.1".to_owned(),
            port: 9,
            security: mail::Security::StartTls,
            login: None,
            from: "gate@plant.example".parse().unwrap(),
            ca: None,
        };
        self.desk.set_mailer(Some(Mailer::new(config, Clock::from_fn(|| Timestamp::from_millis(0)))));
    }

    /// A link of somebody's own to this app.
    pub(super) async fn ticket(&self, browser: &Browser<'_>, purpose: Purpose) -> String {
        let (code, now) = (TicketCode::random(), self.now());
        let session = SessionToken::parse(browser.jar[0].1.as_bytes()).unwrap().id();
        let proof = self.directory.session(&session).unwrap().user.unwrap();
        let ticket = Ticket {
            id: code.id(),
            user: proof.user,
            epoch: proof.epoch,
            username: self.directory.person(proof.user).unwrap().username().parse().unwrap(),
            app: browser.app,
            purpose,
            created_at: now,
            expires_at: now.plus(std::time::Duration::from_secs(60)),
        };
        self.propose(Proposal::new().put(Record::Ticket(Box::new(ticket)))).await;
        code.reveal()
    }

    pub(super) async fn propose(&self, proposal: Proposal) {
        self.ledger.propose(proposal).await.unwrap();
    }

    /// An app called Line 4 at `http://{number}.plant.example{prefix}`.
    pub(super) async fn app(&self, number: u64, access: AccessMode, prefix: &str) -> App {
        let hash = self.passwords.hash(ChosenPassword::new(MASTER.to_owned()).unwrap().plain()).await.unwrap();
        let url = format!("http://{number}.plant.example{prefix}").parse().unwrap();
        let upstream = "http://127.0.0.1:1".parse().unwrap();
        let name = format!("app{number}").parse().unwrap();
        let app = App {
            id: AppId::from_u64(number),
            title: "Line 4".to_owned(),
            access,
            master: Some(MasterPassword { hash, version: 1 }),
            ..App::new(WorkspaceId::from_u64(1), name, url, upstream, self.now())
        };
        self.change(&app).await;
        app
    }

    pub(super) async fn change(&self, app: &App) {
        self.propose(Proposal::new().put(Record::App(Box::new(app.clone())))).await;
    }

    pub(super) async fn invite(&self, app: &App, username: &str) -> String {
        self.invite_in(app, username, None).await
    }

    pub(super) async fn invite_in(&self, app: &App, username: &str, language: Option<Language>) -> String {
        let code = InviteCode::random();
        let invitation = Invitation {
            id: InvitationId::random(),
            app: app.id,
            username: username.parse().unwrap(),
            given_name: "Grace".to_owned(),
            family_name: String::new(),
            language,
            created_at: self.now(),
            expires_at: self.now().plus(std::time::Duration::from_secs(60)),
            state: InvitationState::Pending,
            handed: Some(code.id()),
            mailed: None,
            mail: None,
            grants: None,
        };
        let name = Record::NamesInvitation(app.id, invitation.username.clone(), invitation.id);
        let opens = Record::OpensInvitation(code.id(), app.id, invitation.id);
        let proposal = Proposal::new().put(name).put(opens).put(Record::Invitation(Box::new(invitation)));
        self.propose(proposal).await;
        code.reveal()
    }

    pub(super) fn browser(&self, app: &App) -> Browser<'_> {
        Browser {
            house: self,
            place: Place::App(app.id),
            app: app.id,
            host: app.url.origin().trim_start_matches("http://").to_owned(),
            base: format!("{}/.millgate", app.url.prefix),
            jar: Vec::new(),
            keeps_cookies: true,
            wants_page: true,
            language: Language::En,
        }
    }
}

/// Somebody who looks at one app; what is public can be turned otherwise.
#[derive(Clone)]
pub(super) struct Browser<'a> {
    house: &'a House,
    pub(super) place: Place,
    app: AppId,
    pub(super) host: String,
    pub(super) base: String,
    pub(super) jar: Vec<(String, String)>,
    pub(super) keeps_cookies: bool,
    pub(super) wants_page: bool,
    pub(super) language: Language,
}

impl Browser<'_> {
    pub(super) async fn get(&mut self, page: &str) -> Reply {
        let path = format!("{}/{page}", self.base);
        self.send(Request::get(path).body(Bytes::new()).unwrap()).await
    }

    pub(super) async fn post(&mut self, page: &str, fields: &[(&str, &str)]) -> Reply {
        let path = format!("{}/{page}", self.base);
        let request = Request::post(path).header(header::ORIGIN, format!("http://{}", self.host));
        self.send(form(request, fields)).await
    }

    pub(super) async fn sign_up(&mut self) -> Reply {
        let names = [("given_name", "Ada"), ("family_name", "Lovelace")];
        self.post("sign-up", &[("email", ADA), ("password", PASSWORD), names[0], names[1]]).await
    }

    /// A page in the app's stead.
    pub(super) async fn notice(&mut self, notice: Notice, request: Request<Bytes>) -> Reply {
        let place = self.place;
        self.place = Place::Notice(self.app, notice);
        let reply = self.send(request).await;
        self.place = place;
        reply
    }

    pub(super) async fn send(&mut self, mut request: Request<Bytes>) -> Reply {
        let cookies: Vec<String> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request.headers_mut().insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        let language = if self.language == Language::De { "de-DE,de;q=0.9" } else { "en-US,en;q=0.9" };
        request.headers_mut().insert(header::ACCEPT_LANGUAGE, language.parse().unwrap());
        let visit = self.visit(&request);
        let answer = self.house.counter.ask(request, visit).await.unwrap();
        let reply = Reply::read(answer).await;
        for line in reply.cookies().iter().filter(|_| self.keeps_cookies) {
            let (name, rest) = line.split_once('=').unwrap();
            self.jar.retain(|(held, _)| held != name);
            if !line.contains("Max-Age=0") {
                self.jar.push((name.to_owned(), rest.split(';').next().unwrap().to_owned()));
            }
        }
        reply
    }

    /// What the data plane reads from a request.
    fn visit(&self, request: &Request<Bytes>) -> Visit {
        let name = cookie::name(self.app, false);
        let headers = || request.headers().get_all(header::COOKIE).iter().map(|value| value.as_bytes());
        let presented = cookie::find(headers(), name.as_bytes());
        let session = match &presented {
            Presented::One(token) => Some(token.id()),
            Presented::Nothing | Presented::Unusable => None,
        };
        let live = session.and_then(|id| self.house.directory.session(&id));
        Visit {
            place: self.place,
            ip: IpAddr::from([10, 0, 0, 1]),
            secure: false,
            host: self.host.clone(),
            wants_page: self.wants_page,
            session,
            device: live.map_or_else(DeviceId::random, |live| live.device),
            stale_cookie: matches!(presented, Presented::Unusable) || session.is_some() && live.is_none(),
            cookie_came: headers().flat_map(cookie::pairs).any(|(name, _)| cookie::is_ours(name)),
        }
    }
}

pub(super) fn form(request: http::request::Builder, fields: &[(&str, &str)]) -> Request<Bytes> {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(body.into()).unwrap()
}

pub(super) fn request(method: Method, path: &str) -> Request<Bytes> {
    Request::builder().method(method).uri(path).body(Bytes::new()).unwrap()
}

#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: http::HeaderMap,
    pub(super) text: String,
}

impl Reply {
    async fn read(answer: http::Response<axum::body::Body>) -> Self {
        let (head, body) = answer.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Self { status: head.status, headers: head.headers, text: String::from_utf8(bytes.into()).unwrap() }
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn cookies(&self) -> Vec<String> {
        let lines = self.headers.get_all(header::SET_COOKIE).iter();
        lines.map(|line| line.to_str().unwrap().to_owned()).collect()
    }

    #[track_caller]
    pub(super) fn leads_to(&self, target: &str) {
        assert_eq!((self.status.as_u16(), self.header("location")), (303, target), "{}", self.text);
    }

    #[track_caller]
    pub(super) fn page(&self, status: u16) -> &str {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(self.header("cache-control"), "no-store");
        assert!(self.header("content-security-policy").starts_with("default-src 'none'"));
        &self.text
    }

    #[track_caller]
    pub(super) fn problem(&self, status: u16) -> serde_json::Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json");
        serde_json::from_str(&self.text).unwrap()
    }
}
