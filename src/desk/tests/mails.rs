//! The mail queue, with a carrier that takes letters, refuses them or is not there.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::kit::{DAY, House, PASSWORD, accept_form, browser, house, invitation, with};
use crate::desk::post::{Carrier, Carrying, Pause, Queue};
use crate::desk::{Desk, EnterError, MailView, Reach, read};
use crate::domain::{
    AccessMode, AppId, Email, Invitation, InviteCode, Language, Letter, MailId, Proposal, Purpose, Record, TicketCode,
    Timestamp, User,
};
use crate::mail::{Composed, Dialogue, MailError};
use crate::store::{Archive, Group};

const MINUTE: Duration = Duration::from_secs(60);

/// Keeps what it is given. `answers` come first; then it takes everything.
#[derive(Clone, Default)]
struct Postman {
    letters: Arc<Mutex<Vec<(Email, Composed)>>>,
    answers: Arc<Mutex<VecDeque<MailError>>>,
}

impl Carrier for Postman {
    fn carry<'a>(&'a self, to: &'a Email, letter: &'a Composed) -> Carrying<'a, Result<(), MailError>> {
        self.letters.lock().unwrap().push((to.clone(), letter.clone()));
        let answer = self.answers.lock().unwrap().pop_front();
        Box::pin(async move { answer.map_or(Ok(()), Err) })
    }

    fn rehearse<'a>(&'a self, _: &'a Email, _: &'a Composed) -> Carrying<'a, Dialogue> {
        Box::pin(async { Dialogue { lines: vec!["S: 220 hello".into()], error: None } })
    }
}

impl Postman {
    fn fails(&self, times: usize, permanent: bool) {
        let error = MailError { permanent, text: "not now".into() };
        self.answers.lock().unwrap().extend(std::iter::repeat_n(error, times));
    }

    fn count(&self) -> usize {
        self.letters.lock().unwrap().len()
    }

    /// The last path segment of the link in the latest letter.
    fn secret(&self) -> String {
        let letters = self.letters.lock().unwrap();
        let text = &letters.last().unwrap().1.text;
        let link = text.split_whitespace().find(|word| word.contains("/.millgate/")).unwrap();
        link.rsplit('/').next().unwrap().to_owned()
    }

    fn invite(&self) -> InviteCode {
        InviteCode::parse(self.secret().as_bytes()).unwrap()
    }
}

async fn office() -> (House, AppId, Postman) {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    let postman = Postman::default();
    house.desk.post.employ(Some(Box::new(postman.clone())));
    (house, app, postman)
}

impl House {
    async fn post(&self, to: &str, letter: Letter) {
        let proposal = self.desk.post(Proposal::new(), to.parse().unwrap(), letter, None);
        self.ledger.propose(proposal).await.unwrap();
    }

    /// Invites somebody by mail; the code is the one that was handed out.
    async fn invite_by_mail(&self, app: AppId, email: &str) -> InviteCode {
        let code = self.invite(app, email).await;
        let (invitation, _) = read::invitation_for(&*self.store, app, &email.parse().unwrap()).unwrap().unwrap();
        self.post(email, Letter::Invite { app, invitation: invitation.id }).await;
        code
    }

    async fn known(&self, app: AppId, email: &str) -> User {
        self.sign_up(app, &browser(1), email).await.unwrap();
        self.user(email).unwrap()
    }

    async fn queue(&self) -> Vec<MailView> {
        self.desk.mails().await.unwrap()
    }

    async fn opens(&self, app: AppId, code: &InviteCode) -> bool {
        self.desk.open_invite(app, code).await.is_ok()
    }

    async fn send_all(&self) {
        while self.desk.send_due().await == Pause::None {}
    }
}

#[tokio::test]
async fn an_invite_goes_out_with_a_link_of_its_own() {
    let (house, app, postman) = office().await;
    let handed = house.invite_by_mail(app, "dima@plant.example").await;
    assert_eq!(house.queue().await.len(), 1);
    house.send_all().await;
    let mailed = postman.invite();
    assert_ne!(mailed.id(), handed.id());
    assert!(house.opens(app, &handed).await && house.opens(app, &mailed).await);
    assert_eq!((postman.count(), house.queue().await), (1, vec![]));
    let letter = postman.letters.lock().unwrap().last().cloned().unwrap();
    assert_eq!((letter.0.as_str(), letter.1.language), ("dima@plant.example", "en"));
    assert!(letter.1.text.contains("http://hmi.test:8080/.millgate/invite/"));
}

#[tokio::test]
async fn a_letter_that_did_not_get_out_goes_later_and_its_link_replaces_the_first() {
    let (house, app, postman) = office().await;
    postman.fails(1, false);
    let handed = house.invite_by_mail(app, "dima@plant.example").await;
    house.send_all().await;
    let first = postman.invite();
    let queued = house.queue().await;
    assert_eq!((queued[0].tries, queued[0].last_error.as_deref(), queued[0].is_stuck), (1, Some("not now"), false));
    assert_eq!(house.desk.send_due().await, Pause::Until(MINUTE));
    house.pass_time(MINUTE);
    house.send_all().await;
    assert_eq!((postman.count(), house.queue().await), (2, vec![]));
    assert!(!house.opens(app, &first).await);
    assert!(house.opens(app, &postman.invite()).await && house.opens(app, &handed).await);
}

#[tokio::test]
async fn what_is_refused_for_good_waits_for_an_operator() {
    let (house, app, postman) = office().await;
    postman.fails(1, true);
    house.invite_by_mail(app, "dima@plant.example").await;
    house.send_all().await;
    house.pass_time(30 * MINUTE);
    house.send_all().await;
    let stuck = house.queue().await.pop().unwrap();
    assert_eq!((postman.count(), stuck.is_stuck, stuck.next_try_at), (1, true, None));
    assert!(!house.desk.retry_mail(stuck.id).await.unwrap().is_stuck);
    house.send_all().await;
    assert_eq!((postman.count(), house.queue().await), (2, vec![]));
    assert!(house.desk.retry_mail(stuck.id).await.is_err() && house.desk.delete_mail(stuck.id).await.is_err());
}

#[tokio::test]
async fn a_server_that_repeats_the_link_does_not_bring_it_into_lists() {
    let (house, app, postman) = office().await;
    struct Parrot(Postman);
    impl Carrier for Parrot {
        fn carry<'a>(&'a self, to: &'a Email, letter: &'a Composed) -> Carrying<'a, Result<(), MailError>> {
            drop(self.0.carry(to, letter));
            let text = format!("spam: {}", letter.text);
            Box::pin(async move { Err(MailError { permanent: true, text }) })
        }
        fn rehearse<'a>(&'a self, to: &'a Email, letter: &'a Composed) -> Carrying<'a, Dialogue> {
            self.0.rehearse(to, letter)
        }
    }
    house.desk.post.employ(Some(Box::new(Parrot(postman.clone()))));
    house.invite_by_mail(app, "dima@plant.example").await;
    house.send_all().await;
    let error = house.queue().await.pop().unwrap().last_error.unwrap();
    assert!(error.contains("/.millgate/invite/***") && !error.contains(&postman.secret()), "{error}");
}

#[tokio::test]
async fn reset_and_address_letters_carry_tickets() {
    let (house, app, postman) = office().await;
    let user = house.known(app, "dima@plant.example").await;
    house.post("dima@plant.example", Letter::Reset { app, user: user.id }).await;
    house.send_all().await;
    let code = TicketCode::parse(postman.secret().as_bytes()).unwrap();
    let (ticket, _) = house.desk.valid_ticket(app, &code).unwrap();
    assert_eq!((ticket.user, ticket.purpose), (user.id, Purpose::Reset { mailed: true }));
    assert!(postman.letters.lock().unwrap().last().unwrap().1.text.contains("/.millgate/reset/"));

    house.post("new@plant.example", Letter::Address { app, user: user.id }).await;
    house.send_all().await;
    let code = TicketCode::parse(postman.secret().as_bytes()).unwrap();
    let (ticket, _) = house.desk.valid_ticket(app, &code).unwrap();
    assert_eq!(ticket.purpose, Purpose::Address { email: "new@plant.example".parse().unwrap() });
    assert!(postman.letters.lock().unwrap().last().unwrap().1.text.contains("/.millgate/confirm-address/"));
    house.pass_time(DAY);
    assert_eq!(house.desk.valid_ticket(app, &code).err(), Some(EnterError::LinkGone));
}

#[tokio::test]
async fn letters_without_a_purpose_are_dropped() {
    let (house, app, postman) = office().await;
    let user = house.known(app, "dima@plant.example").await;
    house.known(app, "taken@plant.example").await;
    // Replaced by a newer one, expired, to an address that is not theirs any more or somebody else's, gone.
    house.invite_by_mail(app, "ina@plant.example").await;
    house.invite(app, "ina@plant.example").await;
    house.post("other@plant.example", Letter::Reset { app, user: user.id }).await;
    house.post("taken@plant.example", Letter::Address { app, user: user.id }).await;
    house.post("dima@plant.example", Letter::Reset { app: AppId::random(), user: user.id }).await;
    house.put(Record::User(Box::new(User { suspended: true, ..user.clone() }))).await;
    house.post("dima@plant.example", Letter::Reset { app, user: user.id }).await;
    assert_eq!(house.queue().await.len(), 5);
    house.send_all().await;
    assert_eq!((postman.count(), house.queue().await), (0, vec![]));
    house.invite_by_mail(app, "late@plant.example").await;
    house.pass_time(15 * DAY);
    house.send_all().await;
    assert_eq!((postman.count(), house.queue().await), (0, vec![]));
}

#[tokio::test]
async fn a_stuck_mail_goes_with_its_purpose() {
    let (house, app, postman) = office().await;
    postman.fails(2, true);
    house.invite_by_mail(app, "dima@plant.example").await;
    house.invite_by_mail(app, "ina@plant.example").await;
    house.send_all().await;
    house.invite(app, "dima@plant.example").await;
    assert_eq!(house.desk.drop_idle_mails().await, Ok(1));
    assert_eq!(house.queue().await.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["ina@plant.example"]);
}

#[tokio::test]
async fn a_server_in_trouble_costs_a_few_letters_their_try_and_not_all() {
    let (house, app, postman) = office().await;
    postman.fails(100, false);
    for number in 0..10 {
        house.invite_by_mail(app, &format!("guest{number}@plant.example")).await;
    }
    assert_eq!(house.desk.send_due().await, Pause::Breather(MINUTE));
    assert!((3..=4).contains(&postman.count()), "{}", postman.count());
    postman.answers.lock().unwrap().clear();
    house.send_all().await;
    let left = house.queue().await;
    assert!((3..=4).contains(&left.len()) && left.iter().all(|mail| mail.tries == 1));
    house.pass_time(MINUTE);
    house.send_all().await;
    assert_eq!(house.queue().await, []);
}

#[tokio::test]
async fn somebody_who_waits_in_front_of_a_form_comes_first() {
    let (house, app, postman) = office().await;
    let user = house.known(app, "dima@plant.example").await;
    for number in 0..30 {
        house.invite_by_mail(app, &format!("guest{number}@plant.example")).await;
    }
    house.pass_time(MINUTE);
    house.post("dima@plant.example", Letter::Reset { app, user: user.id }).await;
    let queue = Queue::read(&*house.store, house.desk.clock().now()).unwrap();
    let first = read::mail(&*house.store, queue.due[0].2).unwrap().unwrap().0;
    assert_eq!((queue.due.len(), first.to.as_str()), (31, "dima@plant.example"));
    house.send_all().await;
    assert_eq!(postman.count(), 31);
}

#[tokio::test]
async fn without_a_server_mails_rest_and_no_new_ones_come() {
    let (house, app, postman) = office().await;
    house.invite_by_mail(app, "dima@plant.example").await;
    house.desk.set_mailer(None);
    assert!(!house.desk.has_mail());
    assert_eq!(house.desk.send_due().await, Pause::Breather(MINUTE));
    house.invite_by_mail(app, "ina@plant.example").await;
    assert_eq!(house.queue().await.len(), 1);
    assert!(house.desk.send_test_mail(&"a@plant.example".parse().unwrap(), Language::En).await.is_err());
    house.desk.post.employ(Some(Box::new(postman.clone())));
    house.send_all().await;
    assert_eq!((postman.count(), house.queue().await), (1, vec![]));
    assert!(house.desk.send_test_mail(&"a@plant.example".parse().unwrap(), Language::En).await.is_ok());
}

#[tokio::test]
async fn a_full_queue_takes_no_more_until_it_has_room() {
    let mut house = house().await;
    let desk = Arc::get_mut(&mut house.desk).unwrap();
    desk.post.most_waiting = 2;
    let postman = Postman::default();
    desk.post.employ(Some(Box::new(postman.clone())));
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    for number in 0..5 {
        house.invite_by_mail(app, &format!("guest{number}@plant.example")).await;
    }
    assert_eq!(house.queue().await.len(), 2);
    house.send_all().await;
    house.invite_by_mail(app, "late@plant.example").await;
    assert_eq!((postman.count(), house.queue().await.len()), (2, 1));
}

#[tokio::test]
async fn a_clock_that_jumps_neither_storms_nor_stalls() {
    let (house, app, postman) = office().await;
    postman.fails(2, false);
    let now = house.desk.clock().now();
    house.invite_by_mail(app, "dima@plant.example").await;
    house.send_all().await;
    // Set to 1970 and back: an expired link is not what the mail is about, so it is sent all the same.
    house.set_clock(Timestamp::from_millis(0));
    house.send_all().await;
    assert_eq!((postman.count(), house.queue().await[0].tries), (2, 2));
    assert_eq!(house.desk.send_due().await, Pause::Until(MINUTE), "it looks again before five minutes are over");
    house.set_clock(now);
    house.send_all().await;
    assert_eq!((postman.count(), house.queue().await), (3, vec![]));
}

#[tokio::test]
async fn what_was_under_way_when_the_power_went_is_sent_again() {
    let (house, app, postman) = office().await;
    house.invite_by_mail(app, "dima@plant.example").await;
    let queued = house.store.scan(Group::Mails, None, 1).unwrap().pop().unwrap();
    house.send_all().await;
    let lost = postman.invite();
    house.put(queued).await;
    house.send_all().await;
    assert_eq!((postman.count(), house.queue().await), (2, vec![]));
    assert!(house.opens(app, &postman.invite()).await && !house.opens(app, &lost).await);
}

#[tokio::test]
async fn the_worker_wakes_up_for_what_comes() {
    let (house, app, postman) = office().await;
    let worker = tokio::spawn(Desk::deliver_mail(Arc::clone(&house.desk)));
    tokio::time::sleep(Duration::from_millis(50)).await;
    for (number, expected) in [(0, 1), (1, 2)] {
        house.invite_by_mail(app, &format!("guest{number}@plant.example")).await;
        while postman.count() < expected {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    worker.abort();
}

#[tokio::test]
async fn an_accepted_invitation_needs_no_mail() {
    let (house, app, postman) = office().await;
    let code = house.invite_by_mail(app, "dima@plant.example").await;
    let caller = browser(1);
    let form = accept_form(PASSWORD);
    let signed_in = house.desk.accept_invite(app, &caller, &code, form).await.unwrap();
    assert!(house.passes(app, with(&caller, &signed_in.token).session.unwrap()));
    house.send_all().await;
    assert_eq!((postman.count(), house.queue().await), (0, vec![]));
}

#[tokio::test]
async fn a_letter_that_was_deleted_or_superseded_does_not_count_as_sent() {
    let (house, app, postman) = office().await;
    postman.fails(1, false);
    house.desk.access_link(app, invitation("dima@plant.example"), Reach::Workspace).await.unwrap();
    let name = "dima@plant.example".parse().unwrap();
    let pending = || read::invitation_for(&*house.store, app, &name).unwrap().unwrap().0;
    let id = MailId::from_u64(7);
    let letter = Letter::Invite { app, invitation: pending().id };
    let post = || house.desk.post_as(id, Proposal::new(), "dima@plant.example".parse().unwrap(), letter, None);
    let remembers = |mail| Record::Invitation(Box::new(Invitation { mail: Some(mail), ..pending() }));
    house.ledger.propose(post().put(remembers(id))).await.unwrap();
    house.send_all().await;
    assert!(pending().mailed.is_some() && house.queue().await[0].tries == 1);
    house.desk.delete_mail(id).await.unwrap();
    assert_eq!((pending().mail, house.queue().await), (None, vec![]));
    house.ledger.propose(post().put(remembers(MailId::from_u64(8)))).await.unwrap();
    house.send_all().await;
    assert_eq!((postman.count(), house.queue().await), (1, vec![]));
}
