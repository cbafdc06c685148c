//! What discovery says, and what it leaves out.

use super::*;

fn document(change: impl FnOnce(&mut Config)) -> Value {
    let mut config = Config { issuer: "https://id.example.com/base".to_owned(), ..Config::default() };
    change(&mut config);
    of(&config)
}

#[test]
fn what_clients_would_guess_wrong_is_said() {
    let told = document(|_| {});
    assert_eq!(told["issuer"], "https://id.example.com/base");
    assert_eq!(told["authorization_endpoint"], "https://id.example.com/base/oauth/authorize");
    // Absent they would mean: with the implicit grant; only Basic; no PKCE; addresses are fetched.
    assert!(told["grant_types_supported"].as_array().is_some_and(|grants| grants.contains(&json!("authorization_code"))));
    assert!(told["token_endpoint_auth_methods_supported"].as_array().is_some_and(|methods| methods.contains(&json!("none"))));
    assert_eq!(told["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(told["request_uri_parameter_supported"], json!(false));
    assert_eq!(told["authorization_response_iss_parameter_supported"], json!(true));
    assert!(told["id_token_signing_alg_values_supported"].as_array().is_some_and(|algorithms| algorithms.contains(&json!("RS256"))));
    for name in ["response_types_supported", "subject_types_supported", "jwks_uri", "scopes_supported", "claims_supported"] {
        assert!(told.get(name).is_some(), "{name}");
    }
}

#[test]
fn nothing_is_said_that_is_not_so() {
    let told = document(|config| config.oauth.require_pushed_requests = true);
    assert_eq!(told["require_pushed_authorization_requests"], json!(true));
    let told = document(|config| {
        config.oauth.registration = crate::config::RegistrationRule::Off;
        config.oauth.metadata_documents = false;
    });
    assert!(told.get("registration_endpoint").is_none());
    assert_eq!(told["client_id_metadata_document_supported"], json!(false));
    assert!(told.get("mtls_endpoint_aliases").is_none());
    let methods = told["token_endpoint_auth_methods_supported"].as_array().expect("a list");
    assert!(!methods.iter().any(|method| method.as_str().is_some_and(|method| method.contains("tls"))));
    let grants = told["grant_types_supported"].as_array().expect("a list");
    assert!(!grants.iter().any(|grant| matches!(grant.as_str(), Some("implicit" | "password"))));
    for (name, value) in told.as_object().expect("an object") {
        assert!(value.as_array().is_none_or(|list| !list.is_empty()), "{name} is empty");
    }
}

#[test]
fn certificates_are_a_method_where_they_are_taken() {
    let methods = |adjust: fn(&mut Config)| {
        let told = document(adjust);
        assert!(told.get("mtls_endpoint_aliases").is_some());
        let listed = told["token_endpoint_auth_methods_supported"].as_array().expect("a list").clone();
        [listed.contains(&json!("self_signed_tls_client_auth")), listed.contains(&json!("tls_client_auth"))]
    };
    let header = |config: &mut Config| config.tls.client_certificate_header = Some("Client-Cert".to_owned());
    assert_eq!(methods(header), [true, false], "nobody vouches for names");
    let vouched = |config: &mut Config| {
        config.tls.client_certificate_header = Some("Client-Cert".to_owned());
        config.tls.client_certificate_verified_by_proxy = true;
    };
    assert_eq!(methods(vouched), [true, true]);
    let own = |config: &mut Config| {
        config.tls.client_certificates = crate::config::ClientCertificates::Request;
        config.tls.client_ca = Some("authorities.pem".into());
    };
    assert_eq!(methods(own), [true, true]);
}
