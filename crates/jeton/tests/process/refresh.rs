//! Refresh tokens across a power cut: what was answered holds, and what was replaced stays replaced.

use super::installation::{AUDIENCE, Installation, Node};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jeton::{bootstrap, config::Config, oauth::grant::authorization_code::digest_of};
use jeton_core::{
    change::Revision,
    id::{ClientId, UserId},
    name::{Audience, Name},
    oauth::{
        authorization::Authorization,
        client_policy::ClientPolicy,
        grant_type::GrantType,
        pkce,
        registration::{AuthMethod, Registration},
    },
    scope::ScopeSet,
    timestamp::{Span, Timestamp},
    token_text,
};
use jeton_store::{
    audit::Actor,
    client::{Client, ClientSource, ClientState, NewClient},
    code::NewCode,
};
use serde_json::{Value, json};
use std::sync::Arc;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A public client and a code that a person's consent would have given it. The program must not be running.
async fn client_and_code(installation: &Installation, user: UserId) -> (String, String) {
    let mut config = Config { master_key: installation.path().join("jeton-data/master.key"), ..Config::default() };
    config.database.url = format!("sqlite://{}", installation.path().join("jeton-data/jeton.db").display());
    let ring = Arc::new(bootstrap::ring::load(&config).expect("the master key"));
    let store = bootstrap::open(&config, ring).await.expect("opens");
    let owner = token_text::parse(installation.owner.as_bytes()).expect("a token").id;
    let organisation = store.find_token(owner).await.expect("read").record.expect("there").policy.organisation;
    let id = ClientId::from_random(rand::random());
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    let now = Timestamp::from_seconds(i64::try_from(seconds).expect("within reach"));
    let client = Client {
        id,
        client_id: id.to_string(),
        organisation,
        name: Name::parse("app").expect("a name"),
        state: ClientState::Approved,
        source: ClientSource::Operator,
        registration: Registration {
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            token_endpoint_auth_method: AuthMethod::None,
            ..Registration::default()
        },
        policy: ClientPolicy::default(),
        pending: None,
        reason: None,
        registration_digest: None,
        created_at: now,
        changed_at: now,
        version: 1,
        revision: Revision(0),
    };
    store.insert_client(NewClient { client, secret: None, uninvited_max: None }, Actor::system(now)).await.expect("registered");
    let code = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    let authorization = Authorization {
        organisation,
        client: id,
        user,
        session: None,
        authenticated_at: now,
        methods: Vec::new(),
        acr: String::new(),
        scopes: ScopeSet::empty(),
        resources: vec![Audience::parse(AUDIENCE).expect("an audience")],
        nonce: None,
        claims: None,
        redirect_uri: None,
        code_challenge: Some(pkce::challenge_of(VERIFIER)),
        dpop_jkt: None,
    };
    let new = NewCode { digest: digest_of(&code), authorization, expires_at: now.plus(Span::from_minutes(10)) };
    store.insert_code(new).await.expect("kept");
    store.close().await;
    (id.to_string(), code)
}

async fn ask(node: &Node, fields: &[(&str, &str)]) -> (u16, Value) {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = reqwest::Client::new().post(format!("{}/oauth/token", node.url()));
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.expect("text")).expect("JSON"))
}

async fn refresh(node: &Node, client: &str, token: &Value) -> (u16, Value) {
    let token = token.as_str().expect("a refresh token");
    ask(node, &[("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", token)]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_that_was_answered_survives_a_power_cut() {
    let installation = Installation::on_sqlite("deadline_ms = 20000\n\n[oauth]\nrefresh_grace = \"5m\"\n");
    let node = installation.start().await;
    let owner = installation.owner_of(&node);
    owner.declare_api().await;
    let user = owner.expect(201, "POST", "/v1/users", Some(json!({"name": "ada"}))).await;
    let user = UserId::parse(user["id"].as_str().expect("an id")).expect("an id");
    node.stop().await;
    let (client, code) = client_and_code(&installation, user).await;

    let node = installation.start().await;
    let fields = [("grant_type", "authorization_code"), ("client_id", &client), ("code", &code), ("code_verifier", VERIFIER)];
    let (status, first) = ask(&node, &fields).await;
    assert_eq!(status, 200, "{first}");
    let (status, second) = refresh(&node, &client, &first["refresh_token"]).await;
    assert_eq!(status, 200, "{second}");
    node.kill();

    let node = installation.start().await;
    let (status, again) = refresh(&node, &client, &first["refresh_token"]).await;
    assert_eq!((status, &again), (200, &second), "the lost answer is given again");
    let (status, third) = refresh(&node, &client, &second["refresh_token"]).await;
    assert_eq!(status, 200, "{third}");
    let (status, replayed) = ask(&node, &fields).await;
    assert_eq!((status, &replayed["error"]), (400, &json!("invalid_grant")));
    let (status, dead) = refresh(&node, &client, &third["refresh_token"]).await;
    assert_eq!((status, &dead["error"]), (400, &json!("invalid_grant")), "the code came twice");
}
