use super::administration::device_session;
use super::kit::*;
use crate::desk::{AdminError, Window};
use crate::domain::{AccessMode, Record};

#[tokio::test]
async fn users_are_listed_with_their_devices_page_by_page() {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    for n in 0..5 {
        house.sign_up(app, &browser(n), &format!("u{n}@x")).await.unwrap();
    }
    house.sign_in(app, &browser(77), "u3@x").await.unwrap();
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let (rows, next) = house.desk.users(app, Window { query: None, limit: 2, after }, None).await.unwrap();
        assert!(rows.len() <= 2);
        seen.extend(rows);
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 5);
    let found =
        house.desk.users(app, Window { query: Some("U3@".into()), limit: 9, after: None }, None).await.unwrap().0;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].devices.len(), found[0].has_password, found[0].invited), (2, true, false));
    assert_eq!(house.desk.user(app, found[0].id).await.unwrap(), found[0]);
    let by_name = house.desk.users(app, Window { query: Some("anna mus".into()), limit: 9, after: None }, None).await;
    assert_eq!(by_name.unwrap().0.len(), 5);
}

#[tokio::test]
async fn sessions_are_listed_with_what_they_prove_now_and_end_one_by_one() {
    let house = house().await;
    let app = house.app("both", AccessMode::SignupAndMasterPassword).await;
    let user = house.sign_up(app, &browser(1), "a@x").await.unwrap().token;
    let master = house.desk.give_master_password(app, &browser(2), given(MASTER)).await.unwrap().token.id();
    house.put(Record::Session(Box::new(device_session(app, 3)))).await;
    let (rows, next) = house.desk.sessions(app, Window { query: None, limit: 3, after: None }).await.unwrap();
    assert_eq!((rows.len(), next), (3, None), "no next page that would be empty");
    let of_user = house.desk.session(app, user.id()).await.unwrap();
    assert_eq!((of_user.username.as_deref(), of_user.proves_user, of_user.proves_master), (Some("a@x"), true, false));
    let of_master = house.desk.session(app, master).await.unwrap();
    assert_eq!((of_master.user, of_master.proves_user, of_master.proves_master), (None, false, true));
    house.desk.end_session(app, user.id()).await.unwrap();
    assert_eq!(house.desk.end_session(app, user.id()).await, Err(AdminError::NotFound));
    assert_eq!(house.desk.session(app, user.id()).await.err(), Some(AdminError::NotFound));
    let other = house.app("other", AccessMode::Public).await;
    assert_eq!(house.desk.end_session(other, master).await, Err(AdminError::NotFound), "not this app's");
}
