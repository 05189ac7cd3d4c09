//! User and password: given where they are asked for, and never shown.

use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::super::Login;
use super::server::Script;
use super::*;

const PASSWORD: &str = "correct horse battery";

fn logging_in(server: &Server) -> Config {
    let login = Login { user: "gate@plant.example".into(), password: Zeroizing::new(PASSWORD.into()) };
    Config { login: Some(login), ..config(server) }
}

fn assert_hidden(text: &str) {
    for secret in [PASSWORD.to_owned(), BASE64.encode(PASSWORD.as_bytes()), BASE64.encode(plain().as_bytes())] {
        assert!(!text.contains(&secret), "{text}");
    }
}

fn plain() -> String {
    format!("\0gate@plant.example\0{PASSWORD}")
}

#[tokio::test]
async fn plain_is_preferred_and_masked() {
    let server = Script::new().offering(&["AUTH LOGIN PLAIN"]).start().await;
    let dialogue = mailer(logging_in(&server)).rehearse(&anna(), &letter()).await;
    assert_eq!(dialogue.error, None);
    assert!(server.heard_any(&format!("AUTH PLAIN {}", BASE64.encode(plain().as_bytes()))));
    assert!(dialogue.lines.contains(&"C: AUTH PLAIN ***".to_owned()), "{dialogue:#?}");
    assert_hidden(&format!("{dialogue:?}"));
}

#[tokio::test]
async fn login_is_taken_where_there_is_no_other_and_masked() {
    let server = Script::new().offering(&["AUTH LOGIN"]).start().await;
    let dialogue = mailer(logging_in(&server)).rehearse(&anna(), &letter()).await;
    assert_eq!(dialogue.error, None);
    assert!(server.heard_any(&BASE64.encode(PASSWORD.as_bytes())));
    let said: Vec<&String> = dialogue.lines.iter().filter(|line| line.starts_with("C: ")).skip(1).take(3).collect();
    assert_eq!(said, ["C: AUTH LOGIN", "C: ***", "C: ***"]);
    assert_hidden(&format!("{dialogue:?}"));
}

#[tokio::test]
async fn a_wrong_password_is_the_operators_to_mend() {
    let answer = format!("535-5.7.8 no\r\n535 {} or {PASSWORD} is wrong", BASE64.encode(plain().as_bytes()));
    let server = Script::new().offering(&["AUTH PLAIN"]).on("AUTH", answer).start().await;
    let dialogue = mailer(logging_in(&server)).rehearse(&anna(), &letter()).await;
    assert_eq!(
        dialogue.error.as_deref(),
        Some("the mail server refused the user or the password: 535-5.7.8 no 535 *** or *** is wrong")
    );
    assert_hidden(&format!("{dialogue:?}"));
    let error = mailer(logging_in(&server)).send(&anna(), &letter()).await.unwrap_err();
    assert!(!error.permanent, "{error}");
    assert_hidden(&error.text);
}

#[tokio::test]
async fn a_server_that_wants_no_password_gets_none() {
    let server = Script::new().offering(&["AUTH CRAM-MD5"]).start().await;
    let error = mailer(logging_in(&server)).send(&anna(), &letter()).await.unwrap_err();
    assert!(!error.permanent && error.text.contains("takes no user and password"), "{error}");
    assert!(!server.heard_any("AUTH") && !server.heard_any("MAIL"));
}
