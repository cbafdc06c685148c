//! Audit events in answers.

use jeton_core::{id::OrganisationId, timestamp::Timestamp};
use jeton_store::audit::AuditEvent;
use serde::Serialize;

/// One audit event.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = AuditEvent)]
pub struct AuditEventView {
    /// Its place in the chain: 1 for the first, without gaps.
    pub sequence: i64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Whose organisation.
    #[schema(value_type = Option<String>)]
    pub organisation: Option<OrganisationId>,
    /// Who: `token:ID`, `system` or `cli`.
    pub actor: String,
    /// What, such as `token.issue`.
    pub action: String,
    /// To what.
    pub target: String,
    /// Details.
    #[schema(value_type = Object)]
    pub details: serde_json::Value,
    /// The request.
    pub request: Option<String>,
    /// From where.
    pub client_ip: Option<String>,
    /// The link of the chain, in hexadecimal.
    pub link: String,
}

impl From<AuditEvent> for AuditEventView {
    fn from(own: AuditEvent) -> Self {
        Self {
            sequence: own.sequence,
            at: own.at,
            organisation: own.organisation,
            actor: own.actor,
            action: own.action,
            target: own.target,
            details: serde_json::from_str(&own.details).unwrap_or(serde_json::Value::Null),
            request: own.request,
            client_ip: own.client_ip,
            link: own.link.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}
