//! The statements that put a token's row into the table and change it there.

use super::TokenRow;
use crate::{
    error::StoreError,
    fault::Fault,
    link::{Link, execute, insert_rows},
    writer::Tx,
};
use jeton_core::{change::Changed, change::Revision, id::TokenId, timestamp::Timestamp};

macro_rules! tokens {
    () => {
        " INTO tokens (id, organisation, project, kind, parent, subject, name, hint, audiences, policy, digest, previous_digest, \
         previous_until, state, not_before, expires_at, metadata, issued_at, issued_by, reason, comment, changed_at, generation, version, \
         revision, mark) "
    };
}

macro_rules! unnest {
    () => {
        "SELECT * FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], \
         $9::text[], $10::text[], $11::bytea[], $12::bytea[], $13::bigint[], $14::text[], $15::bigint[], \
         $16::bigint[], $17::text[], $18::bigint[], $19::text[], $20::text[], $21::text[], $22::bigint[], \
         $23::bigint[], $24::bigint[], $25::bigint[], $26::bytea[])"
    };
}

const INSERT: &str = concat!(
    "INSERT",
    tokens!(),
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26) \
     ON CONFLICT (id) DO NOTHING"
);

/// Inserts one sealed row; `false` when the id is taken, which leaves everything as it was.
pub(crate) async fn insert(link: &mut Link<'_>, row: &TokenRow) -> Result<bool, Fault> {
    let inserted = execute!(
        link,
        INSERT,
        row.id.as_str(),
        row.organisation.as_str(),
        row.project.as_deref(),
        row.kind.as_str(),
        row.parent.as_deref(),
        row.subject.as_str(),
        row.name.as_str(),
        row.hint.as_str(),
        row.audiences.as_str(),
        row.policy.as_str(),
        row.digest.as_slice(),
        row.previous_digest.as_deref(),
        row.previous_until,
        row.state.as_str(),
        row.not_before,
        row.expires_at,
        row.metadata.as_str(),
        row.issued_at,
        row.issued_by.as_str(),
        row.reason.as_deref(),
        row.comment.as_deref(),
        row.changed_at,
        row.generation,
        row.version,
        row.revision,
        row.mark.as_slice(),
    )?;
    Ok(inserted == 1)
}

/// Inserts many sealed rows; none of their ids may be taken. Where one is, the caller rolls back.
pub(crate) async fn insert_many(link: &mut Link<'_>, rows: &[TokenRow]) -> Result<(), Fault> {
    insert_rows!(
        link,
        concat!("INSERT OR FAIL", tokens!()),
        concat!("INSERT", tokens!(), unnest!()),
        rows,
        |row| row.id.as_str(),
        row.organisation.as_str(),
        row.project.as_deref(),
        row.kind.as_str(),
        row.parent.as_deref(),
        row.subject.as_str(),
        row.name.as_str(),
        row.hint.as_str(),
        row.audiences.as_str(),
        row.policy.as_str(),
        row.digest.as_slice(),
        row.previous_digest.as_deref(),
        row.previous_until,
        row.state.as_str(),
        row.not_before,
        row.expires_at,
        row.metadata.as_str(),
        row.issued_at,
        row.issued_by.as_str(),
        row.reason.as_deref(),
        row.comment.as_deref(),
        row.changed_at,
        row.generation,
        row.version,
        row.revision,
        row.mark.as_slice(),
    )?;
    Ok(())
}

/// Writes a changed row: raises its version, gives it its place in the change log, marks it. Whoever changed it since it was
/// read wins.
pub(crate) async fn update(tx: &mut Tx<'_>, row: &mut TokenRow, id: TokenId, at: Timestamp) -> Result<Revision, Fault> {
    let was = row.version;
    let revision = tx.changed(at, Changed::Token(id));
    row.version += 1;
    row.changed_at = at.as_micros();
    row.revision = crate::change::as_column(revision);
    row.seal(tx.marks());
    let updated = execute!(
        &mut tx.link,
        "UPDATE tokens SET project = $1, name = $2, hint = $3, audiences = $4, policy = $5, digest = $6, previous_digest = $7, \
         previous_until = $8, state = $9, expires_at = $10, metadata = $11, reason = $12, comment = $13, changed_at = $14, \
         generation = $15, version = $16, revision = $17, mark = $18 \
         WHERE id = $19 AND version = $20 AND (state <> 'revoked' OR state = $9)",
        row.project.as_deref(),
        row.name.as_str(),
        row.hint.as_str(),
        row.audiences.as_str(),
        row.policy.as_str(),
        row.digest.as_slice(),
        row.previous_digest.as_deref(),
        row.previous_until,
        row.state.as_str(),
        row.expires_at,
        row.metadata.as_str(),
        row.reason.as_deref(),
        row.comment.as_deref(),
        row.changed_at,
        row.generation,
        row.version,
        row.revision,
        row.mark.as_slice(),
        row.id.as_str(),
        was,
    )?;
    if updated == 1 { Ok(revision) } else { Err(StoreError::Conflict(format!("token `{id}` was changed meanwhile: read it again")).into()) }
}
