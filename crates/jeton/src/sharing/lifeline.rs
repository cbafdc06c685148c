//! Which nodes of this machine have ended without a word: each locks a file of its own for as long as its process lives, and the system
//! frees the lock of one that was killed. So a program that is started again need not wait until it is known to be gone.
//!
//! Says nothing of other machines, nor of before the last boot of this one, and never that somebody is there: only that somebody is not.

use jeton_core::limits;
use std::{
    fs::{self, DirEntry, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Names one run of this machine's system.
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// A locked file: this node lives. Removed in the end.
#[derive(Debug)]
pub(super) struct Lifeline {
    path: PathBuf,
    /// Locked for as long as it is open.
    _file: File,
}

impl Lifeline {
    /// Locks a file for this node.
    pub(super) fn take(folder: &Path, node: &str) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        // Nobody may see it before it is locked.
        let (path, hidden) = (folder.join(node), folder.join(format!("{node}.new")));
        let mut file = File::create_new(&hidden)?;
        file.try_lock()?;
        file.write_all(boot()?.as_bytes())?;
        fs::rename(&hidden, &path)?;
        Ok(Self { path, _file: file })
    }
}

impl Drop for Lifeline {
    fn drop(&mut self) {
        // One that stays is found to be free, and removed, by whoever comes next.
        drop(fs::remove_file(&self.path));
    }
}

/// The nodes whose processes have ended, on this machine and since it was booted. Removes what they left.
pub(super) fn ended(folder: &Path) -> io::Result<Vec<String>> {
    let boot = boot()?;
    let entries = fs::read_dir(folder)?.take(limits::LIFELINES_MAX).filter_map(Result::ok);
    // Of one that cannot be read, or that somebody else has removed by now, nothing is known.
    let is_ended = |entry: &DirEntry| is_free(&entry.path(), &boot).unwrap_or(false);
    Ok(entries.filter(is_ended).filter_map(|entry| entry.file_name().into_string().ok()).collect())
}

/// Whether nobody holds a file's lock, who would do so where its process lived on this run of the system. Removes it then.
fn is_free(path: &Path, boot: &str) -> io::Result<bool> {
    let file = File::open(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(false),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let is_of_this_boot = fs::read_to_string(path)? == boot;
    fs::remove_file(path)?;
    Ok(is_of_this_boot)
}

/// This run of the system.
pub(super) fn boot() -> io::Result<String> {
    fs::read_to_string(BOOT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_lives_is_not_ended_and_who_left_a_free_lock_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let first = Lifeline::take(folder, "first").expect("locked");
        assert_eq!(ended(folder).expect("read"), Vec::<String>::new());
        // Killed: the file stays, its lock does not.
        fs::write(folder.join("second"), boot().expect("a name")).expect("written");
        fs::write(folder.join("of-another-boot"), "elsewhere").expect("written");
        assert_eq!(ended(folder).expect("read"), ["second"]);
        assert_eq!(ended(folder).expect("read"), Vec::<String>::new(), "it is told once");
        assert!(folder.join("first").exists() && !folder.join("of-another-boot").exists());
        drop(first);
        assert!(!folder.join("first").exists());
    }

    #[test]
    fn nothing_is_known_where_there_is_no_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(ended(&folder.path().join("none")).is_err());
    }
}
