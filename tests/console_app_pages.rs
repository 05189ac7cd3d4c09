//! The console's first run and its pages of apps, clicked through as a person without a script does.

use crate::support::forms::Form;
use crate::support::member::{Member, console};
use crate::support::{Gate, Recorder, Request, Site, Style, Visitor, eventually};

const APPS: &str = "/w/default/apps";

fn fresh() -> (Gate, Member) {
    let gate = Gate::plan().start();
    let owner = Member::first(&gate);
    (gate, owner)
}

/// Before the app that these tests publish.
fn visitor(gate: &Gate) -> Visitor {
    let site = Site { host: format!("line-4.localhost:{}", gate.port()), ..gate.console() };
    Visitor::new(site, Style::Browser)
}

fn again(form: &Form) -> Form {
    Form { action: form.action.clone(), fields: form.fields.clone() }
}

/// From the upstream's address to the published app.
fn publish(owner: &mut Member, recorder: &Recorder, gate: &Gate, title: &str, name: &str) {
    let first = owner.form("/w/default/apps/new", "/apps/new/try").with("upstream", &recorder.url());
    let page = owner.submit(&first).page(200);
    let second = Form::on("/w/default/apps/new/try", &page, "/apps/new");
    let address = format!("http://{{name}}.localhost:{}", gate.port());
    let second = second.with("title", title).with("name", name).with("address", &address).with("access", "public");
    assert_eq!(owner.submit(&second).expect(303).location(), format!("{APPS}/{name}/published"));
}

#[test]
fn nobody_sees_the_console_before_it_has_an_owner_and_then_only_members_do() {
    let gate = Gate::plan().start();
    let mut stranger = console(&gate);
    assert!(stranger.get("/").page(200).contains("setup-link"));
    stranger.get(APPS).page(404);
    let mut owner = Member::first(&gate);
    assert_eq!(owner.browser.get("/").expect(303).location(), APPS);
    for path in [APPS, "/w/other/apps", "/account/members", "/nothing"] {
        let to = stranger.get(path).expect(303).location().to_owned();
        assert!(to.starts_with("/.millgate/sign-in?return_to="), "{to}");
    }
    stranger.fetch(APPS).problem(401);
}

#[test]
fn an_app_is_published_in_three_steps_and_the_link_works() {
    let recorder = Recorder::start();
    let (gate, mut owner) = fresh();
    publish(&mut owner, &recorder, &gate, "Line 4", "line-4");
    let done = owner.page("/w/default/apps/line-4/published");
    let link = format!("http://line-4.localhost:{}", gate.port());
    assert!(done.contains(&link) && done.contains("<svg"), "{done}");
    visitor(&gate).get("/").expect(200);
    let cards = owner.page(APPS);
    assert!(cards.contains("Line 4") && cards.contains(&link) && cards.contains("Running"), "{cards}");
    assert!(owner.page("/w/default/apps?q=nowhere").contains("No app fits"));
}

#[test]
fn an_upstream_that_does_not_answer_is_told_and_what_is_wrong_stands_beside_its_field() {
    let recorder = Recorder::start();
    let (gate, mut owner) = fresh();
    let first = owner.form("/w/default/apps/new", "/apps/new/try");
    assert!(owner.submit(&again(&first).with("upstream", "127.0.0.1:1")).page(200).contains("nothing listens"));
    assert!(owner.submit(&again(&first).with("upstream", "no address")).page(422).contains("aria-invalid"));
    publish(&mut owner, &recorder, &gate, "One", "one");
    let page = owner.submit(&first.with("upstream", &recorder.url())).page(200);
    let second = Form::on("/w/default/apps/new/try", &page, "/apps/new");
    for (field, value, error) in [
        ("name", "One!", "f-name-error"),
        ("name", "one", "f-name-error"),
        ("title", "", "f-title-error"),
        ("access", "master-password", "f-master_password-error"),
    ] {
        let answer = owner.submit(&again(&second).with(field, value)).page(422);
        assert!(answer.contains(&format!("id=\"{error}\"")), "{field}: {answer}");
    }
}

#[test]
fn a_change_of_access_says_first_whom_it_touches() {
    let recorder = Recorder::start();
    let (gate, mut owner) = fresh();
    publish(&mut owner, &recorder, &gate, "Line 4", "line-4");
    let mut visitor = visitor(&gate);
    visitor.get("/").expect(200);
    visitor.get("/").expect(200);
    let form = owner.form("/w/default/apps/line-4/access", "/line-4/access").with("access", "signup");
    // A device is recorded a moment after it was seen for the second time.
    let asked = eventually("the page names the session", || {
        let asked = owner.submit(&form).page(200);
        asked.contains("1 session is in right now. It has to pass the gate again.").then_some(asked)
    });
    visitor.get("/").expect(200);
    let sure = Form::on("/w/default/apps/line-4/access", &asked, "/line-4/access");
    owner.submit(&sure).expect(303);
    visitor.get("/").expect(303);
    assert!(owner.page("/w/default/apps/line-4/access").contains("value=\"signup\" checked"));
}

#[test]
fn settings_are_saved_each_by_itself_and_an_app_is_stopped_copied_and_deleted() {
    let recorder = Recorder::start();
    let (gate, mut owner) = fresh();
    publish(&mut owner, &recorder, &gate, "Line 4", "line-4");
    let settings = "/w/default/apps/line-4/settings";
    let general = owner.form(settings, "/settings/general").with("title", "Line 5").with("description", "Press");
    assert_eq!(owner.submit(&general).expect(303).location(), format!("{settings}?done=saved"));
    let limits = owner.form(settings, "/settings/limits").with("idle_limit", "soon");
    assert!(owner.submit(&limits).page(422).contains("limits-idle_limit-error"));
    let page = owner.page(settings);
    assert!(page.contains("Line 5") && page.contains("Press"), "{page}");
    let stop = owner.form("/w/default/apps/line-4", "/line-4/run");
    owner.submit(&stop).expect(303);
    visitor(&gate).get("/").expect(503);
    let copy = owner.form(settings, "/settings/copy").with("name", "line-6");
    let copy = copy.with("url", &format!("http://line-6.localhost:{}", gate.port()));
    assert_eq!(owner.submit(&copy).expect(303).location(), "/w/default/apps/line-6?done=copied");
    let delete = owner.form(settings, "/settings/delete");
    owner.submit(&delete).expect(303);
    owner.browser.get("/w/default/apps/line-4").page(404);
}

#[test]
fn pages_show_what_a_role_permits_and_foreign_forms_do_nothing() {
    let recorder = Recorder::start();
    let (gate, mut owner) = fresh();
    publish(&mut owner, &recorder, &gate, "Line 4", "line-4");
    owner.makes_workspace("other", "Other");
    let mut guest = owner.brings_with(&gate, "gus@plant.example", "default", &["see-apps"]);
    let cards = guest.page(APPS);
    assert!(cards.contains("Line 4") && !cards.contains("/apps/new") && !cards.contains("/w/default/members"));
    assert!(!guest.page("/w/default/apps/line-4").contains("/settings"));
    guest.browser.get("/w/default/apps/line-4/settings").page(403);
    guest.browser.get("/w/default/apps/new").page(403);
    guest.browser.get("/w/other/apps").page(404);
    let foreign = Request::form("/w/default/apps/line-4/run", &[("running", "no")]);
    let foreign = foreign.header("Origin", "http://evil.example");
    owner.browser.send(&foreign).expect(403);
    assert!(owner.page(APPS).contains("Running"));
}
