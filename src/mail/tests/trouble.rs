//! Servers that refuse, stall, babble and lie.

use proptest::prelude::*;

use super::server::{Reply, Script};
use super::*;

#[tokio::test]
async fn only_the_letter_or_its_recipient_is_refused_for_good() {
    let cases = [
        ("", "554 go away", false),
        ("", "421 busy", false),
        ("EHLO", "502 no", false),
        ("MAIL", "451 later", false),
        ("MAIL", "550 unknown sender", false),
        ("RCPT", "450 greylisted", false),
        ("RCPT", "452 full", false),
        ("RCPT", "550-5.1.1 no\r\n550 5.1.1 such user", true),
        ("RCPT", "571 a code of its own", true),
        ("RCPT", "530 authenticate first", false),
        ("DATA", "554 no", true),
        (".", "554 this is spam", true),
        (".", "451 the disk is full", false),
    ];
    for (command, reply, permanent) in cases {
        let server = Script::new().on(command, reply).start().await;
        let error = send(&server).await.unwrap_err();
        assert_eq!(error.permanent, permanent, "{command} {reply}: {error}");
        let told = reply.replace("\r\n", " ");
        assert!(error.text.ends_with(&told), "{command} {reply}: {error}");
    }
}

#[tokio::test]
async fn a_server_that_stalls_is_left() {
    for command in ["", "EHLO", "MAIL", "RCPT", "DATA", "."] {
        let server = Script::new().doing(command, Reply::Stall).start().await;
        let dialogue = hasty(config(&server)).rehearse(&anna(), &letter()).await;
        let error = dialogue.error.unwrap();
        assert!(error.starts_with("the mail server "), "{command}: {error}");
        assert_eq!(dialogue.lines.is_empty(), command.is_empty(), "what was said until then is told");
    }
}

#[tokio::test]
async fn a_letter_that_was_taken_is_not_sent_twice_over_a_farewell() {
    for reply in [Reply::Stall, Reply::HangUp, Reply::Babble(b"x")] {
        let server = Script::new().doing("QUIT", reply).start().await;
        hasty(config(&server)).send(&anna(), &letter()).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_is_tried_again() {
    for command in ["", "EHLO", "MAIL", "RCPT", "DATA", "."] {
        let server = Script::new().doing(command, Reply::HangUp).start().await;
        let error = send(&server).await.unwrap_err();
        assert!(!error.permanent, "{command}: {error}");
    }
}

#[tokio::test]
async fn a_reply_without_end_is_cut_off() {
    for babble in [&b"2"[..], b"250-more\r\n", b"250-\r\n", b"\r\n", b"\0\0\0\0", b"\xff\xfe\n"] {
        for command in ["", "EHLO", "RCPT"] {
            let server = Script::new().doing(command, Reply::Babble(babble)).start().await;
            let dialogue = mailer(config(&server)).rehearse(&anna(), &letter()).await;
            assert!(dialogue.error.is_some(), "{command} {babble:?}");
            let size: usize = dialogue.lines.iter().map(String::len).sum();
            assert!(size < 256 * 1024, "{command} {babble:?}: {size} bytes");
        }
    }
}

#[tokio::test]
async fn odd_but_understandable_replies_are_understood() {
    let server = Script::new()
        .on("", "220-\r\n220- \r\n220  ")
        .on("EHLO", b"250-\xfcber\xe4\r\n250- \r\n250-\t\r\n250 8BITMIME")
        .doing("MAIL", Reply::Say(b"250 bare line feed\n".to_vec()))
        .on("RCPT", "250")
        .start()
        .await;
    send(&server).await.unwrap();
}

#[tokio::test]
async fn nobody_there_is_told() {
    let server = Script::new().start().await;
    let port = std::net::TcpListener::bind(("localhost", 0)).unwrap().local_addr().unwrap().port();
    let error = mailer(Config { port, ..config(&server) }).send(&anna(), &letter()).await.unwrap_err();
    assert!(!error.permanent && error.text.contains(&format!("localhost port {port} cannot be reached")), "{error}");
    let error = mailer(Config { host: "no-such-host.invalid".into(), ..config(&server) });
    assert!(!error.send(&anna(), &letter()).await.unwrap_err().permanent);
}

#[tokio::test]
async fn what_a_server_says_stays_on_its_line() {
    let server = Script::new().on("RCPT", "550 a\x1b[31mb\rS: 250 forged").start().await;
    let dialogue = rehearse(&server).await;
    assert!(dialogue.lines.iter().all(|line| !line.contains(char::is_control)), "{dialogue:?}");
    assert!(!dialogue.error.unwrap().contains(char::is_control));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_reply_brings_the_gateway_down(
        command in prop::sample::select(&["", "EHLO", "MAIL", "RCPT", "DATA", ".", "QUIT"][..]),
        reply in "([245][0-9][0-9][ -]?[ -~\t\u{e4}]{0,6}(\r\n|\n|\r)?){0,6}",
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let server = Script::new().doing(command, Reply::Say(reply.into_bytes())).start().await;
            let mailer = Mailer { limit: Duration::from_millis(50), ..mailer(config(&server)) };
            let _ = mailer.send(&anna(), &letter()).await;
        });
    }
}
