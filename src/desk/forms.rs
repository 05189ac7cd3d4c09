//! What visitors hand in, and what they can be told.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use crate::domain::{DeviceId, Language, SessionId, SessionToken, Username};
use crate::passwords::{Busy, ChosenPassword, PlainPassword, Unfit};
use crate::throttle::Wait;

/// Who stands at the desk.
#[derive(Debug, Clone)]
pub struct Caller {
    pub ip: IpAddr,
    pub agent: String,
    pub device: DeviceId,
    /// The session that this browser holds now; success replaces it.
    pub session: Option<SessionId>,
}

pub struct SignIn {
    pub email: String,
    pub password: String,
    pub master_password: Option<String>,
}

pub struct SignUp {
    pub email: String,
    pub password: String,
    pub given_name: String,
    pub family_name: String,
    pub master_password: Option<String>,
}

pub struct GiveMasterPassword {
    pub password: String,
    /// Counts where the app asks for one.
    pub name: Option<String>,
}

pub struct AcceptInvite {
    pub password: String,
    pub given_name: String,
    pub family_name: String,
}

#[derive(Debug)]
pub struct SignedIn {
    pub token: SessionToken,
}

/// What an invite's page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InviteView {
    pub username: Username,
    pub given_name: String,
    pub family_name: String,
    /// The person has a password in this workspace already: it is asked for, not chosen.
    pub has_password: bool,
    /// Which whoever invited chose for them.
    pub language: Option<Language>,
}

/// What a visitor can be told. What lies behind `Unavailable` is logged where it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnterError {
    Fields(Vec<FieldError>),
    WrongCredentials,
    WrongMasterPassword,
    NotInvited,
    SignUpClosed,
    InviteGone,
    /// A reset link, or one that confirms an address, that does not open any more.
    LinkGone,
    /// The session that asked has ended meanwhile.
    SignedOut,
    TooMany {
        retry_after: Duration,
    },
    Busy {
        retry_after: Duration,
    },
    Unavailable,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    pub field: Field,
    pub problem: FieldProblem,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Email,
    Password,
    GivenName,
    FamilyName,
    MasterPassword,
    /// What somebody without a user calls themselves.
    DisplayName,
    /// Beside the present one.
    NewPassword,
    Confirm,
    /// A linked account with an identity provider.
    Identity,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldProblem {
    Missing,
    Invalid,
    TooShort {
        least: usize,
    },
    TooLong {
        most: usize,
    },
    TooCommon,
    /// The app takes sign-ups from these domains only.
    OtherDomain {
        domains: String,
    },
    /// It is so already.
    Unchanged,
    /// What cannot be undone was not said to be meant.
    Unconfirmed,
    /// Without it nobody could sign in to the account.
    LastWayIn,
    /// There must be an owner, and this is the only one.
    LastOwner,
}

impl From<Unfit> for FieldProblem {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Missing => Self::Missing,
            Unfit::TooShort { least } => Self::TooShort { least },
            Unfit::TooLong { most } => Self::TooLong { most },
            Unfit::TooCommon => Self::TooCommon,
        }
    }
}

impl From<Busy> for EnterError {
    fn from(busy: Busy) -> Self {
        Self::Busy { retry_after: busy.retry_after }
    }
}

impl From<Wait> for EnterError {
    fn from(wait: Wait) -> Self {
        Self::TooMany { retry_after: wait.retry_after }
    }
}

/// Longest given or family name, in characters; the directory keeps both beside the address in one short text.
pub(super) const NAME_MOST: usize = 100;

/// Reads a form field by field, and remembers what is wrong with which.
#[derive(Default)]
pub(super) struct Reader(Vec<FieldError>);

impl Reader {
    /// An address, or a user name: whatever `T` takes.
    pub(super) fn name_of<T: FromStr>(&mut self, typed: &str) -> Option<T> {
        if typed.trim().is_empty() {
            return self.refuse(Field::Email, FieldProblem::Missing);
        }
        match typed.parse() {
            Ok(name) => Some(name),
            Err(_) => self.refuse(Field::Email, FieldProblem::Invalid),
        }
    }

    pub(super) fn password(&mut self, field: Field, typed: String) -> Option<PlainPassword> {
        match PlainPassword::new(typed) {
            Ok(password) => Some(password),
            Err(unfit) => self.refuse(field, unfit.into()),
        }
    }

    pub(super) fn new_password(&mut self, typed: String) -> Option<ChosenPassword> {
        self.chosen(Field::Password, typed)
    }

    pub(super) fn chosen(&mut self, field: Field, typed: String) -> Option<ChosenPassword> {
        match ChosenPassword::new(typed) {
            Ok(password) => Some(password),
            Err(unfit) => self.refuse(field, unfit.into()),
        }
    }

    /// What another reader found.
    pub(super) fn note(&mut self, error: FieldError) {
        self.0.push(error);
    }

    /// An empty field is no master password, and no mistake.
    pub(super) fn master_password(&mut self, typed: Option<String>) -> Option<PlainPassword> {
        let typed = typed.filter(|typed| !typed.is_empty())?;
        self.password(Field::MasterPassword, typed)
    }

    /// A name that must be given.
    pub(super) fn display_name(&mut self, typed: Option<&str>) -> Option<String> {
        let name = self.name(Field::DisplayName, typed.unwrap_or_default());
        if name.is_empty() && self.0.is_empty() {
            return self.refuse(Field::DisplayName, FieldProblem::Missing);
        }
        Some(name)
    }

    pub(super) fn name(&mut self, field: Field, typed: &str) -> String {
        match name(typed) {
            Ok(name) => name,
            Err(problem) => self.refuse(field, problem).unwrap_or_default(),
        }
    }

    pub(super) fn finish(self) -> Result<(), EnterError> {
        if self.0.is_empty() { Ok(()) } else { Err(EnterError::Fields(self.0)) }
    }

    /// All that was wrong. For a field that came out as nothing although nothing was noted, that there is nothing.
    pub(super) fn error(self) -> EnterError {
        match self.finish() {
            Err(error) => error,
            Ok(()) => EnterError::Unavailable,
        }
    }

    fn refuse<T>(&mut self, field: Field, problem: FieldProblem) -> Option<T> {
        self.0.push(FieldError { field, problem });
        None
    }
}

/// A person's name: trimmed, on one line. Empty is fine: not everybody has two.
pub(super) fn name(typed: &str) -> Result<String, FieldProblem> {
    let name = typed.trim();
    if name.chars().count() > NAME_MOST {
        return Err(FieldProblem::TooLong { most: NAME_MOST });
    }
    if name.chars().any(|c| c.is_control() || turns_text(c)) {
        return Err(FieldProblem::Invalid);
    }
    Ok(name.to_owned())
}

/// Controls of the bidirectional algorithm (Unicode Standard Annex 9): a name with one reads as another.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
