//! How many pages were opened, counted by each worker for itself and told once a second.

use std::cell::RefCell;

use crate::directory::{Sighting, Sightings};
use crate::domain::{AppId, Timestamp};

use super::admission::Class;
use super::wire::RequestHead;

/// Few apps are in use at a time: finding one takes less than hashing would.
#[derive(Default)]
pub(super) struct Views(RefCell<Vec<(AppId, u32)>>);

impl Views {
    /// A request that is let through. What a page loads for itself is no view, and neither is a question for its head.
    pub(super) fn note(&self, app: AppId, head: &RequestHead) {
        if head.method() != "GET" || Class::of(head) != Class::Navigation {
            return;
        }
        let mut counts = self.0.borrow_mut();
        match counts.iter_mut().find(|(known, _)| *known == app) {
            Some((_, count)) => *count = count.saturating_add(1),
            None => counts.push((app, 1)),
        }
    }

    /// What does not get through is told the next time.
    pub(super) fn report(&self, sightings: &Sightings, at: Timestamp) {
        self.0.borrow_mut().retain(|(app, views)| !sightings.report(Sighting::Views { app: *app, views: *views, at }));
    }
}
