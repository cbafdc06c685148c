//! `jeton completions`: what a shell needs to complete commands.

use super::{Exit, Outcome, output::Output};
use clap::Args;
use clap_complete::Shell;

/// Print shell completions
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  jeton completions bash > /etc/bash_completion.d/jeton\n  jeton completions zsh > ~/.zfunc/_jeton\n  jeton completions fish > ~/.config/fish/completions/jeton.fish"
)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    /// Prints them.
    pub(crate) fn run(self, output: &Output) -> Outcome {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut super::tree(), "jeton", &mut text);
        output.block(&String::from_utf8_lossy(&text))?;
        Ok(Exit::Done)
    }
}
