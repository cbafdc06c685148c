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
    store::{
        Store,
        read::{read, walk},
    },
};
use jeton_core::{id::TokenId, limits, name::Audience, policy::Policy};
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

/// Which tokens, and which of them next.
#[derive(Clone, Debug)]
struct Question {
    owner: Owner,
    audiences: Arc<[Audience]>,
    after: Cursor,
    /// The last that is wanted; `None` for as many as fit a page.
    until: Option<Cursor>,
    limit: i64,
}

/// A page of tokens as it was read: nothing in it is believed before it was checked ([`Store::checked`]).
#[derive(Debug)]
pub struct UncheckedPage {
    question: Question,
    rows: Rows,
    /// Where it ends; `None` where nothing was left.
    end: Option<Cursor>,
}

/// The rows of a page.
#[derive(Debug)]
enum Rows {
    /// A line for each.
    Packed(String),
    /// As they came.
    Whole(Vec<FoundRow>),
}

/// Where a page ended.
#[derive(Clone, Debug)]
pub struct EntitledPlace(Cursor);

impl UncheckedPage {
    /// Where the next page begins; `None` when there are no more.
    pub fn next(&self) -> Option<EntitledPlace> {
        self.end.clone().map(EntitledPlace)
    }
}

impl Store {
    /// At most `limit` tokens that come after a page, in the order of their issue, and are for one of `audiences`. Reading is one half
    /// of the work and checking the other, so that one page can be read while another is checked.
    pub async fn read_tokens_for(
        &self,
        owner: Owner,
        audiences: &Arc<[Audience]>,
        after: Option<EntitledPlace>,
        limit: usize,
    ) -> Result<UncheckedPage> {
        let limit = i64::try_from(limit.clamp(1, limits::PAGE_MAX * 20)).unwrap_or(i64::MAX);
        let after = after.map_or_else(Cursor::before_all, |place| place.0);
        let question = Question { owner, audiences: Arc::clone(audiences), after, until: None, limit };
        let nothing = (Rows::Whole(Vec::new()), None);
        let (rows, end) = if audiences.is_empty() { nothing } else { read!(self, link => fetch(link, &question))? };
        Ok(UncheckedPage { question, rows, end })
    }
    /// The tokens of a page. Each is true at the place in the change log that was its head before the page was read, or later.
    pub async fn checked(&self, page: UncheckedPage) -> Result<Vec<TokenRecord>> {
        let UncheckedPage { mut question, rows, end } = page;
        if let Some(records) = check_at_once(self.marks(), rows) {
            return Ok(records);
        }
        // What was read too early, or before a cut that is not known here yet, is read again: all up to where the page ended.
        question.until = end;
        let mut all = Vec::new();
        loop {
            let (records, reached) = read!(self, link => fetch_checked(link, self.marks(), &question))?;
            all.extend(records);
            let Some(reached) = reached else { return Ok(all) };
            question.after = reached;
        }
    }
    /// Those of these tokens that there are and the organisation has, in any order. One look-up for all of them: many at once must
    /// not take the readers away from whoever waits for one token.
    pub async fn tokens_named(&self, owner: Owner, ids: &[TokenId]) -> Result<Vec<TokenRecord>> {
        let named = id_list(ids);
        read!(self, link => fetch_named(link, self.marks(), owner, &named))
    }
    /// How many tokens an organisation has, dead ones included.
    pub async fn count_tokens_of(&self, owner: Owner) -> Result<u64> {
        walk!(self, link => count(link, owner))
    }
}

async fn count(link: &mut Link<'_>, owner: Owner) -> std::result::Result<u64, Fault> {
    let (count,) = fetch_one!(link, (i64,), "SELECT COUNT(*) FROM tokens WHERE organisation = $1", owner.to_string())?;
    Ok(count.unsigned_abs())
}

async fn fetch(link: &mut Link<'_>, question: &Question) -> std::result::Result<(Rows, Option<Cursor>), Fault> {
    /// The statement of a page up to its end, with what stands before its condition and what tells whether one text is within another.
    macro_rules! page {
        ($before:expr, $within:literal) => {{
            let mut sql = sqlx::QueryBuilder::new(concat!($before, " FROM tokens t WHERE t.organisation = "));
            sql.push_bind(question.owner.to_string());
            sql.push(" AND (t.issued_at, t.id) > (").push_bind(question.after.issued_at);
            sql.push(", ").push_bind(question.after.id.as_str()).push(")");
            for (at, audience) in question.audiences.iter().enumerate() {
                sql.push(if at == 0 { " AND (" } else { " OR " }).push($within).push_bind(line_of(audience)).push(") > 0");
            }
            sql.push(")");
            if let Some(until) = &question.until {
                sql.push(" AND (t.issued_at, t.id) <= (").push_bind(until.issued_at).push(", ").push_bind(until.id.as_str()).push(")");
            }
            sql.push(" ORDER BY t.issued_at, t.id LIMIT ").push_bind(question.limit);
            sql
        }};
    }
    match link {
        Link::Sqlite(own) => {
            let mut sql =
                page!(concat!("SELECT group_concat(line, char(10)) FROM (SELECT ", packed_columns!(), " AS line"), "instr(t.audiences, ");
            let page: Option<String> = sql.push(")").build_query_scalar().fetch_one(&mut **own).await?;
            let Some(lines) = page else { return Ok((Rows::Whole(Vec::new()), None)) };
            let last = lines.rsplit('\n').next().map(unpack).transpose()?;
            Ok((Rows::Packed(lines), last.map(|row| Cursor::at(&row.token))))
        }
        Link::Postgres(own) => {
            let mut sql = page!(concat!("SELECT ", found_columns!()), "strpos(t.audiences, ");
            let rows: Vec<FoundRow> = sql.build_query_as().fetch_all(&mut **own).await?;
            let end = rows.last().map(|row| Cursor::at(&row.token));
            Ok((Rows::Whole(rows), end))
        }
    }
}

impl Rows {
    fn open(self) -> std::result::Result<Vec<FoundRow>, Fault> {
        let lines = match self {
            Self::Whole(rows) => return Ok(rows),
            Self::Packed(lines) => lines,
        };
        let rows = lines.split('\n').map(unpack).collect::<std::result::Result<Vec<FoundRow>, Fault>>()?;
        // Where the last line says that the page ends, nothing may be left out.
        if !rows.is_sorted_by_key(|row| (row.token.issued_at, &row.token.id)) {
            return Err(Fault::Engine(sqlx::Error::Decode("a page of tokens is not in its order".into())));
        }
        Ok(rows)
    }
}

/// The tokens of rows that can be believed as they are; `None` where they must be read again.
fn check_at_once(marks: &Marks, rows: Rows) -> Option<Vec<TokenRecord>> {
    let mut rows = rows.open().ok()?;
    if !cut::is_known(marks, newest_cut(&rows)) {
        return None;
    }
    records(marks, &mut rows).ok()
}

async fn fetch_checked(
    link: &mut Link<'_>,
    marks: &Marks,
    question: &Question,
) -> std::result::Result<(Vec<TokenRecord>, Option<Cursor>), Fault> {
    let (rows, end) = fetch(link, question).await?;
    let mut rows = rows.open()?;
    cut::reach(link, marks, newest_cut(&rows)).await?;
    Ok((records(marks, &mut rows)?, end))
}

fn newest_cut(rows: &[FoundRow]) -> Option<i64> {
    rows.iter().filter_map(|row| row.cut).max()
}

async fn fetch_named(link: &mut Link<'_>, marks: &Marks, owner: Owner, named: &str) -> std::result::Result<Vec<TokenRecord>, Fault> {
    let text = with_ids!(link, found_columns!(), " AND t.organisation = $2");
    let mut rows = fetch_all!(link, FoundRow, text, named, owner.to_string())?;
    cut::reach(link, marks, newest_cut(&rows)).await?;
    records(marks, &mut rows)
}

/// What verifiers keep of these rows, once they are checked. Many tokens have the same policy: each is read once, and shared.
fn records(marks: &Marks, rows: &mut [FoundRow]) -> std::result::Result<Vec<TokenRecord>, Fault> {
    rows.iter_mut().try_for_each(|row| row.check(marks))?;
    let mut policies: HashMap<&str, Arc<Policy>> = HashMap::new();
    let mut records: Vec<TokenRecord> = Vec::with_capacity(rows.len());
    let mut last = "";
    for FoundRow { token, .. } in &*rows {
        let policy = match records.last() {
            Some(before) if last == token.policy => Arc::clone(&before.policy),
            _ => match policies.entry(&token.policy) {
                Entry::Occupied(known) => Arc::clone(known.get()),
                Entry::Vacant(place) => Arc::clone(place.insert(Arc::new(token.parse_policy()?))),
            },
        };
        last = &token.policy;
        records.push(token.record_with(policy)?);
    }
    Ok(records)
}
