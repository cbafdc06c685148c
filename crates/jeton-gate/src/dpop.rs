//! Proofs of possession that come with a token (RFC 9449): what came, whether it is good for this very request, and that it is
//! used once. What a proof must say is the core's to know; that none passes twice is remembered here.

mod replays;
mod verify;

pub(crate) use replays::Replays;
pub(crate) use verify::{Proved, verify};

use http::{HeaderMap, HeaderName};
use jeton_core::denial::ProofFault;
use std::borrow::Cow;

/// The header of a proof.
pub const PROOF: HeaderName = HeaderName::from_static("dpop");
/// The header that brings a fresh nonce.
pub const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
/// The algorithms of proofs, as challenges and metadata list them.
pub const ALGORITHMS: [&str; 5] = ["ES256", "EdDSA", "Ed25519", "RS256", "PS256"];

/// The proof of a request, and the request that it must be for.
#[derive(Clone, Copy, Debug)]
pub struct Offered<'a> {
    /// The value of the one `DPoP` header, or why there is none.
    pub proof: Result<&'a [u8], ProofFault>,
    /// The method of the request.
    pub method: &'a str,
    /// The address of the request, as its caller knows it.
    pub url: CalledUrl<'a>,
}

/// The address of a request from outside, without its query. Put together only where a proof is looked at.
#[derive(Clone, Copy, Debug)]
pub enum CalledUrl<'a> {
    /// Nobody who is believed said.
    Unknown,
    /// In parts.
    Parts {
        /// Whether it is `https`.
        secure: bool,
        /// Host and port, as they were sent.
        authority: &'a str,
        /// The path, as it was sent.
        path: &'a str,
    },
    /// A path below an address.
    Below {
        /// The address, without a slash at its end.
        base: &'a str,
        /// The path, as it was sent.
        path: &'a str,
    },
}

impl<'a> Offered<'a> {
    /// No proof.
    pub const NONE: Self = Self { proof: Err(ProofFault::Missing), method: "", url: CalledUrl::Unknown };

    /// The proof among the headers of a request.
    pub fn from_headers(headers: &'a HeaderMap, method: &'a str, url: CalledUrl<'a>) -> Self {
        let mut values = headers.get_all(PROOF).iter();
        let proof = match (values.next(), values.next()) {
            (None, _) => Err(ProofFault::Missing),
            (Some(one), None) => Ok(one.as_bytes()),
            (Some(_), Some(_)) => Err(ProofFault::Several),
        };
        Self { proof, method, url }
    }
}

impl<'a> CalledUrl<'a> {
    /// The whole address.
    fn whole(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Unknown => None,
            Self::Below { base, path: "" } => Some(Cow::Borrowed(base)),
            Self::Below { base, path } => Some(Cow::Owned(format!("{base}{path}"))),
            Self::Parts { secure, authority, path } => {
                let scheme = if secure { "https" } else { "http" };
                Some(Cow::Owned(format!("{scheme}://{authority}{path}")))
            }
        }
    }
}
