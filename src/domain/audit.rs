//! The record of what was done: who, what, when, from where. Entries are chained by hashes, so that a gap shows.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;
use minicbor::{Decode, Encode};

use super::{AppId, Timestamp, WorkspaceId};

/// What is kept of any text in an entry: names and addresses fit, a book does not.
const TEXT_MOST: usize = 256;

/// Something that was done, before it has its place in the record.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Entry {
    #[n(0)]
    pub at: Timestamp,
    #[n(1)]
    pub actor: Party,
    /// Where it came from; for what happened more than once, the block of addresses.
    #[n(2)]
    pub from: Option<Origin>,
    #[n(3)]
    pub action: Action,
    /// What concerns no workspace concerns the account.
    #[n(4)]
    pub workspace: Option<Place<WorkspaceId>>,
    #[n(5)]
    pub app: Option<Place<AppId>>,
    /// On whom or what; the app or the workspace itself is not named twice.
    #[n(6)]
    pub target: Option<Party>,
    #[n(7)]
    pub detail: Vec<Detail>,
}

/// A workspace or an app, by the name that it had then.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Place<T> {
    #[n(0)]
    pub id: T,
    #[n(1)]
    pub name: String,
}

/// Whoever did something, or whom or what it was done to, by the name of then: it outlives them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Party {
    #[n(0)]
    pub kind: PartyKind,
    /// As it is written everywhere; empty where there is none.
    #[n(1)]
    pub id: String,
    #[n(2)]
    pub name: String,
}

/// An address, or the block that it lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Origin {
    #[cbor(n(0), with = "super::change::text")]
    pub ip: IpAddr,
    /// How many of its bits count, when not all do.
    #[n(1)]
    pub prefix: Option<u8>,
}

/// What was different afterwards, or what else is worth knowing. Never a secret.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Detail {
    #[n(0)]
    pub name: String,
    #[n(1)]
    pub from: Option<String>,
    #[n(2)]
    pub to: Option<String>,
}

/// Enums that are numbers in the store and words everywhere else. A number is never given to another word.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$note:meta])* $number:literal $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
        #[cbor(index_only)]
        pub enum $name {
            $($(#[$note])* #[n($number)] $variant,)+
        }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                Self::ALL.iter().copied().find(|known| known.as_str() == text).ok_or(UnknownWord)
            }
        }
    };
}

/// A word that the record does not use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownWord;

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a word of the audit record")
    }
}

impl std::error::Error for UnknownWord {}

words! {
    /// What a party is.
    PartyKind {
        /// The gateway itself: its configuration, its housekeeping, its command line.
        0 Machine = "machine",
        1 Member = "member",
        2 Key = "key",
        /// A key of the configuration.
        3 ConfigKey = "config-key",
        4 User = "user",
        5 Device = "device",
        /// Nobody knows who.
        6 Stranger = "stranger",
        7 Session = "session",
        8 Invite = "invite",
        9 App = "app",
        10 Workspace = "workspace",
        11 Role = "role",
        12 Mail = "mail",
        13 Link = "link",
    }
}

words! {
    /// What was done: the kind of thing, then the verb.
    Action {
        0 SignIn = "sign-in",
        1 SignInFailed = "sign-in.failed",
        2 SignOut = "sign-out",
        3 SignUp = "sign-up",
        4 MasterPassword = "master-password",
        10 InviteCreate = "invite.create",
        11 InviteRenew = "invite.renew",
        12 InviteWithdraw = "invite.withdraw",
        13 InviteAccept = "invite.accept",
        14 AccessLink = "access-link.create",
        20 UserCreate = "user.create",
        21 UserChange = "user.change",
        22 UserApprove = "user.approve",
        23 UserDelete = "user.delete",
        24 UserSignOut = "user.sign-out",
        25 ResetLink = "user.reset-link",
        26 SessionEnd = "session.end",
        30 PasswordChange = "account.password",
        31 PasswordReset = "account.reset",
        32 AddressChange = "account.address",
        33 ProfileChange = "account.profile",
        34 AccountDelete = "account.delete",
        35 AccountSignOut = "account.sign-out",
        36 IdentityLink = "account.link",
        37 IdentityUnlink = "account.unlink",
        40 AppCreate = "app.create",
        41 AppChange = "app.change",
        42 AppDelete = "app.delete",
        43 AppCopy = "app.copy",
        44 AppMove = "app.move",
        50 WorkspaceCreate = "workspace.create",
        51 WorkspaceChange = "workspace.change",
        52 WorkspaceDelete = "workspace.delete",
        60 MemberInvite = "member.invite",
        61 MemberChange = "member.change",
        62 MemberRemove = "member.remove",
        63 RoleAssign = "member.role",
        70 RoleCreate = "role.create",
        71 RoleChange = "role.change",
        72 RoleDelete = "role.delete",
        80 KeyCreate = "key.create",
        81 KeyChange = "key.change",
        82 KeyDelete = "key.delete",
        90 MailRetry = "mail.retry",
        91 MailDelete = "mail.delete",
        92 MailTest = "mail.test",
        100 SetUpLink = "set-up.link",
        101 SetUp = "set-up.owner",
        102 AuthorityRenew = "authority.renew",
        103 AuditExport = "audit.export",
    }
}

/// An entry at its place.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Audited {
    /// The first is 1.
    #[n(0)]
    pub index: u64,
    #[n(1)]
    pub entry: Entry,
    #[n(2)]
    pub hash: AuditHash,
}

/// SHA-256 over the hash before, the index and the entry as CBOR.
#[derive(Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct AuditHash(#[cbor(with = "minicbor::bytes")] [u8; 32]);

impl fmt::Display for AuditHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for AuditHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuditHash({self})")
    }
}

/// An end of the chain: the index that comes, and the hash of what was before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Link {
    #[n(0)]
    pub next: u64,
    #[n(1)]
    pub before: AuditHash,
}

impl Link {
    /// Where a record begins of which nothing was ever dropped.
    pub const START: Self = Self { next: 1, before: AuditHash([0; 32]) };

    /// What follows an entry.
    pub fn behind(audited: &Audited) -> Self {
        Self { next: audited.index.saturating_add(1), before: audited.hash }
    }

    /// Gives an entry its place here.
    pub fn chain(self, entry: Entry) -> Audited {
        let hash = self.hash_of(&entry);
        Audited { index: self.next, entry, hash }
    }

    /// Whether the entry was given this place, and is as it was then.
    pub fn holds(self, audited: &Audited) -> bool {
        audited.index == self.next && audited.hash == self.hash_of(&audited.entry)
    }

    fn hash_of(self, entry: &Entry) -> AuditHash {
        let mut content = self.before.0.to_vec();
        content.extend_from_slice(&self.next.to_be_bytes());
        // Writing to memory cannot fail.
        let _ = minicbor::encode(entry, &mut content);
        let mut hash = [0; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, &content).as_ref());
        AuditHash(hash)
    }
}

impl Entry {
    pub fn new(at: Timestamp, actor: Party, action: Action) -> Self {
        Self { at, actor, from: None, action, workspace: None, app: None, target: None, detail: Vec::new() }
    }

    pub fn from(mut self, ip: IpAddr) -> Self {
        self.from = Some(Origin { ip: ip.to_canonical(), prefix: None });
        self
    }

    pub fn on(mut self, target: Party) -> Self {
        self.target = Some(target);
        self
    }

    /// Something worth knowing.
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.detail.push(Detail { name: name.to_owned(), from: None, to: Some(short(&value.to_string())) });
        self
    }

    /// Something that was different before, if it was.
    pub fn changed(mut self, name: &str, from: impl fmt::Display, to: impl fmt::Display) -> Self {
        let (from, to) = (short(&from.to_string()), short(&to.to_string()));
        if from != to {
            self.detail.push(Detail { name: name.to_owned(), from: Some(from), to: Some(to) });
        }
        self
    }

    /// Something that is different now, and that nobody may read here.
    pub fn replaced(mut self, name: &str) -> Self {
        self.detail.push(Detail { name: name.to_owned(), from: None, to: None });
        self
    }
}

impl Party {
    pub fn new(kind: PartyKind, id: impl fmt::Display, name: impl fmt::Display) -> Self {
        Self { kind, id: short(&id.to_string()), name: short(&name.to_string()) }
    }

    pub fn machine() -> Self {
        Self::new(PartyKind::Machine, "", "")
    }

    pub fn stranger() -> Self {
        Self::new(PartyKind::Stranger, "", "")
    }
}

impl<T> Place<T> {
    pub fn new(id: T, name: impl fmt::Display) -> Self {
        Self { id, name: short(&name.to_string()) }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.prefix {
            None => write!(f, "{}", self.ip),
            Some(prefix) => write!(f, "{}/{prefix}", self.ip),
        }
    }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(TEXT_MOST) {
        None => text.to_owned(),
        Some((end, _)) => text.get(..end).map_or_else(String::new, |kept| format!("{kept}…")),
    }
}

/// Looks at a record from its start, entry by entry.
#[derive(Debug, Clone)]
pub struct Inspection {
    expected: Link,
    report: AuditReport,
}

/// What is there, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AuditReport {
    pub entries: u64,
    /// Of the oldest that should be there.
    pub first: u64,
    /// Of the newest.
    pub last: u64,
    /// Of the newest, in hex: written down elsewhere, it shows whether the record was made anew.
    pub hash: String,
    /// The first few; how many there are is told beside.
    pub faults: Vec<String>,
    pub fault_count: u64,
}

/// More of them say nothing new.
const FAULTS_TOLD: usize = 20;

impl Inspection {
    pub fn from(start: Link) -> Self {
        let (first, last, hash) = (start.next, start.next.saturating_sub(1), start.before.to_string());
        let report = AuditReport { entries: 0, first, last, hash, faults: Vec::new(), fault_count: 0 };
        Self { expected: start, report }
    }

    /// The next one that is there, in order of their indices.
    pub fn see(&mut self, audited: &Audited) {
        let (wanted, found) = (self.expected.next, audited.index);
        if found > wanted {
            match found - wanted {
                1 => self.fault(format!("entry {wanted} is missing or cannot be read")),
                _ => self.fault(format!("entries {wanted} to {} are missing or cannot be read", found - 1)),
            }
        } else if !self.expected.holds(audited) {
            self.fault(format!("entry {found} does not follow from the one before: one of them was changed"));
        }
        self.expected = Link::behind(audited);
        self.report.entries += 1;
        self.report.last = found;
        self.report.hash = audited.hash.to_string();
    }

    pub fn report(self) -> AuditReport {
        self.report
    }

    fn fault(&mut self, what: String) {
        self.report.fault_count += 1;
        if self.report.faults.len() < FAULTS_TOLD {
            self.report.faults.push(what);
        }
    }
}

#[cfg(test)]
mod tests;
