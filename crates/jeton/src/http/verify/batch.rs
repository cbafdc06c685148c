//! `POST /v1/verify/batch`: up to a hundred questions, each answered alone.

use crate::{
    authority::Shared,
    caller::Caller,
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
use jeton_core::{fault::Invalid, limits};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Questions.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchRequest<'a> {
    /// The questions, answered in this order.
    #[serde(borrow)]
    #[schema(value_type = Vec<VerifyRequest>, min_items = 1, max_items = 100)]
    items: Vec<&'a RawValue>,
}

/// Answers, as described; they are written one by one.
#[derive(Serialize, utoipa::ToSchema)]
pub struct BatchAnswer<'a> {
    /// One answer for each question; one that could not be read has the code `bad_field` or `bad_json`.
    items: Vec<VerifyAnswer<'a>>,
}

/// A question that could not be read.
#[derive(Serialize)]
struct Unread<'a> {
    active: bool,
    code: &'a str,
    detail: &'a str,
    field: Option<&'a str>,
}

/// Ask about up to a hundred tokens; each is answered alone.
#[utoipa::path(post, path = "/v1/verify/batch", tag = "verify", security(("bearer" = ["tokens:verify"])),
    request_body = BatchRequest, responses((status = OK, body = BatchAnswer)))]
pub async fn verify_batch(
    State(authority): State<Shared>,
    bearer: Bearer<TokensVerify>,
    Query(NoParameters {}): Query<NoParameters>,
    Raw(body): Raw<{ limits::BATCH_BODY_MAX }>,
) -> Result<Response, Problem> {
    let batch: BatchRequest<'_> = json::parse(&body)?;
    if batch.items.is_empty() || batch.items.len() > limits::BATCH_MAX {
        return Err(Problem::field("items", &Invalid::new(format!("must hold 1 to {} questions", limits::BATCH_MAX))));
    }
    let mut out = Vec::with_capacity(batch.items.len() * 400);
    out.extend_from_slice(b"{\"items\":[");
    for (at, item) in batch.items.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        answer(&authority, &bearer.caller, item.get(), &mut out).await;
    }
    out.extend_from_slice(b"]}");
    Ok(respond::bytes(StatusCode::OK, Bytes::from(out)))
}

async fn answer(authority: &Shared, caller: &Caller, item: &str, out: &mut Vec<u8>) {
    let outcome = match json::parse::<VerifyRequest<'_>>(item.as_bytes()) {
        Ok(asked) => verify::verify(authority, caller, &asked).await,
        Err(problem) => Err(problem),
    };
    let written = match &outcome {
        Ok(outcome) => serde_json::to_writer(&mut *out, &VerifyAnswer::of(outcome, authority.gate.settings().disclosure)),
        Err(problem) => {
            let unread = Unread { active: false, code: problem.code(), detail: problem.detail(), field: problem.field_name() };
            serde_json::to_writer(&mut *out, &unread)
        }
    };
    if let Err(error) = written {
        tracing::error!(%error, "an answer of a batch could not be written");
    }
}
