//! The rows of recovery codes. A used one stays, so that it is known for what it is.

use crate::{
    fault::Fault,
    link::{Link, execute, fetch_one, fetch_optional},
    marks::Marks,
    row::row,
    writer::Tx,
};
use jeton_core::{id::UserId, mark::MarkedFields, timestamp::Timestamp};

row! {
    struct CodeRow {
        digest: Vec<u8>,
        account: String,
        created_at: i64,
        used_at: Option<i64>,
        mark: Vec<u8>,
    }
}

const FIND: &str = "SELECT digest, account, created_at, used_at, mark FROM recovery_codes WHERE digest = $1 AND account = $2";
const INSERT: &str = "INSERT INTO recovery_codes (digest, account, created_at, used_at, mark) VALUES ($1, $2, $3, $4, $5)";
const USE: &str = "UPDATE recovery_codes SET used_at = $1, mark = $2 WHERE digest = $3 AND used_at IS NULL";
const LEFT: &str = "SELECT COUNT(*) FROM recovery_codes WHERE account = $1 AND used_at IS NULL";

impl CodeRow {
    fn sealed(mut self, marks: &Marks) -> Self {
        self.mark = marks.mark(&self.fields());
        self
    }
    fn fields(&self) -> MarkedFields {
        MarkedFields::of("recovery_codes").bytes(&self.digest).text(&self.account).number(self.created_at).maybe_number(self.used_at)
    }
}

/// How many a user has left.
pub(super) async fn left(link: &mut Link<'_>, user: UserId) -> Result<u64, Fault> {
    let (left,) = fetch_one!(link, (i64,), LEFT, user.to_string())?;
    Ok(u64::try_from(left).unwrap_or_default())
}

/// Gives a user these, in place of all before.
pub(super) async fn replace(tx: &mut Tx<'_>, user: UserId, digests: &[[u8; 32]], at: Timestamp) -> Result<(), Fault> {
    remove(tx, user).await?;
    for digest in digests {
        let row =
            CodeRow { digest: digest.to_vec(), account: user.to_string(), created_at: at.as_micros(), used_at: None, mark: Vec::new() };
        let row = row.sealed(tx.marks());
        let (digest, mark) = (row.digest.as_slice(), row.mark.as_slice());
        execute!(&mut tx.link, INSERT, digest, row.account.as_str(), row.created_at, row.used_at, mark)?;
    }
    Ok(())
}

/// Uses one up; whether it was a user's and not used before.
pub(super) async fn take(tx: &mut Tx<'_>, user: UserId, digest: &[u8; 32], at: Timestamp) -> Result<bool, Fault> {
    let Some(row) = fetch_optional!(&mut tx.link, CodeRow, FIND, digest.as_slice(), user.to_string())? else { return Ok(false) };
    tx.shared.marks.check("recovery_codes", &row.account, &row.fields(), &row.mark)?;
    if row.used_at.is_some() {
        return Ok(false);
    }
    let row = CodeRow { used_at: Some(at.as_micros()), ..row }.sealed(tx.marks());
    Ok(execute!(&mut tx.link, USE, row.used_at, row.mark.as_slice(), row.digest.as_slice())? == 1)
}

/// Removes all of a user.
pub(super) async fn remove(tx: &mut Tx<'_>, user: UserId) -> Result<(), Fault> {
    execute!(&mut tx.link, "DELETE FROM recovery_codes WHERE account = $1", user.to_string())?;
    Ok(())
}
