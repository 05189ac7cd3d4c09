//! How an app fares, by a shape and a word.

use crate::directory::AppEntry;
use crate::portal::console::Console;
use crate::upstreams::State as Condition;

use super::words::Apps;

/// Its name is the `data-state` of a badge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Running,
    Stopped,
    Unreachable,
}

impl State {
    pub(super) const ALL: [Self; 3] = [Self::Running, Self::Stopped, Self::Unreachable];

    /// To look is to have it checked for a while.
    pub(super) fn of(console: &Console, entry: &AppEntry) -> Self {
        if !entry.app.running {
            return Self::Stopped;
        }
        let upstreams = console.desk.health().of(&entry.app);
        let is_down = !upstreams.is_empty() && upstreams.iter().all(|each| each.state == Condition::Down);
        if is_down { Self::Unreachable } else { Self::Running }
    }

    pub(super) fn is_stopped(self) -> bool {
        self == Self::Stopped
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Unreachable => "unreachable",
        }
    }

    pub(super) fn word(self, words: &Apps) -> &'static str {
        match self {
            Self::Running => words.running,
            Self::Stopped => words.stopped,
            Self::Unreachable => words.unreachable,
        }
    }
}
