//! Finds PostgreSQL's server programs and the unprivileged account to run them under. Never installs anything.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// The server programs of one installed version.
pub(super) struct Install {
    /// Makes a cluster's folder.
    pub(super) initdb: PathBuf,
    /// The server.
    pub(super) postgres: PathBuf,
}

/// An account by its numbers.
#[derive(Clone, Copy)]
pub(super) struct Account {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl Install {
    /// The first installation that has all programs: from `PATH`, then where Debian and others keep them, the newest first.
    pub(super) fn find() -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
        folders.extend(versioned(Path::new("/usr/lib/postgresql")));
        folders.extend(["/usr/local/bin", "/usr/local/pgsql/bin", "/opt/homebrew/bin"].map(PathBuf::from));
        folders.into_iter().find_map(|folder| Self::within(&folder))
    }
    fn within(folder: &Path) -> Option<Self> {
        let program = |name: &str| fs::canonicalize(folder.join(name)).ok().filter(|found| found.is_file());
        Some(Self { initdb: program("initdb")?, postgres: program("postgres")? })
    }
}

/// `/usr/lib/postgresql/VERSION/bin`, the highest version first.
fn versioned(root: &Path) -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(root)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    versions.into_iter().map(|(_, folder)| folder).collect()
}

/// The account to run the server under: `None` to stay who we are, which is right for everybody but root.
pub(super) fn unprivileged() -> Option<Account> {
    let is_root = fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
    if !is_root {
        return None;
    }
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    Some(["postgres", "nobody"].into_iter().find_map(|name| account(&passwd, name)).unwrap_or(Account { uid: 65_534, gid: 65_534 }))
}

fn account(passwd: &str, name: &str) -> Option<Account> {
    let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut numbers = line.split(':').skip(2);
    Some(Account { uid: numbers.next()?.parse().ok()?, gid: numbers.next()?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_found_by_their_whole_name() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\npostgresql:x:1:1::/:/bin/sh\npostgres:x:101:104::/:/bin/sh\n";
        let found = account(passwd, "postgres").expect("is in the file");
        assert_eq!((found.uid, found.gid), (101, 104));
        assert!(account(passwd, "nobody").is_none());
    }
}
