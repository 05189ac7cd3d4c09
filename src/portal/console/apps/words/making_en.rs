//! English.

use crate::upstreams::Kind;

use super::making::{Making, Places, Tries};

pub(super) static TRIES: Tries = Tries {
    answers: "It answers",
    answers_as: |title| format!("It answers: “{title}”"),
    took: |millis| format!("{millis} ms"),
    unreadable: "This is no address",
    form: "Write it like 192.168.1.20:1880, http://127.0.0.1:1880, https://plc.local or unix:/run/app.sock.",
    trouble: |kind| match kind {
        Kind::UnknownName => ("No machine has this name", "Check the spelling, or use the machine's IP address."),
        Kind::Refused => {
            ("The machine is there, and nothing listens on this port", "Is the app running? Is the port right?")
        }
        Kind::Unreachable => ("There is no way to this machine", "Check the address and the network between."),
        Kind::Timeout => ("No answer in time", "A firewall may drop it, or the machine is off."),
        Kind::Tls => ("No trusted TLS connection", "Is it plain http? Or a certificate that nobody vouches for?"),
        Kind::Socket => ("The socket cannot be used", "Does it exist, and may the gateway's user open it?"),
        Kind::Closed => ("It hangs up without an answer", "Does it expect https?"),
        Kind::BadAnswer => ("It answers, but not in HTTP", "Is this the port of its web pages?"),
        Kind::Status => ("It answers with an error", "Look at the app itself."),
        Kind::Other => ("It cannot be reached", "The gateway's log says more."),
    },
};

pub(super) static PLACES: Places = Places {
    this_computer: "Opens on the computer that Millgate runs on. Nothing else to set up.",
    as_you_came: "Opens wherever this console opens: you are using this host right now.",
    this_network: "Opens on every device in this computer's network.",
    a_path: "Shares one port among several apps. For apps that can live below a path.",
};

pub(super) static MAKING: Making = Making {
    heading: "Publish an app",
    welcome: |name| format!("Welcome, {name}. Publish your first app."),
    steps: ["Where it runs", "Name, address, access", "Done"],
    where_lead: "Give the address at which the app answers now, as seen from this computer. It is tried at once.",
    upstream: "Address of the app",
    upstream_hint: "Like 127.0.0.1:1880 or https://192.168.1.20. A port alone means this computer.",
    try_it: "Try it",
    try_again: "Try again",
    anyway: "Go on anyway",
    other_upstream: "Another address",
    title: "Title",
    name: "Name in addresses",
    name_hint: "Lower-case letters, digits and hyphens.",
    address: "Where people open it",
    own_address: "Another address",
    own_address_why: "A host name of your own, for example with DNS set up for it.",
    own_url: "Own address",
    own_url_hint: "Like https://line4.plant.example. The host must lead to this gateway.",
    access: "Who may use it",
    master_password: "Master password",
    master_password_hint: "At least 4 characters. It is never shown again.",
    publish: "Publish",
    wrong_title: "Use 1 to 100 characters.",
    wrong_name: "Use 1 to 40 lower-case letters, digits and hyphens, with a letter or digit at both ends.",
    taken_name: "Another app of this workspace has this name.",
    wrong_url: "Write it like http://line4.localhost:8080 or https://edge-01/line4.",
    taken_url: "Another app, or the console, has this address.",
    wrong_master_password: "This access needs a master password of at least 4 characters.",
    done: "It is published",
    done_lead: "This is its address from now on. Everything that goes there passes the gate.",
    test_it: "Test it",
    to_the_app: "To the app's page",
    invite: "Invite people",
    next_invite: "Nobody can enter before you invite them.",
    next_master: "Whoever knows the master password can enter. Tell it only to them.",
    next_signup: "Whoever opens it can create an account. You see each of them on the app's page.",
    next_public: "Whoever opens it is in. You see their devices on the app's page.",
};
