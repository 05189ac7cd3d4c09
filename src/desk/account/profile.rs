//! What the account shows, the person's names, and the providers' accounts that are linked with it.

use crate::desk::audit::user_changes;
use crate::desk::forms::Reader;
use crate::desk::sessions::Live;
use crate::desk::{Desk, EnterError, Field, FieldError, FieldProblem};
use crate::directory::Census;
use crate::domain::audit::Action;
use crate::domain::{AppId, IdentityId, Key, Record, User};
use crate::policy::Rules;

use super::{AccountView, Me, OwnSession, failed};

impl Desk {
    pub async fn account(&self, me: &Me) -> Result<AccountView, EnterError> {
        let user = self.myself(me)?.user;
        let mut sessions = self.own_sessions(me, &user)?;
        sessions.sort_by_key(|own| (!own.is_this, std::cmp::Reverse(own.session.last_seen_at)));
        Ok(AccountView {
            username: user.username,
            email_verified: user.email_verified,
            given_name: user.given_name,
            family_name: user.family_name,
            has_password: user.password.is_some(),
            identities: user.identities,
            sessions,
        })
    }

    /// Those that still open something.
    fn own_sessions(&self, me: &Me, user: &User) -> Result<Vec<OwnSession>, EnterError> {
        let census = Census::default();
        let live = Live { directory: &self.directory, census: &census };
        let mut own = Vec::new();
        for session in self.sessions_everywhere(user).map_err(failed)? {
            if !self.counts(session.app, &session.id) {
                continue;
            }
            let app_title = self.title(session.app);
            let is_this = session.id == me.session;
            own.push(OwnSession { session: live.view(session), app_title, is_this });
        }
        Ok(own)
    }

    fn counts(&self, app: AppId, session: &crate::domain::SessionId) -> bool {
        let (Some(entry), Some(live)) = (self.app(app), self.directory.session(session)) else { return false };
        let proofs = self.directory.proven(app, &live).proofs;
        proofs.is_some_and(|p| p.user.is_some() && Rules::from(&entry.app).hold(&p, self.clock.now()))
    }

    pub(super) fn title(&self, app: AppId) -> String {
        self.app(app).map_or_else(String::new, |entry| match entry.app.title.as_str() {
            "" => entry.app.name.to_string(),
            title => title.to_owned(),
        })
    }

    pub async fn rename_me(&self, me: &Me, given_name: &str, family_name: &str) -> Result<(), EnterError> {
        let mut reader = Reader::default();
        let given_name = reader.name(Field::GivenName, given_name);
        let family_name = reader.name(Field::FamilyName, family_name);
        reader.finish()?;
        self.change_myself(me, |known, proposal| {
            let (given_name, family_name) = (given_name.clone(), family_name.clone());
            let said = self.entry_of(Action::ProfileChange, me.app, &known.user);
            let user = User { given_name, family_name, ..known.user.clone() };
            let said = user_changes(said, &known.user, &user);
            Ok(((), proposal.put(Record::User(Box::new(user))).record(said)))
        })
        .await
    }

    /// Takes a provider's account away as a way in. Unlinking what is not linked is fine; the last way in stays.
    pub async fn unlink_identity(&self, me: &Me, identity: &IdentityId) -> Result<(), EnterError> {
        self.change_myself(me, |known, proposal| {
            let mut user = known.user;
            let before = user.identities.len();
            user.identities.retain(|linked| linked.id() != *identity);
            if user.identities.len() == before {
                return Ok(((), proposal));
            }
            if !user.can_sign_in() {
                let problem = FieldProblem::LastWayIn;
                return Err(EnterError::Fields(vec![FieldError { field: Field::Identity, problem }]));
            }
            let said = self.entry_of(Action::IdentityUnlink, me.app, &user);
            let proposal = proposal.remove(Key::Federated(user.workspace, *identity)).record(said);
            Ok(((), proposal.put(Record::User(Box::new(user)))))
        })
        .await
    }
}
