//! Places in a list whose tokens' rows do not carry their marks: nobody can say that these are valid. Bounded, row by row.

use crate::{
    error::StoreError,
    fault::Fault,
    link::{Link, fetch_all},
    marks::Marks,
    row::from_row,
    token::{TokenRow, columns, load},
};
use jeton_core::id::TokenId;
use sqlx::Row;
use std::collections::HashMap;

/// A token's row with its place.
struct Placed {
    slot: i64,
    token: TokenRow,
}

from_row!(Placed, row => Self { slot: row.try_get("slot")?, token: sqlx::FromRow::from_row(row)? });

const PLACED: &str = concat!(
    "SELECT s.slot, ",
    columns!(),
    " FROM status_slots s JOIN tokens t ON t.id = s.token WHERE s.list = $1 AND s.slot > $2 ORDER BY s.slot LIMIT $3"
);

/// What is known of what tokens hang on: whether it is true, and what it hangs on in turn.
type Parents = HashMap<TokenId, (bool, Option<TokenId>)>;

/// The untrue places among the next `limit`, and the last that was looked at.
pub(super) async fn find(
    link: &mut Link<'_>,
    marks: &Marks,
    list: u32,
    after: Option<u32>,
    limit: usize,
) -> Result<(Vec<u32>, Option<u32>), Fault> {
    let after = after.map_or(-1, i64::from);
    let rows = fetch_all!(link, Placed, PLACED, i64::from(list), after, i64::try_from(limit).unwrap_or(i64::MAX))?;
    let last = rows.last().filter(|_| rows.len() >= limit).and_then(|row| u32::try_from(row.slot).ok());
    let (mut untrue, mut parents) = (Vec::new(), Parents::new());
    for Placed { slot, mut token } in rows {
        let own = is_true(token.check(marks))?;
        let parent = token.parent.as_deref().and_then(|id| TokenId::parse(id).ok());
        if !own || !are_true(link, marks, parent, &mut parents).await? {
            untrue.extend(u32::try_from(slot));
        }
    }
    Ok((untrue, last))
}

/// Whether a row, and each above it, carries its mark. Each is read once.
async fn are_true(link: &mut Link<'_>, marks: &Marks, mut next: Option<TokenId>, known: &mut Parents) -> Result<bool, Fault> {
    while let Some(id) = next {
        let found = match known.get(&id) {
            Some(found) => *found,
            None => {
                let row = load(link, marks, id).await;
                let above = row.as_ref().ok().and_then(Option::as_ref).and_then(|row| row.parent.as_deref());
                let above = above.and_then(|id| TokenId::parse(id).ok());
                let found = (is_true(row.map(drop))?, above);
                known.insert(id, found);
                found
            }
        };
        if !found.0 {
            return Ok(false);
        }
        next = found.1;
    }
    Ok(true)
}

fn is_true(checked: Result<(), Fault>) -> Result<bool, Fault> {
    match checked {
        Ok(()) => Ok(true),
        Err(Fault::Refused(StoreError::Tampered { .. }) | Fault::Contradicted { .. }) => Ok(false),
        Err(fault) => Err(fault),
    }
}
