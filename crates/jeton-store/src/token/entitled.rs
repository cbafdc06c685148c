//! All tokens of an organisation that are for some of its APIs, page by page: what a gate in front of these APIs may know.

use super::{
    Owner, TokenRecord,
    find::{FoundRow, found_columns},
    list::{Cursor, line_of},
    row::columns,
};
use crate::{
    cut,
    error::Result,
    fault::Fault,
    link::{Link, each, fetch_one},
    marks::Marks,
    store::{Engine, Store, read::read},
};
use jeton_core::{limits, name::Audience, policy::Policy};
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
    engine: Engine,
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
        let question = Question { owner, audiences, after, limit, engine: self.engine() };
        if audiences.is_empty() {
            return Ok(EntitledPage::default());
        }
        read!(self, link => fetch(link, self.marks(), &question))
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
    let within = match question.engine {
        Engine::Sqlite => "instr(t.audiences, ",
        Engine::Postgres => "strpos(t.audiences, ",
    };
    let mut rows = each!(link, c => {
        let mut sql = sqlx::QueryBuilder::new(concat!("SELECT ", found_columns!(), " FROM tokens t WHERE t.organisation = "));
        sql.push_bind(question.owner.to_string());
        sql.push(" AND (t.issued_at, t.id) > (").push_bind(question.after.issued_at).push(", ").push_bind(question.after.id.as_str()).push(")");
        for (at, audience) in question.audiences.iter().enumerate() {
            sql.push(if at == 0 { " AND (" } else { " OR " }).push(within).push_bind(line_of(audience)).push(") > 0");
        }
        sql.push(") ORDER BY t.issued_at, t.id LIMIT ").push_bind(question.limit);
        sql.build_query_as::<FoundRow>().fetch_all(c).await
    })?;
    cut::reach(link, marks, rows.iter().filter_map(|row| row.cut).max()).await?;
    rows.iter_mut().try_for_each(|row| row.check(marks))?;
    let next = rows.last().map(|last| EntitledPlace(Cursor::at(&last.token)));
    Ok(EntitledPage { tokens: records(&rows)?, next })
}

/// What verifiers keep of these rows. Many tokens have the same policy: each is read once, and shared.
fn records(rows: &[FoundRow]) -> std::result::Result<Vec<TokenRecord>, Fault> {
    let mut policies: HashMap<&str, Arc<Policy>> = HashMap::new();
    let mut records = Vec::with_capacity(rows.len());
    for FoundRow { token, .. } in rows {
        let policy = match policies.entry(&token.policy) {
            Entry::Occupied(known) => Arc::clone(known.get()),
            Entry::Vacant(place) => Arc::clone(place.insert(Arc::new(token.parse_policy()?))),
        };
        records.push(token.record_with(policy)?);
    }
    Ok(records)
}
