//! Discovery, and who may read what across origins.

use super::{
    asking::{register, sample},
    people::signed_in,
};
use crate::world::{Anonymous, ISSUER, On, World};
use jeton::oauth::metadata::features;
use jeton_core::oauth::registration::{ApplicationType, AuthMethod};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_is_there_and_what_is_there_is_told() {
    let world = World::start().await;
    let told = world.get(&Anonymous, "/.well-known/oauth-authorization-server").await.expect(200);
    assert_eq!((told.str("/issuer"), told.header("content-type")), (ISSUER, "application/json"));
    assert!(told.header("cache-control").starts_with("public"), "{told:?}");
    assert_eq!(told.header("access-control-allow-origin"), "*");
    let openid = world.get(&Anonymous, "/.well-known/openid-configuration").await.expect(200);
    assert_eq!(openid.body, told.body);
    for endpoint in features::ENDPOINTS {
        let named = told.str(&format!("/{}", endpoint.member));
        assert_eq!(named, if endpoint.is_built { format!("{ISSUER}{}", endpoint.path) } else { String::new() }, "{}", endpoint.member);
        let there = world.send(world.request(&Anonymous, "POST", endpoint.path)).await.status != 404;
        assert_eq!(there, endpoint.is_built, "`{}` is told by `{}`", endpoint.path, endpoint.member);
    }
    let tag = told.header("etag").to_owned();
    let again = world.request(&Anonymous, "GET", "/.well-known/openid-configuration").header("if-none-match", &tag);
    assert_eq!(world.send(again).await.expect(304).text, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_with_a_path_is_found_wherever_clients_look() {
    let world = World::on(On::Sqlite, |config| config.issuer = "http://127.0.0.1:8700/base".to_owned()).await;
    for path in [
        "/.well-known/oauth-authorization-server/base",
        "/.well-known/openid-configuration/base",
        "/base/.well-known/openid-configuration",
        "/base/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server",
    ] {
        assert_eq!(world.get(&Anonymous, path).await.expect(200).str("/issuer"), "http://127.0.0.1:8700/base", "{path}");
    }
    for path in [
        "/.well-known/oauth-authorization-server/other",
        "/.well-known/openid-configuration/base/more",
        "/other/.well-known/openid-configuration",
    ] {
        world.get(&Anonymous, path).await.expect(404);
    }
}

async fn preflight(world: &World, path: &str, origin: &str) -> (u16, String) {
    let asked = world.request(&Anonymous, "OPTIONS", path).header("origin", origin).header("access-control-request-method", "POST");
    let reply = world.send(asked.header("access-control-request-headers", "dpop, content-type")).await;
    assert!(reply.headers.get("access-control-allow-credentials").is_none(), "{path}: never with credentials");
    (reply.status, reply.header("access-control-allow-origin").to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_of_registered_apps_may_read_what_they_ask_for() {
    let world = World::start().await;
    let (_, own) = signed_in(&world, "ada").await;
    for path in ["/oauth/token", "/oauth/revoke", "/oauth/userinfo", "/oauth/par"] {
        assert_eq!(preflight(&world, path, "https://app.example.com").await, (204, String::new()), "{path}");
    }
    sample(&world, &own).await;
    register(&world, own.organisation, |client| {
        client.registration.redirect_uris = vec!["https://server.example.com/cb".to_owned()];
        client.registration.token_endpoint_auth_method = AuthMethod::ClientSecretBasic;
    })
    .await;
    register(&world, own.organisation, |client| {
        client.registration.redirect_uris = vec!["https://native.example.com/cb".to_owned()];
        client.registration.application_type = ApplicationType::Native;
    })
    .await;
    for path in ["/oauth/token", "/oauth/revoke", "/oauth/userinfo", "/oauth/par"] {
        assert_eq!(preflight(&world, path, "https://app.example.com").await, (204, "https://app.example.com".to_owned()), "{path}");
        for stranger in [
            "https://evil.example",
            "https://app.example.com.evil.example",
            "http://app.example.com",
            "null",
            "https://server.example.com",
            "https://native.example.com",
            "https://app.example.com/",
        ] {
            assert_eq!(preflight(&world, path, stranger).await.1, "", "{path} {stranger}");
        }
    }
    for path in ["/oauth/authorize", "/oauth/consent", "/sign-in", "/v1/tokens", "/oauth/introspect"] {
        assert_eq!(preflight(&world, path, "https://app.example.com").await.1, "", "{path}");
    }
    for path in ["/oauth/jwks", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
        assert_eq!(preflight(&world, path, "https://anybody.example").await, (204, "*".to_owned()), "{path}");
    }
    let request = world.request(&Anonymous, "POST", "/oauth/token").header("origin", "https://app.example.com");
    let refused = world.send(request.header("content-type", "application/x-www-form-urlencoded").body("grant_type=x")).await;
    assert!(refused.status >= 400 && refused.header("access-control-allow-origin") == "https://app.example.com", "{refused:?}");
    assert!(
        refused.header("vary").to_lowercase().contains("origin") && refused.header("access-control-expose-headers").contains("DPoP-Nonce")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_gone_has_no_origin_from_then_on() {
    let world = World::start().await;
    let (_, own) = signed_in(&world, "ada").await;
    let (first, second) = (sample(&world, &own).await, sample(&world, &own).await);
    let allowed = async || preflight(&world, "/oauth/token", "https://app.example.com").await.1;
    assert_eq!(allowed().await, "https://app.example.com");
    let path = |client: &jeton_store::client::Client| format!("/v1/clients/{}", client.client_id);
    world.send(world.request(&world.owner, "DELETE", &path(&first))).await.expect(204);
    assert_eq!(allowed().await, "https://app.example.com", "another client has the same");
    world.post(&world.owner, &format!("{}/suspend", path(&second)), serde_json::json!({})).await.expect(200);
    assert_eq!(allowed().await, "");
    world.post(&world.owner, &format!("{}/resume", path(&second)), serde_json::json!({})).await.expect(200);
    assert_eq!(allowed().await, "https://app.example.com");
    world.send(world.request(&world.owner, "DELETE", &path(&second))).await.expect(204);
    assert_eq!(allowed().await, "");
}
