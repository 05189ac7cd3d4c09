//! Users in an operator's hands.

use std::sync::Arc;
use std::time::Duration;

use super::kit::*;
use crate::desk::{
    AdminError, AppChange, Clash, Created, EnterError, Invitee, NewUser, Reach, UserChange, UserState, Window,
};
use crate::directory::Order;
use crate::domain::{
    AccessMode, AppId, Identity, InviteCode, Key, Purpose, Record, TicketCode, Timestamp, User, UserId,
};
use crate::store::{Archive, Group};

fn new_user(username: &str, invite: bool) -> NewUser {
    NewUser { invitee: Invitee { given_name: String::new(), ..invitation(username) }, invite }
}

fn renamed(username: &str) -> UserChange {
    UserChange { username: username.parse().ok(), ..UserChange::default() }
}

fn suspended(suspended: bool) -> UserChange {
    UserChange { suspended: Some(suspended), ..UserChange::default() }
}

fn code(link: &str) -> InviteCode {
    InviteCode::parse(link.rsplit('/').next().unwrap().as_bytes()).unwrap()
}

fn ticket(link: &str) -> TicketCode {
    TicketCode::parse(link.rsplit('/').next().unwrap().as_bytes()).unwrap()
}

impl House {
    async fn made(&self, app: AppId, username: &str, invite: bool) -> Result<Created, AdminError> {
        self.desk.create_user(app, new_user(username, invite), Reach::Workspace).await
    }

    async fn changed(&self, app: AppId, user: UserId, change: UserChange) -> Result<(), AdminError> {
        self.desk.change_user(app, user, change, Reach::Workspace).await
    }

    async fn listed(&self, app: AppId, state: UserState) -> Vec<String> {
        let window = Window { query: None, limit: 100, after: None };
        let rows = self.desk.users(app, window, Some(state)).await.unwrap().0;
        assert!(rows.iter().all(|row| row.state() == state));
        rows.into_iter().map(|row| row.username.to_string()).collect()
    }

    async fn approving_app(&self) -> AppId {
        let mut new = new_app("hmi", AccessMode::Signup);
        new.rest.approval = Some(true);
        self.create(new).await.unwrap().id
    }
}

#[tokio::test]
async fn somebody_without_an_address_is_made_and_comes_in_by_the_link() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    let made = house.made(app, "4711", true).await.unwrap();
    assert_eq!(house.listed(app, UserState::Passwordless).await, ["4711"]);
    let code = code(&made.link.unwrap());
    let token = house.desk.accept_invite(app, &browser(1), &code, accept_form(PASSWORD)).await.unwrap().token;
    assert!(house.passes(app, token.id()));
    assert_eq!(house.user("4711").unwrap().id, made.user);
    assert_eq!(house.listed(app, UserState::Active).await, ["4711"]);
    assert!(matches!(house.made(app, "4711", false).await, Err(AdminError::Conflict(_))), "registered already");
    let flawed = NewUser { invitee: Invitee { given_name: "a\nb".into(), ..invitation("b") }, invite: false };
    let refused = house.desk.create_user(app, flawed, Reach::Workspace).await;
    assert!(matches!(refused, Err(AdminError::Invalid(flaws)) if flaws[0].field == "given_name"));
}

#[tokio::test]
async fn somebody_whom_the_workspace_knows_is_registered_as_they_are() {
    let house = house().await;
    let open = house.app("open", AccessMode::Signup).await;
    let closed = house.app("closed", AccessMode::InviteOnly).await;
    let old = house.invite(closed, "a@x").await;
    house.sign_up(open, &browser(1), "a@x").await.unwrap();
    let made = house.made(closed, "A@x", true).await.unwrap();
    assert_eq!(made.link.as_deref(), Some("http://closed.test:8080"));
    assert_eq!(house.user("a@x").unwrap().given_name, "Anna");
    let token = house.sign_in(closed, &browser(1), "a@x").await.unwrap().token;
    assert!(house.passes(closed, token.id()));
    assert_eq!(house.desk.open_invite(closed, &old).await, Err(EnterError::InviteGone));
}

#[tokio::test]
async fn who_rules_one_app_gets_into_no_other_by_a_shared_user() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let other = house.app("scada", AccessMode::Signup).await;
    house.sign_up(app, &browser(1), "a@x").await.unwrap();
    let user = house.user("a@x").unwrap().id;
    assert!(house.desk.reset_link(app, user, Reach::App).await.is_ok(), "theirs alone");
    house.sign_in(other, &browser(1), "a@x").await.unwrap();
    let is_refused = |error| matches!(error, AdminError::Conflict(Clash::RegisteredElsewhere(_)));
    assert!(is_refused(house.desk.reset_link(app, user, Reach::App).await.unwrap_err()));
    assert!(is_refused(house.desk.change_user(app, user, renamed("mine@x"), Reach::App).await.unwrap_err()));
    assert!(is_refused(house.desk.change_user(app, user, suspended(true), Reach::App).await.unwrap_err()));
    assert!(is_refused(house.desk.sign_out_everywhere(app, user, Reach::App).await.unwrap_err()));
    house.made(other, "4711", false).await.unwrap();
    let theirs = house.desk.create_user(app, new_user("4711", true), Reach::App).await;
    assert!(is_refused(theirs.unwrap_err()), "the link would make a password for the other app");
    assert!(house.desk.create_user(app, new_user("4711", false), Reach::App).await.is_ok());
    let stranger = house.app("third", AccessMode::Signup).await;
    let nobody = house.desk.reset_link(stranger, user, Reach::Workspace).await;
    assert_eq!(nobody.err(), Some(AdminError::NotFound), "not registered there");
}

#[tokio::test]
async fn another_name_moves_everything_that_the_old_one_led_to() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let other = house.app("scada", AccessMode::InviteOnly).await;
    let (offer, old_offer) = (house.invite(other, "b@x").await, house.invite(other, "a@x").await);
    let session = house.sign_up(app, &browser(1), "a@x").await.unwrap().token.id();
    let before = house.user("a@x").unwrap();
    let user = before.id;
    house.put(Record::User(Box::new(User { email_verified: true, ..before }))).await;
    let reset = house.desk.reset_link(app, user, Reach::Workspace).await.unwrap().link;
    assert!(house.desk.valid_ticket(app, &ticket(&reset)).is_ok());
    house.changed(app, user, renamed("New@x")).await.unwrap();
    assert!(house.user("a@x").is_none());
    let after = house.user("new@x").unwrap();
    assert_eq!((after.id, after.email_verified), (user, false));
    assert_eq!(house.desk.open_invite(other, &old_offer).await, Err(EnterError::InviteGone));
    assert!(house.desk.open_invite(other, &offer).await.is_ok());
    assert!(house.desk.valid_ticket(app, &ticket(&reset)).is_err(), "a link to the old mailbox opens nothing");
    assert!(house.passes(app, session), "who is in stays in");
    assert_eq!(house.desk.directory().person(user).unwrap().username(), "new@x");
    assert_eq!(house.sign_in(app, &browser(1), "a@x").await.err(), Some(EnterError::WrongCredentials));
    assert!(house.sign_in(app, &browser(1), "new@x").await.is_ok());
    house.sign_up(app, &browser(2), "a@x").await.unwrap();
    let taken = house.changed(app, user, renamed("a@x")).await;
    assert!(matches!(taken, Err(AdminError::Conflict(Clash::UsernameTaken(name))) if name.to_string() == "a@x"));
}

#[tokio::test]
async fn an_address_counts_as_proven_only_when_the_operator_says_so() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    house.sign_up(app, &browser(1), "a@x").await.unwrap();
    let user = house.user("a@x").unwrap().id;
    let sure = UserChange { email_verified: Some(true), ..renamed("b@x") };
    house.changed(app, user, sure).await.unwrap();
    assert!(house.user("b@x").unwrap().email_verified);
    house.changed(app, user, renamed("4711")).await.unwrap();
    assert!(!house.user("4711").unwrap().email_verified);
    let proven = UserChange { email_verified: Some(true), ..UserChange::default() };
    assert!(matches!(house.changed(app, user, proven).await, Err(AdminError::Invalid(_))), "not an address");
}

#[tokio::test]
async fn names_change_without_anybody_being_signed_out() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let session = house.sign_up(app, &browser(1), "a@x").await.unwrap().token.id();
    let user = house.user("a@x").unwrap().id;
    let change = UserChange { given_name: Some(" Anne ".into()), family_name: Some(String::new()), ..renamed("A@X") };
    house.changed(app, user, change).await.unwrap();
    assert_eq!(house.user("a@x").unwrap().name(), "Anne");
    assert_eq!(house.desk.directory().person(user).unwrap().given_name(), "Anne");
    assert!(house.passes(app, session), "the same address in another spelling is no change");
    house.changed(app, user, UserChange::default()).await.unwrap();
    let long = UserChange { family_name: Some("x".repeat(101)), ..UserChange::default() };
    assert!(matches!(house.changed(app, user, long).await, Err(AdminError::Invalid(_))));
}

#[tokio::test]
async fn a_suspension_ends_every_session_for_good() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let other = house.app("scada", AccessMode::Signup).await;
    let here = house.sign_up(app, &browser(1), "a@x").await.unwrap().token.id();
    let there = house.sign_in(other, &browser(1), "a@x").await.unwrap().token.id();
    let user = house.user("a@x").unwrap().id;
    let reset = house.desk.reset_link(app, user, Reach::Workspace).await.unwrap();
    assert!(reset.link.starts_with("http://hmi.test:8080/.millgate/reset/"), "{}", reset.link);
    assert_eq!(reset.expires_at, house.desk.clock().now().plus(DAY));
    house.changed(app, user, suspended(true)).await.unwrap();
    assert!(!house.passes(app, here) && !house.passes(other, there));
    assert_eq!(house.sign_in(app, &browser(1), "a@x").await.err(), Some(EnterError::WrongCredentials));
    assert!(matches!(house.desk.reset_link(app, user, Reach::Workspace).await, Err(AdminError::Conflict(_))));
    assert_eq!(house.listed(app, UserState::Suspended).await, ["a@x"]);
    assert_eq!(house.listed(app, UserState::Active).await, [""; 0]);
    assert_eq!(house.desk.directory().session_count(), 0);
    house.changed(app, user, suspended(false)).await.unwrap();
    assert!(!house.passes(app, here) && !house.passes(other, there), "what it ended does not come back");
    assert!(house.desk.valid_ticket(app, &ticket(&reset.link)).is_err());
    assert!(house.sign_in(app, &browser(1), "a@x").await.is_ok());
}

#[tokio::test]
async fn a_suspension_is_answered_when_the_streams_are_cut() {
    let house = Arc::new(house().await);
    let app = house.app("hmi", AccessMode::Signup).await;
    let session = house.sign_up(app, &browser(1), "a@x").await.unwrap().token.id();
    let user = house.user("a@x").unwrap().id;
    let mut worker = house.desk.directory().orders().subscribe();
    let suspension = {
        let house = house.clone();
        tokio::spawn(async move { house.changed(app, user, suspended(true)).await })
    };
    let Some(Order::Rejudge(_, fence)) = worker.recv().await else { unreachable!() };
    assert!(!house.passes(app, session), "judged by what is true now");
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!suspension.is_finished(), "a worker still has to cut its streams");
    drop(fence);
    drop(worker);
    suspension.await.unwrap().unwrap();
}

#[tokio::test]
async fn signing_out_everywhere_ends_sessions_and_links_and_nothing_else() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let other = house.app("scada", AccessMode::Signup).await;
    let here = house.sign_up(app, &browser(1), "a@x").await.unwrap().token.id();
    let there = house.sign_in(other, &browser(2), "a@x").await.unwrap().token.id();
    let neighbor = house.sign_up(app, &browser(3), "b@x").await.unwrap().token.id();
    let user = house.user("a@x").unwrap().id;
    let reset = house.desk.reset_link(app, user, Reach::Workspace).await.unwrap();
    house.desk.sign_out_everywhere(app, user, Reach::Workspace).await.unwrap();
    assert!(!house.passes(app, here) && !house.passes(other, there) && house.passes(app, neighbor));
    assert!(house.desk.valid_ticket(app, &ticket(&reset.link)).is_err());
    assert_eq!(house.desk.user(app, user).await.unwrap().devices, []);
    assert_eq!(house.store.scan(Group::SessionsOf(other), None, 10).unwrap(), []);
    let back = house.sign_in(app, &browser(1), "a@x").await.unwrap().token.id();
    assert!(house.passes(app, back));
}

#[tokio::test]
async fn a_reset_link_is_kept_as_a_hash_for_this_app() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let other = house.app("scada", AccessMode::Signup).await;
    house.sign_up(app, &browser(1), "a@x").await.unwrap();
    let user = house.user("a@x").unwrap().id;
    let code = ticket(&house.desk.reset_link(app, user, Reach::Workspace).await.unwrap().link);
    let (kept, known) = house.desk.valid_ticket(app, &code).unwrap();
    assert_eq!((known.user.id, kept.purpose), (user, Purpose::Reset { mailed: false }));
    assert!(house.desk.valid_ticket(other, &code).is_err());
    house.pass_time(DAY);
    assert!(house.desk.valid_ticket(app, &code).is_err());
}

#[tokio::test]
async fn who_waits_is_listed_and_approving_lets_the_open_session_in() {
    let house = house().await;
    let app = house.approving_app().await;
    let session = house.sign_up(app, &browser(1), "a@x").await.unwrap().token.id();
    house.sign_up(app, &browser(2), "b@x").await.unwrap();
    let user = house.user("a@x").unwrap().id;
    assert!(!house.passes(app, session));
    assert_eq!(house.listed(app, UserState::Waiting).await.len(), 2);
    assert_eq!(house.listed(app, UserState::Active).await, [""; 0]);
    house.desk.approve_user(app, user).await.unwrap();
    assert!(house.passes(app, session));
    assert_eq!(house.listed(app, UserState::Waiting).await, ["b@x"]);
    assert_eq!(house.desk.approve_user(app, user).await, Ok(()), "twice is fine");
    assert_eq!(house.desk.approve_user(app, UserId::random()).await, Err(AdminError::NotFound));
    let open = AppChange { approval: Some(false), ..AppChange::default() };
    house.desk.change_app(app, open).await.unwrap();
    assert_eq!(house.listed(app, UserState::Waiting).await, [""; 0], "nobody waits where nobody asks");
    assert_eq!(house.listed(app, UserState::Active).await.len(), 2);
}

#[tokio::test]
async fn who_signs_in_by_a_provider_alone_counts_as_active() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    let user = house.made(app, "g@x", false).await.unwrap().user;
    let identity = Identity {
        issuer: "https://accounts.google.com".into(),
        subject: "1".into(),
        email: None,
        linked_at: Timestamp::default(),
    };
    let linked = User { identities: vec![identity], ..house.user("g@x").unwrap() };
    house.put(Record::User(Box::new(linked))).await;
    assert_eq!(house.listed(app, UserState::Active).await, ["g@x"]);
    assert_eq!(house.desk.user(app, user).await.unwrap().identities.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_sign_in_never_outlives_the_suspension_of_its_user() {
    let house = Arc::new(house().await);
    let app = house.app("hmi", AccessMode::Signup).await;
    house.sign_up(app, &browser(1), "a@x").await.unwrap();
    let user = house.user("a@x").unwrap().id;
    for round in 0..8 {
        let tasks: Vec<_> = (0..4)
            .map(|n| {
                let house = house.clone();
                tokio::spawn(async move { house.sign_in(app, &browser(n), "a@x").await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(7 * round)).await;
        house.changed(app, user, suspended(true)).await.unwrap();
        for task in tasks {
            if let Ok(signed_in) = task.await.unwrap() {
                assert!(!house.passes(app, signed_in.token.id()), "round {round}");
            }
        }
        house.changed(app, user, suspended(false)).await.unwrap();
        let sessions = house.store.scan(Group::SessionsOf(app), None, 100).unwrap();
        for session in sessions {
            let Record::Session(session) = session else { unreachable!() };
            assert!(!house.passes(app, session.id), "round {round}: none is left that counts");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_rename_and_a_sign_up_one_gets_the_address() {
    let house = Arc::new(house().await);
    let app = house.app("hmi", AccessMode::Signup).await;
    for round in 0..8_u64 {
        let (old, wanted) = (format!("old{round}@x"), format!("new{round}@x"));
        house.sign_up(app, &browser(1), &old).await.unwrap();
        let user = house.user(&old).unwrap().id;
        let newcomer = {
            let (house, wanted) = (house.clone(), wanted.clone());
            tokio::spawn(async move { house.sign_up(app, &browser(2), &wanted).await })
        };
        tokio::time::sleep(Duration::from_millis(6 * round)).await;
        let moved = house.changed(app, user, renamed(&wanted)).await;
        let newcomer = newcomer.await.unwrap();
        let owner = house.user(&wanted).unwrap();
        match moved {
            Ok(()) => {
                assert_eq!(owner.id, user, "round {round}");
                // The passwords of these tests are the same: who comes late signs in to what is there.
                assert!(newcomer.is_ok() && house.user(&old).is_none());
            }
            Err(AdminError::Conflict(_)) => {
                assert_ne!(owner.id, user, "round {round}");
                assert!(newcomer.is_ok());
                assert_eq!(house.user(&old).unwrap().id, user);
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_approval_revives_nobody_who_was_refused() {
    let house = Arc::new(house().await);
    let app = house.approving_app().await;
    for round in 0..20_u64 {
        let email = format!("u{round}@x");
        let session = house.sign_up(app, &browser(1), &email).await.unwrap().token.id();
        let user = house.user(&email).unwrap().id;
        let approval = {
            let house = house.clone();
            tokio::spawn(async move { house.desk.approve_user(app, user).await })
        };
        if round % 2 == 0 {
            tokio::task::yield_now().await;
        }
        house.deregister(app, user).await;
        assert!(matches!(approval.await.unwrap(), Ok(()) | Err(AdminError::NotFound)));
        assert_eq!(house.store.get(&Key::Registration(app, user)).unwrap(), None, "round {round}");
        assert!(!house.passes(app, session) && house.user(&email).is_none());
    }
}
