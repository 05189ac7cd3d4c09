//! Revoking bites at once on everything a session holds open, and on nothing else (T23, T24).
//!
//! The upstream speaks on a stream only when told to, so "nothing passes after the 2xx" needs no clock: what it is told
//! to say afterwards must not arrive, and what the client sends afterwards must not be received.

use std::io::Read;
use std::time::Duration;

use serde_json::json;

use crate::support::api::{done, id, path};
use crate::support::{App, Gate, Mode, RawClient, Recorder, Request, Socket, Visitor};

/// Everything that one session can hold open at once.
struct Open<'a> {
    recorder: &'a Recorder,
    name: String,
    socket: Socket,
    events: RawClient,
    download: RawClient,
    upload: RawClient,
    poll: RawClient,
}

const KINDS: [&str; 5] = ["ws", "events", "download", "upload", "poll"];

impl<'a> Open<'a> {
    #[track_caller]
    fn by(visitor: &Visitor, recorder: &'a Recorder, name: &str) -> Open<'a> {
        let path = |kind: &str| format!("/{kind}?tag={name}-{kind}");
        let upload = Request::fetch(&path("upload")).header("Transfer-Encoding", "chunked");
        let mut open = Open {
            recorder,
            name: name.to_owned(),
            socket: visitor.websocket(&path("ws")),
            events: visitor.stream(&path("events")),
            download: visitor.stream(&path("download")),
            upload: visitor.start(&Request { method: "POST".to_owned(), ..upload }),
            poll: visitor.start(&Request::fetch(&path("poll"))),
        };
        recorder.stage().wait_opened(&open.tag("poll"));
        open.assert_alive();
        open
    }

    fn tag(&self, kind: &str) -> String {
        format!("{}-{kind}", self.name)
    }

    /// Bytes pass on every stream, in every direction it has.
    #[track_caller]
    fn assert_alive(&mut self) {
        let stage = self.recorder.stage();
        self.socket.assert_alive();
        stage.say(&self.tag("events"), "data: tick\n\n");
        assert!(self.events.read_until(b"data: tick\n\n").is_some(), "{}: SSE is cut", self.name);
        stage.say(&self.tag("download"), "more");
        assert!(self.download.read_until(b"more").is_some(), "{}: the download is cut", self.name);
        self.upload.send("4\r\npart\r\n");
        stage.wait_received(&self.tag("upload"), b"part");
        assert!(!stage.has_ended(&self.tag("poll")), "{}: the long poll is cut", self.name);
    }

    /// The streams can even be finished in the regular way.
    #[track_caller]
    fn assert_untouched(mut self) {
        self.assert_alive();
        self.upload.send("0\r\n\r\n");
        self.upload.response().expect(200);
        self.recorder.stage().say(&self.tag("poll"), "news");
        assert_eq!(self.poll.response().expect(200).text(), "news");
    }

    /// To be called after the 2xx of what revoked them.
    #[track_caller]
    fn assert_cut(mut self) {
        let stage = self.recorder.stage();
        let before: Vec<_> = KINDS.iter().map(|kind| stage.received(&self.tag(kind))).collect();
        for kind in KINDS {
            stage.say(&self.tag(kind), "too late");
        }
        let _ = self.socket.try_say("too late");
        let _ = self.upload.try_send("8\r\ntoo late\r\n");
        self.socket.assert_cut();
        for stream in [&mut self.events, &mut self.download] {
            let rest = String::from_utf8_lossy(&stream.read_to_end()).into_owned();
            assert!(!rest.contains("too late"), "{}: {rest:?}", self.name);
        }
        for answer in [self.upload.try_response("POST"), self.poll.try_response("GET")].into_iter().flatten() {
            assert!(answer.status >= 400 && !answer.text().contains("too late"), "{}", answer.summary());
        }
        for (kind, before) in KINDS.iter().zip(before) {
            let tag = self.tag(kind);
            stage.wait_ended(&tag);
            assert_eq!(stage.received(&tag), before, "{tag}: bytes passed after the answer");
        }
    }
}

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

/// Two apps; Ada is at the first with two browsers and at the second with one, Bob is at the first.
struct Plant {
    gate: Gate,
    ada: Visitor,
    ada_again: Visitor,
    ada_elsewhere: Visitor,
    bob: Visitor,
}

impl Plant {
    /// Both proofs are given by everybody, so that every cause has something to take away.
    fn before(recorder: &Recorder) -> Plant {
        let mode = Mode::SignupAndMasterPassword;
        let gate = Gate::plan().app(App::new("hmi", mode, recorder)).app(App::new("other", mode, recorder)).start();
        let enter = |app: &str, email: &str, new: bool| {
            let mut visitor = gate.visitor(app);
            if new {
                visitor.sign_up(email).expect(303)
            } else {
                visitor.sign_in(email).expect(303)
            };
            visitor.give_master_password().expect(303);
            visitor
        };
        let ada = enter("hmi", ADA, true);
        let (ada_again, ada_elsewhere) = (enter("hmi", ADA, false), enter("other", ADA, false));
        let bob = enter("hmi", BOB, true);
        Plant { gate, ada, ada_again, ada_elsewhere, bob }
    }
}

#[test]
pub fn deleting_a_session_cuts_its_streams_and_no_others() {
    let recorder = Recorder::start();
    let Plant { gate, mut ada, ada_again, ada_elsewhere, bob } = Plant::before(&recorder);
    let cut = Open::by(&ada, &recorder, "ada");
    let others = [&ada_again, &ada_elsewhere, &bob].map(|visitor| Open::by(visitor, &recorder, &visitor_name(visitor)));
    let sid = ada.me()["sid"].as_str().expect("a session id").to_owned();
    gate.api().delete_session("hmi", &sid);
    cut.assert_cut();
    others.into_iter().for_each(Open::assert_untouched);
    ada.get("/").expect(303);
    ada.fetch("/").problem(401);
}

/// C24. Deleting somebody ends what they have open here.
#[test]
pub fn deleting_a_user_cuts_all_their_streams_on_this_app_and_no_others() {
    let recorder = Recorder::start();
    let Plant { gate, mut ada, mut ada_again, mut ada_elsewhere, bob } = Plant::before(&recorder);
    let cut = [Open::by(&ada, &recorder, "ada"), Open::by(&ada_again, &recorder, "again")];
    let others = [&ada_elsewhere, &bob].map(|visitor| Open::by(visitor, &recorder, &visitor_name(visitor)));
    gate.api().delete_user("hmi", ADA);
    cut.into_iter().for_each(Open::assert_cut);
    others.into_iter().for_each(Open::assert_untouched);
    ada.fetch("/").problem(401);
    ada_again.fetch("/").problem(401);
    ada_elsewhere.fetch("/").expect(200);
}

#[test]
pub fn suspending_a_user_or_signing_them_out_cuts_them_everywhere_and_nobody_else() {
    type Cause = fn(&Gate, &str);
    let causes: [Cause; 2] = [
        |gate, user| done(&gate.api().patch(&path("hmi", user), &json!({ "suspended": true }))),
        |gate, user| done(&gate.api().call("POST", &path("hmi", &format!("{user}/sign-out")), None)),
    ];
    for cause in causes {
        let recorder = Recorder::start();
        let Plant { gate, mut ada, ada_again, mut ada_elsewhere, bob } = Plant::before(&recorder);
        let cut =
            [&ada, &ada_again, &ada_elsewhere].map(|visitor| Open::by(visitor, &recorder, &visitor_name(visitor)));
        let other = Open::by(&bob, &recorder, "bob");
        let user = id(&gate.api().user("hmi", ADA));
        cause(&gate, &format!("/users/{user}"));
        cut.into_iter().for_each(Open::assert_cut);
        other.assert_untouched();
        ada.fetch("/").problem(401);
        ada_elsewhere.fetch("/").problem(401);
    }
}

#[test]
pub fn signing_out_cuts_this_browser_and_no_other() {
    let recorder = Recorder::start();
    let Plant { gate: _gate, mut ada, ada_again, ada_elsewhere, bob } = Plant::before(&recorder);
    let cut = Open::by(&ada, &recorder, "ada");
    let others = [&ada_again, &ada_elsewhere, &bob].map(|visitor| Open::by(visitor, &recorder, &visitor_name(visitor)));
    ada.sign_out().expect(303);
    cut.assert_cut();
    others.into_iter().for_each(Open::assert_untouched);
}

/// C5. A stricter mode bites on what is open.
#[test]
pub fn a_stricter_mode_cuts_the_app_and_no_other() {
    let recorder = Recorder::start();
    cuts_the_whole_app(&recorder, |gate| gate.api().set_access("hmi", Mode::InviteOnly));
}

#[test]
pub fn a_new_master_password_cuts_the_app_and_no_other() {
    let recorder = Recorder::start();
    cuts_the_whole_app(&recorder, |gate| gate.api().set_master_password("hmi", "a-new-master-password"));
}

#[test]
pub fn switching_an_app_off_cuts_it_and_no_other() {
    let recorder = Recorder::start();
    cuts_the_whole_app(&recorder, |gate| gate.api().set_running("hmi", false));
}

#[test]
pub fn deleting_an_app_cuts_it_and_no_other() {
    let recorder = Recorder::start();
    cuts_the_whole_app(&recorder, |gate| {
        let answer = gate.api().delete("/api/v1/workspaces/default/apps/hmi");
        assert!((200..300).contains(&answer.status), "{}", answer.summary());
    });
}

#[track_caller]
fn cuts_the_whole_app(recorder: &Recorder, cause: impl FnOnce(&Gate)) {
    let Plant { gate, ada, ada_again, ada_elsewhere, bob } = Plant::before(recorder);
    let cut = [&ada, &ada_again, &bob].map(|visitor| Open::by(visitor, recorder, &visitor_name(visitor)));
    let other = Open::by(&ada_elsewhere, recorder, "elsewhere");
    cause(&gate);
    cut.into_iter().for_each(Open::assert_cut);
    other.assert_untouched();
    for mut visitor in [ada, ada_again, bob] {
        assert_ne!(visitor.fetch("/").status, 200);
    }
}

/// A tag of its own for each browser.
fn visitor_name(visitor: &Visitor) -> String {
    let token = visitor.session_cookie().expect("a session").1;
    token.chars().filter(char::is_ascii_alphanumeric).take(12).collect()
}

/// F2. Settings need no restart, and disturb nobody.
#[test]
pub fn a_setting_that_concerns_nobody_cuts_nobody() {
    let recorder = Recorder::start();
    let Plant { gate, ada, .. } = Plant::before(&recorder);
    let open = Open::by(&ada, &recorder, "ada");
    gate.api().change("hmi", &serde_json::json!({ "title": "Line 5", "access": "signup-and-master-password" }));
    gate.visitor("hmi").sign_up("new@example.com").expect(303);
    gate.api().delete_user("hmi", "new@example.com");
    open.assert_untouched();
}

/// C24. The same for a device without a name.
#[test]
pub fn deleting_a_device_of_a_public_app_cuts_its_streams_and_no_others() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Public, &recorder));
    let [mut one, two] = ["/one", "/two"].map(|path| {
        let mut visitor = gate.visitor("hmi");
        visitor.get(path).expect(200);
        visitor.get(path).expect(200);
        visitor
    });
    let (cut, other) = (Open::by(&one, &recorder, "one"), Open::by(&two, &recorder, "two"));
    let sid = one.me()["sid"].as_str().expect("a session id").to_owned();
    gate.api().delete_session("hmi", &sid);
    cut.assert_cut();
    other.assert_untouched();
    one.get("/").expect(200);
}

#[test]
pub fn a_public_device_keeps_its_streams_when_the_mode_still_lets_it_through() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::MasterPassword, &recorder));
    let mut visitor = gate.visitor("hmi");
    visitor.give_master_password().expect(303);
    let open = Open::by(&visitor, &recorder, "device");
    gate.api().set_access("hmi", Mode::Public);
    open.assert_untouched();
}

#[test]
pub fn a_websocket_whose_101_is_still_on_its_way_is_never_switched() {
    let recorder = Recorder::start();
    let Plant { gate, ada, .. } = Plant::before(&recorder);
    let mut client = ada.start(&ada.handshake("/held?tag=held"));
    recorder.stage().wait_opened("held");
    gate.api().delete_user("hmi", ADA);
    recorder.stage().say("held", "now switch");
    let _ = client.try_send(b"bytes for a socket that is not there");
    if let Some(answer) = client.try_head() {
        assert!(answer.status >= 400, "{}", answer.summary());
    }
    recorder.stage().wait_ended("held");
    assert_eq!(recorder.stage().received("held"), b"");
}

#[test]
pub fn a_paused_client_is_cut_at_the_upstream_too() {
    let recorder = Recorder::start();
    let Plant { gate, ada, .. } = Plant::before(&recorder);
    let mut paused = ada.start(&Request::fetch("/flood?tag=flood"));
    recorder.stage().wait_opened("flood");
    gate.api().delete_user("hmi", ADA);
    recorder.stage().wait_ended("flood");
    // What the kernel already held may still be read, and then it ends.
    paused.read_to_end();
}

/// An upstream that does not read leaves megabytes in the gateway's kernel: they must not arrive after the 2xx.
#[test]
pub fn what_of_an_upload_the_upstream_has_not_taken_is_thrown_away() {
    let listener = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
    listener.set_recv_buffer_size(8 * 1024).expect("a small buffer");
    listener.bind(&"127.0.0.1:0".parse::<std::net::SocketAddr>().unwrap().into()).expect("a port");
    listener.listen(8).expect("a listener");
    let address = listener.local_addr().unwrap().as_socket().expect("an address");
    let gate = Gate::before(App::before("hmi", Mode::Signup, &format!("http://{address}")));
    let mut ada = gate.visitor("hmi");
    ada.sign_up(ADA).expect(303);
    let request = Request::fetch("/upload").header("Content-Length", "50000000");
    let mut client = ada.start(&Request { method: "POST".to_owned(), ..request });
    client.send(vec![b'x'; 1_500_000]);
    let mut upstream: std::net::TcpStream = listener.accept().expect("the gateway connects").0.into();
    upstream.peek(&mut [0]).expect("the request's head");
    gate.api().delete_user("hmi", ADA);
    let (mut received, mut piece) = (0, [0; 64 * 1024]);
    while let Ok(count @ 1..) = upstream.read(&mut piece) {
        received += count;
    }
    assert!(received < 256 * 1024, "{received} bytes passed after the answer");
}

#[test]
pub fn a_kept_alive_connection_is_judged_anew_after_a_revocation() {
    let recorder = Recorder::start();
    let Plant { gate, ada, .. } = Plant::before(&recorder);
    let mut client = ada.start(&Request::fetch("/first"));
    client.response().expect(200);
    gate.api().delete_user("hmi", ADA);
    recorder.forget();
    if client.try_send(ada.text(&Request::fetch("/second"))).is_ok()
        && let Some(answer) = client.try_response("GET")
    {
        answer.problem(401);
    }
    assert!(recorder.requests().is_empty());
}

#[test]
pub fn a_sign_in_that_is_half_done_when_its_user_is_deleted_gives_no_session() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder));
    gate.visitor("hmi").sign_up(ADA).expect(303);
    let mut late = gate.visitor("hmi");
    let text =
        late.text(&Request::form("/.millgate/sign-in", &[("email", ADA), ("password", crate::support::PASSWORD)]));
    let (first, rest) = text.split_at(text.len() - 5);
    let mut client = late.site.connect();
    client.send(first);
    gate.api().delete_user("hmi", ADA);
    client.send(rest);
    let answer = client.response().expect(401);
    late.keep_cookies(&answer);
    late.fetch("/").problem(401);
}

#[test]
pub fn hundreds_of_sockets_of_one_user_are_all_cut() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder));
    let mut visitor = gate.visitor("hmi");
    visitor.sign_up(ADA).expect(303);
    // A test machine has 1,024 descriptors for both ends; the benchmark opens ten thousand.
    let mut sockets: Vec<Socket> = (0..200).map(|_| visitor.websocket("/ws?tag=many")).collect();
    gate.api().delete_user("hmi", ADA);
    sockets.iter_mut().for_each(Socket::assert_cut);
}

/// An answer may be written whole while the visitor pauses; what the kernel still holds of it must not arrive later.
#[test]
fn an_idle_connection_of_an_ended_session_is_closed_with_what_it_still_holds() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder));
    let mut ada = gate.visitor("hmi");
    ada.sign_up(ADA).expect(303);
    let mut bob = gate.visitor("hmi");
    bob.sign_up("bob@example.com").expect(303);
    let mut idle = ada.start(&Request::fetch("/answered"));
    idle.response().expect(200);
    let mut other = bob.start(&Request::fetch("/answered"));
    other.response().expect(200);
    gate.api().delete_user("hmi", ADA);
    assert!(idle.read_to_end().is_empty());
    assert!(other.is_silent_for(Duration::from_millis(100)), "the connection of somebody else");
}
