//! The row of a secret for one-time passwords.

use super::TotpSecret;
use crate::{
    fault::Fault,
    link::{Link, execute, fetch_optional},
    marks::{Marks, tampered},
    row::row,
    writer::Tx,
};
use jeton_core::{id::UserId, mark::MarkedFields, timestamp::Timestamp};

row! {
    struct TotpRow {
        account: String,
        sealed_secret: Vec<u8>,
        last_step: i64,
        created_at: i64,
        mark: Vec<u8>,
    }
}

const FIND: &str = "SELECT account, sealed_secret, last_step, created_at, mark FROM totp_secrets WHERE account = $1";
const SET: &str = "INSERT INTO totp_secrets (account, sealed_secret, last_step, created_at, mark) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (account) DO UPDATE SET sealed_secret = excluded.sealed_secret, last_step = excluded.last_step, \
                   created_at = excluded.created_at, mark = excluded.mark";

impl TotpRow {
    fn sealed(own: &TotpSecret, marks: &Marks) -> Self {
        let mut row = Self {
            account: own.user.to_string(),
            sealed_secret: own.sealed.clone(),
            last_step: own.last_step,
            created_at: own.created_at.as_micros(),
            mark: Vec::new(),
        };
        row.mark = marks.mark(&row.fields());
        row
    }
    fn fields(&self) -> MarkedFields {
        MarkedFields::of("totp_secrets").text(&self.account).bytes(&self.sealed_secret).number(self.last_step).number(self.created_at)
    }
}

/// A user's.
pub(super) async fn find(link: &mut Link<'_>, marks: &Marks, user: UserId) -> Result<Option<TotpSecret>, Fault> {
    let Some(row) = fetch_optional!(link, TotpRow, FIND, user.to_string())? else { return Ok(None) };
    marks.check("totp_secrets", &row.account, &row.fields(), &row.mark)?;
    let user = UserId::parse(&row.account).map_err(|_| tampered("totp_secrets", &row.account, "it cannot be read"))?;
    let created_at = Timestamp::from_micros(row.created_at);
    Ok(Some(TotpSecret { user, sealed: row.sealed_secret, last_step: row.last_step, created_at }))
}

/// Writes a user's, in place of the one before.
pub(super) async fn set(tx: &mut Tx<'_>, own: &TotpSecret) -> Result<(), Fault> {
    let row = TotpRow::sealed(own, tx.marks());
    let (account, sealed, mark) = (row.account.as_str(), row.sealed_secret.as_slice(), row.mark.as_slice());
    execute!(&mut tx.link, SET, account, sealed, row.last_step, row.created_at, mark)?;
    Ok(())
}

/// Removes a user's; whether there was one.
pub(super) async fn remove(tx: &mut Tx<'_>, user: UserId) -> Result<bool, Fault> {
    Ok(execute!(&mut tx.link, "DELETE FROM totp_secrets WHERE account = $1", user.to_string())? > 0)
}
