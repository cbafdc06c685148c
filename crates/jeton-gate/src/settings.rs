//! What an operator sets for a gate, apart from its routes. Holds no secret but the key of nonces, which has no text.

use jeton_core::{dpop_nonce::NonceKey, limits, scope::Scope};
use std::time::Duration;

/// How a gate behaves. [`Settings::default`] is right for one node; every duration is bounded by the program's configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The `iss` that JWTs of this system carry: the issuer's URL.
    pub issuer: Box<str>,
    /// What challenges name as the realm; the issuer where nothing else is set.
    pub realm: Option<Box<str>>,
    /// Where the metadata of protected resources stands (RFC 9728), named in challenges: an address that the id of the API is put
    /// behind.
    pub resource_metadata: Option<Box<str>>,
    /// Whether holders are told why their token is refused.
    pub disclosure: Disclosure,
    /// The key of the nonces that DPoP proofs must have; `None` where none is asked for.
    pub dpop_nonce: Option<NonceKey>,
    /// An audience that tokens of every organisation may have: the management API's. `None` where there is none.
    pub shared_audience: Option<Box<str>>,
    /// The scope of the shared audience by which a token is a gate's: the other audiences that it names it guards, and it opens none
    /// of them. `None` where there are no such tokens.
    pub guard_scope: Option<Scope>,
    /// Tokens that the memory holds.
    pub memory_tokens: usize,
    /// Verified JWTs that are remembered.
    pub seen_jwts: usize,
    /// How long ago the change log must last have been read to its end for the memory to be trusted.
    pub max_staleness: Duration,
    /// How long one look-up may take.
    pub lookup_deadline: Duration,
    /// Look-ups that run at once; what comes on top is answered 503.
    pub lookups_at_once: usize,
    /// How long an unknown id is remembered.
    pub unknown_life: Duration,
}

impl Settings {
    /// The realm of challenges.
    pub fn realm(&self) -> &str {
        self.realm.as_deref().unwrap_or(&self.issuer)
    }
}

/// Whether a holder is told why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Disclosure {
    /// Who presents the whole secret is told what is wrong with the token.
    #[default]
    Full,
    /// Every token that is not valid gets the same answer, byte for byte.
    Minimal,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            issuer: "http://127.0.0.1:8700".into(),
            realm: None,
            resource_metadata: None,
            dpop_nonce: None,
            disclosure: Disclosure::Full,
            shared_audience: None,
            guard_scope: None,
            memory_tokens: limits::MEMORY_TOKENS_DEFAULT,
            seen_jwts: limits::SEEN_JWTS,
            max_staleness: limits::STALENESS_DEFAULT.into(),
            lookup_deadline: limits::LOOKUP_DEADLINE.into(),
            lookups_at_once: limits::LOOKUPS_AT_ONCE,
            unknown_life: limits::UNKNOWN_LIFE.into(),
        }
    }
}
