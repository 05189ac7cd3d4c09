//! What a change would do to those who are in, before it is made.

use crate::desk::Desk;
use crate::domain::{AppId, MasterPassword};
use crate::policy::{Rules, Verdict, decide};

use super::{AppChange, rules};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreseen {
    /// Sessions that are let through now.
    pub live: usize,
    /// Those of them that would have to prove more.
    pub ended: usize,
}

impl Desk {
    /// Judges every session of the app by the rules as they are and as they would be.
    pub fn foresee(&self, id: AppId, change: &AppChange) -> Option<Foreseen> {
        let entry = self.app(id)?;
        let mut app = entry.app.clone();
        rules::merge(&mut app, change);
        if change.master_password.is_some() {
            let version = app.master_version().map_or(1, |version| version.saturating_add(1));
            app.master = Some(MasterPassword { hash: String::new(), version });
        }
        let (before, after) = (Rules::from(&entry.app), Rules::from(&app));
        let now = self.clock.now();
        let passes = |rules: &Rules, visitor: &_| matches!(decide(rules, visitor, now), Verdict::Forward(_));
        let count = |also: &dyn Fn(&crate::policy::Visitor) -> bool| {
            self.directory.count_sessions(|live| {
                live.app == id && {
                    let visitor = self.directory.proven(id, live);
                    passes(&before, &visitor) && also(&visitor)
                }
            })
        };
        Some(Foreseen { live: count(&|_| true), ended: count(&|visitor| !passes(&after, visitor)) })
    }
}
