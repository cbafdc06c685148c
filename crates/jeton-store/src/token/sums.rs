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
    fn add(&mut self, lines: Vec<Line>) {
        for (kind, subject, count, used) in lines {
            if let Some(kind) = kind {
                self.count += number(count);
                self.used += number(used);
                self.by_kind.extend(TokenKind::parse(&kind).map(|kind| (kind, number(count))));
            }
            let Some(subject) = subject else { continue };
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

/// What is counted, and where.
struct Question<'q> {
    owner: Owner,
    filter: &'q TokenFilter,
    engine: Engine,
    /// Rows that are looked at.
    most: i64,
}

/// A line of a count: a kind or a subject, how many tokens, and how many of them were used.
type Line = (Option<String>, Option<String>, i64, i64);

impl Store {
    /// Counts the tokens that fit, and tells whether there may be more than were looked at: a bounded number of rows.
    pub async fn count_fitting_tokens(&self, owner: Owner, filter: &TokenFilter) -> Result<(u64, bool)> {
        let (engine, mut fitting) = (self.engine(), (0, false));
        for filter in &filter.heeding_cuts(self.marks(), owner).parts() {
            let question = Question { owner, filter, engine, most: limits::SUMS_SCAN_MAX };
            fitting.0 += number(read!(self, link => count(link, &question))?);
            fitting.1 |= read!(self, link => is_partial(link, &question))?;
        }
        Ok(fitting)
    }
    /// Counts the tokens that fit by kind and subject. Looks at a bounded number of rows.
    pub async fn sum_tokens(&self, owner: Owner, filter: &TokenFilter, used_since: Timestamp) -> Result<TokenSums> {
        self.sum_tokens_within(owner, filter, used_since, limits::SUMS_SCAN_MAX).await
    }
    /// The same, looking at no more than `most` rows: for a page that must be there at once.
    pub async fn sum_tokens_within(&self, owner: Owner, filter: &TokenFilter, used_since: Timestamp, most: i64) -> Result<TokenSums> {
        let (engine, mut sums) = (self.engine(), TokenSums::default());
        for filter in &filter.heeding_cuts(self.marks(), owner).parts() {
            let question = Question { owner, filter, engine, most };
            let lines = read!(self, link => lines(link, &question, used_since))?;
            sums.is_partial |= read!(self, link => is_partial(link, &question))?;
            sums.add(lines);
        }
        Ok(sums)
    }
}

fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

/// Adds the tokens that fit, out of a bounded number of those that an index leads to.
macro_rules! fitting {
    ($sql:ident, $question:expr) => {
        let own: &Question<'_> = $question;
        $sql.push(" FROM (SELECT * FROM tokens t WHERE ").push(own.filter.owned(own.engine)).push_bind(own.owner.to_string());
        found_by_index!($sql, own.filter, own.engine, Some(own.filter.lead()));
        $sql.push(" ORDER BY t.issued_at DESC, t.id DESC LIMIT ").push_bind(own.most).push(") t WHERE 1 = 1");
        found_by_index!($sql, own.filter, own.engine, None);
        looked_at!($sql, own.filter, own.engine);
    };
}

async fn count(link: &mut Link<'_>, question: &Question<'_>) -> std::result::Result<i64, Fault> {
    let (count,) = each!(link, c => {
        let mut sql = sqlx::QueryBuilder::new("SELECT COUNT(*)");
        fitting!(sql, question);
        sql.build_query_as::<(i64,)>().fetch_one(c).await
    })?;
    Ok(count)
}

/// Kinds and the first subjects, the most first. The rows are looked at once for both.
async fn lines(link: &mut Link<'_>, question: &Question<'_>, used_since: Timestamp) -> std::result::Result<Vec<Line>, Fault> {
    Ok(each!(link, c => {
        let mut sql = sqlx::QueryBuilder::new(
            "WITH fit AS MATERIALIZED (SELECT t.kind, t.subject, \
             CASE WHEN (SELECT u.at FROM last_uses u WHERE u.token = t.id) >= ",
        );
        sql.push_bind(used_since.as_micros()).push(" THEN 1 ELSE 0 END AS used");
        fitting!(sql, question);
        sql.push(
            ") SELECT kind, CAST(NULL AS TEXT) AS subject, COUNT(*) AS count, CAST(SUM(used) AS BIGINT) FROM fit GROUP BY kind \
             UNION ALL SELECT NULL, s.subject, s.count, 0 FROM \
             (SELECT subject, COUNT(*) AS count FROM fit GROUP BY subject ORDER BY 2 DESC, 1 LIMIT ",
        );
        sql.push_bind(i64::try_from(SUBJECTS).unwrap_or(i64::MAX)).push(") s ORDER BY 3 DESC, 1, 2");
        sql.build_query_as::<Line>().fetch_all(c).await
    })?)
}

/// Whether an index leads to more rows than are looked at.
async fn is_partial(link: &mut Link<'_>, question: &Question<'_>) -> std::result::Result<bool, Fault> {
    let beyond = each!(link, c => {
        let mut sql = sqlx::QueryBuilder::new("SELECT 1 FROM tokens t WHERE ");
        sql.push(question.filter.owned(question.engine)).push_bind(question.owner.to_string());
        found_by_index!(sql, question.filter, question.engine, Some(question.filter.lead()));
        sql.push(" ORDER BY t.issued_at DESC, t.id DESC LIMIT 1 OFFSET ").push_bind(question.most);
        sql.build_query_as::<(i32,)>().fetch_optional(c).await
    })?;
    Ok(beyond.is_some())
}
