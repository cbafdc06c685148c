//! `GET /v1/tokens`: lists tokens, newest first.

use crate::{
    authority::Shared,
    http::{
        guard::{Bearer, TokensRead},
        query::Query,
        respond,
        view::{
            list::{List, page_request},
            token::TokenView,
        },
    },
    problem::{Problem, ProblemCode},
};
use axum::{extract::State, response::Response};
use jeton_core::{
    facts::TokenState,
    id::{ProjectId, TokenId},
    kind::TokenKind,
    name::{Audience, Subject},
};
use jeton_store::token::TokenFilter;
use serde::Deserialize;

/// Which tokens are wanted. All that is set must fit.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// `pat`, `key`, `pub`, `svc` or `oat`.
    #[param(value_type = Option<String>)]
    kind: Option<TokenKind>,
    /// `active`, `suspended`, `revoked` or `expired`.
    #[param(value_type = Option<String>)]
    state: Option<WantedState>,
    /// Of this subject.
    #[param(value_type = Option<String>)]
    subject: Option<Subject>,
    /// Of this project.
    #[param(value_type = Option<String>)]
    project: Option<ProjectId>,
    /// For this API.
    #[param(value_type = Option<String>)]
    audience: Option<Audience>,
    /// With these last four characters.
    hint: Option<String>,
    /// Derived from this token.
    #[param(value_type = Option<String>)]
    parent: Option<TokenId>,
    /// Only those that have expired, or only those that have not.
    expired: Option<bool>,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// Entries on the page: 1 to 500, 50 by default.
    limit: Option<u32>,
}

/// A stored state, or expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WantedState {
    Active,
    Suspended,
    Revoked,
    Expired,
}

/// List tokens, newest first, without their secrets.
#[utoipa::path(get, path = "/v1/tokens", tag = "tokens", security(("bearer" = ["tokens:read"])), params(Asked),
    responses((status = OK, body = List<TokenView>)))]
pub async fn list_tokens(
    State(authority): State<Shared>,
    bearer: Bearer<TokensRead>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let now = authority.now();
    let page = page_request(asked.cursor.clone(), asked.limit)?;
    let filter = filter(asked, now)?;
    let page = authority.store.list_tokens(bearer.caller.organisation(), &filter, &page).await?;
    let show = |mut detail| {
        crate::token_report::refresh(&authority, &mut detail);
        TokenView::of(detail, authority.brand.as_ref(), now)
    };
    Ok(respond::found(&List::of(page, show)))
}

fn filter(asked: Asked, now: jeton_core::timestamp::Timestamp) -> Result<TokenFilter, Problem> {
    if asked.hint.as_ref().is_some_and(|hint| hint.len() != 4 || !hint.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
        return Err(Problem::new(ProblemCode::BadQuery, "`hint` must be the last four characters of a token").at("hint"));
    }
    let (state, expired) = match asked.state {
        Some(WantedState::Expired) if asked.expired == Some(false) => {
            return Err(Problem::new(ProblemCode::BadQuery, "`expired` must not contradict `state`").at("expired"));
        }
        Some(WantedState::Expired) => (None, Some(true)),
        Some(WantedState::Active) => (Some(TokenState::Active), asked.expired.or(Some(false))),
        Some(WantedState::Suspended) => (Some(TokenState::Suspended), asked.expired),
        Some(WantedState::Revoked) => (Some(TokenState::Revoked), asked.expired),
        None => (None, asked.expired),
    };
    Ok(TokenFilter {
        kind: asked.kind,
        state,
        subject: asked.subject,
        project: asked.project,
        audience: asked.audience,
        hint: asked.hint,
        parent: asked.parent,
        expired_at: expired.map(|expired| (expired, now)),
    })
}
