//! Whoever holds a token that is bound to a key: a service that got it from the token endpoint with a proof.

use super::caller::Caller;
use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::{net::SocketAddr, time::SystemTime};

/// Where clients know the token endpoint to be.
const TOKEN_URL: &str = "http://127.0.0.1:8700/oauth/token";

pub(super) struct Holder {
    key: EcdsaKeyPair,
    pub(super) token: String,
}

impl Holder {
    /// Registers a client and gets it a token for this API.
    pub(super) async fn start(owner: &Caller, jeton: SocketAddr, audience: &str, scope: &str) -> Self {
        let metadata = json!({
            "client_name": "Robot", "grant_types": ["client_credentials"], "token_endpoint_auth_method": "client_secret_post",
            "dpop_bound_access_tokens": true, "scope": scope,
        });
        let client = owner.expect(201, "POST", "/v1/clients", Some(json!({"metadata": metadata, "approve": true}))).await;
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        let mut holder = Self { key, token: String::new() };
        let text = |name: &str| client[name].as_str().unwrap_or_else(|| panic!("no {name}: {client}")).to_owned();
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &text("client_id"))
            .append_pair("client_secret", &text("client_secret"))
            .append_pair("resource", audience)
            .append_pair("scope", scope)
            .finish();
        let ask = async |proof: String| {
            let request = reqwest::Client::new().post(format!("http://{jeton}/oauth/token"));
            let request = request.header("content-type", "application/x-www-form-urlencoded").header("dpop", proof);
            request.body(form.clone()).send().await.expect("an answer")
        };
        let first = ask(holder.proof("POST", TOKEN_URL, None)).await;
        let nonce = first.headers()["dpop-nonce"].to_str().expect("text").to_owned();
        let answer: Value = ask(holder.proof("POST", TOKEN_URL, Some(&nonce))).await.json().await.expect("JSON");
        assert_eq!(answer["token_type"], "DPoP", "{answer}");
        holder.token = answer["access_token"].as_str().expect("a token").to_owned();
        holder
    }
    /// A proof for one call.
    pub(super) fn proof(&self, method: &str, url: &str, nonce: Option<&str>) -> String {
        let point = self.key.public_key().as_ref();
        let [x, y] = [&point[1..33], &point[33..]].map(|half| URL_SAFE_NO_PAD.encode(half));
        let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": {"kty": "EC", "crv": "P-256", "x": x, "y": y}});
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs();
        let jti = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>());
        let mut claims = json!({"jti": jti, "htm": method, "htu": url, "iat": now});
        if !self.token.is_empty() {
            claims["ath"] = json!(URL_SAFE_NO_PAD.encode(digest(&SHA256, self.token.as_bytes())));
        }
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = self.key.sign(&SystemRandom::new(), input.as_bytes()).expect("signed");
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
