//! A mail server that does as it is told. It listens on loopback and ends with its test.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

pub(super) struct Server {
    pub(super) port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

/// What the server answers to a command, or before the first one (`""`), or to the letter (`"."`).
#[derive(Clone)]
pub(super) enum Reply {
    Say(Vec<u8>),
    /// Nothing, and it keeps the line.
    Stall,
    /// The same bytes for ever.
    Babble(&'static [u8]),
    HangUp,
}

#[derive(Clone)]
pub(super) struct Script {
    extensions: String,
    replies: HashMap<&'static str, Reply>,
    tls: Option<Arc<ServerConfig>>,
    implicit: bool,
}

impl Script {
    pub(super) fn new() -> Self {
        Self { extensions: String::new(), replies: HashMap::new(), tls: None, implicit: false }
    }

    pub(super) fn offering(mut self, extensions: &[&str]) -> Self {
        self.extensions = extensions.iter().map(|extension| format!("250-{extension}\r\n")).collect();
        self
    }

    pub(super) fn on(self, command: &'static str, reply: impl AsRef<[u8]>) -> Self {
        let reply = Reply::Say([reply.as_ref(), b"\r\n"].concat());
        self.doing(command, reply)
    }

    pub(super) fn doing(mut self, command: &'static str, reply: Reply) -> Self {
        self.replies.insert(command, reply);
        self
    }

    pub(super) fn implicit_tls(mut self, plant: &Plant) -> Self {
        (self.tls, self.implicit) = (Some(Arc::clone(&plant.server)), true);
        self
    }

    pub(super) fn starttls(mut self, plant: &Plant) -> Self {
        self.tls = Some(Arc::clone(&plant.server));
        self
    }

    pub(super) async fn start(self) -> Server {
        let listener = TcpListener::bind(("localhost", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::<Mutex<Vec<String>>>::default();
        let ears = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, ears) = (self.clone(), Arc::clone(&ears));
                tokio::spawn(async move {
                    match (&script.tls, script.implicit) {
                        (Some(tls), true) => {
                            let Ok(stream) = TlsAcceptor::from(Arc::clone(tls)).accept(stream).await else { return };
                            script.talk(stream, &ears, Step::Greet).await;
                        }
                        (Some(tls), false) => {
                            let Some(stream) = script.talk(stream, &ears, Step::Greet).await else { return };
                            let Ok(stream) = TlsAcceptor::from(Arc::clone(tls)).accept(stream).await else { return };
                            script.talk(stream, &ears, Step::Encrypted).await;
                        }
                        (None, _) => drop(script.talk(stream, &ears, Step::Greet).await),
                    }
                });
            }
        });
        Server { port, heard }
    }

    /// Gives the stream back when TLS is to begin.
    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        ears: &Mutex<Vec<String>>,
        step: Step,
    ) -> Option<S> {
        let mut stream = BufReader::new(stream);
        if step == Step::Greet && !self.reply("", "220 ready", &mut stream).await {
            return None;
        }
        let mut is_letter = false;
        let mut is_secret = 0;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            let line = line.trim_end_matches("\r\n").to_owned();
            ears.lock().unwrap().push(line.clone());
            let word = if is_letter { line.as_str() } else { line.split([' ', ':']).next().unwrap() };
            let goes_on = match word {
                "." => {
                    is_letter = false;
                    self.reply(".", "250 taken", &mut stream).await
                }
                _ if is_letter => true,
                _ if is_secret > 0 => {
                    is_secret -= 1;
                    let (command, usual) =
                        if is_secret == 1 { ("user", "334 UGFzc3dvcmQ6") } else { ("AUTH", "235 in") };
                    self.reply(command, usual, &mut stream).await
                }
                "AUTH" if line == "AUTH LOGIN" => {
                    is_secret = 2;
                    self.reply("login", "334 VXNlcm5hbWU6", &mut stream).await
                }
                "AUTH" => self.reply("AUTH", "235 in", &mut stream).await,
                "EHLO" => {
                    let offer = if self.tls.is_some() && !self.implicit && step == Step::Greet {
                        "250-STARTTLS\r\n"
                    } else {
                        ""
                    };
                    let usual = format!("250-localhost\r\n{offer}{}250 SIZE 1000000", self.extensions);
                    self.reply("EHLO", &usual, &mut stream).await
                }
                "DATA" => {
                    is_letter = !self.replies.contains_key("DATA");
                    self.reply("DATA", "354 go on", &mut stream).await
                }
                "STARTTLS" if step == Step::Greet && !self.implicit => {
                    self.reply("STARTTLS", "220 go on", &mut stream).await;
                    return self.tls.is_some().then(|| stream.into_inner());
                }
                "MAIL" => self.reply("MAIL", "250 fine", &mut stream).await,
                "RCPT" => self.reply("RCPT", "250 fine", &mut stream).await,
                "QUIT" => self.reply("QUIT", "221 bye", &mut stream).await,
                _ => self.reply("?", "500 what?", &mut stream).await,
            };
            if !goes_on {
                return None;
            }
        }
    }

    async fn reply<S: AsyncWrite + Unpin>(&self, command: &str, usual: &str, stream: &mut S) -> bool {
        match self.replies.get(command) {
            None => stream.write_all(format!("{usual}\r\n").as_bytes()).await.is_ok() && stream.flush().await.is_ok(),
            Some(Reply::Say(bytes)) => stream.write_all(bytes).await.is_ok() && stream.flush().await.is_ok(),
            Some(Reply::Stall) => std::future::pending().await,
            Some(Reply::Babble(bytes)) => {
                while stream.write_all(bytes).await.is_ok() {}
                false
            }
            Some(Reply::HangUp) => false,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Greet,
    Encrypted,
}

impl Server {
    /// Every line that came, the letter's too.
    pub(super) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    pub(super) fn heard_any(&self, start: &str) -> bool {
        self.heard().iter().any(|line| line.starts_with(start))
    }

    /// The letter with its lines as they came.
    pub(super) fn letter(&self) -> String {
        let heard = self.heard();
        let lines = heard.iter().skip_while(|line| *line != "DATA").skip(1).take_while(|line| *line != ".");
        lines.map(|line| format!("{line}\n")).collect()
    }
}

/// A plant's own authority, and its certificate for this machine.
pub(super) struct Plant {
    pub(super) ca: String,
    server: Arc<ServerConfig>,
}

impl Plant {
    pub(super) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
            .unwrap();
        Self { ca: issuer.pem(), server: Arc::new(server) }
    }
}
