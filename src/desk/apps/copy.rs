//! A second app with the settings of a first, and without anybody who came to that one.

use crate::desk::{AdminError, Desk, read};
use crate::domain::audit::{Action, Party, PartyKind};
use crate::domain::{App, AppId, AppUrl, Slug, WorkspaceId};

/// The copy's own.
#[derive(Clone)]
pub struct AppCopy {
    pub name: Slug,
    /// Without one, the first app's.
    pub title: Option<String>,
    pub url: AppUrl,
    /// The first one's is not taken along: where the mode asks for one, the copy needs its own.
    pub master_password: Option<String>,
}

impl Desk {
    /// Settings go over; users, sessions, invitations, keys and the master password do not.
    pub async fn copy_app(&self, source: AppId, workspace: WorkspaceId, copy: AppCopy) -> Result<App, AdminError> {
        let _turn = self.administration.lock().await;
        let (source, _) = read::app(&*self.archive, source)?.ok_or(AdminError::NotFound)?;
        let first = Party::new(PartyKind::App, source.id, &source.name);
        let app = App {
            id: AppId::random(),
            workspace,
            name: copy.name,
            title: copy.title.map_or_else(|| source.title.clone(), |title| title.trim().to_owned()),
            url: copy.url,
            master: None,
            created_at: self.clock.now(),
            ..source
        };
        let said = self.made(Action::AppCopy, &app).on(first);
        self.add_app(app, copy.master_password.as_deref(), said).await
    }
}
