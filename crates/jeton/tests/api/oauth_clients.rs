//! OAuth clients: registered by operators and by themselves, approved, suspended, removed; and what hostile ones try.

#[path = "oauth_clients/documents.rs"]
pub(crate) mod documents;
#[path = "oauth_clients/management.rs"]
mod management;
#[path = "oauth_clients/registration.rs"]
mod registration;

use crate::world::{Reply, World};
use serde_json::{Value, json};

/// Metadata of a web app.
fn web_app() -> Value {
    json!({"client_name": "Shop", "redirect_uris": ["https://shop.example/back"], "grant_types": ["authorization_code", "refresh_token"]})
}

/// Declares an API with a sensitive scope.
async fn with_apis(world: &World) {
    let scopes = json!([{"scope": "orders:read"}, {"scope": "orders:write"}, {"scope": "orders:refund", "sensitive": true}]);
    let api = json!({"audience": "https://orders.example.com", "name": "Orders", "scopes": scopes, "token_format": "jwt", "access_token_seconds": 300});
    world.post(&world.owner, "/v1/apis", api).await.expect(201);
}

/// A refusal in the words of OAuth.
#[track_caller]
fn refused(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.str("/error")), (status, code), "{}", reply.text);
    assert_eq!(reply.header("content-type"), "application/json");
    assert_eq!(reply.header("cache-control"), "no-store");
    assert!(!reply.str("/error_description").is_empty());
}
