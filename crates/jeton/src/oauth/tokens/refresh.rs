//! The refresh token: a family of its own, or the next secret of one that is there.

use super::{Parent, Terms, Wanted, policy, row};
use crate::authority::Authority;
use jeton_core::{
    id::TokenId,
    kind::TokenKind,
    policy::Policy,
    timestamp::Timestamp,
    token_text::{PlainToken, TokenDigest},
};
use jeton_store::token::NewToken;
use zeroize::Zeroizing;

/// Whether a refresh token is issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// None.
    No,
    /// The first of a new grant.
    New,
    /// The next of this family.
    Next(TokenId),
}

/// The next secret of a family.
#[derive(Clone, Debug)]
pub struct NextSecret {
    /// Its digest.
    pub digest: TokenDigest,
    /// Its last four characters.
    pub hint: String,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// What comes of it.
#[derive(Default)]
pub(super) struct Made {
    pub(super) family: Option<NewToken>,
    pub(super) next: Option<NextSecret>,
    pub(super) text: Option<PlainToken>,
}

pub(super) fn make(authority: &Authority, wanted: &Wanted<'_>, terms: &Terms, parent: Option<TokenId>) -> Made {
    let text_of = |id| {
        let secret = Zeroizing::new(rand::random::<[u8; 32]>());
        PlainToken::from_random(authority.brand.as_ref(), TokenKind::Ort, id, &secret)
    };
    match (wanted.refresh, &wanted.parent) {
        (Refresh::New, Parent::NewGrant { scopes, .. }) => {
            // Of a public client it needs the key again (RFC 9449, section 5; RFC 8705, section 7.1); others authenticate.
            let binding = wanted.binding.filter(|_| wanted.client.method.is_public());
            let policy = Policy { scopes: scopes.clone(), binding, ..policy(wanted, TokenKind::Ort, parent) };
            let mut family = row(wanted, policy, None, String::new(), Some(terms.refresh_ends_at), "{}".to_owned());
            let text = text_of(family.id);
            family.digest = Some(text.digest());
            text.hint().clone_into(&mut family.hint);
            Made { family: Some(family), next: None, text: Some(text) }
        }
        (Refresh::Next(family), _) => {
            let text = text_of(family);
            let next = NextSecret { digest: text.digest(), hint: text.hint().to_owned(), expires_at: terms.refresh_ends_at };
            Made { family: None, next: Some(next), text: Some(text) }
        }
        (Refresh::No, _) | (Refresh::New, Parent::Under { .. }) => Made::default(),
    }
}
