//! Apps by the console's pages, without a script: publish, change who may enter, set up, invite, stop, move, delete.

use crate::support::api::{id, path};
use crate::support::forms::Form;
use crate::support::page::{tag_with, unescape};
use crate::support::{App, Gate, MASTER, Member, Mode, Recorder, Response, Site};

const ADA: &str = "ada@example.com";
const HMI: &str = "/w/default/apps/hmi";

/// The words, in the order in which they grow stricter.
const WORDS: [(Mode, &str); 5] = [
    (Mode::Public, "Anyone can use the app"),
    (Mode::MasterPassword, "Users must provide a master password"),
    (Mode::Signup, "Users have to sign up"),
    (Mode::SignupAndMasterPassword, "Users have to sign up and provide a master password"),
    (Mode::InviteOnly, "Only previously invited users can log in"),
];

fn gate_in(mode: Mode, recorder: &Recorder) -> Gate {
    Gate::before(App::new("hmi", mode, recorder).with("title = \"Line 4\""))
}

/// The form of a page that has this field.
#[track_caller]
fn form_with(owner: &mut Member, at: &str, field: &str) -> Form {
    let page = owner.page(at);
    form_in(at, &page, field)
}

#[track_caller]
fn form_in(at: &str, page: &str, field: &str) -> Form {
    let mut forms = Form::all(at, page).into_iter().filter(|form| form.action.starts_with("/w/"));
    let found = forms.find(|form| form.value(field).is_some());
    found.unwrap_or_else(|| panic!("no form with {field} at {at}: {page}"))
}

/// Presses on until something else than a question comes: a confirmation is the same form once more.
#[track_caller]
fn confirm(owner: &mut Member, form: &Form, field: &str) -> Response {
    let answer = owner.submit(form);
    if answer.status != 200 {
        return answer;
    }
    let again = form_in(&form.action, &answer.page(200), field);
    owner.submit(&again)
}

/// Where the form's answer leads, which is a page.
#[track_caller]
fn land(owner: &mut Member, answer: &Response) -> String {
    owner.browser.follow(answer).page(200)
}

/// C1, C3. The five modes are told in words of people, each with what it means.
#[test]
fn the_five_modes_are_offered_in_their_words() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let mut owner = Member::first(&gate);
    let page = unescape(&owner.page(&format!("{HMI}/access")));
    for (mode, words) in WORDS {
        assert!(page.contains(words), "{words}: {page}");
        assert!(page.contains(&format!("value=\"{}\"", mode.as_str())), "{}", mode.as_str());
    }
    let form = form_with(&mut owner, &format!("{HMI}/access"), "access");
    assert_eq!(form.value("access"), Some("signup"), "the mode of now is chosen");
    assert!(!page.contains(MASTER));
}

/// C6. Before a mode is changed, the page says how many live sessions it will touch; only then it is done.
#[test]
fn a_change_of_mode_names_the_live_sessions_before_it_is_made() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let mut owner = Member::first(&gate);
    let mut people: Vec<_> = (0..3).map(|_| gate.visitor("hmi")).collect();
    for (n, visitor) in people.iter_mut().enumerate() {
        visitor.sign_up(&format!("user{n}@example.com")).expect(303);
        visitor.get("/").expect(200);
    }
    let form = form_with(&mut owner, &format!("{HMI}/access"), "access").with("access", "invite-only");
    let question = owner.submit(&form).page(200);
    let text = unescape(&question);
    assert!(text.contains('3') && text.contains("session"), "{text}");
    assert_eq!(gate.api().app("hmi")["access"], "signup", "nothing is done yet");
    people[0].get("/").expect(200);
    let yes = form_in(&form.action, &question, "access");
    owner.submit(&yes).expect(303);
    assert_eq!(gate.api().app("hmi")["access"], "invite-only");
    for visitor in &mut people {
        assert!(matches!(visitor.get("/").status, 303 | 403));
    }
}

#[test]
fn a_change_that_touches_nobody_says_so() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::InviteOnly, &recorder);
    let mut owner = Member::first(&gate);
    for (mode, _) in WORDS {
        let at = format!("{HMI}/access");
        let form = form_with(&mut owner, &at, "access").with("access", mode.as_str());
        confirm(&mut owner, &form, "access").expect(303);
        assert_eq!(gate.api().app("hmi")["access"], mode.as_str());
    }
}

/// C8, C11. The master password is set here, asked for where it is missing, and never shown again.
#[test]
fn the_master_password_is_set_here_and_never_shown() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Public, &recorder).with("# no master_password"));
    let mut owner = Member::first(&gate);
    let at = format!("{HMI}/access");
    let form = form_with(&mut owner, &at, "access").with("access", "master-password").with("master_password", "");
    let answer = owner.submit(&form);
    let page = answer.page(422);
    let tag = tag_with(&page, "name=\"master_password\"").expect("the field");
    assert!(tag.contains("aria-invalid=\"true\""), "{tag}");
    assert_eq!(gate.api().app("hmi")["access"], "public");
    let form = form.with("master_password", "a-new-master-password");
    let question = owner.submit(&form);
    assert!(!question.text().contains("a-new-master-password") || question.status == 200);
    if question.status == 200 {
        let page = question.page(200);
        let again = form_in(&form.action, &page, "access").with("master_password", "a-new-master-password");
        owner.submit(&again).expect(303);
    }
    assert!(!owner.page(&at).contains("a-new-master-password"));
    let mut visitor = gate.visitor("hmi");
    visitor.give_master_password_of("a-new-master-password").expect(303);
    visitor.get("/").expect(200);
}

/// Three steps: the upstream, which is tried at once; how it is called and who may enter; the link.
#[test]
fn an_app_is_published_step_by_step() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let mut owner = Member::first(&gate);
    let url = format!("http://press.localhost:{}", gate.port());
    let given = [
        ("upstream", recorder.url()),
        ("title", "Press <7>".to_owned()),
        ("name", "press".to_owned()),
        ("address", "own".to_owned()),
        ("url", url.clone()),
        ("access", "public".to_owned()),
    ];
    let at = "/w/default/apps/new";
    let mut page = owner.page(at);
    let mut place = at.to_owned();
    for _ in 0..6 {
        let found = Form::all(&place, &page).into_iter().find(|form| form.action.starts_with(at));
        let Some(mut form) = found else { break };
        for (name, value) in &given {
            if page.contains(&format!("name=\"{name}\"")) {
                form = form.with(name, value);
            }
        }
        let answer = owner.submit(&form);
        place = form.action;
        if answer.status == 303 {
            place = owner.browser.local(answer.location());
            page = land(&mut owner, &answer);
        } else {
            page = answer.page(200);
        }
    }
    let app = gate.api().app("press");
    assert_eq!(
        (app["title"].as_str(), app["access"].as_str(), app["upstream"].as_str()),
        (Some("Press <7>"), Some("public"), Some(&*recorder.url()))
    );
    assert!(page.contains("press.localhost") && page.contains("<svg"), "link and code: {page}");
    assert!(!page.contains("Press <7>"), "escaped");
    let site = Site { host: format!("press.localhost:{}", gate.port()), ..gate.console() };
    site.bare_get("/works").expect(200);
}

/// What the upstream answered is said before anything is made; an unreachable one can be published all the same.
#[test]
fn an_upstream_is_tried_at_once() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let mut owner = Member::first(&gate);
    let at = "/w/default/apps/new";
    let form = form_with(&mut owner, at, "upstream");
    let good = owner.submit(&form.with("upstream", &recorder.url()));
    let good = if good.status == 303 { land(&mut owner, &good) } else { good.page(200) };
    assert!(good.contains("200"), "what it answered: {good}");
    let form = form_with(&mut owner, at, "upstream");
    let port = crate::support::process::free_port();
    let bad = owner.submit(&form.with("upstream", &format!("http://127.0.0.1:{port}")));
    let bad = if bad.status == 303 { land(&mut owner, &bad) } else { bad.text() };
    assert!(bad.contains("refused"), "why it did not answer: {bad}");
    for wrong in ["", "no url", "gopher://x", "javascript:alert(1)"] {
        let form = form_with(&mut owner, at, "upstream").with("upstream", wrong);
        let page = owner.submit(&form).page(422);
        let tag = tag_with(&page, "name=\"upstream\"").expect("the field");
        assert!(tag.contains("aria-invalid=\"true\""), "{wrong}: {tag}");
    }
    assert_eq!(gate.api().list("/api/v1/apps").len(), 1);
}

/// A gateway must not be a way to look around: the trial tells how it went and not what is there.
#[test]
fn the_trial_shows_nothing_of_what_it_read() {
    let recorder = Recorder::start();
    recorder.answer(
        "/",
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Secret: of-the-head\r\nContent-Length: 11\r\n\r\nof-the-body",
        crate::support::recorder::After::Close,
    );
    let gate = gate_in(Mode::Signup, &recorder);
    let mut owner = Member::first(&gate);
    let form = form_with(&mut owner, "/w/default/apps/new", "upstream").with("upstream", &recorder.url());
    let answer = owner.submit(&form);
    let page = if answer.status == 303 { land(&mut owner, &answer) } else { answer.text() };
    assert!(!page.contains("of-the-head") && !page.contains("of-the-body"), "{page}");
    let tried = recorder.requests();
    assert!(
        tried.iter().all(|request| request.header("cookie").is_none() && request.header("authorization").is_none())
    );
}

#[test]
fn settings_are_changed_and_errors_stand_beside_their_fields() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let mut owner = Member::first(&gate);
    let at = format!("{HMI}/settings");
    let form = form_with(&mut owner, &at, "title").with("title", "Line \"5\" & <6>");
    let answer = owner.submit(&form).expect(303);
    let page = land(&mut owner, &answer);
    assert!(!page.contains("<6>"), "escaped");
    assert_eq!(gate.api().app("hmi")["title"], "Line \"5\" & <6>");
    let form = form_with(&mut owner, &at, "upstream").with("upstream", "no url");
    let page = owner.submit(&form).page(422);
    let tag = tag_with(&page, "name=\"upstream\"").expect("the field");
    assert!(tag.contains("aria-invalid=\"true\"") && tag.contains("aria-describedby"), "{tag}");
    assert!(page.contains("no url"), "what was typed is kept");
    let app = gate.api().app("hmi");
    assert_eq!(app["upstream"].as_str().map(|url| url.trim_end_matches('/').to_owned()), Some(recorder.url()));
    assert_eq!(app["title"], "Line \"5\" & <6>", "nothing of a refused form is done");
}

/// F1. Run and stop by a switch on the app's page.
#[test]
fn an_app_is_stopped_and_run_by_its_page() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Public, &recorder);
    let mut owner = Member::first(&gate);
    let stop = owner.form(HMI, "/run");
    owner.submit(&stop).expect(303);
    assert_eq!(gate.api().app("hmi")["running"], false);
    gate.visitor("hmi").get("/").page(503);
    let run = owner.form(HMI, "/run");
    owner.submit(&run).expect(303);
    gate.visitor("hmi").get("/").expect(200);
}

/// Submits, and confirms where a question comes.
#[track_caller]
fn confirm_by_action(owner: &mut Member, form: &Form, action: &str) {
    let answer = owner.submit(form);
    if answer.status == 200 {
        let again = Form::on(&form.action, &answer.page(200), action);
        owner.submit(&again).expect(303);
    } else {
        answer.expect(303);
    }
}

#[test]
fn copy_move_and_delete_are_pages_of_their_own() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let mut owner = Member::first(&gate);
    owner.makes_workspace("packaging", "Packaging");
    gate.visitor("hmi").sign_up(ADA).expect(303);
    let url = format!("http://copy.localhost:{}", gate.port());
    let copy = owner.form(&format!("{HMI}/settings/copy"), "/copy").with("name", "copy").with("url", &url);
    let answer = owner.submit(&copy).expect(303);
    land(&mut owner, &answer);
    assert_eq!(gate.api().app("copy")["title"], "Line 4");
    let moved = owner.form("/w/default/apps/copy/settings/move", "/move").with("workspace", "packaging");
    confirm_by_action(&mut owner, &moved, "/move");
    owner.page("/w/packaging/apps/copy");
    let page = owner.page(&format!("{HMI}/settings/delete"));
    assert!(unescape(&page).contains("Line 4"), "what goes is named: {page}");
    let delete = owner.form(&format!("{HMI}/settings/delete"), "/delete");
    assert!(delete.value("confirm").is_none_or(str::is_empty), "a click by mistake deletes nothing");
    let delete = if page.contains("name=\"confirm\"") { delete.with("confirm", "hmi") } else { delete };
    confirm_by_action(&mut owner, &delete, "/delete");
    gate.api().get(&path("hmi", "")).problem(404);
}

/// C21, C22, C24. Users by name and address, each on a page with devices and sessions, deleted with a question.
#[test]
fn users_are_listed_and_deleted_by_pages() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Signup, &recorder);
    let mut owner = Member::first(&gate);
    let mut ada = gate.visitor("hmi");
    ada.sign_up(ADA).expect(303);
    gate.visitor("hmi").sign_up("bob@example.com").expect(303);
    let page = owner.page(&format!("{HMI}/users"));
    for text in [ADA, "Ada Lovelace", "bob@example.com"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let found = owner.page(&format!("{HMI}/users?q=bob"));
    assert!(found.contains("bob@example.com") && !found.contains(ADA));
    let at = format!("{HMI}/users/{}", id(&gate.api().user("hmi", ADA)));
    let page = owner.page(&at);
    assert!(page.contains("127.0.0.1") && page.contains("Chrome"), "devices: {page}");
    let delete = owner.form(&at, "/delete");
    confirm_by_action(&mut owner, &delete, "/delete");
    ada.fetch("/").problem(401);
    assert!(!owner.page(&format!("{HMI}/users")).contains(ADA));
    owner.browser.get(&at).page(404);
}

/// C20. Devices of an app without registration: opaque names, addresses and browsers.
#[test]
fn devices_are_listed_where_nobody_registers() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::Public, &recorder);
    let mut owner = Member::first(&gate);
    let mut device = gate.visitor("hmi");
    device.get("/").expect(200);
    device.get("/").expect(200);
    let name = crate::support::eventually("the device is recorded", || {
        gate.api().sessions("hmi").first().map(|session| session["device"].as_str().expect("a name").to_owned())
    });
    let page = owner.page(&format!("{HMI}/users?kind=devices"));
    for text in [&*name, "127.0.0.1", "Chrome"] {
        assert!(page.contains(text), "{text}: {page}");
    }
}

/// C16. Many addresses at once; each invite has a link to copy and a code to scan.
#[test]
fn people_are_invited_from_a_page() {
    let recorder = Recorder::start();
    let gate = gate_in(Mode::InviteOnly, &recorder);
    let mut owner = Member::first(&gate);
    let at = format!("{HMI}/invites");
    let form = form_with(&mut owner, &at, "emails").with("emails", "ada@example.com, bob@example.com\nno address");
    let answer = owner.submit(&form);
    let page = if answer.status == 303 { land(&mut owner, &answer) } else { answer.text() };
    assert!(page.contains("/.millgate/invite/") && page.contains("no address"), "{page}");
    let rows = gate.api().invites("hmi", "");
    assert_eq!(rows.len(), 2, "{rows:?}");
    let link = page.split('"').map(unescape).find(|word| word.starts_with(&gate.site("hmi").url("/.millgate/invite/")));
    let link = link.or_else(|| {
        let rest = &page[page.find(&gate.site("hmi").url("/.millgate/invite/"))?..];
        Some(rest.split(['<', ' ', '\n', '"']).next().unwrap_or_default().to_owned())
    });
    gate.visitor("hmi").accept(&link.expect("a link to copy")).expect(303);
    assert!(!owner.page(&at).contains("/.millgate/invite/"), "a link is shown once");
}
