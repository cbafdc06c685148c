//! Putting a verified backup's rows into the database, all in one transaction.

use crate::{
    backup::{Reading, Table, Value, Verified, delete_all, insert_rows},
    change,
    error::{Result, StoreError},
    fault::Fault,
    link::{Link, execute, fetch_one},
    outside::{Installation, installation, write_installation},
    store::Store,
};
use jeton_core::{change::Revision, limits};
use std::path::Path;

/// What the database held before.
pub(super) struct Target {
    pub(super) number: u64,
    pub(super) revision: Revision,
}

/// Looks at the database that is to be filled; one that is not empty is left alone without `force`.
pub(super) async fn look(store: &Store, force: bool) -> Result<Target> {
    let deadline = store.shared().deadline;
    let mut conn = store.source().connect(deadline).await?;
    let mut link = conn.link();
    let looking = async {
        let count = "SELECT (SELECT COUNT(*) FROM organisations) + (SELECT COUNT(*) FROM tokens) + (SELECT COUNT(*) FROM changes)";
        let (rows,) = fetch_one!(&mut link, (i64,), count)?;
        if rows > 0 && !force {
            return Err(Fault::Refused(StoreError::Conflict(
                "the database is not empty: a restore replaces all of it; name an empty one, or say `--force`".to_owned(),
            )));
        }
        // What is replaced need not be believed: a row that was changed from outside must not keep it from being replaced.
        let own = installation(&mut link, store.marks()).await.ok().flatten();
        let heads = change::heads(&mut link, store.marks()).await.ok();
        let revision = heads.map_or(Revision::default(), |heads| change::from_column(heads.revision));
        Ok(Target { number: own.map_or(0, |own| own.number), revision })
    };
    let target = tokio::time::timeout(deadline, looking).await.map_err(|_| Fault::Late(deadline))?;
    drop(conn.close().await);
    Ok(target?)
}

/// Replaces everything by the backup's rows, exactly as they are, marks included: what was changed from outside before the
/// backup is still known by its mark.
pub(super) async fn put(store: &Store, path: &Path, verified: &Verified, progress: &mut (impl FnMut(u64) + Send)) -> Result<()> {
    let deadline = store.shared().deadline;
    let mut conn = store.source().connect(deadline).await?;
    let mut link = conn.link();
    match &link {
        Link::Sqlite(_) => execute!(&mut link, "BEGIN IMMEDIATE").map_err(Fault::Engine)?,
        Link::Postgres(_) => {
            execute!(&mut link, "SET statement_timeout = 0").map_err(Fault::Engine)?;
            execute!(&mut link, "BEGIN").map_err(Fault::Engine)?
        }
    };
    let placed = place_all(&mut link, store, path, verified, progress).await;
    let ended = match &placed {
        Ok(()) => execute!(&mut link, "COMMIT"),
        Err(_) => execute!(&mut link, "ROLLBACK"),
    };
    placed?;
    ended.map_err(Fault::Engine)?;
    drop(conn.close().await);
    store.shared().forget_head();
    Ok(())
}

async fn place_all(
    link: &mut Link<'_>,
    store: &Store,
    path: &Path,
    verified: &Verified,
    progress: &mut (impl FnMut(u64) + Send),
) -> Result<()> {
    delete_all(link).await?;
    let (mut reading, header) = Reading::begin(path)?;
    let mut run: Option<(&'static Table, Vec<Vec<Value>>)> = None;
    let mut placed = 0;
    while let Ok((table, row)) = reading.next()? {
        let full = run.as_ref().is_some_and(|(of, rows)| of.name != table.name || rows.len() >= limits::STEP_ROWS);
        if full && let Some((of, rows)) = run.take() {
            insert_rows(link, of, &rows).await?;
            placed += rows.len() as u64;
            progress(placed);
        }
        run.get_or_insert_with(|| (table, Vec::new())).1.push(row);
    }
    if let Some((of, rows)) = run {
        insert_rows(link, of, &rows).await?;
        progress(placed + rows.len() as u64);
    }
    if !verified.is_same(&reading) {
        return Err(StoreError::Damaged(format!("the backup `{}` changed while it was read: try again", path.display())));
    }
    // The old number: until the restore is finished, this database is refused.
    let own = Installation { instance: header.instance, number: header.generation };
    write_installation(link, &own, store.marks()).await?;
    Ok(())
}
