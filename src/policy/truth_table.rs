//! The design's table, every cell; every switch between modes; every limit.

use std::time::Duration;

use crate::domain::{AccessMode, AppId, DeviceId, Timestamp, UserId};

use super::*;

const APP: AppId = AppId::from_u64(1);
const USER: UserId = UserId::from_u64(2);
const DEVICE: DeviceId = DeviceId::from_bytes([3; 10]);
const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    Device,
    User,
    Ask(Challenge),
    Refuse,
    Wait,
}
use Cell::{Ask, Device, Refuse, User, Wait};
use Challenge::{MasterPassword as Master, SignIn, SignInAndMasterPassword as Both};

/// Columns: none, master, user, user and master, invited user, invited user and master.
const TABLE: [(AccessMode, [Cell; 6]); 5] = [
    (AccessMode::Public, [Device; 6]),
    (AccessMode::MasterPassword, [Ask(Master), Device, Ask(Master), Device, Ask(Master), Device]),
    (AccessMode::Signup, [Ask(SignIn), Ask(SignIn), User, User, User, User]),
    (AccessMode::SignupAndMasterPassword, [Ask(Both), Ask(SignIn), Ask(Master), User, Ask(Master), User]),
    (AccessMode::InviteOnly, [Ask(SignIn), Ask(SignIn), Refuse, Refuse, User, User]),
];

fn visitor(column: usize) -> Visitor {
    let user = [None, None, Some(false), Some(false), Some(true), Some(true)][column];
    Visitor {
        device: DEVICE,
        proofs: Some(Proofs {
            app: APP,
            user: user.map(|invited| Standing { user: USER, invited, waiting: false }),
            master: (column % 2 == 1).then_some(7),
            created_at: NOW,
            last_seen_at: NOW,
        }),
    }
}

fn rules(mode: AccessMode) -> Rules {
    Rules { app: APP, mode, master: Some(7), running: true, approval: false, idle_limit: None, absolute_limit: None }
}

fn cell(rules: &Rules, visitor: &Visitor, now: Timestamp) -> Cell {
    match decide(rules, visitor, now) {
        Verdict::Forward(permit) => {
            assert_eq!(permit.app(), APP);
            match permit.principal() {
                Principal::Device(device) => {
                    assert_eq!(device, DEVICE);
                    Device
                }
                Principal::User(user) => {
                    assert_eq!(user, USER);
                    User
                }
            }
        }
        Verdict::Challenge(challenge) => Ask(challenge),
        Verdict::Refuse(Refusal::NotInvited) => Refuse,
        Verdict::Refuse(Refusal::Waiting) => Wait,
        Verdict::Refuse(Refusal::Stopped) => unreachable!("no app of the table is stopped"),
    }
}

#[test]
fn every_cell() {
    for (mode, row) in TABLE {
        for (column, expected) in row.into_iter().enumerate() {
            assert_eq!(cell(&rules(mode), &visitor(column), NOW), expected, "{mode:?}, column {column}");
        }
        let stranger = Visitor { device: DEVICE, proofs: None };
        assert_eq!(cell(&rules(mode), &stranger, NOW), row[0], "{mode:?}, no session");
    }
}

/// Who has not been approved passes where nobody need be, or where an invitation says more than an approval.
#[test]
fn who_waits_for_approval_waits_where_anybody_may_sign_up_and_nowhere_else() {
    for (mode, row) in TABLE {
        for (column, expected) in row.into_iter().enumerate() {
            let mut waiting = visitor(column);
            if let Some(standing) = waiting.proofs.as_mut().and_then(|proofs| proofs.user.as_mut()) {
                standing.waiting = true;
            }
            assert_eq!(cell(&rules(mode), &waiting, NOW), expected, "{mode:?}, column {column}, no approval asked");
            let asking = Rules { approval: true, ..rules(mode) };
            let waits = mode.is_open_to_sign_up() && expected == User && column < 4;
            let expected = if waits { Wait } else { expected };
            assert_eq!(cell(&asking, &waiting, NOW), expected, "{mode:?}, column {column}");
            assert_eq!(cell(&asking, &visitor(column), NOW), row[column], "{mode:?}, column {column}, approved");
        }
    }
}

#[test]
fn a_switch_is_judged_by_the_new_mode_alone_and_back_again() {
    for (from, before) in TABLE {
        for (to, after) in TABLE {
            for column in 0..6 {
                let visitor = visitor(column);
                assert_eq!(cell(&rules(from), &visitor, NOW), before[column]);
                assert_eq!(cell(&rules(to), &visitor, NOW), after[column]);
                assert_eq!(cell(&rules(from), &visitor, NOW), before[column]);
            }
        }
    }
}

#[test]
fn a_stopped_app_refuses_everybody() {
    for (mode, _) in TABLE {
        for column in 0..6 {
            let stopped = Rules { running: false, ..rules(mode) };
            assert_eq!(decide(&stopped, &visitor(column), NOW), Verdict::Refuse(Refusal::Stopped));
        }
    }
}

#[test]
fn a_session_of_another_app_proves_nothing() {
    for (mode, row) in TABLE {
        for column in 0..6 {
            let mut visitor = visitor(column);
            visitor.proofs = visitor.proofs.map(|proofs| Proofs { app: AppId::from_u64(9), ..proofs });
            assert_eq!(cell(&rules(mode), &visitor, NOW), row[0], "{mode:?}, column {column}");
        }
    }
}

#[test]
fn a_new_or_missing_master_password_voids_older_proofs() {
    for master in [Some(8), None] {
        let rules = Rules { master, ..rules(AccessMode::MasterPassword) };
        for column in 0..6 {
            assert_eq!(cell(&rules, &visitor(column), NOW), Ask(Master));
        }
        // Neither does the absence of a proof match the absence of a password.
        assert_eq!(cell(&rules, &Visitor { device: DEVICE, proofs: None }, NOW), Ask(Master));
    }
}

#[test]
fn limits_count_to_the_millisecond() {
    let limit = Duration::from_secs(60);
    let idle = Rules { idle_limit: Some(limit), ..rules(AccessMode::Signup) };
    let absolute = Rules { absolute_limit: Some(limit), ..rules(AccessMode::Signup) };
    let mut used = visitor(2);
    used.proofs = used.proofs.map(|proofs| Proofs { last_seen_at: NOW.plus(limit), ..proofs });
    let at = NOW.plus(limit);
    let after = at.plus(Duration::from_millis(1));
    for rules in [&idle, &absolute] {
        assert_eq!(cell(rules, &visitor(2), at), User);
        assert_eq!(cell(rules, &visitor(2), after), Ask(SignIn));
    }
    assert_eq!(cell(&idle, &used, after), User);
    assert_eq!(cell(&absolute, &used, after), Ask(SignIn));
}

#[test]
fn a_clock_that_steps_back_ends_no_session() {
    let limits = Some(Duration::from_secs(1));
    let rules = Rules { idle_limit: limits, absolute_limit: limits, ..rules(AccessMode::Signup) };
    assert_eq!(cell(&rules, &visitor(2), Timestamp::from_millis(0)), User);
}

#[test]
fn a_short_idle_limit_is_noted_often_enough_to_stay_in() {
    for (limit, note) in [(None, 60_000), (Some(3600), 60_000), (Some(241), 60_000), (Some(60), 15_000), (Some(2), 500)]
    {
        let rules = Rules { idle_limit: limit.map(Duration::from_secs), ..rules(AccessMode::Signup) };
        assert_eq!(rules.note_every(), Duration::from_millis(note), "{limit:?}");
    }
}

#[test]
fn a_challenge_leads_to_the_page_where_it_is_met() {
    assert_eq!([SignIn, Master, Both].map(Challenge::page), ["sign-in", "master-password", "sign-in"]);
}
