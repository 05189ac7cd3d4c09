//! One connection at the recorder: reads requests strictly as they are framed, and keeps every byte.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::{ServerConnection, StreamOwned};

use super::raw::find;
use super::recorder::{After, Answer, Recorded, Shared};
use super::scripts;

pub struct Connection {
    pub pipe: Box<dyn Duplex>,
    /// Read, but not yet understood.
    pub buffer: Vec<u8>,
    /// The bytes of the request in work.
    raw: Vec<u8>,
    number: usize,
    pub shared: Arc<Shared>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.shared.sockets.lock().unwrap().remove(&self.number);
    }
}

/// `Ok(None)` and `Ok(false)`: the connection is over.
impl Connection {
    pub fn serve(shared: Arc<Shared>, pipe: Box<dyn Duplex>, number: usize) {
        let mut connection = Connection { pipe, buffer: Vec::new(), raw: Vec::new(), number, shared };
        std::thread::spawn(move || while connection.serve_one().unwrap_or(false) {});
    }

    fn serve_one(&mut self) -> std::io::Result<bool> {
        let Some((index, head)) = self.read_head()? else { return Ok(false) };
        if scripts::answers_before_the_body(self, &head)? {
            return Ok(false);
        }
        let Some(request) = self.read_body(index, head)? else { return Ok(false) };
        let answer = self.shared.answers.lock().unwrap().get(request.path()).cloned();
        match answer {
            None => scripts::play(self, &request),
            Some(answer) => self.give(&answer),
        }
    }

    fn give(&mut self, answer: &Answer) -> std::io::Result<bool> {
        self.pipe.write_all(&answer.bytes)?;
        match answer.after {
            After::KeepAlive => Ok(true),
            After::Close => Ok(false),
            After::CloseOnNext => {
                if let Some((index, head)) = self.read_head()? {
                    self.read_body(index, head)?;
                }
                Ok(false)
            }
            After::Hang => {
                while self.fill()? {}
                Ok(false)
            }
        }
    }

    /// The request is recorded as soon as its head is here.
    fn read_head(&mut self) -> std::io::Result<Option<(usize, Recorded)>> {
        self.raw.clear();
        let Some(bytes) = self.take_until(b"\r\n\r\n")? else { return Ok(None) };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let mut lines = text.trim_end_matches("\r\n").split("\r\n");
        let mut start = lines.next().unwrap_or_default().split(' ');
        let mut word = || start.next().unwrap_or_default().to_owned();
        let (method, target) = (word(), word());
        let headers = lines.map(field).collect();
        let head = Recorded { raw: self.raw.clone(), method, target, headers, ..Recorded::default() };
        let mut requests = self.shared.requests.lock().unwrap();
        requests.push(head.clone());
        Ok(Some((requests.len() - 1, head)))
    }

    fn read_body(&mut self, index: usize, mut request: Recorded) -> std::io::Result<Option<Recorded>> {
        if request.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
            self.pipe.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let whole = if request.header("transfer-encoding").is_some() {
            self.read_chunks(&mut request).unwrap_or(false)
        } else {
            let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            self.read_piece(length, &mut request)?
        };
        if !whole {
            self.shared.stage.end(request.tag());
        }
        request.raw = self.raw.clone();
        if let Some(held) = self.shared.requests.lock().unwrap().get_mut(index) {
            *held = request.clone();
        }
        Ok(whole.then_some(request))
    }

    fn read_chunks(&mut self, request: &mut Recorded) -> std::io::Result<bool> {
        loop {
            let Some(line) = self.take_until(b"\r\n")? else { return Ok(false) };
            let line = String::from_utf8_lossy(&line).into_owned();
            let size = usize::from_str_radix(line.trim_end().split(';').next().unwrap_or_default(), 16);
            let size = size.map_err(|_| std::io::Error::other("no chunk size"))?;
            if size == 0 {
                return self.read_trailers(request);
            }
            if !self.read_piece(size, request)? || self.take_until(b"\r\n")?.is_none() {
                return Ok(false);
            }
        }
    }

    fn read_trailers(&mut self, request: &mut Recorded) -> std::io::Result<bool> {
        loop {
            let Some(line) = self.take_until(b"\r\n")? else { return Ok(false) };
            if line == b"\r\n" {
                return Ok(true);
            }
            request.trailers.push(field(&String::from_utf8_lossy(&line)));
        }
    }

    /// Body bytes count as received as they come, not when they are complete.
    fn read_piece(&mut self, length: usize, request: &mut Recorded) -> std::io::Result<bool> {
        let mut left = length;
        while left > 0 {
            if self.buffer.is_empty() && !self.fill().unwrap_or(false) {
                return Ok(false);
            }
            let piece = self.take(left.min(self.buffer.len()));
            left -= piece.len();
            self.shared.stage.receive(request.tag(), &piece);
            request.body.extend_from_slice(&piece);
        }
        Ok(true)
    }

    fn take_until(&mut self, needle: &[u8]) -> std::io::Result<Option<Vec<u8>>> {
        loop {
            if let Some(at) = find(&self.buffer, needle) {
                return Ok(Some(self.take(at + needle.len())));
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        let rest = self.buffer.split_off(count);
        let taken = std::mem::replace(&mut self.buffer, rest);
        self.raw.extend_from_slice(&taken);
        taken
    }

    fn fill(&mut self) -> std::io::Result<bool> {
        let mut piece = vec![0; 64 * 1024];
        let count = self.pipe.read(&mut piece)?;
        self.buffer.extend_from_slice(&piece[..count]);
        Ok(count > 0)
    }
}

/// A connection of any kind whose reads can be given a time limit.
pub trait Duplex: Read + Write + Send {
    fn patience(&self, limit: Option<Duration>);
}

impl Duplex for TcpStream {
    fn patience(&self, limit: Option<Duration>) {
        let _ = self.set_read_timeout(limit);
    }
}

impl Duplex for UnixStream {
    fn patience(&self, limit: Option<Duration>) {
        let _ = self.set_read_timeout(limit);
    }
}

impl Duplex for StreamOwned<ServerConnection, TcpStream> {
    fn patience(&self, limit: Option<Duration>) {
        let _ = self.sock.set_read_timeout(limit);
    }
}

fn field(line: &str) -> (String, String) {
    let (name, value) = line.split_once(':').unwrap_or((line, ""));
    (name.to_owned(), value.trim().to_owned())
}
