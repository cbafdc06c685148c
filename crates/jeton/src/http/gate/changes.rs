//! `GET /v1/gate/changes`: what came after a place in the change log, for a gate. Asking for what comes after a place says that
//! everything up to it is taken in.
//!
//! A question and an answer, not a stream: so a gate knows by its own clock alone how new the answer is.

use crate::{
    authority::Shared,
    caller::Caller,
    gates::{Entitlement, feed},
    http::{
        guard::{Bearer, GateFollow},
        query::Query,
        respond,
    },
    problem::{Problem, ProblemCode},
    verifiers::{self, Kind, Sign},
};
use axum::{extract::State, response::Response};
use jeton_core::{change::Revision, id::TokenId, limits, name::Name};
use serde::Deserialize;
use std::time::{Duration, Instant};

/// Where to go on.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// The last place that was taken in; without it the answer tells whom the gate follows, its APIs, the keys and the head.
    after: Option<u64>,
    /// How many milliseconds to wait for a change where there is none: 0 (default) to 5000.
    wait_ms: Option<u32>,
    /// Any number; comes back in the answer, which is thereby known to be to this question.
    ask: Option<u64>,
    /// Which process asks: 1 to 32 letters and digits, another at each start. Without it nobody waits for this gate.
    process: Option<String>,
    /// Its name for people: 1 to 100 characters.
    name: Option<String>,
    /// For how many milliseconds it believes its memory after it last heard from here, serving what is stale included.
    trusts_ms: Option<u64>,
}

/// Who asks, as those who wait for acknowledgements know it.
fn sign(asked: &Asked, caller: &Caller, entitled: &Entitlement) -> Result<Option<Sign>, Problem> {
    let bad = |field: &str, rule: &str| Problem::new(ProblemCode::BadQuery, format!("`{field}` {rule}")).at(field);
    let (Some(process), Some(token)) = (&asked.process, caller.token_id()) else { return Ok(None) };
    if !is_process(process) {
        return Err(bad("process", "must be 1 to 32 letters and digits"));
    }
    let name = match &asked.name {
        Some(name) => Name::parse(name).map_err(|rule| bad("name", &rule.to_string()))?.as_str().into(),
        None => token.digits().into(),
    };
    Ok(Some(Sign {
        id: verifier(token, process).into(),
        name,
        kind: Kind::Gate,
        organisation: Some(entitled.organisation),
        audiences: entitled.audiences.clone(),
        trusts_for: asked.trusts_ms.map(Duration::from_millis),
        revision: Revision::default(),
    }))
}

/// Whether a text can name a process.
pub(super) fn is_process(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The id of a process of the gate with this token: no other token can speak for it.
pub(super) fn verifier(token: TokenId, process: &str) -> String {
    format!("{token}.{process}")
}

/// Follow the change log as a gate: what changed of the APIs that the token names, and of their tokens.
#[utoipa::path(get, path = "/v1/gate/changes", tag = "gate", security(("bearer" = ["gate:follow"])), params(Asked),
    responses((status = OK, description = "`{ask, reached, head, truncated, now, changes, tokens, as_of, apis?, keys?, whom}`")))]
pub async fn follow_as_gate(
    State(authority): State<Shared>,
    bearer: Bearer<GateFollow>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let at = Instant::now();
    let bad = |field: &str, rule: String| Problem::new(ProblemCode::BadQuery, format!("`{field}` {rule}")).at(field);
    let most = limits::FOLLOW_WAIT_MAX.as_micros() / 1000;
    let wait = asked.wait_ms.unwrap_or(0);
    if i64::from(wait) > most {
        return Err(bad("wait_ms", format!("must be at most {most}")));
    }
    let after = asked.after.map(Revision);
    if after.is_some_and(|after| after.0 > i64::MAX.unsigned_abs()) {
        return Err(bad("after", "is beyond every place of the log".into()));
    }
    let entitled = Entitlement::of(&authority, &bearer.caller)?;
    if let (Some(after), Some(sign)) = (after, sign(&asked, &bearer.caller, &entitled)?)
        && after <= authority.store.known_head()
    {
        verifiers::acknowledge(&authority, Sign { revision: after, ..sign }).await?;
    }
    let question = feed::Asked { after, ask: asked.ask.unwrap_or(0), wait: Duration::from_millis(wait.into()), at };
    let told = feed::tell(&authority, &entitled, question).await?;
    Ok(respond::found(&told))
}
