//! What the console tells of how apps fare is true when it is told; and which keys there are.

use crate::support::page::unescape;
use crate::support::process::free_port;
use crate::support::{App, Gate, Member, Mode, Recorder};

const LIST: &str = "/w/default/apps";

/// The words of the badges of a page, in their order.
fn badges(page: &str) -> Vec<&str> {
    let starts = page.split("<span class=\"badge\" data-state=\"").skip(1);
    starts.filter_map(|rest| rest.split_once('"').map(|(state, _)| state)).collect()
}

/// An app that nobody has used or looked at is checked by the first look, and called what it is.
#[test]
fn the_first_look_at_an_app_tells_how_it_is() {
    let recorder = Recorder::start();
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let gate = Gate::plan()
        .app(App::new("here", Mode::Signup, &recorder))
        .app(App::before("lost", Mode::Signup, &nobody))
        .app(App::new("rests", Mode::Signup, &recorder))
        .start();
    gate.api().set_running("rests", false);
    let mut owner = Member::first(&gate);
    for view in [LIST, "/w/default/apps?view=list"] {
        assert_eq!(badges(&owner.page(view)), ["running", "unreachable", "stopped"], "{view}");
    }
    assert_eq!(badges(&owner.page("/w/default/apps/lost/users")).first(), Some(&"unreachable"));
}

/// Why, in words, and when, on the card, in the list and on the app's own page.
#[test]
fn an_unreachable_app_says_why_and_since_when() {
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let gate = Gate::before(App::before("lost", Mode::Signup, &nobody));
    let mut owner = Member::first(&gate);
    for view in [LIST, "/w/default/apps?view=list", "/w/default/apps/lost"] {
        let page = unescape(&owner.page(view));
        assert!(page.contains("nothing listens on this port"), "{view}: {page}");
        let noticed = page.split("Noticed <time datetime=\"").nth(1).expect("when it was noticed");
        assert!(noticed.contains("data-ago>just now</time>"), "{view}: {noticed}");
    }
    let page = unescape(&owner.page("/w/default/apps/lost"));
    assert!(page.contains("Is the app running? Is the port right?") && page.contains("Last checked"), "{page}");
}

/// Keys of the configuration are listed for owners, as the API does, and cannot be changed here.
#[test]
fn keys_of_the_configuration_are_listed_and_left_alone() {
    let recorder = Recorder::start();
    let gate = Gate::plan()
        .app(App::new("hmi", Mode::Signup, &recorder).with("title = \"Line 4\""))
        .key("mes-import", "app:default/hmi", "mes-import-secret-4711")
        .start();
    let mut owner = Member::first(&gate);
    let page = owner.page("/account/keys");
    let rows: Vec<&str> = page.split("<tr>").filter(|row| row.contains("From the configuration file")).collect();
    let mes = rows.iter().find(|row| row.contains("mes-import")).unwrap_or_else(|| panic!("{page}"));
    assert!(mes.contains("Line 4"), "its scope by name: {mes}");
    assert!(!mes.contains("<form") && !mes.contains("/delete"), "nothing to press: {mes}");
    assert_eq!(rows.len(), 2, "the suite's own and this: {page}");
    assert!(!page.contains("mes-import-secret-4711"));
    assert!(!owner.page("/profile/keys").contains("From the configuration file"), "they are nobody's own");
}
