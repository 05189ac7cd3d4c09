//! Whether a record is whole: each entry follows from the one before.

use super::{Audited, Link};

/// Looks at a record from its start, entry by entry.
#[derive(Debug, Clone)]
pub struct Inspection {
    expected: Link,
    report: AuditReport,
}

/// What is there, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AuditReport {
    pub entries: u64,
    /// Of the oldest that should be there.
    pub first: u64,
    /// Of the newest.
    pub last: u64,
    /// Of the newest, in hex: written down elsewhere, it shows whether the record was made anew.
    pub hash: String,
    /// The first few; how many there are is told beside.
    pub faults: Vec<String>,
    pub fault_count: u64,
}

/// More of them say nothing new.
const FAULTS_TOLD: usize = 20;

impl Inspection {
    pub fn from(start: Link) -> Self {
        let (first, last, hash) = (start.next, start.next.saturating_sub(1), start.before.to_string());
        let report = AuditReport { entries: 0, first, last, hash, faults: Vec::new(), fault_count: 0 };
        Self { expected: start, report }
    }

    /// The next one that is there, in order of their indices.
    pub fn see(&mut self, audited: &Audited) {
        let (wanted, found) = (self.expected.next, audited.index);
        if found > wanted {
            match found - wanted {
                1 => self.fault(format!("entry {wanted} is missing or cannot be read")),
                _ => self.fault(format!("entries {wanted} to {} are missing or cannot be read", found - 1)),
            }
        } else if !self.expected.holds(audited) {
            self.fault(format!("entry {found} does not follow from the one before: one of them was changed"));
        }
        self.expected = Link::behind(audited);
        self.report.entries += 1;
        self.report.last = found;
        self.report.hash = audited.hash.to_string();
    }

    pub fn report(self) -> AuditReport {
        self.report
    }

    fn fault(&mut self, what: String) {
        self.report.fault_count += 1;
        if self.report.faults.len() < FAULTS_TOLD {
            self.report.faults.push(what);
        }
    }
}
