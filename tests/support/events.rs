//! Somebody who listens to a stream of events (WHATWG HTML section 9.2).

use serde_json::Value;

use super::api::Api;
use super::raw::RawClient;
use super::response::Response;

pub struct Events {
    client: RawClient,
    pub head: Response,
    /// The `id` that came last.
    pub place: String,
}

#[derive(Debug)]
pub struct Event {
    pub name: String,
    pub data: Value,
}

impl Events {
    #[track_caller]
    pub fn of(api: &Api, path: &str) -> Events {
        Events::over(api.start("GET", path))
    }

    #[track_caller]
    pub fn over(mut client: RawClient) -> Events {
        let head = client.head();
        assert_eq!(head.status, 200, "{}", head.summary());
        assert_eq!(head.header("content-type"), Some("text/event-stream"));
        let mut events = Events { client, head, place: String::new() };
        // The first piece says where things stand: from there on, nothing is missed.
        let first = events.piece().expect("a beginning");
        assert!(first.contains("id: "), "{first}");
        events
    }

    /// The next event of this name; others before it are passed over. `None` when the stream ends first.
    #[track_caller]
    pub fn next(&mut self, name: &str) -> Option<Value> {
        self.find(name, |_| true)
    }

    #[track_caller]
    pub fn find(&mut self, name: &str, is_it: impl Fn(&Value) -> bool) -> Option<Value> {
        loop {
            let event = self.any()?;
            if event.name == name && is_it(&event.data) {
                return Some(event.data);
            }
        }
    }

    /// The next event of any name.
    #[track_caller]
    pub fn any(&mut self) -> Option<Event> {
        loop {
            let piece = self.piece()?;
            let line = |name: &str| piece.lines().find_map(|line| line.strip_prefix(name));
            if let Some(data) = line("data: ") {
                let data = serde_json::from_str(data).expect("JSON");
                return Some(Event { name: line("event: ").expect("a name").to_owned(), data });
            }
        }
    }

    pub fn rest(mut self) -> Vec<u8> {
        self.client.read_to_end()
    }

    /// Up to the next empty line.
    fn piece(&mut self) -> Option<String> {
        let bytes = self.client.read_until(b"\n\n")?;
        let text = String::from_utf8(bytes).expect("UTF-8");
        if let Some(place) = text.lines().find_map(|line| line.strip_prefix("id: ")) {
            self.place = place.to_owned();
        }
        Some(text)
    }
}
