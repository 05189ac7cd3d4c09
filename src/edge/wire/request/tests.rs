use proptest::prelude::*;

use super::*;

fn read(bytes: &[u8]) -> Result<RequestHead, Reject> {
    let mut buffer = Buffer::new();
    let mut input = bytes;
    while !input.is_empty() {
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        let _ = buffer.poll_fill(&mut cx, &mut input);
    }
    let mut head = RequestHead::default();
    match head.take(&mut buffer, 64 * 1024) {
        Ok(true) => Ok(head),
        Ok(false) => Err(Reject::Malformed("incomplete")),
        Err(reject) => Err(reject),
    }
}

#[test]
fn an_ordinary_request_is_read() {
    let head =
        read(b"POST /a?b=c HTTP/1.1\r\nHost: hmi.localhost:8080\r\nContent-Length: 5\r\nX-User: eve\r\n\r\n").unwrap();
    assert_eq!(head.method(), "POST");
    assert_eq!(head.target().path(), "/a");
    assert_eq!(head.host(), "hmi.localhost:8080");
    assert_eq!(head.framing(), BodyFraming::Length(5));
    assert!(!head.wants_close && !head.upgrades);
}

#[test]
fn heads_that_two_readers_take_differently_are_refused() {
    let heads = [
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n X: folded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
        "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
        "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
        "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.2\r\nHost: a\r\n\r\n",
        "GET /\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n",
        "GET /../x HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n",
        "\x16\x03\x01\x02\r\n\r\n",
    ];
    for head in heads {
        assert!(read(head.as_bytes()).is_err(), "{head:?}");
    }
}

#[test]
fn what_connection_names_is_dropped_but_nothing_that_routes_or_frames() {
    let head =
        read(b"GET / HTTP/1.1\r\nHost: a\r\nX-Hop: 1\r\nCookie: a=b\r\nConnection: close, X-Hop, Cookie, Host\r\n\r\n")
            .unwrap();
    let kinds: Vec<Kind> = head.fields.iter().map(|field| field.kind).collect();
    assert_eq!(kinds, [Kind::Host, Kind::Drop, Kind::Cookie, Kind::Connection]);
    assert!(head.wants_close);
}

#[test]
fn a_head_over_the_limit_is_refused_before_it_is_complete() {
    let mut buffer = Buffer::new();
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}", "a".repeat(20_000));
    let mut input = long.as_bytes();
    while !input.is_empty() {
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        let _ = buffer.poll_fill(&mut cx, &mut input);
    }
    assert_eq!(RequestHead::default().take(&mut buffer, 16 * 1024), Err(Reject::TooLarge));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes);
    }

    #[test]
    fn arbitrary_fields_never_panic(name in "[ -~]{0,20}", value in "[ -~\\t\u{80}-\u{ff}]{0,20}") {
        let _ = read(format!("GET / HTTP/1.1\r\nHost: a\r\n{name}:{value}\r\n\r\n").as_bytes());
    }
}

#[test]
fn connection_cannot_name_fields_without_end() {
    let head = |count: usize| {
        let names: Vec<String> = (0..count).map(|number| format!("x-{number}")).collect();
        format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: {}\r\n\r\n", names.join(", "))
    };
    assert!(read(head(32).as_bytes()).is_ok());
    assert_eq!(read(head(33).as_bytes()).unwrap_err(), Reject::Malformed("Connection names too many fields"));
}

#[test]
fn an_upgrade_in_http_10_is_not_meant() {
    let head = read(b"GET / HTTP/1.0\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\n").unwrap();
    assert!(!head.upgrades);
}

#[test]
fn a_large_head_does_not_keep_its_memory() {
    let filler = "a".repeat(60_000);
    let mut head = read(format!("GET / HTTP/1.1\r\nHost: a\r\nX: {filler}\r\n\r\n").as_bytes()).unwrap();
    head.reset();
    assert!(head.bytes.capacity() <= KEPT_BYTES);
}

#[test]
fn one_empty_line_before_a_request_is_skipped_however_it_arrives() {
    const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for (pieces, is_read) in [
        (&[&b"\r\n"[..], GET][..], true),
        (&[b"\r", b"\n", GET], true),
        (&[b"\r\n\r\n", GET], false),
        (&[b"\r\n", b"\r\n", GET], false),
    ] {
        let (mut buffer, mut head, mut answer) = (Buffer::new(), RequestHead::default(), Ok(false));
        for mut piece in pieces.iter().copied() {
            let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
            let _ = buffer.poll_fill(&mut cx, &mut piece);
            answer = answer.and_then(|_| head.take(&mut buffer, 64 * 1024));
        }
        assert_eq!(answer.is_ok_and(|is_there| is_there), is_read, "{pieces:?}");
    }
}
