//! Issuing a token: load what is known of the APIs, decide whether this caller may issue this, apply, answer with the secret once.
//!
//! Must never issue what the caller could not use himself where that is Jeton's own management interface, and never let a
//! secret into a log, an error or the store: it goes into the one answer and, sealed, behind an idempotency key.

pub mod answer;
pub mod idempotency;
pub mod request;
pub mod rules;

use crate::{
    authority::Authority,
    caller::Caller,
    problem::{Problem, ProblemCode},
};
use answer::Issuance;
use jeton_core::{
    facts::{Secrets, TokenRecord, TokenState},
    fault::Invalid,
    id::TokenId,
    jose::AccessTokenClaims,
    kind::TokenFormat,
    name::{Name, Subject},
    policy::Policy,
    timestamp::Timestamp,
    token_text::{PlainToken, TokenDigest},
};
use jeton_store::{
    StoreError,
    audit::Actor,
    token::{Issued, NewToken},
};
use request::IssueRequest;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Issues the token that a caller asks for. `key` makes a repeated request the same.
pub async fn issue(authority: &Authority, caller: &Caller, asked: IssueRequest, key: Option<&str>) -> Result<Issuance, Problem> {
    let now = authority.now();
    let repeat = key.map(|key| idempotency::Repeat::of(caller, key, &asked));
    // The default project is remembered; what is remembered may be old, which the store finds out.
    let again = rules::takes_default_project(&asked).then(|| asked.clone());
    let plan = rules::plan(authority, caller, asked, now).await?;
    match (apply(authority, caller, plan, repeat.as_ref()).await, again) {
        (Err(Refused::Store(StoreError::NotFound("project"))), Some(asked)) => {
            authority.forget_default_project(caller.organisation());
            let plan = rules::plan(authority, caller, asked, now).await?;
            apply(authority, caller, plan, repeat.as_ref()).await.map_err(Problem::from)
        }
        (outcome, _) => outcome.map_err(Problem::from),
    }
}

/// Why a planned token was not issued.
enum Refused {
    Store(StoreError),
    Problem(Problem),
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Store(error) => rules::missing(error, "project", "a project"),
            Refused::Problem(problem) => problem,
        }
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// A token that may be issued.
#[derive(Clone, Debug)]
pub struct Plan {
    /// For people.
    pub name: Name,
    /// Whom it speaks for.
    pub subject: Subject,
    /// What it may do.
    pub policy: Policy,
    /// The name that its project must have, where it was chosen by its name.
    pub project_name: Option<Name>,
    /// From when on.
    pub not_before: Option<Timestamp>,
    /// Until when.
    pub expires_at: Option<Timestamp>,
    /// Free for the owner, as JSON.
    pub metadata: String,
    /// When it is issued.
    pub now: Timestamp,
}

/// Makes the text of a planned token, writes its row and gives both back.
pub async fn write(authority: &Authority, caller: &Caller, plan: Plan) -> Result<Issuance, Problem> {
    apply(authority, caller, plan, None).await.map_err(|refused| match refused {
        Refused::Store(error) => error.into(),
        Refused::Problem(problem) => problem,
    })
}

async fn apply(authority: &Authority, caller: &Caller, plan: Plan, repeat: Option<&idempotency::Repeat>) -> Result<Issuance, Refused> {
    let actor = caller.actor(plan.now);
    let (new, record, issuance) = prepare(authority, &actor, plan)?;
    let sealed = repeat.map(|repeat| repeat.seal(authority, &issuance)).transpose()?;
    match authority.store.issue_token(new, sealed, actor).await.map_err(Refused::Store)? {
        Issued::Now(revision) => {
            // Whoever gets the token uses it next, and then nothing has to be looked up.
            authority.gate.remember(&[record], revision);
            Ok(issuance.at(revision))
        }
        Issued::Before { sealed_answer } => match repeat {
            Some(repeat) => Ok(repeat.open(authority, &sealed_answer).await?),
            None => Err(Problem::internal("an answer was kept for a request without a key").into()),
        },
    }
}

/// The row of a planned token, its record and the answer that holds its text, before it is written.
pub fn prepare(authority: &Authority, actor: &Actor, plan: Plan) -> Result<(NewToken, TokenRecord, Issuance), Problem> {
    let id = TokenId::issued_at(plan.now, rand::random());
    let (record, text, hint) = text_of(authority, &plan, id)?;
    let issuance = Issuance::fresh(authority, &plan, &record, hint.clone(), &actor.who, &text);
    let new = NewToken {
        id,
        name: plan.name,
        subject: plan.subject,
        policy: plan.policy,
        project_name: plan.project_name,
        digest: (record.policy.format == TokenFormat::Opaque).then_some(record.secrets.current),
        hint,
        not_before: plan.not_before,
        expires_at: plan.expires_at,
        metadata: plan.metadata,
        issued_at: plan.now,
    };
    Ok((new, record, issuance))
}

/// The record of a planned token, its whole text and its hint.
fn text_of(authority: &Authority, plan: &Plan, id: TokenId) -> Result<(TokenRecord, Zeroizing<String>, String), Problem> {
    let record = |current| TokenRecord {
        id,
        secrets: Secrets { current, previous: None },
        subject: plan.subject.clone(),
        state: TokenState::Active,
        not_before: plan.not_before,
        expires_at: plan.expires_at,
        policy: Arc::new(plan.policy.clone()),
    };
    match plan.policy.format {
        TokenFormat::Opaque => {
            let secret = Zeroizing::new(rand::random::<[u8; 32]>());
            let plain = PlainToken::from_random(authority.brand.as_ref(), plan.policy.kind, id, &secret);
            Ok((record(plain.digest()), Zeroizing::new(plain.expose().to_owned()), plain.hint().to_owned()))
        }
        TokenFormat::Jwt => {
            let record = record(TokenDigest::from_bytes([0; 32]));
            let claims = AccessTokenClaims::of_record(&authority.config.issuer, &record, plan.now)
                .ok_or_else(|| Problem::field("expires_in", &Invalid::new("must not be `null` for a JWT")))?;
            let unsigned = |fault: &dyn std::fmt::Display| {
                tracing::error!(%fault, "a JWT could not be signed");
                Problem::new(ProblemCode::Unavailable, "no signing key is ready")
            };
            let plain = authority.keys.issue_access_token_at(&claims, plan.now).map_err(|fault| unsigned(&fault))?;
            let text = Zeroizing::new(plain.expose().to_owned());
            Ok((record, text, String::new()))
        }
    }
}
