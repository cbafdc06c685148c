//! APIs (resource servers): added, edited and removed. The management interface's own is not touched from outside.

use crate::{
    authority::Authority,
    caller::Caller,
    http::condition,
    oauth::acr,
    problem::{Problem, ProblemCode},
};
use jeton_core::{
    api::{Api, ApiRoute, ApiScope},
    change::Revision,
    fault::Invalid,
    id::ApiId,
    kind::TokenFormat,
    name::{Audience, Name},
    oauth::grant_lives::LivesByGrant,
};
use jeton_store::api::StoredApi;
use serde::Deserialize;

/// An API to be added.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddApiRequest {
    /// What tokens name it by: an absolute URI.
    #[schema(value_type = String, min_length = 1, max_length = 256)]
    pub audience: Audience,
    /// For people.
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    pub name: Name,
    /// Its scopes: `{scope, description?, public?, sensitive?}`.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, max_items = 100)]
    pub scopes: Vec<ApiScope>,
    /// What its routes demand: `{route, scopes?, acr_values?, max_age?}`. Where there are any, a call that none of them matches is refused.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, max_items = 100)]
    pub routes: Vec<ApiRoute>,
    /// How access tokens of OAuth for it are written: `opaque` (default) or `jwt`.
    #[serde(default)]
    #[schema(value_type = String, min_length = 3, max_length = 6)]
    pub token_format: TokenFormat,
    /// Life of access tokens of OAuth for it; as configured where it says none.
    #[serde(default)]
    #[schema(minimum = 30, maximum = 86_400)]
    pub access_token_seconds: Option<u32>,
    /// The same by grant type, such as `{"client_credentials": 300}`; the shortest that is said holds.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub access_token_seconds_by_grant: LivesByGrant,
}

/// An edit of an API. What is there replaces; what is absent stays.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditApiRequest {
    /// The version that was read, where no `If-Match` says it.
    #[schema(minimum = 1)]
    pub version: Option<i64>,
    /// Cannot be changed; may be sent as it is.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 256)]
    pub audience: Option<Audience>,
    /// A new name.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    pub name: Option<Name>,
    /// Other scopes.
    #[schema(value_type = Option<Vec<Object>>, max_items = 100)]
    pub scopes: Option<Vec<ApiScope>>,
    /// Other routes. Where there are any, a call that none of them matches is refused.
    #[schema(value_type = Option<Vec<Object>>, max_items = 100)]
    pub routes: Option<Vec<ApiRoute>>,
    /// Another format of access tokens of OAuth.
    #[schema(value_type = Option<String>, min_length = 3, max_length = 6)]
    pub token_format: Option<TokenFormat>,
    /// Another life of access tokens of OAuth; `null` for the configured one.
    #[serde(default, deserialize_with = "crate::json::present")]
    #[schema(value_type = Option<u32>, minimum = 30, maximum = 86_400)]
    pub access_token_seconds: Option<Option<u32>>,
    /// Other lives by grant type, whole.
    #[schema(value_type = Option<Object>)]
    pub access_token_seconds_by_grant: Option<LivesByGrant>,
}

/// Adds an API.
pub async fn add(authority: &Authority, caller: &Caller, asked: AddApiRequest) -> Result<(StoredApi, Revision), Problem> {
    let AddApiRequest { audience, name, scopes, routes, token_format, access_token_seconds, access_token_seconds_by_grant } = asked;
    let (id, organisation) = (ApiId::from_random(rand::random()), caller.organisation());
    let api = Api { id, organisation, audience, name, scopes, routes, token_format, access_token_seconds, access_token_seconds_by_grant };
    validate(&api)?;
    let (stored, revision) = authority.store.insert_api(api, caller.actor(authority.now())).await?;
    authority.took_in(revision).await;
    Ok((stored, revision))
}

/// Edits an API that is at `version`.
pub async fn edit(
    authority: &Authority,
    caller: &Caller,
    id: ApiId,
    version: i64,
    asked: EditApiRequest,
) -> Result<(StoredApi, Revision), Problem> {
    let before = authority.store.show_api(caller.organisation(), id).await?;
    if before.version != version {
        return Err(condition::outdated(before.version));
    }
    not_built_in(authority, &before.api)?;
    let mut api = before.api;
    if asked.audience.is_some_and(|audience| audience != api.audience) {
        return Err(Problem::field("audience", &Invalid::new("must stay: tokens name the API by it")));
    }
    if let Some(name) = asked.name {
        api.name = name;
    }
    if let Some(scopes) = asked.scopes {
        api.scopes = scopes;
    }
    if let Some(routes) = asked.routes {
        api.routes = routes;
    }
    if let Some(format) = asked.token_format {
        api.token_format = format;
    }
    if let Some(life) = asked.access_token_seconds {
        api.access_token_seconds = life;
    }
    if let Some(lives) = asked.access_token_seconds_by_grant {
        api.access_token_seconds_by_grant = lives;
    }
    validate(&api)?;
    let (stored, revision) = authority.store.edit_api(version, api, caller.actor(authority.now())).await?;
    authority.took_in(revision).await;
    Ok((stored, revision))
}

/// Removes an API that no token is for any more.
pub async fn remove(authority: &Authority, caller: &Caller, id: ApiId) -> Result<Revision, Problem> {
    let before = authority.store.show_api(caller.organisation(), id).await?;
    not_built_in(authority, &before.api)?;
    let revision = authority.store.remove_api(caller.organisation(), id, caller.actor(authority.now())).await?;
    authority.took_in(revision).await;
    Ok(revision)
}

/// A class that nobody can reach here would shut everybody out of a route for good.
fn validate(api: &Api) -> Result<(), Problem> {
    api.validate().map_err(|(field, rule)| Problem::field(field, &rule))?;
    match api.routes.iter().flat_map(|route| &route.acr_values).find(|class| !acr::is_known(class.as_str())) {
        None => Ok(()),
        Some(unknown) => {
            let rule = format!("must demand only classes of sign-in that exist here, `{}` (`{unknown}` is none)", acr::KNOWN.join("`, `"));
            Err(Problem::field("routes", &Invalid::new(rule)))
        }
    }
}

fn not_built_in(authority: &Authority, api: &Api) -> Result<(), Problem> {
    if authority.is_management(&api.audience) {
        return Err(Problem::new(ProblemCode::Conflict, "the API of the management interface is built in and stays as it is"));
    }
    Ok(())
}
