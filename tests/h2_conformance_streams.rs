//! More of what the conformance suite h2spec tells by frames: heads and bodies in all their spellings are taken, those
//! that are malformed end their stream, and nothing is sent beyond a window.

use crate::h2_conformance::{Outcome, outcome};
use crate::support::frames::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, Frames, HEADERS, PRIORITY, RST_STREAM, SETTINGS, WINDOW_UPDATE, block,
    frame, get,
};
use crate::support::{App, Gate, Mode, Recorder};

const WHOLE: u8 = END_STREAM | END_HEADERS;
const PADDED: u8 = 8;
const PRIORITIZED: u8 = 0x20;
const FLOW_CONTROL_ERROR: u32 = 3;

fn over_http2(recorder: &Recorder) -> Gate {
    Gate::plan().http2().app(App::new("hmi", Mode::Public, recorder)).start()
}

#[test]
fn heads_are_taken_however_they_are_spelled() {
    let recorder = Recorder::start();
    let gate = over_http2(&recorder);
    let host = gate.site("hmi").host;
    let head = block(&get(&host, "/head"));
    let with = |tail: &[u8]| frame(HEADERS, WHOLE, 1, &[&head, tail].concat());
    // `x-a: 1`, with and without Huffman's code; `user-agent: 1` by its index (RFC 7541 section 6.2).
    let (coded, plain) = (b"\x83\xf2\xb0\xff\x81\x0f", b"\x03x-a\x011");
    for kind in [0x40, 0x00, 0x10] {
        for text in [&coded[..], plain] {
            answered(&gate, &with(&[&[kind], text].concat()));
            assert_eq!(recorder.wait_request("/head").header("x-a"), Some("1"), "{kind:x}");
            recorder.forget();
        }
    }
    for name in [&b"\x7a"[..], b"\x0f\x2b", b"\x1f\x2b"] {
        answered(&gate, &with(&[name, b"\x011"].concat()));
        assert_eq!(recorder.wait_request("/head").header("user-agent"), Some("1"));
        recorder.forget();
    }
    let (front, rest) = head.split_at(5);
    let padded = [&[8], &head[..], &[0; 8]].concat();
    let ranked = |stream, on: u8, weight| frame(PRIORITY, 0, stream, &[0, 0, 0, on, weight]);
    let spelled = [
        ("an empty field by its index", with(&[0xba])),
        ("a table of another size", frame(HEADERS, WHOLE, 1, &[&[0x3f, 0x61], &head[..]].concat())),
        ("a table of two other sizes", frame(HEADERS, WHOLE, 1, &[&[0x20, 0x3f, 0xe1, 0x1f], &head[..]].concat())),
        ("padding", frame(HEADERS, WHOLE | PADDED, 1, &padded)),
        ("a priority", frame(HEADERS, WHOLE | PRIORITIZED, 1, &[&[0, 0, 0, 0, 255], &head[..]].concat())),
        ("two pieces", [frame(HEADERS, END_STREAM, 1, front), frame(CONTINUATION, END_HEADERS, 1, rest)].concat()),
        ("PRIORITY before", [ranked(1, 0, 0), with(&[])].concat()),
        ("PRIORITY of a later stream before", [ranked(3, 1, 255), with(&[])].concat()),
    ];
    for (name, bytes) in &spelled {
        answered(&gate, bytes);
        assert_eq!(recorder.wait_request("/head").method, "GET", "{name}");
        recorder.forget();
    }
}

#[track_caller]
fn answered(gate: &Gate, bytes: &[u8]) {
    let mut frames = Frames::open(gate.address(), 65_535);
    frames.client.send(bytes);
    assert_eq!(frames.status(1), Ok(200));
}

#[test]
fn bodies_arrive_whole_however_they_are_cut() {
    let recorder = Recorder::start();
    let gate = over_http2(&recorder);
    let host = gate.site("hmi").host;
    let post = [(":method", "POST"), (":scheme", "http"), (":authority", &*host), (":path", "/in")];
    let head = frame(HEADERS, END_HEADERS, 1, &block(&post));
    let cut = [
        vec![frame(DATA, END_STREAM, 1, b"testtest")],
        vec![frame(DATA, 0, 1, b"test"), frame(DATA, END_STREAM, 1, b"test")],
        vec![frame(DATA, 0, 1, b"testtest"), frame(DATA, END_STREAM, 1, b"")],
        vec![frame(DATA, END_STREAM | PADDED, 1, b"\x06testtest\0\0\0\0\0\0")],
        vec![frame(DATA, 0, 1, b"testtest"), frame(HEADERS, WHOLE, 1, &block(&[("x-sum", "8")]))],
    ];
    for pieces in cut {
        answered(&gate, &[&head[..], &pieces.concat()].concat());
        assert_eq!(recorder.wait_request("/in").body, b"testtest");
        recorder.forget();
    }
}

#[test]
fn what_is_malformed_ends_its_stream_and_reaches_no_upstream() {
    let recorder = Recorder::start();
    let gate = over_http2(&recorder);
    let host = gate.site("hmi").host;
    let whole = get(&host, "/");
    let without = |at: usize| {
        let kept: Vec<_> = whole.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, field)| *field).collect();
        frame(HEADERS, WHOLE, 1, &block(&kept))
    };
    let with = |name, value| frame(HEADERS, WHOLE, 1, &block(&[&whole[..], &[(name, value)]].concat()));
    let tail = |bytes: &[u8]| frame(HEADERS, WHOLE, 1, &[&block(&whole)[..], bytes].concat());
    let post =
        [(":method", "POST"), (":scheme", "http"), (":authority", &*host), (":path", "/"), ("content-length", "1")];
    let upload = frame(HEADERS, END_HEADERS, 1, &block(&post));
    let half = frame(HEADERS, END_HEADERS, 1, &block(&[&post[..4], &[("content-length", "2")]].concat()));
    let data = |flags, bytes: &[u8]| frame(DATA, flags, 1, bytes);
    let malformed = [
        ("no method", without(0)),
        ("no scheme", without(1)),
        ("no path", without(3)),
        ("two methods", with(":method", "GET")),
        ("two schemes", with(":scheme", "http")),
        ("two paths", with(":path", "/")),
        ("an unknown pseudo-field", with(":test", "ok")),
        ("a pseudo-field of answers", with(":status", "200")),
        ("a body longer than said", [upload.clone(), data(END_STREAM, b"test")].concat()),
        // Of a body that is not whole: of one that is, the upstream may have made an answer by then.
        ("a pseudo-field in trailers", [half, data(0, b"x"), frame(HEADERS, WHOLE, 1, &block(&post[..1]))].concat()),
        ("an unknown frame within a head", [frame(HEADERS, 0, 1, &[]), frame(0x16, 0, 0, &[0; 8])].concat()),
        ("a name of no table", tail(&[0x7f, 0x07, 0x00])),
        ("Huffman's code with too much padding", tail(b"\x00\x84\xf2\xb0\xff\xff\x81\x0f")),
        ("Huffman's code padded by zeros", tail(b"\x00\x83\xf2\xb0\xff\x81\x08")),
        ("Huffman's code with its end within", tail(b"\x00\x83\xf2\xb0\xff\x84\xff\xff\xff\xff")),
    ];
    for (name, bytes) in &malformed {
        assert_eq!(outcome(&gate, bytes), Outcome::Cut, "{name}");
        assert!(recorder.requests().is_empty(), "{name}");
    }
    // As much as was said may be with the upstream by then, and nothing behind it.
    let longer = [upload, data(0, b"x"), data(END_STREAM, b"y")].concat();
    assert_eq!(outcome(&gate, &longer), Outcome::Cut);
    assert!(recorder.requests().iter().all(|request| request.body == b"x"));
}

#[test]
fn nothing_is_sent_beyond_a_window() {
    let recorder = Recorder::start();
    let gate = over_http2(&recorder);
    let host = gate.site("hmi").host;
    let window = |size: u8| [0, 4, 0, 0, 0, size];
    let asked = |size| {
        let mut frames = Frames::open(gate.address(), size);
        let stream = frames.get(&host, "/");
        (frames, stream)
    };
    let came = |frames: &mut Frames, stream| frames.wait(DATA, stream).expect("a part of the answer").payload.len();

    let (mut frames, stream) = asked(1);
    assert_eq!(came(&mut frames, stream), 1);

    let (mut frames, stream) = asked(0);
    frames.send(SETTINGS, 0, 0, &[window(100), window(1)].concat()).unwrap();
    assert_eq!(came(&mut frames, stream), 1, "settings count in their order, also for streams that are open");

    let (mut frames, stream) = asked(0);
    frames.send(PRIORITY, 0, stream, &[0, 0, 0, 0, 255]).unwrap();
    frames.send(WINDOW_UPDATE, 0, stream, &[0, 0, 0, 1]).unwrap();
    assert_eq!(came(&mut frames, stream), 1);

    let (mut frames, stream) = asked(3);
    assert_eq!(came(&mut frames, stream), 3);
    frames.send(SETTINGS, 0, 0, &window(2)).unwrap();
    frames.send(WINDOW_UPDATE, 0, stream, &[0, 0, 0, 2]).unwrap();
    assert_eq!(came(&mut frames, stream), 1, "it was one below nothing");

    let (mut frames, stream) = asked(0);
    frames.send(WINDOW_UPDATE, 0, stream, &[0x7f, 255, 255, 255]).unwrap();
    frames.send(WINDOW_UPDATE, 0, stream, &[0x7f, 255, 255, 255]).unwrap();
    let reset = frames.wait(RST_STREAM, stream).expect("an end of the stream only");
    assert_eq!(reset.code(), FLOW_CONTROL_ERROR);
}
