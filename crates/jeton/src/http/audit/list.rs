//! `GET /v1/audit`: lists audit events, the newest first.

use crate::{
    authority::Shared,
    http::{
        guard::{AuditRead, Bearer},
        query::Query,
        respond,
        view::{
            audit::AuditEventView,
            list::{List, page_request},
        },
    },
    problem::{Problem, ProblemCode},
};
use axum::{extract::State, response::Response};
use jeton_core::timestamp::Timestamp;
use jeton_store::audit::AuditFilter;
use serde::Deserialize;

/// Which events are wanted. All that is set must fit.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// By this actor, such as `token:ID`.
    actor: Option<String>,
    /// Of this kind, such as `token.revoke`.
    action: Option<String>,
    /// To this thing: an id.
    target: Option<String>,
    /// From this instant on.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Until before this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// `newest`: the only order that there is.
    order: Option<String>,
    /// The `next` of the page before.
    cursor: Option<String>,
    /// Entries on the page: 1 to 500, 50 by default.
    limit: Option<u32>,
}

/// Longest text that is looked for.
const TEXT_MAX: usize = 128;

/// List the organisation's audit events, the newest first.
#[utoipa::path(get, path = "/v1/audit", tag = "audit", security(("bearer" = ["audit:read"])), params(Asked),
    responses((status = OK, body = List<AuditEventView>)))]
pub async fn list_audit(
    State(authority): State<Shared>,
    bearer: Bearer<AuditRead>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let bad = |field: &str, rule: &str| Problem::new(ProblemCode::BadQuery, format!("`{field}` {rule}")).at(field);
    for (field, text) in [("actor", &asked.actor), ("action", &asked.action), ("target", &asked.target)] {
        let is_one = |text: &String| (1..=TEXT_MAX).contains(&text.len()) && !text.chars().any(char::is_control);
        if !text.as_ref().is_none_or(is_one) {
            return Err(bad(field, &format!("must be 1 to {TEXT_MAX} printable characters")));
        }
    }
    if asked.order.as_deref().is_some_and(|order| order != "newest") {
        return Err(bad("order", "must be `newest`"));
    }
    if asked.cursor.as_deref().is_some_and(|cursor| cursor.parse::<i64>().is_err()) {
        return Err(bad("cursor", "must be the `next` of the page before"));
    }
    let page = page_request(asked.cursor, asked.limit)?;
    let filter = AuditFilter {
        organisation: Some(bearer.caller.organisation()),
        actor: asked.actor,
        action: asked.action,
        target: asked.target,
        since: asked.from,
        until: asked.to,
    };
    let page = authority.store.audit_events(&filter, &page).await?;
    Ok(respond::found(&List::of(page, AuditEventView::from)))
}
