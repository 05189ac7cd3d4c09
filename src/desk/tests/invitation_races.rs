//! An invitation that several people deal with at the same moment: one of them wins, and the others are told so.

use std::sync::Arc;
use std::time::Duration;

use super::invitations::code;
use super::kit::*;
use crate::desk::{AdminError, EnterError, Reach, Standing, Terms};
use crate::domain::AccessMode;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_accepts_of_a_renewed_invitation_one_succeeds() {
    let house = Arc::new(house().await);
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    let id = house.invite_one(app, "4711").await.view.invitation.id;
    let code = Arc::new(code(&house.desk.renew_invitation(app, id, Terms::default(), Reach::Workspace).await.unwrap()));
    let guests: Vec<_> = (0..50)
        .map(|n| {
            let (house, code) = (house.clone(), code.clone());
            tokio::spawn(async move { house.desk.accept_invite(app, &browser(n), &code, accept_form(PASSWORD)).await })
        })
        .collect();
    let mut won = 0;
    for guest in guests {
        match guest.await.unwrap() {
            Ok(_) => won += 1,
            Err(error) => assert_eq!(error, EnterError::InviteGone),
        }
    }
    assert_eq!((won, house.desk.directory().session_count()), (1, 1));
    assert!(matches!(house.standing(app, id).await, Standing::Accepted { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_renewal_and_an_accept_never_both_count() {
    let house = Arc::new(house().await);
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    for round in 0..12 {
        let invited = house.invite_one(app, &format!("u{round}@x")).await;
        let (id, old) = (invited.view.invitation.id, code(&invited));
        let guest = house.clone();
        let accepting =
            tokio::spawn(async move { guest.desk.accept_invite(app, &browser(1), &old, accept_form(PASSWORD)).await });
        tokio::time::sleep(Duration::from_millis(5 * round)).await;
        let renewed = house.desk.renew_invitation(app, id, Terms::default(), Reach::Workspace).await;
        match (accepting.await.unwrap(), renewed) {
            (Ok(_), Err(AdminError::Conflict(_))) => {
                assert!(matches!(house.standing(app, id).await, Standing::Accepted { .. }));
            }
            (Err(EnterError::InviteGone), Ok(new)) => {
                assert_eq!(house.standing(app, id).await, Standing::Pending);
                house.desk.accept_invite(app, &browser(1), &code(&new), accept_form(PASSWORD)).await.unwrap();
            }
            (accepted, renewed) => panic!("round {round}: {accepted:?} {renewed:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_withdrawal_and_an_accept_never_both_count() {
    let house = Arc::new(house().await);
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    for round in 0..12 {
        let name = format!("u{round}@x");
        let invited = house.invite_one(app, &name).await;
        let (id, code) = (invited.view.invitation.id, code(&invited));
        let guest = house.clone();
        let accepting =
            tokio::spawn(async move { guest.desk.accept_invite(app, &browser(1), &code, accept_form(PASSWORD)).await });
        tokio::time::sleep(Duration::from_millis(5 * round)).await;
        let withdrawn = house.desk.withdraw_invitation(app, id).await;
        let accepted = accepting.await.unwrap();
        let standing = house.standing(app, id).await;
        match (accepted, withdrawn) {
            (Ok(_), Err(AdminError::Conflict(_))) => {
                assert!(matches!(standing, Standing::Accepted { .. }) && house.user(&name).is_some());
            }
            (Err(EnterError::InviteGone), Ok(())) => {
                assert!(matches!(standing, Standing::Withdrawn { .. }) && house.user(&name).is_none());
            }
            (accepted, withdrawn) => panic!("round {round}: {accepted:?} {withdrawn:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_calls_for_the_same_people_leave_one_pending_invitation_each() {
    let house = Arc::new(house().await);
    let app = house.app("hmi", AccessMode::InviteOnly).await;
    let calls: Vec<_> = (0..10)
        .map(|_| {
            let house = house.clone();
            tokio::spawn(async move {
                let people = (0..20).map(|n| (invitation(&format!("u{n}@x")), Terms::default())).collect();
                house.desk.invite(app, people, Reach::Workspace).await.unwrap()
            })
        })
        .collect();
    let mut codes = Vec::new();
    for call in calls {
        codes.extend(call.await.unwrap().into_iter().map(|invited| code(&invited.unwrap())));
    }
    let mut open = 0;
    for code in &codes {
        open += u32::from(house.desk.open_invite(app, code).await.is_ok());
    }
    assert_eq!((codes.len(), open), (200, 20));
}
