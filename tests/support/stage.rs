//! Streams that the test conducts: each has a tag, given by the request as `?tag=…`.
//!
//! The upstream sends on such a stream only what the test tells it to say, so "no further byte" needs no clock.

use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex};
use std::time::Instant;

use super::wait::DEADLINE;

#[derive(Default)]
pub struct Stage {
    streams: Mutex<HashMap<String, Stream>>,
    changed: Condvar,
}

#[derive(Default, Clone)]
struct Stream {
    opened: bool,
    ended: bool,
    received: Vec<u8>,
    lines: VecDeque<Vec<u8>>,
}

impl Stage {
    /// Lets the upstream say this.
    pub fn say(&self, tag: &str, line: impl AsRef<[u8]>) {
        self.change(tag, |stream| stream.lines.push_back(line.as_ref().to_vec()));
    }

    /// What the upstream has got on this stream so far.
    pub fn received(&self, tag: &str) -> Vec<u8> {
        self.read(tag, |stream| Some(stream.received.clone())).unwrap_or_default()
    }

    #[track_caller]
    pub fn wait_opened(&self, tag: &str) {
        self.wait(tag, "opened", |stream| stream.opened);
    }

    #[track_caller]
    pub fn wait_received(&self, tag: &str, bytes: &[u8]) {
        self.wait(tag, "received the bytes", |stream| stream.received.ends_with(bytes));
    }

    /// Until the upstream's side of the stream is closed.
    #[track_caller]
    pub fn wait_ended(&self, tag: &str) {
        self.wait(tag, "ended", |stream| stream.ended);
    }

    pub fn has_ended(&self, tag: &str) -> bool {
        self.read(tag, |stream| stream.ended.then_some(())).is_some()
    }

    pub fn open(&self, tag: &str) {
        self.change(tag, |stream| {
            stream.opened = true;
            stream.ended = false;
        });
    }

    pub fn receive(&self, tag: &str, bytes: &[u8]) {
        self.change(tag, |stream| stream.received.extend_from_slice(bytes));
    }

    pub fn end(&self, tag: &str) {
        self.change(tag, |stream| stream.ended = true);
    }

    pub fn next_line(&self, tag: &str) -> Option<Vec<u8>> {
        self.streams.lock().unwrap().get_mut(tag)?.lines.pop_front()
    }

    fn change(&self, tag: &str, change: impl FnOnce(&mut Stream)) {
        change(self.streams.lock().unwrap().entry(tag.to_owned()).or_default());
        self.changed.notify_all();
    }

    fn read<T>(&self, tag: &str, read: impl FnOnce(&Stream) -> Option<T>) -> Option<T> {
        self.streams.lock().unwrap().get(tag).and_then(read)
    }

    #[track_caller]
    fn wait(&self, tag: &str, what: &str, is: impl Fn(&Stream) -> bool) {
        let give_up = Instant::now() + DEADLINE;
        let mut streams = self.streams.lock().unwrap();
        while !streams.get(tag).is_some_and(&is) {
            let left = give_up.saturating_duration_since(Instant::now());
            if left.is_zero() {
                // Released first: a poisoned stage would hide the first failure behind others.
                drop(streams);
                panic!("at the upstream, the stream {tag} never {what}");
            }
            streams = self.changed.wait_timeout(streams, left).unwrap().0;
        }
    }
}
