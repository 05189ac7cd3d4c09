//! Certificates from an ACME server: asked for in the background, for as long as the gateway runs.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use tokio::time::MissedTickBehavior;

use crate::directory::Directory;
use crate::domain::{AcmeAccount, Clock};
use crate::federation::Caller;
use crate::ledger::Ledger;
use crate::tls::acme::{BodyWrapper, BytesResponse, Client, HttpClient, Outcome, Settings, TransportError};
use crate::tls::{Keyring, Orders};

use super::tls;

/// How soon a new app is asked for. A look costs nothing.
const LOOK_EVERY: Duration = Duration::from_secs(2);
const CALL_PATIENCE: Duration = Duration::from_secs(20);

pub(super) async fn keep(
    (keyring, directory, ledger): (Arc<Keyring>, Arc<Directory>, Ledger),
    mut kept: Option<AcmeAccount>,
    clock: Clock,
) {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut asking: Option<(Settings, Client)> = None;
    let mut seen = None;
    loop {
        ticks.tick().await;
        let Some(Orders { settings, hosts, generation }) = orders(&keyring, &directory) else {
            asking = None;
            continue;
        };
        let (_, client) = match asking.take() {
            Some(same) if same.0 == settings => asking.insert(same),
            _ => {
                let client = new_client(&settings, kept.clone(), &keyring, &clock);
                asking.insert((settings, client))
            }
        };
        if seen.replace(generation).is_some_and(|seen| seen != generation) {
            client.be_impatient();
        }
        let host = hosts.iter().find(|host| client.may_ask_for(host));
        if let Some(host) = host {
            ask(client, host, &keyring, &ledger).await;
        }
        if let Some(record) = client.record().filter(|record| Some(*record) != kept.as_ref()) {
            kept = Some(record.clone());
            keyring.keep_account(record.clone());
        }
        if host.is_some() {
            tls::save(&keyring, &ledger).await;
        }
    }
}

fn orders(keyring: &Keyring, directory: &Directory) -> Option<Orders> {
    let snapshot = directory.snapshot();
    keyring.orders(snapshot.apps.values().map(|entry| &entry.app.url).chain(&snapshot.console))
}

async fn ask(client: &mut Client, host: &str, keyring: &Keyring, ledger: &Ledger) {
    let shown = || match keyring.obtained_until(host) {
        Some(until) => format!("the one that is valid until {until}"),
        None => "one of the gateway's own authority".to_owned(),
    };
    match client.obtain(host).await {
        Outcome::Obtained(certificate) => {
            keyring.hold(*certificate);
            tls::save(keyring, ledger).await;
            if let Some(until) = keyring.obtained_until(host) {
                tracing::info!(host, %until, "obtained a certificate");
            }
        }
        Outcome::Refused { reason, next_try_at } => {
            let shown = shown();
            tracing::warn!(host, reason, %next_try_at, shown, "no certificate could be obtained");
        }
        Outcome::Unreachable { reason, pause } => {
            let (seconds, shown) = (pause.as_secs(), shown());
            tracing::warn!(
                host,
                reason,
                seconds,
                shown,
                "the ACME server cannot be asked for certificates; trying again"
            );
        }
    }
}

fn new_client(settings: &Settings, kept: Option<AcmeAccount>, keyring: &Keyring, clock: &Clock) -> Client {
    let ca = settings.ca.clone();
    let http = move || Box::new(Transport(Arc::new(Caller::new(ca.clone(), CALL_PATIENCE)))) as Box<dyn HttpClient>;
    Client::new(settings.clone(), kept, Arc::clone(keyring.challenges()), clock.clone(), Box::new(http))
}

/// The same bounds as for every other stranger.
struct Transport(Arc<Caller>);

impl HttpClient for Transport {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, TransportError>> + Send>> {
        let caller = Arc::clone(&self.0);
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let Ok(body) = body.collect().await.map(|body| body.to_bytes());
            let answer = caller.call(Request::from_parts(head, body.to_vec())).await;
            let answer = answer.map_err(|trouble| TransportError::Other(trouble.to_string().into()))?;
            // Servers of ACME say in JSON what is wrong (RFC 8555 section 6.7); what stands before them does not.
            if answer.status().is_server_error() && !answer.body().starts_with(b"{") {
                return Err(TransportError::Other(format!("it answers {}", answer.status()).into()));
            }
            Ok(BytesResponse::from(answer.map(|body| Full::new(Bytes::from(body)))))
        })
    }
}
