//! Making somebody an owner or none, and removing members. There is always an owner.

use crate::desk::{ATTEMPTS, AdminError, Authority, Desk, Expected, Moving, read};
use crate::domain::audit::Action;
use crate::domain::{AppId, Guard, Key, Member, Proposal, Record, UserId};
use crate::ledger::LedgerError;

use super::MemberView;

/// What is to be different; `None` stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MemberChange {
    pub owner: Option<bool>,
}

impl Desk {
    pub async fn change_member(
        &self,
        authority: &Authority,
        id: UserId,
        change: MemberChange,
        expected: &Expected,
    ) -> Result<MemberView, AdminError> {
        let _turn = self.administration.lock().await;
        for _ in 0..ATTEMPTS {
            let (before, revision) = self.seen_member(&self.directory.snapshot(), authority, id)?;
            self.as_owner(authority)?;
            expected.check(revision)?;
            let owner = change.owner.unwrap_or(before.owner);
            if owner == before.owner {
                return self.member(authority, id);
            }
            let proposal = Proposal::new().expect(Guard::At(Key::Member(id), revision));
            let proposal = if owner { proposal } else { self.without_owner(proposal, id)? };
            let said = self.entry(Action::MemberChange).on(self.member_named(id)).changed("owner", before.owner, owner);
            let after = Member { owner, ..before };
            match self.ledger.propose(proposal.put(Record::Member(Box::new(after))).record(said)).await {
                // Who demotes themselves still learns how they stand.
                Ok(_) => return self.as_seen_by_owner(id),
                Err(LedgerError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AdminError::never_still(Moving::Member))
    }

    /// Ends a member's sessions, personal keys and invitation with them, and with an owner what owners promised. Answered when every stream of theirs is cut.
    pub async fn remove_member(
        &self,
        authority: &Authority,
        id: UserId,
        expected: &Expected,
    ) -> Result<(), AdminError> {
        let _turn = self.administration.lock().await;
        for _ in 0..ATTEMPTS {
            let (_, revision) = self.seen_member(&self.directory.snapshot(), authority, id)?;
            self.as_owner(authority)?;
            expected.check(revision)?;
            let (_, removal) = self.unregistration(AppId::CONSOLE, id)?;
            let removal = self.without_member(removal, id)?;
            let said = self.entry(Action::MemberRemove).on(self.member_named(id));
            match self.ledger.propose(removal.record(said)).await {
                Ok(_) => return self.clear_strays(AppId::CONSOLE, id).await,
                Err(LedgerError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AdminError::never_still(Moving::Member))
    }

    /// Read anew, whole: whoever asks has just been an owner.
    fn as_seen_by_owner(&self, id: UserId) -> Result<MemberView, AdminError> {
        let snapshot = self.directory.snapshot();
        let (member, revision) = read::member(&*self.archive, id)?.ok_or(AdminError::NotFound)?;
        self.member_view(&snapshot, &Authority::MACHINE, &member, revision)
    }
}
