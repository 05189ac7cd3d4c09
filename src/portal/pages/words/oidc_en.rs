//! English, about identity providers.

use crate::federation::Unreachable;

use super::Said;
use super::oidc::Oidc;

pub(super) static OIDC: Oidc = Oidc {
    continue_with: |title| format!("Continue with {title}"),
    or: "or",
    why: |unreachable| match unreachable {
        Unreachable::Dns => "Not reachable right now: its name cannot be found from here.",
        Unreachable::Refused => "Not reachable right now: nobody takes the connection.",
        Unreachable::TimedOut => "Not reachable right now: it does not answer in time.",
        Unreachable::Tls => "Not reachable right now: the connection to it is not trusted.",
        Unreachable::BadAnswer => "Not usable right now: it answers wrongly.",
    },
    open_in_browser: |title| {
        format!("{title} does not let people sign in inside other apps. Open this page in your browser instead:")
    },
    address: "Address of this page",
    other_ways: "Other ways to sign in",
    start_again: "Sign in again",
    to_account: "Back to your account",

    unreachable: Said {
        heading: "The provider cannot be reached",
        text: "You cannot sign in by it right now. Other ways in work as always.",
    },
    bad_answer: Said {
        heading: "The provider answers wrongly",
        text: "It gave an answer that this gateway cannot trust, so you are not signed in. Try again, or use another way in.",
    },
    misconfigured: Said {
        heading: "The provider does not know this gateway",
        text: "It refuses this gateway as its client. The people who run this app have to set that right.",
    },
    declined: Said {
        heading: "You are not signed in",
        text: "The provider says that you, or somebody who runs your account there, did not agree.",
    },
    lost: Said {
        heading: "This sign-in cannot be finished",
        text: "It was used already, took too long or was begun in another browser. Begin again in the browser that you use now.",
    },
    refused: Said {
        heading: "This sign-in is not valid",
        text: "What came back from the provider does not prove who you are, so you are not signed in. Begin again.",
    },
    clock: "Its times do not fit: perhaps a clock is wrong, the gateway's or the provider's.",
    not_offered: Said {
        heading: "This way in is not offered",
        text: "This app does not take sign-ins by this provider. Use another way in.",
    },
    unverified: Said {
        heading: "Your address is not verified",
        text: "Your provider has not verified your e-mail address, so it cannot be trusted here. Verify it there, or use another way in.",
    },
    other_organization: Said {
        heading: "This account is of another organization",
        text: "This app takes accounts of one organization only.",
    },
    only_of: |domain| format!("Use an account of {domain}."),
    other_domain: Said {
        heading: "Your address cannot sign up here",
        text: "This app takes addresses of certain domains only.",
    },
    other_address: Said {
        heading: "The invitation is for another address",
        text: "It can be accepted only with the address that it was made for. Open the invitation again and use that account, or choose a password there.",
    },
    elsewhere: Said {
        heading: "This account belongs to somebody else here",
        text: "The account at the provider is linked to another account here already.",
    },
    as_before: Said {
        heading: "Sign in as before",
        text: "There is an account with your address that signs in another way. Sign in that way; then you can link this provider in your account.",
    },
    barred: Said { heading: "This account cannot sign in", text: "It is suspended. Ask the people who run this app." },
    signed_out: Said {
        heading: "You are not signed in",
        text: "You were signed out before the account was linked. Sign in and link it again.",
    },
    too_many_linked: Said {
        heading: "Too many linked accounts",
        text: "Unlink one in your account before you link another.",
    },
    too_many_tries: Said { heading: "Too many tries", text: "Please wait a moment, then try again." },

    ask_heading: "You have an account here",
    ask_lead: "An account with your address exists. Enter its password once to link it; after that, your provider is enough.",
    ask_submit: "Link and sign in",
    consent: Said { heading: "Link this account?", text: "From then on you can also sign in with it." },
    consent_to: |identity, username| match identity {
        Some(identity) => format!("{identity} will open the account {username}."),
        None => format!("It will open the account {username}."),
    },
    consent_submit: "Link",
};
