//! How an app fares, by a shape and a word.

use crate::directory::AppEntry;
use crate::domain::Timestamp;
use crate::portal::console::Console;
use crate::portal::console::member::Member;
use crate::portal::pages;
use crate::upstreams::{State as Condition, UpstreamHealth};

use super::words::{Apps, tries};

/// Its name is the `data-state` of a badge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::portal::console) enum State {
    Running,
    Stopped,
    Unreachable,
    /// It is being asked right now.
    Unknown,
}

/// Why nobody gets through to an app, in plain words.
pub(super) struct Outage {
    pub(super) why: &'static str,
    pub(super) remedy: &'static str,
    pub(super) since: Option<Moment>,
    pub(super) checked: Option<Moment>,
}

/// When something was: for machines, and as people say it.
pub(super) struct Moment {
    pub(super) at: String,
    pub(super) text: String,
}

/// Has these apps checked, and waits for that a moment: what a page tells of them is true then.
pub(in crate::portal::console) async fn settle(console: &Console, apps: &[&AppEntry]) {
    let running = apps.iter().map(|entry| &entry.app).filter(|app| app.running);
    console.desk.health().settle(running).await;
}

impl State {
    /// What is not known is hardly ever there for long, and nothing that one looks for.
    pub(in crate::portal::console) const SOUGHT: [Self; 3] = [Self::Running, Self::Stopped, Self::Unreachable];

    /// To look is to have it checked for a while.
    pub(in crate::portal::console) fn of(console: &Console, entry: &AppEntry) -> Self {
        if !entry.app.running {
            return Self::Stopped;
        }
        Self::by(&console.desk.health().of(&entry.app))
    }

    /// One upstream that answers is enough.
    fn by(upstreams: &[UpstreamHealth]) -> Self {
        let any = |state| upstreams.iter().any(|each| each.state == state);
        match () {
            () if any(Condition::Up) => Self::Running,
            () if any(Condition::Unknown) => Self::Unknown,
            () => Self::Unreachable,
        }
    }

    pub(in crate::portal::console) fn is_stopped(self) -> bool {
        self == Self::Stopped
    }

    pub(in crate::portal::console) fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Unreachable => "unreachable",
            Self::Unknown => "unknown",
        }
    }

    pub(in crate::portal::console) fn word(self, words: &Apps) -> &'static str {
        match self {
            Self::Running => words.running,
            Self::Stopped => words.stopped,
            Self::Unreachable => words.unreachable,
            Self::Unknown => words.not_tried,
        }
    }
}

impl Outage {
    /// Of an app that runs and cannot be reached; of several upstreams, the first one's.
    pub(super) fn of(console: &Console, member: &Member, entry: &AppEntry) -> Option<Self> {
        if State::of(console, entry) != State::Unreachable {
            return None;
        }
        let upstreams = console.desk.health().of(&entry.app);
        let first = upstreams.iter().find(|each| each.error.is_some())?;
        let (why, remedy) = (tries(member.language).trouble)(first.error.as_ref()?.code);
        let moment = |at: Option<Timestamp>| at.map(|at| Moment::of(member, at));
        Some(Self { why, remedy, since: moment(first.since), checked: moment(first.checked_at) })
    }
}

impl Moment {
    pub(super) fn of(member: &Member, at: Timestamp) -> Self {
        Self { at: at.to_string(), text: pages::ago(member.now.since(at), member.language) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_knows_is_not_called_running() {
        let with = |state| UpstreamHealth {
            url: "http://127.0.0.1:1880".parse().unwrap(),
            state,
            since: None,
            error: None,
            checked_at: None,
            latency: None,
        };
        for (upstreams, expected) in [
            (vec![Condition::Unknown], State::Unknown),
            (vec![Condition::Up], State::Running),
            (vec![Condition::Down], State::Unreachable),
            (vec![Condition::Down, Condition::Unknown], State::Unknown),
            (vec![Condition::Down, Condition::Up], State::Running),
        ] {
            let upstreams: Vec<UpstreamHealth> = upstreams.into_iter().map(with).collect();
            assert_eq!(State::by(&upstreams), expected, "{upstreams:?}");
        }
    }
}
