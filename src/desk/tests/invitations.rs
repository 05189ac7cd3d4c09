//! Invitations as an operator deals with them: many at once, listed, renewed, withdrawn, swept.

use std::time::Duration;

use super::kit::*;
use crate::desk::{AdminError, DeliveryState, EnterError, Invited, Invitee, Posted, Reach, Standing, Terms, Window};
use crate::domain::{AccessMode, AppId, InvitationId, InviteCode, Key, Language, Letter, Mail, Proposal, Record};
use crate::mail::{Config, Mailer, Security};
use crate::store::Archive;

fn everything(_: Standing) -> bool {
    true
}

fn window(limit: usize) -> Window<InvitationId> {
    Window { query: None, limit, after: None }
}

pub(super) fn code(invited: &Invited) -> InviteCode {
    InviteCode::parse(invited.link.rsplit('/').next().unwrap().as_bytes()).unwrap()
}

fn person(name: &str) -> (Invitee, Terms) {
    (invitation(name), Terms::default())
}

/// A mail server that nobody asks for anything.
fn with_mail(house: &House) {
    let config = Config {
        host: "127.0.0.1".into(),
        port: 1,
        security: Security::StartTls,
        login: None,
        from: "gate@plant.example".parse().unwrap(),
        ca: None,
    };
    house.desk.set_mailer(Some(Mailer::new(config, house.desk.clock().clone())));
}

impl House {
    pub(super) async fn invite_one(&self, app: AppId, name: &str) -> Invited {
        self.invite_by(app, name, Terms::default()).await
    }

    async fn invite_by(&self, app: AppId, name: &str, terms: Terms) -> Invited {
        self.desk.invite(app, vec![(invitation(name), terms)], Reach::Workspace).await.unwrap().pop().unwrap().unwrap()
    }

    pub(super) async fn standing(&self, app: AppId, id: InvitationId) -> Standing {
        self.desk.invitation(app, id).await.unwrap().standing
    }

    async fn names(&self, app: AppId, wanted: fn(Standing) -> bool) -> Vec<String> {
        let (rows, _) = self.desk.invitations(app, wanted, window(1000)).await.unwrap();
        let mut names: Vec<_> = rows.iter().map(|row| row.invitation.username.to_string()).collect();
        names.sort();
        names
    }
}

#[tokio::test]
async fn many_are_invited_and_each_link_opens_for_its_own_person() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    let people = (0..600).map(|number| person(&format!("user{number}@x"))).collect();
    let invited = house.desk.invite(app, people, Reach::Workspace).await.unwrap();
    assert_eq!(invited.len(), 600);
    for (number, one) in invited.iter().enumerate() {
        let one = one.as_ref().unwrap();
        assert_eq!(one.view.invitation.username.as_str(), format!("user{number}@x"), "in their order");
        assert_eq!((one.view.standing, one.posted), (Standing::Pending, Posted::Off));
        let view = house.desk.open_invite(app, &code(one)).await.unwrap();
        assert_eq!(view.username, one.view.invitation.username);
    }
}

#[tokio::test]
async fn one_bad_entry_refuses_only_itself() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    let bad = Invitee { given_name: "a\nb".into(), ..invitation("bad@x") };
    let invited = house
        .desk
        .invite(app, vec![person("a@x"), (bad, Terms::default()), person("4711")], Reach::Workspace)
        .await
        .unwrap();
    assert!(invited[0].is_ok() && invited[2].is_ok());
    assert!(matches!(&invited[1], Err(AdminError::Invalid(flaws)) if flaws[0].field == "given_name"));
    assert_eq!(house.names(app, everything).await, ["4711", "a@x"]);
    let gone = house.desk.invite(AppId::from_u64(1), vec![person("a@x")], Reach::Workspace).await;
    assert_eq!(gone.err(), Some(AdminError::NotFound));
}

#[tokio::test]
async fn terms_have_bounds_that_are_checked_before_anything_is_made() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    for valid in [Duration::ZERO, Duration::from_millis(999), 367 * DAY, Duration::MAX] {
        let terms = Terms { valid, ..Terms::default() };
        let refused = house.desk.invite(app, vec![person("a@x"), (invitation("b@x"), terms)], Reach::Workspace).await;
        assert!(matches!(&refused, Err(AdminError::Invalid(flaws)) if flaws[0].field == "expires_in"), "{valid:?}");
    }
    assert!(house.names(app, everything).await.is_empty());
    for valid in [Duration::from_secs(1), 366 * DAY] {
        let one = house.invite_by(app, "a@x", Terms { valid, ..Terms::default() }).await.view.invitation;
        assert_eq!(one.expires_at.since(one.created_at), valid);
    }
}

#[tokio::test]
async fn somebody_without_an_address_is_invited_and_chooses_a_password() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    let invited = house.invite_by(app, "P-4711", Terms { send: true, ..Terms::default() }).await;
    assert_eq!(invited.posted, Posted::NoAddress);
    let token = house.desk.accept_invite(app, &browser(1), &code(&invited), accept_form(PASSWORD)).await.unwrap().token;
    assert!(house.passes(app, token.id()));
    assert!(house.sign_in(app, &browser(2), "p-4711").await.is_ok());
    let now = house.desk.clock().now();
    assert_eq!(house.standing(app, invited.view.invitation.id).await, Standing::Accepted { at: now });
}

#[tokio::test]
async fn who_can_sign_in_is_registered_at_once_and_leaves_one_accepted_invitation() {
    let house = house().await;
    let open = house.app("open", AccessMode::Signup).await;
    let closed = house.app("closed", AccessMode::InviteOnly).await;
    let early = house.invite_one(closed, "b@x").await;
    for name in ["a@x", "b@x"] {
        house.sign_up(open, &browser(1), name).await.unwrap();
        for _ in 0..3 {
            let invited = house.invite_one(closed, name).await;
            assert!(matches!(invited.view.standing, Standing::Accepted { .. }));
            assert_eq!((invited.link.as_str(), invited.posted), ("http://closed.test:8080", Posted::Off));
        }
        let token = house.sign_in(closed, &browser(1), name).await.unwrap().token;
        assert!(house.passes(closed, token.id()));
    }
    assert!(matches!(house.standing(closed, early.view.invitation.id).await, Standing::Accepted { .. }));
    assert_eq!(house.desk.open_invite(closed, &code(&early)).await, Err(EnterError::InviteGone));
    assert_eq!(house.names(closed, |standing| standing == Standing::Pending).await, [""; 0]);
    let accepted = house.names(closed, everything).await;
    assert!(accepted.iter().filter(|name| *name == "a@x").count() == 1, "{accepted:?}");
}

#[tokio::test]
async fn inviting_again_withdraws_what_was_pending() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    let first = house.invite_one(app, "a@x").await;
    house.pass_time(DAY);
    let second = house.invite_one(app, "a@x").await;
    let at = house.desk.clock().now();
    assert_eq!(house.standing(app, first.view.invitation.id).await, Standing::Withdrawn { at });
    assert_eq!(house.desk.open_invite(app, &code(&first)).await, Err(EnterError::InviteGone));
    assert!(house.desk.open_invite(app, &code(&second)).await.is_ok());
}

#[tokio::test]
async fn renewing_keeps_the_invitation_and_ends_its_old_codes() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    let terms = Terms { language: Some(Language::De), ..Terms::default() };
    let first = house.invite_by(app, "a@x", terms).await;
    let id = first.view.invitation.id;
    house.pass_time(20 * DAY);
    assert_eq!(house.standing(app, id).await, Standing::Expired);
    let second =
        house.desk.renew_invitation(app, id, Terms { valid: DAY, ..Terms::default() }, Reach::Workspace).await.unwrap();
    let third =
        house.desk.renew_invitation(app, id, Terms { valid: DAY, ..Terms::default() }, Reach::Workspace).await.unwrap();
    for dead in [&first, &second] {
        assert_eq!(house.desk.open_invite(app, &code(dead)).await, Err(EnterError::InviteGone));
    }
    let row = &third.view.invitation;
    assert_eq!((row.id, row.language, third.view.standing), (id, Some(Language::De), Standing::Pending));
    assert_eq!(row.expires_at, house.desk.clock().now().plus(DAY));
    assert_eq!(house.names(app, everything).await, ["a@x"]);
    house.desk.accept_invite(app, &browser(1), &code(&third), accept_form(PASSWORD)).await.unwrap();
    assert!(matches!(
        house.desk.renew_invitation(app, id, terms, Reach::Workspace).await,
        Err(AdminError::Conflict(_))
    ));
    assert!(matches!(house.desk.withdraw_invitation(app, id).await, Err(AdminError::Conflict(_))));
    let other = house.app("other", AccessMode::InviteOnly).await;
    assert_eq!(house.desk.renew_invitation(other, id, terms, Reach::Workspace).await.err(), Some(AdminError::NotFound));
}

#[tokio::test]
async fn a_withdrawn_invitation_opens_nothing_and_stays_so() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    let other = house.app("other", AccessMode::InviteOnly).await;
    let invited = house.invite_one(app, "a@x").await;
    let id = invited.view.invitation.id;
    assert_eq!(house.desk.withdraw_invitation(other, id).await, Err(AdminError::NotFound));
    for _ in 0..2 {
        house.desk.withdraw_invitation(app, id).await.unwrap();
    }
    assert_eq!(house.desk.open_invite(app, &code(&invited)).await, Err(EnterError::InviteGone));
    let accepted = house.desk.accept_invite(app, &browser(1), &code(&invited), accept_form(PASSWORD)).await;
    assert_eq!(accepted.err(), Some(EnterError::InviteGone));
    assert!(matches!(
        house.desk.renew_invitation(app, id, Terms::default(), Reach::Workspace).await,
        Err(AdminError::Conflict(_))
    ));
    assert!(house.user("a@x").is_none());
    assert!(house.desk.open_invite(app, &code(&house.invite_one(app, "a@x").await)).await.is_ok());
}

#[tokio::test]
async fn a_list_goes_on_where_it_stopped_and_is_filtered() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    let people = (0..7).map(|number| person(&format!("user{number}@x"))).collect();
    house.desk.invite(app, people, Reach::Workspace).await.unwrap();
    let (mut names, mut after) = (std::collections::HashSet::new(), None);
    loop {
        let part = Window { after, ..window(3) };
        let (rows, next) = house.desk.invitations(app, everything, part).await.unwrap();
        assert!(rows.len() <= 3);
        names.extend(rows.into_iter().map(|row| row.invitation.username.to_string()));
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(names.len(), 7);
    let found = Window { query: Some("USER3".into()), ..window(10) };
    assert_eq!(house.desk.invitations(app, everything, found).await.unwrap().0.len(), 1);
    let by_name = Window { query: Some("ina vited".into()), ..window(10) };
    assert_eq!(house.desk.invitations(app, everything, by_name).await.unwrap().0.len(), 7);
}

#[tokio::test]
async fn a_letter_is_queued_with_its_invitation_and_goes_with_it() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    let terms = Terms { send: true, language: Some(Language::De), ..Terms::default() };
    assert_eq!(house.invite_by(app, "a@x", terms).await.posted, Posted::NoServer);
    with_mail(&house);
    let invited = house.invite_by(app, "a@x", terms).await;
    assert_eq!(invited.posted, Posted::Queued);
    let (id, queued) = (invited.view.invitation.id, house.mails());
    assert_eq!(queued.len(), 1);
    assert_eq!((queued[0].to.as_str(), queued[0].language), ("a@x", Some(Language::De)));
    assert_eq!(queued[0].letter, Letter::Invite { app, invitation: id });
    let renewed = house.desk.renew_invitation(app, id, terms, Reach::Workspace).await.unwrap();
    let again = house.mails();
    assert_eq!((renewed.posted, again.len()), (Posted::Queued, 1), "in the stead of the first one");
    assert_ne!(again[0].id, queued[0].id);
    house.desk.withdraw_invitation(app, id).await.unwrap();
    assert!(house.mails().is_empty());
    assert_eq!(house.invite_by(app, "4711", terms).await.posted, Posted::NoAddress);
    assert_eq!(house.invite_one(app, "b@x").await.posted, Posted::Off);
    assert!(house.mails().is_empty());
}

#[tokio::test]
async fn what_became_of_a_letter_is_told() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    with_mail(&house);
    let invited = house.invite_by(app, "a@x", Terms { send: true, ..Terms::default() }).await;
    let id = invited.view.invitation.id;
    let delivery = async || house.desk.invitation(app, id).await.unwrap().delivery;
    assert_eq!(delivery().await, invited.view.delivery);
    assert_eq!(delivery().await.unwrap().state, DeliveryState::Queued);
    let mail = house.mails().remove(0);
    let failed = Mail { tries: 5, last_error: Some("421 later".into()), ..mail.clone() };
    house.put(Record::Mail(Box::new(failed))).await;
    let told = delivery().await.unwrap();
    assert_eq!(
        (told.state, told.tries, told.last_error.as_deref()),
        (DeliveryState::Stuck, Some(5), Some("421 later"))
    );
    assert!(told.next_try_at.is_some(), "it is still tried");
    // What the post does when the server takes it.
    let code = InviteCode::random();
    let sent = crate::domain::Invitation { mailed: Some(code.id()), ..invited.view.invitation.clone() };
    house.put(Record::Invitation(Box::new(sent))).await;
    house.put(Record::OpensInvitation(code.id(), app, id)).await;
    house.ledger.propose(Proposal::new().remove(Key::Mail(mail.id))).await.unwrap();
    assert_eq!(delivery().await.unwrap().state, DeliveryState::Sent);
    house.desk.renew_invitation(app, id, Terms::default(), Reach::Workspace).await.unwrap();
    assert_eq!(delivery().await, None);
    assert_eq!(house.desk.open_invite(app, &code).await, Err(EnterError::InviteGone), "the mailed one is void, too");
}

#[tokio::test]
async fn thirty_days_after_its_end_an_invitation_is_swept() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    with_mail(&house);
    let long = Terms { valid: 300 * DAY, send: true, ..Terms::default() };
    for name in ["accepted@x", "withdrawn@x", "long@x"] {
        let invited = house.invite_by(app, name, long).await;
        match name {
            "accepted@x" => {
                house.desk.accept_invite(app, &browser(1), &code(&invited), accept_form(PASSWORD)).await.unwrap();
            }
            "withdrawn@x" => house.desk.withdraw_invitation(app, invited.view.invitation.id).await.unwrap(),
            _ => {}
        }
    }
    house.invite_by(app, "expired@x", Terms { send: true, ..Terms::default() }).await;
    house.pass_time(30 * DAY - Duration::from_secs(1));
    house.desk.sweep().await.unwrap();
    assert_eq!(house.names(app, everything).await.len(), 4);
    house.pass_time(Duration::from_secs(2));
    house.desk.sweep().await.unwrap();
    assert_eq!(house.names(app, everything).await, ["expired@x", "long@x"]);
    house.pass_time(14 * DAY);
    house.desk.sweep().await.unwrap();
    assert_eq!(house.names(app, everything).await, ["long@x"]);
    assert_eq!(house.mails().len(), 1, "the letter of the expired one is gone with it");
    assert!(house.store.get(&Key::InvitationFor(app, "expired@x".parse().unwrap())).unwrap().is_none());
}
