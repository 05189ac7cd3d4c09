//! The provider's side of the wire: one request a connection, then what its endpoint does.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::{digest, hmac};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use rustls::{ServerConnection, StreamOwned};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::{Bad, CLIENT_ID, CLIENT_SECRET, Endpoint, Grant, Key, Shared, Signed, State, Token};

/// More than any sane client reads.
const HUGE: usize = 2 << 20;

trait Pipe: Read + Write {}

impl<T: Read + Write> Pipe for T {}

/// A request, as far as a provider cares.
struct Request {
    path: String,
    parameters: HashMap<String, String>,
    authorization: String,
}

/// Status, a header line or nothing, body.
struct Answer(u16, String, String);

impl Shared {
    pub(super) fn listen(self: Arc<Self>, listener: TcpListener) -> JoinHandle<()> {
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                if self.closed.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&self);
                std::thread::spawn(move || shared.take(socket));
            }
        })
    }

    fn take(&self, socket: TcpStream) {
        let _ = socket.set_read_timeout(Some(Duration::from_secs(60)));
        let _ = socket.set_nodelay(true);
        let mut pipe: Box<dyn Pipe> = match &self.tls {
            Some(config) => {
                let session = ServerConnection::new(Arc::clone(config)).expect("a TLS server");
                Box::new(StreamOwned::new(session, socket))
            }
            None => Box::new(socket),
        };
        let Some(request) = Request::read(&mut pipe) else { return };
        let Some(endpoint) = Endpoint::at(&request.path) else { return write(&mut pipe, &Answer::status(404)) };
        let bad = {
            let mut state = self.state.lock().unwrap();
            state.requests.push((endpoint, request.parameters.clone()));
            state.bad.get(&endpoint).cloned()
        };
        match bad {
            Some(Bad::Slow(delay)) => std::thread::sleep(delay),
            Some(bad) => return bad.answer(&mut pipe),
            None => {}
        }
        let answer = self.answer(endpoint, &request);
        write(&mut pipe, &answer);
    }

    fn answer(&self, endpoint: Endpoint, request: &Request) -> Answer {
        let mut state = self.state.lock().unwrap();
        match endpoint {
            Endpoint::Discovery => Answer::json(200, &self.metadata(&state)),
            Endpoint::Authorize => state.authorize(&self.issuer, request),
            Endpoint::Token => state.redeem(&self.issuer, request),
            Endpoint::Keys => {
                let keys: Vec<Value> = state.keys.iter().map(Key::public).collect();
                Answer::json(200, &json!({ "keys": keys }))
            }
            Endpoint::UserInfo => {
                let token = request.authorization.strip_prefix("Bearer ").unwrap_or_default();
                match state.tokens.get(token) {
                    Some(identity) => Answer::json(200, &identity.claims),
                    None => Answer::status(401),
                }
            }
        }
    }

    fn metadata(&self, state: &State) -> Value {
        let at = |path: &str| format!("{}{path}", self.issuer);
        let mut document = json!({
            "issuer": self.issuer,
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "jwks_uri": at("/keys"),
            "userinfo_endpoint": at("/userinfo"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
        });
        for (name, value) in state.metadata.as_object().expect("members") {
            match value {
                Value::Null => drop(document.as_object_mut().expect("members").remove(name)),
                value => document[name] = value.clone(),
            }
        }
        document
    }
}

impl State {
    fn authorize(&mut self, issuer: &str, request: &Request) -> Answer {
        let sent = |name: &str| request.parameters.get(name).cloned().unwrap_or_default();
        if sent("client_id") != CLIENT_ID || sent("response_type") != "code" || sent("code_challenge_method") != "S256"
        {
            return Answer::status(400);
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("state", &sent("state"));
        if self.consents {
            let code = random();
            query.append_pair("code", &code);
            let nonce = request.parameters.get("nonce").cloned();
            let (redirect_uri, challenge) = (sent("redirect_uri"), sent("code_challenge"));
            self.codes.insert(code, Grant { redirect_uri, nonce, challenge, identity: self.identity.clone() });
        } else {
            query.append_pair("error", "access_denied");
        }
        let tells_issuer = self.metadata.get("authorization_response_iss_parameter_supported");
        if tells_issuer.is_none_or(|told| *told == json!(true)) {
            query.append_pair("iss", issuer);
        }
        Answer(302, format!("Location: {}?{}\r\n", sent("redirect_uri"), query.finish()), String::new())
    }

    fn redeem(&mut self, issuer: &str, request: &Request) -> Answer {
        let sent = |name: &str| request.parameters.get(name).cloned().unwrap_or_default();
        let refused = |error: &str| Answer::json(400, &json!({ "error": error, "error_description": "by the double" }));
        if !request.is_from_client() {
            return Answer::json(401, &json!({ "error": "invalid_client" }));
        }
        // Single use, whatever comes of it.
        let Some(grant) = self.codes.remove(&sent("code")) else { return refused("invalid_grant") };
        let hash = digest::digest(&digest::SHA256, sent("code_verifier").as_bytes());
        let proves = BASE64URL_NOPAD.encode(hash.as_ref()) == grant.challenge;
        if sent("grant_type") != "authorization_code" || sent("redirect_uri") != grant.redirect_uri || !proves {
            return refused("invalid_grant");
        }
        let access_token = random();
        let id_token = self.id_token(issuer, &grant, &access_token);
        self.tokens.insert(access_token.clone(), grant.identity);
        let mut answer = json!({ "access_token": access_token, "token_type": "Bearer", "expires_in": 3599 });
        answer["id_token"] = json!(id_token);
        Answer::json(200, &answer)
    }

    fn id_token(&self, issuer: &str, grant: &Grant, access_token: &str) -> String {
        let key = &self.keys[0];
        let mut claims = grant.identity.in_token();
        let now = now();
        let by = if key.algorithm == super::Algorithm::EdDsa { &digest::SHA512 } else { &digest::SHA256 };
        let hash = digest::digest(by, access_token.as_bytes());
        let half = BASE64URL_NOPAD.encode(&hash.as_ref()[..hash.as_ref().len() / 2]);
        for (name, value) in [
            ("iss", json!(issuer)),
            ("aud", json!(CLIENT_ID)),
            ("azp", json!(CLIENT_ID)),
            ("iat", json!(now)),
            ("exp", json!(now + 3600)),
            ("nonce", json!(grant.nonce)),
            ("at_hash", json!(half)),
        ] {
            claims[name] = value;
        }
        let header = json!({ "alg": key.algorithm.name(), "kid": key.id, "typ": "JWT" });
        let mut token = Token { header, claims, signed: Signed::Well };
        if let Some(tamper) = &self.tamper {
            tamper(&mut token);
        }
        token.encode(key)
    }
}

impl Token {
    fn encode(&self, key: &Key) -> String {
        let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let message = format!("{}.{}", part(&self.header), part(&self.claims));
        let signature = match &self.signed {
            Signed::Well => key.sign(message.as_bytes()),
            Signed::Broken => {
                let mut signature = key.sign(message.as_bytes());
                signature[7] ^= 1;
                signature
            }
            Signed::By(other) => other.sign(message.as_bytes()),
            Signed::Shared(secret) => {
                hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes()).as_ref().to_vec()
            }
            Signed::Nothing => Vec::new(),
        };
        format!("{message}.{}", BASE64URL_NOPAD.encode(&signature))
    }
}

impl Endpoint {
    fn at(path: &str) -> Option<Endpoint> {
        Some(match path {
            "/.well-known/openid-configuration" => Endpoint::Discovery,
            "/authorize" => Endpoint::Authorize,
            "/token" => Endpoint::Token,
            "/keys" => Endpoint::Keys,
            "/userinfo" => Endpoint::UserInfo,
            _ => return None,
        })
    }
}

impl Bad {
    fn answer(self, pipe: &mut Box<dyn Pipe>) {
        const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
        match self {
            Bad::Stall => drop(pipe.read(&mut [0])),
            Bad::Drip => {
                let _ = pipe.write_all(HEAD);
                flood(pipe, b"X-Drop: 1\r\n", Duration::from_millis(20));
            }
            Bad::Endless => {
                let _ = pipe.write_all(HEAD);
                let _ = pipe.write_all(b"Transfer-Encoding: chunked\r\n\r\n");
                let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
                flood(pipe, chunk.as_bytes(), Duration::ZERO);
            }
            Bad::Interim => flood(pipe, b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", Duration::ZERO),
            Bad::HugeHead => {
                let _ = pipe.write_all(HEAD);
                let _ = pipe.write_all(format!("X-Huge: {}\r\n\r\n{{}}", "x".repeat(HUGE)).as_bytes());
            }
            Bad::Huge => write(pipe, &Answer(200, String::new(), format!("{{\"x\":\"{}\"}}", "x".repeat(HUGE)))),
            Bad::Redirect(to) => write(pipe, &Answer(302, format!("Location: {to}\r\n"), String::new())),
            Bad::Status(status) => write(pipe, &Answer::status(status)),
            Bad::Body(body) => write(pipe, &Answer(200, "Content-Type: application/json\r\n".into(), body)),
            Bad::Raw(bytes) => drop(pipe.write_all(&bytes)),
            Bad::Slow(_) => {}
        }
    }
}

fn flood(pipe: &mut Box<dyn Pipe>, bytes: &[u8], pause: Duration) {
    while pipe.write_all(bytes).is_ok() {
        std::thread::sleep(pause);
    }
}

impl Answer {
    fn json(status: u16, document: &Value) -> Answer {
        Answer(status, "Content-Type: application/json\r\n".to_owned(), document.to_string())
    }

    fn status(status: u16) -> Answer {
        Answer(status, String::new(), String::new())
    }
}

fn write(pipe: &mut Box<dyn Pipe>, Answer(status, header, body): &Answer) {
    let head = format!("HTTP/1.1 {status} Said\r\nConnection: close\r\n{header}Content-Length: {}\r\n\r\n", body.len());
    let _ = pipe.write_all(head.as_bytes()).and_then(|()| pipe.write_all(body.as_bytes())).and_then(|()| pipe.flush());
}

impl Request {
    fn read(pipe: &mut Box<dyn Pipe>) -> Option<Request> {
        let mut reader = BufReader::new(pipe);
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let target = line.split(' ').nth(1)?.to_owned();
        let (mut length, mut authorization) = (0, String::new());
        loop {
            line.clear();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().ok()?,
                "authorization" => authorization = value.trim().to_owned(),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let parameters =
            [query.as_bytes(), &body].into_iter().flat_map(|text| form_urlencoded::parse(text).into_owned()).collect();
        Some(Request { path: path.to_owned(), parameters, authorization })
    }

    /// By RFC 6749 section 2.3.1: the header, or the body.
    fn is_from_client(&self) -> bool {
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encoded(CLIENT_ID), encoded(CLIENT_SECRET));
        let in_body = self.parameters.get("client_id").is_some_and(|id| id == CLIENT_ID)
            && self.parameters.get("client_secret").is_some_and(|secret| secret == CLIENT_SECRET);
        self.authorization == format!("Basic {}", BASE64.encode(pair.as_bytes())) || in_body
    }
}

fn random() -> String {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).expect("random bytes");
    BASE64URL_NOPAD.encode(&bytes)
}

/// Seconds since 1970.
#[allow(clippy::disallowed_methods, reason = "the provider has a clock of its own")]
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
