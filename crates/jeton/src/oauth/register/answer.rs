//! What a client is told of its registration: everything that was registered, its secret this once, and how it changes it
//! (RFC 7591, section 3.2.1; RFC 7592, section 3).

use jeton_store::client::{Client, ClientSource};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

/// A registration on its way out. Holds secrets: `Debug` shows none.
pub struct Registered {
    /// The client.
    pub client: Client,
    /// Its secret, where it was given one just now.
    pub secret: Option<Zeroizing<String>>,
    /// Its registration access token, where it has one.
    pub access: Option<Zeroizing<String>>,
}

impl Registered {
    /// The answer's body.
    pub fn body(&self, issuer: &str) -> Value {
        let Self { client, secret, access } = self;
        let mut body = match serde_json::to_value(&client.registration) {
            Ok(Value::Object(members)) => members,
            _ => Map::new(),
        };
        body.insert("client_id".to_owned(), json!(client.client_id));
        body.insert("client_id_issued_at".to_owned(), json!(client.created_at.as_micros().div_euclid(1_000_000)));
        if let Some(secret) = secret {
            body.insert("client_secret".to_owned(), json!(secret.as_str()));
        }
        if client.registration.token_endpoint_auth_method.has_secret() {
            body.insert("client_secret_expires_at".to_owned(), json!(0));
        }
        if let Some(access) = access {
            body.insert("registration_access_token".to_owned(), json!(access.as_str()));
            body.insert("registration_client_uri".to_owned(), json!(format!("{issuer}/oauth/register/{}", client.client_id)));
        }
        if client.source != ClientSource::MetadataDocument {
            body.insert("jeton_state".to_owned(), json!(client.state.as_str()));
        }
        if let Some(reason) = &client.reason {
            body.insert("jeton_reason".to_owned(), json!(reason));
        }
        if let Some(pending) = &client.pending {
            body.insert("jeton_pending".to_owned(), serde_json::to_value(pending).unwrap_or_default());
        }
        Value::Object(body)
    }
}

impl std::fmt::Debug for Registered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Registered({}, redacted)", self.client.client_id)
    }
}
