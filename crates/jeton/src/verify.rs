//! Verifying: is this token good for this call? Asked by those who hold `tokens:verify` of tokens that others presented to
//! them. Lean: this is the path that every request of an API may take.

mod answer;
mod question;

pub use answer::{LimitView, VerifyAnswer};
pub use question::{CallQuestion, DpopQuestion, VerifyRequest};

use crate::{authority::Authority, caller::Caller, problem::Problem};
use jeton_core::{change::Revision, demand::Call, denial::Denial};
use jeton_gate::{
    check::{Passed, Question, Refused},
    credential::{Credential, Scheme},
    dpop::Offered,
};

/// What a question came to.
pub type Outcome = Result<Passed, Refused>;

/// Answers one question.
pub async fn verify(authority: &Authority, caller: &Caller, asked: &VerifyRequest<'_>) -> Result<Outcome, Problem> {
    let checked = asked.check()?;
    let credential = match checked.path {
        Some(Err(_)) => Err(Denial::AmbiguousPath),
        _ => Credential::from_text(&asked.token).map(|found| if asked.dpop.is_some() { found.under(Scheme::Dpop) } else { found }),
    };
    let path = checked.path.as_ref().and_then(|path| path.as_ref().ok());
    let question = Question {
        audience: asked.audience.as_deref(),
        scopes: &asked.scopes,
        call: asked.method.as_deref().zip(path).map(|(method, path)| Call { method, path }),
        client_ip: asked.client_ip,
        offered: asked.dpop.as_ref().map_or(Offered::NONE, DpopQuestion::offered),
        certificate: checked.certificate,
        cost: question::cost(asked.cost)?,
        min_revision: asked.min_revision.map(Revision),
        within: Some(caller.organisation()),
        with_decision: true,
        ..Question::new(credential)
    };
    Ok(authority.gate.check(&question).await)
}
