//! E-mail addresses that people have shown to read, each under its mark. One counts while the account still has that very address.

use crate::{
    audit::Actor,
    error::Result,
    fault::Fault,
    link::{Link, execute, fetch_optional},
    marks::Marks,
    row::row,
    store::{Store, read::read},
    user::User,
    writer::Tx,
};
use jeton_core::mark::MarkedFields;
use serde_json::json;

row! {
    struct EmailRow {
        account: String,
        email: String,
        verified_at: i64,
        mark: Vec<u8>,
    }
}

const FIND: &str = "SELECT account, email, verified_at, mark FROM verified_emails WHERE account = $1";
const SET: &str = "INSERT INTO verified_emails (account, email, verified_at, mark) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (account) DO UPDATE SET email = excluded.email, verified_at = excluded.verified_at, mark = excluded.mark";

impl EmailRow {
    fn fields(&self) -> MarkedFields {
        MarkedFields::of("verified_emails").text(&self.account).text(&self.email).number(self.verified_at)
    }
}

impl Store {
    /// Whether a user has shown to read the address that the account has.
    pub async fn is_email_verified(&self, user: &User) -> Result<bool> {
        read!(self, link => is_verified(link, self.marks(), user))
    }
}

/// The same within a transaction or a reading that is about more.
pub(crate) async fn is_verified(link: &mut Link<'_>, marks: &Marks, user: &User) -> std::result::Result<bool, Fault> {
    let Some(email) = &user.email else { return Ok(false) };
    let Some(row) = fetch_optional!(link, EmailRow, FIND, user.id.to_string())? else { return Ok(false) };
    marks.check("verified_emails", &row.account, &row.fields(), &row.mark)?;
    Ok(row.email == *email)
}

/// Notes that a user reads the address that the account has.
pub(crate) async fn set(tx: &mut Tx<'_>, user: &User, actor: &Actor) -> std::result::Result<(), Fault> {
    let Some(email) = user.email.clone() else { return Ok(()) };
    let mut row = EmailRow { account: user.id.to_string(), email, verified_at: actor.at.as_micros(), mark: Vec::new() };
    row.mark = tx.marks().mark(&row.fields());
    execute!(&mut tx.link, SET, row.account.as_str(), row.email.as_str(), row.verified_at, row.mark.as_slice())?;
    tx.audit(actor, Some(user.organisation), "email.verify", &row.account, json!({}));
    Ok(())
}
