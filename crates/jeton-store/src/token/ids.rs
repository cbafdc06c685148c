//! The ids of all tokens, page by page: what a verifier builds its filter of existing ids from. Ids alone decide nothing, so
//! no mark is checked here.

use crate::{
    error::Result,
    fault::Fault,
    link::{Link, fetch_all, fetch_one},
    store::{
        Store,
        read::{read, walk},
    },
};
use jeton_core::{id::TokenId, limits};

impl Store {
    /// How many tokens are stored, dead ones included.
    pub async fn count_tokens(&self) -> Result<u64> {
        walk!(self, link => count(link))
    }
    /// At most `limit` ids after `after`, in order; none when there are no more.
    pub async fn token_ids(&self, after: Option<TokenId>, limit: usize) -> Result<Vec<TokenId>> {
        let limit = i64::try_from(limit.clamp(1, limits::PAGE_MAX * 100)).unwrap_or(i64::MAX);
        read!(self, link => ids(link, after, limit))
    }
}

async fn count(link: &mut Link<'_>) -> std::result::Result<u64, Fault> {
    let (count,) = fetch_one!(link, (i64,), "SELECT COUNT(*) FROM tokens")?;
    Ok(count.unsigned_abs())
}

async fn ids(link: &mut Link<'_>, after: Option<TokenId>, limit: i64) -> std::result::Result<Vec<TokenId>, Fault> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let rows = fetch_all!(link, (String,), "SELECT id FROM tokens WHERE id > $1 ORDER BY id LIMIT $2", after.as_str(), limit)?;
    // What is no id names no token that could be presented.
    Ok(rows.into_iter().filter_map(|(id,)| TokenId::parse(&id).ok()).collect())
}
