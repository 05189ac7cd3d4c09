//! Against a provider double on real sockets: good ways first, then everything that a provider can do wrong.

mod claims;
#[allow(unreachable_pub, dead_code)]
#[path = "../../tests/support/provider.rs"]
mod double;
mod memory;
mod network;
#[allow(unreachable_pub, dead_code)]
#[path = "../../tests/support/tls.rs"]
mod tls;

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::domain::{Clock, FlowState, Slug, Timestamp};

use super::provider::Pace;
use super::{
    Blame, Cached, CallbackParams, ClientSecret, Config, Federation, FederationError, Hints, Reachability, Shelf,
    Started, Trouble, Unreachable, Verified,
};
use double::{Algorithm, Bad, CLIENT_ID, CLIENT_SECRET, Endpoint, Identity, Provider};

/// One provider, the gate's side of it, and a clock that can be set.
struct World {
    provider: Provider,
    federation: Federation,
    /// What the gate's clock is ahead, in milliseconds.
    ahead: Arc<AtomicI64>,
    shelf: Arc<Memory>,
}

#[derive(Default)]
struct Memory(Mutex<Vec<Cached>>);

impl Shelf for Memory {
    fn read(&self, issuer: &str) -> Option<Cached> {
        self.0.lock().unwrap().iter().rfind(|cached| cached.issuer == issuer).cloned()
    }

    fn keep(&self, cached: Cached) {
        self.0.lock().unwrap().push(cached);
    }
}

impl World {
    fn new() -> Self {
        Self::paced(Pace::default())
    }

    fn paced(pace: Pace) -> Self {
        Self::with(Provider::start(), pace, None)
    }

    fn with(provider: Provider, pace: Pace, ca: Option<String>) -> Self {
        let (ahead, shelf) = (Arc::<AtomicI64>::default(), Arc::<Memory>::default());
        let federation = federation(config(&provider, ca), &ahead, &shelf, pace);
        Self { provider, federation, ahead, shelf }
    }

    /// The process begins anew; what it wrote down is still there.
    fn restart(&mut self) {
        let config = config(&self.provider, None);
        self.federation = federation(config, &self.ahead, &self.shelf, Pace::default());
    }

    async fn begin(&self) -> Result<Started, FederationError> {
        self.federation.begin(&id(), Hints::default()).await
    }

    /// The whole way, as a visitor goes it who consents.
    async fn sign_in(&self) -> Result<Verified, FederationError> {
        let started = self.begin().await?;
        let back = self.provider.visit(&started.url);
        let (state, callback) = callback(&back);
        assert_eq!(state.id(), started.state.id());
        self.federation.finish(started.flow, callback).await
    }

    fn status(&self) -> Reachability {
        self.federation.status(&id()).unwrap()
    }

    async fn wait_for(&self, wanted: Reachability) {
        let give_up = Instant::now() + Duration::from_secs(20);
        while self.status() != wanted {
            assert!(Instant::now() < give_up, "never {wanted:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn set_ahead(&self, ahead: i64) {
        self.ahead.store(ahead, Ordering::SeqCst);
    }

    fn asked(&self, endpoint: Endpoint) -> usize {
        self.provider.requests(endpoint).len()
    }
}

fn federation(config: Config, ahead: &Arc<AtomicI64>, shelf: &Arc<Memory>, pace: Pace) -> Federation {
    let ahead = Arc::clone(ahead);
    let system = Clock::system();
    let clock = Clock::from_fn(move || Timestamp::from_millis(system.now().as_millis() + ahead.load(Ordering::SeqCst)));
    let shelf: Arc<dyn Shelf> = Arc::<Memory>::clone(shelf);
    Federation::paced(vec![config], &"http://localhost:8080".parse().unwrap(), &clock, &shelf, pace)
}

fn config(provider: &Provider, ca: Option<String>) -> Config {
    Config {
        id: id(),
        title: "Google".to_owned(),
        issuer: provider.issuer().parse().unwrap(),
        client_id: CLIENT_ID.to_owned(),
        client_secret: ClientSecret::new(CLIENT_SECRET),
        scopes: Config::DEFAULT_SCOPES.map(str::to_owned).to_vec(),
        ca,
    }
}

fn id() -> Slug {
    "google".parse().unwrap()
}

fn callback(back: &str) -> (FlowState, CallbackParams) {
    let (address, query) = back.split_once('?').unwrap();
    assert_eq!(address, "http://localhost:8080/.millgate/oidc/google/callback");
    CallbackParams::from_query(query).unwrap()
}

fn parameters(url: &str) -> HashMap<String, String> {
    let query = url.split_once('?').unwrap().1;
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

fn unreachable(outcome: Result<impl Sized, FederationError>) -> Option<Unreachable> {
    match outcome {
        Err(FederationError::Unreachable(trouble)) => Some(trouble.reason),
        _ => None,
    }
}

#[tokio::test]
async fn who_consents_is_verified() {
    let world = World::new();
    world.provider.set_identity(
        Identity::new("42").email("Anna@Plant.example").named(" Anna\u{7}", "Müller").hosted_by("Plant.Example"),
    );
    let verified = world.sign_in().await.unwrap();
    let expected = Verified {
        issuer: world.provider.issuer().to_owned(),
        subject: "42".to_owned(),
        email: "anna@plant.example".parse().ok(),
        email_verified: true,
        given_name: "Anna".to_owned(),
        family_name: "Müller".to_owned(),
        hosted_domain: "plant.example".parse().ok(),
    };
    assert_eq!(verified, expected);
}

#[tokio::test]
async fn a_visitor_is_sent_with_everything_that_protects_the_way_back() {
    let world = World::new();
    let hints = Hints {
        login_hint: "anna@plant.example".parse().ok(),
        hosted_domain: "plant.example".parse().ok(),
        choose_account: true,
    };
    let started = world.federation.begin(&id(), hints).await.unwrap();
    let sent = parameters(&started.url);
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("scope", "openid email profile"),
        ("redirect_uri", "http://localhost:8080/.millgate/oidc/google/callback"),
        ("code_challenge_method", "S256"),
        ("login_hint", "anna@plant.example"),
        ("hd", "plant.example"),
        ("prompt", "select_account"),
        ("state", &started.state.reveal()),
    ] {
        assert_eq!(sent[name], value, "{name}");
    }
    let again = parameters(&world.begin().await.unwrap().url);
    for random in ["state", "nonce", "code_challenge"] {
        assert_eq!(sent[random].len(), 43, "{random}");
        assert_ne!(sent[random], again[random], "{random}");
    }
    assert!(!again.contains_key("login_hint") && !again.contains_key("hd") && !again.contains_key("prompt"));
    let shown = format!("{:?} {:?}", started.flow, world.federation.providers().next().unwrap());
    assert!(!shown.contains(CLIENT_SECRET) && !shown.contains(&sent["nonce"]), "{shown}");
}

#[tokio::test]
async fn both_ways_to_show_the_client_secret_work() {
    let world = World::new();
    world.sign_in().await.unwrap();
    assert!(!world.provider.requests(Endpoint::Token)[0].contains_key("client_secret"));
    let other = World::new();
    other.provider.set_metadata("token_endpoint_auth_methods_supported", json!(["client_secret_post"]));
    other.sign_in().await.unwrap();
    assert_eq!(other.provider.requests(Endpoint::Token)[0]["client_secret"], CLIENT_SECRET);
}

#[tokio::test]
async fn who_declines_is_not_signed_in() {
    let world = World::new();
    world.provider.set_consent(false);
    let error = world.sign_in().await.unwrap_err();
    assert_eq!(error, FederationError::Declined("access_denied".to_owned()));
    assert_eq!(error.blame(), Blame::Visitor);
}

#[tokio::test]
async fn a_callback_that_answers_something_else_is_refused() {
    let world = World::new();
    let issuer = world.provider.issuer().to_owned();
    let with = |code: Option<&str>, error: Option<&str>, iss: Option<&str>| CallbackParams {
        code: code.map(str::to_owned),
        error: error.map(str::to_owned),
        iss: iss.map(str::to_owned),
    };
    for (name, callback) in [
        ("no code", with(None, None, Some(&issuer))),
        ("an empty code", with(Some(""), None, Some(&issuer))),
        ("no issuer", with(Some("x"), None, None)),
        ("another issuer", with(Some("x"), None, Some("https://evil.example"))),
        ("another issuer's error", with(None, Some("access_denied"), Some("https://evil.example"))),
    ] {
        let flow = world.begin().await.unwrap().flow;
        let outcome = world.federation.finish(flow, callback).await;
        assert!(matches!(outcome, Err(FederationError::BadCallback(_))), "{name}: {outcome:?}");
    }
    assert_eq!(world.asked(Endpoint::Token), 0);
    for (error, blame) in [("server_error", Blame::Provider), ("invalid_scope", Blame::Operator)] {
        let flow = world.begin().await.unwrap().flow;
        let outcome = world.federation.finish(flow, with(None, Some(error), Some(&issuer))).await;
        assert_eq!(outcome.unwrap_err().blame(), blame, "{error}");
    }
}

#[tokio::test]
async fn an_issuer_in_the_callback_is_not_missed_where_none_is_promised() {
    let world = World::new();
    world.provider.set_metadata("authorization_response_iss_parameter_supported", json!(false));
    world.sign_in().await.unwrap();
}

#[test]
fn a_query_that_could_be_read_twice_belongs_to_nobody() {
    let state = FlowState::random().reveal();
    assert!(CallbackParams::from_query(&format!("code=a&state={state}&scope=x&scope=y")).is_some());
    for query in [
        String::new(),
        "code=a".to_owned(),
        "code=a&state=".to_owned(),
        format!("code=a&state={state}x"),
        format!("code=a&state={state}&state={state}"),
        format!("code=a&code=b&state={state}"),
        format!("code=a&state={state}&iss=a&iss=b"),
        format!("error=a&state={state}&error=b"),
    ] {
        assert!(CallbackParams::from_query(&query).is_none(), "{query}");
    }
}

#[tokio::test]
async fn a_code_is_good_for_its_own_flow_and_once() {
    let world = World::new();
    let (first, second) = (world.begin().await.unwrap(), world.begin().await.unwrap());
    let back = world.provider.visit(&first.url);
    // Stolen into another visitor's flow: the verifier does not fit.
    let outcome = world.federation.finish(second.flow, callback(&back).1).await;
    assert!(matches!(outcome, Err(FederationError::CodeRefused(_))), "{outcome:?}");
    let outcome = world.federation.finish(first.flow, callback(&back).1).await;
    assert!(matches!(outcome, Err(FederationError::CodeRefused(_))), "{outcome:?}");
}

#[tokio::test]
async fn a_flow_does_not_outlive_its_provider() {
    let (mut world, other) = (World::new(), World::new());
    let flow = world.begin().await.unwrap().flow;
    world.federation = federation(config(&other.provider, None), &world.ahead, &world.shelf, Pace::default());
    let outcome = world.federation.finish(flow, CallbackParams::default()).await;
    assert_eq!(outcome, Err(FederationError::Gone));
    let unknown = world.federation.begin(&"other".parse().unwrap(), Hints::default()).await;
    assert_eq!(unknown.err(), Some(FederationError::Gone));
    assert_eq!(world.federation.status(&"other".parse().unwrap()), None);
}

#[tokio::test]
async fn a_wrong_client_secret_is_the_operators_fault_and_not_told() {
    let mut world = World::new();
    let wrong = Config { client_secret: ClientSecret::new("not the one"), ..config(&world.provider, None) };
    world.federation = federation(wrong, &world.ahead, &world.shelf, Pace::default());
    let error = world.sign_in().await.unwrap_err();
    assert_eq!(error.blame(), Blame::Operator);
    assert!(!error.to_string().contains("not the one"), "{error}");
}

#[test]
fn work_can_move_between_threads() {
    fn movable<T: Send>(_: T) {}
    let world = World::new();
    movable(world.federation.begin(&id(), Hints::default()));
    movable(async {
        let started = world.begin().await.unwrap();
        world.federation.finish(started.flow, CallbackParams::default()).await
    });
}
