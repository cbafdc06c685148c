//! The oracle: npm `oidc-provider`, set up with the same clients, person and API. A scenario that does not pass there as well proves
//! nothing about Jeton: it may only say so where the two are known to differ.

use super::{
    clients::{Clients, POST_LOGOUT_REDIRECT_URI, REDIRECT_URI, SCOPES},
    installation::free_address,
    script,
};
use serde_json::{Map, Value, json};

/// What it is to serve, and what the scenarios are told.
fn setting() -> Value {
    let clients = Clients::new(super::authority::NO_SITE);
    let mut registered = Map::new();
    for (number, (name, metadata)) in clients.metadata.into_iter().enumerate() {
        let mut client = metadata;
        client["client_id"] = json!(format!("app_{number:012}"));
        if client["token_endpoint_auth_method"].as_str().is_some_and(|method| method.starts_with("client_secret")) {
            client["client_secret"] = json!(format!("{name}_{}", "x".repeat(43)));
        }
        registered.insert(name.to_owned(), client);
    }
    json!({
        "issuer": format!("http://{}", free_address()),
        "person": {"username": "ada", "password": "correct horse battery staple", "email": "ada@example.test", "name": "Ada Lovelace"},
        "api": {"audience": "https://orders.example.test", "scopes": SCOPES},
        "redirect_uri": REDIRECT_URI,
        "post_logout_redirect_uri": POST_LOGOUT_REDIRECT_URI,
        "clients": registered,
        "keys": clients.keys,
        "differences": ["oracle"],
    })
}

async fn passes(scenarios: &[&str]) {
    let setting = setting();
    let (_oracle, _) = script::serves(script::command("js/oracle.mjs", None), &setting);
    for scenario in scenarios {
        script::passes(scenario, &setting, None).await;
    }
}

#[tokio::test]
async fn what_openid_client_says_of_jeton_it_says_of_another_server() {
    let names = ["code", "pushed", "signed_request", "refresh", "services", "lifecycle", "logout"];
    let scenarios = names.map(|name| format!("openid_client/{name}.mjs"));
    passes(&scenarios.each_ref().map(String::as_str)).await;
}

#[tokio::test]
async fn what_oauth4webapi_says_of_jeton_it_says_of_another_server() {
    let scenarios = ["code", "pushed", "services", "registration"].map(|name| format!("oauth4webapi/{name}.mjs"));
    passes(&scenarios.each_ref().map(String::as_str)).await;
}

#[tokio::test]
async fn what_authlib_says_of_jeton_it_says_of_another_server() {
    passes(&["authlib/code.py", "authlib/services.py"]).await;
}
