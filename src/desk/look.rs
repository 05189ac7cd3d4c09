//! How the console looks to a member: theirs alone, and no right.

use crate::domain::{Guard, Key, Language, Member, Proposal, Record, Theme, UserId};

use super::{AdminError, Desk};

/// What is to be different. `Some(None)` follows the browser and the system again.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look {
    pub theme: Option<Option<Theme>>,
    pub language: Option<Option<Language>>,
}

impl Desk {
    pub async fn change_look(&self, id: UserId, look: Look) -> Result<(), AdminError> {
        let _turn = self.administration.lock().await;
        let Some((Record::Member(before), revision)) = self.archive.get(&Key::Member(id))? else {
            return Err(AdminError::NotFound);
        };
        let member = Member {
            theme: look.theme.unwrap_or(before.theme),
            language: look.language.unwrap_or(before.language),
            ..(*before).clone()
        };
        if member == *before {
            return Ok(());
        }
        let proposal =
            Proposal::new().expect(Guard::At(Key::Member(id), revision)).put(Record::Member(Box::new(member)));
        self.ledger.propose(proposal).await?;
        Ok(())
    }
}
