//! What was said, for people: without secrets, in bounds, one line a line.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use data_encoding::BASE64;

use super::config::Login;

/// More was not said in earnest: EHLO lists a dozen extensions.
const MOST_LINES: usize = 200;
/// RFC 5321 section 4.5.3.1.5: a reply's line has at most 512 octets.
const LONGEST_LINE: usize = 512;
const MASK: &str = "***";

/// Shared with the stream that hears it.
#[derive(Debug, Clone, Default)]
pub(super) struct Transcript(Arc<Mutex<Record>>);

#[derive(Default)]
struct Record {
    lines: Vec<String>,
    manner: Manner,
    /// What must not be repeated, whoever says it.
    secrets: Vec<String>,
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record").field("lines", &self.lines).finish_non_exhaustive()
    }
}

/// How the gateway's own lines are told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Manner {
    #[default]
    Openly,
    /// Authentication: the mechanism only.
    Masked,
    /// The letter itself: not at all, for there are links in it.
    Unsaid,
}

impl Transcript {
    pub(super) fn lines(&self) -> Vec<String> {
        self.record().lines.clone()
    }

    pub(super) fn tell(&self, manner: Manner) {
        self.record().manner = manner;
    }

    pub(super) fn conceal(&self, login: &Login) {
        let Login { user, password } = login;
        let plain = BASE64.encode(format!("\0{user}\0{}", password.as_str()).as_bytes());
        let secrets = [plain, BASE64.encode(password.as_bytes()), password.to_string()];
        self.record().secrets.extend(secrets.into_iter().filter(|secret| !secret.is_empty()));
    }

    /// The gateway's own line.
    pub(super) fn said(&self, line: &str) {
        let mut record = self.record();
        let told = match (record.manner, line.split(' ').collect::<Vec<_>>().as_slice()) {
            (Manner::Openly, _) => line.to_owned(),
            (Manner::Masked, ["AUTH", mechanism]) => format!("AUTH {mechanism}"),
            (Manner::Masked, ["AUTH", mechanism, ..]) => format!("AUTH {mechanism} {MASK}"),
            (Manner::Masked, _) => MASK.to_owned(),
            (Manner::Unsaid, _) => return,
        };
        record.push("C: ", &told);
    }

    /// What is done rather than said.
    pub(super) fn note(&self, what: &str) {
        self.record().push("C: ", &format!("({what})"));
    }

    pub(super) fn heard(&self, line: &str) {
        let mut record = self.record();
        let told = record.masked(line);
        record.push("S: ", &told);
    }

    /// The server's last refusal, as one line. It need not be the last reply: lettre takes its leave after some.
    pub(super) fn last_refusal(&self) -> String {
        let record = self.record();
        let is_refusal = |line: &&String| line.starts_with("S: 4") || line.starts_with("S: 5");
        let backwards = record.lines.iter().rev().skip_while(|line| !is_refusal(line)).take_while(is_refusal);
        let mut reply: Vec<&str> = backwards.filter_map(|line| line.strip_prefix("S: ")).collect();
        reply.reverse();
        cut(&reply.join(" "))
    }

    pub(super) fn last_line(&self) -> Option<String> {
        self.record().lines.last().cloned()
    }

    pub(super) fn masked(&self, text: &str) -> String {
        cut(&self.record().masked(text))
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Record {
    fn push(&mut self, who: &str, line: &str) {
        if self.lines.len() < MOST_LINES {
            self.lines.push(format!("{who}{}", cut(line)));
        }
    }

    fn masked(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), MASK))
    }
}

/// One line of bearable length, whatever a server sends.
fn cut(text: &str) -> String {
    text.chars().take(LONGEST_LINE).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
