//! `cnf` (RFC 7800): what whoever presents a token must prove to hold. Reads closed: a confirmation that is not understood
//! here must never be passed over, so it refuses the token.

use super::base64url;
use crate::denial::JwtFault;
use serde_json::{Map, Value, json};

/// What a token is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Confirmation {
    /// `jkt`: the thumbprint of the key that signs DPoP proofs (RFC 9449, section 6.1).
    Key([u8; 32]),
    /// `x5t#S256`: the SHA-256 of the client certificate (RFC 8705, section 3.1).
    Certificate([u8; 32]),
}

impl Confirmation {
    /// The value of `cnf`, as access tokens and introspection answers have it.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Key(thumbprint) => json!({ "jkt": base64url::encode(thumbprint) }),
            Self::Certificate(hash) => json!({ "x5t#S256": base64url::encode(hash) }),
        }
    }

    /// Reads `cnf` where it is there: one member, one that is known.
    pub(super) fn read(claims: &Map<String, Value>) -> Result<Option<Self>, JwtFault> {
        const FAULT: JwtFault = JwtFault::Claim("cnf");
        let Some(confirmation) = claims.get("cnf") else { return Ok(None) };
        let mut members = confirmation.as_object().ok_or(FAULT)?.iter();
        let (Some((name, value)), None) = (members.next(), members.next()) else { return Err(FAULT) };
        let hash = value.as_str().and_then(|text| base64url::decode(text.as_bytes())).and_then(|bytes| bytes.try_into().ok());
        match (name.as_str(), hash) {
            ("jkt", Some(thumbprint)) => Ok(Some(Self::Key(thumbprint))),
            ("x5t#S256", Some(hash)) => Ok(Some(Self::Certificate(hash))),
            _ => Err(FAULT),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let of = |cnf: Value| Confirmation::read(&Map::from_iter([("cnf".to_owned(), cnf)]));
        for one in [Confirmation::Key([7; 32]), Confirmation::Certificate([8; 32])] {
            assert_eq!(of(one.to_json()), Ok(Some(one)));
        }
        assert_eq!(Confirmation::read(&Map::new()), Ok(None));
        let hash = base64url::encode(&[7; 32]);
        for bad in [
            json!(null),
            json!({}),
            json!("x"),
            json!({"jkt": "AQ"}),
            json!({"jkt": format!("{hash}=")}),
            json!({"jkt": 1}),
            json!({"jwk": {}}),
            json!({"jkt": hash, "x5t#S256": hash}),
            json!({"jkt": hash, "kid": "a"}),
        ] {
            assert_eq!(of(bad.clone()), Err(JwtFault::Claim("cnf")), "{bad}");
        }
    }
}
