//! An authority with an API and a person, the clients that the tests need, and codes as the authorization endpoint gives them.

use crate::world::{Anonymous, ISSUER, ORDERS, On, Reply, World};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jeton::{config::Config, oauth::grant::authorization_code::digest_of};
use jeton_core::{
    id::{ClientId, OrganisationId, SessionId, UserId},
    kind::TokenKind,
    name::{Audience, Name},
    oauth::{
        authorization::Authorization,
        client_policy::ClientPolicy,
        grant_type::GrantType,
        pkce,
        registration::{AuthMethod, Registration},
    },
    scope::ScopeSet,
    timestamp::Span,
    token_text::{self, PlainToken},
};
use jeton_store::{
    audit::Actor,
    client::{Client, ClientSecret, ClientSource, ClientState, NewClient},
    code::NewCode,
};
use serde_json::{Value, json};
use std::ops::Deref;

/// The address of the token endpoint, as clients know it.
pub(crate) const TOKEN_URL: &str = "http://127.0.0.1:8700/oauth/token";
/// A second API.
pub(crate) const STOCK: &str = "https://stock.example.com";
/// A verifier of PKCE.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Where the sample apps want their answers.
pub(crate) const REDIRECT: &str = "https://app.example.com/back";

pub(crate) struct Rig {
    world: World,
    pub(crate) organisation: OrganisationId,
    pub(crate) user: UserId,
}

/// A registered client, and its secret where it has one.
pub(crate) struct App {
    pub(crate) client: Client,
    pub(crate) secret: String,
}

impl Deref for Rig {
    type Target = World;
    fn deref(&self) -> &World {
        &self.world
    }
}

impl Rig {
    pub(crate) async fn start() -> Self {
        Self::on(On::Sqlite, |_| {}).await
    }
    pub(crate) async fn on(engine: On, adjust: impl FnOnce(&mut Config)) -> Self {
        let world = World::on(engine, adjust).await;
        world.declare_orders().await;
        let scopes = json!([{"scope": "stock:read"}, {"scope": "orders:read"}]);
        let stock = json!({"audience": STOCK, "name": "Stock", "scopes": scopes, "token_format": "jwt", "access_token_seconds": 120});
        world.post(&world.owner, "/v1/apis", stock).await.expect(201);
        let ada = world.post(&world.owner, "/v1/users", json!({"name": "ada", "email": "ada@example.com"})).await.expect(201);
        let user = UserId::parse(ada.str("/id")).expect("an id");
        let owner = token_text::parse(world.owner.0.as_bytes()).expect("a token").id;
        let record = world.authority().store.find_token(owner).await.expect("read").record.expect("there");
        Self { organisation: record.policy.organisation, user, world }
    }
    /// Registers a client, as `adjust` has it.
    pub(crate) async fn register(&self, method: AuthMethod, adjust: impl FnOnce(&mut Client)) -> App {
        let id = ClientId::from_random(rand::random());
        let now = self.authority().now();
        let mut client = Client {
            id,
            client_id: id.to_string(),
            organisation: self.organisation,
            name: Name::parse("Sample app").expect("a name"),
            state: ClientState::Approved,
            source: ClientSource::Operator,
            registration: Registration {
                redirect_uris: vec![REDIRECT.to_owned()],
                grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::ClientCredentials],
                token_endpoint_auth_method: method,
                id_token_signed_response_alg: Some("ES256".to_owned()),
                ..Registration::default()
            },
            policy: ClientPolicy::default(),
            pending: None,
            reason: None,
            registration_digest: None,
            created_at: now,
            changed_at: now,
            version: 1,
            revision: jeton_core::change::Revision(0),
        };
        adjust(&mut client);
        let plain = PlainToken::from_random(None, TokenKind::Cls, client.id.anchor(), &rand::random());
        let secret = method.has_secret().then(|| ClientSecret { digest: plain.digest(), hint: plain.hint().to_owned() });
        let new = NewClient { client, secret, uninvited_max: None };
        let (client, _) = self.authority().store.insert_client(new, Actor::system(now)).await.expect("registered");
        self.secrets.lock().push(plain.expose().to_owned());
        App { client, secret: plain.expose().to_owned() }
    }
    /// A client with a secret in the body.
    pub(crate) async fn app(&self) -> App {
        self.register(AuthMethod::ClientSecretPost, |_| {}).await
    }
    /// A public client.
    pub(crate) async fn public(&self) -> App {
        self.register(AuthMethod::None, |_| {}).await
    }
    /// A code for a client, as `adjust` has it.
    pub(crate) async fn code(&self, app: &App, adjust: impl FnOnce(&mut Authorization)) -> String {
        let now = self.authority().now();
        let mut authorization = Authorization {
            organisation: self.organisation,
            client: app.client.id,
            user: self.user,
            session: Some(SessionId::from_random(rand::random())),
            authenticated_at: now.minus(Span::from_minutes(5)),
            methods: vec!["pwd".to_owned()],
            acr: "urn:example:pwd".to_owned(),
            scopes: ScopeSet::parse_spaced("orders:read orders:write").expect("scopes"),
            resources: vec![Audience::parse(ORDERS).expect("an audience")],
            nonce: None,
            claims: None,
            redirect_uri: Some(REDIRECT.to_owned()),
            code_challenge: Some(pkce::challenge_of(VERIFIER)),
            dpop_jkt: None,
        };
        adjust(&mut authorization);
        let code = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let new = NewCode { digest: digest_of(&code), authorization, expires_at: now.plus(self.authority().config.oauth.code.0) };
        self.authority().store.insert_code(new).await.expect("kept");
        code
    }
    /// Sends a form to the token endpoint.
    pub(crate) async fn send_form(&self, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Reply {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.request(&Anonymous, "POST", "/oauth/token").header("content-type", "application/x-www-form-urlencoded");
        let request = headers.iter().fold(request.body(body), |request, (name, value)| request.header(*name, *value));
        let reply = self.send(request).await;
        for pointer in ["/access_token", "/refresh_token", "/id_token"] {
            let text = reply.str(pointer);
            if text.len() > 20 {
                self.secrets.lock().push(text.to_owned());
            }
        }
        reply
    }
    /// Asks as an app that sends its secret in the body, or has none.
    pub(crate) async fn ask(&self, app: &App, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Reply {
        let mut all = vec![("client_id", app.client.client_id.as_str())];
        if app.client.registration.token_endpoint_auth_method == AuthMethod::ClientSecretPost {
            all.push(("client_secret", &app.secret));
        }
        all.extend_from_slice(fields);
        self.send_form(&all, headers).await
    }
    /// Exchanges a code as its app would.
    pub(crate) async fn exchange(&self, app: &App, code: &str, more: &[(&str, &str)]) -> Reply {
        let fields = [("grant_type", "authorization_code"), ("code", code), ("code_verifier", VERIFIER), ("redirect_uri", REDIRECT)];
        self.ask(app, &[&fields, more].concat(), &[]).await
    }
    pub(crate) async fn refresh(&self, app: &App, token: &str, more: &[(&str, &str)]) -> Reply {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.ask(app, &[&fields, more].concat(), &[]).await
    }
    /// What the gate says of an access token at an API: `ok` or the code of the refusal.
    pub(crate) async fn said(&self, token: &str, audience: &str, scope: &str) -> String {
        self.said_with(token, json!({"audience": audience, "scopes": [scope]})).await
    }
    pub(crate) async fn said_with(&self, token: &str, about: Value) -> String {
        let reply = self.verify(token, about).await;
        if reply.body["active"] == json!(true) { "ok".to_owned() } else { reply.str("/code").to_owned() }
    }
}

/// A refusal in OAuth's own form, with its code.
#[track_caller]
pub(crate) fn refused(reply: &Reply, status: u16, error: &str) {
    assert_eq!((reply.status, reply.str("/error")), (status, error), "{}", reply.text);
    assert!(!reply.str("/error_description").is_empty(), "{}", reply.text);
    assert_eq!((reply.header("content-type"), reply.header("cache-control")), ("application/json", "no-store"));
}

/// The claims of a JWT, unverified.
pub(crate) fn claims(jwt: &str) -> Value {
    let middle = jwt.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(middle).expect("base64url")).expect("JSON")
}

/// The audience of userinfo.
pub(crate) fn userinfo() -> String {
    format!("{ISSUER}/oauth/userinfo")
}
