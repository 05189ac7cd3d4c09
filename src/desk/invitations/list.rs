//! Reading an app's invitations.

use crate::desk::sessions::{Window, matches};
use crate::desk::{AdminError, Desk, read};
use crate::domain::{AppId, Invitation, InvitationId, Key, Timestamp};
use crate::store::{Archive, Group, StoreError};

use super::{InvitationView, Standing, as_invitation};

/// A part of a list, and where it goes on.
type Page = (Vec<InvitationView>, Option<InvitationId>);

impl Desk {
    /// Those for whom `wanted` holds, in the order of their ids, from behind `window.after`; and where to go on, if
    /// there is more.
    pub async fn invitations(
        &self,
        app: AppId,
        wanted: fn(Standing) -> bool,
        window: Window<InvitationId>,
    ) -> Result<Page, AdminError> {
        let now = self.clock.now();
        Ok(self.reading(move |archive| page(archive, app, now, wanted, &window)).await?)
    }

    pub async fn invitation(&self, app: AppId, id: InvitationId) -> Result<InvitationView, AdminError> {
        let (invitation, _) = read::invitation(&*self.archive, app, id)?.ok_or(AdminError::NotFound)?;
        Ok(InvitationView::of(&*self.archive, invitation, self.clock.now())?)
    }
}

fn page(
    archive: &dyn Archive,
    app: AppId,
    now: Timestamp,
    wanted: fn(Standing) -> bool,
    window: &Window<InvitationId>,
) -> Result<Page, StoreError> {
    let mut rows = Vec::new();
    let mut after = window.after;
    loop {
        let behind = after.map(|id| Key::Invitation(app, id));
        let records = archive.scan(Group::InvitationsOf(app), behind.as_ref(), read::BATCH)?;
        let is_last = records.len() < read::BATCH;
        for invitation in records.into_iter().filter_map(as_invitation) {
            if rows.len() == window.limit {
                return Ok((rows, after));
            }
            after = Some(invitation.id);
            if wanted(Standing::of(&invitation, now)) && is_sought(&invitation, window.query.as_deref()) {
                rows.push(InvitationView::of(archive, invitation, now)?);
            }
        }
        if is_last {
            return Ok((rows, None));
        }
    }
}

fn is_sought(invitation: &Invitation, query: Option<&str>) -> bool {
    let Some(query) = query else { return true };
    let name = format!("{} {}", invitation.given_name, invitation.family_name);
    matches(query, [invitation.username.as_str(), &name, &invitation.id.to_string()])
}
