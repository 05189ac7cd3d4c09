//! Power fails at random moments: what was answered as done is done, and what was revoked stays revoked.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::api::{WORKSPACE, id};
use crate::support::{App, Gate, Mode, PASSWORD, RawClient, Recorder, Request, Response, Site, Style, Visitor};

/// At least so many; more where a busy machine lets little happen in a round.
const ROUNDS: u64 = 12;
const MOST_ROUNDS: u64 = 60;

/// What clients were told, in the order they were told it.
#[derive(Default)]
struct Told {
    /// Signed up, and not asked to be deleted.
    standing: Vec<Visitor>,
    /// Signed up, and the deletion was answered.
    deleted: Vec<(String, Visitor)>,
}

impl Told {
    fn proves_something(&self) -> bool {
        !self.standing.is_empty() && !self.deleted.is_empty()
    }
}

#[test]
fn everything_answered_holds_when_power_fails_at_any_moment() {
    let recorder = Recorder::start();
    let mut gate = Gate::before(App::new("hmi", Mode::Signup, &recorder));
    let told = Arc::new(Mutex::new(Told::default()));
    for round in 0..MOST_ROUNDS {
        if round >= ROUNDS && told.lock().unwrap().proves_something() {
            break;
        }
        let stop = Arc::new(AtomicBool::new(false));
        let clients: Vec<_> = (0..4)
            .map(|client| {
                let (gate, told, stop) = (Client::of(&gate), Arc::clone(&told), Arc::clone(&stop));
                std::thread::spawn(move || gate.live(&format!("{round}-{client}"), &told, &stop))
            })
            .collect();
        std::thread::sleep(moment(round));
        gate.kill();
        stop.store(true, Ordering::SeqCst);
        clients.into_iter().for_each(|client| client.join().expect("a client"));
        gate.start_again();
        check(&gate, &told.lock().unwrap());
    }
    let told = told.lock().unwrap();
    assert!(told.proves_something(), "the rounds were too short to prove anything");
}

/// A different moment in each round, from a few milliseconds to half a second, and up to some seconds later on.
fn moment(round: u64) -> Duration {
    let spread = u64::from(std::process::id()).wrapping_mul(2_654_435_761).wrapping_add(round * 97_003);
    Duration::from_millis(60 * (round % 8) + 20 + spread % 60 + 100 * round.saturating_sub(ROUNDS))
}

#[track_caller]
fn check(gate: &Gate, told: &Told) {
    let users = gate.api().list(&format!("{WORKSPACE}/apps/hmi/users?limit=1000"));
    let known = |email: &str| users.iter().any(|user| user["email"] == email);
    for visitor in &told.standing {
        visitor.clone().fetch("/").expect(200);
    }
    for (email, visitor) in &told.deleted {
        assert!(!known(email), "{email} was deleted and is back");
        visitor.clone().fetch("/").problem(401);
    }
    if let Some((email, _)) = told.deleted.last() {
        gate.visitor("hmi").sign_in(email).expect(401);
    }
}

/// One program and its people, for whom the connection may break off at any time.
struct Client {
    site: Site,
    console: Site,
    authorization: String,
}

impl Client {
    fn of(gate: &Gate) -> Client {
        let authorization = format!("Bearer {}", crate::support::gate::ACCOUNT_KEY);
        Client { site: gate.site("hmi"), console: gate.console(), authorization }
    }

    fn live(&self, name: &str, told: &Mutex<Told>, stop: &AtomicBool) {
        for number in 0.. {
            if stop.load(Ordering::SeqCst)
                || self.step(&format!("user-{name}-{number}@example.com"), number, told).is_none()
            {
                return;
            }
        }
    }

    /// `None` once the gate is gone. Only what was answered is noted.
    fn step(&self, email: &str, number: usize, told: &Mutex<Told>) -> Option<()> {
        let mut visitor = Visitor::new(self.site.clone(), Style::Browser);
        let fields = [("email", email), ("password", PASSWORD), ("given_name", "A"), ("family_name", "B")];
        let answer = exchange(&self.site, &visitor.text(&Request::form("/.millgate/sign-up", &fields)))?;
        if answer.status != 303 {
            return Some(());
        }
        visitor.keep_cookies(&answer);
        if number.is_multiple_of(2) {
            told.lock().unwrap().standing.push(visitor);
            return Some(());
        }
        let me = exchange(&self.site, &visitor.text(&Request::fetch("/.millgate/me")))?;
        let user = me.json()["sub"].as_str().expect("a subject").to_owned();
        self.call("DELETE", &format!("{WORKSPACE}/apps/hmi/users/{user}"))?;
        told.lock().unwrap().deleted.push((email.to_owned(), visitor));
        Some(())
    }

    fn call(&self, method: &str, path: &str) -> Option<Response> {
        let text = self.console.head(method, path) + &format!("Authorization: {}\r\n\r\n", self.authorization);
        exchange(&self.console, &text).filter(|answer| (200..300).contains(&answer.status))
    }
}

fn exchange(site: &Site, text: &str) -> Option<Response> {
    let mut client = RawClient::try_connect(site.address)?;
    client.try_send(text).ok()?;
    client.try_response("GET").filter(|answer| answer.complete)
}

#[test]
fn a_revocation_holds_when_power_fails_right_after_its_answer() {
    let recorder = Recorder::start();
    let mut gate = Gate::before(App::new("hmi", Mode::SignupAndMasterPassword, &recorder));
    let enter = |gate: &Gate, email: &str| {
        let mut visitor = gate.visitor("hmi");
        visitor.sign_up(email).expect(303);
        visitor.give_master_password().expect(303);
        visitor
    };
    for round in 0..3 {
        let (one, two) = (format!("one-{round}@example.com"), format!("two-{round}@example.com"));
        let (mut by_user, mut by_session, mut by_self) =
            (enter(&gate, &one), enter(&gate, &two), enter(&gate, &format!("three-{round}@example.com")));
        by_self.clone().sign_out().expect(303);
        let session = id(&gate.api().sessions_of("hmi", &two)[0]);
        gate.api().delete_session("hmi", &session);
        gate.api().delete_user("hmi", &one);
        gate.kill();
        gate.start_again();
        for visitor in [&mut by_user, &mut by_session, &mut by_self] {
            visitor.fetch("/").problem(401);
        }
    }
}

#[test]
fn a_mode_and_a_master_password_hold_when_power_fails_right_after_their_answer() {
    let recorder = Recorder::start();
    let mut gate = Gate::before(App::new("hmi", Mode::Public, &recorder));
    let mut visitor = gate.visitor("hmi");
    visitor.get("/").expect(200);
    gate.api().set_access("hmi", Mode::MasterPassword);
    gate.kill();
    gate.start_again();
    visitor.give_master_password().expect(303);
    gate.api().set_master_password("hmi", "another-password");
    gate.kill();
    gate.start_again();
    visitor.get("/").expect(303);
    visitor.give_master_password().expect(401);
    gate.api().set_running("hmi", false);
    gate.kill();
    gate.start_again();
    visitor.get("/").expect(503);
}

#[test]
fn a_used_invite_stays_used_when_power_fails() {
    let recorder = Recorder::start();
    let mut gate = Gate::before(App::new("hmi", Mode::InviteOnly, &recorder));
    let link = gate.api().access_link("hmi", "ada@example.com")["link"].as_str().expect("a link").to_owned();
    let mut visitor = gate.visitor("hmi");
    visitor.accept(&link).expect(303);
    gate.kill();
    gate.start_again();
    visitor.get("/").expect(200);
    let mut again = gate.visitor("hmi");
    let path = again.local(&link);
    assert!(
        (400..500)
            .contains(&again.post(&path, &[("password", PASSWORD), ("given_name", "A"), ("family_name", "B")]).status)
    );
}
