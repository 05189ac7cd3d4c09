//! A stream of server-sent events, read as `EventSource` reads it, with deadlines.

use std::time::Instant;

use serde_json::Value;

use super::raw::RawClient;
use super::response::Response;
use super::visitor::{Request, Visitor};
use super::wait::DEADLINE;

pub struct Events {
    client: RawClient,
    pub head: Response,
    /// Read and decoded, but not yet taken as events.
    text: String,
    /// Everything that was ever said, comments too.
    pub heard: String,
}

#[derive(Debug, Clone)]
pub struct Event {
    pub kind: String,
    pub data: Value,
    pub id: Option<String>,
}

impl Events {
    #[track_caller]
    pub fn open(visitor: &Visitor, path: &str) -> Events {
        Events::of(visitor, &Request::fetch(path).header("Accept", "text/event-stream"))
    }

    /// As `EventSource` comes back after a break.
    #[track_caller]
    pub fn after(visitor: &Visitor, path: &str, id: &str) -> Events {
        let request = Request::fetch(path).header("Accept", "text/event-stream").header("Last-Event-ID", id);
        Events::of(visitor, &request)
    }

    #[track_caller]
    pub fn of(visitor: &Visitor, request: &Request) -> Events {
        Events::over(visitor.start(request))
    }

    /// The request was sent on this connection.
    #[track_caller]
    pub fn over(mut client: RawClient) -> Events {
        let head = client.head();
        let kind = head.header("content-type").unwrap_or_default();
        assert!(head.status == 200 && kind.starts_with("text/event-stream"), "{}", head.summary());
        Events { client, head, text: String::new(), heard: String::new() }
    }

    /// The next event, or `None` once the stream has ended.
    #[track_caller]
    pub fn next(&mut self) -> Option<Event> {
        // Comments come now and then on a silent stream, so the reading's own deadline is not enough.
        let give_up = Instant::now() + DEADLINE;
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let event = Event::read(block);
                self.text = rest.to_owned();
                if event.is_some() {
                    return event;
                }
            }
            assert!(Instant::now() < give_up, "neither an event nor the end; heard: {}", self.heard);
            let piece = self.piece()?;
            self.heard += &piece;
            self.text += &piece.replace("\r\n", "\n");
        }
    }

    /// The next event of this kind that is the right one; others are passed over.
    #[track_caller]
    pub fn wait(&mut self, kind: &str, is: impl Fn(&Value) -> bool) -> Value {
        let give_up = Instant::now() + DEADLINE;
        loop {
            assert!(Instant::now() < give_up, "no such `{kind}`; heard: {}", self.heard);
            match self.next() {
                Some(event) if event.kind == kind && is(&event.data) => return event.data,
                Some(_) => {}
                None => panic!("the stream ended without such a `{kind}`; heard: {}", self.heard),
            }
        }
    }

    /// The stream ends, whatever it still says before.
    #[track_caller]
    pub fn assert_cut(&mut self) {
        let give_up = Instant::now() + DEADLINE;
        while self.next().is_some() {
            assert!(Instant::now() < give_up, "the stream goes on: {}", self.heard);
        }
    }

    fn piece(&mut self) -> Option<String> {
        let chunked =
            self.head.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"));
        let bytes = if chunked { self.chunk()? } else { self.client.read_until(b"\n")? };
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn chunk(&mut self) -> Option<Vec<u8>> {
        let line = self.client.read_until(b"\r\n")?;
        let line = String::from_utf8_lossy(&line).into_owned();
        let size = line.trim_end().split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(size, 16).unwrap_or_else(|_| panic!("no chunk size: {line:?}"));
        if size == 0 {
            return None;
        }
        let mut bytes = self.client.read_bytes(size + 2)?;
        bytes.truncate(size);
        Some(bytes)
    }
}

impl Event {
    /// `None` for a block of nothing but comments or settings. Data that is no JSON is kept as text.
    fn read(block: &str) -> Option<Event> {
        let mut event = Event { kind: "message".to_owned(), data: Value::Null, id: None };
        let mut data: Vec<&str> = Vec::new();
        for line in block.lines() {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match name {
                "event" => event.kind = value.to_owned(),
                "data" => data.push(value),
                "id" => event.id = Some(value.to_owned()),
                _ => {}
            }
        }
        let data = (!data.is_empty()).then(|| data.join("\n"))?;
        event.data = serde_json::from_str(&data).unwrap_or(Value::String(data));
        Some(event)
    }
}
