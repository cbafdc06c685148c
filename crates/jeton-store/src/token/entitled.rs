//! All tokens of an organisation that are for some of its APIs, page by page: what a gate in front of these APIs may know.

use super::{
    Owner, TokenRecord,
    find::{FoundRow, found_columns},
    list::line_of,
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
use jeton_core::{id::TokenId, limits, name::Audience};

/// Which tokens, and which of them next.
struct Question<'q> {
    owner: Owner,
    audiences: &'q [Audience],
    after: String,
    limit: i64,
    engine: Engine,
}

impl Store {
    /// At most `limit` tokens after `after`, in the order of their ids, that are for one of `audiences`; none when there are no
    /// more. Each is true at the place in the change log that was its head before, or later.
    pub async fn tokens_for(&self, owner: Owner, audiences: &[Audience], after: Option<TokenId>, limit: usize) -> Result<Vec<TokenRecord>> {
        let limit = i64::try_from(limit.clamp(1, limits::PAGE_MAX * 20)).unwrap_or(i64::MAX);
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let question = Question { owner, audiences, after, limit, engine: self.engine() };
        if audiences.is_empty() {
            return Ok(Vec::new());
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

async fn fetch(link: &mut Link<'_>, marks: &Marks, question: &Question<'_>) -> std::result::Result<Vec<TokenRecord>, Fault> {
    let within = match question.engine {
        Engine::Sqlite => "instr(t.audiences, ",
        Engine::Postgres => "strpos(t.audiences, ",
    };
    let rows = each!(link, c => {
        let mut sql = sqlx::QueryBuilder::new(concat!("SELECT ", found_columns!(), " FROM tokens t WHERE t.id > "));
        sql.push_bind(question.after.as_str()).push(" AND t.organisation = ").push_bind(question.owner.to_string());
        for (at, audience) in question.audiences.iter().enumerate() {
            sql.push(if at == 0 { " AND (" } else { " OR " }).push(within).push_bind(line_of(audience)).push(") > 0");
        }
        sql.push(") ORDER BY t.id LIMIT ").push_bind(question.limit);
        sql.build_query_as::<FoundRow>().fetch_all(c).await
    })?;
    cut::reach(link, marks, rows.iter().filter_map(|row| row.cut).max()).await?;
    let read = |mut row: FoundRow| {
        row.check(marks)?;
        row.token.record()
    };
    rows.into_iter().map(read).collect()
}
