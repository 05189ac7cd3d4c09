//! The truth table of the five modes, every cell, and every switch between them on live sessions and open WebSockets.

use crate::support::{App, Gate, Mode, Recorder, Response, Visitor};

/// What a visitor has proven so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proofs {
    Nothing,
    Master,
    User,
    UserAndMaster,
    Invited,
}

const PROOFS: [Proofs; 5] = [Proofs::Nothing, Proofs::Master, Proofs::User, Proofs::UserAndMaster, Proofs::Invited];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Pass,
    Ask,
    Refuse,
}

/// The table of the design, as it stands there.
fn verdict(mode: Mode, proofs: Proofs) -> Verdict {
    use Verdict::{Ask, Pass, Refuse};
    let row = match mode {
        Mode::Public => [Pass, Pass, Pass, Pass, Pass],
        Mode::MasterPassword => [Ask, Pass, Ask, Pass, Ask],
        Mode::Signup => [Ask, Ask, Pass, Pass, Pass],
        Mode::SignupAndMasterPassword => [Ask, Ask, Ask, Pass, Ask],
        Mode::InviteOnly => [Ask, Ask, Refuse, Refuse, Pass],
    };
    row[proofs as usize]
}

const EMAILS: [&str; 5] = ["", "", "user@example.com", "both@example.com", "invited@example.com"];

/// A gate with one browser for each kind of proofs.
struct Crowd {
    gate: Gate,
    visitors: Vec<(Proofs, Visitor)>,
}

impl Crowd {
    fn before(recorder: &Recorder) -> Crowd {
        let gate = Gate::before(App::new("hmi", Mode::Public, recorder));
        let visitors = PROOFS.iter().map(|proofs| (*proofs, prove(&gate, *proofs))).collect();
        Crowd { gate, visitors }
    }
}

/// Each proof is given in a mode that asks for it.
fn prove(gate: &Gate, proofs: Proofs) -> Visitor {
    let (api, email) = (gate.api(), EMAILS[proofs as usize]);
    let mut visitor = gate.visitor("hmi");
    match proofs {
        Proofs::Nothing => {
            api.set_access("hmi", Mode::Public);
            visitor.get("/").expect(200);
        }
        Proofs::Master => {
            api.set_access("hmi", Mode::MasterPassword);
            visitor.give_master_password().expect(303);
        }
        Proofs::User => {
            api.set_access("hmi", Mode::Signup);
            visitor.sign_up(email).expect(303);
        }
        Proofs::UserAndMaster => {
            api.set_access("hmi", Mode::SignupAndMasterPassword);
            visitor.sign_up(email).expect(303);
            visitor.give_master_password().expect(303);
        }
        Proofs::Invited => {
            api.set_access("hmi", Mode::InviteOnly);
            let link = api.access_link("hmi", email)["link"].as_str().expect("a link").to_owned();
            visitor.accept(&link).expect(303);
        }
    }
    visitor
}

/// C3, C7, C15. The five modes, every cell; the public one asks nobody.
#[test]
fn every_cell_of_the_truth_table_holds_for_pages() {
    let recorder = Recorder::start();
    let mut crowd = Crowd::before(&recorder);
    for mode in Mode::ALL {
        crowd.gate.api().set_access("hmi", mode);
        for (proofs, visitor) in &mut crowd.visitors {
            recorder.forget();
            let answer = visitor.get("/line/4?speed=1");
            check_page(mode, *proofs, &answer);
            let arrived = !recorder.requests().is_empty();
            assert_eq!(arrived, verdict(mode, *proofs) == Verdict::Pass, "{mode:?} with {proofs:?}");
        }
    }
}

fn check_page(mode: Mode, proofs: Proofs, answer: &Response) {
    let cell = format!("{mode:?} with {proofs:?}: {}", answer.summary());
    match verdict(mode, proofs) {
        Verdict::Pass => {
            assert_eq!(answer.status, 200, "{cell}");
            check_identity(mode, proofs, answer.seen().user(), &cell);
        }
        Verdict::Ask => {
            assert_eq!(answer.status, 303, "{cell}");
            let knows_user = matches!(proofs, Proofs::User | Proofs::UserAndMaster | Proofs::Invited);
            let asks_master = mode == Mode::MasterPassword || mode == Mode::SignupAndMasterPassword && knows_user;
            let page = if asks_master { "master-password" } else { "sign-in" };
            let expected = format!("/.millgate/{page}?return_to=%2Fline%2F4%3Fspeed%3D1");
            assert_eq!(answer.location(), expected, "{cell}");
        }
        Verdict::Refuse => {
            assert_eq!(answer.status, 403, "{cell}");
            answer.page(403);
        }
    }
}

/// Modes without users show the device, the others the user.
fn check_identity(mode: Mode, proofs: Proofs, user: &str, cell: &str) {
    if matches!(mode, Mode::Public | Mode::MasterPassword) {
        assert!(user.starts_with("anon-"), "{cell}");
    } else {
        assert_eq!(user, EMAILS[proofs as usize], "{cell}");
    }
}

/// C3, C15. The same for programs and WebSockets.
#[test]
pub fn every_cell_of_the_truth_table_holds_for_fetch_and_websocket() {
    let recorder = Recorder::start();
    let mut crowd = Crowd::before(&recorder);
    for mode in Mode::ALL {
        crowd.gate.api().set_access("hmi", mode);
        for (proofs, visitor) in &mut crowd.visitors {
            let cell = format!("{mode:?} with {proofs:?}");
            let status = match verdict(mode, *proofs) {
                Verdict::Pass => 200,
                Verdict::Ask => 401,
                Verdict::Refuse => 403,
            };
            let answer = visitor.fetch("/values");
            assert_eq!(answer.status, status, "{cell}: {}", answer.summary());
            if status == 200 {
                visitor.websocket("/ws?tag=cell").assert_alive();
                continue;
            }
            answer.problem(status);
            assert_eq!(visitor.refused_websocket("/ws?tag=cell").status, status, "{cell}");
        }
    }
}

/// Five by five: what the new mode lets through stays, everything else is cut, and the old mode brings it back.
#[test]
pub fn every_switch_of_modes_bites_on_live_sessions_and_open_websockets() {
    let recorder = Recorder::start();
    let mut crowd = Crowd::before(&recorder);
    for from in Mode::ALL {
        for to in Mode::ALL {
            switch(&mut crowd, &recorder, from, to);
        }
    }
}

fn switch(crowd: &mut Crowd, recorder: &Recorder, from: Mode, to: Mode) {
    let api = crowd.gate.api();
    api.set_access("hmi", from);
    let mut sockets = Vec::new();
    for (proofs, visitor) in &crowd.visitors {
        if verdict(from, *proofs) == Verdict::Pass {
            let tag = format!("{from:?}-{to:?}-{proofs:?}");
            let mut socket = visitor.websocket(&format!("/ws?tag={tag}"));
            socket.assert_alive();
            sockets.push((*proofs, tag, socket));
        }
    }
    api.set_access("hmi", to);
    for (proofs, tag, socket) in &mut sockets {
        if verdict(to, *proofs) == Verdict::Pass {
            socket.assert_alive();
            continue;
        }
        let before = recorder.stage().received(tag);
        recorder.stage().say(tag, "too late");
        let _ = socket.try_say("too late as well");
        socket.assert_cut();
        recorder.stage().wait_ended(tag);
        assert_eq!(recorder.stage().received(tag), before, "{from:?} to {to:?} with {proofs:?}");
    }
    for (proofs, visitor) in &mut crowd.visitors {
        let passes = visitor.fetch("/after").status == 200;
        assert_eq!(passes, verdict(to, *proofs) == Verdict::Pass, "{from:?} to {to:?} with {proofs:?}");
    }
}

/// C5. Proofs are kept, and judged by the mode of now.
#[test]
pub fn turning_stricter_and_back_keeps_users_and_sessions() {
    let recorder = Recorder::start();
    let mut crowd = Crowd::before(&recorder);
    let api = crowd.gate.api();
    api.set_access("hmi", Mode::Signup);
    let before = api.users("hmi").len();
    for mode in [Mode::InviteOnly, Mode::SignupAndMasterPassword, Mode::MasterPassword, Mode::Public, Mode::Signup] {
        api.set_access("hmi", mode);
        assert_eq!(api.users("hmi").len(), before);
    }
    for (proofs, visitor) in &mut crowd.visitors {
        let expected = verdict(Mode::Signup, *proofs) == Verdict::Pass;
        assert_eq!(visitor.fetch("/").status == 200, expected, "{proofs:?}");
    }
}

/// C11. A new master password is a new question.
#[test]
pub fn a_new_master_password_voids_the_older_proof_and_the_new_one_opens() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::MasterPassword, &recorder));
    let mut visitor = gate.visitor("hmi");
    visitor.give_master_password().expect(303);
    visitor.get("/").expect(200);
    gate.api().set_master_password("hmi", "another-password");
    visitor.get("/").expect(303);
    visitor.give_master_password().expect(401);
    visitor.give_master_password_of("another-password").expect(303);
    visitor.get("/").expect(200);
}

/// C17. Uninvited is uninvited, also for who is known elsewhere.
#[test]
pub fn a_user_of_another_app_registers_at_first_sign_in_but_never_in_invite_only() {
    let recorder = Recorder::start();
    let plan = Gate::plan().app(App::new("one", Mode::Signup, &recorder)).app(App::new("two", Mode::Signup, &recorder));
    let gate = plan.app(App::new("closed", Mode::InviteOnly, &recorder)).start();
    gate.visitor("one").sign_up("ada@example.com").expect(303);
    let api = gate.api();
    assert!(api.users("two").is_empty());
    let mut visitor = gate.visitor("two");
    visitor.sign_in("ada@example.com").expect(303);
    assert_eq!(visitor.get("/").expect(200).seen().user(), "ada@example.com");
    assert_eq!(api.user("two", "ada@example.com")["invited"], false);

    let mut outsider = gate.visitor("closed");
    outsider.sign_in("ada@example.com");
    assert_ne!(outsider.get("/").status, 200);
    assert!(api.users("closed").is_empty());
}

/// C1. Two apps of one workspace are two doors.
#[test]
pub fn a_session_of_one_app_never_opens_another() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("one", Mode::Signup, &recorder))
        .app(App::new("two", Mode::Signup, &recorder))
        .start();
    let mut visitor = gate.visitor("one");
    visitor.sign_up("ada@example.com").expect(303);
    let (_, token) = visitor.session_cookie().expect("a session");
    let two = gate.api().app("two")["id"].as_str().expect("an id").to_owned();
    let mut stranger = gate.visitor("two");
    stranger.jar = visitor.jar.clone();
    stranger.jar.push((format!("millgate-{two}"), token.to_owned(), "/".to_owned()));
    stranger.get("/").expect(303);
    stranger.fetch("/").problem(401);
}
