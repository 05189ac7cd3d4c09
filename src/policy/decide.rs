//! The decision itself: the design's table, and the limits on a session's age.

use crate::domain::{AccessMode, Timestamp};

use super::{Challenge, Permit, Principal, Refusal, Rules, Standing, Verdict, Visitor};

/// Judges a visitor by the app's current rules. What was proven before is worth what it is worth now.
pub fn decide(rules: &Rules, visitor: &Visitor, now: Timestamp) -> Verdict {
    if !rules.running {
        return Verdict::Refuse(Refusal::Stopped);
    }
    let proofs = visitor.proofs.filter(|proofs| rules.hold(proofs, now));
    let master = proofs.is_some_and(|p| p.master.is_some() && p.master == rules.master);
    let user = proofs.and_then(|p| p.user);
    let device = Principal::Device(visitor.device);
    let challenge = match (rules.mode, user) {
        (AccessMode::Public, _) => return forward(rules, device),
        (AccessMode::MasterPassword, _) if master => return forward(rules, device),
        (AccessMode::Signup, Some(user)) => return admit(rules, &user),
        (AccessMode::SignupAndMasterPassword, Some(user)) if master => return admit(rules, &user),
        (AccessMode::InviteOnly, Some(user)) if user.invited => {
            return forward(rules, Principal::User(user.user));
        }
        (AccessMode::InviteOnly, Some(_)) => return Verdict::Refuse(Refusal::NotInvited),
        (AccessMode::MasterPassword, _) => Challenge::MasterPassword,
        (AccessMode::SignupAndMasterPassword, Some(_)) => Challenge::MasterPassword,
        (AccessMode::SignupAndMasterPassword, None) if master => Challenge::SignIn,
        (AccessMode::SignupAndMasterPassword, None) => Challenge::SignInAndMasterPassword,
        (AccessMode::Signup | AccessMode::InviteOnly, None) => Challenge::SignIn,
    };
    Verdict::Challenge(challenge)
}

/// A registered user of an app that anybody may sign up for.
fn admit(rules: &Rules, user: &Standing) -> Verdict {
    if rules.keep_waiting(user) {
        return Verdict::Refuse(Refusal::Waiting);
    }
    forward(rules, Principal::User(user.user))
}

fn forward(rules: &Rules, principal: Principal) -> Verdict {
    Verdict::Forward(Permit { app: rules.app, principal })
}
