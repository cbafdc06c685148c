//! A wall clock of a program under test that is set by hand, by libfaketime. The monotonic clock goes on as ever.

use std::path::{Path, PathBuf};

/// A wall clock that is so far from the machine's.
pub struct WallClock {
    file: PathBuf,
    library: String,
}

impl WallClock {
    /// One that agrees with the machine's, kept in a file of this folder.
    pub fn in_folder(folder: &Path) -> Self {
        let multiarch = std::fs::read_dir("/usr/lib").expect("a folder").filter_map(|entry| Some(entry.ok()?.path()));
        let library = multiarch.map(|folder| folder.join("faketime/libfaketimeMT.so.1")).find(|library| library.exists());
        let library = library.expect("libfaketime is missing: run `.ci/prepare`, or install Debian's `faketime`");
        let clock = Self { file: folder.join("wall-clock"), library: library.display().to_string() };
        clock.set("+0");
        clock
    }
    /// Sets it: `+2h` ahead of the machine's, or `-2d` behind.
    pub fn set(&self, offset: &str) {
        let aside = self.file.with_extension("new");
        std::fs::write(&aside, format!("{offset}\n")).expect("a file");
        std::fs::rename(&aside, &self.file).expect("a file");
    }
    /// The environment of a program that lives by it.
    pub fn environment(&self) -> [(&'static str, String); 5] {
        [
            ("LD_PRELOAD", self.library.clone()),
            ("FAKETIME_TIMESTAMP_FILE", self.file.display().to_string()),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("DONT_FAKE_MONOTONIC", "1".to_owned()),
        ]
    }
}
