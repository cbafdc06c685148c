//! The file of master keys: read, or made at the first start. Never printed, never readable by others, never made anew where
//! one is there.

use crate::config::Config;
use jeton_core::master_key::{BadKeyFile, KeyRing, MasterKey};
use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Takes the place of the file where it is set.
pub const VARIABLE: &str = "JETON_MASTER_KEY";
/// Largest key file that is read.
const FILE_MAX: u64 = 64 * 1024;

/// Why the master keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum RingFault {
    /// There is no key file yet.
    #[error("there is no master key at `{0}`: run `jeton init` first, or point `master_key` to the file")]
    Missing(PathBuf),
    /// The file cannot be read or made.
    #[error("the master key file `{path}` cannot be used: {why}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// Others may read it.
    #[error("the master key file `{path}` may be read by others (mode {mode:o}): `chmod 600` it")]
    Open {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It holds no keys.
    #[error("`{place}` {why}")]
    Bad {
        /// The file or the variable.
        place: String,
        /// Why.
        why: BadKeyFile,
    },
}

/// Reads the master keys from the environment or the file.
pub fn load(config: &Config) -> Result<KeyRing, RingFault> {
    if let Ok(text) = std::env::var(VARIABLE) {
        let text = Zeroizing::new(text);
        return KeyRing::parse(&text).map_err(|why| RingFault::Bad { place: VARIABLE.into(), why });
    }
    read(&config.master_key)
}

/// Reads the master keys, and makes the first one where there is none.
pub fn load_or_make(config: &Config) -> Result<KeyRing, RingFault> {
    match load(config) {
        Err(RingFault::Missing(path)) => {
            make(&path)?;
            read(&path)
        }
        other => other,
    }
}

fn read(path: &Path) -> Result<KeyRing, RingFault> {
    let failed = |why| RingFault::File { path: path.to_owned(), why };
    let about = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(RingFault::Missing(path.to_owned())),
        other => other.map_err(failed)?,
    };
    if about.mode() & 0o077 != 0 {
        return Err(RingFault::Open { path: path.to_owned(), mode: about.mode() & 0o777 });
    }
    if about.len() > FILE_MAX {
        return Err(failed(io::Error::other("it is too large")));
    }
    let text = Zeroizing::new(fs::read_to_string(path).map_err(failed)?);
    KeyRing::parse(&text).map_err(|why| RingFault::Bad { place: path.display().to_string(), why })
}

/// Makes a key file, on disk before this returns.
fn make(path: &Path) -> Result<(), RingFault> {
    let failed = |why| RingFault::File { path: path.to_owned(), why };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    let ring = KeyRing::of(MasterKey::from_random(rand::random()));
    match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        // Another process was quicker: its key is the one.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(failed(error)),
        Ok(mut file) => {
            file.write_all(ring.expose_file().as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
            fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_made_once_and_kept_from_others() {
        let folder = tempfile::tempdir().expect("folder");
        let config = Config { master_key: folder.path().join("data/master.key"), ..Config::default() };
        assert!(matches!(read(&config.master_key), Err(RingFault::Missing(_))));
        make(&config.master_key).expect("made");
        let first = read(&config.master_key).expect("reads");
        make(&config.master_key).expect("no fault");
        assert_eq!(read(&config.master_key).expect("reads").current().id(), first.current().id());
        assert_eq!(fs::metadata(&config.master_key).expect("file").mode() & 0o777, 0o600);
        fs::set_permissions(&config.master_key, fs::Permissions::from_mode(0o644)).expect("mode");
        assert!(matches!(read(&config.master_key), Err(RingFault::Open { mode: 0o644, .. })));
    }
}
