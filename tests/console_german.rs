//! Whoever reads the console in German is told in German, too, why something cannot be done, and what was done.

use serde_json::json;

use crate::support::api::text;
use crate::support::forms::Form;
use crate::support::{App, Gate, Member, Mode, Recorder};

const HMI: &str = "/api/v1/workspaces/default/apps/hmi";

#[track_caller]
fn is_told(member: &mut Member, form: &Form, status: u16, german: &str) {
    let page = member.submit(form).page(status);
    assert!(page.contains("<html lang=\"de") && page.contains(german), "{german}: {page}");
}

#[test]
fn a_clash_is_told_in_german() {
    let gate = Gate::before(App::new("hmi", Mode::Signup, &Recorder::start()));
    let mut owner = Member::first(&gate);
    owner.patch("/api/v1/me", &json!({ "language": "de" })).expect(200);
    let role = owner.makes_role("Builders", &["see-apps"]);
    let taken = json!({ "name": "builders", "permissions": [] });
    let said = owner.post("/api/v1/roles", &taken).problem(409);
    assert_eq!(said["detail"], "there is a role called Builders already", "programs are told in English");

    let new = owner.form("/account/roles/new", "/roles/new").with("name", "builders");
    is_told(&mut owner, &new, 422, "Eine Rolle mit dem Namen „Builders“ gibt es schon.");
    is_told(&mut owner, &new.with("name", ""), 422, "Nehmen Sie 1 bis 60 Zeichen auf einer Zeile.");
    owner.brings(&gate, "bob@plant.example", &json!({ "roles": [{ "workspace": "default", "role": role }] }));
    let page = format!("/account/roles/{role}");
    let delete = owner.form(&page, &format!("{page}/delete")).with("instead", "");
    is_told(&mut owner, &delete, 422, "1 Mitglied und 0 Einladungen haben die Rolle „Builders“.");
    let workspace = owner.form("/account/workspaces/new", "/workspaces/new").with("name", "default");
    is_told(&mut owner, &workspace, 422, "Einen Workspace mit dem Namen „default“ gibt es schon.");

    // Without a form to stay on, on a page of its own.
    let user = json!({ "username": "4711", "given_name": "Dima", "family_name": "" });
    let user = text(&owner.post(&format!("{HMI}/users"), &user).expect(201).json(), "id");
    let page = format!("/w/default/apps/hmi/users/{user}");
    let reset = owner.form(&page, &format!("{page}/reset"));
    owner.patch(&format!("{HMI}/users/{user}"), &json!({ "suspended": true })).expect(200);
    is_told(&mut owner, &reset, 409, "4711 ist gesperrt.");
}

/// It stands beside the field, and is not said to be another clash than it is.
#[test]
fn where_a_member_may_put_no_app_is_told_in_german() {
    let gate = Gate::before(App::new("hmi", Mode::Public, &Recorder::start()));
    let owner = Member::first(&gate);
    let mut builder = owner.brings_with_full_access(&gate, "bob@plant.example", "default");
    builder.patch("/api/v1/me", &json!({ "language": "de" })).expect(200);
    let form = builder.form("/w/default/apps/hmi/settings", "/settings/address");
    let console = gate.console().origin();
    is_told(
        &mut builder,
        &form.with("url", &format!("{console}/game")),
        422,
        &format!("Unter {console} antwortet die Konsole. Nur Eigentümer stellen eine App dorthin"),
    );
}

#[test]
fn what_was_done_is_told_in_german() {
    let gate = Gate::before(App::new("hmi", Mode::Public, &Recorder::start()));
    let mut owner = Member::first(&gate);
    owner.patch("/api/v1/me", &json!({ "language": "de" })).expect(200);
    owner.patch(HMI, &json!({ "title": "true", "running": false, "access": "invite-only" })).expect(200);
    let page = owner.page("/w/default/audit");
    for german in ["Läuft: ja → nein", "Zugang: alle → nur Eingeladene", "Titel: hmi → true"] {
        assert!(page.contains(german), "{german}: {page}");
    }
    let wrong = owner.browser.get("/w/default/audit?from=yesterday").page(422);
    assert!(wrong.contains("Von: Schreiben Sie einen Tag wie 2026-11-22."), "{wrong}");
}
