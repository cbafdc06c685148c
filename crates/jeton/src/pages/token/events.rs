//! What was done to a token or an app, in words.

use crate::{caller::Caller, pages::instant::Instant};
use jeton_store::audit::AuditEvent;
use serde_json::Value;

/// One event.
#[derive(Clone, Debug)]
pub struct EventLine {
    /// When.
    pub at: Instant,
    /// What.
    pub what: String,
    /// By whom.
    pub who: String,
    /// From where.
    pub from: String,
}

/// What the audit calls it, and what people do.
const WORDS: [(&str, &str); 17] = [
    ("token.issue", "Issued"),
    ("token.derive", "Derived"),
    ("token.rotate", "Given another secret"),
    ("token.end_overlap", "Old secret ended"),
    ("token.old_secret_used", "Old secret used after its end"),
    ("token.edit", "Changed"),
    ("token.suspend", "Suspended"),
    ("token.resume", "Resumed"),
    ("token.revoke", "Revoked"),
    ("client.register", "Registered"),
    ("client.edit", "Changed"),
    ("client.approve", "Approved"),
    ("client.reject", "Rejected"),
    ("client.suspend", "Suspended"),
    ("client.resume", "Resumed"),
    ("client.remove", "Removed"),
    ("consent.give", "Allowed by somebody"),
];

impl EventLine {
    /// An event for whoever looks.
    pub fn of(event: &AuditEvent, caller: &Caller) -> Self {
        let words = WORDS.iter().find(|(own, _)| *own == event.action).map_or(event.action.as_str(), |(_, words)| words);
        let details: Value = serde_json::from_str(&event.details).unwrap_or_default();
        let text = |name: &str| details.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let fields = details.get("fields").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let fields: Vec<String> = fields.map(|field| field.replace('_', " ")).collect();
        let reason = text("reason").map(|reason| reason.replace('_', " ")).into_iter();
        let more: Vec<String> =
            reason.chain(text("comment").map(str::to_owned)).chain((!fields.is_empty()).then(|| fields.join(", "))).collect();
        Self {
            at: Instant::from(event.at),
            what: if more.is_empty() { words.to_owned() } else { format!("{words}: {}", more.join(", ")) },
            who: who(&event.actor, caller),
            from: event.client_ip.clone().unwrap_or_default(),
        }
    }
}

/// The actor as people read it.
fn who(actor: &str, caller: &Caller) -> String {
    match actor.split_once(':') {
        Some(("user", id)) if id == caller.subject() => "you".to_owned(),
        Some(("user", id)) => id.to_owned(),
        Some(("token", id)) => format!("token {id}"),
        Some(("client", id)) => format!("app {id}"),
        _ if actor == "system" => "Jeton itself".to_owned(),
        _ => actor.to_owned(),
    }
}
