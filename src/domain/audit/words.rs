//! The words of the record: what is done, and to what kinds of things.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};

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
