//! Files and folders: there, readable by their owner alone, and holding what they should.

use super::Finding;
use crate::{
    bootstrap::ring::{self, RingFault},
    config::Config,
    tls::Certificate,
};
use std::{
    io::ErrorKind,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// Looks at all of them.
pub(super) fn look(config: &Config) -> Vec<Finding> {
    let mut findings = vec![master_key(config)];
    findings.push(mode("data folder", &config.data_folder(), 0o700));
    if let Some(file) = sqlite_file(&config.database.url) {
        findings.push(mode("database file", &file, 0o600));
    }
    findings.push(mode("outside folder", &config.outside_folder(), 0o700));
    findings.push(tls(config));
    findings
}

fn master_key(config: &Config) -> Finding {
    const CHECK: &str = "master key";
    match ring::load(config) {
        Ok(ring) => match ring.iter().count() {
            1 => Finding::ok(CHECK, format!("readable: `{}`", ring.current().id())),
            count => Finding::ok(CHECK, format!("readable: `{}`, and {} older ones", ring.current().id(), count - 1)),
        },
        Err(fault @ RingFault::Missing(_)) => Finding::fail(CHECK, fault.to_string(), "`jeton init`, or put the file back from your copy"),
        Err(fault @ RingFault::Open { .. }) => {
            Finding::fail(CHECK, fault.to_string(), format!("chmod 600 {}", config.master_key.display()))
        }
        Err(fault) => Finding::fail(CHECK, fault.to_string(), "put the file back from your copy of it"),
    }
}

/// Whether only the owner can get at it.
fn mode(check: &'static str, path: &Path, wanted: u32) -> Finding {
    match std::fs::metadata(path) {
        Err(fault) if fault.kind() == ErrorKind::NotFound => {
            Finding::warn(check, format!("`{}` is not there yet", path.display()), "`jeton init` makes it")
        }
        Err(fault) => Finding::fail(check, format!("`{}` cannot be looked at: {fault}", path.display()), "check who owns it"),
        Ok(found) => {
            let mode = found.permissions().mode() & 0o777;
            if mode & 0o077 == 0 {
                Finding::ok(check, format!("`{}` is its owner's alone (mode {mode:o})", path.display()))
            } else {
                let detail = format!("`{}` can be read by others (mode {mode:o})", path.display());
                Finding::warn(check, detail, format!("chmod {wanted:o} {}", path.display()))
            }
        }
    }
}

/// The file behind a `sqlite://` address.
fn sqlite_file(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"))?;
    let path = path.split('?').next().unwrap_or_default();
    (!path.is_empty() && path != ":memory:").then(|| PathBuf::from(path))
}

fn tls(config: &Config) -> Finding {
    const CHECK: &str = "TLS";
    match Certificate::load(&config.tls, &config.data_folder()) {
        Ok(Some(_)) => Finding::ok(CHECK, "certificate and key are readable and fit each other"),
        Ok(None) if config.tls.terminated_by_proxy => Finding::ok(CHECK, "ends at the proxy in front"),
        Ok(None) => Finding::ok(CHECK, "none, and none is needed on loopback"),
        Err(fault) => Finding::fail(CHECK, fault.to_string(), "check `tls.certificate` and `tls.key`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_file_is_found() {
        assert_eq!(sqlite_file("sqlite://jeton-data/jeton.db"), Some("jeton-data/jeton.db".into()));
        assert_eq!(sqlite_file("sqlite:///var/lib/j.db?mode=rwc"), Some("/var/lib/j.db".into()));
        assert_eq!(sqlite_file("postgres://u@h/d"), None);
    }
}
