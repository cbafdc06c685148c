//! Which nodes spend limits. One that is alone spends them out of its own memory; where there are several, all lease from the ledger. Each
//! writes its row again and again, and reads the others' in the same transaction: so at no time one is alone and another leases.
//!
//! Nobody's clock is compared with another's: a row is as old as its reader's own clock says since it saw it change. A row without its mark
//! is reported, and counts as one that is alone.

use crate::{
    error::Result,
    fault::Fault,
    link::{execute, fetch_all},
    store::Store,
    writer::{Operation, Tx},
};
use jeton_core::{limits, mark::MarkedFields};

/// A node, as the others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitNode {
    /// Which node: a name for one run of the program.
    pub node: String,
    /// Rises with each writing.
    pub beat: i64,
    /// Whether it spends without asking.
    pub alone: bool,
}

/// A sign of life of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitBeat {
    /// Which node.
    pub node: String,
    /// Another number at each writing.
    pub beat: i64,
    /// Where it is alone: that what it spent is in the ledger, and that it spends no more without asking.
    pub joins: bool,
    /// Others that have been silent for so long that they spend nothing any more, as they were seen last.
    pub gone: Vec<LimitNode>,
}

/// How a node stands after a sign of life.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LimitCompany {
    /// Whether it is alone: nobody else spends before it joined them.
    pub alone: bool,
    /// Whether it was there before: nobody has taken it for gone since its last sign of life.
    pub known: bool,
    /// The others.
    pub others: Vec<LimitNode>,
}

/// A row as it lies in the table: node, beat, alone, mark.
type Row = (String, i64, i64, Vec<u8>);

const PUT: &str = "INSERT INTO limit_nodes (node, beat, alone, mark) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (node) DO UPDATE SET beat = excluded.beat, alone = excluded.alone, mark = excluded.mark";

impl Store {
    /// Writes that a node is there, and tells who else is.
    pub async fn beat_limits(&self, beat: LimitBeat) -> Result<LimitCompany> {
        self.write(beat).await
    }
    /// Takes a node away that spends no more.
    pub async fn leave_limits(&self, node: &str) -> Result<()> {
        self.write(Leave(node.to_owned())).await
    }
}

fn fields(node: &LimitNode) -> MarkedFields {
    MarkedFields::of("limit_nodes").text(&node.node).number(node.beat).number(node.alone.into())
}

async fn all(tx: &mut Tx<'_>) -> std::result::Result<Vec<LimitNode>, Fault> {
    let rows = fetch_all!(&mut tx.link, Row, "SELECT node, beat, alone, mark FROM limit_nodes ORDER BY node LIMIT $1", limits::NODES_MAX)?;
    let marks = tx.marks();
    let seen = |(node, beat, alone, mark): Row| {
        let seen = LimitNode { node, beat, alone: alone != 0 };
        let is_marked = marks.check("limit_nodes", &seen.node, &fields(&seen), &mark).is_ok();
        LimitNode { alone: seen.alone || !is_marked, ..seen }
    };
    Ok(rows.into_iter().map(seen).collect())
}

impl Operation for LimitBeat {
    type Answer = LimitCompany;
    const ONLY_ISSUES: bool = true;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<LimitCompany, Fault> {
        let (own, others): (Vec<LimitNode>, Vec<LimitNode>) = all(tx).await?.into_iter().partition(|seen| seen.node == self.node);
        let is_gone = |seen: &LimitNode| self.gone.iter().any(|gone| (&gone.node, gone.beat) == (&seen.node, seen.beat));
        let (gone, others): (Vec<LimitNode>, Vec<LimitNode>) = others.into_iter().partition(is_gone);
        for seen in &gone {
            execute!(&mut tx.link, "DELETE FROM limit_nodes WHERE node = $1", seen.node.as_str())?;
        }
        let known = !own.is_empty();
        let was_alone = own.iter().any(|seen| seen.alone);
        let alone = others.is_empty() || (was_alone && !self.joins);
        let own = LimitNode { node: self.node.clone(), beat: self.beat, alone };
        let mark = tx.marks().mark(&fields(&own));
        execute!(&mut tx.link, PUT, own.node.as_str(), own.beat, i64::from(own.alone), mark.as_slice())?;
        Ok(LimitCompany { alone, known, others })
    }
}

struct Leave(String);

impl Operation for Leave {
    type Answer = ();
    const ONLY_ISSUES: bool = true;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<(), Fault> {
        execute!(&mut tx.link, "DELETE FROM limit_nodes WHERE node = $1", self.0.as_str())?;
        Ok(())
    }
}
