//! Writing a batch of use: in parts, each in one transaction with a note that it is written, so that a batch that is tried
//! again after an unknown outcome counts once.

use super::{LastUse, RefusalRow, UsageBatch, UsageDelta};
use crate::{
    error::Result,
    fault::Fault,
    link::{execute, upsert_all},
    outside::hex,
    store::Store,
    writer::{Operation, Tx},
};
use jeton_core::{id::TokenId, limits, timestamp::Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Rows of one part.
const PART_ROWS: usize = 1000;

/// One part of a batch.
struct Part {
    batch: String,
    number: i64,
    at: Timestamp,
    deltas: Vec<UsageDelta>,
    last: Vec<LastUse>,
    refusals: Vec<RefusalRow>,
    sightings: Vec<Sighted>,
}

/// A token's first use from a network.
#[derive(Clone)]
pub(super) struct Sighted {
    pub(super) token: TokenId,
    pub(super) network: String,
    at: Timestamp,
}

impl Store {
    /// Adds a batch to what is stored. May be called again with the same batch until it answers that it is done: nothing is
    /// counted twice and nothing is lost.
    pub async fn flush_usage(&self, batch: &UsageBatch) -> Result<()> {
        let memory = &self.shared().sightings;
        for part in parts(batch, |token, network| memory.is_new(token, network)) {
            let sightings = part.sightings.clone();
            self.write(part).await?;
            memory.wrote(&sightings);
        }
        Ok(())
    }
}

/// Cuts a batch into parts, the same ones each time, but for sightings that were written meanwhile.
fn parts(batch: &UsageBatch, is_new: impl Fn(TokenId, &str) -> bool) -> Vec<Part> {
    let name = hex(&batch.id.0);
    let deltas = merged(&batch.deltas);
    let last = newest(&batch.last);
    let count = [deltas.len(), last.len(), batch.refusals.len()].into_iter().max().unwrap_or_default().div_ceil(PART_ROWS);
    let newest_at = last.iter().map(|last| last.at).chain(batch.refusals.iter().map(|row| row.at));
    let at = newest_at.chain(deltas.iter().map(|delta| delta.hour)).max().unwrap_or_default();
    let stretch = |number: usize| move |length: usize| (number * PART_ROWS).min(length)..((number + 1) * PART_ROWS).min(length);
    let part = |number: usize| {
        let range = stretch(number);
        let own_deltas = deltas.get(range(deltas.len())).unwrap_or_default();
        Part {
            batch: name.clone(),
            number: i64::try_from(number).unwrap_or(i64::MAX),
            at,
            deltas: own_deltas.to_vec(),
            last: last.get(range(last.len())).unwrap_or_default().to_vec(),
            refusals: batch.refusals.get(range(batch.refusals.len())).unwrap_or_default().to_vec(),
            sightings: sightings(own_deltas, &is_new),
        }
    };
    (0..count).map(part).collect()
}

/// One delta for each counter, in order: no statement may touch a row twice.
fn merged(deltas: &[UsageDelta]) -> Vec<UsageDelta> {
    fn key(delta: &UsageDelta) -> (TokenId, Timestamp, &str, &str, &str, bool) {
        (delta.token, delta.hour, &delta.outcome, &delta.route, &delta.network, delta.previous_secret)
    }
    let mut ordered: Vec<&UsageDelta> = deltas.iter().collect();
    ordered.sort_unstable_by(|one, other| key(one).cmp(&key(other)));
    let mut merged: Vec<UsageDelta> = Vec::with_capacity(ordered.len());
    for delta in ordered {
        match merged.last_mut() {
            Some(own) if key(own) == key(delta) => own.count = own.count.saturating_add(delta.count),
            _ => merged.push(delta.clone()),
        }
    }
    merged
}

/// The sightings that these counters tell of, in order, where they are new.
fn sightings(deltas: &[UsageDelta], is_new: impl Fn(TokenId, &str) -> bool) -> Vec<Sighted> {
    let mut first: BTreeMap<(TokenId, &str), Timestamp> = BTreeMap::new();
    for delta in deltas.iter().filter(|delta| is_new(delta.token, &delta.network)) {
        let hour = first.entry((delta.token, &delta.network)).or_insert(delta.hour);
        *hour = delta.hour.min(*hour);
    }
    first.into_iter().map(|((token, network), at)| Sighted { token, network: network.to_owned(), at }).collect()
}

/// One last use for each token: the newest, with the newest use of the previous secret.
fn newest(last: &[LastUse]) -> Vec<LastUse> {
    let mut ordered: Vec<&LastUse> = last.iter().collect();
    ordered.sort_by_key(|use_| use_.token);
    let mut newest: Vec<LastUse> = Vec::with_capacity(ordered.len());
    for use_ in ordered {
        let Some(own) = newest.last_mut().filter(|own| own.token == use_.token) else {
            newest.push(use_.clone());
            continue;
        };
        let previous = if own.previous_secret_at >= use_.previous_secret_at { &*own } else { use_ };
        let previous = (previous.previous_secret_at, previous.previous_secret_ip.clone());
        if use_.at > own.at {
            own.clone_from(use_);
        }
        (own.previous_secret_at, own.previous_secret_ip) = previous;
    }
    newest
}

impl Operation for Part {
    type Answer = ();

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<(), Fault> {
        let first = "INSERT INTO usage_parts (batch, part, at) VALUES ($1, $2, $3) ON CONFLICT (batch, part) DO NOTHING";
        if execute!(&mut tx.link, first, self.batch.as_str(), self.number, self.at.as_micros())? == 0 {
            return Ok(());
        }
        self.count(tx).await?;
        self.note_last_uses(tx).await?;
        self.note_sightings(tx).await?;
        super::refusal::keep(tx, &self.refusals).await
    }
}

impl Part {
    async fn count(&self, tx: &mut Tx<'_>) -> std::result::Result<(), Fault> {
        upsert_all!(
            &mut tx.link,
            "INSERT INTO usage_rollups (token, hour, outcome, route, network, previous_secret, count) ",
            " ON CONFLICT (token, hour, outcome, route, network, previous_secret) \
              DO UPDATE SET count = usage_rollups.count + excluded.count",
            self.deltas.as_slice(),
            |values, row| values
                .push_bind(row.token.to_string())
                .push_bind(row.hour.as_micros())
                .push_bind(row.outcome.as_str())
                .push_bind(row.route.as_str())
                .push_bind(row.network.as_str())
                .push_bind(i64::from(row.previous_secret))
                .push_bind(i64::try_from(row.count).unwrap_or(i64::MAX))
        )?;
        Ok(())
    }
    /// The newest wins, whichever process wrote it and in which order batches come.
    async fn note_last_uses(&self, tx: &mut Tx<'_>) -> std::result::Result<(), Fault> {
        upsert_all!(
            &mut tx.link,
            "INSERT INTO last_uses (token, at, client_ip, user_agent, previous_secret_at, previous_secret_ip) ",
            " ON CONFLICT (token) DO UPDATE SET \
              client_ip = CASE WHEN excluded.at >= last_uses.at THEN excluded.client_ip ELSE last_uses.client_ip END, \
              user_agent = CASE WHEN excluded.at >= last_uses.at THEN excluded.user_agent ELSE last_uses.user_agent END, \
              at = CASE WHEN excluded.at >= last_uses.at THEN excluded.at ELSE last_uses.at END, \
              previous_secret_ip = CASE WHEN COALESCE(excluded.previous_secret_at, -1) >= COALESCE(last_uses.previous_secret_at, -1) \
                THEN excluded.previous_secret_ip ELSE last_uses.previous_secret_ip END, \
              previous_secret_at = CASE WHEN COALESCE(excluded.previous_secret_at, -1) >= COALESCE(last_uses.previous_secret_at, -1) \
                THEN excluded.previous_secret_at ELSE last_uses.previous_secret_at END",
            self.last.as_slice(),
            |values, row| values
                .push_bind(row.token.to_string())
                .push_bind(row.at.as_micros())
                .push_bind(row.client_ip.as_deref())
                .push_bind(row.user_agent.as_deref())
                .push_bind(row.previous_secret_at.map(Timestamp::as_micros))
                .push_bind(row.previous_secret_ip.as_deref())
        )?;
        Ok(())
    }
    /// Networks that a token was not seen from before; bounded per token, so that a walk over addresses does not fill the disk.
    async fn note_sightings(&self, tx: &mut Tx<'_>) -> std::result::Result<(), Fault> {
        upsert_all!(
            &mut tx.link,
            "INSERT INTO first_sightings (token, network, at) ",
            " ON CONFLICT (token, network) DO NOTHING",
            self.sightings.as_slice(),
            |values, row| values.push_bind(row.token.to_string()).push_bind(row.network.as_str()).push_bind(row.at.as_micros())
        )?;
        // In order of tokens: only one with more than one row here can have come over its share by more than one.
        let crowded: BTreeSet<TokenId> = self
            .sightings
            .windows(2)
            .filter_map(|pair| if let [a, b] = pair { (a.token == b.token).then_some(a.token) } else { None })
            .collect();
        for token in crowded {
            execute!(
                &mut tx.link,
                "DELETE FROM first_sightings WHERE token = $1 AND network IN (SELECT network FROM first_sightings \
                 WHERE token = $1 ORDER BY at, network LIMIT 1000000 OFFSET $2)",
                token.to_string(),
                limits::SIGHTINGS_PER_TOKEN as i64,
            )?;
        }
        Ok(())
    }
}
