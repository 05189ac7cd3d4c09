//! A page that lay open while somebody else changed what it shows: sending its form overwrites nothing.

use serde_json::json;

use crate::support::forms::Form;
use crate::support::{App, Gate, Member, Mode, OWNER, Recorder};

const HMI: &str = "/api/v1/workspaces/default/apps/hmi";

/// Sent, it says that somebody else was quicker, and the page has what is there now; then it goes through.
#[track_caller]
fn is_stale_once(owner: &mut Member, form: &Form, page: &str, action: &str, name: &str, value: &str) {
    let page = {
        let refused = owner.submit(form).page(422);
        assert!(refused.contains("in the meantime"), "{refused}");
        Form::on(page, &refused, action)
    };
    owner.submit(&page.with(name, value)).expect(303);
}

#[test]
fn a_role_that_was_changed_meanwhile_is_not_overwritten() {
    let gate = Gate::before(App::new("hmi", Mode::Public, &Recorder::start()));
    let mut owner = Member::first(&gate);
    let role = owner.makes_role("Builders", &["see-apps", "edit-apps", "change-access"]);
    let page = format!("/account/roles/{role}");
    let open = owner.form(&page, &page).with("name", "Makers");
    let at = format!("/api/v1/roles/{role}");
    owner.patch(&at, &json!({ "permissions": ["see-apps"] })).expect(200);
    is_stale_once(&mut owner, &open, &page, &page, "name", "Makers");
    let now = owner.get(&at).expect(200).json();
    assert_eq!((&now["name"], &now["permissions"]), (&json!("Makers"), &json!(["see-apps"])));
}

#[test]
fn a_members_rights_that_were_changed_meanwhile_are_not_given_back() {
    let gate = Gate::before(App::new("hmi", Mode::Public, &Recorder::start()));
    let mut owner = Member::first(&gate);
    owner.brings_with_full_access(&gate, "bob@plant.example", "default");
    let bob = owner.id_of("bob@plant.example");
    let role = owner.makes_role("Readers", &["see-apps"]);
    let page = format!("/account/members/{bob}");
    let open = owner.form(&page, &page);
    let everybody = owner.page("/w/default/members");
    let rows = Form::all("/w/default/members", &everybody);
    let of_bob = rows.into_iter().find(|form| form.value("member") == Some(bob.as_str())).unwrap();
    owner.put(&format!("/api/v1/members/{bob}/roles/default"), &json!({ "role": role })).expect(200);
    for form in [&open, &of_bob] {
        assert!(owner.submit(form).page(422).contains("in the meantime"));
    }
    let held = owner.get(&format!("/api/v1/members/{bob}")).expect(200).json();
    assert_eq!(held["roles"][0]["role"], json!(role));
    assert_eq!(held["owner"], json!(false));
    // Who has nothing changed meanwhile is saved as ever.
    let own = owner.id_of(OWNER);
    let page = format!("/account/members/{own}");
    let form = owner.form(&page, &page);
    owner.submit(&form).expect(303);
}

#[test]
fn an_apps_settings_that_were_changed_meanwhile_are_not_overwritten() {
    let recorder = Recorder::start();
    let gate = Gate::before(App::new("hmi", Mode::Signup, &recorder));
    let mut owner = Member::first(&gate);
    let page = "/w/default/apps/hmi/settings";
    let general = owner.form(page, "/settings/general").with("title", "Line 4");
    let access = owner.form("/w/default/apps/hmi/access", "/apps/hmi/access");
    owner.patch(HMI, &json!({ "description": "The new one", "approval": true })).expect(200);
    is_stale_once(&mut owner, &general, page, "/settings/general", "title", "Line 4");
    assert!(owner.submit(&access).page(422).contains("in the meantime"));
    let now = owner.get(HMI).expect(200).json();
    assert_eq!((&now["title"], &now["approval"]), (&json!("Line 4"), &json!(true)));
}

/// Each workspace is a field of a member's form.
#[test]
fn a_member_is_saved_however_many_workspaces_there_are() {
    let gate = Gate::before(App::new("hmi", Mode::Public, &Recorder::start()));
    let mut owner = Member::first(&gate);
    owner.brings_with_full_access(&gate, "bob@plant.example", "default");
    let bob = owner.id_of("bob@plant.example");
    for number in 0..80 {
        owner.makes_workspace(&format!("w{number}"), &format!("Hall {number}"));
    }
    let page = format!("/account/members/{bob}");
    let form = owner.form(&page, &page).with("owner", "on");
    owner.submit(&form).expect(303);
    let held = owner.get(&format!("/api/v1/members/{bob}")).expect(200).json();
    assert_eq!((&held["owner"], held["roles"].as_array().map(Vec::len)), (&json!(true), Some(1)));
}
