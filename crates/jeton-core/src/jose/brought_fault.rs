//! Why a JWT that somebody brought is refused, in words that say what its maker must change. Repeats nothing of what was sent.

use crate::{denial::JwtFault, timestamp::Timestamp};

/// Why a client assertion, an assertion of a trusted issuer, a request object or an ID token hint is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum BroughtFault {
    /// Its shape, its header or its signature.
    #[error("{0}")]
    Jwt(JwtFault),
    /// No `kid`, and no key is for its `alg`.
    #[error("none of the registered keys is for this `alg`: register the key, with its `alg` in the JWK, or sign with one of them")]
    NoKey,
    /// No `kid`, and several keys are for its `alg`.
    #[error("more than one of the registered keys is for this `alg`: name the key by `kid` in the header")]
    SeveralKeys,
    /// Another algorithm than the one that its owner registered.
    #[error("`alg` is not the algorithm that is registered for this purpose")]
    NotRegisteredAlgorithm,
    /// `typ` is that of another kind of JWT.
    #[error("`typ` is that of another kind of JWT")]
    WrongType,
    /// A required claim is absent, empty, too long or of another type.
    #[error("the claim `{0}` is absent, too long or of another type")]
    Claim(&'static str),
    /// `iss` is somebody else.
    #[error("`iss` must be exactly the party whose key signs: the `client_id` of a client, the issuer of an issuer")]
    WrongIssuer,
    /// `sub` is not the client.
    #[error("`sub` must be the `client_id`, like `iss`")]
    WrongSubject,
    /// `sub` is the client where the JWT is a request.
    #[error("a request object must not have the `client_id` as its `sub`: it could be used to authenticate the client")]
    SubjectIsClient,
    /// `aud` is somebody else.
    #[error("`aud` must be this authorization server's issuer, byte for byte")]
    WrongAudience,
    /// `aud` names several.
    #[error("`aud` must name this authorization server's issuer alone")]
    SeveralAudiences,
    /// `exp` has come.
    #[error("it expired at {at}: make a new one for each use, and compare the clocks")]
    Expired {
        /// When it ended.
        at: Timestamp,
    },
    /// `exp` lies too far ahead.
    #[error("`exp` lies too far ahead: make a new one for each use, which lives for minutes")]
    ExpiresTooLate,
    /// `nbf` lies ahead.
    #[error("`nbf` lies in the future: compare the clocks")]
    NotYetValid,
    /// `iat` lies ahead.
    #[error("`iat` lies in the future: compare the clocks")]
    IssuedInFuture,
    /// A request object that brings a request.
    #[error("a request object must not have `request` or `request_uri` inside")]
    NestedRequest,
    /// `client_id` inside is not the client.
    #[error("`client_id` inside the request object must be the client whose request it is")]
    WrongClient,
}
