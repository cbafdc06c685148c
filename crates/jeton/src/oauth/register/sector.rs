//! The sector of a client with pairwise subjects: its document must name every redirect URI (OpenID Connect Core, section 8.1).

use crate::authority::Authority;
use jeton_core::{
    fault::Invalid,
    limits,
    oauth::registration::{MetadataFault, Registration},
    strict_json,
};
use serde_json::Value;
use url::Url;

/// Fetches the document and looks whether it names all redirect URIs.
pub(crate) async fn check(authority: &Authority, wanted: &Registration) -> Result<(), MetadataFault> {
    let fault = |rule: String| MetadataFault::new("sector_identifier_uri", Invalid::new(rule));
    let Some(url) = wanted.sector_identifier_uri.as_deref().and_then(|uri| Url::parse(uri).ok()) else { return Ok(()) };
    let fetched = authority.clients.fetcher.get(&url, limits::FETCHED_KEYS_MAX).await.map_err(|why| fault(why.to_string()))?;
    let list = strict_json::value(&fetched.body, limits::JSON_DEPTH_MAX).map_err(|why| fault(format!("holds a document that {why}")))?;
    let listed = |uri: &String| list.as_array().is_some_and(|list| list.iter().filter_map(Value::as_str).any(|one| one == uri));
    match wanted.redirect_uris.iter().find(|uri| !listed(uri)) {
        Some(missing) => Err(fault(format!("holds a document that does not name the redirect URI `{missing}`"))),
        None => Ok(()),
    }
}
