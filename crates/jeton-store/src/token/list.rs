//! Lists of tokens, the newest first: a cursor over an index, so that a page costs the same wherever it lies.

use super::{
    Owner, TokenDetail, TokenFilter, TokenRow,
    filter::{Part, found_by_index, looked_at},
    row::columns,
};
use crate::{
    cut,
    error::{Result, StoreError},
    fault::Fault,
    link::{Link, each},
    marks::Marks,
    page::{Page, PageRequest},
    store::{Engine, Store, read::read},
};
use jeton_core::{id::TokenId, kind::TokenKind, limits, name::Audience, timestamp::Timestamp};

impl Store {
    /// Lists an organisation's tokens, the newest first. Where no index leads to all that is asked for, a page looks at a bounded number
    /// of rows: it may hold less than was asked for, or nothing, and still be followed by another.
    pub async fn list_tokens(&self, owner: Owner, filter: &TokenFilter, page: &PageRequest) -> Result<Page<TokenDetail>> {
        let after = page.after.as_deref().map(Cursor::parse).transpose()?;
        let filter = &filter.heeding_cuts(self.marks(), owner);
        let question = Question { owner, filter, after, limit: page.limit(), engine: self.engine() };
        let Looked { rows, stopped_at } = read!(self, link => fetch(link, self.marks(), &question))?;
        let Page { items, next } = Page::cut(rows, question.limit, Cursor::of);
        let next = next.or_else(|| stopped_at.map(|cursor| cursor.to_text()));
        let mut items = items.into_iter().map(|row| row.detail().map_err(StoreError::from)).collect::<Result<Vec<_>>>()?;
        items.retain(|detail| filter.fits(detail));
        let ids: Vec<TokenId> = items.iter().map(|detail| detail.record.id).collect();
        for used in self.last_uses(&ids).await? {
            if let Some(detail) = items.iter_mut().find(|detail| detail.record.id == used.token) {
                detail.last_use = Some(used);
            }
        }
        Ok(Page { items, next })
    }
}

pub(super) struct Question<'q> {
    pub(super) owner: Owner,
    pub(super) filter: &'q TokenFilter,
    pub(super) after: Option<Cursor>,
    pub(super) limit: usize,
    pub(super) engine: Engine,
}

/// Where a page ended: the instant of issue and the id of its last token, and the part of a list in parts that it is in.
#[derive(Clone, Debug)]
pub(super) struct Cursor {
    pub(super) issued_at: i64,
    pub(super) id: String,
    part: Part,
}

/// How a cursor ends that lies in the second part.
const PASSING: &str = ".passing";

impl Cursor {
    pub(super) fn of(row: &TokenRow) -> String {
        Self::at(row).to_text()
    }
    pub(super) fn at(row: &TokenRow) -> Self {
        let part = TokenKind::parse(&row.kind).map_or(Part::Lasting, Part::of);
        Self { issued_at: row.issued_at, id: row.id.clone(), part }
    }
    /// Before the oldest token of all.
    pub(super) const fn before_all() -> Self {
        Self { issued_at: i64::MIN, id: String::new(), part: Part::Lasting }
    }
    pub(super) fn to_text(&self) -> String {
        let part = if self.part == Part::Passing { PASSING } else { "" };
        format!("{}.{}{part}", self.issued_at, self.id)
    }
    pub(super) fn parse(text: &str) -> Result<Self> {
        let (text, part) = text.strip_suffix(PASSING).map_or((text, Part::Lasting), |text| (text, Part::Passing));
        let parts = text.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, TokenId::parse(id).ok()?)));
        let (issued_at, id) = parts.ok_or(crate::StoreError::BadCursor)?;
        Ok(Self { issued_at, id: id.to_string(), part })
    }
    /// Where a part begins of which this is the cursor; `None` where the page before had not come to it.
    fn within(&self, part: Option<Part>) -> Option<Self> {
        part.is_none_or(|part| part == self.part).then(|| self.clone())
    }
}

/// The instant of issue at which a page of a list ended, by its cursor: nothing that is younger is behind it.
pub fn issued_at_of(cursor: &str) -> Option<Timestamp> {
    Cursor::parse(cursor).ok().map(|cursor| Timestamp::from_micros(cursor.issued_at))
}

/// Adds where the page begins.
macro_rules! after {
    ($sql:ident, $question:ident) => {
        if let Some(after) = &$question.after {
            $sql.push(" AND (t.issued_at, t.id) < (").push_bind(after.issued_at).push(", ").push_bind(after.id.as_str()).push(")");
        }
    };
}

/// An audience as it stands in the column that is searched.
pub(crate) fn line_of(audience: &Audience) -> String {
    format!("\n{audience}\n")
}

/// What a page found: its rows, and where it stopped looking, where it looked at as many as one page may.
#[derive(Default)]
pub(super) struct Looked {
    pub(super) rows: Vec<TokenRow>,
    pub(super) stopped_at: Option<Cursor>,
}

pub(super) async fn fetch(link: &mut Link<'_>, marks: &Marks, question: &Question<'_>) -> std::result::Result<Looked, Fault> {
    cut::refresh(link, marks).await?;
    let mut found = Looked::default();
    for filter in question.filter.parts() {
        let after = question.after.as_ref();
        if filter.part == Some(Part::Lasting) && after.is_some_and(|after| after.part == Part::Passing) {
            continue;
        }
        let (after, limit) = (after.and_then(|after| after.within(filter.part)), question.limit.saturating_sub(found.rows.len()));
        let looked = fetch_part(link, marks, &Question { filter: &filter, after, limit, ..*question }).await?;
        found.rows.extend(looked.rows);
        found.stopped_at = looked.stopped_at;
        if found.rows.len() > question.limit || found.stopped_at.is_some() {
            break;
        }
    }
    Ok(found)
}

async fn fetch_part(link: &mut Link<'_>, marks: &Marks, question: &Question<'_>) -> std::result::Result<Looked, Fault> {
    let wanted = i64::try_from(question.limit).unwrap_or(i64::MAX).saturating_add(1);
    let (looks, owned) = (question.filter.looks_at_rows(), question.filter.owned(question.engine));
    let mut rows = each!(link, c => {
        let mut sql = sqlx::QueryBuilder::new(concat!("SELECT ", columns!(), " FROM "));
        if looks {
            sql.push("(SELECT * FROM tokens t WHERE ").push(owned).push_bind(question.owner.to_string());
            found_by_index!(sql, question.filter, question.engine, Some(question.filter.lead()));
            after!(sql, question);
            sql.push(" ORDER BY t.issued_at DESC, t.id DESC LIMIT ").push_bind(limits::LIST_SCAN_MAX).push(") t WHERE 1 = 1");
            found_by_index!(sql, question.filter, question.engine, None);
            looked_at!(sql, question.filter, question.engine);
        } else {
            sql.push("tokens t WHERE ").push(owned).push_bind(question.owner.to_string());
            found_by_index!(sql, question.filter, question.engine, None);
            after!(sql, question);
        }
        sql.push(" ORDER BY t.issued_at DESC, t.id DESC LIMIT ").push_bind(wanted);
        sql.build_query_as::<TokenRow>().fetch_all(c).await
    })?;
    rows.iter_mut().try_for_each(|row| row.check(marks))?;
    let is_full = i64::try_from(rows.len()).is_ok_and(|found| found >= wanted);
    let stopped_at = if looks && !is_full { last_looked_at(link, question).await? } else { None };
    Ok(Looked { rows, stopped_at })
}

/// The last row that a page looked at, where there may be more behind it.
async fn last_looked_at(link: &mut Link<'_>, question: &Question<'_>) -> std::result::Result<Option<Cursor>, Fault> {
    let last = each!(link, c => {
        let mut sql = sqlx::QueryBuilder::new("SELECT t.issued_at, t.id FROM tokens t WHERE ");
        sql.push(question.filter.owned(question.engine)).push_bind(question.owner.to_string());
        found_by_index!(sql, question.filter, question.engine, Some(question.filter.lead()));
        after!(sql, question);
        sql.push(" ORDER BY t.issued_at DESC, t.id DESC LIMIT 1 OFFSET ").push_bind(limits::LIST_SCAN_MAX - 1);
        sql.build_query_as::<(i64, String)>().fetch_optional(c).await
    })?;
    let part = question.filter.part.unwrap_or(Part::Lasting);
    Ok(last.map(|(issued_at, id)| Cursor { issued_at, id, part }))
}
