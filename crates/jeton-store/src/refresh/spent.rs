//! Secrets that were replaced, by their hashes. No mark covers them: the answer is sealed, and whoever removes a row takes away
//! an alarm that he could take away otherwise.

use super::{NewRefresh, SpentSecret};
use crate::{
    fault::Fault,
    link::{Link, execute, fetch_optional},
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

/// Notes that a secret was replaced: by whom, and with what answer.
pub(super) async fn note(tx: &mut Tx<'_>, new: &NewRefresh, now: Timestamp) -> Result<(), Fault> {
    let answer = [new.holder.as_slice(), &new.sealed_answer].concat();
    execute!(
        &mut tx.link,
        "INSERT INTO spent_refresh_tokens (digest, family, spent_at, answer, expires_at) VALUES ($1, $2, $3, $4, $5)",
        new.presented.as_bytes().as_slice(),
        new.family.digits(),
        now.as_micros(),
        answer,
        new.expires_at.as_micros(),
    )?;
    Ok(())
}
