//! What each node of the authority knows of verifiers, for the other nodes: one marked row for each, written anew again and again.
//!
//! Nothing is decided by it: who waits for a revocation is told by it how far others are. A row without its mark is reported and counts
//! for nothing.

use crate::{
    error::Result,
    fault::Fault,
    link::{Link, execute, fetch_all},
    marks::Marks,
    store::{Store, read::read},
    writer::{Operation, Tx},
};
use jeton_core::{limits, mark::MarkedFields};

/// What a node says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeNote {
    /// Which node: a name for one run of the program.
    pub node: String,
    /// Rises with each writing, so that a reader knows a fresh one by its own clock.
    pub beat: i64,
    /// What it knows.
    pub body: String,
}

/// A note as it lies in the table: node, beat, body, mark.
type Row = (String, i64, String, Vec<u8>);

const PUT: &str = "INSERT INTO verifiers (node, beat, body, mark) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (node) DO UPDATE SET beat = excluded.beat, body = excluded.body, mark = excluded.mark";

impl Store {
    /// Writes what this node knows.
    pub async fn note_verifiers(&self, note: NodeNote) -> Result<()> {
        self.write(Put(note)).await
    }
    /// What all nodes know, at most [`limits::NODES_MAX`] of them.
    pub async fn noted_verifiers(&self) -> Result<Vec<NodeNote>> {
        read!(self, link => list(link, self.marks()))
    }
    /// Takes away what a node said that is there no more.
    pub async fn forget_verifiers(&self, node: &str) -> Result<()> {
        self.write(Forget(node.to_owned())).await
    }
}

fn fields(note: &NodeNote) -> MarkedFields {
    MarkedFields::of("verifiers").text(&note.node).number(note.beat).text(&note.body)
}

async fn list(link: &mut Link<'_>, marks: &Marks) -> std::result::Result<Vec<NodeNote>, Fault> {
    let rows = fetch_all!(link, Row, "SELECT node, beat, body, mark FROM verifiers ORDER BY node LIMIT $1", limits::NODES_MAX)?;
    let believed = |(node, beat, body, mark): Row| {
        let note = NodeNote { node, beat, body };
        marks.check("verifiers", &note.node, &fields(&note), &mark).is_ok().then_some(note)
    };
    Ok(rows.into_iter().filter_map(believed).collect())
}

struct Put(NodeNote);

impl Operation for Put {
    type Answer = ();
    const ONLY_ISSUES: bool = true;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<(), Fault> {
        let mark = tx.marks().mark(&fields(&self.0));
        execute!(&mut tx.link, PUT, self.0.node.as_str(), self.0.beat, self.0.body.as_str(), mark.as_slice())?;
        Ok(())
    }
}

struct Forget(String);

impl Operation for Forget {
    type Answer = ();
    const ONLY_ISSUES: bool = true;

    async fn apply(&self, tx: &mut Tx<'_>) -> std::result::Result<(), Fault> {
        execute!(&mut tx.link, "DELETE FROM verifiers WHERE node = $1", self.0.as_str())?;
        Ok(())
    }
}
