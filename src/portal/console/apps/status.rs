//! How an app fares, by a shape and a word.

use crate::directory::AppEntry;
use crate::portal::console::Console;
use crate::upstreams::State as Condition;

use super::words::Apps;

/// Its name is the `data-state` of a badge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::portal::console) enum State {
    Running,
    Stopped,
    Unreachable,
}

impl State {
    pub(in crate::portal::console) const ALL: [Self; 3] = [Self::Running, Self::Stopped, Self::Unreachable];

    /// To look is to have it checked for a while.
    pub(in crate::portal::console) fn of(console: &Console, entry: &AppEntry) -> Self {
        if !entry.app.running {
            return Self::Stopped;
        }
        let upstreams = console.desk.health().of(&entry.app);
        let is_down = !upstreams.is_empty() && upstreams.iter().all(|each| each.state == Condition::Down);
        if is_down { Self::Unreachable } else { Self::Running }
    }

    pub(in crate::portal::console) fn is_stopped(self) -> bool {
        self == Self::Stopped
    }

    pub(in crate::portal::console) fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Unreachable => "unreachable",
        }
    }

    pub(in crate::portal::console) fn word(self, words: &Apps) -> &'static str {
        match self {
            Self::Running => words.running,
            Self::Stopped => words.stopped,
            Self::Unreachable => words.unreachable,
        }
    }
}
