//! `/account`: sessions end when they are told to, apps lose what they had.

use super::{
    browser::Browser,
    people::{app, scopes, sign_in, signed_in, userinfo, who},
};
use crate::world::{ORDERS, World};
use jeton_core::{facts::TokenState, name::Audience};
use jeton_store::{client::ClientSource, consent::ConsentedScopes};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_and_ended() {
    let world = World::start().await;
    let (here, own) = signed_in(&world, "ada").await;
    let (there, third) = (Browser::new(&world), Browser::new(&world));
    sign_in(&there, "ada").await;
    sign_in(&third, "ada").await;
    let (stranger, _) = signed_in(&world, "bob").await;
    let page = here.open("/account/sessions").await.expect(200);
    assert_eq!(page.text.matches("Firefox on Linux</h2>").count() + page.text.matches("This one").count(), 3, "{}", page.text);
    let token = page.field("/account/sessions", "csrf");
    let other = who(&world, &there).await.expect("signed in").session.to_string();

    // Somebody else's session, and somebody else's token.
    stranger.open("/account/sessions").await.expect(200);
    let theirs = stranger.open("/account/sessions").await.expect(200);
    let foreign = theirs.field("/account/sessions", "csrf");
    stranger.post("/account/sessions", &[("csrf", &foreign), ("session", &other)]).await.expect(303);
    here.post("/account/sessions", &[("csrf", &foreign), ("session", &other)]).await.expect(403);
    here.post("/account/sessions", &[("session", &other)]).await.expect(403);
    assert!(who(&world, &there).await.is_some(), "nothing of that ended it");

    here.post("/account/sessions", &[("csrf", &token), ("session", &other)]).await.expect(303);
    assert!(who(&world, &there).await.is_none() && who(&world, &third).await.is_some());
    here.post("/account/sessions", &[("csrf", &token), ("session", "others")]).await.expect(303);
    assert!(who(&world, &third).await.is_none() && who(&world, &here).await.is_some() && who(&world, &stranger).await.is_some());
    here.post("/account/sessions", &[("csrf", &token), ("session", "ses_nonsense")]).await.expect(400);

    let asked = here.open("/sign-out").await.expect(200);
    here.submit(&asked, "/sign-out", &[]).await.expect(200);
    assert!(here.cookie("__Host-jeton-session").is_none());
    assert_eq!(world.authority().store.end_session(own.user, own.session, "x", own.actor(own.authenticated_at, context())).await, Ok(None));
    assert_eq!(here.open("/account").await.expect(303).header("location"), "/sign-in?return_to=%2Faccount");
}

fn context() -> jeton::http::Context {
    jeton::http::Context::of(&http::Extensions::new())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disconnected_app_has_nothing_left() {
    let world = World::start().await;
    world.declare_orders().await;
    let (browser, own) = signed_in(&world, "ada").await;
    let client = app(&world, own.organisation, ClientSource::Dynamic).await;
    assert!(browser.open("/account/apps").await.expect(200).text.contains("No app is connected"));
    let given: ConsentedScopes =
        [(Audience::parse(ORDERS).expect("an audience"), scopes("orders:read")), (userinfo(), scopes("openid email offline_access"))]
            .into();
    let actor = own.actor(own.authenticated_at, context());
    world.authority().store.give_consent(own.organisation, own.user, client.id, given, actor).await.expect("given");
    let page = browser.open("/account/apps").await.expect(200);
    for part in [
        "Sample &#60;b&#62;App",
        "app.example.com",
        "Not verified",
        "Read orders",
        "See your e-mail address",
        "while you are away",
        "<time datetime=",
    ] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    // A token that hangs on the client's anchor and speaks for this person.
    let token = people_token(&world, &own, client.id.anchor()).await;
    assert_eq!(state(&world, token).await, TokenState::Active);
    browser.post("/account/apps", &[("client", &client.id.to_string())]).await.expect(403);
    assert_eq!(state(&world, token).await, TokenState::Active);
    let done = browser.submit(&page, "/account/apps", &[]).await.expect(303);
    assert_eq!(done.header("location"), "/account/apps?done=disconnected");
    assert_eq!(state(&world, token).await, TokenState::Revoked);
    assert!(browser.open("/account/apps?done=disconnected").await.expect(200).text.contains("Disconnected."));
    let events = world.get(&world.owner, "/v1/audit?limit=20").await.expect(200).text;
    assert!(events.contains("consent.withdraw") && events.contains(&json!(format!("user:{}", own.user)).to_string()), "{events}");
}

async fn state(world: &World, id: jeton_core::id::TokenId) -> TokenState {
    world.authority().store.find_token(id).await.expect("found").record.expect("there").state
}

async fn people_token(world: &World, own: &jeton::session::SignedIn, anchor: jeton_core::id::TokenId) -> jeton_core::id::TokenId {
    use jeton_core::{
        allowance::Allowances,
        id::TokenId,
        kind::{TokenFormat, TokenKind},
        name::{Name, Subject},
        network::Networks,
        policy::Policy,
    };
    let id = TokenId::from_random(rand::random());
    let new = jeton_store::token::NewToken {
        id,
        name: Name::parse("grant").expect("a name"),
        subject: Subject::parse(&own.user.to_string()).expect("a subject"),
        policy: Policy {
            organisation: own.organisation,
            project: None,
            kind: TokenKind::Grt,
            format: TokenFormat::Opaque,
            client_id: None,
            parent: Some(anchor),
            binding: None,
            exchanged: false,
            signed_by: None,
            authentication: None,
            audiences: vec![Audience::parse(ORDERS).expect("an audience")],
            scopes: scopes("orders:read"),
            networks: Networks::default(),
            routes: Vec::new(),
            allowances: Allowances::default(),
        },
        project_name: None,
        digest: None,
        hint: String::new(),
        not_before: None,
        expires_at: None,
        metadata: "{}".to_owned(),
        issued_at: own.authenticated_at,
    };
    let actor = own.actor(own.authenticated_at, context());
    world.authority().store.issue_token(new, None, actor).await.expect("issued");
    id
}
