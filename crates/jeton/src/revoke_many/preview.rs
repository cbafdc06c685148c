//! What would be revoked: how many, of which kinds and subjects, how many of them were used today, and some of them to look at.

use super::{as_cut, narrowed};
use crate::{authority::Shared, caller::Caller, problem::Problem, revocations::RevocationRequest, token_search::TokenQuery};
use jeton_core::{limits, timestamp::Span};
use jeton_store::{
    page::PageRequest,
    token::{TokenDetail, TokenSums},
};

/// What would be revoked.
#[derive(Clone, Debug)]
pub struct Preview {
    /// How many.
    pub sums: TokenSums,
    /// The cut that ends the same tokens, where there is one.
    pub cut: Option<RevocationRequest>,
    /// The newest of them.
    pub sample: Vec<TokenDetail>,
}

/// Tokens of the sample.
const SAMPLE: usize = 10;

/// How many are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// As many as can be looked at in a moment.
    Some,
    /// All of them.
    All,
}

/// Looks at what a search would revoke. Changes nothing.
pub async fn preview(authority: &Shared, caller: &Caller, query: &TokenQuery, extent: Extent) -> Result<Preview, Problem> {
    let now = authority.now();
    let filter = narrowed(query, now)?;
    let most = match extent {
        Extent::Some => limits::PREVIEW_SCAN_MAX,
        Extent::All => limits::SUMS_SCAN_MAX,
    };
    let today = now.minus(Span::from_hours(24));
    let sums = authority.store.sum_tokens_within(caller.organisation(), &filter, today, most).await?;
    let page = PageRequest { after: None, limit: SAMPLE };
    let sample = authority.store.list_tokens(caller.organisation(), &filter, &page).await?.items;
    Ok(Preview { sums, cut: as_cut(query, now), sample })
}
