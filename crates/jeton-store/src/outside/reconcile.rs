//! Whether a database and what is kept outside of it belong together, asked once when a store is opened. A database that is
//! older than what is known outside, or another's, is refused: somebody put old data back.

use super::{Batch, Entry, Generation, JournalFault, Keeper, generation, hex, journal, took_place};
use crate::{
    change,
    error::{Result, StoreError},
    fault::Fault,
    link::{Link, execute, fetch_optional},
    marks::Marks,
    writer::Heads,
};
use jeton_core::{change::Revision, mark::MarkedFields, mark::Marker, timestamp::Timestamp};
use std::{path::Path, sync::Arc};

/// Which installation a database belongs to, as it says itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Installation {
    pub(crate) instance: String,
    pub(crate) number: u64,
}

impl Installation {
    fn fields(&self) -> MarkedFields {
        MarkedFields::of("installation").text(&self.instance).number(i64::try_from(self.number).unwrap_or(i64::MAX))
    }
}

/// Reads the database's own word; `None` in a new one.
pub(crate) async fn installation(link: &mut Link<'_>, marks: &Marks) -> std::result::Result<Option<Installation>, Fault> {
    let row = fetch_optional!(link, (String, i64, Vec<u8>), "SELECT instance, generation, mark FROM installation WHERE one = 1")?;
    let Some((instance, number, mark)) = row else { return Ok(None) };
    let own = Installation { instance, number: u64::try_from(number).unwrap_or_default() };
    marks.check("installation", "1", &own.fields(), &mark)?;
    Ok(Some(own))
}

/// Writes it.
pub(crate) async fn write_installation(link: &mut Link<'_>, own: &Installation, marks: &Marks) -> std::result::Result<(), Fault> {
    execute!(link, "DELETE FROM installation")?;
    execute!(
        link,
        "INSERT INTO installation (one, instance, generation, mark) VALUES (1, $1, $2, $3)",
        own.instance.as_str(),
        i64::try_from(own.number).unwrap_or(i64::MAX),
        marks.mark(&own.fields()).as_slice(),
    )?;
    Ok(())
}

/// What the journal holds, sorted by what became of it.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    /// Its commit took place.
    pub(crate) committed: Vec<Batch>,
    /// Has no place in the database: its commit failed, or a crash came between.
    pub(crate) doubtful: Vec<Entry>,
    /// The numbers of the batches whose commit did not take place; not yet noted in the journal.
    pub(crate) void: Vec<u64>,
}

/// Compares the two, mends what is merely missing, and gives the keeper of what is outside with what it holds.
pub(crate) async fn reconcile(link: &mut Link<'_>, marks: &Marks, marker: Marker, folder: &Path) -> Result<(Keeper, Standing)> {
    let known = generation::load(folder, &marker)?;
    let heads = change::heads(link, marks).await?;
    let head = change::from_column(heads.revision);
    let own = match (installation(link, marks).await?, &known) {
        (Some(own), _) => own,
        (None, Some(known)) => {
            return Err(rolled_back(format!("is empty, while this installation had come to revision {}", known.revision)));
        }
        (None, None) => {
            let own = Installation { instance: super::fresh_instance()?, number: 1 };
            write_installation(link, &own, marks).await?;
            own
        }
    };
    let noted = match known {
        Some(known) => {
            compare(&own, head, &known)?;
            compare_audit(link, &heads, &known).await?;
            known
        }
        None => Generation {
            instance: own.instance.clone(),
            number: own.number,
            revision: head,
            audit_sequence: heads.audit_sequence,
            audit_link: hex(&heads.audit_link),
            journal_batches: 0,
            complete_since: head,
            at: Timestamp::default(),
        },
    };
    let place = noted.revision;
    let (keeper, held) = attach(link, own, head, noted, Arc::new(marker), folder)?;
    let newest = held.last().map(|(number, _)| *number);
    // Again: what was committed until the journal was read belongs to what it holds.
    let heads = change::heads(link, marks).await?;
    let head = change::from_column(heads.revision);
    let mut standing = Standing::default();
    for (number, batch) in held {
        // On a server others may have gone on where a commit of this process failed unheard. Only the newest batch can be such
        // a one: what became of a batch is noted with the next.
        let unsure = keeper.owns() && matches!(link, Link::Postgres(_)) && Some(number) == newest && batch.revision > place;
        if batch.revision > head {
            // Where another process writes the journal, this may be on its way.
            if keeper.owns() {
                standing.void.push(number);
                standing.doubtful.extend(batch.entries);
            }
        } else if unsure && !took_place(link, marks, &heads, &batch).await? {
            standing.void.push(number);
        } else {
            standing.committed.push(batch);
        }
    }
    Ok((keeper, standing))
}

/// Opens the journal and puts everything into the keeper's hands; gives the batches that the journal holds.
fn attach(
    link: &Link<'_>,
    own: Installation,
    head: Revision,
    mut noted: Generation,
    marker: Arc<Marker>,
    folder: &Path,
) -> Result<(Keeper, Vec<(u64, Batch)>)> {
    let fresh = journal::Coverage { instance: own.instance.clone(), complete_since: noted.complete_since, dropped: 0 };
    if noted.journal_batches > 0 && !journal::Journal::is_there(folder) {
        return Err(short(folder));
    }
    let (mut journal, contents) = journal::Journal::open(folder, Arc::clone(&marker), fresh)?;
    if contents.coverage.instance != own.instance {
        return Err(StoreError::Conflict(format!(
            "the journal in `{}` belongs to another installation than the database",
            folder.display()
        )));
    }
    if contents.total_batches() < noted.journal_batches {
        return Err(short(folder));
    }
    let mut held = Vec::new();
    if own.number > noted.number && journal.is_owned() {
        tracing::warn!(generation = own.number, "the database was restored by another process; the journal here begins anew");
        let coverage = journal::Coverage { complete_since: head, ..contents.coverage.clone() };
        journal.begin_anew(coverage, &[])?;
        noted = Generation { number: own.number, complete_since: head, ..noted };
    } else {
        held = contents.into_standing();
    }
    // A server has other writers, and what they did while this process was not there is not in its journal.
    if matches!(link, Link::Postgres(_)) && head > noted.revision {
        noted.complete_since = head;
    }
    Ok((Keeper::new(folder.to_owned(), marker, journal, noted), held))
}

fn compare(own: &Installation, head: Revision, known: &Generation) -> Result<()> {
    if own.instance != known.instance {
        return Err(StoreError::Conflict(
            "the database belongs to another installation than the folder outside of it: check `database.url` and the folder; \
             to keep this database, move the folder away and start again"
                .to_owned(),
        ));
    }
    if own.number < known.number {
        return Err(rolled_back(format!(
            "is of generation {}, while generation {} was begun by a restore since",
            own.number, known.number
        )));
    }
    if own.number == known.number && head < known.revision {
        return Err(rolled_back(format!("is at revision {head}, while it had come to revision {}", known.revision)));
    }
    Ok(())
}

/// The audit event that was the newest when it was noted must still be there: else the database was put back and used since.
async fn compare_audit(link: &mut Link<'_>, heads: &Heads, known: &Generation) -> Result<()> {
    if known.audit_sequence == 0 {
        return Ok(());
    }
    let link_of = "SELECT link FROM audit_events WHERE sequence = $1";
    let found = fetch_optional!(link, (Vec<u8>,), link_of, known.audit_sequence).map_err(Fault::Engine)?;
    match found {
        Some((found,)) if hex(&found) == known.audit_link => Ok(()),
        _ if heads.audit_sequence < known.audit_sequence => {
            Err(rolled_back(format!("ends with audit event {}, while it had come to event {}", heads.audit_sequence, known.audit_sequence)))
        }
        // Removed or changed in place: the check of the chain names it; what is served does not rest on it.
        _ => {
            tracing::error!(event = known.audit_sequence, "an audit event is not the one that was noted outside; see `jeton audit verify`");
            Ok(())
        }
    }
}

fn rolled_back(how: String) -> StoreError {
    StoreError::RolledBack(format!(
        "the database {how}: it was rolled back; put the newest database back, or run `jeton restore` with the newest backup, \
         which keeps dead what was revoked since; `jeton doctor` tells more"
    ))
}

fn short(folder: &Path) -> StoreError {
    StoreError::Damaged(format!(
        "the journal in `{}` is missing or shorter than it was; put it back, or move the folder away to begin a new one \
         (backups made until now are then restored with all tokens suspended)",
        folder.display()
    ))
}

impl From<JournalFault> for StoreError {
    fn from(fault: JournalFault) -> Self {
        match fault {
            JournalFault::Io { .. } => Self::Unavailable(fault.to_string()),
            JournalFault::Damaged { .. } => Self::Damaged(fault.to_string()),
        }
    }
}
