//! A member's own profile: names, and how the console looks to them.

use crate::desk::audit::user_changes;
use crate::desk::users::name;
use crate::desk::{ATTEMPTS, AdminError, Authority, Desk, Expected, Moving, read};
use crate::domain::audit::Action;
use crate::domain::{Guard, Key, Language, Member, Proposal, Record, Revision, Theme, User};
use crate::ledger::LedgerError;

#[derive(Debug, Clone)]
pub struct Profile {
    pub user: User,
    pub member: Member,
    /// Of whichever was written last.
    pub revision: Revision,
}

/// What is to be different; `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileChange {
    pub given_name: Option<String>,
    pub family_name: Option<String>,
    pub theme: Option<Option<Theme>>,
    pub language: Option<Option<Language>>,
}

impl Desk {
    pub fn profile(&self, authority: &Authority) -> Result<Profile, AdminError> {
        let (user, user_at, member, member_at) = self.own(authority)?;
        Ok(Profile { user, member, revision: user_at.max(member_at) })
    }

    pub async fn change_profile(
        &self,
        authority: &Authority,
        change: ProfileChange,
        expected: &Expected,
    ) -> Result<(), AdminError> {
        let mut flaws = Vec::new();
        let given_name = change.given_name.map(|typed| name("given_name", &typed, &mut flaws));
        let family_name = change.family_name.map(|typed| name("family_name", &typed, &mut flaws));
        if !flaws.is_empty() {
            return Err(AdminError::Invalid(flaws));
        }
        let _turn = self.administration.lock().await;
        for _ in 0..ATTEMPTS {
            let (before, user_at, member, member_at) = self.own(authority)?;
            expected.check(user_at.max(member_at))?;
            let user = User {
                given_name: given_name.clone().unwrap_or_else(|| before.given_name.clone()),
                family_name: family_name.clone().unwrap_or_else(|| before.family_name.clone()),
                ..before.clone()
            };
            let after = Member {
                theme: change.theme.unwrap_or(member.theme),
                language: change.language.unwrap_or(member.language),
                ..member.clone()
            };
            let mut proposal = Proposal::new()
                .expect(Guard::At(Key::User(before.id), user_at))
                .expect(Guard::At(Key::Member(member.id), member_at));
            let said = user_changes(self.entry(Action::ProfileChange), &before, &user);
            if user != before {
                proposal = proposal.record(said);
                proposal = proposal.put(Record::User(Box::new(user)));
            }
            if after != member {
                proposal = proposal.put(Record::Member(Box::new(after)));
            }
            if proposal.changes.is_empty() {
                return Ok(());
            }
            match self.ledger.propose(proposal).await {
                Ok(_) => return Ok(()),
                Err(LedgerError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AdminError::never_still(Moving::Member))
    }

    fn own(&self, authority: &Authority) -> Result<(User, Revision, Member, Revision), AdminError> {
        let id = authority.member(&self.directory.snapshot()).map(|member| member.id).ok_or(AdminError::NotFound)?;
        let (user, user_at) = read::user(&*self.archive, id)?.ok_or(AdminError::NotFound)?;
        let (member, member_at) = read::member(&*self.archive, id)?.ok_or(AdminError::NotFound)?;
        Ok((user, user_at, member, member_at))
    }
}
