//! A folder for the demonstration's data that is gone when the demonstration is.

use std::{
    io,
    path::{Path, PathBuf},
};

/// A folder of mode 0700 that is removed with all that is in it when this is dropped.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes one below the system's folder for temporary files.
    pub(super) fn make() -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("jeton-demo-{:016x}", rand::random::<u64>()));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        Ok(Self(path))
    }
    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nobody is left to tell; what cannot be removed is the system's to clean.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_with_what_is_in_it() {
        let folder = Folder::make().expect("a folder");
        let path = folder.path().to_owned();
        std::fs::write(path.join("a"), "b").expect("a file in it");
        drop(folder);
        assert!(!path.exists());
    }
}
