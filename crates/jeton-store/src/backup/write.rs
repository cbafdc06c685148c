//! Making a backup while the database is in use: one read transaction, one pass, little memory.

use super::{
    BackupReport, FORMAT, Header, TABLES, Table,
    file::{Line, closing_fields},
    io_fault,
    row::value_of,
};
use crate::{
    change,
    error::{Result, StoreError},
    fault::Fault,
    link::{Link, each, execute},
    outside::{hex, installation},
    store::Store,
};
use aws_lc_rs::digest;
use futures_util::TryStreamExt;
use jeton_core::{mark::Marker, master_key::Purpose, timestamp::Timestamp};
use sqlx::AssertSqlSafe;
use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

/// The file being written: everything that goes in is hashed.
struct Writing {
    path: PathBuf,
    draft: PathBuf,
    out: BufWriter<File>,
    hash: digest::Context,
    rows: BTreeMap<String, u64>,
    total: u64,
}

impl Store {
    /// Writes a backup to `path`, where nothing may be yet; readable by its owner alone; complete or not there at all.
    /// `progress` is told the rows written.
    pub async fn backup_at(&self, path: &Path, created_at: Timestamp, mut progress: impl FnMut(u64) + Send) -> Result<BackupReport> {
        let mut writing = Writing::begin(path)?;
        let written = self.write_backup(&mut writing, created_at, &mut progress).await;
        match written {
            Ok(header) => {
                let marker = Marker::new(self.ring(), Purpose::Outside);
                let rows = writing.finish(&marker)?;
                Ok(BackupReport { header, rows })
            }
            Err(error) => {
                drop(fs::remove_file(&writing.draft));
                Err(error)
            }
        }
    }
    async fn write_backup(&self, writing: &mut Writing, created_at: Timestamp, progress: &mut (impl FnMut(u64) + Send)) -> Result<Header> {
        let deadline = self.shared().deadline;
        let mut conn = self.source().connect(deadline).await?;
        let header = {
            let mut link = conn.link();
            begin_snapshot(&mut link).await?;
            let heads = change::heads(&mut link, self.marks()).await?;
            let own = installation(&mut link, self.marks()).await?;
            let own = own.ok_or_else(|| StoreError::Conflict("the database belongs to no installation yet".to_owned()))?;
            let header = Header {
                format: FORMAT,
                instance: own.instance,
                generation: own.number,
                revision: change::from_column(heads.revision),
                audit_sequence: heads.audit_sequence,
                created_at,
            };
            writing.line(&Line::Backup(header.clone()))?;
            for table in TABLES {
                write_table(&mut link, table, writing, deadline, progress).await?;
            }
            execute!(&mut link, "ROLLBACK").map_err(Fault::Engine)?;
            header
        };
        drop(conn.close().await);
        Ok(header)
    }
}

/// Begins a transaction that sees the database as it is now, whatever is written meanwhile.
async fn begin_snapshot(link: &mut Link<'_>) -> std::result::Result<(), Fault> {
    match link {
        Link::Sqlite(_) => execute!(link, "BEGIN")?,
        Link::Postgres(_) => {
            execute!(link, "SET statement_timeout = 0")?;
            execute!(link, "SET idle_in_transaction_session_timeout = 0")?;
            execute!(link, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?
        }
    };
    Ok(())
}

async fn write_table(
    link: &mut Link<'_>,
    table: &'static Table,
    writing: &mut Writing,
    deadline: Duration,
    progress: &mut (impl FnMut(u64) + Send),
) -> std::result::Result<(), Fault> {
    each!(link, c => {
        let mut rows = sqlx::query(AssertSqlSafe(table.select())).persistent(false).fetch(c);
        loop {
            let next = tokio::time::timeout(deadline, rows.try_next()).await.map_err(|_| Fault::Late(deadline))?;
            let Some(row) = next? else { break };
            let mut columns = Vec::with_capacity(table.columns.len());
            for (at, (_, kind)) in table.columns.iter().enumerate() {
                columns.push(value_of!(&row, at, *kind)?.to_json());
            }
            writing.row(table, columns)?;
            if writing.total.is_multiple_of(1000) {
                progress(writing.total);
            }
        }
    });
    progress(writing.total);
    Ok(())
}

impl Writing {
    fn begin(path: &Path) -> Result<Self> {
        if path.exists() {
            return Err(StoreError::Conflict(format!(
                "`{}` is there already: a backup replaces nothing; choose another name",
                path.display()
            )));
        }
        let mut draft = path.as_os_str().to_owned();
        draft.push(".part");
        let draft = PathBuf::from(draft);
        drop(fs::remove_file(&draft));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).map_err(|error| io_fault(&draft, error))?;
        let rows = TABLES.iter().map(|table| (table.name.to_owned(), 0)).collect();
        let out = BufWriter::with_capacity(1 << 16, file);
        Ok(Self { path: path.to_owned(), draft, out, hash: digest::Context::new(&digest::SHA256), rows, total: 0 })
    }
    fn row(&mut self, table: &Table, columns: Vec<serde_json::Value>) -> Result<()> {
        self.line(&Line::Row(table.name.to_owned(), columns))?;
        if let Some(count) = self.rows.get_mut(table.name) {
            *count += 1;
        }
        self.total += 1;
        Ok(())
    }
    fn line(&mut self, line: &Line) -> Result<()> {
        let failed = |error: io::Error| io_fault(&self.draft, error);
        let mut text = serde_json::to_vec(line).map_err(|error| failed(error.into()))?;
        text.push(b'\n');
        self.out.write_all(&text).map_err(failed)?;
        self.hash.update(&text);
        Ok(())
    }
    /// Closes it with its mark and gives it its name.
    fn finish(mut self, marker: &Marker) -> Result<BTreeMap<String, u64>> {
        let hash = self.hash.clone().finish();
        let mark = hex(&marker.mark(&closing_fields(hash.as_ref(), &self.rows)));
        let rows = self.rows.clone();
        self.line(&Line::End { rows: rows.clone(), mark })?;
        let Self { path, draft, out, .. } = self;
        let failed = |error: io::Error| io_fault(&path, error);
        let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)?;
        // A link, unlike a renaming, replaces nothing.
        fs::hard_link(&draft, &path).and_then(|()| fs::remove_file(&draft)).map_err(failed)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        Ok(rows)
    }
}
