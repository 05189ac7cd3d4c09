//! Nothing is said in plain text, but to this very machine.

use super::server::{Plant, Script};
use super::*;

#[tokio::test]
async fn tls_from_the_first_byte() {
    let plant = Plant::new();
    let server = Script::new().implicit_tls(&plant).start().await;
    let config = Config { security: Security::Implicit, ca: Some(plant.ca.clone()), ..config(&server) };
    let dialogue = mailer(config).rehearse(&anna(), &letter()).await;
    assert_eq!(dialogue.error, None);
    assert_eq!(dialogue.lines[..2], ["C: (TLSv1_3 from here on)", "S: 220 ready"]);
}

#[tokio::test]
async fn starttls_is_taken_where_it_is_offered() {
    let plant = Plant::new();
    let server = Script::new().starttls(&plant).start().await;
    let config = Config { ca: Some(plant.ca.clone()), ..config(&server) };
    let dialogue = mailer(config).rehearse(&anna(), &letter()).await;
    assert_eq!(dialogue.error, None, "{dialogue:#?}");
    let told = |line: &str| dialogue.lines.iter().position(|told| told.starts_with(line)).unwrap();
    assert!(told("C: STARTTLS") < told("C: (TLSv1_3 from here on)"));
    assert!(told("C: (TLSv1_3 from here on)") < told("C: MAIL"));
    assert_eq!(dialogue.lines.iter().filter(|line| line.starts_with("C: EHLO")).count(), 2, "RFC 3207 section 4.2");
}

#[tokio::test]
async fn a_certificate_of_nobody_known_is_refused_on_loopback_too() {
    let plant = Plant::new();
    for script in [Script::new().starttls(&plant), Script::new().implicit_tls(&plant)] {
        let server = script.start().await;
        for security in [Security::Implicit, Security::StartTls] {
            let config = Config { security, ca: Some(Plant::new().ca), ..config(&server) };
            let error = hasty(config).send(&anna(), &letter()).await.unwrap_err();
            assert!(!error.permanent, "{error}");
        }
        assert!(!server.heard_any("MAIL"), "{:?}", server.heard());
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let plant = Plant::new();
    let server = Script::new().implicit_tls(&plant).start().await;
    let config = Config {
        security: Security::Implicit,
        host: "127.0.0.1".into(),
        ca: Some(plant.ca.clone()),
        ..config(&server)
    };
    let error = mailer(config).send(&anna(), &letter()).await.unwrap_err();
    assert!(error.text.starts_with("TLS with 127.0.0.1 failed: "), "{error}");
}

#[tokio::test]
async fn what_somebody_slips_in_before_tls_is_not_believed() {
    let plant = Plant::new();
    let forged = "220 go on\r\n250-evil\r\n250-AUTH PLAIN\r\n250 SMTPUTF8";
    let server = Script::new().starttls(&plant).on("STARTTLS", forged).start().await;
    let config = Config { ca: Some(plant.ca.clone()), ..config(&server) };
    let dialogue = mailer(config).rehearse(&anna(), &letter()).await;
    assert_eq!(dialogue.error, None, "{dialogue:#?}");
    assert!(dialogue.lines.iter().any(|line| line == "S: 250-localhost"));
}

#[tokio::test]
async fn a_refused_starttls_ends_it() {
    let plant = Plant::new();
    let server = Script::new().starttls(&plant).on("STARTTLS", "454 not now").start().await;
    let error = send(&server).await.unwrap_err();
    assert_eq!(error, MailError { permanent: false, text: "the mail server refused STARTTLS: 454 not now".into() });
    assert!(!server.heard_any("MAIL"));
}

#[tokio::test]
async fn what_to_do_about_failing_tls_is_told() {
    let plain = Script::new().start().await;
    let wrong_scheme = Config { security: Security::Implicit, ..config(&plain) };
    let server = Script::new().implicit_tls(&Plant::new()).start().await;
    let unknown = Config { security: Security::Implicit, ca: Some(Plant::new().ca), ..config(&server) };
    for (config, hint) in [(wrong_scheme, "smtp:// for STARTTLS (587)"), (unknown, "as ca_file in [smtp]")] {
        let error = mailer(config).send(&anna(), &letter()).await.unwrap_err();
        assert!(error.text.ends_with(hint), "{error}");
    }
}

#[test]
fn plain_text_stays_on_this_machine() {
    let plain = |ip: &str| super::super::conversation::is_this_machine(ip.parse().unwrap());
    assert!(plain("127.0.0.1") && plain("127.8.8.8") && plain("::1") && plain("::ffff:127.0.0.1"));
    assert!(!plain("10.0.0.1") && !plain("::ffff:10.0.0.1") && !plain("0.0.0.0") && !plain("fe80::1"));
}
