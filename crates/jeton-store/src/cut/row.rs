//! A cut's row, and the condition in SQL that says whether one covers a token's row.

use crate::{
    fault::Fault,
    marks::{Marks, tampered},
    row::row,
    store::Engine,
};
use jeton_core::{
    cut::{Cut, CutScope},
    mark::MarkedFields,
    timestamp::Timestamp,
};

row! {
    /// A cut as it lies in the table. Its id is its scope's text.
    #[derive(Clone, Debug)]
    pub(super) struct CutRow {
        pub(super) id: String,
        pub(super) organisation: String,
        pub(super) kind: String,
        pub(super) value: String,
        pub(super) until: i64,
        pub(super) at: i64,
        pub(super) actor: String,
        pub(super) reason: Option<String>,
        pub(super) comment: Option<String>,
        pub(super) revision: i64,
        pub(super) mark: Vec<u8>,
    }
}

impl CutRow {
    /// The sealed row of a cut.
    pub(super) fn sealed(cut: &Cut, marks: &Marks) -> Self {
        let mut row = Self {
            id: cut.scope.to_string(),
            organisation: cut.scope.organisation.to_string(),
            kind: cut.scope.what.kind().to_owned(),
            value: cut.scope.what.value().unwrap_or_default(),
            until: cut.until.as_micros(),
            at: cut.at.as_micros(),
            actor: cut.actor.clone(),
            reason: cut.reason.clone(),
            comment: cut.comment.clone(),
            revision: crate::change::as_column(cut.revision),
            mark: Vec::new(),
        };
        row.mark = marks.mark(&row.fields());
        row
    }
    fn fields(&self) -> MarkedFields {
        MarkedFields::of("cuts")
            .text(&self.id)
            .text(&self.organisation)
            .text(&self.kind)
            .text(&self.value)
            .number(self.until)
            .number(self.at)
            .text(&self.actor)
            .maybe_text(self.reason.as_deref())
            .maybe_text(self.comment.as_deref())
            .number(self.revision)
    }
    /// The cut; its mark is checked.
    pub(super) fn read(self, marks: &Marks) -> Result<Cut, Fault> {
        marks.check("cuts", &self.id, &self.fields(), &self.mark)?;
        Ok(Cut {
            scope: CutScope::parse(&self.id).map_err(|_| tampered("cuts", &self.id, "its scope is none"))?,
            until: Timestamp::from_micros(self.until),
            at: Timestamp::from_micros(self.at),
            actor: self.actor,
            reason: self.reason,
            comment: self.comment,
            revision: crate::change::from_column(self.revision),
        })
    }
}

/// The condition under which a cut covers the token's row `t`, put together from what names a scope. `$client` is the row's client,
/// `$key` what signed it.
macro_rules! condition {
    ($client:literal, $key:literal) => {
        concat!(
            "(t.kind <> 'cls' AND EXISTS (SELECT 1 FROM cuts c WHERE c.until >= t.issued_at AND c.id IN (t.organisation || '/everything', \
             t.organisation || '/subject/' || t.subject, t.organisation || '/project/' || t.project, t.organisation || '/client/' || ",
            $client,
            ", t.organisation || '/signing_key/' || ",
            $key,
            ")))"
        )
    };
}

/// The condition in the engine's own words.
pub(crate) const fn covered(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => condition!("json_extract(t.policy, '$.client_id')", "json_extract(t.policy, '$.signed_by')"),
        Engine::Postgres => condition!("(t.policy::json ->> 'client_id')", "(t.policy::json ->> 'signed_by')"),
    }
}

/// The condition under which the token's row `t` is not revoked and no cut by subject or project, or of everything, covers it: what
/// still uses something else. What is cut by its client ends by itself soon enough.
macro_rules! in_use {
    () => {
        "t.state <> 'revoked' AND NOT (t.kind <> 'cls' AND EXISTS (SELECT 1 FROM cuts c WHERE c.until >= t.issued_at AND c.id IN \
         (t.organisation || '/everything', t.organisation || '/subject/' || t.subject, t.organisation || '/project/' || t.project)))"
    };
}
pub(crate) use in_use;
