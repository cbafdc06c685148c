//! Files beside the database: lines that carry their mark, and whole files that are replaced at once or not at all.

use super::{hex, unhex};
use jeton_core::mark::{MarkedFields, Marker};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

/// A line: the body exactly as it is marked, and the mark.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    body: Box<RawValue>,
    mark: String,
}

/// Writes `body` as one marked line, its end included. `before` is the mark that the line follows on; empty for none.
pub(super) fn seal_line<T: Serialize>(kind: &str, body: &T, before: &[u8], marker: &Marker) -> io::Result<(String, Vec<u8>)> {
    let body = serde_json::value::to_raw_value(body)?;
    let mark = marker.mark(&fields(kind, &body, before)).to_vec();
    let mut line = serde_json::to_string(&Line { body, mark: hex(&mark) })?;
    line.push('\n');
    Ok((line, mark))
}

/// Reads one marked line; `None` where it is no such line or does not carry its mark.
pub(super) fn open_line<T: for<'de> Deserialize<'de>>(kind: &str, line: &str, before: &[u8], marker: &Marker) -> Option<(T, Vec<u8>)> {
    let line: Line = serde_json::from_str(line).ok()?;
    let mark = unhex(&line.mark)?;
    marker.check(&fields(kind, &line.body, before), &mark).ok()?;
    Some((serde_json::from_str(line.body.get()).ok()?, mark))
}

fn fields(kind: &str, body: &RawValue, before: &[u8]) -> MarkedFields {
    MarkedFields::of(kind).bytes(before).text(body.get())
}

/// Makes the folder where it is missing, for its owner alone.
pub(super) fn prepare_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() { Ok(()) } else { fs::DirBuilder::new().recursive(true).mode(0o700).create(folder) }
}

/// Replaces a file as a whole: after a crash there is the old one or the new one, never a part of either.
pub(super) fn replace(folder: &Path, name: &str, contents: &[u8]) -> io::Result<File> {
    let (path, draft) = (folder.join(name), folder.join(format!("{name}.new")));
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&draft)?;
    file.write_all(contents)?;
    file.sync_all()?;
    fs::rename(&draft, &path)?;
    File::open(folder)?.sync_all()?;
    Ok(file)
}
