//! `POST /v1/verify`: is this token good for this call? Every request of an API may come through here, so the front calls it
//! without the router between.

use crate::{
    authority::Shared,
    http::{
        guard::{self, Bearer, ManagementScope, TokensVerify},
        query::{NoParameters, Query},
        respond,
    },
    json::{self, Raw},
    problem::Problem,
    verify::{self, VerifyAnswer, VerifyRequest},
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{StatusCode, request::Parts};
use hyper::body::Incoming;
use jeton_core::limits;

/// Where it is.
pub const PATH: &str = "/v1/verify";

/// Ask whether a presented token is good for a call.
#[utoipa::path(post, path = "/v1/verify", tag = "verify", security(("bearer" = ["tokens:verify"])),
    request_body = VerifyRequest, responses((status = OK, body = VerifyAnswer)))]
pub async fn verify_one(
    State(authority): State<Shared>,
    bearer: Bearer<TokensVerify>,
    Query(NoParameters {}): Query<NoParameters>,
    Raw(body): Raw,
) -> Result<Response, Problem> {
    answer(&authority, &bearer, &body).await.map(|answer| respond::bytes(StatusCode::OK, answer))
}

/// The same for a request that did not go through the router: guarded, bounded and refused in the same order and words.
pub async fn verify_directly(authority: &Shared, parts: &Parts, body: Incoming) -> Result<http::Response<Bytes>, Response> {
    let caller = guard::admit(authority, parts, TokensVerify::demand()).await?;
    let refused = IntoResponse::into_response;
    crate::http::query::parse::<NoParameters>(parts.uri.query().unwrap_or_default()).map_err(refused)?;
    let body = json::collect(&parts.headers, body, limits::BODY_MAX).await.map_err(refused)?;
    let answer = answer(authority, &Bearer::of(caller), &body).await.map_err(refused)?;
    Ok(respond::whole(StatusCode::OK, answer))
}

async fn answer(authority: &Shared, bearer: &Bearer<TokensVerify>, body: &[u8]) -> Result<Bytes, Problem> {
    let asked: VerifyRequest<'_> = json::parse(body)?;
    let outcome = verify::verify(authority, &bearer.caller, &asked).await?;
    Ok(Bytes::from(VerifyAnswer::of(&outcome, authority.gate.settings().disclosure).to_json()))
}
