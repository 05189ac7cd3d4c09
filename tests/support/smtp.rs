//! The mail server of most tests: it takes every mail and takes it apart, or refuses, or stalls.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;

use super::mime;
use super::response::{Headers, first};
use super::wait::{DEADLINE, eventually};

/// One mail as it came.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Of the envelope, as are the recipients.
    pub from: String,
    pub to: String,
    pub headers: Headers,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// Headers and body, with CRLF.
    pub raw: String,
}

impl Mail {
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, name)
    }

    /// The first link of the plain text.
    #[track_caller]
    pub fn link(&self) -> String {
        let start = |word: &&str| word.starts_with("http://") || word.starts_with("https://");
        self.text.split_whitespace().find(start).unwrap_or_else(|| panic!("no link in: {}", self.text)).to_owned()
    }
}

/// How a mail server treats what comes.
#[derive(Clone, Debug, Default)]
enum Manner {
    #[default]
    Accept,
    /// Every recipient, with this reply.
    Refuse(String),
    /// Says nothing after the command that names the recipient, until it is told otherwise.
    Stall,
}

/// Listens on loopback, without TLS and without passwords.
pub struct SmtpSink {
    shared: Arc<Shared>,
    address: SocketAddr,
    listening: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    mails: Mutex<Vec<Mail>>,
    manner: Mutex<Manner>,
    changed: Condvar,
    closed: AtomicBool,
}

impl SmtpSink {
    pub fn start() -> SmtpSink {
        SmtpSink::serve(TcpListener::bind(("127.0.0.1", 0)).expect("a port for the mail server"))
    }

    /// On a port that the gate already knows.
    #[track_caller]
    pub fn on_port(port: u16) -> SmtpSink {
        SmtpSink::serve(eventually("the mail server's port is free", || TcpListener::bind(("127.0.0.1", port)).ok()))
    }

    fn serve(listener: TcpListener) -> SmtpSink {
        let shared = Arc::<Shared>::default();
        let address = listener.local_addr().expect("an address");
        let of_listener = Arc::clone(&shared);
        let listening = std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if of_listener.closed.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&of_listener);
                std::thread::spawn(move || shared.talk(&stream));
            }
        });
        SmtpSink { shared, address, listening: Some(listening) }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The table for the gate's configuration.
    pub fn table(&self) -> String {
        format!("[smtp]\nurl = \"smtp://{}\"\nfrom = \"Millgate <gate@plant.example>\"\n", self.address)
    }

    pub fn accept(&self) {
        self.behave(Manner::Accept);
    }

    /// `reply` such as `550 5.1.1 no such user` or `451 later`.
    pub fn refuse(&self, reply: &str) {
        self.behave(Manner::Refuse(reply.to_owned()));
    }

    pub fn stall(&self) {
        self.behave(Manner::Stall);
    }

    fn behave(&self, manner: Manner) {
        *self.shared.manner.lock().expect("the manner") = manner;
        self.shared.changed.notify_all();
    }

    /// All that came, in that order, but for what `mail_to` took.
    pub fn mails(&self) -> Vec<Mail> {
        self.shared.mails.lock().expect("the mails").clone()
    }

    /// Waits for the next mail to this address and takes it.
    #[track_caller]
    pub fn mail_to(&self, to: &str) -> Mail {
        eventually(&format!("a mail to {to} comes"), || {
            let mut mails = self.shared.mails.lock().expect("the mails");
            let at = mails.iter().position(|mail| mail.to == to)?;
            Some(mails.remove(at))
        })
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        self.accept();
        let _ = TcpStream::connect(self.address);
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
    }
}

impl Shared {
    fn talk(&self, stream: &TcpStream) -> Option<()> {
        stream.set_read_timeout(Some(DEADLINE)).ok()?;
        let mut lines = BufReader::new(stream);
        let answer = |reply: &str| {
            let mut stream = stream;
            stream.write_all(format!("{reply}\r\n").as_bytes()).ok()
        };
        let mut next = || {
            let mut line = Vec::new();
            let read = lines.read_until(b'\n', &mut line).ok()?;
            (read > 0).then(|| String::from_utf8_lossy(&line).into_owned())
        };
        let (mut from, mut to) = (String::new(), Vec::new());
        answer("220 sink ready")?;
        loop {
            let line = next()?;
            let line = line.trim_end();
            let reply = match line.split([' ', ':']).next().unwrap_or_default().to_uppercase().as_str() {
                "EHLO" => "250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8".to_owned(),
                "MAIL" => {
                    (from, to) = (path(line), Vec::new());
                    "250 fine".to_owned()
                }
                "RCPT" => match self.judged() {
                    Some(refusal) => refusal,
                    None => {
                        to.push(path(line));
                        "250 fine".to_owned()
                    }
                },
                "DATA" => {
                    answer("354 go on")?;
                    let mut raw = String::new();
                    loop {
                        let line = next()?;
                        if line == ".\r\n" {
                            break;
                        }
                        raw.push_str(line.strip_prefix('.').unwrap_or(&line));
                    }
                    let mails = to.iter().map(|to| mail(&from, to, &raw));
                    self.mails.lock().expect("the mails").extend(mails);
                    "250 taken".to_owned()
                }
                "QUIT" => {
                    answer("221 bye")?;
                    return None;
                }
                _ => "500 what?".to_owned(),
            };
            answer(&reply)?;
        }
    }

    /// What to say instead of taking a recipient.
    fn judged(&self) -> Option<String> {
        let mut manner = self.manner.lock().expect("the manner");
        while matches!(*manner, Manner::Stall) {
            manner = self.changed.wait(manner).expect("the manner");
        }
        match &*manner {
            Manner::Refuse(reply) => Some(reply.clone()),
            Manner::Accept | Manner::Stall => None,
        }
    }
}

/// `RCPT TO:<anna@example.com> …` names anna@example.com.
fn path(line: &str) -> String {
    line.split(['<', '>']).nth(1).unwrap_or_default().to_owned()
}

fn mail(from: &str, to: &str, raw: &str) -> Mail {
    let (headers, body) = mime::split(raw);
    let parts = mime::parts(&headers, body);
    let part = |kind: &str| {
        let found = parts.iter().find(|(held, _)| held.starts_with(kind));
        found.map(|(_, text)| text.replace("\r\n", "\n")).unwrap_or_default()
    };
    let subject = mime::words(first(&headers, "subject").unwrap_or_default());
    let (text, html) = (part("text/plain"), part("text/html"));
    Mail { from: from.to_owned(), to: to.to_owned(), headers, subject, text, html, raw: raw.to_owned() }
}
