//! English.

use super::{Said, SaidOfMail, Words, month};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) static WORDS: Words = Words {
    code: "en",
    or_open: "Or open this address in your browser:",
    expiry: |at| {
        let time = at.strftime("%H:%M");
        format!("The link works once, until {} {} {}, {time} UTC.", at.day(), month(at, MONTHS), at.year())
    },
    footer: |title, address| format!("This mail comes from Millgate, the gateway of {title} at {address}."),
    invite: Said {
        subject: |title| format!("Your invitation to {title}"),
        heading: "You are invited",
        text: |title| format!("You have been invited to use {title}. Accept the invitation and you are in."),
        action: "Accept the invitation",
        ignore: "If you did not expect this, ignore this mail: nothing happens unless you accept.",
    },
    reset: Said {
        subject: |title| format!("Choose a new password for {title}"),
        heading: "Choose a new password",
        text: |title| {
            format!("Somebody asked for a new password for your account with {title}. If it was you, choose one now.")
        },
        action: "Choose a new password",
        ignore: "If it was not you, ignore this mail: your password stays as it is.",
    },
    address: Said {
        subject: |title| format!("Confirm your new address for {title}"),
        heading: "Confirm your new address",
        text: |title| {
            format!("Your account with {title} is to use this e-mail address from now on. Confirm that it is yours.")
        },
        action: "Confirm this address",
        ignore: "If you did not ask for this, ignore this mail: nothing changes.",
    },
    test: SaidOfMail {
        subject: "Test mail from Millgate",
        heading: "Mail works",
        text: |gateway| {
            format!("An administrator of the gateway at {gateway} has just sent this test mail. It has arrived.")
        },
        ignore: "There is nothing to do.",
    },
    test_footer: "This mail comes from Millgate, a gateway for apps.",
};
