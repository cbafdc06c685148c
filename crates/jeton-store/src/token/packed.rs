//! A whole row as one line, and a whole page as one text: SQLite's driver copies each column of each row by itself and hands row by row
//! from one thread to another, which takes longer than finding the rows does.
//!
//! The mark of a row covers what was read, so that a column out of its place is refused and never believed.

use super::find::FoundRow;
use crate::{fault::Fault, outside::unhex};
use serde::{Deserialize, Deserializer, de::Error};

/// The columns of a [`FoundRow`] as one JSON text without a line break, in their order, with bytes in hexadecimal digits. For SQLite.
macro_rules! packed_columns {
    () => {
        concat!(
            "json_array(json_array(t.id, t.organisation, t.project, t.kind, t.parent, t.subject, t.name, t.hint, t.audiences, t.policy, \
             hex(t.digest), NULLIF(hex(t.previous_digest), ''), t.previous_until, t.state, t.not_before, t.expires_at, t.metadata, \
             t.issued_at, t.issued_by, t.reason, t.comment, t.changed_at, t.generation, t.version, t.revision, hex(t.mark)), ",
            of_the_log!("", "", "", ""),
            ")"
        )
    };
}
pub(super) use packed_columns;

/// The row that a line holds.
pub(super) fn unpack(line: &str) -> Result<FoundRow, Fault> {
    serde_json::from_str(line).map_err(|error| Fault::Engine(sqlx::Error::Decode(Box::new(error))))
}

pub(super) fn bytes<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    unhex(<&str>::deserialize(from)?).ok_or_else(|| D::Error::custom("must be hexadecimal digits"))
}

pub(super) fn maybe_bytes<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<u8>>, D::Error> {
    let read = |text: &str| unhex(text).ok_or_else(|| D::Error::custom("must be hexadecimal digits"));
    Option::<&str>::deserialize(from)?.map(read).transpose()
}
