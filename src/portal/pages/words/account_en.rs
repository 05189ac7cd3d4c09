//! English.

use super::Said;
use super::account::{AccountNotices, AccountWords, Ago, Done, Strength};

pub(super) static WORDS: AccountWords = AccountWords {
    heading: "Your account",
    sign_out_everywhere: "Sign out everywhere",
    to_the_account: "Your account",

    profile: "Profile",
    save: "Save",

    address: "E-mail address",
    user_name: "User name",
    address_lead: |email| format!("You sign in with {email}."),
    address_unproven: |email| format!("You sign in with {email}. It is not confirmed yet: send yourself a link."),
    no_address: |name| {
        format!(
            "You sign in with {name}. If you enter an e-mail address here, it takes the place of that name once you have confirmed it."
        )
    },
    address_by_administrator: |name| {
        format!(
            "You sign in with {name}. If that is to change, ask your administrator: this installation sends no mail."
        )
    },
    new_address: "New e-mail address",
    new_address_hint: "We send a link there. The address changes when you open it.",
    send_link: "Send the link",

    no_password_yet: "You have no password yet. With one you can sign in even if a linked sign-in is out of reach.",
    present_password: "Present password",
    new_password: "New password",
    end_others: "Sign out my other devices",
    change_password: "Change the password",
    set_password: "Set a password",

    linked: "Linked sign-ins",
    linked_lead: "You can also sign in with these.",
    unlink: "Unlink",
    only_way_in: "To unlink it, set a password first: there must be another way in.",
    link: |title| format!("Link {title}"),

    devices: "Your devices",
    devices_lead: "Where you are signed in, on all apps of this workspace.",
    this_one: "this one",
    end: "End",
    everywhere_hint: "Ends every session on this list, this one too.",
    unknown_browser: "Unknown browser",
    on: |browser, system| format!("{browser} on {system}"),
    more_devices: |count| format!("And {count} more."),

    delete: "Delete account",
    delete_lead: "This removes you from every app that you use with this account and ends all your sessions. It cannot be undone. What the apps have stored themselves stays with them.",
    confirm_delete: "Yes, delete my account",

    done: Done {
        name: "Your name is saved.",
        email: "If the address can be used, a mail with a link is on its way there.",
        address: "Your e-mail address is confirmed.",
        password: "Your password is changed.",
        linked: "The sign-in is linked.",
        unlinked: "The sign-in is no longer linked.",
        ended: "The session has ended.",
    },
    ago: Ago {
        now: "just now",
        minutes: |count| if count == 1 { "a minute ago".to_owned() } else { format!("{count} minutes ago") },
        hours: |count| if count == 1 { "an hour ago".to_owned() } else { format!("{count} hours ago") },
        days: |count| if count == 1 { "yesterday".to_owned() } else { format!("{count} days ago") },
    },
    strength: Strength {
        weak: "Weak: easy to guess. Make it longer.",
        fair: "Fair. 15 characters or more are better.",
        good: "Good.",
    },

    forgot: "Forgot your password?",
    reset_heading: "Forgot your password?",
    reset_lead: "Enter what you sign in with. We send a link to your e-mail address.",
    choose_heading: "Choose a new password",
    choose_lead: "All your devices are signed out with it; this one is signed in.",
    choose: "Save and sign in",

    confirm_heading: "Confirm your address",
    confirm_lead: |email| format!("From then on you sign in with {email}."),
    confirm: "Confirm this address",
};

pub(super) static NOTICES: AccountNotices = AccountNotices {
    deleted: Said { heading: "Your account is deleted", text: "You are signed out everywhere." },
    reset_without_mail: Said {
        heading: "Forgot your password?",
        text: "This installation sends no mail. Ask your administrator for a link to a new password.",
    },
    reset_sent: Said {
        heading: "Look into your mailbox",
        text: "If there is an account with this address here, a mail with a link is on its way. The link works once and for one hour. If nothing comes, look into the spam folder or ask your administrator.",
    },
    reset_outside: Said {
        heading: "Your new password is saved",
        text: "This app does not let your account in as it is. Sign in where you have access:",
    },
    confirmed: Said { heading: "Your address is confirmed", text: "From now on you sign in with it." },
};
