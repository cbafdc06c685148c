//! What of the authorization server is built, in one place: what stands here is what discovery tells. A test compares it with the
//! routes that are there.

use crate::config::{ClientCertificates, Config, RegistrationRule};
use jeton_core::oauth::grant_type::GrantType;

/// An endpoint that discovery names.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint {
    /// The member that names it.
    pub member: &'static str,
    /// Its path.
    pub path: &'static str,
    /// Whether clients prove themselves there.
    pub takes_client_authentication: bool,
    /// Whether it is built.
    pub is_built: bool,
    is_offered: fn(&Config) -> bool,
}

const fn endpoint(member: &'static str, path: &'static str) -> Endpoint {
    Endpoint { member, path, takes_client_authentication: false, is_built: true, is_offered: always }
}

const fn of_clients(member: &'static str, path: &'static str) -> Endpoint {
    Endpoint { takes_client_authentication: true, ..endpoint(member, path) }
}

/// All endpoints that there are.
pub const ENDPOINTS: &[Endpoint] = &[
    endpoint("authorization_endpoint", "/oauth/authorize"),
    of_clients("token_endpoint", "/oauth/token"),
    endpoint("jwks_uri", "/oauth/jwks"),
    of_clients("pushed_authorization_request_endpoint", "/oauth/par"),
    endpoint("end_session_endpoint", "/oauth/logout"),
    of_clients("introspection_endpoint", "/oauth/introspect"),
    of_clients("revocation_endpoint", "/oauth/revoke"),
    endpoint("userinfo_endpoint", "/oauth/userinfo"),
    endpoint("status_list_aggregation_endpoint", crate::http::oauth::status::AGGREGATION_PATH),
    of_clients("device_authorization_endpoint", "/oauth/device_authorization"),
    Endpoint { is_offered: takes_registrations, ..endpoint("registration_endpoint", "/oauth/register") },
];

/// The claims that ID tokens, userinfo and authorization answers can have.
pub const CLAIMS: [&str; 17] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "at_hash",
    "sid",
    "azp",
    "name",
    "preferred_username",
    "email",
    "email_verified",
    "updated_at",
];

/// The scopes that belong to no API and lead to something. Those of APIs are told by each API's own document (RFC 9728).
pub const SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// Whether a client's id can be the address of its metadata.
pub const HAS_METADATA_DOCUMENTS: bool = true;
/// Whether clients are told that a session ended.
pub const HAS_BACKCHANNEL_LOGOUT: bool = true;

const fn always(_: &Config) -> bool {
    true
}

/// Whether anybody can register without an operator.
const fn takes_registrations(config: &Config) -> bool {
    !matches!(config.oauth.registration, RegistrationRule::Off)
}

/// The endpoints that are offered.
pub fn endpoints(config: &Config) -> impl Iterator<Item = Endpoint> {
    ENDPOINTS.iter().filter(|endpoint| endpoint.is_built && (endpoint.is_offered)(config)).copied()
}

/// The grant types that are offered.
pub fn grant_types(config: &Config) -> impl Iterator<Item = GrantType> {
    let takes_assertions = !config.oauth.trusted_issuer.is_empty();
    GrantType::ALL.into_iter().filter(move |grant| match grant {
        GrantType::AuthorizationCode | GrantType::RefreshToken | GrantType::ClientCredentials => true,
        GrantType::JwtBearer => takes_assertions && HAS_JWT_BEARER,
        GrantType::TokenExchange => HAS_TOKEN_EXCHANGE,
        GrantType::DeviceCode => HAS_DEVICE_GRANT,
    })
}

/// Whether RFC 7523, section 2.1, is built.
const HAS_JWT_BEARER: bool = true;
/// Whether RFC 8693 is built.
const HAS_TOKEN_EXCHANGE: bool = true;
/// Whether RFC 8628 is built.
const HAS_DEVICE_GRANT: bool = true;

/// Whether clients can show certificates.
pub fn has_mutual_tls(config: &Config) -> bool {
    config.tls.client_certificates != ClientCertificates::Off || config.tls.client_certificate_header.is_some()
}

/// Whether the names in certificates of clients are verified, by this server or by the proxies before it.
pub fn verifies_certificates(config: &Config) -> bool {
    config.tls.client_ca.is_some() || (config.tls.client_certificate_header.is_some() && config.tls.client_certificate_verified_by_proxy)
}
