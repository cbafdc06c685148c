//! `/oauth/logout`: nobody is signed out on a mere word, and the way leads to registered addresses only.

use super::{
    asking::register,
    browser::Browser,
    people::{app, sign_in, signed_in, who},
};
use crate::world::{ISSUER, World};
use jeton::session::SignedIn;
use jeton_core::{
    jose::IdTokenClaims,
    oauth::registration::SubjectType,
    timestamp::{Span, Timestamp},
};
use jeton_store::client::ClientSource;

fn hint(world: &World, own: &SignedIn, client_id: &str, session: Option<&str>, issued_at: Timestamp) -> String {
    hint_about(world, &own.user.to_string(), client_id, session, issued_at)
}

fn hint_about(world: &World, subject: &str, client_id: &str, session: Option<&str>, issued_at: Timestamp) -> String {
    let claims = IdTokenClaims {
        issuer: ISSUER,
        subject,
        client_id,
        expires_at: issued_at.plus(Span::from_minutes(10)),
        issued_at,
        auth_time: None,
        nonce: None,
        acr: None,
        amr: &[],
        session,
        access_token: None,
        code: None,
        state: None,
        profile: serde_json::Map::new(),
    };
    let key = world.authority().keys.signing_at(world.authority().now()).expect("a key");
    key.issue_id_token(&claims).expect("signed").expose().to_owned()
}

const BYE: &str = "https://app.example.com/bye?x=1";

fn query(pairs: &[(&str, &str)]) -> String {
    format!("/oauth/logout?{}", url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hint_of_this_session_signs_out_without_asking() {
    let world = World::start().await;
    let (browser, own) = signed_in(&world, "ada").await;
    let client = app(&world, own.organisation, ClientSource::Operator).await;
    let long_ago = own.authenticated_at.minus(Span::from_days(3));
    let expired = hint(&world, &own, &client.client_id, Some(&own.session.to_string()), long_ago);
    let out = browser.open(&query(&[("id_token_hint", &expired), ("post_logout_redirect_uri", BYE), ("state", "a b&c")])).await.expect(303);
    assert_eq!(out.header("location"), "https://app.example.com/bye?x=1&state=a+b%26c");
    assert!(who(&world, &browser).await.is_none() && browser.cookie("__Host-jeton-session").is_none());
    let gone = browser.open(&query(&[("client_id", &client.client_id), ("post_logout_redirect_uri", BYE)])).await.expect(303);
    assert_eq!(gone.header("location"), BYE, "nobody is signed in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_known_by_the_subject_that_the_app_knows() {
    let world = World::start().await;
    let (browser, own) = signed_in(&world, "ada").await;
    let client = register(&world, own.organisation, |client| {
        client.registration.subject_type = SubjectType::Pairwise;
        client.registration.post_logout_redirect_uris = vec![BYE.to_owned()];
    })
    .await;
    let subject = world.authority().subjects.subject_for(&client.registration, own.user).expect("a subject");
    assert_ne!(subject, own.user.to_string());
    let foreign = hint(&world, &own, &client.client_id, None, own.authenticated_at);
    browser.open(&query(&[("id_token_hint", &foreign)])).await.expect(200);
    assert!(who(&world, &browser).await.is_some(), "the public subject is not what this app knows");
    let known = hint_about(&world, &subject, &client.client_id, None, own.authenticated_at);
    browser.open(&query(&[("id_token_hint", &known), ("post_logout_redirect_uri", BYE)])).await.expect(303);
    assert!(who(&world, &browser).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_hint_of_this_session_the_person_is_asked() {
    let world = World::start().await;
    let (browser, own) = signed_in(&world, "ada").await;
    let client = app(&world, own.organisation, ClientSource::Operator).await;
    let other = hint(&world, &own, &client.client_id, Some("ses_another"), own.authenticated_at);
    for asked in
        [query(&[]), query(&[("id_token_hint", &other)]), query(&[("client_id", &client.client_id), ("post_logout_redirect_uri", BYE)])]
    {
        let page = browser.open(&asked).await.expect(200);
        assert!(page.text.contains("Sign out?") && who(&world, &browser).await.is_some(), "{}", page.text);
    }
    // The same from another site by POST, and with a token of nobody.
    let cross = [("origin", "https://app.example.com"), ("sec-fetch-site", "cross-site")];
    let again = browser.post_from("/oauth/logout", &[("state", "a b")], &cross).await.expect(303);
    assert_eq!(again.header("location"), "/oauth/logout?state=a+b", "a foreign form comes without the cookie: once more by GET");
    browser.post_from("/oauth/logout", &[("csrf", "AAAA")], &cross).await.expect(200);
    assert!(who(&world, &browser).await.is_some());
    let asked = query(&[("client_id", &client.client_id), ("post_logout_redirect_uri", BYE), ("state", "s")]);
    let page = browser.open(&asked).await.expect(200);
    assert!(page.header("content-security-policy").contains("form-action 'self' https:;"));
    let out = browser.submit(&page, "/oauth/logout", &[]).await.expect(303);
    assert_eq!(out.header("location"), "https://app.example.com/bye?x=1&state=s");
    assert!(who(&world, &browser).await.is_none());
    sign_in(&browser, "ada").await;
    let page = browser.open("/oauth/logout").await.expect(200);
    assert!(browser.submit(&page, "/oauth/logout", &[]).await.expect(200).text.contains("You are signed out"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_address_is_gone_to() {
    let world = World::start().await;
    let (browser, own) = signed_in(&world, "ada").await;
    let client = app(&world, own.organisation, ClientSource::Operator).await;
    let hint = hint(&world, &own, &client.client_id, Some(&own.session.to_string()), own.authenticated_at);
    let mut forged = hint.clone();
    forged.pop();
    forged.push(if hint.ends_with('A') { 'B' } else { 'A' });
    forged.replace_range(hint.len() - 20..hint.len() - 19, if &hint[hint.len() - 20..hint.len() - 19] == "A" { "B" } else { "A" });
    for pairs in [
        &[("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", "https://evil.example/")][..],
        &[("id_token_hint", &hint), ("post_logout_redirect_uri", "https://app.example.com/bye?x=1&y=2")],
        &[("id_token_hint", &hint), ("post_logout_redirect_uri", "https://app.example.com/bye")],
        &[("post_logout_redirect_uri", BYE)],
        &[("client_id", "app_unknown"), ("post_logout_redirect_uri", BYE)],
        &[("client_id", "app_another"), ("id_token_hint", &hint)],
        &[("id_token_hint", "nonsense"), ("post_logout_redirect_uri", BYE)],
        &[("id_token_hint", &forged), ("post_logout_redirect_uri", BYE)],
        &[("client_id", "https://169.254.169.254/latest"), ("post_logout_redirect_uri", BYE)],
        &[("state", "1"), ("state", "2")],
    ] {
        let refused = browser.open(&query(pairs)).await.expect(400);
        assert!(refused.text.contains("For the developer of the app"), "{pairs:?}");
        assert!(who(&world, &browser).await.is_some(), "{pairs:?}");
    }
    let asked = browser.open(&query(&[("id_token_hint", &forged), ("client_id", &client.client_id)])).await.expect(200);
    assert!(asked.text.contains("Sign out?") && who(&world, &browser).await.is_some(), "a hint that cannot be verified counts as none");
    let nobody = Browser::new(&world);
    nobody.open(&query(&[("post_logout_redirect_uri", "https://evil.example/")])).await.expect(400);
}
