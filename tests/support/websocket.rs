//! The visitor's end of an open WebSocket.

use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{Message, WebSocket};

use super::raw::RawClient;

pub struct Socket {
    socket: WebSocket<RawClient>,
}

impl Socket {
    /// The connection has just been switched by a 101.
    pub fn over(connection: RawClient) -> Socket {
        Socket { socket: WebSocket::from_raw_socket(connection, Role::Client, None) }
    }

    #[track_caller]
    pub fn say(&mut self, text: &str) {
        self.try_say(text).expect("the socket is open");
    }

    pub fn try_say(&mut self, text: &str) -> Option<()> {
        self.socket.send(Message::text(text)).ok()
    }

    /// The next text, or `None` once the socket is closed in whatever way.
    #[track_caller]
    pub fn hear(&mut self) -> Option<String> {
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => return Some(text.to_string()),
                Ok(Message::Close(_)) => return None,
                Ok(_) => {}
                Err(tokio_tungstenite::tungstenite::Error::Io(error))
                    if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) =>
                {
                    panic!("the socket neither speaks nor ends")
                }
                Err(_) => return None,
            }
        }
    }

    /// The socket is alive in both directions.
    #[track_caller]
    pub fn assert_alive(&mut self) {
        self.say("still there?");
        assert_eq!(self.hear().as_deref(), Some("still there?"), "the socket should be open");
    }

    /// The socket is closed, and nothing more was heard on it.
    #[track_caller]
    pub fn assert_cut(&mut self) {
        assert_eq!(self.hear(), None, "the socket should be cut");
    }
}
