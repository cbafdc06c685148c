//! Tokens of an organisation as the gates in front of its APIs may know them: all that are for some of the APIs, page by page, and
//! those that a gate names, many at once.

use super::{
    Owner, TokenRecord,
    find::{FoundRow, found_columns, of_the_log},
    list::{Cursor, line_of},
    packed::{packed_columns, unpack},
    row::{columns, id_list, with_ids},
};
use crate::{
    cut,
    error::Result,
    fault::Fault,
    link::{Link, fetch_all, fetch_one},
    marks::Marks,
    store::{Store, read::read},
};
use jeton_core::{id::TokenId, limits, name::Audience, policy::Policy};
use sqlx::Row;
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

/// Which tokens, and which of them next.
struct Question<'q> {
    owner: Owner,
    audiences: &'q [Audience],
    after: Cursor,
    limit: i64,
}

/// A page of tokens, and where the next one begins; `None` when there are no more.
#[derive(Debug, Default)]
pub struct EntitledPage {
    /// The tokens, in the order of their issue.
    pub tokens: Vec<TokenRecord>,
    /// Where to go on.
    pub next: Option<EntitledPlace>,
}

/// Where a page ended.
#[derive(Clone, Debug)]
pub struct EntitledPlace(Cursor);

impl Store {
    /// At most `limit` tokens that come after a page, in the order of their issue, and are for one of `audiences`. Each is true at
    /// the place in the change log that was its head before, or later.
    pub async fn tokens_for(
        &self,
        owner: Owner,
        audiences: &[Audience],
        after: Option<EntitledPlace>,
        limit: usize,
    ) -> Result<EntitledPage> {
        let limit = i64::try_from(limit.clamp(1, limits::PAGE_MAX * 20)).unwrap_or(i64::MAX);
        let after = after.map_or_else(Cursor::before_all, |place| place.0);
        let question = Question { owner, audiences, after, limit };
        if audiences.is_empty() {
            return Ok(EntitledPage::default());
        }
        read!(self, link => fetch(link, self.marks(), &question))
    }
    /// Those of these tokens that there are and the organisation has, in any order. One look-up for all of them: many at once must
    /// not take the readers away from whoever waits for one token.
    pub async fn tokens_named(&self, owner: Owner, ids: &[TokenId]) -> Result<Vec<TokenRecord>> {
        let named = id_list(ids);
        read!(self, link => fetch_named(link, self.marks(), owner, &named))
    }
    /// How many tokens an organisation has, dead ones included.
    pub async fn count_tokens_of(&self, owner: Owner) -> Result<u64> {
        read!(self, link => count(link, owner))
    }
}

async fn count(link: &mut Link<'_>, owner: Owner) -> std::result::Result<u64, Fault> {
    let (count,) = fetch_one!(link, (i64,), "SELECT COUNT(*) FROM tokens WHERE organisation = $1", owner.to_string())?;
    Ok(count.unsigned_abs())
}

async fn fetch(link: &mut Link<'_>, marks: &Marks, question: &Question<'_>) -> std::result::Result<EntitledPage, Fault> {
    /// The statement of a page, with what tells whether one text is within another.
    macro_rules! page {
        ($columns:expr, $within:literal) => {{
            let mut sql = sqlx::QueryBuilder::new(concat!("SELECT ", $columns, " FROM tokens t WHERE t.organisation = "));
            sql.push_bind(question.owner.to_string());
            sql.push(" AND (t.issued_at, t.id) > (").push_bind(question.after.issued_at);
            sql.push(", ").push_bind(question.after.id.as_str()).push(")");
            for (at, audience) in question.audiences.iter().enumerate() {
                sql.push(if at == 0 { " AND (" } else { " OR " }).push($within).push_bind(line_of(audience)).push(") > 0");
            }
            sql.push(") ORDER BY t.issued_at, t.id LIMIT ").push_bind(question.limit);
            sql
        }};
    }
    let mut rows: Vec<FoundRow> = match link {
        Link::Sqlite(own) => {
            let texts = page!(packed_columns!(), "instr(t.audiences, ").build().fetch_all(&mut **own).await?;
            texts.iter().map(|text| unpack(text.try_get(0)?)).collect::<std::result::Result<_, Fault>>()?
        }
        Link::Postgres(own) => page!(found_columns!(), "strpos(t.audiences, ").build_query_as().fetch_all(&mut **own).await?,
    };
    let tokens = records(link, marks, &mut rows).await?;
    let next = rows.last().map(|last| EntitledPlace(Cursor::at(&last.token)));
    Ok(EntitledPage { tokens, next })
}

async fn fetch_named(link: &mut Link<'_>, marks: &Marks, owner: Owner, named: &str) -> std::result::Result<Vec<TokenRecord>, Fault> {
    let text = with_ids!(link, found_columns!(), " AND t.organisation = $2");
    let mut rows = fetch_all!(link, FoundRow, text, named, owner.to_string())?;
    records(link, marks, &mut rows).await
}

/// What verifiers keep of these rows, once they are checked. Many tokens have the same policy: each is read once, and shared.
async fn records(link: &mut Link<'_>, marks: &Marks, rows: &mut [FoundRow]) -> std::result::Result<Vec<TokenRecord>, Fault> {
    cut::reach(link, marks, rows.iter().filter_map(|row| row.cut).max()).await?;
    rows.iter_mut().try_for_each(|row| row.check(marks))?;
    let mut policies: HashMap<&str, Arc<Policy>> = HashMap::new();
    let mut records = Vec::with_capacity(rows.len());
    for FoundRow { token, .. } in &*rows {
        let policy = match policies.entry(&token.policy) {
            Entry::Occupied(known) => Arc::clone(known.get()),
            Entry::Vacant(place) => Arc::clone(place.insert(Arc::new(token.parse_policy()?))),
        };
        records.push(token.record_with(policy)?);
    }
    Ok(records)
}
