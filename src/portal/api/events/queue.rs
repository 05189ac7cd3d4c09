//! Each once, in the order in which they came first: what happened first is told first.

use std::collections::HashSet;
use std::hash::Hash;

pub(super) struct Queue<T> {
    order: Vec<T>,
    known: HashSet<T>,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { order: Vec::new(), known: HashSet::new() }
    }
}

impl<T: Copy + Eq + Hash> Queue<T> {
    pub(super) fn insert(&mut self, one: T) {
        if self.known.insert(one) {
            self.order.push(one);
        }
    }

    pub(super) fn contains(&self, one: &T) -> bool {
        self.known.contains(one)
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    pub(super) fn as_slice(&self) -> &[T] {
        &self.order
    }
}

impl<T: Copy + Eq + Hash> Extend<T> for Queue<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, all: I) {
        all.into_iter().for_each(|one| self.insert(one));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_came_first_is_told_first_and_once() {
        let mut queue = Queue::default();
        queue.extend([3, 1, 3, 2, 1]);
        assert_eq!(queue.as_slice(), [3, 1, 2]);
    }
}
