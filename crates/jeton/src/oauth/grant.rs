//! The grant types of the token endpoint, one file each. A request comes here once its client is known and its proof of a key, if
//! it has one, holds; each grant decides what it is worth.
//!
//! Whatever a grant type spends, it spends in the transaction that issues.

pub mod authorization_code;
pub mod client_credentials;
pub mod device_code;
pub mod jwt_bearer;
pub mod refresh_token;
pub mod token_exchange;

use super::{OAuthCode, OAuthError, client_auth::AuthenticatedClient, dpop, tokens::Issued};
use crate::{authority::Authority, http::Context};
use jeton_core::{
    binding::Binding,
    oauth::{grant_type::GrantType, parameters::Parameters},
    timestamp::Timestamp,
};
use jeton_store::audit::Actor;

/// A request for tokens.
#[derive(Debug)]
pub struct TokenRequest<'r> {
    /// Who asks.
    pub client: AuthenticatedClient,
    /// What it sent.
    pub form: &'r Parameters,
    /// The proof of a key, where it sent one.
    pub proof: Option<&'r dpop::Proof>,
    /// Where it came from.
    pub context: Context,
    /// When.
    pub now: Timestamp,
}

/// Answers a request for tokens.
pub async fn grant(authority: &Authority, request: &TokenRequest<'_>) -> Result<Issued, OAuthError> {
    let named = request.form.find("grant_type").ok_or_else(|| OAuthError::new(OAuthCode::InvalidRequest, "`grant_type` is missing"))?;
    let unsupported = || OAuthError::new(OAuthCode::UnsupportedGrantType, "this server does not know the `grant_type`");
    let grant_type = GrantType::parse(named).ok_or_else(unsupported)?;
    if !request.client.client.registration.grant_types.contains(&grant_type) {
        let words = format!("the client is not registered for the grant type `{}`", grant_type.as_str());
        return Err(OAuthError::new(OAuthCode::UnauthorizedClient, words));
    }
    match grant_type {
        GrantType::AuthorizationCode => Box::pin(authorization_code::grant(authority, request)).await,
        GrantType::RefreshToken => Box::pin(refresh_token::grant(authority, request)).await,
        GrantType::ClientCredentials => Box::pin(client_credentials::grant(authority, request)).await,
        GrantType::DeviceCode => Box::pin(device_code::grant(authority, request)).await,
        GrantType::TokenExchange => Box::pin(token_exchange::grant(authority, request)).await,
        GrantType::JwtBearer => Box::pin(jwt_bearer::grant(authority, request)).await,
    }
}

impl TokenRequest<'_> {
    /// What the client is bound by: its DPoP key, or its certificate where it registered for that. A client that is bound always
    /// must prove its key always. Spends nothing yet: see [`TokenRequest::spend_proof`].
    pub fn binding(&self) -> Result<Option<Binding>, OAuthError> {
        let registration = &self.client.client.registration;
        if let Some(proof) = self.proof {
            return Ok(Some(Binding::Dpop(proof.thumbprint())));
        }
        if registration.dpop_bound_access_tokens {
            return Err(OAuthError::new(
                OAuthCode::InvalidDpopProof,
                "this client registered `dpop_bound_access_tokens`: send a `DPoP` field",
            ));
        }
        if !registration.tls_client_certificate_bound_access_tokens {
            return Ok(None);
        }
        let words = "this client registered `tls_client_certificate_bound_access_tokens`: show its certificate";
        let shown = self.client.certificate.ok_or_else(|| OAuthError::new(OAuthCode::InvalidRequest, words))?;
        Ok(Some(Binding::Certificate(shown)))
    }
    /// Uses the proof up, right before something is issued for it: whoever is refused before leaves nothing behind.
    pub async fn spend_proof(&self, authority: &Authority) -> Result<(), OAuthError> {
        match self.proof {
            Some(proof) => Box::pin(proof.use_up(authority)).await,
            None => Ok(()),
        }
    }
    /// How the audit names the client.
    pub fn actor(&self) -> Actor {
        let who = format!("client:{}", self.client.client.id);
        Actor { who, at: self.now, request: Some(self.context.request), client_ip: self.context.client_ip }
    }
    /// A parameter that must be there.
    pub fn required(&self, name: &str) -> Result<&str, OAuthError> {
        self.form.find(name).ok_or_else(|| OAuthError::new(OAuthCode::InvalidRequest, format!("`{name}` is missing")))
    }
}

/// What was presented is not good: the words for all that must not be told apart.
fn invalid_grant(words: &str) -> OAuthError {
    OAuthError::new(OAuthCode::InvalidGrant, words)
}
