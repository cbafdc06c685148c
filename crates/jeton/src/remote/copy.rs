//! The sealed copy: what a gate knows, on its disk, so that it can start while its authority is away. Sealed with AES-256-GCM under a
//! key that follows from the gate's token: whoever has the file alone reads nothing, and changes nothing that is believed.
//!
//! `magic 8 | salt 16 | (length 4 | piece)…`; each piece is covered with its number and whether it is the last, so that none can be
//! left out, put elsewhere or cut off. Inside are the lines of a snapshot behind a head.

mod sealed;

use super::{
    clock::Moment,
    wire::{Line, POLICY_SLOTS, PolicySlots, ToldPolicy, ToldToken, Whom},
};
use jeton_core::{api::Api, change::Revision, facts::TokenRecord, policy::Policy, timestamp::Timestamp};
use jeton_gate::Gate;
use sealed::{Opener, Sealer};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead, BufReader, BufWriter, Write},
    path::Path,
    sync::Arc,
};

pub use sealed::CopyKey;

/// What stands before the tokens.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Head {
    /// Whom the gate follows.
    pub whom: Whom,
    /// The tokens are at least as new as this place, and everything up to it is taken in.
    pub revision: Revision,
    /// When it was known to be the newest, on the clock that goes on while no process runs.
    pub fresh: Option<Moment>,
    /// When the copy was made, by the gate's clock: it is never earlier again.
    pub now: Timestamp,
    /// The APIs.
    pub apis: Vec<Api>,
    /// The keys that verify JWTs.
    pub keys: serde_json::Value,
}

/// A copy as it was read.
#[derive(Debug)]
pub struct Copy {
    /// The head.
    pub head: Head,
    /// The tokens.
    pub tokens: Vec<TokenRecord>,
}

/// Why there is no copy to be had.
#[derive(Debug, thiserror::Error)]
pub enum CopyFault {
    /// The file.
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// It was changed, or sealed under another token.
    #[error("it was changed, cut off, or sealed under another token")]
    Sealed,
    /// It does not hold what a copy holds.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}

impl Head {
    /// What stands before the tokens.
    pub fn new(whom: Whom, revision: Revision, fresh: Option<Moment>, now: Timestamp, apis: Vec<Api>, keys: serde_json::Value) -> Self {
        Self { whom, revision, fresh, now, apis, keys }
    }
}

/// Writes a copy of all that `gate` holds in place of the one before; says how many tokens. To be called where blocking is allowed.
pub fn write(path: &Path, key: &CopyKey, head: &Head, gate: &Gate) -> Result<usize, CopyFault> {
    let aside = path.with_extension("new");
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let file = private(&aside)?;
    let mut out = Sealer::new(BufWriter::new(file), key)?;
    put(&mut out, head)?;
    let (mut numbers, mut next, mut count): (HashMap<Arc<Policy>, u32>, u32, usize) = (HashMap::new(), 0, 0);
    let mut fault = None;
    gate.each_held(|record| {
        if fault.is_some() {
            return;
        }
        let known = numbers.get(&record.policy).copied();
        let number = known.unwrap_or(next % POLICY_SLOTS);
        if known.is_none() {
            if next.is_multiple_of(POLICY_SLOTS) {
                numbers.clear();
            }
            next = next.wrapping_add(1);
            numbers.insert(Arc::clone(&record.policy), number);
            fault = put(&mut out, &Line::Policy { number, policy: Box::new(Policy::clone(&record.policy)) }).err();
        }
        if fault.is_none() {
            fault = put(&mut out, &Line::Token(ToldToken::of(record, ToldPolicy::Number(number)))).err();
        }
        count += 1;
    });
    if let Some(fault) = fault {
        return Err(fault);
    }
    put(&mut out, &Line::End { tokens: count as u64 })?;
    let file = out.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.sync_all()?;
    std::fs::rename(&aside, path)?;
    Ok(count)
}

/// Reads a copy, `most` tokens of it at most; `None` where there is none. To be called where blocking is allowed.
pub fn read(path: &Path, key: &CopyKey, most: usize) -> Result<Option<Copy>, CopyFault> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(fault) => return Err(fault.into()),
    };
    let mut lines = BufReader::new(Opener::new(BufReader::new(file), key)?);
    let head: Head = next(&mut lines)?.ok_or(CopyFault::Sealed)?;
    let (mut tokens, mut policies) = (Vec::new(), PolicySlots::default());
    loop {
        match next(&mut lines)?.ok_or(CopyFault::Sealed)? {
            Line::Policy { number, policy } => {
                if !policies.set(number, *policy) {
                    return Err(CopyFault::Unreadable("a policy has a number that is not its turn".into()));
                }
            }
            Line::Token(token) => {
                let record = policies.record(token);
                let record = record.ok_or_else(|| CopyFault::Unreadable("a token has a policy that did not come".into()))?;
                if tokens.len() < most {
                    tokens.push(record);
                }
            }
            Line::End { .. } => return Ok(Some(Copy { head, tokens })),
            Line::Start { .. } | Line::Ids(_) => return Err(CopyFault::Unreadable("it holds a line that no copy has".into())),
        }
    }
}

fn put(out: &mut impl Write, line: &impl Serialize) -> Result<(), CopyFault> {
    serde_json::to_writer(&mut *out, line).map_err(|fault| CopyFault::File(fault.into()))?;
    Ok(out.write_all(b"\n")?)
}

fn next<T: for<'de> Deserialize<'de>>(lines: &mut impl BufRead) -> Result<Option<T>, CopyFault> {
    let mut line = Vec::new();
    lines.read_until(b'\n', &mut line).map_err(|fault| match fault.kind() {
        std::io::ErrorKind::InvalidData => CopyFault::Sealed,
        _ => CopyFault::File(fault),
    })?;
    if line.is_empty() {
        return Ok(None);
    }
    serde_json::from_slice(&line).map(Some).map_err(|fault| CopyFault::Unreadable(fault.to_string()))
}

/// A new file that only its owner can read.
fn private(path: &Path) -> std::io::Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests;
