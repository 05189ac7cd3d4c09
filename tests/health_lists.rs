//! Apps with several upstreams: shared work, and one that goes away without anybody's request failing.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::json;

use crate::support::api::path;
use crate::support::process::free_port;
use crate::support::recorder::After;
use crate::support::wait::eventually;
use crate::support::{App, Gate, Mode, Recorder, Request};

fn two() -> [Recorder; 2] {
    [Recorder::start(), Recorder::start()]
}

fn gate_before(recorders: &[Recorder; 2], line: &str) -> Gate {
    let urls = recorders.each_ref().map(Recorder::url);
    Gate::plan().one_worker().app(App::before_all("hmi", Mode::Public, &urls).with(line)).start()
}

fn counts(recorders: &[Recorder; 2], path: &str) -> [usize; 2] {
    recorders.each_ref().map(|recorder| recorder.requests_for(path).len())
}

#[test]
fn instances_share_the_work() {
    let recorders = two();
    let gate = gate_before(&recorders, "");
    for _ in 0..20 {
        gate.visitor("hmi").fetch("/share").expect(200);
    }
    assert_eq!(counts(&recorders, "/share"), [10, 10]);
    // A stream that stays open makes its instance the busier one.
    let streams: Vec<_> = (0..2).map(|n| gate.visitor("hmi").stream(&format!("/events?tag=s{n}"))).collect();
    eventually("both streams", || (counts(&recorders, "/events") == [1, 1]).then_some(()));
    drop(streams);
}

#[test]
fn the_loss_of_one_instance_fails_no_get() {
    let [first, second] = two();
    let (port, url) = (first.port(), first.url());
    let gate = Gate::before(
        App::before_all("hmi", Mode::Public, &[url.clone(), second.url()]).with("balance = \"least-connections\""),
    );
    let (over, done) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    gate.visitor("hmi").fetch("/get").expect(200);
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let wait = |more: usize| {
            let goal = done.load(Ordering::Relaxed) + more;
            eventually("requests go on", || (done.load(Ordering::Relaxed) >= goal).then_some(()));
        };
        wait(50);
        drop(first);
        wait(100);
        let back = Recorder::on_port(port);
        eventually("the instance is used again", || back.requests_for("/get").pop());
        wait(50);
        over.store(true, Ordering::Relaxed);
    });
    let log = gate.log();
    assert!(log.contains("an upstream is down") && log.contains("an upstream is back"), "{log}");
}

#[test]
fn what_no_instance_has_got_may_go_to_the_next_whatever_it_is() {
    let recorder = Recorder::start();
    let gone = format!("http://127.0.0.1:{}", free_port());
    let gate = Gate::before(App::before_all("hmi", Mode::Public, &[gone, recorder.url()]));
    for _ in 0..5 {
        gate.visitor("hmi").send(&Request::form("/post", &[("a", "1")])).expect(200);
    }
    assert_eq!(recorder.requests_for("/post").len(), 5);
}

#[test]
fn a_request_that_may_have_been_done_is_not_sent_twice() {
    let recorders = two();
    let gate = gate_before(&recorders, "");
    for recorder in &recorders {
        recorder.answer("/closes", "", After::Close);
    }
    gate.visitor("hmi").send(&Request::form("/closes", &[("a", "1")])).expect(502);
    assert_eq!(counts(&recorders, "/closes").iter().sum::<usize>(), 1);
    gate.visitor("hmi").fetch("/closes").expect(502);
    assert_eq!(counts(&recorders, "/closes").iter().sum::<usize>(), 3, "a GET was tried at both");
}

#[test]
fn a_sticky_visitor_stays_and_comes_back() {
    let [first, second] = two();
    let ports = [first.port(), second.port()];
    let app = App::before_all("hmi", Mode::Public, &[first.url(), second.url()]).with("balance = \"sticky\"");
    let gate = Gate::before(app);
    let mut recorders = [Some(first), Some(second)];
    let at = |recorders: &[Option<Recorder>; 2], path: &str| {
        recorders.iter().position(|held| held.as_ref().is_some_and(|held| !held.requests_for(path).is_empty()))
    };
    let mut visitor = gate.visitor("hmi");
    visitor.get("/home").expect(200);
    let home = at(&recorders, "/home").unwrap();
    for _ in 0..5 {
        visitor.get("/again").expect(200);
    }
    assert_eq!(recorders[home].as_ref().unwrap().requests_for("/again").len(), 5);
    recorders[home] = None;
    visitor.get("/away").expect(200);
    assert_eq!(at(&recorders, "/away"), Some(1 - home));
    recorders[home] = Some(Recorder::on_port(ports[home]));
    eventually("home again", || {
        visitor.get("/back").expect(200);
        (at(&recorders, "/back") == Some(home) || !recorders[home].as_ref()?.requests_for("/back").is_empty())
            .then_some(())
    });
    // Strangers are spread.
    for _ in 0..40 {
        gate.visitor("hmi").get("/spread").expect(200);
    }
    let spread = recorders.each_ref().map(|held| held.as_ref().unwrap().requests_for("/spread").len());
    assert!(spread.iter().all(|count| *count > 0), "{spread:?}");
}

#[test]
fn each_instance_is_called_by_its_own_name() {
    let recorders = two();
    let gate = gate_before(&recorders, "host_header = \"upstream\"");
    for recorder in &recorders {
        let there = format!("HTTP/1.1 302 Found\r\nLocation: {}/there\r\nContent-Length: 0\r\n\r\n", recorder.url());
        recorder.answer("/away", there, After::KeepAlive);
    }
    for _ in 0..4 {
        gate.visitor("hmi").fetch("/name").expect(200);
    }
    for _ in 0..4 {
        let answer = gate.visitor("hmi").fetch("/away").expect(302);
        assert_eq!(answer.header("Location"), Some(gate.site("hmi").url("/there").as_str()));
    }
    for recorder in &recorders {
        let seen = recorder.wait_request("/name");
        assert_eq!(seen.header("Host"), Some(format!("127.0.0.1:{}", recorder.port()).as_str()));
    }
}

#[test]
fn instances_are_set_by_the_api() {
    let recorders = two();
    let gate = gate_before(&recorders, "");
    let api = gate.api();
    let urls = recorders.each_ref().map(Recorder::url);
    assert_eq!(api.app("hmi")["upstreams"], json!(urls));
    api.change(
        "hmi",
        &json!({"upstream": urls[1], "balance": "sticky", "health_path": "/healthz", "health_interval": "5s"}),
    );
    let app = api.app("hmi");
    assert_eq!((&app["upstream"], &app["upstreams"]), (&json!(urls[1]), &json!([urls[1]])));
    assert_eq!((&app["balance"], &app["health_path"]), (&json!("sticky"), &json!("/healthz")));
    api.change("hmi", &json!({"upstreams": urls, "health_path": null}));
    assert_eq!(api.app("hmi")["upstreams"], json!(urls));
    for wrong in [
        json!({"upstream": []}),
        json!({"upstream": [urls[0], urls[0]]}),
        json!({"upstream": urls[0], "upstreams": urls}),
        json!({"upstream": ["ftp://x"]}),
        json!({"balance": "random"}),
        json!({"health_path": "healthz"}),
        json!({"health_interval": "1ms"}),
    ] {
        api.patch(&path("hmi", ""), &wrong).problem(422);
    }
}
