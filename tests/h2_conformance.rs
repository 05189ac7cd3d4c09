//! The cases of the conformance suite h2spec that frames can tell, sent by hand: what RFC 9113 and RFC 7541 forbid ends
//! the stream or the connection, and what they allow does not.

use crate::support::frames::{
    ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, Frames, GOAWAY, HEADERS, PING, PRIORITY, RST_STREAM, SETTINGS,
    WINDOW_UPDATE, block, frame, get,
};
use crate::support::{App, Gate, Mode, Recorder};

const WHOLE: u8 = END_STREAM | END_HEADERS;
const PUSH_PROMISE: u8 = 5;
const PADDED: u8 = 8;
const PRIORITIZED: u8 = 0x20;
const OPAQUE: &[u8; 8] = b"millgate";

#[derive(Debug, PartialEq)]
pub enum Outcome {
    /// The connection lives: it answers a PING that was sent behind.
    Lives,
    Cut,
}

/// What becomes of a connection on which this is sent after the settings.
pub fn outcome(gate: &Gate, bytes: &[u8]) -> Outcome {
    let mut frames = Frames::open(gate.address(), 65_535);
    let _ = frames.client.try_send(bytes);
    let _ = frames.send(PING, 0, 0, OPAQUE);
    let mut asked_again = false;
    while let Some(next) = frames.next() {
        match next.kind {
            GOAWAY if next.code() != 0 => {
                assert_eq!(frames.end(), None, "nothing but the end follows");
                return Outcome::Cut;
            }
            RST_STREAM if next.code() != 0 => return Outcome::Cut,
            // What became of a stream may be told after the first answer; not after the second.
            PING if next.flags & ACK != 0 && next.payload == OPAQUE && asked_again => return Outcome::Lives,
            PING if next.flags & ACK != 0 && next.payload == OPAQUE => {
                asked_again = true;
                let _ = frames.send(PING, 0, 0, OPAQUE);
            }
            _ => {}
        }
    }
    Outcome::Cut
}

#[test]
fn frames_are_held_to_their_rules() {
    let recorder = Recorder::start();
    let gate = Gate::plan().http2().app(App::new("hmi", Mode::Public, &recorder)).start();
    let host = gate.site("hmi").host;
    let head = block(&get(&host, "/.millgate/healthz"));
    let post = [(":method", "POST"), (":scheme", "http"), (":authority", &*host), (":path", "/upload?tag=rules")];
    let upload = frame(HEADERS, END_HEADERS, 1, &block(&post));
    let asked = frame(HEADERS, WHOLE, 1, &head);
    let begun = frame(HEADERS, END_STREAM, 1, &head);
    let reset = [upload.clone(), frame(RST_STREAM, 0, 1, &[0, 0, 0, 8])].concat();
    let after = |first: &[u8], then: Vec<u8>| [first, &then].concat();
    let one = |kind, flags, stream, payload: &[u8]| frame(kind, flags, stream, payload);
    let setting = |id: u8, value: u32| frame(SETTINGS, 0, 0, &[&[0, id][..], &value.to_be_bytes()].concat());
    let padded = [&[255], &head[..]].concat();
    let on_itself = [&[0, 0, 0, 1, 255], &head[..]].concat();
    let cut = [
        ("an unknown block", one(HEADERS, WHOLE, 1, &[0x40, 1])),
        ("a large frame", one(HEADERS, WHOLE, 1, &[0; 16_385])),
        ("large DATA", after(&upload, one(DATA, END_STREAM, 1, &[0; 16_385]))),
        ("PRIORITY within a head", after(&begun, one(PRIORITY, 0, 1, &[0, 0, 0, 0, 255]))),
        ("another head within a head", after(&begun, one(HEADERS, WHOLE, 3, &head))),
        ("DATA within a head", after(&begun, one(DATA, END_STREAM, 1, b"x"))),
        ("DATA of no stream", one(DATA, END_STREAM, 1, b"x")),
        ("a reset of no stream", one(RST_STREAM, 0, 1, &[0, 0, 0, 8])),
        ("a window of no stream", one(WINDOW_UPDATE, 0, 1, &[0, 0, 0, 9])),
        ("CONTINUATION of no head", one(CONTINUATION, END_HEADERS, 1, &head)),
        ("CONTINUATION after a head", after(&asked, one(CONTINUATION, END_HEADERS, 1, &[]))),
        ("a second head", after(&asked, asked.clone())),
        ("a head after a reset", after(&reset, one(HEADERS, WHOLE, 1, &head))),
        ("CONTINUATION after a reset", after(&reset, one(CONTINUATION, END_HEADERS, 1, &head))),
        ("an even stream", one(HEADERS, WHOLE, 2, &head)),
        ("an older stream", after(&one(HEADERS, WHOLE, 5, &head), one(HEADERS, WHOLE, 3, &head))),
        ("a head that depends on itself", one(HEADERS, WHOLE | PRIORITIZED, 1, &on_itself)),
        ("a stream that depends on itself", one(PRIORITY, 0, 1, &[0, 0, 0, 1, 255])),
        ("DATA of the connection", one(DATA, END_STREAM, 0, b"x")),
        ("a head of the connection", one(HEADERS, WHOLE, 0, &head)),
        ("PRIORITY of the connection", one(PRIORITY, 0, 0, &[0, 0, 0, 0, 255])),
        ("a reset of the connection", one(RST_STREAM, 0, 0, &[0, 0, 0, 8])),
        ("CONTINUATION of the connection", after(&begun, one(CONTINUATION, END_HEADERS, 0, &[]))),
        ("SETTINGS of a stream", one(SETTINGS, 0, 1, &[])),
        ("PING of a stream", one(PING, 0, 3, &[0; 8])),
        ("GOAWAY of a stream", one(GOAWAY, 0, 1, &[0; 8])),
        ("more padding than DATA", after(&upload, one(DATA, END_STREAM | PADDED, 1, b"\x06test"))),
        ("more padding than a head", one(HEADERS, WHOLE | PADDED, 1, &padded)),
        ("a short PRIORITY", one(PRIORITY, 0, 1, &[0; 4])),
        ("a short reset", after(&upload, one(RST_STREAM, 0, 1, &[0; 3]))),
        ("short SETTINGS", one(SETTINGS, 0, 0, &[0, 3, 0])),
        ("SETTINGS that confirm and set", one(SETTINGS, ACK, 0, &[0])),
        ("a short PING", one(PING, 0, 0, &[0; 6])),
        ("a short WINDOW_UPDATE", one(WINDOW_UPDATE, 0, 0, &[0; 3])),
        ("a push of 2", setting(2, 2)),
        ("a window too large", setting(4, 1 << 31)),
        ("frames too small", setting(5, 16_383)),
        ("frames too large", setting(5, 1 << 24)),
        ("no more window", one(WINDOW_UPDATE, 0, 0, &[0; 4])),
        ("too much window", one(WINDOW_UPDATE, 0, 0, &[0x7f, 255, 255, 255]).repeat(2)),
        ("a promise of a client", one(PUSH_PROMISE, END_HEADERS, 1, &[&[0, 0, 0, 2], &head[..]].concat())),
        ("a field of no table", one(HEADERS, WHOLE, 1, &[&head[..], &[0xc6]].concat())),
        ("a field of index 0", one(HEADERS, WHOLE, 1, &[&head[..], &[0x80]].concat())),
        ("a table that changes too late", one(HEADERS, WHOLE, 1, &[&head[..], &[0x20]].concat())),
        ("a table too large", one(HEADERS, WHOLE, 1, &[&[0x3f, 0xe2, 0x1f], &head[..]].concat())),
        ("a second head that ends nothing", after(&upload, one(HEADERS, END_HEADERS, 1, &block(&[("x", "y")])))),
    ];
    for (name, bytes) in &cut {
        assert_eq!(outcome(&gate, bytes), Outcome::Cut, "{name}");
    }
    let lives = [
        ("an unknown frame", one(0x16, 0xff, 0, &[0; 8])),
        ("an unknown setting", setting(255, 1)),
        ("PRIORITY of no stream", one(PRIORITY, 0, 7, &[0, 0, 0, 0, 9])),
        ("a PONG that nobody asked for", one(PING, ACK, 0, &[0; 8])),
        ("a reset for an unknown reason", after(&upload, one(RST_STREAM, 0, 1, &[0, 0, 0, 255]))),
        ("a head in pieces", [begun.clone(), one(CONTINUATION, END_HEADERS, 1, &[])].concat()),
        ("the largest DATA", after(&upload, one(DATA, END_STREAM, 1, &[0; 16_384]))),
    ];
    for (name, bytes) in &lives {
        assert_eq!(outcome(&gate, bytes), Outcome::Lives, "{name}");
    }
}
