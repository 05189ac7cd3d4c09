//! How an app fares, by a shape and a word.

use crate::directory::AppEntry;

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

    pub(in crate::portal::console) fn of(entry: &AppEntry) -> Self {
        if entry.app.running { Self::Running } else { Self::Stopped }
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
