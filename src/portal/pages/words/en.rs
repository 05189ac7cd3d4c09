//! English.

use super::{Errors, Notices, Said, Words, wait};

pub(super) static WORDS: Words = Words {
    code: "en",
    name: "English",

    email: "E-mail address",
    username: "E-mail or user name",
    personal_name: "User name",
    display_name: "Your name",
    password: "Password",
    new_password: "Choose a password",
    master_password: "Master password",
    given_name: "First name",
    family_name: "Last name",
    show_password: "Show password",
    caps_lock: "Caps Lock is on.",
    optional: "optional",
    new_password_hint: |least| {
        format!(
            "At least {least} characters, better 15 or more. A few unrelated words are easy to remember and hard to guess."
        )
    },
    master_password_hint: "The password that all users of this app share.",

    sign_in: "Sign in",
    create_account: "Create an account",
    go_on: "Continue",
    sign_out: "Sign out",
    try_again: "Try again",
    to_the_app: "Back to the app",

    master_lead: "This app asks for the password that its users share.",
    both_lead: "This app asks for your account and for its master password.",
    new_here: "New here?",
    continue_as: |who| format!("Continue as {who}"),
    signed_in_at: |app| format!("You are signed in to {app} in this browser."),
    or_sign_in: "Or sign in as somebody else:",
    have_account: "Already have an account?",
    invitation_needed: "This app is by invitation only. If you have none, ask the people who run it.",
    stay: "Stay signed in",
    invite_heading: "You are invited",
    invite_lead: "Choose a password, and you are in.",
    invite_known_lead: "You have a password already. Enter it to accept the invitation.",
    accept_invite: "Accept the invitation",

    account: &super::account_en::WORDS,
    errors: Errors {
        check: "Please check what you entered.",
        wrong_credentials: "The name or the password is wrong.",
        wrong_password: "The password is wrong.",
        wrong_master_password: "The master password is wrong.",
        too_many: |seconds| format!("Too many tries. Please wait {}.", wait(seconds, "second", "seconds", "minutes")),
        busy: "Too many people are signing in right now. Please try again in a moment.",
        unavailable: "This cannot be saved right now. Please try again in a moment.",
        missing: "Please fill this in.",
        invalid: "This cannot be used.",
        invalid_email: "Enter an address like name@example.com.",
        too_short: |least| format!("Use at least {least} characters."),
        too_long: |most| format!("Use at most {most} characters."),
        too_common: "This one is too easy to guess.",
        other_domain: |domains| format!("Only addresses of {domains} can sign up here."),
        unchanged: "This is your address already.",
        unconfirmed: "Tick this box if you mean it.",
        last_way_in: "This is your only way to sign in. Set a password first.",
        last_owner: "You are the only owner. Make somebody else an owner first.",
    },
    notices: Notices {
        account: &super::account_en::NOTICES,
        not_invited: Said {
            heading: "You are not invited",
            text: "This app is by invitation only, and this account has none. Ask the people who run it for one.",
        },
        signed_in_as: |email| format!("You are signed in as {email}."),
        other_account: "Use another account",
        sign_out: Said { heading: "Sign out?", text: "This ends your session with this app in this browser." },
        sign_up_closed: Said {
            heading: "You need an invitation",
            text: "This app is by invitation only. If you have none, ask the people who run it.",
        },
        invite_gone: Said {
            heading: "This invitation is no longer valid",
            text: "It was used, withdrawn, replaced by a newer one or has expired. If you have accepted it, sign in; if not, ask for a new one.",
        },
        link_gone: Said {
            heading: "This link no longer opens",
            text: "It was used, has expired or was replaced by a newer one. If you still need one, ask for it again.",
        },
        waiting: Said {
            heading: "Waiting for approval",
            text: "Your account is set up. Somebody who runs this app has to approve it first.",
        },
        waiting_watch: "This page opens the app as soon as you are approved.",
        stopped: Said {
            heading: "Switched off for now",
            text: "This app has been switched off by the people who run it. You stay signed in.",
        },
        watching: "This page opens the app as soon as it is back.",
        bad_gateway: Said {
            heading: "The app does not answer",
            text: "The gateway is working, but the app behind it cannot be reached or gave an answer that makes no sense.",
        },
        gateway_timeout: Said {
            heading: "The app takes too long",
            text: "The gateway is working, but the app behind it did not answer in time.",
        },
        overloaded: Said {
            heading: "Too busy right now",
            text: "More is being asked than can be answered. Please try again in a moment.",
        },
        not_signed_in: Said { heading: "You are not signed in", text: "Sign in to go on." },
        not_sent: Said {
            heading: "Your form was not sent",
            text: "You are no longer signed in, so what you sent has not reached the app. It is not lost:",
        },
        not_sent_steps: [
            "Sign in again. This opens in a new tab.",
            "Come back here and reload this page. Your browser then sends the form again.",
        ],
        cookies: Said {
            heading: "Your browser does not stay signed in",
            text: "You have signed in several times, but your browser never sent back the cookie that keeps you signed in. This is usually why:",
        },
        cookie_causes: [
            "Cookies are blocked for this site, by a setting, an extension or a private window.",
            "The address begins with http:// where it should be https://, or the other way round.",
            "The app is open under another host name than the one it was published with.",
            "The clock of this device is wrong.",
        ],
        not_found: Said { heading: "Nothing is here", text: "This address belongs to no page." },
        wrong_origin: Said {
            heading: "This came from another site",
            text: "The form was sent from another address than this page has, so nothing was done. Open the page again and use the form there.",
        },
        broken_form: Said { heading: "This form cannot be read", text: "Open the page again and use the form there." },
        console: Said { heading: "This gateway has no owner yet", text: "Whoever started it sets it up, in a minute:" },
        no_owner_steps: [
            "Look where Millgate was started: in its terminal or its log stands a line “set up” with a link.",
            "Open the link in this browser. It works once, for an hour.",
            "No link there, or too late? Run “millgate setup-link” on that machine: it prints a new one.",
        ],
        oidc: &super::oidc_en::OIDC,
    },
};
