//! One invitation: a new link, or none any more.

use std::sync::Arc;

use axum::extract::State;

use crate::desk::Terms;
use crate::domain::InvitationId;
use crate::portal::console::Console;
use crate::portal::console::field::FormView;
use crate::portal::console::place::{Id, InApp};
use crate::portal::console::sheet::AskSheet;
use crate::portal::pages::{self, Answer};
use crate::portal::right::ManageUsers;

use super::words::words;
use super::{REACH, invites};

type Here = InApp<ManageUsers>;

/// The same language and way as before: it goes by mail where there is a mail server.
pub(super) async fn renew(State(console): State<Arc<Console>>, here: Here, Id(id): Id<InvitationId>) -> Answer {
    let app = here.app().id;
    let language = match console.desk.invitation(app, id).await {
        Ok(view) => view.invitation.language,
        Err(error) => return here.member.stop(error.into()),
    };
    let terms = Terms { language, send: console.desk.has_mail(), ..Terms::default() };
    match console.desk.renew_invitation(app, id, terms, REACH).await {
        Ok(invited) => {
            let name = invited.view.invitation.username.to_string();
            invites::given(&console, &here, vec![name], vec![Ok(invited)], Vec::new())
        }
        Err(error) => here.member.stop(error.into()),
    }
}

pub(super) async fn ask(State(console): State<Arc<Console>>, here: Here, Id(id): Id<InvitationId>) -> Answer {
    let words = words(here.member.language);
    match console.desk.invitation(here.app().id, id).await {
        Ok(view) => AskSheet {
            frame: here.frame((words.withdraw_heading)(view.invitation.username.as_str())),
            lead: words.withdraw_lead.to_owned(),
            points: Vec::new(),
            form: FormView::new(here.path(&format!("/invites/{id}/withdraw")), words.withdraw, Vec::new())
                .grave()
                .cancel(here.path("/invites")),
        }
        .answer(),
        Err(error) => here.member.stop(error.into()),
    }
}

pub(super) async fn withdraw(State(console): State<Arc<Console>>, here: Here, Id(id): Id<InvitationId>) -> Answer {
    match console.desk.withdraw_invitation(here.app().id, id).await {
        Ok(()) => pages::see_other(&here.path("/invites?done=withdrawn")),
        Err(error) => here.member.stop(error.into()),
    }
}
