//! Signed authorization requests (RFC 9101): verified by the client's own keys; what stands outside is not looked at, but for what
//! must be the same.

use super::{OAuthCode, authorize::Refusal, client_keys};
use crate::authority::Authority;
use jeton_core::{
    jose::{self, Algorithm, RequestObjectRules},
    oauth::{authorization_request::parameters_of_object, parameters::Parameters},
};
use jeton_store::client::Client;

/// The parameters inside a request object.
pub async fn open(authority: &Authority, client: &Client, outside: &Parameters, object: &str) -> Result<Parameters, Refusal> {
    let bad = |words: String| Refusal::page(OAuthCode::InvalidRequestObject, words);
    let algorithm = client.registration.request_object_signing_alg.as_deref().and_then(Algorithm::parse);
    let keys = client_keys::for_jwt(authority, client, algorithm, object).await?;
    let rules = RequestObjectRules { client_id: &client.client_id, issuer: &authority.config.issuer, algorithm };
    let members = jose::verify_request_object_at(object.as_bytes(), &keys, &rules, authority.now());
    let members = members.map_err(|fault| bad(format!("the request object is refused: {fault}")))?;
    let inside = parameters_of_object(members).map_err(|fault| bad(format!("the request object cannot be read: {fault}")))?;
    // OpenID Connect Core, section 6.1: what OAuth wants outside as well must not contradict.
    let contradicts = |name: &str| outside.find(name).is_some_and(|own| inside.find(name).is_some_and(|other| other != own));
    if contradicts("response_type") {
        return Err(bad("`response_type` is not the same inside and outside of the request object".to_owned()));
    }
    Ok(inside)
}
