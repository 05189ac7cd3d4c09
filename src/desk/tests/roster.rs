use super::kit::*;
use crate::desk::{Headcount, Reach, Sort, UserChange, Wish};
use crate::domain::{AccessMode, AppId};

fn wish<T>(sort: Sort, is_descending: bool) -> Wish<T> {
    Wish { query: None, sort, is_descending, limit: 100, after: None, only: None }
}

async fn names(house: &House, app: AppId, wish: Wish<crate::domain::UserId>) -> Vec<String> {
    let roster = house.desk.people(app, false, wish).await.unwrap();
    roster.rows.into_iter().map(|(_, user)| user.username.to_string()).collect()
}

/// Three people, the first seen last.
async fn peopled() -> (House, AppId) {
    let house = house().await;
    let app = house.app("hmi", AccessMode::Signup).await;
    for (n, email) in ["c@x", "a@x", "b@x"].into_iter().enumerate() {
        house.sign_up(app, &browser(u8::try_from(n).unwrap()), email).await.unwrap();
        let user = house.user(email).unwrap().id;
        let change =
            UserChange { given_name: Some(String::new()), family_name: Some(String::new()), ..UserChange::default() };
        house.desk.change_user(app, user, change, Reach::Workspace).await.unwrap();
        house.pass_time(DAY);
    }
    house.sign_in(app, &browser(9), "c@x").await.unwrap();
    (house, app)
}

#[tokio::test]
async fn people_are_listed_in_any_order() {
    let (house, app) = peopled().await;
    for (sort, is_descending, expected) in [
        (Sort::Name, false, ["a@x", "b@x", "c@x"]),
        (Sort::Name, true, ["c@x", "b@x", "a@x"]),
        (Sort::Since, false, ["c@x", "a@x", "b@x"]),
        (Sort::Seen, true, ["c@x", "b@x", "a@x"]),
    ] {
        assert_eq!(names(&house, app, wish(sort, is_descending)).await, expected, "{sort:?} {is_descending}");
    }
    assert_eq!(names(&house, app, wish(Sort::Devices, true)).await[0], "c@x");
    let searched = Wish { query: Some("B@".into()), ..wish(Sort::Name, false) };
    assert_eq!(names(&house, app, searched).await, ["b@x"]);
}

#[tokio::test]
async fn a_long_list_goes_on_behind_a_row_even_when_that_has_gone() {
    let (house, app) = peopled().await;
    let first = Wish { limit: 1, ..wish(Sort::Name, true) };
    let roster = house.desk.people(app, false, first.clone()).await.unwrap();
    assert!(roster.has_more && roster.total == 3);
    let (mark, row) = roster.rows.into_iter().next().unwrap();
    assert_eq!(row.username.as_str(), "c@x");
    house.deregister(app, row.id).await;
    let rest = Wish { after: Some(mark), limit: 10, ..first };
    assert_eq!(names(&house, app, rest).await, ["b@x", "a@x"]);
}

#[tokio::test]
async fn rows_by_their_ids_are_those_that_still_fit() {
    let (house, app) = peopled().await;
    let ids = ["a@x", "b@x"].map(|email| house.user(email).unwrap().id);
    house.deregister(app, ids[1]).await;
    let some = Wish { only: Some(ids.to_vec()), ..wish(Sort::Name, false) };
    assert_eq!(names(&house, app, some).await, ["a@x"]);
}

#[tokio::test]
async fn everybody_is_counted_where_they_stand() {
    let (house, app) = peopled().await;
    house.invite(app, "ina@x").await;
    let count = house.desk.headcount(app).await.unwrap();
    assert_eq!(count, Headcount { people: 3, waiting: 0, pending: 1, devices: 0 });
}
