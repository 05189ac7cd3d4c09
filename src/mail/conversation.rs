//! The conversation with a mail server (RFC 5321), from the greeting to QUIT.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Quit, Rcpt, Starttls};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::config::{Config, Login, Security};
use super::dial;
use super::error::{MailError, Stage};
use super::message::Outgoing;
use super::tap::{Tap, Wire};
use super::transcript::{Manner, Transcript};

/// The letter is taken already; the farewell is a courtesy.
const FAREWELL: Duration = Duration::from_secs(2);

pub(super) struct Conversation<'a> {
    pub(super) config: &'a Config,
    pub(super) tls: &'a OnceLock<Arc<ClientConfig>>,
    pub(super) transcript: &'a Transcript,
}

impl Conversation<'_> {
    /// Sets `accepted` as soon as the server has the letter.
    pub(super) async fn hold(&self, letter: &Outgoing, accepted: &mut bool) -> Result<(), MailError> {
        let mut server = self.begin().await?;
        if let Some(login) = &self.config.login {
            self.log_in(&mut server, login).await?;
        }
        self.hand_over(&mut server, letter).await?;
        *accepted = true;
        let _ = timeout(FAREWELL, server.command(Quit)).await;
        Ok(())
    }

    /// Greeted, encrypted where it must be, and told what the server can do.
    async fn begin(&self) -> Result<AsyncSmtpConnection, MailError> {
        let stream = dial::tcp(self.config).await?;
        let gone = |error: std::io::Error| MailError::passing(format!("the connection broke at once: {error}"));
        let (peer, own) = (stream.peer_addr().map_err(gone)?, stream.local_addr().map_err(gone)?);
        let hello = hello(own);
        if self.config.security == Security::Implicit {
            let stream = self.encrypt(stream).await?;
            return self.greet(Tap::new(share(stream), peer, self.transcript.clone()), &hello).await;
        }
        let wire = share(stream);
        let mut server = self.greet(Tap::new(Arc::clone(&wire), peer, self.transcript.clone()), &hello).await?;
        if !server.can_starttls() {
            return if is_this_machine(peer.ip()) { Ok(server) } else { Err(self.unencrypted()) };
        }
        server.command(Starttls).await.map_err(|error| self.error(&error, Stage::Encryption))?;
        // Whatever came in plain text after the answer goes with lettre's buffer: it could be anybody's (RFC 3207 section 6).
        drop(server);
        let stream = Arc::into_inner(wire).ok_or_else(|| MailError::passing("the connection is still in use"))?;
        let stream = self.encrypt(stream.into_inner().unwrap_or_else(PoisonError::into_inner)).await?;
        self.greet(Tap::new(share(stream), peer, self.transcript.clone()).greeted(), &hello).await
    }

    async fn greet<W: Wire>(&self, tap: Tap<W>, hello: &ClientId) -> Result<AsyncSmtpConnection, MailError> {
        let greeted = AsyncSmtpConnection::connect_with_transport(Box::new(tap), hello).await;
        greeted.map_err(|error| self.error(&error, Stage::Greeting))
    }

    async fn encrypt(&self, stream: TcpStream) -> Result<impl Wire + use<>, MailError> {
        let stream = dial::tls(self.config, self.tls, stream).await?;
        let version = stream.get_ref().1.protocol_version().and_then(|version| version.as_str());
        self.transcript.note(&format!("{} from here on", version.unwrap_or("TLS")));
        Ok(stream)
    }

    async fn log_in(&self, server: &mut AsyncSmtpConnection, login: &Login) -> Result<(), MailError> {
        if server.server_info().get_auth_mechanism(DEFAULT_MECHANISMS).is_none() {
            return Err(MailError::passing(
                "the mail server takes no user and password here; take the user out of url in [smtp], or try another port",
            ));
        }
        self.transcript.conceal(login);
        self.transcript.tell(Manner::Masked);
        let credentials = Credentials::new(login.user.clone(), login.password.to_string());
        let outcome = server.auth(DEFAULT_MECHANISMS, &credentials).await;
        self.transcript.tell(Manner::Openly);
        outcome.map(drop).map_err(|error| self.error(&error, Stage::Login))
    }

    async fn hand_over(&self, server: &mut AsyncSmtpConnection, letter: &Outgoing) -> Result<(), MailError> {
        let mut parameters = Vec::new();
        if letter.is_international() {
            let info = server.server_info();
            if !info.supports_feature(Extension::SmtpUtfEight) || !info.supports_feature(Extension::EightBitMime) {
                return Err(MailError::permanent(
                    "the mail server does not take addresses with other letters than a to z (SMTPUTF8)",
                ));
            }
            parameters = vec![MailParameter::SmtpUtfEight, MailParameter::Body(MailBodyParameter::EightBitMime)];
        }
        let mail = Mail::new(Some(letter.from.clone()), parameters);
        server.command(mail).await.map_err(|error| self.error(&error, Stage::Sender))?;
        let recipient = Rcpt::new(letter.to.clone(), Vec::new());
        server.command(recipient).await.map_err(|error| self.error(&error, Stage::Recipient))?;
        server.command(Data).await.map_err(|error| self.error(&error, Stage::Letter))?;
        self.transcript.note(&format!("the letter, {} bytes", letter.bytes.len()));
        self.transcript.tell(Manner::Unsaid);
        let outcome = server.message(&letter.bytes).await;
        self.transcript.tell(Manner::Openly);
        outcome.map(drop).map_err(|error| self.error(&error, Stage::Letter))
    }

    fn error(&self, error: &lettre::transport::smtp::Error, stage: Stage) -> MailError {
        MailError::of(error, stage, self.transcript)
    }

    fn unencrypted(&self) -> MailError {
        MailError::passing(format!(
            "{} port {} offers no encryption (STARTTLS), so nothing was sent; try smtps:// in [smtp]",
            self.config.host, self.config.port
        ))
    }
}

fn share<W>(wire: W) -> Arc<Mutex<W>> {
    Arc::new(Mutex::new(wire))
}

/// Nobody can listen in between.
pub(super) fn is_this_machine(peer: IpAddr) -> bool {
    peer.to_canonical().is_loopback()
}

/// RFC 5321 section 4.1.4: the machine's full name, or its address where it has none.
fn hello(own: SocketAddr) -> ClientId {
    let is_name =
        |name: &str| name.contains('.') && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
    match (ClientId::default(), own.ip().to_canonical()) {
        (ClientId::Domain(name), _) if is_name(&name) => ClientId::Domain(name),
        (_, IpAddr::V4(ip)) => ClientId::Ipv4(ip),
        (_, IpAddr::V6(ip)) => ClientId::Ipv6(ip),
    }
}
