//! `prompt` (OpenID Connect Core, section 3.1.2.1): what the person must be shown, or must not.

use super::{Told, invalid};
use serde::{Deserialize, Serialize};

/// The words of `prompt` that were sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Prompts {
    /// Nothing may be shown: what cannot be answered without is an error.
    pub none: bool,
    /// The person must sign in, signed in or not.
    pub login: bool,
    /// The person must be asked for consent, given before or not.
    pub consent: bool,
    /// The person must be able to choose the account.
    pub select_account: bool,
}

impl Prompts {
    /// The words, in the order in which metadata names them.
    pub const WORDS: [&str; 4] = ["none", "login", "consent", "select_account"];

    /// Reads the space-separated words.
    pub(super) fn parse(text: &str) -> Result<Self, Told> {
        let mut read = Self::default();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            match word {
                "none" => read.none = true,
                "login" => read.login = true,
                "consent" => read.consent = true,
                "select_account" => read.select_account = true,
                _ => return Err(invalid("`prompt` must be words out of `none`, `login`, `consent` and `select_account`")),
            }
        }
        if read.none && (read.login || read.consent || read.select_account) {
            return Err(invalid("`prompt=none` cannot be combined with another word"));
        }
        Ok(read)
    }
}
