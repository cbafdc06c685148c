//! The file: one line of JSON after another, the last of them marked over all before it. Read twice: once to verify all of it,
//! and only then again to use it.

use super::{FORMAT, Header, Table, Value, io_fault};
use crate::error::{Result, StoreError};
use crate::outside::{hex, unhex};
use aws_lc_rs::digest;
use jeton_core::{
    limits,
    mark::{MarkedFields, Marker},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

/// A line as it is written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Line {
    /// The first.
    Backup(Header),
    /// A table's name and a row of it.
    Row(String, Vec<serde_json::Value>),
    /// The last.
    End {
        /// Rows by table.
        rows: BTreeMap<String, u64>,
        /// The mark over the hash of all before it and over the counts.
        mark: String,
    },
}

/// What the closing mark covers.
pub(super) fn closing_fields(hash: &[u8], rows: &BTreeMap<String, u64>) -> MarkedFields {
    let fields = MarkedFields::of("backup").bytes(hash);
    rows.iter().fold(fields, |fields, (table, count)| fields.text(table).number(i64::try_from(*count).unwrap_or(i64::MAX)))
}

/// A backup that was read to its end and carries its mark.
#[derive(Debug)]
pub(crate) struct Verified {
    pub(crate) header: Header,
    pub(crate) rows: BTreeMap<String, u64>,
    hash: Vec<u8>,
}

/// A backup being read.
pub(crate) struct Reading {
    path: PathBuf,
    reader: BufReader<File>,
    hash: digest::Context,
    line: u64,
    buffer: Vec<u8>,
}

/// The counts and the mark of the last line.
pub(crate) type Closing = (BTreeMap<String, u64>, String);

/// A row of a table, its columns of the right number and kinds.
pub(crate) type TableRow = (&'static Table, Vec<Value>);

impl Reading {
    /// Opens it and reads the first line.
    pub(crate) fn begin(path: &Path) -> Result<(Self, Header)> {
        let file = File::open(path).map_err(|error| io_fault(path, error))?;
        let (reader, hash) = (BufReader::with_capacity(1 << 16, file), digest::Context::new(&digest::SHA256));
        let mut reading = Self { path: path.to_owned(), reader, hash, line: 0, buffer: Vec::new() };
        let Some(Line::Backup(header)) = reading.line()? else { return Err(reading.bad("is not the head of a backup")) };
        reading.take_in();
        if header.format != FORMAT {
            return Err(StoreError::Conflict(format!(
                "the backup is of format {}, and this program reads format {FORMAT}: use the program that wrote it",
                header.format
            )));
        }
        Ok((reading, header))
    }
    /// The next row; the counts and the mark at the end.
    pub(crate) fn next(&mut self) -> Result<std::result::Result<TableRow, Closing>> {
        match self.line()? {
            Some(Line::Row(name, columns)) => {
                self.take_in();
                let table = Table::find(&name).ok_or_else(|| self.bad("names a table that there is not"))?;
                if columns.len() != table.columns.len() {
                    return Err(self.bad("has another number of columns than its table"));
                }
                let values = columns.into_iter().zip(table.columns).map(|(json, (_, kind))| Value::from_json(json, *kind));
                let values = values.collect::<Option<Vec<_>>>().ok_or_else(|| self.bad("holds another kind of value than its column"))?;
                Ok(Ok((table, values)))
            }
            Some(Line::End { rows, mark }) => Ok(Err((rows, mark))),
            Some(Line::Backup(_)) => Err(self.bad("is a second head")),
            None => Err(StoreError::Damaged(format!(
                "the backup `{}` ends after line {} without its closing line: it is not whole; use another one",
                self.path.display(),
                self.line
            ))),
        }
    }
    /// The hash of all lines that were taken in.
    fn hash(&self) -> Vec<u8> {
        self.hash.clone().finish().as_ref().to_vec()
    }
    fn line(&mut self) -> Result<Option<Line>> {
        self.buffer.clear();
        let limit = limits::BACKUP_LINE_MAX as u64;
        let read = (&mut self.reader).take(limit).read_until(b'\n', &mut self.buffer).map_err(|error| io_fault(&self.path, error))?;
        if read == 0 {
            return Ok(None);
        }
        self.line += 1;
        let text = self.buffer.strip_suffix(b"\n").ok_or_else(|| self.bad("is cut off or too long"))?;
        serde_json::from_slice(text).map(Some).map_err(|_| self.bad("is not a line of a backup"))
    }
    fn take_in(&mut self) {
        self.hash.update(&self.buffer);
    }
    fn bad(&self, how: &str) -> StoreError {
        StoreError::Damaged(format!("line {} of the backup `{}` {how}; use another one", self.line, self.path.display()))
    }
}

/// Reads a whole backup and believes it only when it carries the mark of this installation. `progress` is told the rows read.
pub(crate) fn verify(path: &Path, marker: &Marker, mut progress: impl FnMut(u64)) -> Result<Verified> {
    let (mut reading, header) = Reading::begin(path)?;
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    let mut read = 0;
    let (rows, mark) = loop {
        match reading.next()? {
            Ok((table, _)) => *found.entry(table.name.to_owned()).or_default() += 1,
            Err(end) => break end,
        }
        read += 1;
        if u64::is_multiple_of(read, 1000) {
            progress(read);
        }
    };
    progress(read);
    let hash = reading.hash();
    let marked = unhex(&mark).is_some_and(|mark| marker.check(&closing_fields(&hash, &rows), &mark).is_ok());
    if !marked {
        return Err(StoreError::Damaged(format!(
            "the backup `{}` does not carry the mark of this installation: it was changed, or was made under a master key that the \
             key file does not hold; put the right key file in place, or use another backup",
            path.display()
        )));
    }
    let counted = rows.iter().filter(|(_, count)| **count > 0).eq(found.iter());
    if !counted || reading.line()?.is_some() {
        return Err(reading.bad("does not fit the counts at the end"));
    }
    Ok(Verified { header, rows, hash })
}

impl Verified {
    /// Whether what was read again is what was verified.
    pub(crate) fn is_same(&self, reading: &Reading) -> bool {
        self.hash == reading.hash()
    }
    /// The hash in digits, as the audit event names the backup.
    pub(crate) fn fingerprint(&self) -> String {
        hex(&self.hash)
    }
}
