//! A letter that is taken arrives as it was written, and to whom.

use super::server::Script;
use super::*;

#[tokio::test]
async fn a_letter_arrives_with_its_headers_and_both_its_forms() {
    let server = Script::new().start().await;
    send(&server).await.unwrap();
    assert!(server.heard_any("MAIL FROM:<gate@plant.example>"));
    assert!(server.heard_any("RCPT TO:<anna@example.com>"));
    let letter = server.letter();
    let (head, body) = letter.split_once("\n\n").unwrap();
    for line in [
        "Date: Wed, 04 Mar 2026 09:05:00 +0000",
        "From: Millgate <gate@plant.example>",
        "To: anna@example.com",
        "Subject: Your invitation to Line 4",
        "Auto-Submitted: auto-generated",
        "Content-Language: en",
        "MIME-Version: 1.0",
    ] {
        assert!(head.lines().any(|held| held == line), "{line} is not in\n{head}");
    }
    assert!(head.contains("Message-ID: <") && head.contains("@plant.example>"), "{head}");
    assert!(head.contains("multipart/alternative"), "{head}");
    let plain = body.find("text/plain; charset=utf-8").unwrap();
    assert!(plain < body.find("text/html; charset=utf-8").unwrap(), "the better form comes last");
    assert!(letter.lines().all(|line| line.len() <= 998), "RFC 5322 section 2.1.1");
}

#[tokio::test]
async fn no_title_writes_headers_or_commands() {
    let server = Script::new().start().await;
    let title = "Line 4\r\nBcc: everybody@example.com\r\n\r\n.\r\nMAIL FROM:<x@example.com>\u{2028}Reply-To: x";
    let letter = compose::reset(&occasion(title, Language::De));
    mailer(config(&server)).send(&anna(), &letter).await.unwrap();
    assert!(!server.heard_any("Bcc:") && !server.heard_any("Reply-To:"), "{:?}", server.heard());
    assert_eq!(server.heard().iter().filter(|line| line.starts_with("MAIL")).count(), 1);
}

#[tokio::test]
async fn even_a_letter_with_lone_dots_and_foreign_line_ends_arrives_whole() {
    let server = Script::new().start().await;
    let subject = "a\r\nBcc: b@example.com".to_owned();
    let text = "one\n.\n..two\r\n.\r\nQUIT\rthree\n".to_owned();
    let letter = Composed { subject, text, html: "<p>.</p>".into(), language: "en" };
    mailer(config(&server)).send(&anna(), &letter).await.unwrap();
    assert!(!server.heard_any("Bcc:"));
    assert!(server.letter().contains("<p>.</p>"), "{}", server.letter());
}

#[tokio::test]
async fn an_international_address_is_announced() {
    let joerg: Email = "jörg@müller.example".parse().unwrap();
    let server = Script::new().offering(&["8BITMIME", "SMTPUTF8"]).start().await;
    mailer(config(&server)).send(&joerg, &letter()).await.unwrap();
    assert!(server.heard_any("MAIL FROM:<gate@plant.example> SMTPUTF8 BODY=8BITMIME"), "{:?}", server.heard());
    assert!(server.heard_any("RCPT TO:<jörg@xn--mller-kva.example>"));
    assert!(server.letter().contains("To: jörg@xn--mller-kva.example\n"), "{}", server.letter());
}

#[tokio::test]
async fn an_international_domain_needs_nothing_special() {
    let anna: Email = "anna@müller.example".parse().unwrap();
    let server = Script::new().start().await;
    mailer(config(&server)).send(&anna, &letter()).await.unwrap();
    assert!(server.heard_any("MAIL FROM:<gate@plant.example>"));
}

#[tokio::test]
async fn an_international_address_is_given_up_where_it_cannot_be_written_to() {
    let joerg: Email = "jörg@example.com".parse().unwrap();
    let server = Script::new().offering(&["8BITMIME"]).start().await;
    let error = mailer(config(&server)).send(&joerg, &letter()).await.unwrap_err();
    assert!(error.permanent && error.text.contains("SMTPUTF8"), "{error}");
    assert!(!server.heard_any("MAIL"));
}

#[tokio::test]
async fn a_rehearsal_tells_what_was_said_but_not_the_letter() {
    let server = Script::new().offering(&["8BITMIME"]).start().await;
    let mut dialogue = rehearse(&server).await;
    assert_eq!(dialogue.error, None);
    let size = dialogue.lines.iter_mut().find(|line| line.starts_with("C: (the letter, ")).unwrap();
    "C: (the letter, N bytes)".clone_into(size);
    insta::assert_snapshot!(dialogue.lines.join("\n"), @"
    S: 220 ready
    C: EHLO …
    S: 250-localhost
    S: 250-8BITMIME
    S: 250 SIZE 1000000
    C: MAIL FROM:<gate@plant.example>
    S: 250 fine
    C: RCPT TO:<anna@example.com>
    S: 250 fine
    C: DATA
    S: 354 go on
    C: (the letter, N bytes)
    S: 250 taken
    C: QUIT
    S: 221 bye
    ");
    assert!(server.letter().contains("/.millgate/invite/"));
}
