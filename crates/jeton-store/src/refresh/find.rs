//! Reading a family before a refresh.

use super::{FoundFamily, spent};
use crate::{
    fault::Fault,
    link::{Link, fetch_all},
    marks::Marks,
    token::{TokenRow, columns},
};
use jeton_core::{id::TokenId, kind::TokenKind, token_text::TokenDigest};

pub(super) async fn find(
    link: &mut Link<'_>,
    marks: &Marks,
    family: TokenId,
    presented: &TokenDigest,
) -> Result<Option<FoundFamily>, Fault> {
    let rows = fetch_all!(
        link,
        TokenRow,
        concat!(
            "SELECT ",
            columns!(),
            " FROM tokens t WHERE t.id = $1 UNION ALL SELECT ",
            columns!(),
            " FROM tokens t WHERE t.id = (SELECT parent FROM tokens WHERE id = $1)"
        ),
        family.digits(),
    )?;
    let (mut own, mut above): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.id == family.digits());
    let (Some(mut row), Some(mut grant)) = (own.pop(), above.pop()) else { return Ok(None) };
    row.check(marks)?;
    if !is_family(&row) {
        return Ok(None);
    }
    grant.check(marks)?;
    let family = row.detail()?;
    let is_current = family.record.secrets.current.matches(presented);
    let spent = if is_current { None } else { spent::find(link, family.record.id, presented).await? };
    Ok(Some(FoundFamily { family, grant: grant.detail()?, spent }))
}

/// Whether a row is of a refresh family.
pub(super) fn is_family(row: &TokenRow) -> bool {
    row.kind == TokenKind::Ort.as_str()
}
