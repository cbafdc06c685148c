//! Every reason for a refusal, and the one table from a reason to what the caller is told.
//!
//! The table has no wildcard arm: a new reason does not compile until its answer is decided. Nothing here repeats what a
//! caller sent. `description` is for whoever holds the token and `fix` says what to do; both are ASCII without `"` and `\`,
//! so that they can stand in a challenge (RFC 6750, section 3).

use crate::{
    timestamp::{Span, Timestamp},
    token_text::ShapeFault,
};

/// Why a request may not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Denial {
    /// No credential came.
    NoCredential,
    /// More than one credential came, or one in a place where none may be.
    AmbiguousCredential,
    /// What came cannot be a token, by its shape.
    Malformed(ShapeFault),
    /// What came cannot be a JWT of this system, by its shape, header or claims.
    BadJwt(JwtFault),
    /// A token that is not known; also a known id with a wrong secret, and a wrong signature.
    Unknown,
    /// Its time is over.
    Expired {
        /// When it ended.
        at: Timestamp,
    },
    /// Its time has not begun.
    NotYetValid {
        /// When it begins.
        at: Timestamp,
    },
    /// Taken back.
    Revoked,
    /// A secret that a rotation replaced, after its overlap.
    RotatedOut,
    /// Held, and may come back.
    Suspended,
    /// A token that this one was derived from is no longer good.
    ParentDead,
    /// For another API.
    WrongAudience,
    /// A kind of token that does not open APIs.
    WrongKind,
    /// The caller's address is not in the token's networks, or is unknown while the token has some.
    AddressNotAllowed,
    /// The method and path are not among the token's routes.
    RouteNotAllowed,
    /// No rule of the gate covers the method and path.
    NoSuchRoute,
    /// The API declares routes, and none of them covers the method and path.
    UndeclaredRoute,
    /// The path has more than one reading.
    AmbiguousPath,
    /// A scope is missing.
    InsufficientScope,
    /// A publishable key where a scope that is not public is demanded.
    NotPublic,
    /// The person behind the token did not sign in as recently, or by what, the call needs (RFC 9470).
    InsufficientUserAuthentication,
    /// Too many requests in too short a time.
    RateLimited {
        /// When there is room again.
        retry_after: Span,
    },
    /// Everything that was granted for this window is used.
    QuotaExhausted {
        /// When the window ends.
        retry_after: Span,
    },
    /// Bound to a key or certificate that was not presented.
    BindingMismatch,
    /// The DPoP proof that came, or did not come, with the token.
    BadProof(ProofFault),
    /// The DPoP proof has no nonce of this server that is still good.
    UseDpopNonce,
    /// Signed by an issuer that is not trusted here.
    IssuerUntrusted,
    /// The decision cannot be made.
    Unavailable(Unavailable),
}

/// Why a JWT is refused before its record is looked up. Its holder learns only that it is no token of this system, that it
/// is not recognised, or that its issuer is not trusted; which of the rules failed is for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum JwtFault {
    /// Longer than the limit.
    #[error("longer than the limit")]
    TooLong,
    /// Not three base64url parts joined by dots.
    #[error("not three unpadded base64url parts joined by dots")]
    NotCompact,
    /// The header is no JSON object, nested too deeply or has a member twice.
    #[error("the header is not a plain JSON object with each member once")]
    BadHeader,
    /// The header names something that changes its meaning and is not understood (`crit`, `b64`, `zip`).
    #[error("the header has a member that must be understood and is not")]
    Critical,
    /// The header brings its own key (`jwk`, `jku`, `x5u`, `x5c`).
    #[error("the header brings its own key")]
    EmbeddedKey,
    /// The claims are another JWT, or encrypted.
    #[error("a nested or encrypted token, which none here is")]
    Nested,
    /// `typ` is not what this kind of JWT has.
    #[error("`typ` is not the expected one")]
    WrongType,
    /// No `kid`, or one of another form.
    #[error("the header has no usable `kid`")]
    NoKeyId,
    /// `kid` names no live key.
    #[error("`kid` names no live key")]
    UnknownKey,
    /// `alg` is not the algorithm of the key.
    #[error("`alg` is not the algorithm of the key")]
    WrongAlgorithm,
    /// The signature does not fit.
    #[error("the signature does not fit")]
    BadSignature,
    /// The claims are no JSON object, nested too deeply or have a member twice.
    #[error("the claims are not a plain JSON object with each member once")]
    BadClaims,
    /// A required claim is absent or of another type.
    #[error("the claim `{0}` is absent or of another type")]
    Claim(&'static str),
    /// `iss` is not this issuer.
    #[error("`iss` is not the expected issuer")]
    WrongIssuer,
    /// `iat` is further ahead than clocks may differ.
    #[error("`iat` lies in the future: the clocks of the issuer and of this verifier differ too much")]
    IssuedInFuture,
    /// The claims say something else than the record of the token.
    #[error("the claims differ from what was issued")]
    Differs,
}

/// Why a DPoP proof is refused (RFC 9449, section 4.3). Tells nothing of the token: proofs are looked at whether it is known or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ProofFault {
    /// The token came with the scheme `DPoP` and no proof came.
    #[error("no `DPoP` header came")]
    Missing,
    /// More than one proof.
    #[error("more than one `DPoP` header came")]
    Several,
    /// No JWT of the type `dpop+jwt`, signed with an accepted algorithm by the public key in its header, with all its claims.
    #[error("not a proof in the form that is asked for, or its signature does not fit")]
    Malformed,
    /// `htm` is not the method of the request.
    #[error("`htm` is not the method of the request")]
    WrongMethod,
    /// `htu` is not the address of the request.
    #[error("`htu` is not the address of the request")]
    WrongTarget,
    /// `ath` is not the hash of the token.
    #[error("`ath` is not the hash of the token that came with it")]
    WrongToken,
    /// `iat` is too long ago or lies in the future.
    #[error("`iat` is too long ago, or lies in the future")]
    NotFresh,
    /// It was used before.
    #[error("its `jti` was used before")]
    Replayed,
}

/// Why a decision cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unavailable {
    /// The store did not answer in time, or failed.
    Store,
    /// The memory is older than it may be, and the store could not be asked.
    Stale,
    /// A stored row does not carry the mark of this system: it was changed from outside.
    Tampered,
    /// A limit could not be evaluated.
    Limit,
    /// The memory is not yet as new as the caller demands.
    Revision,
    /// The gate has no usable configuration.
    Configuration,
}

/// What is told to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The stable code of `/v1/verify`, of problem details and of metrics.
    pub code: &'static str,
    /// The `error` of the challenge (RFC 6750), where there is one.
    pub error: Option<&'static str>,
    /// What is wrong, for whoever holds the token.
    pub description: &'static str,
    /// What to do.
    pub fix: &'static str,
}

impl Denial {
    /// What the caller is told.
    pub const fn answer(&self) -> Answer {
        const fn told(
            status: u16,
            code: &'static str,
            error: Option<&'static str>,
            description: &'static str,
            fix: &'static str,
        ) -> Answer {
            Answer { status, code, error, description, fix }
        }
        const INVALID: Option<&str> = Some("invalid_token");
        match self {
            Self::NoCredential => {
                told(401, "no_credential", None, "no token came with the request", "send it as `Authorization: Bearer TOKEN`")
            }
            Self::AmbiguousCredential => told(
                400,
                "ambiguous_credential",
                Some("invalid_request"),
                "more than one credential came, or one in a place where none may be",
                "send exactly one `Authorization: Bearer TOKEN` header, and no token in the URL",
            ),
            Self::Malformed(ShapeFault::BadChecksum) => {
                told(401, "malformed", INVALID, "the token is mistyped or cut: its checksum does not fit", "copy the whole token again")
            }
            Self::Malformed(ShapeFault::TooLong | ShapeFault::NoMarker | ShapeFault::UnknownKind | ShapeFault::BadBody)
            | Self::BadJwt(
                JwtFault::TooLong
                | JwtFault::NotCompact
                | JwtFault::BadHeader
                | JwtFault::Critical
                | JwtFault::EmbeddedKey
                | JwtFault::Nested
                | JwtFault::WrongType
                | JwtFault::NoKeyId
                | JwtFault::BadClaims
                | JwtFault::Claim(_)
                | JwtFault::IssuedInFuture,
            ) => told(
                401,
                "malformed",
                INVALID,
                "what came is not a token of this system",
                "send a token that this system issued, whole and unchanged",
            ),
            Self::Unknown | Self::BadJwt(JwtFault::UnknownKey | JwtFault::WrongAlgorithm | JwtFault::BadSignature | JwtFault::Differs) => {
                told(401, "unknown", INVALID, "the token is not recognised", "check that it is the right one, or issue a new one")
            }
            Self::Expired { .. } => {
                told(401, "expired", INVALID, "the token has expired", "issue a new one, or rotate it earlier next time")
            }
            Self::NotYetValid { .. } => {
                told(401, "not_yet_valid", INVALID, "the token is not valid yet", "wait until its start, or issue one without a start")
            }
            Self::Revoked => told(401, "revoked", INVALID, "the token was revoked", "issue a new one; a revoked token never comes back"),
            Self::RotatedOut => told(
                401,
                "revoked",
                INVALID,
                "this secret was replaced by a rotation and its overlap is over",
                "use the secret that the rotation issued",
            ),
            Self::Suspended => told(401, "suspended", INVALID, "the token is suspended", "ask its owner to resume it"),
            Self::ParentDead => told(
                401,
                "revoked",
                INVALID,
                "the token that this one was derived from is no longer valid",
                "derive a new one from a valid token",
            ),
            Self::WrongAudience => {
                told(401, "wrong_audience", INVALID, "the token is for another API", "issue one whose audience is this API")
            }
            Self::WrongKind => told(
                401,
                "wrong_audience",
                INVALID,
                "this kind of token does not open APIs",
                "exchange it for an access token and send that",
            ),
            Self::AddressNotAllowed => told(
                403,
                "address_not_allowed",
                None,
                "the token may not be used from this address",
                "call from one of its networks, or have its owner add this one",
            ),
            Self::RouteNotAllowed => told(
                403,
                "route_not_allowed",
                None,
                "the token may not call this method and path",
                "use a token whose routes cover it, or have its owner add it",
            ),
            Self::NoSuchRoute => told(
                403,
                "route_not_allowed",
                None,
                "the gate has no route for this host, method and path",
                "add a route for it to the gate's configuration",
            ),
            Self::UndeclaredRoute => told(
                403,
                "route_not_allowed",
                None,
                "no route of the API covers this method and path",
                "call one of its routes, or have the owner of the API add one for it, or `* /**` for all others",
            ),
            Self::AmbiguousPath => told(
                400,
                "ambiguous_path",
                Some("invalid_request"),
                "the path has more than one reading",
                "send it without dot segments, double slashes, backslashes and encoded separators",
            ),
            Self::InsufficientScope => told(
                403,
                "insufficient_scope",
                Some("insufficient_scope"),
                "the token lacks a scope that this call needs",
                "issue a token with the scope that `scope` names",
            ),
            Self::NotPublic => told(
                403,
                "insufficient_scope",
                Some("insufficient_scope"),
                "a publishable key reaches only public scopes, and this call needs another",
                "use a secret key or a personal token from a server",
            ),
            Self::InsufficientUserAuthentication => told(
                401,
                "insufficient_user_authentication",
                Some("insufficient_user_authentication"),
                "the call needs a person who signed in more recently, or by stronger means",
                "authorize again with the acr_values and max_age of the challenge; a token that nobody signed in for cannot make this call",
            ),
            Self::RateLimited { .. } => {
                told(429, "rate_limited", None, "too many requests in too short a time", "wait as long as `Retry-After` says")
            }
            Self::QuotaExhausted { .. } => told(
                429,
                "quota_exhausted",
                None,
                "the quota of this window is used up",
                "wait for the next window, or have the owner raise the quota",
            ),
            Self::BindingMismatch => told(
                401,
                "binding_mismatch",
                INVALID,
                "the token is bound to a key that was not presented",
                "send it with the scheme DPoP and a proof of its key, or over a connection with its certificate",
            ),
            Self::BadProof(fault) => {
                let (description, fix) = fault.in_words();
                told(401, "invalid_dpop_proof", Some("invalid_dpop_proof"), description, fix)
            }
            Self::UseDpopNonce => told(
                401,
                "use_dpop_nonce",
                Some("use_dpop_nonce"),
                "the proof has no nonce of this server that is still good",
                "make a new proof whose nonce claim is what the DPoP-Nonce header of this answer says",
            ),
            Self::IssuerUntrusted | Self::BadJwt(JwtFault::WrongIssuer) => {
                told(401, "issuer_untrusted", INVALID, "the issuer of the token is not trusted here", "use a token that this system issued")
            }
            Self::Unavailable(_) => told(
                503,
                "unavailable",
                None,
                "the decision cannot be made at present",
                "try again shortly; if it lasts, tell the operator",
            ),
        }
    }

    /// How long the caller should wait, where waiting helps.
    pub const fn retry_after(&self) -> Option<Span> {
        match self {
            Self::RateLimited { retry_after } | Self::QuotaExhausted { retry_after } => Some(*retry_after),
            Self::Unavailable(_) => Some(Span::from_seconds(1)),
            _ => None,
        }
    }

    /// Whether the whole secret was presented, so that its holder may be told the cause (`disclosure = "minimal"` tells nobody).
    pub const fn holder_proved(&self) -> bool {
        match self {
            Self::NoCredential
            | Self::AmbiguousCredential
            | Self::Malformed(_)
            | Self::BadJwt(_)
            | Self::Unknown
            | Self::NoSuchRoute
            | Self::AmbiguousPath
            | Self::BadProof(_)
            | Self::UseDpopNonce
            | Self::IssuerUntrusted
            | Self::Unavailable(_) => false,
            Self::Expired { .. }
            | Self::NotYetValid { .. }
            | Self::Revoked
            | Self::RotatedOut
            | Self::Suspended
            | Self::ParentDead
            | Self::WrongAudience
            | Self::WrongKind
            | Self::AddressNotAllowed
            | Self::RouteNotAllowed
            | Self::UndeclaredRoute
            | Self::InsufficientScope
            | Self::NotPublic
            | Self::InsufficientUserAuthentication
            | Self::RateLimited { .. }
            | Self::QuotaExhausted { .. }
            | Self::BindingMismatch => true,
        }
    }

    /// The cause for the log and the owner: more than the caller is told.
    pub fn cause(&self) -> String {
        match self {
            Self::Malformed(fault) => format!("malformed: {fault}"),
            Self::BadProof(fault) => format!("refused DPoP proof: {fault}"),
            Self::BadJwt(fault) => format!("refused JWT: {fault}"),
            Self::Expired { at } => format!("expired at {at}"),
            Self::NotYetValid { at } => format!("not valid before {at}"),
            Self::RotatedOut => "the presented secret was replaced by a rotation and its overlap is over".into(),
            Self::ParentDead => "a token that it was derived from is not valid any more".into(),
            Self::Unavailable(why) => format!("unavailable: {}", why.as_str()),
            other => other.answer().description.into(),
        }
    }
}

impl ProofFault {
    /// What is wrong, and what to do.
    const fn in_words(self) -> (&'static str, &'static str) {
        match self {
            Self::Missing => ("a token with the scheme DPoP needs a proof", "send one DPoP header with a proof made for this request"),
            Self::Several => ("more than one proof came", "send exactly one DPoP header"),
            Self::Malformed => (
                "the proof is not in the form that is asked for, or its signature does not fit",
                "sign a JWT of the type dpop+jwt with one of the algorithms of the challenge, the public key as jwk in its header",
            ),
            Self::WrongMethod => {
                ("htm of the proof is not the method of the request", "make a new proof whose htm is the method, in capitals")
            }
            Self::WrongTarget => (
                "htu of the proof is not the address of the request",
                "make a new proof whose htu is the address that is called, without query and fragment",
            ),
            Self::WrongToken => {
                ("ath of the proof is not the hash of the token", "make a new proof whose ath is the base64url of the SHA-256 of the token")
            }
            Self::NotFresh => (
                "iat of the proof is too long ago or lies in the future",
                "make a new proof for each request, and set the clock of this machine",
            ),
            Self::Replayed => ("the proof was used before", "make a new proof with a new jti for each request"),
        }
    }
}

impl Unavailable {
    /// One word for logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Stale => "stale",
            Self::Tampered => "tampered",
            Self::Limit => "limit",
            Self::Revision => "revision",
            Self::Configuration => "configuration",
        }
    }
}
