//! `jeton man`: the manual pages.

use super::{Exit, Failure, Outcome, output::Output};
use clap::Args;
use std::path::PathBuf;

/// Print the manual page, or write all pages into a folder
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  jeton man | man -l -\n  jeton man /usr/local/share/man/man1")]
pub(crate) struct Man {
    /// The folder for one page a command
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl Man {
    /// Prints or writes them.
    pub(crate) fn run(self, output: &Output) -> Outcome {
        let cannot = |fault: std::io::Error| Failure::failed(format!("cannot write the manual pages: {fault}"));
        match self.folder {
            Some(folder) => {
                std::fs::create_dir_all(&folder).map_err(cannot)?;
                clap_mangen::generate_to(super::tree(), &folder).map_err(cannot)?;
                output.remark(&format!("the manual pages are in `{}`", folder.display()));
            }
            None => {
                let mut page = Vec::new();
                clap_mangen::Man::new(super::tree()).render(&mut page).map_err(cannot)?;
                output.block(&String::from_utf8_lossy(&page))?;
            }
        }
        Ok(Exit::Done)
    }
}
