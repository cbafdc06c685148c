//! Apps that send people to the authorization endpoint, and what they get back.

use super::browser::{Browser, Page};
use crate::world::World;
use jeton::session::SignedIn;
use jeton_core::{
    id::{ClientId, OrganisationId},
    name::Name,
    oauth::{
        authorization::Authorization,
        client_policy::ClientPolicy,
        grant_type::GrantType,
        pkce,
        registration::{AuthMethod, Registration},
    },
    timestamp::Timestamp,
};
use jeton_store::{
    audit::Actor,
    client::{Client, ClientSource, ClientState, NewClient},
};
use std::collections::BTreeMap;

/// Where the sample app wants its answers.
pub(crate) const CALLBACK: &str = "https://app.example.com/callback";
/// The verifier of every request here.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// What every request here sends along.
pub(crate) const STATE: &str = "a state & more=+%20";

/// Registers a public app for the code flow, changed by `change`.
pub(crate) async fn register(world: &World, organisation: OrganisationId, change: impl FnOnce(&mut Client)) -> Client {
    let id = ClientId::from_random(rand::random());
    let registration = Registration {
        redirect_uris: vec![CALLBACK.to_owned()],
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        response_types: vec!["code".to_owned()],
        token_endpoint_auth_method: AuthMethod::None,
        ..Registration::default()
    };
    let mut client = Client {
        id,
        client_id: id.to_string(),
        organisation,
        name: Name::parse("Sample").expect("a name"),
        state: ClientState::Approved,
        source: ClientSource::Operator,
        registration,
        policy: ClientPolicy::default(),
        pending: None,
        reason: None,
        registration_digest: None,
        created_at: Timestamp::from_seconds(0),
        changed_at: Timestamp::from_seconds(0),
        version: 1,
        revision: jeton_core::change::Revision(0),
    };
    change(&mut client);
    let new = NewClient { client, secret: None, uninvited_max: None };
    world.authority().store.insert_client(new, Actor::system(world.authority().now())).await.expect("registered").0
}

/// Registers the app as it is mostly needed.
pub(crate) async fn sample(world: &World, signed_in: &SignedIn) -> Client {
    register(world, signed_in.organisation, |_| {}).await
}

/// The path of a request in order, with these parameters besides or instead; one without a value is left out.
pub(crate) fn path(client: &Client, changes: &[(&str, &str)]) -> String {
    format!("/oauth/authorize?{}", query(client, changes))
}

/// The same as a query.
pub(crate) fn query(client: &Client, changes: &[(&str, &str)]) -> String {
    let challenge = pkce::challenge_of(VERIFIER);
    let usual = [
        ("client_id", client.client_id.as_str()),
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid orders:read"),
        ("state", STATE),
        ("nonce", "n-0S6_WzA2Mj"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let kept = usual.into_iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    let all = kept.chain(changes.iter().copied()).filter(|(_, value)| !value.is_empty());
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish()
}

/// What came back to the app's address.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) address: String,
    pub(crate) fields: BTreeMap<String, String>,
}

impl Answered {
    /// Reads a redirect, which must be by `303`.
    #[track_caller]
    pub(crate) fn of(page: &Page) -> Self {
        assert_eq!(page.status, 303, "{}", page.text);
        let location = page.header("location");
        let (address, query) = location.split_once('?').unwrap_or((location, ""));
        Self { address: address.to_owned(), fields: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect() }
    }
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map(String::as_str).unwrap_or_default()
    }
    /// An error of this code, at the app's address, with `iss` and `state`.
    #[track_caller]
    pub(crate) fn is_error(&self, code: &str) {
        assert_eq!((self.address.as_str(), self.field("error")), (CALLBACK, code), "{self:?}");
        assert_eq!((self.field("state"), self.field("iss")), (STATE, crate::world::ISSUER), "{self:?}");
        assert!(!self.field("error_description").is_empty() && !self.fields.contains_key("code"), "{self:?}");
    }
    /// A code, at the app's address, with `iss` and `state`.
    #[track_caller]
    pub(crate) fn code(&self) -> &str {
        assert_eq!((self.address.as_str(), self.field("error")), (CALLBACK, ""), "{self:?}");
        assert_eq!((self.field("state"), self.field("iss")), (STATE, crate::world::ISSUER), "{self:?}");
        assert_eq!(self.field("code").len(), 43, "{self:?}");
        self.field("code")
    }
}

/// What a code stands for.
pub(crate) async fn authorization(world: &World, code: &str) -> Authorization {
    let mut digest = [0; 32];
    digest.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, code.as_bytes()).as_ref());
    world.authority().store.find_code(digest).await.expect("read").expect("kept").authorization
}

/// Agrees on a consent page.
pub(crate) async fn agree(browser: &Browser, page: &Page) -> Page {
    browser.submit(page, "/oauth/consent", &[("decision", "allow")]).await
}

/// Whether a page asks for consent, or to sign in.
pub(crate) fn asks_for_consent(page: &Page) -> bool {
    page.status == 200 && page.text.contains("action=\"/oauth/consent\"")
}
pub(crate) fn asks_to_sign_in(page: &Page) -> bool {
    page.status == 200 && page.text.contains("action=\"/sign-in\"")
}

/// A page that says what the app's developer must mend, and leads nowhere.
#[track_caller]
pub(crate) fn leads_nowhere(page: &Page, about: &str) {
    assert_eq!(page.status, 400, "{about}: {} {}", page.header("location"), page.text);
    assert!(page.headers.get("location").is_none(), "{about}");
    assert!(page.header("content-type").starts_with("text/html"), "{about}");
}
