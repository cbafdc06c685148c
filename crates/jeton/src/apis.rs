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
    api_limit::ApiLimit,
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
    /// What its routes demand: `{route, scopes?, acr_values?, max_age?, limits?, cost?}`. Where there are any, a call that none of them matches is refused.
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
    /// At what pace it may be called: `{per, requests, per_seconds, burst?, on_unavailable?}`; `per` is `token`, `subject`, `client`,
    /// `project` or `everybody`.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, max_items = 8)]
    pub limits: Vec<ApiLimit>,
    /// How old the memory of a gate may be for its calls; as the gate is configured where it says none.
    #[serde(default)]
    #[schema(minimum = 100, maximum = 60_000)]
    pub max_staleness_ms: Option<u32>,
    /// For how many seconds more its calls are decided from a memory that is too old, where the authority cannot be asked.
    /// Without it they are refused then.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3600)]
    pub serve_stale_seconds: Option<u32>,
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
    /// Other limits, whole.
    #[schema(value_type = Option<Vec<Object>>, max_items = 8)]
    pub limits: Option<Vec<ApiLimit>>,
    /// Another age that the memory of a gate may have; `null` for the gate's own.
    #[serde(default, deserialize_with = "crate::json::present")]
    #[schema(value_type = Option<u32>, minimum = 100, maximum = 60_000)]
    pub max_staleness_ms: Option<Option<u32>>,
    /// Another time in which calls are decided from a memory that is too old; `null` for none.
    #[serde(default, deserialize_with = "crate::json::present")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 3600)]
    pub serve_stale_seconds: Option<Option<u32>>,
}

/// Adds an API.
pub async fn add(authority: &Authority, caller: &Caller, asked: AddApiRequest) -> Result<(StoredApi, Revision), Problem> {
    let api = Api {
        id: ApiId::from_random(rand::random()),
        organisation: caller.organisation(),
        audience: asked.audience,
        name: asked.name,
        scopes: asked.scopes,
        routes: asked.routes,
        token_format: asked.token_format,
        access_token_seconds: asked.access_token_seconds,
        access_token_seconds_by_grant: asked.access_token_seconds_by_grant,
        limits: asked.limits,
        max_staleness_ms: asked.max_staleness_ms,
        serve_stale_seconds: asked.serve_stale_seconds,
    };
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
    if asked.audience.as_ref().is_some_and(|audience| *audience != before.api.audience) {
        return Err(Problem::field("audience", &Invalid::new("must stay: tokens name the API by it")));
    }
    let api = edited(before.api, asked);
    validate(&api)?;
    let (stored, revision) = authority.store.edit_api(version, api, caller.actor(authority.now())).await?;
    authority.took_in(revision).await;
    Ok((stored, revision))
}

/// What an edit makes of an API.
fn edited(before: Api, asked: EditApiRequest) -> Api {
    Api {
        name: asked.name.unwrap_or(before.name),
        scopes: asked.scopes.unwrap_or(before.scopes),
        routes: asked.routes.unwrap_or(before.routes),
        token_format: asked.token_format.unwrap_or(before.token_format),
        access_token_seconds: asked.access_token_seconds.unwrap_or(before.access_token_seconds),
        access_token_seconds_by_grant: asked.access_token_seconds_by_grant.unwrap_or(before.access_token_seconds_by_grant),
        limits: asked.limits.unwrap_or(before.limits),
        max_staleness_ms: asked.max_staleness_ms.unwrap_or(before.max_staleness_ms),
        serve_stale_seconds: asked.serve_stale_seconds.unwrap_or(before.serve_stale_seconds),
        ..before
    }
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
