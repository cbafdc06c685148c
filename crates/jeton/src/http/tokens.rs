//! `/v1/tokens`: one file per route.

pub mod derive;
pub mod edit;
pub mod end_overlap;
pub mod explain;
pub mod issue;
pub mod list;
pub mod refusals;
pub mod resume;
pub mod revoke;
pub mod revoke_many;
pub mod rotate;
pub mod show;
pub mod suspend;
pub mod usage;

use super::{respond, view::token::TokenView};
use crate::{
    authority::Shared,
    caller::Caller,
    json::Json,
    problem::Problem,
    token_report,
    transition::{self, TransitionRequest},
    verifiers::Acknowledged,
};
use axum::response::Response;
use http::StatusCode;
use jeton_core::{
    facts::TokenState,
    id::{OrganisationId, TokenId},
};
use jeton_store::token::TokenDetail;
use serde::Serialize;

/// A token of the organisation with its newest use, that which is not written yet included.
async fn load(authority: &Shared, organisation: OrganisationId, id: TokenId) -> Result<TokenDetail, Problem> {
    let mut detail = authority.store.show_token(organisation, id).await?;
    token_report::refresh(authority, &mut detail);
    Ok(detail)
}

/// Brings a token into a state and answers.
async fn change_state(
    authority: &Shared,
    caller: &Caller,
    id: TokenId,
    to: TokenState,
    asked: Option<Json<TransitionRequest>>,
) -> Result<Response, Problem> {
    let asked = asked.map(|Json(asked)| asked).unwrap_or_default();
    let wait = asked.wait;
    let (view, revision) = transition::transition(authority, caller, id, to, asked).await?;
    let version = view.version;
    if let Some(at_most) = wait.at_most() {
        let told = authority.verifiers.wait_for(revision, caller.organisation(), at_most).await;
        return Ok(respond::changed(StatusCode::OK, &TokenTold { token: view, told }, Some(version), revision));
    }
    Ok(respond::changed(StatusCode::OK, &view, Some(version), revision))
}

/// A token with the verifiers that were told of its change.
#[derive(Debug, Serialize)]
struct TokenTold {
    #[serde(flatten)]
    token: TokenView,
    #[serde(flatten)]
    told: Acknowledged,
}
