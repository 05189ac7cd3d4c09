//! What HTTP/2 lets a peer do without end, and where it ends here (RFC 9113 section 10.5; T20, PITFALLS "what our
//! libraries do not do for us"). The attacker's own connection ends; everybody else's goes on.

use crate::support::frames::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, Frames, GOAWAY, HEADERS, PING, PREFACE, PRIORITY, RST_STREAM,
    SETTINGS, WINDOW_UPDATE, block, frame, get,
};
use crate::support::{App, Gate, Mode, RawClient, Recorder};

const ENHANCE_YOUR_CALM: u32 = 11;
const REFUSED_STREAM: u32 = 7;
const PROTOCOL_ERROR: u32 = 1;

/// With timers that a test can wait for.
fn hasty(recorder: &Recorder) -> Gate {
    let plan = Gate::plan().http2().app(App::new("hmi", Mode::Public, recorder));
    plan.limit("head_timeout = \"1s\"").limit("idle_timeout = \"1s\"").limit("body_timeout = \"1s\"").start()
}

fn over_http2(recorder: &Recorder) -> Gate {
    Gate::plan().http2().app(App::new("hmi", Mode::Public, recorder)).start()
}

/// Sends this for as long as the gateway takes it; the connection has to end.
#[track_caller]
fn flood(frames: &mut Frames, piece: &[u8]) -> Option<u32> {
    let many = piece.repeat(1 + 16_384 / piece.len());
    for _ in 0..2_000 {
        if frames.client.try_send(&many).is_err() {
            return frames.end();
        }
    }
    panic!("a flood of 32 MB is taken without end");
}

#[test]
fn floods_of_frames_that_move_nothing_end_the_connection() {
    let recorder = Recorder::start();
    let gate = over_http2(&recorder);
    let host = gate.site("hmi").host;
    let floods: [(&str, Vec<u8>); 7] = [
        ("PING", frame(PING, 0, 0, &[7; 8])),
        ("SETTINGS", frame(SETTINGS, 0, 0, &[])),
        ("PRIORITY", frame(PRIORITY, 0, 77, &[0, 0, 0, 0, 1])),
        ("WINDOW_UPDATE", frame(WINDOW_UPDATE, 0, 1, &[0, 0, 0, 1])),
        ("of an unknown kind", frame(0xbe, 0, 0, b"grease")),
        ("empty DATA", frame(DATA, 0, 1, &[])),
        ("CONTINUATION", frame(CONTINUATION, 0, 3, &[])),
    ];
    for (name, piece) in floods {
        let mut frames = Frames::open(gate.address(), 65_535);
        let upload = [(":method", "POST"), (":scheme", "http"), (":authority", &*host), (":path", "/upload?tag=flood")];
        frames.request(&upload, END_HEADERS).unwrap();
        if name == "CONTINUATION" {
            frames.send(HEADERS, 0, 3, &block(&get(&host, "/"))).unwrap();
        }
        // The GOAWAY may be lost behind what the gateway did not read any more.
        let code = flood(&mut frames, &piece);
        assert!(matches!(code, None | Some(ENHANCE_YOUR_CALM | PROTOCOL_ERROR)), "{name}: {code:?}");
        gate.visitor("hmi").fetch("/").expect(200);
    }
}

#[test]
fn streams_that_are_reset_as_soon_as_they_begin_end_the_connection() {
    let recorder = Recorder::start();
    let gate = over_http2(&recorder);
    let host = gate.site("hmi").host;
    // By the client (CVE-2023-44487), and by making the gateway do it (CVE-2025-8671).
    let resets: [(u8, &[u8]); 3] =
        [(RST_STREAM, &[0, 0, 0, 8]), (WINDOW_UPDATE, &[0, 0, 0, 0]), (WINDOW_UPDATE, &[0x7f, 0xff, 0xff, 0xff])];
    for (kind, payload) in resets {
        recorder.forget();
        let mut frames = Frames::open(gate.address(), 65_535);
        let rounds = (0..20_000).take_while(|_| {
            let begun = frames.request(&get(&host, "/poll?tag=reset"), END_STREAM | END_HEADERS);
            begun.and_then(|stream| frames.send(kind, 0, stream, payload)).is_ok()
        });
        assert!(rounds.count() < 20_000, "{kind}: resets are taken without end");
        frames.end();
        let reached = recorder.requests().len();
        assert!(reached <= 2_000, "{kind}: {reached} requests at the upstream");
        gate.visitor("hmi").fetch("/").expect(200);
    }
}

#[test]
fn no_more_streams_than_allowed_are_taken() {
    let recorder = Recorder::start();
    let gate = over_http2(&recorder);
    let host = gate.site("hmi").host;
    let mut frames = Frames::open(gate.address(), 65_535);
    let settings = frames.wait(SETTINGS, 0).expect("settings");
    let most = settings.payload.chunks(6).find(|setting| setting[..2] == [0, 3]).map(|setting| setting[5]);
    assert_eq!(most, Some(100));
    for number in 0..100 {
        frames.get(&host, &format!("/poll?tag=stream{number}"));
    }
    recorder.stage().wait_opened("stream99");
    let beyond = frames.get(&host, "/");
    assert_eq!(frames.status(beyond), Err(REFUSED_STREAM));
    recorder.stage().say("stream5", "done");
    assert_eq!(frames.status(11), Ok(200));
    let next = frames.get(&host, "/");
    assert_eq!(frames.status(next), Ok(200));
}

#[test]
fn heads_beyond_their_limit_are_refused_and_the_connection_lives() {
    let recorder = Recorder::start();
    let gate = over_http2(&recorder);
    let host = gate.site("hmi").host;
    let long = "x".repeat(14_000);
    let names: Vec<String> = (0..600).map(|number| format!("x-{number}")).collect();
    let mut frames = Frames::open(gate.address(), 65_535);
    let mut large = get(&host, "/").to_vec();
    large.extend([("x-large", &*long); 5]);
    let mut many = get(&host, "/").to_vec();
    many.extend(names.iter().map(|name| (&**name, "1")));
    for fields in [large, many] {
        let whole = block(&fields);
        let mut pieces = whole.chunks(16_000).peekable();
        let stream = frames.request(&[], 0).unwrap();
        while let Some(piece) = pieces.next() {
            let flags = if pieces.peek().is_none() { END_HEADERS } else { 0 };
            frames.send(CONTINUATION, flags, stream, piece).unwrap();
        }
        assert_eq!(frames.status(stream), Ok(431));
    }
    let stream = frames.get(&host, "/fine");
    assert_eq!(frames.status(stream), Ok(200));
    assert_eq!(recorder.requests().len(), 1);
}

#[test]
fn a_bomb_of_header_fields_is_refused_or_ends_the_connection() {
    let recorder = Recorder::start();
    let gate = over_http2(&recorder);
    let host = gate.site("hmi").host;
    let mut frames = Frames::open(gate.address(), 65_535);
    // One entry of 4 KB in the table, named again and again by one byte each: 60 MB (CVE-2016-6581).
    let mut bomb = block(&get(&host, "/"));
    bomb.extend_from_slice(&[0x40, 1, b'x', 127, 0x80 | 33, 30]);
    bomb.extend_from_slice(&[b'y'; 4000]);
    bomb.extend(std::iter::repeat_n(0xbe, 12_000));
    frames.send(HEADERS, END_STREAM | END_HEADERS, 1, &bomb).unwrap();
    loop {
        match frames.next() {
            None => break,
            Some(answer) if answer.kind == GOAWAY || (answer.stream == 1 && answer.kind != DATA) => break,
            Some(_) => {}
        }
    }
    assert!(recorder.requests().is_empty());
    gate.visitor("hmi").fetch("/").expect(200);
}

#[test]
fn clients_that_say_too_little_are_ended() {
    let recorder = Recorder::start();
    let gate = hasty(&recorder);
    let host = gate.site("hmi").host;
    let hello = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
    let head = block(&get(&host, "/"));
    let beginnings: [(&str, Vec<u8>); 6] = [
        ("half a preface", PREFACE[..10].to_vec()),
        ("a preface", PREFACE.to_vec()),
        ("nothing after the settings", hello.clone()),
        ("half a frame's head", [&hello[..], &[0, 0]].concat()),
        ("half a frame", [&hello, &frame(HEADERS, END_HEADERS, 1, &head)[..12]].concat()),
        ("a head without its end", [&hello[..], &frame(HEADERS, END_STREAM, 1, &head)].concat()),
    ];
    for (name, bytes) in beginnings {
        let mut client = RawClient::connect(gate.address());
        client.send(&bytes);
        // Whoever answers PINGs all the time is idle nonetheless.
        let mut frames = Frames::over_raw(client);
        while frames.next().is_some() {}
        assert!(recorder.requests().is_empty(), "{name}");
    }
}

#[test]
fn a_client_that_never_takes_its_answer_is_ended_at_the_upstream() {
    let recorder = Recorder::start();
    let gate = hasty(&recorder);
    let host = gate.site("hmi").host;
    let mut frames = Frames::open(gate.address(), 0);
    let stalled = frames.get(&host, "/flood?tag=stalled");
    recorder.stage().wait_opened("stalled");
    recorder.stage().wait_ended("stalled");
    while !matches!(frames.next(), Some(reset) if (reset.kind, reset.stream) == (RST_STREAM, stalled)) {}
    let next = frames.get(&host, "/.millgate/healthz");
    assert_eq!(frames.status(next), Ok(200), "the connection lives");
}

#[test]
fn a_body_that_stalls_is_given_up() {
    let recorder = Recorder::start();
    let gate = hasty(&recorder);
    let host = gate.site("hmi").host;
    let mut frames = Frames::open(gate.address(), 65_535);
    let upload = [(":method", "POST"), (":scheme", "http"), (":authority", &*host), (":path", "/upload?tag=stalls")];
    let stream = frames.request(&upload, END_HEADERS).unwrap();
    frames.send(DATA, 0, stream, b"part").unwrap();
    recorder.stage().wait_received("stalls", b"part");
    assert_eq!(frames.status(stream), Ok(408));
    recorder.stage().wait_ended("stalls");
}
