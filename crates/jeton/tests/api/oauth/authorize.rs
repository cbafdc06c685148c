//! `/oauth/authorize`: from a request to a code, with as many pages between as are needed and no more.

use super::{
    asking::{Answered, CALLBACK, agree, asks_for_consent, asks_to_sign_in, authorization, leads_nowhere, path, register, sample},
    browser::Browser,
    people::{PASSWORD, add, signed_in},
};
use crate::world::{Anonymous, ORDERS, World};
use jeton_core::oauth::registration::AuthMethod;
use jeton_store::client::{ClientSource, ClientState};

#[tokio::test(flavor = "multi_thread")]
async fn a_code_comes_after_signing_in_and_agreeing() {
    let world = World::start().await;
    world.declare_orders().await;
    let (_, somebody) = signed_in(&world, "ada").await;
    let client = sample(&world, &somebody).await;
    let browser = Browser::new(&world);
    let page = browser.open(&path(&client, &[("login_hint", "ada")])).await;
    assert!(asks_to_sign_in(&page) && page.text.contains("Sample"), "{}", page.text);
    let back = browser.submit(&page, "/sign-in", &[("username", "ada"), ("password", PASSWORD)]).await.expect(303);
    let question = browser.open(back.header("location")).await;
    assert!(asks_for_consent(&question) && question.text.contains("Read orders"), "{}", question.text);
    let answered = Answered::of(&agree(&browser, &question).await);
    let kept = authorization(&world, answered.code()).await;
    assert_eq!((kept.client, kept.user), (client.id, somebody.user));
    assert_eq!((kept.scopes.to_spaced().as_str(), kept.resources.len()), ("openid orders:read", 1));
    assert_eq!((kept.nonce.as_deref(), kept.redirect_uri.as_deref()), (Some("n-0S6_WzA2Mj"), Some(CALLBACK)));
    assert!(kept.code_challenge.is_some() && kept.session.is_some());

    // The next time nothing is asked; a new scope is; and what is asked for by name is always.
    Answered::of(&browser.open(&path(&client, &[])).await).code();
    let more = browser.open(&path(&client, &[("scope", "openid orders:read orders:write")])).await;
    assert!(asks_for_consent(&more) && more.text.contains("New"), "{}", more.text);
    assert!(asks_for_consent(&browser.open(&path(&client, &[("prompt", "consent")])).await));
    Answered::of(&browser.open(&path(&client, &[("prompt", "none")])).await).code();

    // Another client is another consent.
    let other = sample(&world, &somebody).await;
    let question = browser.open(&path(&other, &[])).await;
    let refused = browser.submit(&question, "/oauth/consent", &[("decision", "deny")]).await;
    Answered::of(&refused).is_error("access_denied");
    Answered::of(&browser.open(&path(&other, &[("prompt", "none")])).await).is_error("consent_required");
    Answered::of(&Browser::new(&world).open(&path(&client, &[("prompt", "none")])).await).is_error("login_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_ever_sent_to_an_address_that_is_not_registered() {
    let world = World::start().await;
    world.declare_orders().await;
    let (browser, own) = signed_in(&world, "ada").await;
    let client = sample(&world, &own).await;
    for bad in [
        "https://app.example.com/callback/",
        "https://app.example.com/callback/../evil",
        "https://app.example.com/callback?next=//evil.example",
        "https://app.example.com/callback#fragment",
        "https://app.example.com/call%62ack",
        "https://app.example.com:8443/callback",
        "https://app.example.com@evil.example/callback",
        "https://evil.example@app.example.com/callback",
        "https://app.example.com.evil.example/callback",
        "https://*.example.com/callback",
        "http://app.example.com/callback",
        "//app.example.com/callback",
        "javascript:alert(1)",
        "https://app.example.com/callback\r\nlocation: https://evil.example",
    ] {
        for besides in [&[][..], &[("response_type", "token")], &[("prompt", "none")], &[("scope", "nothing")]] {
            let changes = [&[("redirect_uri", bad)], besides].concat();
            leads_nowhere(&browser.open(&path(&client, &changes)).await, bad);
        }
    }
    // Neither for a client that does not exist, or that may not be used.
    let mut unknown = client.clone();
    for id in ["app_000000000000", "nothing", "https://evil.example/client.json", "\u{0}"] {
        unknown.client_id = id.to_owned();
        leads_nowhere(&browser.open(&path(&unknown, &[])).await, id);
    }
    for (state, word) in [(ClientState::Pending, "approval"), (ClientState::Rejected, "rejected"), (ClientState::Suspended, "suspended")] {
        let held = register(&world, own.organisation, |client| client.state = state).await;
        let page = browser.open(&path(&held, &[])).await;
        leads_nowhere(&page, word);
        assert!(page.text.contains(word), "{}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loopback_address_may_have_another_port_and_nothing_else() {
    let world = World::start().await;
    world.declare_orders().await;
    let (browser, own) = signed_in(&world, "ada").await;
    let client = register(&world, own.organisation, |client| {
        client.registration.redirect_uris = vec!["http://127.0.0.1/cb".to_owned()];
    })
    .await;
    let at = |address: &'static str| path(&client, &[("redirect_uri", address)]);
    let question = browser.open(&at("http://127.0.0.1:51234/cb")).await;
    assert!(asks_for_consent(&question), "{}", question.text);
    assert_eq!(Answered::of(&agree(&browser, &question).await).address, "http://127.0.0.1:51234/cb");
    // Another app could listen there: it is asked each time.
    assert!(asks_for_consent(&browser.open(&at("http://127.0.0.1:51235/cb")).await));
    for bad in
        ["http://127.0.0.1:51234/other", "http://localhost:51234/cb", "http://127.0.0.1:51234@evil.example/cb", "http://127.0.0.2/cb"]
    {
        leads_nowhere(&browser.open(&at(bad)).await, bad);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_to_the_client() {
    let world = World::start().await;
    world.declare_orders().await;
    let (browser, own) = signed_in(&world, "ada").await;
    let client = sample(&world, &own).await;
    for (changes, code) in [
        (&[("response_type", "token")][..], "unsupported_response_type"),
        (&[("response_type", "code id_token")], "unsupported_response_type"),
        (&[("response_type", "")], "invalid_request"),
        (&[("response_mode", "fragment")], "invalid_request"),
        (&[("code_challenge", "")], "invalid_request"),
        (&[("code_challenge_method", "")], "invalid_request"),
        (&[("code_challenge_method", "plain")], "invalid_request"),
        (&[("scope", "orders:read nothing")], "invalid_scope"),
        (&[("scope", "orders:*")], "invalid_scope"),
        (&[("scope", "profile")], "invalid_scope"),
        (&[("scope", "tokens:read")], "invalid_scope"),
        (&[("resource", "https://elsewhere.example.com")], "invalid_target"),
        (&[("resource", "nothing")], "invalid_target"),
        (&[("resource", "https://orders.example.com#x")], "invalid_target"),
        (&[("prompt", "none login")], "invalid_request"),
        (&[("max_age", "old")], "invalid_request"),
        (&[("claims", "{")], "invalid_request"),
        (&[("id_token_hint", "nonsense")], "invalid_request"),
        (&[("acr_values", "phrh")], "unmet_authentication_requirements"),
    ] {
        Answered::of(&browser.open(&path(&client, changes)).await).is_error(code);
    }
    let page = browser.open(&path(&client, &[("scope", "orders:read nothing")])).await;
    assert!(Answered::of(&page).field("error_description").contains("nothing"), "the scope is named");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_knows_and_what_is_empty_is_passed_over() {
    let world = World::start().await;
    world.declare_orders().await;
    let (browser, own) = signed_in(&world, "ada").await;
    let client = sample(&world, &own).await;
    for more in ["&nobody=knows&x.y=%20", "&prompt=&max_age=&login_hint=&claims=&request=&request_uri="] {
        let question = browser.open(&format!("{}{more}", path(&client, &[]))).await;
        assert!(asks_for_consent(&question), "{more}: {}", question.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_requests_are_refused_and_nothing_breaks() {
    let world = World::start().await;
    world.declare_orders().await;
    let (browser, own) = signed_in(&world, "ada").await;
    let client = sample(&world, &own).await;
    let whole = path(&client, &[]);
    let many: String = (0..jeton_core::limits::PARAMETERS_MAX).map(|n| format!("&p{n}=1")).collect();
    for tail in [
        "&state=b",
        "&client_id=app_000000000000",
        "&redirect_uri=https%3A%2F%2Fevil.example",
        "&code_challenge=x",
        "&%63lient_id=x",
        "&state=",
        "&a=%ff",
        "&a=%",
        "&a=%zz",
        "&request=a&request_uri=b",
        "&request_uri=https%3A%2F%2Fevil.example%2Frequest",
        "&request=eyJhbGciOiJub25lIn0.e30.",
        &many,
    ] {
        leads_nowhere(&browser.open(&format!("{whole}{tail}")).await, tail);
    }
    let nested = format!("{{\"id_token\":{}", "{\"a\":".repeat(200));
    for (name, value) in [("claims", "[".repeat(2000)), ("claims", nested), ("nonce", "n".repeat(2000)), ("login_hint", "h".repeat(300))] {
        Answered::of(&browser.open(&path(&client, &[(name, &value)])).await).is_error("invalid_request");
    }
    for path in ["/oauth/authorize", "/oauth/authorize?", "/oauth/authorize?&&&=&=", &format!("/oauth/authorize?a={}", "a".repeat(9000))] {
        let status = browser.open(path).await.status;
        assert!((400..500).contains(&status), "{path}: {status}");
    }
    for method in ["PUT", "DELETE", "OPTIONS"] {
        assert_eq!(world.send(world.request(&Anonymous, method, &whole)).await.status, 405, "{method}");
    }
    let script = world.send(world.request(&Anonymous, "GET", &whole).header("origin", "https://app.example.com")).await;
    assert!(script.headers.get("access-control-allow-origin").is_none(), "never for scripts");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_must_sign_in_again_does_so_once() {
    let world = World::start().await;
    world.declare_orders().await;
    let (browser, own) = signed_in(&world, "ada").await;
    add(&world, "bob").await;
    let client = register(&world, own.organisation, |client| client.policy.first_party = true).await;
    Answered::of(&browser.open(&path(&client, &[])).await).code();
    for changes in [&[("prompt", "login")][..], &[("max_age", "0")], &[("prompt", "login select_account")]] {
        let page = browser.open(&path(&client, changes)).await;
        assert!(asks_to_sign_in(&page), "{changes:?}: {}", page.text);
        let way_back = page.field("/sign-in", "return_to");
        // Coming back without having signed in changes nothing, and the note is for this request alone.
        assert!(asks_to_sign_in(&browser.open(&way_back).await), "{changes:?}");
        let note = way_back.split("&jeton_prompted=").nth(1).expect("a note");
        let back = browser.submit(&page, "/sign-in", &[("username", "ada"), ("password", PASSWORD)]).await.expect(303);
        assert_eq!(back.header("location"), way_back);
        Answered::of(&browser.open(back.header("location")).await).code();
        let other = path(&client, &[&[("nonce", "other")], changes].concat());
        assert!(asks_to_sign_in(&browser.open(&format!("{other}&jeton_prompted={note}")).await), "{changes:?}");
        assert!(asks_to_sign_in(&browser.open(&path(&client, changes)).await), "each request asks anew: {changes:?}");
        let silent = path(&client, &[("prompt", "none"), ("max_age", "0")]);
        let silent = browser.open(&silent).await;
        assert!(silent.status == 303, "{}", silent.text);
    }
    Answered::of(&browser.open(&path(&client, &[("max_age", "3600")])).await).code();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_carries_the_answer_where_it_is_asked_to() {
    let world = World::start().await;
    world.declare_orders().await;
    let (browser, own) = signed_in(&world, "ada").await;
    let client = register(&world, own.organisation, |client| client.policy.first_party = true).await;
    let page = browser.open(&path(&client, &[("response_mode", "form_post")])).await.expect(200);
    assert!(page.header("content-security-policy").contains("form-action 'self' https:"), "{:?}", page.headers);
    assert_eq!(page.header("cache-control"), "no-store");
    let fields = page.form(CALLBACK);
    let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["code", "state", "iss"]);
    authorization(&world, &fields[0].1).await;
    let refused = browser.open(&path(&client, &[("response_mode", "form_post"), ("scope", "nothing")])).await.expect(200);
    assert_eq!(refused.field(CALLBACK, "error"), "invalid_scope");
    // A request that is posted goes on as one that is not.
    let query = super::asking::query(&client, &[]);
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let posted = browser.post_from("/oauth/authorize", &fields, &[("origin", "https://app.example.com")]).await.expect(303);
    Answered::of(&browser.open(posted.header("location")).await).code();
}

#[tokio::test(flavor = "multi_thread")]
async fn sensitive_scopes_are_for_those_that_somebody_approved() {
    let world = World::start().await;
    let scopes = serde_json::json!([{"scope": "orders:read"}, {"scope": "orders:refund", "sensitive": true}]);
    let body = serde_json::json!({"audience": ORDERS, "name": "Orders", "scopes": scopes});
    world.post(&world.owner, "/v1/apis", body).await.expect(201);
    let (browser, own) = signed_in(&world, "ada").await;
    let dynamic = register(&world, own.organisation, |client| client.source = ClientSource::Dynamic).await;
    assert!(asks_for_consent(&browser.open(&path(&dynamic, &[("scope", "orders:read")])).await));
    Answered::of(&browser.open(&path(&dynamic, &[("scope", "orders:refund")])).await).is_error("invalid_scope");
    let approved = register(&world, own.organisation, |client| {
        client.source = ClientSource::Dynamic;
        client.policy.vouched_for = true;
    })
    .await;
    assert!(asks_for_consent(&browser.open(&path(&approved, &[("scope", "orders:refund")])).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_management_interface_is_given_by_role_and_to_own_apps_only() {
    let world = World::start().await;
    let (browser, own) = signed_in(&world, "ada").await;
    let client = register(&world, own.organisation, |client| {
        client.policy.first_party = true;
        client.registration.token_endpoint_auth_method = AuthMethod::ClientSecretBasic;
    })
    .await;
    let asking = path(&client, &[("scope", "openid tokens:read tokens:issue")]);
    // A developer gives none of it.
    Answered::of(&browser.open(&asking).await).is_error("access_denied");
    let body = serde_json::json!({"name": "eve", "role": "auditor", "password": PASSWORD});
    world.post(&world.owner, "/v1/users", body).await.expect(201);
    let auditor = Browser::new(&world);
    super::people::sign_in(&auditor, "eve").await;
    let answered = Answered::of(&auditor.open(&asking).await);
    assert_eq!(authorization(&world, answered.code()).await.scopes.to_spaced(), "openid tokens:read");
    let foreign = sample(&world, &own).await;
    Answered::of(&auditor.open(&path(&foreign, &[("scope", "tokens:read")])).await).is_error("invalid_scope");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_scopes_means_those_of_its_api() {
    let world = World::start().await;
    world.declare_orders().await;
    let (browser, own) = signed_in(&world, "ada").await;
    let client = register(&world, own.organisation, |client| {
        client.policy.first_party = true;
        client.registration.scope = Some("openid email orders:read gone:read".to_owned());
    })
    .await;
    let answered = Answered::of(&browser.open(&path(&client, &[("scope", ""), ("resource", ORDERS)])).await);
    assert_eq!(authorization(&world, answered.code()).await.scopes.to_spaced(), "orders:read");
    Answered::of(&browser.open(&path(&client, &[("scope", "orders:write")])).await).is_error("invalid_scope");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_allows_what_the_page_did_not_show() {
    let world = World::start().await;
    world.declare_orders().await;
    let (browser, own) = signed_in(&world, "ada").await;
    let client = register(&world, own.organisation, |client| {
        client.registration.scope = Some("openid orders:read orders:refund".to_owned());
    })
    .await;
    let asking = path(&client, &[("scope", ""), ("resource", ORDERS)]);
    let question = browser.open(&asking).await;
    assert!(asks_for_consent(&question) && !question.text.contains("orders:refund"), "{}", question.text);
    // While the page is open, the API learns a scope that the request means too.
    let apis = world.get(&world.owner, "/v1/apis").await.expect(200);
    let orders = apis.body["items"].as_array().expect("items").iter().find(|api| api["audience"] == ORDERS).expect("the API").clone();
    let scopes = serde_json::json!([{"scope": "orders:read"}, {"scope": "orders:write"}, {"scope": "orders:refund"}]);
    let edit = serde_json::json!({"version": orders["version"], "scopes": scopes});
    let one = format!("/v1/apis/{}", orders["id"].as_str().expect("an id"));
    world.send(world.request(&world.owner, "PATCH", &one).json(&edit)).await.expect(200);
    leads_nowhere(&agree(&browser, &question).await, "a scope that was not shown");
    let again = browser.open(&asking).await;
    assert!(asks_for_consent(&again) && again.text.contains("orders:refund"), "{}", again.text);
    let answered = Answered::of(&agree(&browser, &again).await);
    assert_eq!(authorization(&world, answered.code()).await.scopes.to_spaced(), "orders:read orders:refund");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_can_have_it_asked_as_whom_to_go_on() {
    let world = World::start().await;
    world.declare_orders().await;
    let (browser, own) = signed_in(&world, "ada").await;
    add(&world, "bob").await;
    let client = register(&world, own.organisation, |client| client.policy.first_party = true).await;
    let asked = path(&client, &[("prompt", "select_account")]);
    let page = browser.open(&asked).await.expect(200);
    assert!(page.text.contains("Choose an account") && page.text.contains("ada") && page.text.contains("Sample"), "{}", page.text);
    let links: Vec<String> = page.text.split("href=\"").skip(1).map(|rest| unescaped(rest.split('"').next().expect("an end"))).collect();
    let link = |start: &str| links.iter().find(|link| link.starts_with(start)).unwrap_or_else(|| panic!("{start}: {links:?}")).clone();
    let (go_on, another) = (link("/oauth/authorize?"), link("/sign-in?return_to="));
    assert_eq!(authorization(&world, Answered::of(&browser.open(&go_on).await).code()).await.user, own.user);
    // The choice is for this request and this session alone.
    let note = go_on.split("&jeton_chosen=").nth(1).expect("a note");
    let other = path(&client, &[("prompt", "select_account"), ("nonce", "other")]);
    for foreign in [format!("{other}&jeton_chosen={note}"), format!("{asked}&jeton_chosen=AAAA"), format!("{asked}&jeton_prompted={note}")]
    {
        assert!(browser.open(&foreign).await.expect(200).text.contains("Choose an account"), "{foreign}");
    }
    let bob = Browser::new(&world);
    super::people::sign_in(&bob, "bob").await;
    assert!(bob.open(&go_on).await.expect(200).text.contains("Choose an account"), "chosen in another session");
    // As somebody else: after signing in for it nothing is asked again.
    let sign_in = browser.open(&another).await.expect(200);
    let back = browser.submit(&sign_in, "/sign-in", &[("username", "bob"), ("password", PASSWORD)]).await.expect(303);
    let kept = authorization(&world, Answered::of(&browser.open(back.header("location")).await).code()).await;
    assert_ne!(kept.user, own.user);
    // Where nobody is signed in there is nobody to choose.
    assert!(asks_to_sign_in(&Browser::new(&world).open(&asked).await));
}

fn unescaped(text: &str) -> String {
    text.replace("&#38;", "&").replace("&amp;", "&")
}
