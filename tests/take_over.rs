//! Restarts that nobody notices: another process takes the listening sockets over, or the service manager holds them.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::AsRawFd;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::support::process::{Process, free_port};
use crate::support::{App, Gate, Mode, RawClient, Recorder, Site, eventually};

/// Browsers that ask again and again, some on connections that stay and some on new ones, until they are told to stop.
struct Crowd {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    threads: Vec<std::thread::JoinHandle<Result<(), String>>>,
}

impl Crowd {
    fn before(site: &Site) -> Crowd {
        let (stop, answered) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let threads = (0..6).map(|number| {
            let (site, stop, answered) = (site.clone(), Arc::clone(&stop), Arc::clone(&answered));
            std::thread::spawn(move || ask_on(&site, number % 2 == 0, &stop, &answered))
        });
        Crowd { threads: threads.collect(), stop, answered }
    }

    fn wait_for(&self, more: usize) {
        let from = self.answered.load(Ordering::SeqCst);
        eventually("they are answered", || (self.answered.load(Ordering::SeqCst) >= from + more).then_some(()));
    }

    #[track_caller]
    fn assert_all_were_answered(self) {
        self.stop.store(true, Ordering::SeqCst);
        for thread in self.threads {
            thread.join().unwrap().unwrap();
        }
    }
}

/// A POST is nothing that a browser would send again.
fn ask_on(site: &Site, stays: bool, stop: &AtomicBool, answered: &AtomicUsize) -> Result<(), String> {
    let mut kept: Option<RawClient> = None;
    while !stop.load(Ordering::SeqCst) {
        let mut client = kept.take().unwrap_or_else(|| site.connect());
        let sent = client.try_send(site.head("POST", "/x") + "Content-Length: 2\r\n\r\nok");
        let answer = sent.ok().and_then(|()| client.try_response("POST")).ok_or("a request was lost")?;
        if answer.status != 200 {
            return Err(answer.summary());
        }
        answered.fetch_add(1, Ordering::SeqCst);
        let closes = answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        kept = (stays && !closes).then_some(client);
    }
    Ok(())
}

#[test]
fn a_second_process_takes_over_under_load_and_no_request_fails() {
    let recorder = Recorder::start();
    let mut gate = Gate::plan()
        .app(App::new("hmi", Mode::Public, &recorder))
        .app(App::new("plc", Mode::Public, &recorder).on_own_port())
        .start();
    let crowds = [Crowd::before(&gate.site("hmi")), Crowd::before(&gate.site("plc"))];
    for round in 1..=3 {
        crowds.iter().for_each(|crowd| crowd.wait_for(50));
        let mut old = gate.take_over();
        assert_eq!(old.wait().code(), Some(0), "round {round}");
        crowds.iter().for_each(|crowd| crowd.wait_for(50));
    }
    for crowd in crowds {
        crowd.assert_all_were_answered();
    }
    assert!(gate.log().contains("another process takes over"), "{}", gate.log());
}

#[test]
fn sessions_streams_and_requests_under_way_see_it_through() {
    let recorder = Recorder::start();
    let mut gate = Gate::before(App::new("hmi", Mode::Signup, &recorder));
    let mut ada = gate.visitor("hmi");
    ada.sign_up("ada@example.com").expect(303);
    let mut socket = ada.websocket("/ws?tag=1");
    socket.assert_alive();
    let mut old = gate.take_over();
    assert_eq!(old.wait().code(), Some(0));
    socket.assert_cut();
    ada.get("/").expect(200);
    ada.websocket("/ws?tag=2").assert_alive();
    assert_eq!(ada.me()["email"], "ada@example.com");
}

#[test]
fn where_none_runs_it_starts_and_a_broken_configuration_takes_nothing_over() {
    let recorder = Recorder::start();
    let mut gate = Gate::before(App::new("hmi", Mode::Public, &recorder));
    gate.terminate();
    gate.take_over();
    gate.site("hmi").bare_get("/").expect(200);
    assert!(gate.log().contains("no gateway runs here"), "{}", gate.log());

    let broken = gate.dir().join("broken.toml");
    std::fs::write(&broken, "workers = \"many\"\n").unwrap();
    let (broken, data) = (broken.display().to_string(), gate.data().display().to_string());
    let outcome = crate::support::process::run(&["--config", &broken, "--data", &data, "serve", "--take-over"]);
    assert_eq!(outcome.code, Some(2));
    gate.site("hmi").bare_get("/").expect(200);
}

/// Whatever becomes of the next process, visitors are served: by the old one, until the next one is ready.
#[test]
fn a_next_process_that_fails_gives_the_place_back() {
    let recorder = Recorder::start();
    let mut gate = Gate::plan()
        .app(App::new("hmi", Mode::Signup, &recorder))
        .table("[metrics]\naddress = \"127.0.0.1:0\"\n".replace(":0", &format!(":{}", free_port())).as_str())
        .start();
    let mut ada = gate.visitor("hmi");
    ada.sign_up("ada@example.com").expect(303);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let text = std::fs::read_to_string(gate.config()).unwrap();
    let next = gate.dir().join("next.toml");
    let attempt = |more: &str| {
        std::fs::write(&next, format!("{text}\n{more}\n")).unwrap();
        let (next, data) = (next.display().to_string(), gate.data().display().to_string());
        crate::support::process::run(&["--config", &next, "--data", &data, "serve", "--take-over"])
    };
    let listen = |address: String| format!("[[listen]]\naddress = \"{address}\"");

    let outcome = attempt(&listen(taken.local_addr().unwrap().to_string()));
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains("the running gateway goes on"), "{}", outcome.stderr);
    assert!(!gate.log().contains("another process takes over"), "it has not even begun to leave");
    ada.get("/").expect(200);

    // On a port that is ours it is found out only when our place is free.
    let outcome = attempt(&listen(format!("192.0.2.77:{}", gate.port())));
    assert_eq!(outcome.code, Some(1));
    ada.get("/").expect(200);
    wait_gone_on(&gate, 1);

    // Killed while it waits for a request to end.
    let poll = ada.start(&crate::support::Request::fetch("/poll?tag=slow"));
    recorder.stage().wait_opened("slow");
    let mut command = crate::support::process::millgate();
    command.arg("--config").arg(gate.config()).arg("--data").arg(gate.data()).args(["serve", "--take-over"]);
    let log = gate.dir().join("killed.log");
    let mut killed = Process::start(command, &log);
    let said = || std::fs::read_to_string(&log).unwrap_or_default();
    eventually("it waits", || said().contains("waiting for the running gateway").then_some(()));
    killed.kill();
    recorder.stage().say("slow", "done");
    drop(poll);
    ada.get("/").expect(200);
    wait_gone_on(&gate, 2);

    // And it can be taken over still, and stopped.
    let mut old = gate.take_over();
    assert_eq!(old.wait().code(), Some(0));
    ada.get("/").expect(200);
    assert_eq!(gate.terminate().code(), Some(0));
}

/// A request on a connection from before may be answered sooner than the end of the next process is noticed.
#[track_caller]
fn wait_gone_on(gate: &Gate, times: usize) {
    eventually("it goes on", || {
        let log = gate.log();
        let (before, after) = log.rsplit_once("going on in its place")?;
        (before.matches("going on in its place").count() + 1 == times && after.contains(" ready ")).then_some(())
    });
}

/// As the gateway is while it starts, and while it comes back.
#[test]
fn who_has_the_store_and_cannot_be_asked_yet_is_waited_for() {
    let recorder = Recorder::start();
    let mut gate = Gate::before(App::new("hmi", Mode::Public, &recorder));
    gate.terminate();
    let store = File::open(gate.data().join("millgate.redb")).unwrap();
    store.lock().unwrap();
    let mut command = crate::support::process::millgate();
    command.arg("--config").arg(gate.config()).arg("--data").arg(gate.data()).args(["serve", "--take-over"]);
    let log = gate.dir().join("next.log");
    let mut next = Process::start(command, &log);
    let says = |what: &str| std::fs::read_to_string(&log).unwrap_or_default().contains(what).then_some(());
    eventually("it waits", || says("cannot be asked yet: waiting"));
    store.unlock().unwrap();
    eventually("it is ready", || {
        assert!(next.exited().is_none());
        says(" ready ")
    });
    gate.visitor("hmi").get("/").expect(200);
}

/// Browsers open connections before they need them, and pages listen to events for days.
#[test]
fn who_says_nothing_and_who_only_listens_hold_up_no_restart() {
    let recorder = Recorder::start();
    let plan = Gate::plan().http2().limit("drain_timeout = \"10m\"").limit("head_timeout = \"10m\"");
    let mut gate = plan.app(App::new("hmi", Mode::Public, &recorder)).start();
    let silent = gate.connect();
    let listener = gate.visitor("hmi").stream("/events?tag=a");
    recorder.stage().wait_opened("a");
    assert_eq!(gate.terminate().code(), Some(0));
    drop((silent, listener));
    assert!(!gate.log().contains("did not end in time"), "{}", gate.log());
}

#[test]
fn sockets_of_the_service_manager_outlive_the_process_and_lose_nobody() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Public, &recorder));
    let (config, data) = (gate.config(), gate.data());
    let (port, plain) = (free_port(), gate.port());
    let site = Site { address: SocketAddr::from(([127, 0, 0, 1], port)), ..gate.site("hmi") };
    let text = std::fs::read_to_string(&config).unwrap();
    let text = text.replace(&format!("address = \"127.0.0.1:{plain}\""), &format!("address = \"127.0.0.1:{port}\""));
    drop(gate);
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join(config.file_name().unwrap());
    std::fs::write(&config, text + &format!("[[listen]]\naddress = \"127.0.0.1:{plain}\"\n")).unwrap();
    let data = dir.path().join(data.file_name().unwrap());

    // As systemd does it: the socket is the third file, whichever process runs.
    let socket = TcpListener::bind(site.address).unwrap();
    let start = || {
        let binary = env!("CARGO_BIN_EXE_millgate");
        let fd = socket.as_raw_fd();
        let line = format!(
            "exec 3<&{fd}; LISTEN_FDS=1 LISTEN_PID=$$ exec {binary} --config {} --data {} serve",
            config.display(),
            data.display()
        );
        let mut command = Command::new("bash");
        command.arg("-c").arg(line);
        Process::start(command, &dir.path().join("log"))
    };
    let log = || std::fs::read_to_string(dir.path().join("log")).unwrap_or_default();
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::empty()).unwrap();
    let mut running = start();
    eventually("it is ready", || log().contains(" ready ").then_some(()));
    let crowd = Crowd::before(&site);
    for _ in 0..3 {
        crowd.wait_for(50);
        running.signal("TERM");
        assert_eq!(running.wait().code(), Some(0), "{}", log());
        running = start();
        crowd.wait_for(50);
    }
    crowd.assert_all_were_answered();
}

#[test]
fn a_configuration_counts_as_soon_as_it_is_written_and_a_broken_one_does_not() {
    let recorder = Recorder::start();
    let mut gate = Gate::before(App::new("hmi", Mode::Public, &recorder));
    let crowd = Crowd::before(&gate.site("hmi"));
    gate.rewrite_config(|plan| plan.add_table("[[app]]\nname = \"broken\""));
    eventually("the errors are told", || gate.log().contains("so the old one stays").then_some(()));
    let added = format!(
        "[[app]]\nname = \"new\"\nurl = \"http://new.localhost:{}\"\nupstream = \"{}\"\naccess = \"public\"",
        gate.port(),
        recorder.url()
    );
    gate.rewrite_config(|plan| {
        plan.drop_tables("[[app]]");
        plan.add_table(&added);
    });
    let mut site = gate.site("hmi");
    site.host = format!("new.localhost:{}", gate.port());
    eventually("the new app is there", || (site.bare_get("/").status == 200).then_some(()));
    crowd.assert_all_were_answered();
}
