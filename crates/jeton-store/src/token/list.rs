//! Lists of tokens, the newest first: a cursor over an index, so that a page costs the same wherever it lies.

use super::{Owner, TokenDetail, TokenFilter, TokenRow, row::columns};
use crate::{
    cut,
    error::{Result, StoreError},
    fault::Fault,
    link::{Link, each},
    marks::Marks,
    page::{Page, PageRequest},
    store::{Engine, Store, read::read},
};
use jeton_core::{facts::TokenState, id::TokenId, name::Audience};

impl Store {
    /// Lists an organisation's tokens, the newest first.
    pub async fn list_tokens(&self, owner: Owner, filter: &TokenFilter, page: &PageRequest) -> Result<Page<TokenDetail>> {
        let after = page.after.as_deref().map(Cursor::parse).transpose()?;
        let question = Question { owner, filter, after, limit: page.limit(), engine: self.engine() };
        let rows = read!(self, link => fetch(link, self.marks(), &question))?;
        let Page { items, next } = Page::cut(rows, question.limit, Cursor::of);
        let mut items = items.into_iter().map(|row| row.detail().map_err(StoreError::from)).collect::<Result<Vec<_>>>()?;
        let ids: Vec<TokenId> = items.iter().map(|detail| detail.record.id).collect();
        for used in self.last_uses(&ids).await? {
            if let Some(detail) = items.iter_mut().find(|detail| detail.record.id == used.token) {
                detail.last_use = Some(used);
            }
        }
        Ok(Page { items, next })
    }
}

struct Question<'q> {
    owner: Owner,
    filter: &'q TokenFilter,
    after: Option<Cursor>,
    limit: usize,
    engine: Engine,
}

/// Where a page ended: the instant of issue and the id of its last token.
struct Cursor {
    issued_at: i64,
    id: String,
}

impl Cursor {
    fn of(row: &TokenRow) -> String {
        format!("{}.{}", row.issued_at, row.id)
    }
    fn parse(text: &str) -> Result<Self> {
        let parts = text.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, TokenId::parse(id).ok()?)));
        let (issued_at, id) = parts.ok_or(crate::StoreError::BadCursor)?;
        Ok(Self { issued_at, id: id.to_string() })
    }
}

/// Adds what the filter and the cursor ask for. A macro because a builder belongs to one engine.
macro_rules! narrow {
    ($sql:ident, $question:ident) => {
        let filter = $question.filter;
        if let Some(kind) = filter.kind {
            $sql.push(" AND t.kind = ").push_bind(kind.as_str());
        }
        match filter.state {
            Some(TokenState::Revoked) => {
                $sql.push(" AND (t.state = 'revoked' OR ").push(cut::covered($question.engine)).push(")");
            }
            Some(state) => {
                $sql.push(" AND t.state = ").push_bind(state.as_str()).push(" AND NOT ").push(cut::covered($question.engine));
            }
            None => {}
        }
        if let Some(subject) = &filter.subject {
            $sql.push(" AND t.subject = ").push_bind(subject.as_str());
        }
        if let Some(project) = filter.project {
            $sql.push(" AND t.project = ").push_bind(project.to_string());
        }
        if let Some(parent) = filter.parent {
            $sql.push(" AND t.parent = ").push_bind(parent.to_string());
        }
        if let Some(hint) = &filter.hint {
            $sql.push(" AND t.hint = ").push_bind(hint.as_str());
        }
        if let Some(audience) = &filter.audience {
            let within = match $question.engine {
                Engine::Sqlite => " AND instr(t.audiences, ",
                Engine::Postgres => " AND strpos(t.audiences, ",
            };
            $sql.push(within).push_bind(line_of(audience)).push(") > 0");
        }
        if let Some((expired, at)) = filter.expired_at {
            let rule = if expired { " AND t.expires_at <= " } else { " AND COALESCE(t.expires_at, 9223372036854775807) > " };
            $sql.push(rule).push_bind(at.as_micros());
        }
        if let Some(after) = &$question.after {
            $sql.push(" AND (t.issued_at, t.id) < (").push_bind(after.issued_at).push(", ").push_bind(after.id.as_str()).push(")");
        }
    };
}

/// An audience as it stands in the column that is searched.
pub(crate) fn line_of(audience: &Audience) -> String {
    format!("\n{audience}\n")
}

async fn fetch(link: &mut Link<'_>, marks: &Marks, question: &Question<'_>) -> std::result::Result<Vec<TokenRow>, Fault> {
    cut::refresh(link, marks).await?;
    let mut rows = each!(link, c => {
        let mut sql = sqlx::QueryBuilder::new(concat!("SELECT ", columns!(), " FROM tokens t WHERE t.organisation = "));
        sql.push_bind(question.owner.to_string());
        narrow!(sql, question);
        sql.push(" ORDER BY t.issued_at DESC, t.id DESC LIMIT ").push_bind(i64::try_from(question.limit).unwrap_or(i64::MAX).saturating_add(1));
        sql.build_query_as::<TokenRow>().fetch_all(c).await
    })?;
    rows.iter_mut().try_for_each(|row| row.check(marks))?;
    Ok(rows)
}
