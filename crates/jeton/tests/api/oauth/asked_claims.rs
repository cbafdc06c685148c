//! The `claims` parameter: single claims are asked for like scopes, and a subject that is named is the only one that will do.

use super::{
    asking::{Answered, agree, asks_for_consent, asks_to_sign_in, authorization, path, register, sample},
    people::{PASSWORD, add, signed_in},
};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn single_claims_are_asked_for_like_scopes() {
    let world = World::start().await;
    world.declare_orders().await;
    let (browser, own) = signed_in(&world, "ada").await;
    let client = sample(&world, &own).await;
    let claims = r#"{"userinfo":{"email":{"essential":true},"given_name":null}}"#;
    // The person sees it, and nothing is told that was not agreed on.
    Answered::of(&browser.open(&path(&client, &[("claims", claims), ("prompt", "none")])).await).is_error("consent_required");
    let question = browser.open(&path(&client, &[("claims", claims)])).await;
    assert!(asks_for_consent(&question) && question.text.contains("See your e-mail address"), "{}", question.text);
    let kept = authorization(&world, Answered::of(&agree(&browser, &question).await).code()).await;
    assert_eq!(kept.scopes.to_spaced(), "email openid orders:read");
    let more = browser.open(&path(&client, &[("claims", r#"{"id_token":{"name":null}}"#)])).await;
    assert!(asks_for_consent(&more) && more.text.contains("See your name") && !more.text.contains("e-mail"), "{}", more.text);
    // What the client may not ask for is left out, and so are claims without `openid`.
    let confined = register(&world, own.organisation, |client| client.registration.scope = Some("openid orders:read".to_owned())).await;
    let question = browser.open(&path(&confined, &[("claims", claims)])).await;
    assert!(asks_for_consent(&question) && !question.text.contains("e-mail"), "{}", question.text);
    let kept = authorization(&world, Answered::of(&agree(&browser, &question).await).code()).await;
    assert_eq!(kept.scopes.to_spaced(), "openid orders:read");
    let plain = browser.open(&path(&sample(&world, &own).await, &[("claims", claims), ("scope", "orders:read")])).await;
    assert!(asks_for_consent(&plain) && !plain.text.contains("e-mail"), "{}", plain.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_one_person_is_answered_for_nobody_else() {
    let world = World::start().await;
    world.declare_orders().await;
    let (browser, own) = signed_in(&world, "ada").await;
    add(&world, "bob").await;
    let client = sample(&world, &own).await;
    let of = |sub: &str| format!(r#"{{"id_token":{{"sub":{{"value":"{sub}"}}}}}}"#);
    let (hers, others) = (of(&own.user.to_string()), of("usr_00000000000A"));
    let question = browser.open(&path(&client, &[("claims", &hers)])).await;
    Answered::of(&agree(&browser, &question).await).code();
    Answered::of(&browser.open(&path(&client, &[("claims", &hers), ("prompt", "none")])).await).code();
    Answered::of(&browser.open(&path(&client, &[("claims", &others), ("prompt", "none")])).await).is_error("login_required");
    let page = browser.open(&path(&client, &[("claims", &others)])).await;
    assert!(asks_to_sign_in(&page), "{}", page.text);
    let back = browser.submit(&page, "/sign-in", &[("username", "bob"), ("password", PASSWORD)]).await.expect(303);
    Answered::of(&browser.open(back.header("location")).await).is_error("login_required");
}
