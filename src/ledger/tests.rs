use std::sync::mpsc;
use std::sync::{Condvar, MutexGuard};
use std::time::Duration;

use crate::directory::Order;
use crate::domain::{Guard, UserId};
use crate::store::samples::{bond, delete, sign_up, user};
use crate::store::{Commit, Committed, MemoryStore};

use super::*;

/// A journal that waits when told to, fails when told to, and counts its commits.
#[derive(Default)]
struct Moody {
    store: MemoryStore,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    held: bool,
    mood: Mood,
    batches: Vec<usize>,
}

#[derive(Default, Clone, Copy, PartialEq)]
enum Mood {
    #[default]
    Fine,
    Failing,
    /// Fails after it has kept what it was given.
    Lying,
}

impl Moody {
    fn set(&self, held: bool, mood: Mood) {
        let mut state = self.state.lock().unwrap();
        (state.held, state.mood) = (held, mood);
        self.changed.notify_all();
    }

    /// How many proposals came in how many batches.
    fn seen(&self) -> (usize, usize) {
        let batches = &self.state.lock().unwrap().batches;
        (batches.iter().sum(), batches.len())
    }

    fn gate(&self) -> (MutexGuard<'_, State>, Mood) {
        let state = self.changed.wait_while(self.state.lock().unwrap(), |state| state.held).unwrap();
        let mood = state.mood;
        (state, mood)
    }

    fn full<T>() -> Result<T, StoreError> {
        Err(StoreError::Io(std::io::ErrorKind::StorageFull.into()))
    }
}

impl Journal for Moody {
    fn load(&self, sink: &mut dyn FnMut(crate::domain::Record)) -> Result<Seq, StoreError> {
        self.store.load(sink)
    }

    fn tail(&self, after: Seq) -> Result<Vec<Commit>, StoreError> {
        self.store.tail(after)
    }

    fn commit(&self, batch: &[Proposal]) -> Result<Committed, StoreError> {
        self.state.lock().unwrap().batches.push(batch.len());
        let (_state, mood) = self.gate();
        match mood {
            Mood::Fine => self.store.commit(batch),
            Mood::Failing => Self::full(),
            Mood::Lying => self.store.commit(batch).and_then(|_| Self::full()),
        }
    }

    fn probe(&self) -> Result<Seq, StoreError> {
        let (_state, mood) = self.gate();
        if mood == Mood::Fine { self.store.probe() } else { Self::full() }
    }
}

fn start() -> (Arc<Moody>, Arc<Directory>, Ledger) {
    let (journal, directory) = (Arc::new(Moody::default()), Arc::new(Directory::new(None)));
    let ledger = Ledger::start(Arc::clone(&journal) as Arc<dyn Journal>, Arc::clone(&directory));
    (journal, directory, ledger)
}

fn knows(directory: &Directory, number: u64) -> bool {
    directory.person(UserId::from_u64(number)).is_some()
}

/// Waits until the ledger's thread has come to something, for a test fails otherwise.
async fn until(what: impl Fn() -> bool) {
    let waiting = async {
        while !what() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.unwrap();
}

#[tokio::test]
async fn what_is_answered_is_durable_and_visible() {
    let (journal, directory, ledger) = start();
    assert_eq!(ledger.propose(sign_up(1)).await, Ok(Seq(1)));
    assert!(knows(&directory, 1));
    assert_eq!(ledger.propose(sign_up(1)).await, Err(LedgerError::Conflict));
    assert_eq!(ledger.propose(Proposal::new().expect(Guard::Present(user(2).key()))).await, Err(LedgerError::Conflict));
    assert_eq!(ledger.propose(delete(1)).await, Ok(Seq(2)));
    assert!(!knows(&directory, 1));
    assert_eq!(journal.tail(Seq(0)).unwrap().len(), 2);
}

#[tokio::test]
async fn many_proposals_share_one_synchronization() {
    let (journal, directory, ledger) = start();
    ledger.propose(sign_up(1)).await.unwrap();
    journal.set(true, Mood::Fine);
    let waiting: Vec<_> = (2..42)
        .map(|number| {
            let ledger = ledger.clone();
            // Two of each: the second one loses.
            tokio::spawn(async move { ledger.propose(sign_up(number / 2 + 1)).await })
        })
        .collect();
    until(|| ledger.0.queue.waiting() + journal.seen().0 == 41).await;
    journal.set(false, Mood::Fine);
    let mut conflicts = 0;
    for answer in waiting {
        conflicts += usize::from(answer.await.unwrap() == Err(LedgerError::Conflict));
    }
    assert_eq!(conflicts, 20);
    assert!((2..=21).all(|number| knows(&directory, number)));
    assert!(journal.seen().1 <= 3);
}

#[tokio::test]
async fn a_failed_commit_shows_nothing_and_heals_by_itself() {
    let (journal, directory, ledger) = start();
    ledger.propose(sign_up(1)).await.unwrap();
    journal.set(false, Mood::Failing);
    assert!(matches!(ledger.propose(sign_up(2)).await, Err(LedgerError::Store(_))));
    assert!(!ledger.healthy() && !knows(&directory, 2));
    journal.set(false, Mood::Fine);
    until(|| ledger.healthy()).await;
    assert_eq!(ledger.propose(sign_up(2)).await, Ok(Seq(2)));
}

#[tokio::test]
async fn what_was_kept_after_all_becomes_visible() {
    for by_probe in [true, false] {
        let (journal, directory, ledger) = start();
        ledger.propose(sign_up(1)).await.unwrap();
        journal.set(false, Mood::Lying);
        assert!(matches!(ledger.propose(delete(1)).await, Err(LedgerError::Store(_))));
        assert!(knows(&directory, 1));
        journal.set(false, Mood::Fine);
        if by_probe {
            until(|| ledger.healthy()).await;
        } else {
            ledger.propose(sign_up(2)).await.unwrap();
        }
        until(|| !knows(&directory, 1)).await;
        assert_eq!(knows(&directory, 2), !by_probe);
    }
}

#[tokio::test]
async fn a_revocation_is_answered_when_the_workers_have_obeyed() {
    let (_, directory, ledger) = start();
    let mut orders = directory.orders().subscribe();
    // What takes no right away asks nobody.
    ledger.propose(sign_up(2)).await.unwrap();
    let removal = tokio::spawn(async move { ledger.propose(delete(2)).await });
    let Some(Order::Rejudge(fence)) = orders.recv().await else { unreachable!() };
    assert!(!knows(&directory, 2));
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!removal.is_finished());
    drop(fence);
    assert_eq!(removal.await.unwrap(), Ok(Seq(2)));
}

#[tokio::test]
async fn news_neither_starves_people_nor_grows_without_bound() {
    let (journal, directory, ledger) = start();
    ledger.propose(sign_up(1)).await.unwrap();
    journal.set(true, Mood::Fine);
    let news = || Proposal::new().put(bond(1, true));
    let taken = (0..10_000).filter(|_| ledger.propose_later(news())).count();
    assert!((1024..1024 + 65).contains(&taken), "{taken}");
    until(|| journal.seen().1 == 2).await;
    let own = ledger.clone();
    let person = tokio::spawn(async move { own.propose(sign_up(2)).await });
    until(|| ledger.0.queue.waiting() > 0).await;
    journal.set(false, Mood::Fine);
    // One batch was under way; the person is in the next of seventeen.
    assert_eq!(person.await.unwrap(), Ok(Seq(3)));
    ledger.shutdown();
    assert!(knows(&directory, 2));
    assert_eq!(journal.seen().0, taken + 2);
}

#[tokio::test]
async fn shutting_down_finishes_what_waits_and_takes_nothing_more() {
    let (journal, directory, ledger) = start();
    ledger.propose(sign_up(1)).await.unwrap();
    journal.set(true, Mood::Fine);
    let waiting: Vec<_> = (2..6)
        .map(|number| {
            let ledger = ledger.clone();
            tokio::spawn(async move { ledger.propose(sign_up(number)).await })
        })
        .collect();
    until(|| ledger.0.queue.waiting() + journal.seen().0 == 5).await;
    let (other, (done, is_done)) = (ledger.clone(), mpsc::channel());
    std::thread::spawn(move || {
        other.shutdown();
        done.send(()).unwrap();
    });
    until(|| ledger.0.queue.is_closed()).await;
    assert_eq!(ledger.propose(sign_up(7)).await, Err(LedgerError::Closed));
    assert!(!ledger.propose_later(sign_up(7)) && is_done.try_recv().is_err());
    journal.set(false, Mood::Fine);
    for answer in waiting {
        assert!(answer.await.unwrap().is_ok());
    }
    is_done.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!((1..6).all(|number| knows(&directory, number)) && !knows(&directory, 7));
}
