//! How many tokens fit a filter, by kind and by subject, and how many of them were used of late: what is looked at before many are
//! changed at once.

use super::{
    Owner, TokenFilter,
    filter::{found_by_index, looked_at},
};
use crate::{
    error::Result,
    fault::Fault,
    link::{Link, each},
    store::{Engine, Store, read::read},
};
use jeton_core::{kind::TokenKind, limits, timestamp::Timestamp};

/// What fits a filter, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenSums {
    /// How many tokens.
    pub count: u64,
    /// How many of them were used since the instant that was asked about.
    pub used: u64,
    /// How many of each kind, the most first.
    pub by_kind: Vec<(TokenKind, u64)>,
    /// How many of each subject, the most first; only the first ones.
    pub by_subject: Vec<(String, u64)>,
    /// Whether there may be more than were looked at.
    pub is_partial: bool,
}

/// Subjects that are counted one by one.
const SUBJECTS: i64 = 10;

impl Store {
    /// Counts the tokens that fit. Looks at a bounded number of rows.
    pub async fn sum_tokens(&self, owner: Owner, filter: &TokenFilter, used_since: Timestamp) -> Result<TokenSums> {
        self.sum_tokens_within(owner, filter, used_since, limits::SUMS_SCAN_MAX).await
    }
    /// The same, looking at no more than `most` rows: for a page that only mentions it.
    pub async fn sum_tokens_within(&self, owner: Owner, filter: &TokenFilter, used_since: Timestamp, most: i64) -> Result<TokenSums> {
        let (engine, filter) = (self.engine(), &filter.heeding_cuts(self.marks(), owner));
        let kinds = read!(self, link => kinds(link, owner, filter, (engine, most), used_since))?;
        let subjects = read!(self, link => subjects(link, owner, filter, (engine, most)))?;
        let is_partial = read!(self, link => is_partial(link, owner, filter, (engine, most)))?;
        let number = |count: i64| u64::try_from(count).unwrap_or_default();
        let mut sums = TokenSums { is_partial, ..TokenSums::default() };
        for (kind, count, used) in kinds {
            sums.count += number(count);
            sums.used += number(used);
            sums.by_kind.extend(TokenKind::parse(&kind).map(|kind| (kind, number(count))));
        }
        sums.by_subject = subjects.into_iter().map(|(subject, count)| (subject, number(count))).collect();
        Ok(sums)
    }
}

/// Adds the tokens that fit, out of a bounded number of those that an index leads to.
macro_rules! fitting {
    ($sql:ident, $owner:expr, $filter:expr, $engine:expr, $most:expr) => {
        $sql.push(" FROM (SELECT * FROM tokens t WHERE t.organisation = ").push_bind($owner.to_string());
        found_by_index!($sql, $filter, $engine, Some($filter.lead()));
        $sql.push(" ORDER BY t.issued_at DESC, t.id DESC LIMIT ").push_bind($most).push(") t WHERE 1 = 1");
        found_by_index!($sql, $filter, $engine, None);
        looked_at!($sql, $filter, $engine);
    };
}

async fn kinds(
    link: &mut Link<'_>,
    owner: Owner,
    filter: &TokenFilter,
    (engine, most): (Engine, i64),
    used_since: Timestamp,
) -> std::result::Result<Vec<(String, i64, i64)>, Fault> {
    Ok(each!(link, c => {
        let mut sql = sqlx::QueryBuilder::new(
            "SELECT t.kind, COUNT(*), CAST(SUM(CASE WHEN EXISTS (SELECT 1 FROM last_uses u WHERE u.token = t.id AND u.at >= ",
        );
        sql.push_bind(used_since.as_micros()).push(") THEN 1 ELSE 0 END) AS BIGINT)");
        fitting!(sql, owner, filter, engine, most);
        sql.push(" GROUP BY t.kind ORDER BY 2 DESC, 1");
        sql.build_query_as::<(String, i64, i64)>().fetch_all(c).await
    })?)
}

async fn subjects(
    link: &mut Link<'_>,
    owner: Owner,
    filter: &TokenFilter,
    (engine, most): (Engine, i64),
) -> std::result::Result<Vec<(String, i64)>, Fault> {
    Ok(each!(link, c => {
        let mut sql = sqlx::QueryBuilder::new("SELECT t.subject, COUNT(*)");
        fitting!(sql, owner, filter, engine, most);
        sql.push(" GROUP BY t.subject ORDER BY 2 DESC, 1 LIMIT ").push_bind(SUBJECTS);
        sql.build_query_as::<(String, i64)>().fetch_all(c).await
    })?)
}

/// Whether an index leads to more rows than are looked at.
async fn is_partial(
    link: &mut Link<'_>,
    owner: Owner,
    filter: &TokenFilter,
    (engine, most): (Engine, i64),
) -> std::result::Result<bool, Fault> {
    let beyond = each!(link, c => {
        let mut sql = sqlx::QueryBuilder::new("SELECT 1 FROM tokens t WHERE t.organisation = ");
        sql.push_bind(owner.to_string());
        found_by_index!(sql, filter, engine, Some(filter.lead()));
        sql.push(" ORDER BY t.issued_at DESC, t.id DESC LIMIT 1 OFFSET ").push_bind(most);
        sql.build_query_as::<(i32,)>().fetch_optional(c).await
    })?;
    Ok(beyond.is_some())
}
