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

impl TokenSums {
    /// Adds what one part of a filter came to. No kind is in two of them.
    fn add(&mut self, kinds: Vec<(String, i64, i64)>, subjects: Vec<(String, i64)>) {
        let number = |count: i64| u64::try_from(count).unwrap_or_default();
        for (kind, count, used) in kinds {
            self.count += number(count);
            self.used += number(used);
            self.by_kind.extend(TokenKind::parse(&kind).map(|kind| (kind, number(count))));
        }
        for (subject, count) in subjects {
            match self.by_subject.iter_mut().find(|(own, _)| *own == subject) {
                Some((_, own)) => *own += number(count),
                None => self.by_subject.push((subject, number(count))),
            }
        }
        self.by_kind.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        self.by_subject.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        self.by_subject.truncate(SUBJECTS);
    }
}

/// Subjects that are counted one by one.
const SUBJECTS: usize = 10;

impl Store {
    /// Counts the tokens that fit. Looks at a bounded number of rows.
    pub async fn sum_tokens(&self, owner: Owner, filter: &TokenFilter, used_since: Timestamp) -> Result<TokenSums> {
        self.sum_tokens_within(owner, filter, used_since, limits::SUMS_SCAN_MAX).await
    }
    /// The same, looking at no more than `most` rows: for a page that only mentions it.
    pub async fn sum_tokens_within(&self, owner: Owner, filter: &TokenFilter, used_since: Timestamp, most: i64) -> Result<TokenSums> {
        let (engine, mut sums) = (self.engine(), TokenSums::default());
        for filter in &filter.heeding_cuts(self.marks(), owner).parts() {
            let kinds = read!(self, link => kinds(link, owner, filter, (engine, most), used_since))?;
            let subjects = read!(self, link => subjects(link, owner, filter, (engine, most)))?;
            sums.is_partial |= read!(self, link => is_partial(link, owner, filter, (engine, most)))?;
            sums.add(kinds, subjects);
        }
        Ok(sums)
    }
}

/// Adds the tokens that fit, out of a bounded number of those that an index leads to.
macro_rules! fitting {
    ($sql:ident, $owner:expr, $filter:expr, $engine:expr, $most:expr) => {
        $sql.push(" FROM (SELECT * FROM tokens t WHERE ").push($filter.owned($engine)).push_bind($owner.to_string());
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
        sql.push(" GROUP BY t.subject ORDER BY 2 DESC, 1 LIMIT ").push_bind(i64::try_from(SUBJECTS).unwrap_or(i64::MAX));
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
        let mut sql = sqlx::QueryBuilder::new("SELECT 1 FROM tokens t WHERE ");
        sql.push(filter.owned(engine)).push_bind(owner.to_string());
        found_by_index!(sql, filter, engine, Some(filter.lead()));
        sql.push(" ORDER BY t.issued_at DESC, t.id DESC LIMIT 1 OFFSET ").push_bind(most);
        sql.build_query_as::<(i32,)>().fetch_optional(c).await
    })?;
    Ok(beyond.is_some())
}
