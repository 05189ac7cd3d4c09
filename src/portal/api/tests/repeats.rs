//! Programs that ask often, and programs that ask the same thing twice.

use super::*;

const LINKS: &str = "/api/v1/workspaces/default/apps/hmi/access-links";

impl Program {
    async fn wish(&self, key: &str, path: &str, body: &Value) -> Answer {
        let request = Request::post(path).header("idempotency-key", key);
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.key));
        self.raw(request.header(header::CONTENT_TYPE, "application/json").body(body.to_string().into()).unwrap()).await
    }
}

#[tokio::test]
async fn the_same_wish_is_granted_once_and_answered_twice() {
    let mut program = program().await;
    program.create(hmi()).await;
    let ina = json!({"email": "ina@x"});
    let first = program.wish("k1", LINKS, &ina).await;
    let again = program.wish("k1", LINKS, &ina).await;
    assert_eq!((first.status, &first.body), (again.status, &again.body));
    assert_ne!(program.wish("k2", LINKS, &ina).await.body["link"], first.body["link"], "a new wish");
    let app = json!({"name": "b", "url": "http://b.test", "upstream": "http://127.0.0.1:1"});
    let made = program.wish("k1", APPS, &app).await;
    assert_eq!(made.status, StatusCode::CREATED, "another path, another wish");
    let again = program.wish("k1", APPS, &app).await;
    assert_eq!((again.status, &again.body), (StatusCode::CREATED, &made.body));
    assert_eq!(again.headers, made.headers);
    let other = program.wish("k1", LINKS, &json!({"email": "olga@x"})).await;
    assert_eq!(
        (other.status, &other.body["errors"][0]["field"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("Idempotency-Key"))
    );
    program.key = WORKSPACE;
    assert_ne!(program.wish("k1", LINKS, &ina).await.body["link"], first.body["link"], "another program");
}

#[tokio::test]
async fn what_was_refused_may_be_tried_anew() {
    let program = program().await;
    program.create(hmi()).await;
    let wrong = program.wish("k", LINKS, &json!({"email": "nobody"})).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(program.wish("k", LINKS, &json!({"email": "ina@x"})).await.status, StatusCode::OK);
    for key in ["", "a b", &"x".repeat(256)] {
        let answer = program.wish(key, LINKS, &json!({"email": "ina@x"})).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{key}");
    }
    let get = Request::get(APPS).header("idempotency-key", "a b");
    let get = get.header(header::AUTHORIZATION, format!("Bearer {ACCOUNT}")).body(Body::empty()).unwrap();
    assert_eq!(program.raw(get).await.status, StatusCode::OK, "of no account where nothing happens");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_at_once_one_is_at_work() {
    let program = Arc::new(program().await);
    program.create(hmi()).await;
    let tasks: Vec<_> = (0..30)
        .map(|_| {
            let program = program.clone();
            tokio::spawn(async move { program.wish("k", LINKS, &json!({"email": "ina@x"})).await })
        })
        .collect();
    let mut links = std::collections::HashSet::new();
    for task in tasks {
        let answer = task.await.unwrap();
        match answer.status {
            StatusCode::OK => assert!(links.insert(answer.body["link"].to_string()) || links.len() == 1),
            status => assert_eq!(status, StatusCode::CONFLICT),
        }
    }
    assert_eq!(links.len(), 1);
}

#[tokio::test]
async fn a_program_in_a_loop_is_told_to_wait_and_others_are_not() {
    let mut program = program().await;
    program.create(hmi()).await;
    let mut through = 0;
    let refused = loop {
        let answer = program.get(&format!("{APPS}/hmi")).await;
        if answer.status != StatusCode::OK {
            break answer;
        }
        through += 1;
        assert!(through < 5000, "no limit");
    };
    assert!(through >= 199, "{through}");
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers[header::RETRY_AFTER], "1");
    program.key = APP;
    assert_eq!(program.get(&format!("{APPS}/hmi")).await.status, StatusCode::OK);
}
