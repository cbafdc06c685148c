//! What a credential proves by itself: which token it claims to be, and what its record must be compared with.

use super::signed::Signed;
use crate::memory::Known;
use jeton_core::{
    denial::{Denial, JwtFault},
    facts::{Secrets, WhichSecret},
    id::TokenId,
    kind::{TokenFormat, TokenKind},
    token_text::{self, TokenDigest},
};

/// A claim to be the holder of a token.
pub(super) enum Proof {
    /// The digest of a presented secret.
    Digest {
        /// The token that its text names.
        id: TokenId,
        /// The kind that its text names.
        kind: TokenKind,
        /// What is compared.
        digest: TokenDigest,
    },
    /// A signature that fits.
    Signed(Signed),
    /// Nothing: the asker is entitled to name the token.
    Named(TokenId),
}

/// Compared with where there is no record, so that both ways do the same work. No text hashes to it.
const NOBODY: Secrets = Secrets { current: TokenDigest::from_bytes([0; 32]), previous: None };

impl Proof {
    /// Reads an opaque token by its shape.
    pub(super) fn of_opaque(text: &[u8]) -> Result<Self, Denial> {
        let parsed = token_text::parse(text).map_err(Denial::Malformed)?;
        Ok(Self::Digest { id: parsed.id, kind: parsed.kind, digest: parsed.digest })
    }
    pub(super) const fn id(&self) -> TokenId {
        match self {
            Self::Digest { id, .. } | Self::Named(id) => *id,
            Self::Signed(signed) => signed.id(),
        }
    }
    /// Compares with what is known under the id. One way for a token that does not exist and for one whose secret is wrong.
    pub(super) fn verify(&self, found: Option<&Known>) -> Result<WhichSecret, Denial> {
        match self {
            Self::Digest { kind, digest, .. } => {
                let secrets = found.map_or(NOBODY, Known::secrets);
                let which = secrets.verify(digest);
                let fits = found.is_some_and(|known| known.policy().kind == *kind && known.policy().format == TokenFormat::Opaque);
                which.filter(|_| fits).ok_or(Denial::Unknown)
            }
            Self::Signed(signed) => {
                let known = found.ok_or(Denial::Unknown)?;
                if signed.agrees_with(known) { Ok(WhichSecret::Current) } else { Err(Denial::BadJwt(JwtFault::Differs)) }
            }
            Self::Named(_) => found.map(|_| WhichSecret::Current).ok_or(Denial::Unknown),
        }
    }
}
