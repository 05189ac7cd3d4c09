//! One order: prove that the host is ours, ask for its certificate, take it.

use std::sync::Arc;
use std::time::Duration;

use instant_acme::{
    Account, AuthorizationStatus, ChallengeType, Identifier, KeyAuthorization, NewOrder, Order, OrderStatus,
    RetryPolicy,
};
use rcgen::{CertificateParams, CustomExtension, DistinguishedName, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;

use crate::domain::{CertificateIssuer, HostCertificate};
use crate::tls::leaves;

use super::challenges::{Challenges, Shown};
use super::trouble::{Trouble, told};
use super::{ChallengeKind, Settings};

/// A server looks from several places, one after the other.
const PATIENCE: RetryPolicy = RetryPolicy::new().timeout(Duration::from_secs(90));

pub(super) async fn obtain(
    account: &Account,
    settings: &Settings,
    host: &str,
    kind: ChallengeKind,
    challenges: &Arc<Challenges>,
) -> Result<HostCertificate, Trouble> {
    let identifiers = [Identifier::Dns(host.to_owned())];
    let mut order = account.new_order(&NewOrder::new(&identifiers)).await?;
    let shown = prove(&mut order, host, kind, challenges).await?;
    if order.state().status != OrderStatus::Ready && order.poll_ready(&PATIENCE).await? != OrderStatus::Ready {
        return Err(Trouble::Host(refusal(&mut order).await));
    }
    drop(shown);
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(unmade)?;
    let mut params = CertificateParams::new([host.to_owned()]).map_err(unmade)?;
    params.distinguished_name = DistinguishedName::new();
    let request = params.serialize_request(&key).map_err(unmade)?;
    order.finalize_csr(request.der()).await?;
    let pem = order.poll_certificate(&PATIENCE).await?;
    judged(&pem, &key, host, &settings.directory)
}

/// Puts up what the server is going to look for, and tells it to look.
async fn prove(
    order: &mut Order,
    host: &str,
    kind: ChallengeKind,
    challenges: &Arc<Challenges>,
) -> Result<Vec<Shown>, Trouble> {
    let mut shown = Vec::new();
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let wanted = match kind {
            ChallengeKind::TlsAlpn => ChallengeType::TlsAlpn01,
            ChallengeKind::Http => ChallengeType::Http01,
        };
        let Some(mut challenge) = authorization.challenge(wanted) else {
            return Err(Trouble::Host(format!("the server does not offer {}", kind.as_str())));
        };
        let proof = challenge.key_authorization();
        shown.push(match kind {
            ChallengeKind::TlsAlpn => challenges.show_certificate(host, proving(host, &proof)?),
            ChallengeKind::Http => challenges.show_text(&challenge.token, proof.as_str()),
        });
        challenge.set_ready().await?;
    }
    Ok(shown)
}

/// RFC 8737 section 3: a certificate that holds the proof.
fn proving(host: &str, proof: &KeyAuthorization) -> Result<Arc<CertifiedKey>, Trouble> {
    let mut params = CertificateParams::new([host.to_owned()]).map_err(unmade)?;
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(proof.digest().as_ref())];
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(unmade)?;
    let certificate = params.self_signed(&key).map_err(unmade)?;
    let secret = PrivateKeyDer::try_from(key.serialize_der()).map_err(|why| Trouble::Server(why.to_owned()))?;
    let secret = default_provider().key_provider.load_private_key(secret);
    let secret = secret.map_err(|error| Trouble::Server(error.to_string()))?;
    // Unchecked: the proof is an extension that no verifier knows.
    Ok(Arc::new(CertifiedKey::new(vec![certificate.der().clone()], secret)))
}

/// What the server saw when it looked.
async fn refusal(order: &mut Order) -> String {
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        // Best effort: without an answer there is the last state.
        let _ = authorization.refresh().await;
        if let Some(problem) = authorization.challenges.iter().find_map(|challenge| challenge.error.as_ref()) {
            return told(problem);
        }
    }
    "the server refuses the proof and does not say why".to_owned()
}

/// Whether it is what was asked for.
fn judged(pem: &str, key: &KeyPair, host: &str, directory: &str) -> Result<HostCertificate, Trouble> {
    let unfit = |why: &str| Trouble::Server(format!("the certificate that it gave cannot be used: {why}"));
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let chain = chain.map_err(|error| unfit(&error.to_string()))?;
    let leaf = chain.first().ok_or_else(|| unfit("there is none"))?;
    let (_, parsed) = parse_x509_certificate(leaf).map_err(|error| unfit(&error.to_string()))?;
    let alternatives = parsed.subject_alternative_name().ok().flatten();
    let mut names: Vec<String> = alternatives
        .iter()
        .flat_map(|found| &found.value.general_names)
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            _ => None,
        })
        .collect();
    names.sort();
    if !names.iter().any(|name| name.eq_ignore_ascii_case(host)) {
        return Err(unfit(&format!("it is for {}", names.join(" "))));
    }
    let made = HostCertificate {
        issuer: CertificateIssuer::Acme,
        host: host.to_owned(),
        names,
        chain: chain.iter().map(|der| der.to_vec().into()).collect(),
        key: key.serialize_der().into(),
        directory: Some(directory.to_owned()),
    };
    leaves::open(&made).map_err(|error| unfit(&format!("{error:?}")))?;
    Ok(made)
}

fn unmade(error: rcgen::Error) -> Trouble {
    Trouble::Server(error.to_string())
}
