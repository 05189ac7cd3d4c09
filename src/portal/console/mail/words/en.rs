//! English.

use super::Words;

pub(super) static WORDS: Words = Words {
    mail: "Mail",
    lead: "Mails that wait to be sent. What was sent is not kept; a link in a mail is made when it goes out.",
    no_server: "No mail server is set. Everything works without: links are handed on by hand. To set one, give [smtp] in the configuration file.",
    to: "To",
    about: "About",
    invite: "Invitation",
    reset: "New password",
    address: "New address",
    since: "Since",
    state: "State",
    stuck: "Not tried any more",
    next_try: "Next try",
    retry: "Try now",
    none: "No mail waits",
    none_lead: "Everything that was to be sent has been sent.",
    try_server: "Try the mail server",
    test: "Send a test mail",
    taken: "The server has taken the mail.",
    said: "What was said",
    bad_email: "Write it like name@example.com.",
};
