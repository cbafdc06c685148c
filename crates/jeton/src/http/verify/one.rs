//! `POST /v1/verify`: is this token good for this call?

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, TokensVerify},
        query::{NoParameters, Query},
        respond,
    },
    json::{self, Raw},
    problem::Problem,
    verify::{self, VerifyAnswer, VerifyRequest},
};
use axum::{extract::State, response::Response};
use bytes::Bytes;
use http::StatusCode;

/// Ask whether a presented token is good for a call.
#[utoipa::path(post, path = "/v1/verify", tag = "verify", security(("bearer" = ["tokens:verify"])),
    request_body = VerifyRequest, responses((status = OK, body = VerifyAnswer)))]
pub async fn verify_one(
    State(authority): State<Shared>,
    bearer: Bearer<TokensVerify>,
    Query(NoParameters {}): Query<NoParameters>,
    Raw(body): Raw,
) -> Result<Response, Problem> {
    let asked: VerifyRequest<'_> = json::parse(&body)?;
    let outcome = verify::verify(&authority, &bearer.caller, &asked).await?;
    let answer = VerifyAnswer::of(&outcome, authority.gate.settings().disclosure);
    Ok(respond::bytes(StatusCode::OK, Bytes::from(answer.to_json())))
}
