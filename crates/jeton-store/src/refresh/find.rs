//! Reading a family before a refresh.

use super::{FoundFamily, spent};
use crate::{
    fault::Fault,
    link::Link,
    marks::Marks,
    token::{TokenRow, load},
};
use jeton_core::{id::TokenId, kind::TokenKind, token_text::TokenDigest};

pub(super) async fn find(
    link: &mut Link<'_>,
    marks: &Marks,
    family: TokenId,
    presented: &TokenDigest,
) -> Result<Option<FoundFamily>, Fault> {
    let Some(row) = load(link, marks, family).await?.filter(is_family) else { return Ok(None) };
    let Some(grant) = row.parse_policy()?.parent else { return Ok(None) };
    let Some(grant) = load(link, marks, grant).await? else { return Ok(None) };
    let family = row.detail()?;
    let is_current = family.record.secrets.current.matches(presented);
    let spent = if is_current { None } else { spent::find(link, family.record.id, presented).await? };
    Ok(Some(FoundFamily { family, grant: grant.detail()?, spent }))
}

/// Whether a row is of a refresh family.
pub(super) fn is_family(row: &TokenRow) -> bool {
    row.kind == TokenKind::Ort.as_str()
}
