//! Apps that ask for two factors (OpenID Connect Core, section 3.1.2.1; RFC 9470): the person shows them on the way, or the app is told.

use super::factors::{code_of, turn_on};
use crate::{
    oauth::{
        asking::{Answered, agree, asks_to_sign_in, authorization, path, register},
        people::{PASSWORD, signed_in},
    },
    world::{Anonymous, World},
};
use jeton::session::{ACR_MULTI_FACTOR, ACR_PASSWORD};

#[tokio::test(flavor = "multi_thread")]
async fn two_factors_are_asked_for_on_the_way() {
    let world = World::start().await;
    world.declare_orders().await;
    let (browser, ada) = signed_in(&world, "ada").await;
    let client = register(&world, ada.organisation, |_| {}).await;
    let wanting = |class: &str| path(&client, &[("acr_values", class)]);
    // Signed in by password alone, and without a second factor: she is asked, and then the app is told.
    let asked = browser.open(&wanting(ACR_MULTI_FACTOR)).await;
    assert!(asks_to_sign_in(&asked), "{}", asked.text);
    let back = browser.submit(&asked, "/sign-in", &[("username", "ada"), ("password", PASSWORD)]).await.expect(303);
    Answered::of(&browser.open(back.header("location")).await).is_error("unmet_authentication_requirements");
    // With one, the same way leads through it.
    let (app, _) = turn_on(&world, &browser).await;
    let asked = browser.open(&wanting(ACR_MULTI_FACTOR)).await;
    assert!(asks_to_sign_in(&asked), "the running session is one by password alone: {}", asked.text);
    let second = browser.submit(&asked, "/sign-in", &[("username", "ada"), ("password", PASSWORD)]).await.expect(200);
    let back = browser.submit(&second, "/sign-in/code", &[("code", &code_of(&app, &world, 30))]).await.expect(303);
    let consent = browser.open(back.header("location")).await.expect(200);
    let code = Answered::of(&agree(&browser, &consent).await).code().to_owned();
    let granted = authorization(&world, &code).await;
    assert_eq!((granted.acr.as_str(), granted.methods.join(" ").as_str()), (ACR_MULTI_FACTOR, "pwd otp mfa"));
    // The stronger one stands for the weaker one, and the app hears of what it asked for.
    let code = Answered::of(&browser.open(&wanting(ACR_PASSWORD)).await).code().to_owned();
    assert_eq!(authorization(&world, &code).await.acr, ACR_PASSWORD);
    let document = world.get(&Anonymous, "/.well-known/openid-configuration").await.expect(200);
    assert_eq!(document.body["acr_values_supported"], serde_json::json!([ACR_PASSWORD, ACR_MULTI_FACTOR]));
}
