//! Queries of the authorization endpoint, of a client with one address of its own and one on the person's machine.

use jeton_core::oauth::{
    authorization_request::{AuthorizationRequest, RequestFault, RequestSource, parameters_of_object},
    grant_type::GrantType,
    parameters::Parameters,
    registration::Registration,
};
use serde_json::Value;

const REGISTERED: &str = "https://app.example.com/cb";

/// Whatever comes, the answer goes to a registered address or nowhere; what is accepted has PKCE and is kept as it is.
pub fn run(data: &[u8]) {
    if let Ok(Value::Object(members)) = serde_json::from_slice(data) {
        let _read = parameters_of_object(members);
    }
    let Ok(parameters) = Parameters::parse(data) else { return };
    assert_eq!(Parameters::parse(parameters.to_encoded().as_bytes()).as_ref(), Ok(&parameters));
    let _source = RequestSource::of(&parameters);
    let registration = Registration {
        redirect_uris: vec![REGISTERED.to_owned(), "http://127.0.0.1/cb".to_owned()],
        grant_types: vec![GrantType::AuthorizationCode],
        ..Registration::default()
    };
    let answer_to = match AuthorizationRequest::read(&parameters, "app_1", &registration) {
        Ok(request) => {
            assert!(request.code_challenge.len() == 43 && parameters.find("code_challenge_method") == Some("S256"));
            let kept = serde_json::to_string(&request).expect("written");
            assert_eq!(serde_json::from_str::<AuthorizationRequest>(&kept).expect("read"), request);
            request.answer_to
        }
        Err(RequestFault::Redirect(fault)) => fault.answer_to,
        Err(RequestFault::NeverRedirect(_)) => return,
    };
    let address = answer_to.redirect_uri.as_str();
    let on_this_machine = address.strip_prefix("http://127.0.0.1").and_then(|rest| rest.strip_suffix("/cb"));
    let is_port = |rest: &str| rest.is_empty() || rest.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()));
    assert!(address == REGISTERED || on_this_machine.is_some_and(is_port), "{address}");
}
