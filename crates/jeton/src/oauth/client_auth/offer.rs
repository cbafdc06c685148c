//! What a request offers to prove its client by: exactly one thing.

use super::{Doubt, Presented, basic};
use crate::oauth::{OAuthCode, OAuthError};
use http::header;
use jeton_core::{jose, oauth::registration::AuthMethod};
use zeroize::Zeroizing;

/// The one type of assertion (RFC 7523, section 2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What is offered. `Debug` is not derived: there are secrets in it.
pub(super) enum Offer {
    /// A client secret.
    Secret {
        /// Whose.
        client_id: String,
        /// Where it came.
        method: AuthMethod,
        /// Its text.
        secret: Zeroizing<String>,
    },
    /// A signed assertion.
    Assertion {
        /// Whose.
        client_id: String,
        /// Its text.
        text: Zeroizing<String>,
    },
    /// A name, and whatever the connection proves.
    Nothing {
        /// Whose.
        client_id: String,
    },
}

impl Offer {
    /// Reads it, and refuses a request that offers two.
    pub(super) fn read(presented: Presented<'_>) -> Result<Self, Doubt> {
        let form = presented.form;
        let (secret, assertion) = (form.find("client_secret"), form.find("client_assertion"));
        let by_header = presented.headers.contains_key(header::AUTHORIZATION);
        if [by_header, secret.is_some(), assertion.is_some()].into_iter().filter(|used| *used).count() > 1 {
            return Err(wrong("a client authenticates by one method in each request, and this one uses more"));
        }
        let named = form.find("client_id");
        let offer = if by_header {
            let (client_id, secret) = basic::read(presented.headers).ok_or(Doubt::Unproved)?;
            Self::Secret { client_id, method: AuthMethod::ClientSecretBasic, secret }
        } else if let Some(text) = assertion {
            Self::of_assertion(form.find("client_assertion_type"), named, text)?
        } else {
            let client_id = named.ok_or_else(|| wrong("`client_id` is missing, and nothing else says which client this is"))?.to_owned();
            match secret {
                Some(secret) => Self::Secret { client_id, method: AuthMethod::ClientSecretPost, secret: Zeroizing::new(secret.to_owned()) },
                None => Self::Nothing { client_id },
            }
        };
        if named.is_some_and(|named| named != offer.client_id()) {
            return Err(wrong("`client_id` is another client than the one that authenticates"));
        }
        Ok(offer)
    }
    fn of_assertion(kind: Option<&str>, named: Option<&str>, text: &str) -> Result<Self, Doubt> {
        if kind != Some(ASSERTION_TYPE) {
            return Err(wrong(&format!("`client_assertion_type` must be `{ASSERTION_TYPE}`")));
        }
        // Who it is of says `client_id` where it is there, else the assertion itself; that both agree is verified with it.
        let client_id = match named {
            Some(named) => named.to_owned(),
            None => jose::unverified_client_of(text.as_bytes()).map_err(|_| Doubt::Unproved)?,
        };
        Ok(Self::Assertion { client_id, text: Zeroizing::new(text.to_owned()) })
    }
    /// Which client it is said to be.
    pub(super) fn client_id(&self) -> &str {
        match self {
            Self::Secret { client_id, .. } | Self::Assertion { client_id, .. } | Self::Nothing { client_id } => client_id,
        }
    }
}

fn wrong(words: &str) -> Doubt {
    Doubt::Other(OAuthError::new(OAuthCode::InvalidRequest, words))
}
