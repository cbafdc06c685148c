//! `POST /v1/verify/batch`: up to a hundred questions, each answered alone.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, TokensVerify},
        query::{NoParameters, Query},
        respond,
    },
    json::{self, Object, Raw},
    problem::Problem,
    verify::{self, Outcome, VerifyAnswer, VerifyRequest},
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

/// The same where every question is well formed, which is read at once and without a copy.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole<'a> {
    #[serde(borrow)]
    items: Vec<Object<VerifyRequest<'a>>>,
}

/// Room for one answer of common size.
const ANSWER_BYTES: usize = 400;

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
    let mut out = Vec::with_capacity(limits::BATCH_MAX * ANSWER_BYTES);
    out.extend_from_slice(b"{\"items\":[");
    match serde_json::from_slice::<Whole<'_>>(&body) {
        Ok(Whole { items }) if is_batch(items.len()) => {
            for (at, Object(asked)) in items.iter().enumerate() {
                separate(at, &mut out);
                write(&authority, &verify::verify(&authority, &bearer.caller, asked).await, &mut out);
            }
        }
        // Something is wrong with the whole or with some of its questions: these are answered apart.
        _ => {
            let batch: BatchRequest<'_> = json::parse(&body)?;
            if !is_batch(batch.items.len()) {
                return Err(Problem::field("items", &Invalid::new(format!("must hold 1 to {} questions", limits::BATCH_MAX))));
            }
            for (at, item) in batch.items.iter().enumerate() {
                separate(at, &mut out);
                let outcome = match json::parse::<VerifyRequest<'_>>(item.get().as_bytes()) {
                    Ok(asked) => verify::verify(&authority, &bearer.caller, &asked).await,
                    Err(problem) => Err(problem),
                };
                write(&authority, &outcome, &mut out);
            }
        }
    }
    out.extend_from_slice(b"]}");
    Ok(respond::bytes(StatusCode::OK, Bytes::from(out)))
}

fn is_batch(questions: usize) -> bool {
    (1..=limits::BATCH_MAX).contains(&questions)
}

fn separate(at: usize, out: &mut Vec<u8>) {
    if at > 0 {
        out.push(b',');
    }
}

/// Writes one answer.
fn write(authority: &Shared, outcome: &Result<Outcome, Problem>, out: &mut Vec<u8>) {
    let written = match outcome {
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
