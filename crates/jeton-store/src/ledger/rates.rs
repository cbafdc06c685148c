//! What was spent of rates that nodes share.

use crate::{
    error::Result,
    fault::Fault,
    link::{Link, fetch_all, upsert_all},
    marks::Marks,
    store::{Store, read::read},
    writer::{Operation, Tx},
};
use jeton_core::{
    allowance::{Rate, RateState},
    lease::{LeaseAsk, LimitId, Measure, Payer},
    limits,
    mark::MarkedFields,
    timestamp::Timestamp,
};
use std::collections::BTreeMap;

/// What was spent of one rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpentRate {
    /// Who spends it.
    pub payer: Payer,
    /// The rate's window in seconds.
    pub per_seconds: u32,
    /// What was spent.
    pub state: RateState,
}

/// A row as it lies in the table: id, when the rate is whole again, mark.
type Row = (String, i64, Vec<u8>);

impl Store {
    /// Keeps what was spent of rates, for those who share them from now on. Of a rate that is known already the more is kept.
    pub async fn keep_rates(&self, spent: &[SpentRate]) -> Result<()> {
        for batch in spent.chunks(limits::STEP_ROWS) {
            self.write(Keep(batch.to_vec())).await?;
        }
        Ok(())
    }
    /// What was spent of rates that are not whole at `now`; of [`limits::SPENDERS_MAX`] at most.
    pub async fn rates_at(&self, now: Timestamp) -> Result<Vec<SpentRate>> {
        let (mut all, mut after) = (Vec::new(), String::new());
        while all.len() < limits::SPENDERS_MAX {
            let rows = read!(self, link => page(link, &after))?;
            let Some((last, ..)) = rows.last() else { break };
            after.clone_from(last);
            all.extend(rows.iter().filter_map(|row| believed(row, self.marks())).filter(|spent| !spent.state.is_whole_at(now)));
        }
        Ok(all)
    }
}

async fn page(link: &mut Link<'_>, after: &str) -> std::result::Result<Vec<Row>, Fault> {
    let find = "SELECT id, next_at, mark FROM rate_uses WHERE id > $1 ORDER BY id LIMIT $2";
    Ok(fetch_all!(link, Row, find, after, limits::STEP_ROWS as i64)?)
}

/// A row, its mark checked; `None` where it is not to be believed.
fn believed((id, next_at, mark): &Row, marks: &Marks) -> Option<SpentRate> {
    marks.check("rate_uses", id, &fields(id, *next_at), mark).ok()?;
    let (payer, seconds) = id.rsplit_once('.')?;
    Some(SpentRate { payer: payer.parse().ok()?, per_seconds: seconds.parse().ok()?, state: RateState::from_micros(*next_at) })
}

fn id_of(payer: Payer, seconds: u32) -> String {
    format!("{payer}.{seconds}")
}

fn fields(id: &str, next_at: i64) -> MarkedFields {
    MarkedFields::of("rate_uses").text(id).number(next_at)
}

/// What was spent of the asked rates, as far as something was.
pub(super) async fn states(tx: &mut Tx<'_>, asks: &[LeaseAsk], now: Timestamp) -> std::result::Result<BTreeMap<LimitId, RateState>, Fault> {
    let rate = |ask: &LeaseAsk| match ask.limit {
        Measure::Rate(rate) => Some((id_of(ask.payer, rate.per_seconds), (ask.id(), rate))),
        Measure::Quota(_) => None,
    };
    let asked: BTreeMap<String, (LimitId, Rate)> = asks.iter().filter_map(rate).collect();
    if asked.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids: Vec<&str> = asked.keys().map(String::as_str).collect();
    let rows = find(&mut tx.link, &ids).await?;
    let marks = tx.marks();
    let state = |row: Row| {
        let (id, rate) = asked.get(&row.0)?;
        let state = believed(&row, marks).map_or_else(|| spent_whole(rate, now), |spent| spent.state);
        Some((*id, state))
    };
    Ok(rows.into_iter().filter_map(state).collect())
}

async fn find(link: &mut Link<'_>, ids: &[&str]) -> std::result::Result<Vec<Row>, Fault> {
    match link {
        Link::Sqlite(own) => {
            let find = "SELECT id, next_at, mark FROM rate_uses WHERE id IN (SELECT value FROM json_each($1))";
            let ids = serde_json::to_string(ids).unwrap_or_default();
            Ok(sqlx::query_as(find).bind(ids).fetch_all(&mut **own).await?)
        }
        Link::Postgres(own) => {
            let find = "SELECT id, next_at, mark FROM rate_uses WHERE id = ANY($1)";
            Ok(sqlx::query_as(find).bind(ids).fetch_all(&mut **own).await?)
        }
    }
}

/// A rate of which all that may come at once has just been spent.
fn spent_whole(rate: &Rate, now: Timestamp) -> RateState {
    let mut state = RateState::default();
    let all = LeaseAsk {
        payer: Payer::Token(jeton_core::id::TokenId::from_random([0; 16])),
        limit: Measure::Rate(*rate),
        least: 0,
        wanted: u64::MAX,
        ahead: 0,
        below: None,
    };
    rate.lease_at(&mut state, &all, now);
    state
}

/// Writes states in place of what is there.
pub(super) async fn write(tx: &mut Tx<'_>, states: &BTreeMap<LimitId, RateState>) -> std::result::Result<(), Fault> {
    let rows: Vec<Row> = states.iter().map(|(id, state)| row(tx.marks(), id.payer, id.seconds, *state)).collect();
    upsert_all!(
        &mut tx.link,
        "INSERT INTO rate_uses (id, next_at, mark) ",
        " ON CONFLICT (id) DO UPDATE SET next_at = excluded.next_at, mark = excluded.mark",
        rows.as_slice(),
        |values, row| values.push_bind(row.0.as_str()).push_bind(row.1).push_bind(row.2.as_slice())
    )?;
    Ok(())
}

fn row(marks: &Marks, payer: Payer, seconds: u32, state: RateState) -> Row {
    let (id, next_at) = (id_of(payer, seconds), state.as_micros());
    let mark = marks.mark(&fields(&id, next_at));
    (id, next_at, mark)
}

struct Keep(Vec<SpentRate>);

impl Operation for Keep {
    type Answer = ();
    const ONLY_ISSUES: bool = true;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<(), Fault> {
        let marks = tx.marks();
        let rows: Vec<Row> = self.0.iter().map(|spent| row(marks, spent.payer, spent.per_seconds, spent.state)).collect();
        upsert_all!(
            &mut tx.link,
            "INSERT INTO rate_uses (id, next_at, mark) ",
            " ON CONFLICT (id) DO UPDATE SET next_at = excluded.next_at, mark = excluded.mark WHERE excluded.next_at > rate_uses.next_at",
            rows.as_slice(),
            |values, row| values.push_bind(row.0.as_str()).push_bind(row.1).push_bind(row.2.as_slice())
        )?;
        Ok(())
    }
}
