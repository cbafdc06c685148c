//! `jeton key rotate --master`: a new master key in front of the old ones, and everything sealed and marked anew under it.
//!
//! Never prints a key, and never takes an old one away: the chain of audit events was linked under it.

use crate::{
    bootstrap::{
        self,
        ring::{self, VARIABLE},
    },
    cli::{
        Exit, Failure, Outcome, backup, local,
        output::{Output, Tone},
    },
    config::Config,
};
use jeton_core::master_key::{KeyRing, MasterKey};
use serde_json::json;
use std::{
    fs,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    sync::Arc,
};
use tokio::net::TcpListener;

/// Rotates it.
pub(crate) async fn rotate(config: &Config, output: &Output) -> Outcome {
    if std::env::var_os(VARIABLE).is_some() {
        return Err(Failure::failed(format!("the master key comes from {VARIABLE}, which this command cannot change"))
            .fix("unset it and use the file, or put a new key in front of the old ones there"));
    }
    refuse_while_serving(config).await?;
    let ring = ring::load(config).map_err(local::from_ring)?.rotated(MasterKey::from_random(rand::random()));
    let current = ring.current().id();
    replace(&config.master_key, &ring)
        .map_err(|fault| Failure::failed(format!("the key file `{}` cannot be replaced: {fault}", config.master_key.display())))?;
    let store = bootstrap::open(config, Arc::new(ring)).await.map_err(local::from_store)?;
    let progress = backup::progress("marking anew");
    let done = store.remark_at(output.clock.now, |rows| progress.set_position(rows)).await;
    progress.finish_and_clear();
    store.close().await;
    let report = done.map_err(|fault| local::from_store(fault).fix("nothing is lost: run the command again when the database answers"))?;
    if output.json {
        output.document(&json!({
            "master_key": current.to_string(), "rows": report.rows, "sealed": report.sealed, "tampered": report.tampered,
        }))?;
    } else {
        output.remark_toned(Tone::Good, "rotated", &format!("the master key is {current}: {} rows marked anew", report.rows));
        output.remark(&format!("keep a new copy of `{}` apart from the database's backups", config.master_key.display()));
        for (table, key) in &report.tampered {
            output.remark_toned(Tone::Bad, "changed from outside", &format!("row `{key}` of table `{table}`"));
        }
    }
    Ok(if report.tampered.is_empty() { Exit::Done } else { Exit::Failed })
}

/// A running authority knows only the old keys, and would refuse what is marked under the new one.
async fn refuse_while_serving(config: &Config) -> Result<(), Failure> {
    match TcpListener::bind(config.listen).await {
        Err(fault) if fault.kind() == io::ErrorKind::AddrInUse => {
            Err(Failure::failed(format!("the authority runs (something listens at {})", config.listen)).fix("stop it first, on every node"))
        }
        _ => Ok(()),
    }
}

/// Puts the whole file in place at once, on disk before this returns.
fn replace(path: &Path, ring: &KeyRing) -> io::Result<()> {
    let next = path.with_extension("next");
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&next)?;
    file.write_all(ring.expose_file().as_bytes())?;
    file.sync_all()?;
    fs::rename(&next, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    fs::File::open(folder)?.sync_all()
}
