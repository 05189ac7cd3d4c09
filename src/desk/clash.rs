//! What stands against a change. Each sentence is a variant with its data: the API and the log say it in English, which
//! is its `Display`; the console says it in the language of whoever reads.

use std::fmt;

use crate::domain::{AppUrl, Slug, Username};

/// Something else has what was asked for, or is as it must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clash {
    /// Somebody else's change was first.
    Meanwhile,
    /// However often it was judged anew, somebody else's change was first.
    NeverStill(Moving),
    MailOnItsWay,
    NoMailServer,
    UsernameTaken(Username),
    Registered(Username),
    Suspended(Username),
    /// A right on one app does not reach whom other apps know, too.
    RegisteredElsewhere(Username),
    MemberAlready(Username),
    InvitationAccepted,
    InvitationWithdrawn,
    WorkspaceNamed(Slug),
    RoleNamed(String),
    /// Not more than so many.
    KeysMost(usize),
    RolesMost(usize),
    AppNamed(Slug),
    /// In the workspace that it was to move to.
    AppNamedThere(Slug),
    /// The name is the id of another app, which would not be found by it any more.
    NameIsId {
        name: Slug,
        of: Slug,
    },
    /// Of another workspace, the app is not named: whoever asks may not know it.
    AddressTaken {
        url: AppUrl,
        by: Option<Slug>,
    },
    AddressOfConsole(AppUrl),
    /// The console would not be reached any more.
    InFrontOfConsole(AppUrl),
    /// What follows is for owners only.
    BesideConsole(AppUrl),
    BesideForeignApp(AppUrl),
}

/// What somebody else kept changing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moving {
    User,
    Registration,
    Member,
    MembersOfWorkspace,
    Invitation,
    Key,
}

/// What would be lost with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InUse {
    /// Their titles.
    Apps(Vec<String>),
    Role {
        name: String,
        members: usize,
        invitations: usize,
    },
}

impl fmt::Display for Clash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const OF_OWNERS: &str = "only owners put an app there; give this one a host or port of its own";
        match self {
            Self::Meanwhile => f.write_str("somebody else changed the same thing at the same time"),
            Self::NeverStill(moving) => moving.fmt(f),
            Self::MailOnItsWay => f.write_str("the mail is being sent right now"),
            Self::NoMailServer => f.write_str("no mail server is configured ([smtp])"),
            Self::UsernameTaken(name) => write!(f, "{name} is taken by another user"),
            Self::Registered(name) => write!(f, "{name} is registered with this app already"),
            Self::Suspended(name) => write!(f, "{name} is suspended"),
            Self::RegisteredElsewhere(name) => {
                write!(f, "{name} is registered with other apps, too: it takes a key of the whole workspace")
            }
            Self::MemberAlready(name) => write!(f, "{name} is a member already"),
            Self::InvitationAccepted => {
                f.write_str("the invitation has been accepted; what it gave is ended at the user")
            }
            Self::InvitationWithdrawn => f.write_str("the invitation has been withdrawn; make a new one"),
            Self::WorkspaceNamed(name) => write!(f, "there is a workspace named {name} already"),
            Self::RoleNamed(name) => write!(f, "there is a role called {name} already"),
            Self::KeysMost(most) => write!(f, "there are {most} keys already: delete some first"),
            Self::RolesMost(most) => write!(f, "there are {most} roles already: delete some first"),
            Self::AppNamed(name) => write!(f, "the workspace has an app named {name} already"),
            Self::AppNamedThere(name) => write!(f, "that workspace has an app named {name} already"),
            Self::NameIsId { name, of } => write!(f, "{name} is the id of the app {of}"),
            Self::AddressTaken { url, by: Some(app) } => write!(f, "the app {app} has the address {url} already"),
            Self::AddressTaken { url, by: None } => write!(f, "another app has the address {url} already"),
            Self::AddressOfConsole(url) => write!(f, "the console has the address {url} already"),
            Self::InFrontOfConsole(url) => write!(
                f,
                "{}: the console answers there, and would no longer; give the app a host or port of its own",
                url.origin()
            ),
            Self::BesideConsole(url) => write!(f, "{} is where the console answers: {OF_OWNERS}", url.origin()),
            Self::BesideForeignApp(url) => write!(f, "another app is at {}: {OF_OWNERS}", url.origin()),
        }
    }
}

impl fmt::Display for Moving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::User => "the user is",
            Self::Registration => return f.write_str("the user's registration never stood still; try again"),
            Self::Member => "the member is",
            Self::MembersOfWorkspace => "the workspace's members are",
            Self::Invitation => "this is",
            Self::Key => "the key is",
        };
        write!(f, "{what} being changed by somebody else; try again")
    }
}

impl fmt::Display for InUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Apps(titles) => write!(f, "its apps would go with it: {}", titles.join(", ")),
            Self::Role { name, members, invitations } => write!(
                f,
                "{members} members and {invitations} invitations have the role {name}: say which one they get instead"
            ),
        }
    }
}

/// One of each, for the tests: whoever adds one is made to say where it comes in the row.
#[cfg(test)]
impl Clash {
    pub(crate) fn every() -> Vec<Self> {
        std::iter::successors(Some(Self::Meanwhile), Self::next).collect()
    }

    fn next(&self) -> Option<Self> {
        let name = || "hmi".parse::<Slug>().unwrap();
        let anna = || "anna@plant.example".parse::<Username>().unwrap();
        let url = || "https://edge-01:8443/hmi".parse::<AppUrl>().unwrap();
        Some(match self {
            Self::Meanwhile => Self::NeverStill(Moving::User),
            Self::NeverStill(Moving::User) => Self::NeverStill(Moving::Registration),
            Self::NeverStill(Moving::Registration) => Self::NeverStill(Moving::Member),
            Self::NeverStill(Moving::Member) => Self::NeverStill(Moving::MembersOfWorkspace),
            Self::NeverStill(Moving::MembersOfWorkspace) => Self::NeverStill(Moving::Invitation),
            Self::NeverStill(Moving::Invitation) => Self::NeverStill(Moving::Key),
            Self::NeverStill(Moving::Key) => Self::MailOnItsWay,
            Self::MailOnItsWay => Self::NoMailServer,
            Self::NoMailServer => Self::UsernameTaken(anna()),
            Self::UsernameTaken(_) => Self::Registered(anna()),
            Self::Registered(_) => Self::Suspended(anna()),
            Self::Suspended(_) => Self::RegisteredElsewhere(anna()),
            Self::RegisteredElsewhere(_) => Self::MemberAlready(anna()),
            Self::MemberAlready(_) => Self::InvitationAccepted,
            Self::InvitationAccepted => Self::InvitationWithdrawn,
            Self::InvitationWithdrawn => Self::WorkspaceNamed(name()),
            Self::WorkspaceNamed(_) => Self::RoleNamed("Builders".to_owned()),
            Self::RoleNamed(_) => Self::KeysMost(100),
            Self::KeysMost(_) => Self::RolesMost(200),
            Self::RolesMost(_) => Self::AppNamed(name()),
            Self::AppNamed(_) => Self::AppNamedThere(name()),
            Self::AppNamedThere(_) => Self::NameIsId { name: name(), of: name() },
            Self::NameIsId { .. } => Self::AddressTaken { url: url(), by: Some(name()) },
            Self::AddressTaken { by: Some(_), .. } => Self::AddressTaken { url: url(), by: None },
            Self::AddressTaken { by: None, .. } => Self::AddressOfConsole(url()),
            Self::AddressOfConsole(_) => Self::InFrontOfConsole(url()),
            Self::InFrontOfConsole(_) => Self::BesideConsole(url()),
            Self::BesideConsole(_) => Self::BesideForeignApp(url()),
            Self::BesideForeignApp(_) => return None,
        })
    }
}

#[cfg(test)]
impl InUse {
    pub(crate) fn every() -> Vec<Self> {
        let apps = Self::Apps(vec!["Line 4".to_owned(), "Warehouse".to_owned()]);
        std::iter::successors(Some(apps), Self::next).collect()
    }

    fn next(&self) -> Option<Self> {
        match self {
            Self::Apps(_) => Some(Self::Role { name: "Builders".to_owned(), members: 2, invitations: 1 }),
            Self::Role { .. } => None,
        }
    }
}
