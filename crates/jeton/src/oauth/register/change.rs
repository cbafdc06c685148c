//! What a client does with its own registration: look at it, change it, end it (RFC 7592). Its registration access token proves it; what
//! is wrong with one is never told.

use super::{Fresh, Registered, digest_of, fresh_secret, name_of, paced, refused, stranger, unknown, validate};
use crate::{
    authority::Authority,
    http::Context,
    oauth::{OAuthCode, OAuthError, clients, clients::settle},
};
use jeton_core::{
    id::ClientId,
    oauth::{client_change, registration::Registration},
    scope::ScopeSet,
    token_text::TokenDigest,
};
use jeton_store::client::{Client, ClientEdit, ClientSecret, ClientState};
use serde_json::{Map, Value};
use std::sync::Arc;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Shows a client its registration.
pub async fn show(authority: &Authority, client_id: &str, access: &str) -> Result<Registered, OAuthError> {
    let client = prove(authority, client_id, access).await?;
    Ok(Registered { client: Client::clone(&client), secret: None, access: Some(Zeroizing::new(access.to_owned())) })
}

/// Ends a registration, and every token of the client with it.
pub async fn remove(authority: &Authority, context: Context, client_id: &str, access: &str) -> Result<(), OAuthError> {
    let client = prove(authority, client_id, access).await?;
    let actor = own(authority, context, &client);
    authority.store.remove_client(client.organisation, client.id, actor).await.map(drop).map_err(refused)
}

/// Replaces a registration: what an operator approved is changed only where it becomes less; the rest waits.
pub async fn update(
    authority: &Authority,
    context: Context,
    client_id: &str,
    access: &str,
    metadata: &Map<String, Value>,
) -> Result<Registered, OAuthError> {
    let client = prove(authority, client_id, access).await?;
    if client.state == ClientState::Suspended {
        return Err(OAuthError::new(OAuthCode::AccessDenied, "the client is suspended, and cannot change itself"));
    }
    if metadata.get("client_id").and_then(Value::as_str) != Some(client_id) {
        return Err(OAuthError::new(OAuthCode::InvalidClientMetadata, "`client_id` must be the client's own"));
    }
    paced(authority, context)?;
    check_secret(authority, &client, metadata).await?;
    let wanted = validate(authority, metadata).await?;
    let (edit, secret) = edit(authority, &client, wanted);
    let actor = own(authority, context, &client);
    let edited = authority.store.edit_client(client.organisation, client.id, client.version, edit, actor).await;
    let (client, _) = edited.map_err(refused)?;
    Ok(Registered { client, secret, access: Some(Zeroizing::new(access.to_owned())) })
}

/// What a change comes to, with the text of another secret where one is given.
fn edit(authority: &Authority, client: &Client, wanted: Registration) -> (ClientEdit, Option<Zeroizing<String>>) {
    let vouched = client.is_vouched_for();
    let approved = if vouched { client.registration.scopes() } else { ScopeSet::empty() };
    let settled = settle(authority, client.organisation, wanted, &approved);
    let (now, waiting) = if vouched && client.state == ClientState::Approved {
        let parted = client_change::part(&client.registration, settled.waiting.unwrap_or(settled.now));
        (parted.now, parted.waiting)
    } else {
        (settled.now, settled.waiting)
    };
    let fresh = new_secret(authority, client.id, &client.registration, &now);
    let (secret, text) = match fresh {
        Some(Some(Fresh { text, kept })) => (Some(Some(kept)), Some(text)),
        Some(None) => (Some(None), None),
        None => (None, None),
    };
    // Whoever was rejected and comes again waits again.
    let state = (client.state == ClientState::Rejected).then_some(ClientState::Pending);
    let edit =
        ClientEdit { name: Some(name_of(&now)), registration: Some(now), pending: Some(waiting), state, secret, ..ClientEdit::default() };
    (edit, text)
}

/// Another secret where the client begins to prove itself by one; none any more where it ends to.
pub(crate) fn new_secret(
    authority: &Authority,
    id: ClientId,
    before: &Registration,
    after: &Registration,
) -> Option<Option<Fresh<ClientSecret>>> {
    match (before.token_endpoint_auth_method.has_secret(), after.token_endpoint_auth_method.has_secret()) {
        (false, true) => Some(Some(fresh_secret(authority, id))),
        (true, false) => Some(None),
        (true, true) | (false, false) => None,
    }
}

/// The client that this token belongs to. An unknown client costs what a wrong token does.
async fn prove(authority: &Authority, client_id: &str, access: &str) -> Result<Arc<Client>, OAuthError> {
    let id = ClientId::parse(client_id).map_err(|_| unknown())?;
    let found = clients::find_stored(authority, id).await?;
    let presented = digest_of(access);
    let known = found.as_ref().and_then(|client| client.registration_digest).unwrap_or_default();
    let fits = bool::from(known.ct_eq(&presented));
    found.filter(|client| fits && client.registration_digest.is_some()).ok_or_else(unknown)
}

/// A secret that comes with a change must be the client's own (RFC 7592, section 2.2); nobody chooses one.
async fn check_secret(authority: &Authority, client: &Client, metadata: &Map<String, Value>) -> Result<(), OAuthError> {
    let Some(sent) = metadata.get("client_secret").filter(|value| !value.is_null()) else { return Ok(()) };
    let anchor = authority.store.find_token(client.id.anchor()).await?.record;
    let digest = sent.as_str().map(|text| TokenDigest::of(text.as_bytes()));
    let is_own = anchor.zip(digest).is_some_and(|(anchor, digest)| {
        bool::from(anchor.secrets.current.as_bytes().ct_eq(digest.as_bytes()))
            && client.registration.token_endpoint_auth_method.has_secret()
    });
    if is_own {
        Ok(())
    } else {
        Err(OAuthError::new(OAuthCode::InvalidClientMetadata, "`client_secret` must be the client's own, or absent"))
    }
}

fn own(authority: &Authority, context: Context, client: &Client) -> jeton_store::audit::Actor {
    jeton_store::audit::Actor { who: format!("client:{}", client.id), ..stranger(authority, context) }
}
