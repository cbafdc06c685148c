//! The HTTP interface: one file per route. Handlers parse, call one use case and render; they never decide.
//!
//! What comes in passes [`front`] first; what is guarded names its scope by a type ([`guard`]).

pub mod access_log;
pub mod apis;
pub mod audit;
pub mod changes;
pub mod clients;
pub mod condition;
mod context;
pub mod decisions;
pub mod front;
pub mod gate;
pub mod guard;
pub mod id;
pub mod invitations;
pub mod jwks;
pub mod keys;
pub mod oauth;
pub mod organisations;
pub mod overview;
pub mod own;
pub mod policy;
pub mod projects;
pub mod protected_resource;
pub mod query;
pub mod request_id;
pub mod respond;
pub mod revocations;
pub mod tokens;
pub mod users;
pub mod verifiers;
pub mod verify;
pub mod view;

pub use context::Context;

use crate::{authority::Shared, listener::AnswerBody, openapi, pages};
use axum::{Router, body::Bytes};
use http::{Request, StatusCode};
use hyper::body::Incoming;
use std::{convert::Infallible, sync::Arc};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Paths that are the authority's own, and everything below them.
pub const OWN_PATHS: &[&str] = &[
    "/v1/tokens",
    "/v1/verify",
    "/v1/self",
    "/v1/decisions",
    "/v1/overview",
    "/v1/apis",
    "/v1/projects",
    "/v1/users",
    "/v1/invitations",
    "/v1/organisations",
    "/v1/keys",
    "/v1/policy",
    "/v1/audit",
    "/v1/changes",
    "/v1/gate",
    "/v1/verifiers",
    "/v1/revocations",
    "/v1/openapi.json",
    "/oauth",
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-protected-resource",
    "/sign-in",
    "/sign-out",
    "/device",
    "/dashboard",
    "/setup",
    "/account",
    "/assets",
    "/v1/clients",
    "/gate/check",
];

/// All described routes.
fn described() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(openapi::Description::openapi())
        .routes(routes!(tokens::list::list_tokens, tokens::issue::issue_token))
        .routes(routes!(tokens::show::show_token, tokens::edit::edit_token))
        .routes(routes!(tokens::rotate::rotate_token))
        .routes(routes!(tokens::end_overlap::end_overlap))
        .routes(routes!(tokens::suspend::suspend_token))
        .routes(routes!(tokens::resume::resume_token))
        .routes(routes!(tokens::revoke::revoke_token))
        .routes(routes!(tokens::revoke_many::revoke_tokens))
        .routes(routes!(tokens::revoke_many::show::show_revoking))
        .routes(routes!(tokens::derive::derive_token))
        .routes(routes!(revocations::list::list_revocations, revocations::revoke::revoke_many))
        .routes(routes!(tokens::usage::show_usage))
        .routes(routes!(tokens::refusals::list_refusals))
        .routes(routes!(tokens::explain::explain_token))
        .routes(routes!(overview::show_overview))
        .routes(routes!(verify::one::verify_one))
        .routes(routes!(verify::batch::verify_batch))
        .routes(routes!(own::show::show_self))
        .routes(routes!(own::revoke::revoke_self))
        .routes(routes!(own::derive::derive_self))
        .routes(routes!(decisions::show_decision))
        .routes(routes!(apis::list::list_apis, apis::add::add_api))
        .routes(routes!(apis::show::show_api, apis::edit::edit_api, apis::remove::remove_api))
        .routes(routes!(projects::list::list_projects, projects::add::add_project))
        .routes(routes!(projects::show::show_project, projects::edit::edit_project, projects::remove::remove_project))
        .routes(routes!(users::list::list_users, users::add::add_user))
        .routes(routes!(users::show::show_user, users::edit::edit_user, users::remove::remove_user))
        .routes(routes!(users::disable::disable_user))
        .routes(routes!(users::password::set_password))
        .routes(routes!(users::link::make_link))
        .routes(routes!(users::reset_factors::reset_factors))
        .routes(routes!(users::sign_out::sign_out_user))
        .routes(routes!(invitations::list::list_invitations, invitations::invite::invite))
        .routes(routes!(invitations::withdraw::withdraw_invitation))
        .routes(routes!(organisations::list::list_organisations, organisations::add::add_organisation))
        .routes(routes!(clients::list::list_clients, clients::register::register_client))
        .routes(routes!(clients::show::show_client, clients::edit::edit_client, clients::remove::remove_client))
        .routes(routes!(clients::approve::approve_client))
        .routes(routes!(clients::reject::reject_client))
        .routes(routes!(clients::suspend::suspend_client))
        .routes(routes!(clients::resume::resume_client))
        .routes(routes!(clients::rotate_secret::rotate_client_secret))
        .routes(routes!(keys::list::list_keys))
        .routes(routes!(keys::rotate::rotate_keys))
        .routes(routes!(policy::show::show_policy, policy::set::set_policy))
        .routes(routes!(policy::preview::preview_policy))
        .routes(routes!(audit::list::list_audit))
        .routes(routes!(audit::verify::verify_audit))
        .routes(routes!(changes::follow_changes))
        .merge(gate::described())
        .routes(routes!(verifiers::list_verifiers))
        .routes(routes!(jwks::show_jwks))
        .routes(routes!(protected_resource::show_protected_resource))
}

/// The routes of the authority.
pub fn router(authority: Shared) -> Router {
    let (router, document) = described().split_for_parts();
    let document = Bytes::from(openapi::finish(document).to_json().unwrap_or_default());
    let describe = move || {
        let document = document.clone();
        async move { respond::bytes(StatusCode::OK, document) }
    };
    let appended = oauth::metadata::appended(&authority.config.issuer);
    let routes = router.route("/v1/openapi.json", axum::routing::get(describe)).merge(oauth::router()).merge(pages::router());
    let across = axum::middleware::from_fn_with_state(Arc::clone(&authority), oauth::cors::across_origins);
    routes.merge(appended).layer(across).with_state(authority)
}

/// A router as what a listener serves.
pub fn as_service(
    router: Router,
) -> impl tower::Service<
    Request<Incoming>,
    Response = http::Response<AnswerBody>,
    Error = Infallible,
    Future = futures_util::future::BoxFuture<'static, Result<http::Response<AnswerBody>, Infallible>>,
> + Clone
+ Send
+ 'static {
    tower::service_fn(move |request: Request<Incoming>| -> futures_util::future::BoxFuture<'static, _> {
        let router = router.clone();
        Box::pin(async move {
            let response = tower::ServiceExt::oneshot(router, request.map(axum::body::Body::new)).await?;
            Ok(response.map(AnswerBody::streamed))
        })
    })
}
