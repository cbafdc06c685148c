//! What this authorization server can do, as documents say it (RFC 8414; OpenID Connect Discovery; RFC 8705, 9101, 9126, 9207, 9449):
//! true to what is built and to what is configured. A member that would be an empty list is left out.

pub mod features;

use crate::{config::Config, oauth::acr};
use features::Endpoint;
use jeton_core::{
    jose::Algorithm,
    oauth::{
        authorization_request::{Prompts, ResponseMode},
        grant_type::GrantType,
        registration::AuthMethod,
    },
};
use serde_json::{Map, Value, json};

/// The document.
pub fn of(config: &Config) -> Value {
    let mut document = Map::new();
    let mut put = |name: &str, value: Value| {
        let is_empty = value.as_array().is_some_and(Vec::is_empty);
        if !is_empty {
            document.insert(name.to_owned(), value);
        }
    };
    put("issuer", json!(config.issuer));
    for endpoint in features::endpoints(config) {
        put(endpoint.member, json!(format!("{}{}", config.issuer, endpoint.path)));
    }
    for (name, value) in what_is_answered(config).into_iter().chain(how_clients_prove_themselves(config)).chain(what_is_signed()) {
        put(name, value);
    }
    for (name, is_so) in switches(config) {
        put(name, json!(is_so));
    }
    if features::has_mutual_tls(config) {
        put("mtls_endpoint_aliases", aliases(config));
    }
    Value::Object(document)
}

/// The endpoints that a client with a certificate calls: the same, since the listener asks everybody for one.
fn aliases(config: &Config) -> Value {
    let is_called_by_clients = |endpoint: &Endpoint| endpoint.takes_client_authentication;
    let named = features::endpoints(config).filter(is_called_by_clients);
    named.map(|endpoint| (endpoint.member.to_owned(), json!(format!("{}{}", config.issuer, endpoint.path)))).collect::<Map<_, _>>().into()
}

fn what_is_answered(config: &Config) -> Vec<(&'static str, Value)> {
    vec![
        ("response_types_supported", json!(["code"])),
        ("response_modes_supported", json!(ResponseMode::ALL.map(ResponseMode::as_str))),
        ("grant_types_supported", json!(features::grant_types(config).map(GrantType::as_str).collect::<Vec<_>>())),
        ("scopes_supported", json!(features::SCOPES)),
        ("claims_supported", json!(features::CLAIMS)),
        ("claim_types_supported", json!(["normal"])),
        ("subject_types_supported", json!(["public", "pairwise"])),
        ("acr_values_supported", json!(acr::KNOWN)),
        ("prompt_values_supported", json!(Prompts::WORDS)),
        ("code_challenge_methods_supported", json!(["S256"])),
    ]
}

fn how_clients_prove_themselves(config: &Config) -> Vec<(&'static str, Value)> {
    let methods = |takes_public: bool| -> Vec<&str> {
        let is_offered = |method: &AuthMethod| match method {
            AuthMethod::SelfSignedTlsClientAuth => features::has_mutual_tls(config),
            AuthMethod::TlsClientAuth => features::verifies_certificates(config),
            AuthMethod::None => takes_public,
            _ => true,
        };
        AuthMethod::ALL.into_iter().filter(is_offered).map(AuthMethod::as_str).collect()
    };
    let mut told = Vec::new();
    for (endpoint, [how, by]) in [
        ("token_endpoint", ["token_endpoint_auth_methods_supported", "token_endpoint_auth_signing_alg_values_supported"]),
        ("revocation_endpoint", ["revocation_endpoint_auth_methods_supported", "revocation_endpoint_auth_signing_alg_values_supported"]),
        (
            "introspection_endpoint",
            ["introspection_endpoint_auth_methods_supported", "introspection_endpoint_auth_signing_alg_values_supported"],
        ),
    ] {
        if features::endpoints(config).any(|own| own.member == endpoint) {
            told.push((how, json!(methods(endpoint != "introspection_endpoint"))));
            told.push((by, json!(verified())));
        }
    }
    told
}

fn what_is_signed() -> Vec<(&'static str, Value)> {
    let signed = json!(Algorithm::SIGNING.map(Algorithm::as_str));
    vec![
        ("id_token_signing_alg_values_supported", signed.clone()),
        ("userinfo_signing_alg_values_supported", signed.clone()),
        ("introspection_signing_alg_values_supported", signed),
        ("request_object_signing_alg_values_supported", json!(verified())),
        ("dpop_signing_alg_values_supported", json!(verified())),
    ]
}

/// The algorithms of what others sign; Ed25519 under its new name (RFC 9864) and its old one.
fn verified() -> Vec<&'static str> {
    Algorithm::ALL.map(Algorithm::as_str).into_iter().chain(["Ed25519"]).collect()
}

fn switches(config: &Config) -> Vec<(&'static str, bool)> {
    let mut switches = vec![
        ("authorization_response_iss_parameter_supported", true),
        ("request_parameter_supported", true),
        // Absent would mean that addresses are fetched.
        ("request_uri_parameter_supported", false),
        ("claims_parameter_supported", true),
        ("require_pushed_authorization_requests", config.oauth.require_pushed_requests),
        ("client_id_metadata_document_supported", config.oauth.metadata_documents && features::HAS_METADATA_DOCUMENTS),
        ("tls_client_certificate_bound_access_tokens", features::has_mutual_tls(config)),
    ];
    if features::HAS_BACKCHANNEL_LOGOUT {
        switches.extend([("backchannel_logout_supported", true), ("backchannel_logout_session_supported", true)]);
    }
    switches
}

#[cfg(test)]
mod tests;
