//! Settings of the authorization server.

use super::SpanText;
use jeton_core::{oauth::grant_type::GrantType, timestamp::Span};
use serde::Deserialize;

/// The authorization server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OAuthConfig {
    /// Life of access tokens, unless their API or client says less.
    pub access_token: SpanText,
    /// The same by grant type.
    pub access_token_by_grant: AccessTokenByGrant,
    /// A refresh token that is not used for this long is dead.
    pub refresh_token_idle: SpanText,
    /// A grant with refresh tokens ends after this time, used or not.
    pub refresh_token: SpanText,
    /// Within this time a repeated refresh gets the same answer again.
    pub refresh_grace: SpanText,
    /// Life of authorization codes.
    pub code: SpanText,
    /// Life of ID tokens.
    pub id_token: SpanText,
    /// Life of pushed requests.
    pub pushed_request: SpanText,
    /// Life of device codes.
    pub device_code: SpanText,
    /// A session that is not used for this long is over.
    pub session_idle: SpanText,
    /// A session ends after this time, used or not.
    pub session: SpanText,
    /// Who may register clients without an operator.
    pub registration: RegistrationRule,
    /// Whether a client's id may be the address of its metadata document.
    pub metadata_documents: bool,
    /// Every authorization request must be pushed (RFC 9126).
    pub require_pushed_requests: bool,
    /// DPoP proofs to this server must carry its nonce (RFC 9449, section 8).
    pub dpop_nonce: bool,
    /// For development: redirects, back channels and metadata documents may be plain `http` on loopback.
    pub development: bool,
    /// Issuers whose JWTs may be exchanged for tokens.
    pub trusted_issuer: Vec<TrustedIssuer>,
}

/// Longest lives of access tokens by the grant type that they are had by; one that is absent says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccessTokenByGrant {
    /// Of a code.
    pub authorization_code: Option<SpanText>,
    /// Of a refresh.
    pub refresh_token: Option<SpanText>,
    /// Of a client for itself.
    pub client_credentials: Option<SpanText>,
    /// Of a device.
    pub device_code: Option<SpanText>,
    /// Of another token.
    pub token_exchange: Option<SpanText>,
    /// Of a JWT that somebody else issued.
    pub jwt_bearer: Option<SpanText>,
}

impl AccessTokenByGrant {
    /// The life that is said for a grant type.
    pub fn of(&self, grant_type: GrantType) -> Option<Span> {
        let said = match grant_type {
            GrantType::AuthorizationCode => self.authorization_code,
            GrantType::RefreshToken => self.refresh_token,
            GrantType::ClientCredentials => self.client_credentials,
            GrantType::DeviceCode => self.device_code,
            GrantType::TokenExchange => self.token_exchange,
            GrantType::JwtBearer => self.jwt_bearer,
        };
        said.map(|span| span.0)
    }
}

/// Who may register clients by dynamic registration (RFC 7591).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationRule {
    /// Everybody, within limits; such clients are marked as not known, and never get sensitive scopes.
    #[default]
    Open,
    /// Everybody; each waits for approval.
    Approval,
    /// The holder of a token with the scope `clients:register`.
    InitialAccessToken,
    /// Nobody.
    Off,
}

/// An issuer whose JWTs are taken as proof (RFC 7523, section 2.1; RFC 8693).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedIssuer {
    /// Its `iss`, byte for byte.
    pub issuer: String,
    /// Its keys, by address.
    #[serde(default)]
    pub jwks_uri: Option<String>,
    /// Its keys, in a file.
    #[serde(default)]
    pub jwks_file: Option<std::path::PathBuf>,
    /// Claims that its JWTs must have, with exactly these values; a `*` at the end stands for any rest.
    #[serde(default)]
    pub claims: std::collections::BTreeMap<String, String>,
    /// The client that may use them.
    pub client_id: String,
    /// APIs that tokens may be for.
    pub audiences: Vec<String>,
    /// Scopes that tokens may have, space-separated.
    pub scope: String,
}

impl Default for OAuthConfig {
    fn default() -> Self {
        let span = SpanText;
        Self {
            access_token: span(Span::from_minutes(10)),
            access_token_by_grant: AccessTokenByGrant::default(),
            refresh_token_idle: span(Span::from_days(30)),
            refresh_token: span(Span::from_days(90)),
            refresh_grace: span(Span::from_seconds(30)),
            code: span(Span::from_seconds(60)),
            id_token: span(Span::from_minutes(10)),
            pushed_request: span(Span::from_seconds(90)),
            device_code: span(Span::from_minutes(10)),
            session_idle: span(Span::from_hours(12)),
            session: span(Span::from_days(7)),
            registration: RegistrationRule::Open,
            metadata_documents: true,
            require_pushed_requests: false,
            dpop_nonce: true,
            development: false,
            trusted_issuer: Vec::new(),
        }
    }
}
