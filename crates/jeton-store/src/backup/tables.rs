//! What a backup holds: each table with its columns, in an order in which they can be put back.
//!
//! Left out: idempotency keys (a day's comfort) and notes of written batches of use.

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    Bytes,
}

/// A table as it is backed up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [(&'static str, Kind)],
    /// What its rows are ordered by.
    pub(crate) order: &'static str,
}

use Kind::{Bytes, Number, Text};

/// The tables, those that others refer to first.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "heads",
        order: "one",
        columns: &[("one", Number), ("revision", Number), ("audit_sequence", Number), ("audit_link", Bytes), ("mark", Bytes)],
    },
    Table {
        name: "organisations",
        order: "id",
        columns: &[("id", Text), ("name", Text), ("created_at", Number), ("version", Number), ("mark", Bytes)],
    },
    Table {
        name: "projects",
        order: "id",
        columns: &[("id", Text), ("organisation", Text), ("name", Text), ("created_at", Number), ("version", Number), ("mark", Bytes)],
    },
    Table {
        name: "users",
        order: "id",
        columns: &[
            ("id", Text),
            ("organisation", Text),
            ("name", Text),
            ("email", Text),
            ("role", Text),
            ("disabled", Number),
            ("created_at", Number),
            ("version", Number),
            ("mark", Bytes),
        ],
    },
    Table { name: "subject_keys", order: "name", columns: &[("name", Text), ("sealed_key", Bytes), ("made_at", Number), ("mark", Bytes)] },
    Table {
        name: "rules",
        order: "organisation",
        columns: &[("organisation", Text), ("body", Text), ("changed_at", Number), ("version", Number), ("mark", Bytes)],
    },
    Table {
        name: "apis",
        order: "id",
        columns: &[
            ("id", Text),
            ("organisation", Text),
            ("audience", Text),
            ("name", Text),
            ("body", Text),
            ("created_at", Number),
            ("version", Number),
            ("revision", Number),
            ("mark", Bytes),
        ],
    },
    Table {
        name: "tokens",
        order: "id",
        columns: &[
            ("id", Text),
            ("organisation", Text),
            ("project", Text),
            ("kind", Text),
            ("parent", Text),
            ("subject", Text),
            ("name", Text),
            ("hint", Text),
            ("audiences", Text),
            ("policy", Text),
            ("digest", Bytes),
            ("previous_digest", Bytes),
            ("previous_until", Number),
            ("state", Text),
            ("not_before", Number),
            ("expires_at", Number),
            ("metadata", Text),
            ("issued_at", Number),
            ("issued_by", Text),
            ("reason", Text),
            ("comment", Text),
            ("changed_at", Number),
            ("generation", Number),
            ("version", Number),
            ("revision", Number),
            ("mark", Bytes),
        ],
    },
    Table {
        name: "signing_keys",
        order: "kid",
        columns: &[
            ("kid", Text),
            ("algorithm", Text),
            ("public_jwk", Text),
            ("sealed_private", Bytes),
            ("published_at", Number),
            ("signs_from", Number),
            ("removed_at", Number),
            ("mark", Bytes),
        ],
    },
    Table {
        name: "clients",
        order: "id",
        columns: &[
            ("id", Text),
            ("client_id", Text),
            ("organisation", Text),
            ("name", Text),
            ("state", Text),
            ("source", Text),
            ("registration", Text),
            ("policy", Text),
            ("pending", Text),
            ("reason", Text),
            ("registration_digest", Bytes),
            ("created_at", Number),
            ("changed_at", Number),
            ("version", Number),
            ("revision", Number),
            ("mark", Bytes),
        ],
    },
    Table {
        name: "apps",
        order: "client",
        columns: &[("client", Text), ("account", Text), ("purpose", Text), ("registered_at", Number), ("mark", Bytes)],
    },
    Table { name: "logos", order: "id", columns: &[("id", Text), ("client", Text), ("image", Bytes), ("added_at", Number)] },
    Table {
        name: "silent_rotations",
        order: "token",
        columns: &[
            ("token", Text),
            ("generation", Number),
            ("began_at", Number),
            ("quiet_seconds", Number),
            ("ended_at", Number),
            ("reported_at", Number),
            ("mark", Bytes),
        ],
    },
    Table {
        name: "cuts",
        order: "id",
        columns: &[
            ("id", Text),
            ("organisation", Text),
            ("kind", Text),
            ("value", Text),
            ("until", Number),
            ("at", Number),
            ("actor", Text),
            ("reason", Text),
            ("comment", Text),
            ("revision", Number),
            ("mark", Bytes),
        ],
    },
    Table { name: "passwords", order: "account", columns: &[("account", Text), ("hash", Text), ("changed_at", Number), ("mark", Bytes)] },
    Table {
        name: "passkeys",
        order: "id",
        columns: &[
            ("id", Text),
            ("account", Text),
            ("credential", Bytes),
            ("name", Text),
            ("body", Text),
            ("created_at", Number),
            ("used_at", Number),
            ("version", Number),
            ("mark", Bytes),
        ],
    },
    Table {
        name: "totp_secrets",
        order: "account",
        columns: &[("account", Text), ("sealed_secret", Bytes), ("last_step", Number), ("created_at", Number), ("mark", Bytes)],
    },
    Table {
        name: "recovery_codes",
        order: "digest",
        columns: &[("digest", Bytes), ("account", Text), ("created_at", Number), ("used_at", Number), ("mark", Bytes)],
    },
    Table {
        name: "verified_emails",
        order: "account",
        columns: &[("account", Text), ("email", Text), ("verified_at", Number), ("mark", Bytes)],
    },
    Table {
        name: "consents",
        order: "id",
        columns: &[
            ("id", Text),
            ("account", Text),
            ("client", Text),
            ("scopes", Text),
            ("given_at", Number),
            ("changed_at", Number),
            ("version", Number),
            ("mark", Bytes),
        ],
    },
    Table {
        name: "status_slots",
        order: "list, slot",
        columns: &[("list", Number), ("slot", Number), ("token", Text), ("expires_at", Number)],
    },
    Table {
        name: "changes",
        order: "revision",
        columns: &[("revision", Number), ("at", Number), ("kind", Text), ("id", Text), ("mark", Bytes)],
    },
    Table {
        name: "audit_events",
        order: "sequence",
        columns: &[
            ("sequence", Number),
            ("at", Number),
            ("organisation", Text),
            ("actor", Text),
            ("action", Text),
            ("target", Text),
            ("details", Text),
            ("request", Text),
            ("client_ip", Text),
            ("link", Bytes),
        ],
    },
    Table {
        name: "usage_rollups",
        order: "token, hour, outcome, route, network, previous_secret",
        columns: &[
            ("token", Text),
            ("hour", Number),
            ("outcome", Text),
            ("route", Text),
            ("network", Text),
            ("previous_secret", Number),
            ("count", Number),
        ],
    },
    Table {
        name: "last_uses",
        order: "token",
        columns: &[
            ("token", Text),
            ("at", Number),
            ("client_ip", Text),
            ("user_agent", Text),
            ("previous_secret_at", Number),
            ("previous_secret_ip", Text),
        ],
    },
    Table {
        name: "quota_uses",
        order: "id",
        columns: &[("id", Text), ("token", Text), ("refill_seconds", Number), ("began_at", Number), ("used", Number), ("mark", Bytes)],
    },
    Table { name: "rate_uses", order: "id", columns: &[("id", Text), ("next_at", Number), ("mark", Bytes)] },
    Table { name: "first_sightings", order: "token, network", columns: &[("token", Text), ("network", Text), ("at", Number)] },
    Table {
        name: "refusals",
        order: "decision",
        columns: &[
            ("decision", Text),
            ("at", Number),
            ("token", Text),
            ("code", Text),
            ("cause", Text),
            ("method", Text),
            ("path", Text),
            ("audience", Text),
            ("scopes", Text),
            ("client_ip", Text),
            ("user_agent", Text),
        ],
    },
];

/// Tables whose rows carry a mark and are in no backup: nothing that was in use for minutes or days is to come back to life.
pub(crate) const PASSING: &[Table] = &[
    Table {
        name: "account_links",
        order: "id",
        columns: &[
            ("id", Text),
            ("digest", Bytes),
            ("kind", Text),
            ("organisation", Text),
            ("account", Text),
            ("email", Text),
            ("role", Text),
            ("by_mail", Number),
            ("issued_by", Text),
            ("created_at", Number),
            ("expires_at", Number),
            ("used_at", Number),
            ("mark", Bytes),
        ],
    },
    Table {
        name: "sessions",
        order: "id",
        columns: &[
            ("id", Text),
            ("organisation", Text),
            ("account", Text),
            ("digest", Bytes),
            ("methods", Text),
            ("authenticated_at", Number),
            ("created_at", Number),
            ("seen_at", Number),
            ("expires_at", Number),
            ("client_ip", Text),
            ("user_agent", Text),
            ("ended_at", Number),
            ("mark", Bytes),
        ],
    },
    Table {
        name: "codes",
        order: "digest",
        columns: &[
            ("digest", Bytes),
            ("client", Text),
            ("body", Text),
            ("expires_at", Number),
            ("redeemed_at", Number),
            ("grant_token", Text),
            ("mark", Bytes),
        ],
    },
    Table {
        name: "pushed_requests",
        order: "digest",
        columns: &[
            ("digest", Bytes),
            ("client", Text),
            ("body", Text),
            ("expires_at", Number),
            ("opened_at", Number),
            ("used_at", Number),
            ("mark", Bytes),
        ],
    },
    Table {
        name: "device_codes",
        order: "digest",
        columns: &[
            ("digest", Bytes),
            ("user_digest", Bytes),
            ("client", Text),
            ("body", Text),
            ("state", Text),
            ("approval", Text),
            ("interval_seconds", Number),
            ("polled_at", Number),
            ("expires_at", Number),
            ("version", Number),
            ("mark", Bytes),
        ],
    },
    Table {
        name: "audit_checks",
        order: "id",
        columns: &[
            ("id", Text),
            ("began_at", Number),
            ("began_by", Text),
            ("state", Text),
            ("events_read", Number),
            ("expected", Number),
            ("report", Text),
            ("fault", Text),
            ("held_until", Number),
            ("ended_at", Number),
            ("version", Number),
            ("mark", Bytes),
        ],
    },
    Table {
        name: "revocation_runs",
        order: "id",
        columns: &[
            ("id", Text),
            ("organisation", Text),
            ("search", Text),
            ("found", Number),
            ("began_at", Number),
            ("began_by", Text),
            ("client_ip", Text),
            ("spared", Text),
            ("reason", Text),
            ("comment", Text),
            ("state", Text),
            ("fault", Text),
            ("place", Text),
            ("revoked", Number),
            ("revision", Number),
            ("held_until", Number),
            ("ended_at", Number),
            ("version", Number),
            ("mark", Bytes),
        ],
    },
    Table { name: "limit_nodes", order: "node", columns: &[("node", Text), ("beat", Number), ("alone", Number), ("mark", Bytes)] },
    Table { name: "verifiers", order: "node", columns: &[("node", Text), ("beat", Number), ("body", Text), ("mark", Bytes)] },
];

impl Table {
    /// The table of this name.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        TABLES.iter().find(|table| table.name == name)
    }
    /// Whether its rows carry a mark, always in the last column.
    pub(crate) fn is_marked(&self) -> bool {
        self.columns.last().is_some_and(|(name, _)| *name == "mark")
    }
    /// A value of the first column that comes before all others.
    pub(crate) fn before_first(&self) -> super::Value {
        match self.columns.first() {
            Some((_, Kind::Number)) => super::Value::Number(Some(i64::MIN)),
            Some((_, Kind::Bytes)) => super::Value::Bytes(Some(Vec::new())),
            _ => super::Value::Text(Some(String::new())),
        }
    }
    /// Its columns as SQL names them.
    pub(super) fn names(&self) -> String {
        self.columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }
    /// Everything in it. Made of constants alone.
    pub(super) fn select(&self) -> String {
        format!("SELECT {} FROM {} ORDER BY {}", self.names(), self.name, self.order)
    }
}
