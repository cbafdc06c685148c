//! A caller over HTTP: the requests that the tests make, and nothing about what they should come to.

use super::installation::{AUDIENCE, Node};
use serde_json::{Value, json};
use std::time::Duration;

/// A caller with a management token.
#[derive(Clone)]
pub struct Caller {
    client: reqwest::Client,
    base: String,
    token: String,
}

/// A status and the JSON that came with it (null where none did).
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Value,
}

/// A token as it was issued.
#[derive(Clone, Debug)]
pub struct Issued {
    /// Its id.
    pub id: String,
    /// Its text.
    pub text: String,
}

impl Caller {
    /// A caller of the node at `base`.
    pub fn new(base: &str, token: &str) -> Self {
        Self::over(reqwest::Client::builder().timeout(Duration::from_secs(30)).build().expect("a client"), base, token)
    }
    /// The same over a client that was made for it.
    pub fn over(client: reqwest::Client, base: &str, token: &str) -> Self {
        Self { client, base: base.to_owned(), token: token.to_owned() }
    }
    /// Sends a request; an error is one of the connection.
    pub async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Result<Answer, reqwest::Error> {
        self.send_with(method, path, body, &[]).await
    }
    /// Sends a request with more headers.
    pub async fn send_with(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Result<Answer, reqwest::Error> {
        let method = method.parse().expect("a method");
        let mut request = self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let text = response.text().await?;
        Ok(Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::Null) })
    }
    /// Sends a request that must come to this status.
    pub async fn expect(&self, status: u16, method: &str, path: &str, body: Option<Value>) -> Value {
        let answer = self.send(method, path, body).await.expect("an answer");
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        answer.body
    }
    /// Declares the API that the tests' tokens are for.
    pub async fn declare_api(&self) {
        let scopes = json!([{"scope": "orders:read", "description": "Read orders"}, {"scope": "orders:write"}]);
        self.expect(201, "POST", "/v1/apis", Some(json!({"audience": AUDIENCE, "name": "Orders", "scopes": scopes}))).await;
    }
    /// Issues a token of this name.
    pub async fn issue(&self, name: &str) -> Issued {
        issued(&self.expect(201, "POST", "/v1/tokens", Some(order(name))).await)
    }
    /// Whether a token passes: `ok`, or the code of the refusal.
    pub async fn verify(&self, text: &str) -> String {
        let answer = self.expect(200, "POST", "/v1/verify", Some(json!({"token": text, "audience": AUDIENCE}))).await;
        code(&answer)
    }
}

/// What is asked for when a token is issued.
pub fn order(name: &str) -> Value {
    json!({"kind": "key", "name": name, "audience": [AUDIENCE], "scopes": ["orders:read"]})
}

/// What an issue or a rotation gave.
pub fn issued(answer: &Value) -> Issued {
    let text = |name: &str| answer[name].as_str().unwrap_or_else(|| panic!("no `{name}` in {answer}")).to_owned();
    Issued { id: text("id"), text: text("token") }
}

/// The code of a verification; `active` and `ok` must agree.
pub fn code(answer: &Value) -> String {
    let code = answer["code"].as_str().unwrap_or_else(|| panic!("no `code` in {answer}")).to_owned();
    assert_eq!(answer["active"], json!(code == "ok"), "{answer}");
    code
}

/// The status that nginx would be given for a call with this token.
pub async fn gate_status(node: &Node, text: &str) -> u16 {
    let request = reqwest::Client::new().get(format!("{}/gate/check", node.url())).bearer_auth(text);
    let request = request.header("x-original-method", "GET").header("x-original-uri", "/v1/orders/7");
    request.send().await.expect("an answer").status().as_u16()
}

/// The route that [`gate_status`] asks about, for the configuration.
pub fn gate_route() -> String {
    format!("[[gate.route]]\npath = \"/v1/orders/**\"\naudience = \"{AUDIENCE}\"\nscopes = [\"orders:read\"]\n")
}
