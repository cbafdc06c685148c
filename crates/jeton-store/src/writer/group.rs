//! One group of operations: begin, apply each, flush, commit, tell those who follow, answer.

use super::{
    Job,
    connection::{Connection, within},
    tx::Tx,
};
use crate::{
    change, cut,
    error::{Result as Answer, StoreError},
    fault::{Fault, Severity},
    link::{execute, fetch_all},
    store::Shared,
};
use jeton_core::{
    change::{Change, Changed, Revision},
    timestamp::Timestamp,
};

/// How often a group is tried when others are in its way.
const ATTEMPTS: usize = 5;
/// Most changes of others that are published one by one; where there are more, everything may have changed.
const FOREIGN_MAX: i64 = 1000;

/// What a committed group came to: each job's outcome in order, and the changes.
struct Done {
    outcomes: Vec<Answer<()>>,
    changes: Vec<Change>,
    foreign: Vec<Change>,
    head: Revision,
}

/// Runs a group to its end and answers everybody.
pub(super) async fn run(connection: &mut Connection, mut jobs: Vec<Box<dyn Job>>) {
    let outcome = attempt_all(connection, &mut jobs).await;
    match outcome {
        Ok(done) => {
            let shared = &connection.shared;
            shared.publish(&done.foreign);
            shared.publish(&done.changes);
            shared.saw_head(done.head);
            for (job, outcome) in jobs.into_iter().zip(done.outcomes) {
                job.answer(outcome);
            }
        }
        Err(fault) => {
            let error = StoreError::from(fault);
            tracing::error!(%error, operations = jobs.len(), "a group of writes was not committed");
            for job in jobs {
                job.answer(Err(error.clone()));
            }
        }
    }
}

/// Tries until it is committed or clear that it will not be. Nothing is tried again after a commit with an unknown outcome.
async fn attempt_all(connection: &mut Connection, jobs: &mut [Box<dyn Job>]) -> Result<Done, Fault> {
    let mut guarded = false;
    let mut attempt = 1;
    loop {
        let fault = match attempt_once(connection, jobs, guarded).await {
            Ok(done) => return Ok(done),
            Err(fault) => fault,
        };
        match fault.severity() {
            Some(Severity::Collision) if attempt < ATTEMPTS => tokio::task::yield_now().await,
            // A statement failed outside of a savepoint: once more with one for each, so that only its own operation fails.
            Some(Severity::Statement) if !guarded => guarded = true,
            _ => return Err(fault),
        }
        attempt += 1;
    }
}

async fn attempt_once(connection: &mut Connection, jobs: &mut [Box<dyn Job>], guarded: bool) -> Result<Done, Fault> {
    let (conn, shared) = connection.conn().await?;
    let attempted = transact(conn.link(), shared, jobs, guarded).await;
    if let Err(fault) = &attempted {
        let deadline = shared.deadline;
        let mut link = conn.link();
        let clean = match fault.severity() {
            Some(Severity::Engine) => false,
            _ => within(deadline, async { Ok(execute!(&mut link, "ROLLBACK")?) }).await.is_ok(),
        };
        if !clean {
            connection.discard();
        }
    }
    attempted
}

async fn transact(link: crate::link::Link<'_>, shared: &Shared, jobs: &mut [Box<dyn Job>], guarded: bool) -> Result<Done, Fault> {
    let deadline = shared.deadline;
    let mut tx = within(deadline, Tx::begin(link, shared, guarded)).await?;
    shared.writer_begins_at(tx.revision());
    within(deadline, tx.settle()).await?;
    let foreign = within(deadline, foreign_changes(&mut tx)).await?;
    if !guarded {
        let ids = jobs.iter().take_while(|job| job.only_issues()).flat_map(|job| job.looks_at()).collect();
        within(deadline, tx.look_ahead(ids)).await?;
    }
    let mut outcomes = Vec::with_capacity(jobs.len());
    for job in jobs.iter_mut() {
        outcomes.push(within(deadline, apply_one(&mut tx, job.as_mut(), guarded)).await?);
    }
    within(deadline, tx.flush()).await?;
    let journaled = within(deadline, tx.write_journal()).await?;
    within(deadline, async { Ok(execute!(&mut tx.link, "COMMIT")?) }).await?;
    let head = tx.revision();
    shared.settled(journaled);
    shared.marks.cuts.take_in(&tx.gathered.cuts);
    shared.writer_committed(head);
    Ok(Done { outcomes, changes: tx.into_changes(), foreign, head })
}

/// Applies one operation so that it leaves nothing behind when it is refused.
async fn apply_one(tx: &mut Tx<'_>, job: &mut dyn Job, guarded: bool) -> Result<Answer<()>, Fault> {
    if !job.only_issues() {
        tx.insert_waiting().await?;
    }
    let applied = apply_apart(tx, job, guarded).await;
    if !job.only_issues() {
        tx.looked_up.forget();
    }
    applied
}

async fn apply_apart(tx: &mut Tx<'_>, job: &mut dyn Job, guarded: bool) -> Result<Answer<()>, Fault> {
    let savepoint = guarded || !job.refuses_first();
    let place = tx.place();
    if savepoint {
        execute!(&mut tx.link, "SAVEPOINT operation")?;
    }
    let fault = match job.apply(tx).await {
        Ok(()) => {
            if savepoint {
                execute!(&mut tx.link, "RELEASE SAVEPOINT operation")?;
            }
            return Ok(Ok(()));
        }
        Err(fault) => fault,
    };
    match fault.severity() {
        None | Some(Severity::Statement) if savepoint => {
            execute!(&mut tx.link, "ROLLBACK TO SAVEPOINT operation")?;
            execute!(&mut tx.link, "RELEASE SAVEPOINT operation")?;
            tx.looked_up.forget();
        }
        None => {}
        Some(_) => return Err(fault),
    }
    tx.forget_since(place);
    Ok(Err(StoreError::from(fault)))
}

/// Changes that other processes made, or that this one made and never learnt the outcome of.
async fn foreign_changes(tx: &mut Tx<'_>) -> Result<Vec<Change>, Fault> {
    let (known, _) = tx.shared.own_and_foreign();
    if known == Revision::default() || tx.revision() <= known {
        return Ok(Vec::new());
    }
    let rows = fetch_all!(
        &mut tx.link,
        change::ChangeRow,
        "SELECT revision, at, kind, id, mark FROM changes WHERE revision > $1 ORDER BY revision LIMIT $2",
        change::as_column(known),
        FOREIGN_MAX,
    )?;
    let marks = tx.marks();
    if rows.len() as i64 >= FOREIGN_MAX {
        cut::refresh(&mut tx.link, marks).await?;
        return Ok(vec![Change { revision: tx.revision(), at: Timestamp::default(), what: Changed::Everything }]);
    }
    let changes = rows.into_iter().map(|row| change::read(row, marks)).collect::<Result<Vec<_>, _>>()?;
    if changes.iter().any(|change| matches!(change.what, Changed::Cut(_) | Changed::Everything)) {
        cut::refresh(&mut tx.link, marks).await?;
    }
    Ok(changes)
}
