//! English.

use crate::domain::AccessMode;

use super::access::AccessWords;

pub(super) static ACCESS: AccessWords = AccessWords {
    heading: "Access",
    option: |mode| match mode {
        AccessMode::Public => "Anyone can use the app",
        AccessMode::MasterPassword => "Users must provide a master password",
        AccessMode::Signup => "Users have to sign up",
        AccessMode::SignupAndMasterPassword => "Users have to sign up and provide a master password",
        AccessMode::InviteOnly => "Only previously invited users can log in",
    },
    explain: |mode| match mode {
        AccessMode::Public => "No questions asked. The app is told which device it is, not which person.",
        AccessMode::MasterPassword => {
            "One password for all who may enter. A new one shuts out everybody who came by the old one."
        }
        AccessMode::Signup => {
            "Each person makes an account with an address and a password, or by an identity provider. The app is told who it is."
        }
        AccessMode::SignupAndMasterPassword => {
            "An account of their own, and the shared password as well. For when not everybody who finds the page may sign up."
        }
        AccessMode::InviteOnly => "You decide who. Everybody else stays outside, with or without an account.",
    },
    lead: "A change counts at once: for the next request, and for every connection that is open.",
    master_set: "Master password",
    master_change: "New master password",
    master_is_set: "One is set. Leave this empty to keep it. A new one shuts out all who came by the old one.",
    sign_up: "Signing up",
    sign_up_lead: "Who may sign up by themselves, and how.",
    approval: "New users wait for approval",
    approval_hint: "They see a page that says so, and are let in once somebody has approved them.",
    domains: "Only addresses of these domains may sign up",
    domains_hint: "Like plant.example, other.example. Empty means any. Who is invited may have any address.",
    wrong_domains: "Write domains like plant.example, separated by commas.",
    hosted_domain: "Only accounts of this Google Workspace organization",
    hosted_domain_hint: "Its domain. Empty means any account.",
    wrong_hosted_domain: "Write a domain like plant.example.",
    name_question: "Ask for a name behind the master password",
    name_question_hint: "So that a device in the list has a name. Nobody has to give one.",
    providers: "Identity providers that may be used here",
    providers_hint: "They come from the configuration. Passwords always work.",
    confirm: "Change the access?",
    confirm_from: |before, after| format!("From “{before}” to “{after}”."),
    confirm_master: "The master password becomes a new one.",
    confirm_sessions: |live, ended| match (live, ended) {
        (0, _) => "Nobody is in right now.".to_owned(),
        (1, 0) => "1 session is in right now. It stays in.".to_owned(),
        (live, 0) => format!("{live} sessions are in right now. All of them stay in."),
        (1, 1) => "1 session is in right now. It has to pass the gate again.".to_owned(),
        (live, ended) if live == ended => {
            format!("{live} sessions are in right now. All of them have to pass the gate again.")
        }
        (live, ended) => format!("{live} sessions are in right now. {ended} of them have to pass the gate again."),
    },
    confirm_kept: "Accounts and devices are kept: changing it back lets them in again.",
    confirm_invites: "Invitations that nobody has accepted yet are withdrawn.",
    confirm_submit: "Change it",
    changed: "The access has been changed.",
};
