//! The clients of all scenarios, as the metadata that they register with. Their names are what the scripts call them by.

use super::key::Key;
use serde_json::{Map, Value, json};

/// Where the scenarios' apps are answered. Nobody listens there: the scripts read the address.
pub(super) const REDIRECT_URI: &str = "https://app.example.test/callback";
/// Where they are sent after signing out.
pub(super) const POST_LOGOUT_REDIRECT_URI: &str = "https://app.example.test/bye";
/// What the API knows.
pub(super) const SCOPES: [&str; 2] = ["orders:read", "orders:write"];

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The clients' metadata by name, and their private keys.
pub(super) struct Clients {
    pub(super) metadata: Vec<(&'static str, Value)>,
    pub(super) keys: Map<String, Value>,
}

/// An app that signs people in.
fn app(name: &str, method: &str, more: Value) -> Value {
    let mut metadata = json!({
        "client_name": name,
        "redirect_uris": [REDIRECT_URI],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": method,
        "scope": format!("openid profile email offline_access {}", SCOPES.join(" ")),
    });
    add(&mut metadata, more);
    metadata
}

/// A program that speaks for itself.
fn program(name: &str, method: &str, scope: &str, more: Value) -> Value {
    let mut metadata = json!({
        "client_name": name,
        "redirect_uris": [],
        "grant_types": ["client_credentials"],
        "response_types": [],
        "token_endpoint_auth_method": method,
        "scope": scope,
    });
    add(&mut metadata, more);
    metadata
}

fn add(metadata: &mut Value, more: Value) {
    let (Value::Object(own), Value::Object(more)) = (metadata, more) else { panic!("metadata are objects") };
    own.extend(more);
}

impl Clients {
    /// All of them. `site` is where a site of its own is, whose visitors sign in.
    pub(super) fn new(site: &str) -> Self {
        let [signer, pusher, signed, legacy] = ["signer", "pusher", "signed", "legacy"].map(Key::fresh);
        let (both, [read, _]) = (SCOPES.join(" "), SCOPES);
        let loopback = json!({"application_type": "native", "redirect_uris": ["http://127.0.0.1/callback", REDIRECT_URI]});
        let key = |key: &Key| json!({"jwks": key.key_set(), "token_endpoint_auth_signing_alg": "ES256"});
        let mut bank = key(&pusher);
        add(&mut bank, json!({"require_pushed_authorization_requests": true, "dpop_bound_access_tokens": true}));
        let mut object = key(&signed);
        add(&mut object, json!({"request_object_signing_alg": "ES256"}));
        let device = json!({"redirect_uris": [], "response_types": [], "grant_types": [DEVICE_CODE, "refresh_token"]});
        let at_site = json!({"redirect_uris": [format!("{site}/callback")], "post_logout_redirect_uris": [format!("{site}/bye/")]});
        let metadata = vec![
            ("web", app("Web shop", "client_secret_basic", json!({"post_logout_redirect_uris": [POST_LOGOUT_REDIRECT_URI]}))),
            ("native", app("Phone app", "none", loopback)),
            ("pusher", app("Bank", "private_key_jwt", bank)),
            ("signed", app("Signing app", "private_key_jwt", object)),
            ("tv", app("Television", "none", device)),
            ("site", app("Site", "client_secret_basic", at_site)),
            ("service", program("Robot", "client_secret_basic", &both, json!({}))),
            ("poster", program("Posting robot", "client_secret_post", read, json!({}))),
            ("signer", program("Signing robot", "private_key_jwt", read, key(&signer))),
            ("legacy", program("Old robot", "private_key_jwt", read, key(&legacy))),
            ("reader", program("Orders API", "client_secret_basic", read, json!({"introspection_signed_response_alg": "RS256"}))),
        ];
        let keys = [("signer", &signer), ("pusher", &pusher), ("signed", &signed), ("legacy", &legacy)];
        Self { metadata, keys: keys.into_iter().map(|(name, key)| (name.to_owned(), key.private_jwk())).collect() }
    }
}
