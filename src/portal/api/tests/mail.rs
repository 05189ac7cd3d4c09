//! The mail queue, for keys of the whole account.

use super::*;
use crate::domain::{AppId, Letter, Mail, MailId, Proposal, Record, Timestamp, UserId};
use crate::mail::{Config, Mailer, Security};

impl Program {
    async fn queue(&self, number: u64, tries: u32, error: Option<&str>) {
        let created_at = Timestamp::from_millis(1_800_000_000_000 - i64::try_from(number).unwrap());
        let mail = Mail {
            id: MailId::from_u64(number),
            to: format!("u{number}@plant.example").parse().unwrap(),
            letter: Letter::Reset { app: AppId::from_u64(7), user: UserId::from_u64(1) },
            language: None,
            created_at,
            next_try_at: created_at,
            tries,
            last_error: error.map(str::to_owned),
            is_stuck: tries >= 22,
        };
        self.ledger.propose(Proposal::new().put(Record::Mail(Box::new(mail)))).await.unwrap();
    }
}

#[tokio::test]
async fn what_waits_is_listed_tried_anew_and_deleted() {
    let program = program().await;
    program.queue(1, 0, None).await;
    program.queue(2, 5, Some("the mail server does not talk to us")).await;
    program.queue(3, 22, Some("the mail server refused the recipient")).await;
    let list = program.get("/api/v1/mail?limit=2").await;
    let rows = list.body["items"].as_array().unwrap().clone();
    assert_eq!((rows[0]["to"].as_str(), rows[0]["state"].as_str()), (Some("u3@plant.example"), Some("stuck")));
    assert_eq!((&rows[0]["next_try_at"], rows[0]["tries"].as_u64()), (&Value::Null, Some(22)));
    assert_eq!((rows[1]["state"].as_str(), rows[1]["kind"].as_str()), (Some("stuck"), Some("reset")));
    assert_eq!(rows[1]["next_try_at"], "2027-01-15T07:59:59.998Z");
    let next = list.body["next"].as_str().unwrap();
    let rest = program.get(&format!("/api/v1/mail?cursor={next}")).await;
    assert_eq!((rest.body["items"][0]["state"].as_str(), &rest.body["next"]), (Some("queued"), &Value::Null));
    assert_eq!(rest.body["items"][0]["app"], "0000000000007");
    assert_eq!(program.get("/api/v1/mail?q=talk").await.body["items"].as_array().unwrap().len(), 1);

    let retried = program.send(Method::POST, "/api/v1/mail/0000000000003/retry", None).await;
    assert_eq!((retried.status.as_u16(), retried.body["tries"].as_u64()), (200, Some(22)));
    assert!(retried.body["next_try_at"].is_string(), "{}", retried.body);
    assert_eq!(program.send(Method::DELETE, "/api/v1/mail/0000000000003", None).await.status.as_u16(), 204);
    for (method, path) in [
        (Method::DELETE, "/api/v1/mail/0000000000003"),
        (Method::POST, "/api/v1/mail/0000000000003/retry"),
        (Method::DELETE, "/api/v1/mail/nobody"),
    ] {
        assert_eq!(program.send(method, path, None).await.status.as_u16(), 404, "{path}");
    }
}

#[tokio::test]
async fn it_does_not_exist_for_other_keys() {
    let mut program = program().await;
    program.queue(1, 0, None).await;
    for key in [WORKSPACE, APP] {
        program.key = key;
        assert_eq!(program.get("/api/v1/mail").await.status.as_u16(), 404);
        assert_eq!(program.send(Method::POST, "/api/v1/mail/0000000000001/retry", None).await.status.as_u16(), 404);
        assert_eq!(program.send(Method::DELETE, "/api/v1/mail/0000000000001", None).await.status.as_u16(), 404);
        let test = program.send(Method::POST, "/api/v1/mail/test", Some(json!({"to": "a@plant.example"}))).await;
        assert_eq!(test.status.as_u16(), 404);
    }
    program.key = "";
    assert_eq!(program.get("/api/v1/mail").await.status.as_u16(), 401);
}

#[tokio::test]
async fn a_test_mail_tells_how_it_went() {
    let program = program().await;
    let test = async |body: Value| program.send(Method::POST, "/api/v1/mail/test", Some(body)).await;
    assert_eq!(test(json!({"to": "a@plant.example"})).await.status.as_u16(), 409);
    assert_eq!(test(json!({"to": "nobody", "language": "fr"})).await.status.as_u16(), 422);
    let config = Config {
        host: "127.0.0.1".into(),
        port: 1,
        security: Security::StartTls,
        login: None,
        from: "Millgate <gate@plant.example>".parse().unwrap(),
        ca: None,
    };
    program.desk.set_mailer(Some(Mailer::new(config, Clock::system())));
    let tried = test(json!({"to": "a@plant.example", "language": "de"})).await;
    assert_eq!((tried.status.as_u16(), tried.body["ok"].as_bool()), (200, Some(false)));
    assert!(tried.body["error"].as_str().unwrap().contains("cannot be reached"), "{}", tried.body);
    assert!(tried.body["dialogue"].is_array());
}
