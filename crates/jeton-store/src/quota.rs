//! What was spent of quotas whose window runs, kept across a restart. Written in batches, never per request.
//!
//! A row that does not carry its mark is reported, and its quota counts as spent whole until its window is over: an edit never
//! gives anything back.

use crate::{
    error::Result,
    fault::Fault,
    link::{Link, fetch_all, upsert_all},
    marks::Marks,
    store::{Store, read::read},
    writer::{Operation, Tx},
};
use jeton_core::{
    id::TokenId,
    limits,
    mark::MarkedFields,
    timestamp::{Span, Timestamp},
};

/// What a token has spent of one of its quotas in the window that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpentQuota {
    /// The token.
    pub token: TokenId,
    /// The window's length in seconds, which tells a token's quotas apart.
    pub refill_seconds: u32,
    /// When the window began.
    pub began_at: Timestamp,
    /// What was spent in it.
    pub used: u64,
}

/// One batch.
struct Keep(Vec<SpentQuota>);

/// A row as it lies in the table: id, token, length and beginning of the window, what was spent, mark.
type Row = (String, String, i64, i64, i64, Vec<u8>);

impl Store {
    /// Keeps what was spent. Of two processes that count for one token the one that spent more is kept.
    pub async fn keep_quotas(&self, spent: &[SpentQuota]) -> Result<()> {
        for batch in spent.chunks(limits::STEP_ROWS) {
            self.write(Keep(batch.to_vec())).await?;
        }
        Ok(())
    }
    /// What was spent in windows that run at `now`; of [`limits::SPENDERS_MAX`] quotas at most, as verifiers remember no more.
    pub async fn quotas_at(&self, now: Timestamp) -> Result<Vec<SpentQuota>> {
        let mut all = Vec::new();
        let mut after = String::new();
        while all.len() < limits::SPENDERS_MAX {
            let rows = read!(self, link => page(link, &after))?;
            let Some((last, ..)) = rows.last() else { break };
            after.clone_from(last);
            all.extend(rows.iter().filter_map(|row| believed(row, self.marks(), now)));
        }
        Ok(all)
    }
}

/// Those that are over are read too: whether a window is over is believed only of a row with its mark.
async fn page(link: &mut Link<'_>, after: &str) -> std::result::Result<Vec<Row>, Fault> {
    let find = "SELECT id, token, refill_seconds, began_at, used, mark FROM quota_uses WHERE id > $1 ORDER BY id LIMIT $2";
    Ok(fetch_all!(link, Row, find, after, limits::STEP_ROWS as i64)?)
}

/// What was spent of these quotas, whether their window is over or not.
pub(crate) async fn find(
    tx: &mut Tx<'_>,
    which: impl Iterator<Item = (TokenId, u32)>,
    now: Timestamp,
) -> std::result::Result<Vec<SpentQuota>, Fault> {
    let ids: Vec<String> = which.map(|(token, seconds)| id_of(token, seconds)).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = match &mut tx.link {
        Link::Sqlite(own) => {
            let find =
                "SELECT id, token, refill_seconds, began_at, used, mark FROM quota_uses WHERE id IN (SELECT value FROM json_each($1))";
            let ids = serde_json::to_string(&ids).unwrap_or_default();
            sqlx::query_as(find).bind(ids).fetch_all(&mut **own).await?
        }
        Link::Postgres(own) => {
            let find = "SELECT id, token, refill_seconds, began_at, used, mark FROM quota_uses WHERE id = ANY($1)";
            sqlx::query_as(find).bind(ids).fetch_all(&mut **own).await?
        }
    };
    let marks = tx.marks();
    Ok(rows.iter().filter_map(|row| read_row(row, marks, now)).collect())
}

/// Writes what was spent in place of what is there.
pub(crate) async fn replace(tx: &mut Tx<'_>, spent: &[SpentQuota]) -> std::result::Result<(), Fault> {
    let rows: Vec<Row> = spent.iter().map(|spent| row(tx.marks(), spent)).collect();
    upsert_all!(
        &mut tx.link,
        "INSERT INTO quota_uses (id, token, refill_seconds, began_at, used, mark) ",
        " ON CONFLICT (id) DO UPDATE SET began_at = excluded.began_at, used = excluded.used, mark = excluded.mark",
        rows.as_slice(),
        |values, row| bind!(values, row)
    )?;
    Ok(())
}

/// A row whose window runs at `now`.
fn believed(row: &Row, marks: &Marks, now: Timestamp) -> Option<SpentQuota> {
    read_row(row, marks, now).filter(|spent| spent.began_at.plus(Span::from_seconds(spent.refill_seconds)) > now)
}

/// A row, its mark checked; `None` where it names no quota at all.
fn read_row((id, token, refill_seconds, began_at, used, mark): &Row, marks: &Marks, now: Timestamp) -> Option<SpentQuota> {
    let fields = fields(id, token, *refill_seconds, *began_at, *used);
    if marks.check("quota_uses", id, &fields, mark).is_err() {
        return spent_whole(id, now);
    }
    Some(SpentQuota {
        token: TokenId::parse(token).ok()?,
        refill_seconds: u32::try_from(*refill_seconds).ok()?,
        began_at: Timestamp::from_micros(*began_at),
        used: u64::try_from(*used).ok()?,
    })
}

/// The quota that the key of a row names, spent whole in the window that runs now.
fn spent_whole(id: &str, now: Timestamp) -> Option<SpentQuota> {
    let (token, seconds) = id.split_once('.')?;
    let refill_seconds: u32 = seconds.parse().ok().filter(|seconds| *seconds > 0)?;
    let length = Span::from_seconds(refill_seconds).as_micros();
    let began_at = Timestamp::from_micros(now.as_micros().div_euclid(length).saturating_mul(length));
    Some(SpentQuota { token: TokenId::parse(token).ok()?, refill_seconds, began_at, used: limits::ALLOWANCE_MAX })
}

fn id_of(token: TokenId, refill_seconds: u32) -> String {
    format!("{token}.{refill_seconds}")
}

/// What was spent, as it lies in the table.
fn row(marks: &Marks, spent: &SpentQuota) -> Row {
    let (id, token) = (id_of(spent.token, spent.refill_seconds), spent.token.to_string());
    let (refill_seconds, began_at) = (i64::from(spent.refill_seconds), spent.began_at.as_micros());
    let used = i64::try_from(spent.used).unwrap_or(i64::MAX);
    let mark = marks.mark(&fields(&id, &token, refill_seconds, began_at, used));
    (id, token, refill_seconds, began_at, used, mark)
}

/// Binds the columns of a row.
macro_rules! bind {
    ($values:ident, $row:ident) => {
        $values
            .push_bind($row.0.as_str())
            .push_bind($row.1.as_str())
            .push_bind($row.2)
            .push_bind($row.3)
            .push_bind($row.4)
            .push_bind($row.5.as_slice())
    };
}
use bind;

fn fields(id: &str, token: &str, refill_seconds: i64, began_at: i64, used: i64) -> MarkedFields {
    MarkedFields::of("quota_uses").text(id).text(token).number(refill_seconds).number(began_at).number(used)
}

impl Operation for Keep {
    type Answer = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<(), Fault> {
        let rows: Vec<Row> = self.0.iter().map(|spent| row(tx.marks(), spent)).collect();
        upsert_all!(
            &mut tx.link,
            "INSERT INTO quota_uses (id, token, refill_seconds, began_at, used, mark) ",
            " ON CONFLICT (id) DO UPDATE SET began_at = excluded.began_at, used = excluded.used, mark = excluded.mark \
              WHERE excluded.began_at > quota_uses.began_at \
              OR (excluded.began_at = quota_uses.began_at AND excluded.used > quota_uses.used)",
            rows.as_slice(),
            |values, row| bind!(values, row)
        )?;
        Ok(())
    }
}
