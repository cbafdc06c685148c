//! PyPI `mcp`: an agent's client at an API behind the gate that it was never told anything about.

use super::{
    authority::{self, Authority, NO_SITE},
    certificates,
    installation::free_address,
    script::{self, Process},
};
use serde_json::{Value, json};

/// Nobody listens there: the scenario reads the address.
const REDIRECT_URI: &str = "http://127.0.0.1:33418/callback";

/// Where the SDK's server is, at the gate and behind it.
const PATH: &str = "/orders/mcp";

/// The authority with the SDK's own server, which knows nothing of Jeton, behind its gate.
async fn setting() -> (Authority, Process) {
    let upstream = free_address();
    let mut server = script::command("mcp/server.py", None);
    server.args([&upstream.port().to_string(), PATH]);
    let (process, _) = script::serves(server, &Value::Null);
    let route = authority::route("APIS", "orders", PATH, upstream);
    let mut authority = Authority::with(NO_SITE, &route, false).await;
    authority.setting["mcp"] = json!({"url": format!("{}/mcp", authority.told("/api/audience")), "redirect_uri": REDIRECT_URI});
    (authority, process)
}

#[tokio::test]
async fn an_agent_finds_its_way_and_registers_itself() {
    let (authority, _upstream) = setting().await;
    authority.passes("mcp/client.py").await;
}

#[tokio::test]
async fn an_agent_with_a_metadata_document_registers_nowhere() {
    let (mut authority, _upstream) = setting().await;
    let [_, certificate, key] = certificates::FILES.map(|name| authority.folder.join(name));
    let document = json!({
        "client_name": "An agent with a document",
        "redirect_uris": [REDIRECT_URI],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    });
    let told = json!({"tls": {"certificate": certificate, "key": key}, "document": document});
    let (_server, address) = script::serves(script::command("js/document.mjs", None), &told);
    authority.setting["mcp"]["client_metadata_url"] = json!(address);
    authority.passes("mcp/client.py").await;
}
