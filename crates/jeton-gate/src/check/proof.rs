//! What a credential proves by itself: which token it claims to be, and what its record must be compared with.

use crate::{credential::Credential, memory::Known};
use jeton_core::{
    denial::Denial,
    facts::{Secrets, WhichSecret},
    id::TokenId,
    kind::TokenKind,
    token_text::{self, TokenDigest},
};
use std::marker::PhantomData;

/// A claim to be the holder of a token.
pub(super) struct Proof<'a> {
    id: TokenId,
    means: Means,
    text: PhantomData<&'a [u8]>,
}

enum Means {
    /// The digest of the presented secret.
    Digest(TokenDigest, TokenKind),
    /// Nothing: the asker is entitled to name the token.
    Named,
}

/// Compared with where there is no record, so that both ways do the same work. No text hashes to it.
const NOBODY: Secrets = Secrets { current: TokenDigest::from_bytes([0; 32]), previous: None };

impl<'a> Proof<'a> {
    /// Reads a credential by its shape.
    pub(super) fn of(credential: Credential<'a>) -> Result<Self, Denial> {
        let parsed = token_text::parse(credential.as_bytes()).map_err(Denial::Malformed)?;
        Ok(Self { id: parsed.id, means: Means::Digest(parsed.digest, parsed.kind), text: PhantomData })
    }
    /// For a token that the asker may name.
    pub(super) const fn named(id: TokenId) -> Self {
        Self { id, means: Means::Named, text: PhantomData }
    }
    pub(super) const fn id(&self) -> TokenId {
        self.id
    }
    /// Compares with what is known under the id. One way for a token that does not exist and for one whose secret is wrong.
    pub(super) fn verify(&self, found: Option<&Known>) -> Result<WhichSecret, Denial> {
        match self.means {
            Means::Digest(digest, kind) => {
                let secrets = found.map_or(NOBODY, Known::secrets);
                let which = secrets.verify(&digest);
                let fits = found.is_some_and(|known| known.policy().kind == kind);
                which.filter(|_| fits).ok_or(Denial::Unknown)
            }
            Means::Named => found.map(|_| WhichSecret::Current).ok_or(Denial::Unknown),
        }
    }
}
