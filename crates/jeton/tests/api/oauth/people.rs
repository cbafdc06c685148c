//! People with passwords, and apps that they meet.

use super::browser::{Browser, Page};
use crate::world::{ISSUER, Reply, World};
use axum::response::Response;
use jeton::session::{self, SignedIn};
use jeton_core::{
    id::{ClientId, OrganisationId},
    name::{Audience, Name},
    oauth::{client_policy::ClientPolicy, registration::Registration},
    scope::ScopeSet,
};
use jeton_store::{
    audit::Actor,
    client::{Client, ClientSource, ClientState, NewClient},
};
use serde_json::json;

/// A good password.
pub(crate) const PASSWORD: &str = "plum orbit velvet canyon";
/// Where the sample app wants its answers.
pub(crate) const REDIRECT: &str = "https://app.example.com/cb";

impl Browser {
    /// One at the pages of this authority.
    pub(crate) fn new(world: &World) -> Self {
        Self::at(format!("http://{}", world.address()))
    }
}

/// Adds a user who can sign in.
pub(crate) async fn add(world: &World, name: &str) -> Reply {
    let body = json!({"name": name, "email": format!("{name}@example.com"), "password": PASSWORD});
    world.post(&world.owner, "/v1/users", body).await.expect(201)
}

/// Signs in; gives the redirect.
pub(crate) async fn sign_in(browser: &Browser, name: &str) -> Page {
    let page = browser.open("/sign-in").await.expect(200);
    browser.submit(&page, "/sign-in", &[("username", name), ("password", PASSWORD)]).await.expect(303)
}

/// A new user who is signed in at a new browser.
pub(crate) async fn signed_in(world: &World, name: &str) -> (Browser, SignedIn) {
    add(world, name).await;
    let browser = Browser::new(world);
    sign_in(&browser, name).await;
    let who = who(world, &browser).await.expect("signed in");
    (browser, who)
}

/// Who is signed in at a browser, as the authority sees it.
pub(crate) async fn who(world: &World, browser: &Browser) -> Option<SignedIn> {
    let cookie = browser.cookie(session::cookie::SESSION)?;
    let line = format!("{}={cookie}", session::cookie::SESSION).parse().expect("a header");
    let headers = [(http::header::COOKIE, line)].into_iter().collect();
    session::current(world.authority(), &headers).await.expect("found")
}

/// Registers an app.
pub(crate) async fn app(world: &World, organisation: OrganisationId, source: ClientSource) -> Client {
    let id = ClientId::from_random(rand::random());
    let now = world.authority().now();
    let client = Client {
        id,
        client_id: id.to_string(),
        organisation,
        name: Name::parse("Sample <b>App</b>").expect("a name"),
        state: ClientState::Approved,
        source,
        registration: Registration {
            client_uri: Some("https://app.example.com/".to_owned()),
            redirect_uris: vec![REDIRECT.to_owned()],
            post_logout_redirect_uris: vec!["https://app.example.com/bye?x=1".to_owned()],
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
    let new = NewClient { client, secret: None, uninvited_max: None };
    world.authority().store.insert_client(new, Actor::system(now)).await.expect("registered").0
}

/// What `userinfo` is for.
pub(crate) fn userinfo() -> Audience {
    Audience::parse(&format!("{ISSUER}/oauth/userinfo")).expect("an audience")
}

/// Scopes.
pub(crate) fn scopes(spaced: &str) -> ScopeSet {
    ScopeSet::parse_spaced(spaced).expect("scopes")
}

/// A page that a use case made, as a browser would have it.
pub(crate) async fn as_page(response: Response) -> Page {
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
    Page { status: parts.status.as_u16(), headers: parts.headers, text: String::from_utf8(bytes.to_vec()).expect("text") }
}
