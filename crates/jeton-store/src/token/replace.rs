//! The secrets of many refresh families replaced by one statement. It touches the columns that a refresh changes and no other, so that
//! the indexes over the others are left alone.

use super::TokenRow;
use crate::{
    fault::Fault,
    link::{Link, update_all},
};

/// Writes rows whose secret was replaced, each one version later than it lies in the table. Where one of them is not there any more as it
/// was read, the caller rolls back.
pub(crate) async fn replace_secrets(link: &mut Link<'_>, rows: &[TokenRow]) -> Result<(), Fault> {
    let replaced = update_all!(
        link,
        "UPDATE tokens SET digest = v.column2, hint = v.column3, previous_digest = NULL, previous_until = NULL, \
         expires_at = v.column4, changed_at = v.column5, generation = v.column6, version = v.column7, revision = v.column8, \
         mark = v.column9 FROM (",
        ") AS v WHERE tokens.id = v.column1 AND tokens.version = v.column7 - 1 AND tokens.state = 'active'",
        rows,
        |values, row| values
            .push_bind(row.id.as_str())
            .push_bind(row.digest.as_slice())
            .push_bind(row.hint.as_str())
            .push_bind(row.expires_at)
            .push_bind(row.changed_at)
            .push_bind(row.generation)
            .push_bind(row.version)
            .push_bind(row.revision)
            .push_bind(row.mark.as_slice())
    )?;
    if usize::try_from(replaced) == Ok(rows.len()) { Ok(()) } else { Err(Fault::Engine(sqlx::Error::RowNotFound)) }
}
