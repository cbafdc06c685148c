//! Forms to the endpoints beside the token endpoint.

use super::token::rig::App;
use crate::world::{Anonymous, Reply, World};
use jeton_core::oauth::registration::AuthMethod;

/// What cannot be told apart: everything that is not good, or not for the asker to know.
pub(crate) const INACTIVE: &str = r#"{"active":false}"#;

/// Sends a form with these headers.
pub(crate) async fn post(world: &World, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Reply {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = world.request(&Anonymous, "POST", path).header("content-type", "application/x-www-form-urlencoded");
    world.send(headers.iter().fold(request.body(body), |request, (name, value)| request.header(*name, *value))).await
}

/// Sends a form as an app, which proves itself in the body where it has a secret.
pub(crate) async fn by(world: &World, app: &App, path: &str, fields: &[(&str, &str)]) -> Reply {
    let mut all = vec![("client_id", app.client.client_id.as_str())];
    if app.client.registration.token_endpoint_auth_method == AuthMethod::ClientSecretPost {
        all.push(("client_secret", &app.secret));
    }
    all.extend_from_slice(fields);
    post(world, path, &all, &[]).await
}

/// What an app is told about a token.
pub(crate) async fn introspect(world: &World, app: &App, token: &str) -> Reply {
    let reply = by(world, app, "/oauth/introspect", &[("token", token)]).await.expect(200);
    assert_eq!((reply.header("content-type"), reply.header("cache-control")), ("application/json", "no-store"));
    reply
}

/// Whether a token is good, as an app is told.
pub(crate) async fn is_active(world: &World, app: &App, token: &str) -> bool {
    let reply = introspect(world, app, token).await;
    assert!(reply.text == INACTIVE || reply.body["active"] == true, "{}", reply.text);
    reply.text != INACTIVE
}
