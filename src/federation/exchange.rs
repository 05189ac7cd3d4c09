//! From the code that came back to a verified identity.

use std::fmt;
use std::sync::Arc;

use oauth2::basic::{
    BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
    BasicTokenType,
};
use oauth2::{
    AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, EndpointNotSet, EndpointSet, ExtraTokenFields,
    RedirectUrl, RequestTokenError, StandardRevocableToken, StandardTokenResponse, TokenResponse, TokenUrl,
};
use serde::{Deserialize, Serialize};

use crate::domain::Email;

use super::error::{FederationError, Flaw, Trouble, Unreachable, clip};
use super::flow::{CallbackParams, Flow};
use super::http::Client as HttpClient;
use super::id_token::{Claims, Expected, TokenHead};
use super::metadata::Metadata;
use super::provider::Provider;
use super::{Verified, userinfo};

pub(super) async fn finish(
    provider: &Provider,
    flow: Flow,
    callback: CallbackParams,
) -> Result<Verified, FederationError> {
    if !flow.is_with(&provider.config) {
        return Err(FederationError::Gone);
    }
    let patience = provider.pace.whole_return;
    let late = |_| Trouble::new(Unreachable::TimedOut, format_args!("sign-in did not end within {patience:?}"));
    tokio::time::timeout(patience, verified(provider, flow, callback)).await.map_err(late)?
}

async fn verified(provider: &Provider, flow: Flow, callback: CallbackParams) -> Result<Verified, FederationError> {
    let metadata = provider.known_metadata().await?;
    let issuer = &provider.config.issuer;
    let code = callback.code_of(issuer, &metadata)?;
    let Flow { nonce, verifier, .. } = flow;
    let tokens = redeem(Arc::clone(&provider.client), client(provider, &metadata), code, verifier).await?;
    let access_token = tokens.access_token().secret();
    let id_token = tokens.extra_fields().id_token.as_deref();
    let id_token = id_token.ok_or_else(|| Trouble::bad_answer("it gave no ID token"))?;
    let expected = Expected {
        issuer,
        client_id: &provider.config.client_id,
        nonce: &nonce,
        access_token,
        now: provider.clock.now(),
    };
    let mut claims = claims_of(provider, &metadata, id_token, &expected).await?;
    if claims.email.is_none()
        && let Some(endpoint) = &metadata.userinfo_endpoint
    {
        let document = provider.client.document_for(endpoint, access_token).await?;
        userinfo::complete(&mut claims, &document)?;
    }
    Ok(identity(provider, claims))
}

/// By the key that the token names; when it is not known, the provider is asked for its keys once more.
async fn claims_of(
    provider: &Provider,
    metadata: &Metadata,
    id_token: &str,
    expected: &Expected<'_>,
) -> Result<Claims, FederationError> {
    let head = TokenHead::read(id_token, metadata)?;
    let key = match provider.keys(metadata).await?.find(head.header()) {
        Some(key) => key,
        None => provider.newer_keys(metadata).await?.find(head.header()).ok_or(Flaw::UnknownKey)?,
    };
    Ok(head.claims(&key, expected)?)
}

fn identity(provider: &Provider, claims: Claims) -> Verified {
    let email: Option<Email> = claims.email.as_deref().and_then(|text| text.parse().ok());
    let (given_name, family_name) = claims.names();
    Verified {
        issuer: provider.config.issuer.as_str().to_owned(),
        subject: claims.sub,
        email_verified: email.is_some() && claims.email_verified,
        email,
        given_name,
        family_name,
        hosted_domain: claims.hd.as_deref().and_then(|text| text.parse().ok()),
    }
}

type Tokens = StandardTokenResponse<IdToken, BasicTokenType>;

/// What OpenID Connect adds to the answer of RFC 6749 section 5.1.
#[derive(Serialize, Deserialize)]
pub(super) struct IdToken {
    id_token: Option<String>,
}

impl fmt::Debug for IdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdToken(…)")
    }
}

impl ExtraTokenFields for IdToken {}

pub(super) type OidcClient = Client<
    BasicErrorResponse,
    Tokens,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

pub(super) fn client(provider: &Provider, metadata: &Metadata) -> OidcClient {
    let config = &provider.config;
    let client = Client::new(ClientId::new(config.client_id.clone()))
        .set_client_secret(ClientSecret::new(config.client_secret.reveal().to_owned()))
        .set_auth_type(metadata.auth_type())
        .set_auth_uri(AuthUrl::from_url(metadata.authorization_endpoint.clone()))
        .set_token_uri(TokenUrl::from_url(metadata.token_endpoint.clone()));
    match RedirectUrl::new(provider.redirect_uri.clone()) {
        Ok(redirect_uri) => client.set_redirect_uri(redirect_uri),
        // The console's address is a URL, so this does not happen; without it the provider would refuse.
        Err(_) => client,
    }
}

async fn redeem(
    http: Arc<HttpClient>,
    client: OidcClient,
    code: String,
    verifier: oauth2::PkceCodeVerifier,
) -> Result<Tokens, FederationError> {
    // Owned, or the compiler cannot see that this may move between threads.
    let http = |request| {
        let http = Arc::clone(&http);
        async move { http.call(request).await }
    };
    let request = client.exchange_code(AuthorizationCode::new(code)).set_pkce_verifier(verifier);
    request.request_async(&http).await.map_err(refusal)
}

/// By the codes of RFC 6749 section 5.2. An answer that cannot be read may hold secrets: only why is told.
fn refusal(error: RequestTokenError<Trouble, BasicErrorResponse>) -> FederationError {
    match error {
        RequestTokenError::ServerResponse(answer) => {
            let told = clip(&answer.to_string());
            match answer.error() {
                BasicErrorResponseType::InvalidGrant => FederationError::CodeRefused(told),
                _ => FederationError::Misconfigured(told),
            }
        }
        RequestTokenError::Request(trouble) => FederationError::Unreachable(trouble),
        RequestTokenError::Parse(error, _) => {
            Trouble::bad_answer(format_args!("its token answer cannot be read: {}", error.inner())).into()
        }
        RequestTokenError::Other(why) => Trouble::bad_answer(format_args!("its token answer: {why}")).into(),
    }
}
