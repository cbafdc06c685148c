//! An issuer with a path behind real nginx, with the configuration of `docs/proxies/nginx.md`: everything that metadata names answers below
//! the path, and the pages of the program at its root.

use super::{
    caller::Caller,
    installation::{Installation, free_address},
    nginx,
    setting::blocks,
};
use serde_json::{Value, json};

#[tokio::test]
async fn what_metadata_names_is_there() {
    let port = free_address().port();
    let base = format!("http://127.0.0.1:{port}");
    let installation = Installation::configured(&format!("issuer = \"{base}/auth\"\ntrusted_proxies = [\"127.0.0.1/32\"]\n"));
    let node = installation.start().await;
    let documented = blocks("nginx.md", "nginx").into_iter().nth(1).expect("a second block");
    let documented = documented.replace("127.0.0.1:8700", &node.address.to_string());
    let proxy = nginx::of(&documented.replace("listen 8080;", &format!("listen 127.0.0.1:{port};")), port).await;

    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let get = async |url: &str| http.get(url).send().await.expect("an answer");
    let mut documents = Vec::new();
    for place in
        ["/.well-known/oauth-authorization-server/auth", "/.well-known/openid-configuration/auth", "/auth/.well-known/openid-configuration"]
    {
        let answer = get(&format!("{base}{place}")).await;
        assert_eq!(answer.status(), 200, "{place}");
        documents.push(answer.json::<Value>().await.expect("JSON"));
    }
    let metadata = &documents[0];
    assert_eq!(metadata["issuer"], json!(format!("{base}/auth")));
    assert!(documents.iter().all(|document| document["token_endpoint"] == metadata["token_endpoint"]));
    let endpoint = |name: &str| metadata[name].as_str().unwrap_or_else(|| panic!("no {name}")).to_owned();
    assert_eq!(get(&endpoint("jwks_uri")).await.status(), 200);

    // A client of its own gets a token, and the management interface takes it for its own audience.
    let owner = Caller::new(&format!("{base}/auth"), &installation.owner);
    let scopes = json!([{"scope": "orders:read"}]);
    owner.expect(201, "POST", "/v1/apis", Some(json!({"audience": "https://a.example", "name": "A", "scopes": scopes}))).await;
    let metadata =
        json!({"client_name": "Robot", "grant_types": ["client_credentials"], "token_endpoint_auth_method": "client_secret_post"});
    let client = owner.expect(201, "POST", "/v1/clients", Some(json!({"metadata": metadata, "approve": true}))).await;
    let text = |name: &str| client[name].as_str().expect("text").to_owned();
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("scope", "orders:read")
        .append_pair("client_id", &text("client_id"))
        .append_pair("client_secret", &text("client_secret"))
        .finish();
    let request = http.post(endpoint("token_endpoint")).header("content-type", "application/x-www-form-urlencoded").body(form);
    assert_eq!(request.send().await.expect("an answer").status(), 200);

    // A browser comes to a page, and all that the page leads to is there: its form, its style, its script.
    let asked = format!("{}?client_id=nobody&response_type=code", endpoint("authorization_endpoint"));
    assert_eq!(get(&asked).await.status(), 400, "a page for the app's developer");
    let page = get(&format!("{base}/sign-in")).await;
    assert_eq!(page.status(), 200);
    let page = page.text().await.expect("text");
    let leads: Vec<&str> =
        page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).filter(|link| link.starts_with("/assets/")).collect();
    assert!(!leads.is_empty() && page.contains("action=\"/sign-in\""), "{page}");
    for link in leads {
        assert_eq!(get(&format!("{base}{link}")).await.status(), 200, "{link}");
    }
    let device = get(&format!("{base}/auth/device")).await;
    assert!(device.status() == 303 && device.headers()["location"].to_str().is_ok_and(|to| to.starts_with("/sign-in")), "{device:?}");
    drop(proxy);
}
