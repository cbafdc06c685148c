//! Secrets that were replaced, by their hashes. No mark covers them: the answer is sealed, and whoever removes a row takes away
//! an alarm that he could take away otherwise.

use super::{NewRefresh, SpentSecret};
use crate::{
    fault::Fault,
    link::{Link, fetch_optional, insert_rows},
    writer::Tx,
};
use jeton_core::{id::TokenId, timestamp::Timestamp, token_text::TokenDigest};

/// What is known of a secret of a family.
pub(super) async fn find(link: &mut Link<'_>, family: TokenId, presented: &TokenDigest) -> Result<Option<SpentSecret>, Fault> {
    let text = "SELECT spent_at, answer FROM spent_refresh_tokens WHERE digest = $1 AND family = $2";
    let row = fetch_optional!(link, (i64, Option<Vec<u8>>), text, presented.as_bytes().as_slice(), family.digits())?;
    let answer = |kept: Vec<u8>| kept.split_first_chunk::<32>().map(|(holder, sealed)| (*holder, sealed.to_vec()));
    Ok(row.map(|(at, kept)| SpentSecret { at: Timestamp::from_micros(at), answer: kept.and_then(answer) }))
}

/// A secret that was replaced, as it lies in the table.
#[derive(Debug)]
pub(crate) struct SpentRow {
    digest: TokenDigest,
    family: TokenId,
    spent_at: i64,
    /// The holder, and the sealed answer that he was given.
    answer: Vec<u8>,
    expires_at: i64,
}

macro_rules! spent {
    () => {
        " INTO spent_refresh_tokens (digest, family, spent_at, answer, expires_at) "
    };
}

/// Notes that a secret was replaced: by whom, and with what answer.
pub(super) async fn note(tx: &mut Tx<'_>, new: &NewRefresh, now: Timestamp) -> Result<(), Fault> {
    let answer = [new.holder.as_slice(), &new.sealed_answer].concat();
    let (spent_at, expires_at) = (now.as_micros(), new.expires_at.as_micros());
    tx.insert_spent(SpentRow { digest: new.presented, family: new.family, spent_at, answer, expires_at }).await
}

/// Inserts rows. Where that fails, the caller rolls back.
pub(crate) async fn insert_spent(link: &mut Link<'_>, rows: &[SpentRow]) -> Result<(), Fault> {
    insert_rows!(
        link,
        concat!("INSERT OR FAIL", spent!()),
        concat!("INSERT", spent!(), "SELECT * FROM UNNEST($1::bytea[], $2::text[], $3::bigint[], $4::bytea[], $5::bigint[])"),
        rows,
        |row| row.digest.as_bytes().as_slice(),
        row.family.digits(),
        row.spent_at,
        row.answer.as_slice(),
        row.expires_at,
    )?;
    Ok(())
}
