//! JWT access tokens (RFC 9068): issued from a token's record, verified closed-world, compared with the record.
//!
//! Verification here says that this issuer signed these claims and that their time is now. Whether the token is still good
//! (state, policy, parent) only its record says, which the claims must agree with: [`VerifiedAccessToken::agrees_with`].

use super::{Algorithm, Confirmation, KeyFault, KeySet, PlainJwt, SigningKey, TokenContext, UnverifiedJwt, claims, header};
use crate::{
    binding::Binding,
    denial::{Denial, JwtFault},
    facts::TokenRecord,
    id::TokenId,
    kind::{TokenFormat, TokenKind},
    limits,
    name::{Audience, Subject},
    scope::ScopeSet,
    timestamp::{Span, Timestamp},
};
use serde_json::{Map, Value, json};

/// The media type of the header's `typ`.
const TYPE: &str = "at+jwt";

/// What an access token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessTokenClaims {
    /// `iss`: the issuer, byte for byte.
    pub issuer: String,
    /// `sub`: whom it speaks for.
    pub subject: Subject,
    /// `aud`: the APIs that it is for, at least one.
    pub audiences: Vec<Audience>,
    /// `exp`: from when on it is dead.
    pub expires_at: Timestamp,
    /// `iat`: when it was issued.
    pub issued_at: Timestamp,
    /// `nbf`: from when on it may be used, where it says so.
    pub not_before: Option<Timestamp>,
    /// `jti`: the token's id.
    pub id: TokenId,
    /// `client_id`: the OAuth client, or the subject where there is none.
    pub client_id: String,
    /// `scope`: what it may do.
    pub scopes: ScopeSet,
    /// `cnf`: what its holder must prove to have, where it is bound. Follows from the record, like all of the above.
    pub confirmation: Option<Confirmation>,
    /// What the record does not know: signed and shown, never decided on by Jeton itself.
    pub context: TokenContext,
}

/// An access token whose signature and claims were verified. Made only by [`verify_access_token_at`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedAccessToken {
    claims: AccessTokenClaims,
    algorithm: Algorithm,
}

impl AccessTokenClaims {
    /// The claims of the token in `record`; `None` when it is no JWT access token with an end. Instants are whole seconds,
    /// rounded so that the claims never reach beyond the record.
    pub fn of_record(issuer: &str, record: &TokenRecord, issued_at: Timestamp) -> Option<Self> {
        let policy = &record.policy;
        if policy.format != TokenFormat::Jwt || policy.kind != TokenKind::Oat {
            return None;
        }
        Some(Self {
            issuer: issuer.to_owned(),
            subject: record.subject.clone(),
            audiences: policy.audiences.clone(),
            expires_at: second_down(record.expires_at?),
            issued_at: second_down(issued_at),
            not_before: record.not_before.map(|at| second_down(at.plus(Span::from_micros(999_999)))),
            id: record.id,
            client_id: policy.client_id.as_deref().unwrap_or(record.subject.as_str()).to_owned(),
            scopes: policy.scopes.clone(),
            confirmation: confirmation_of(record),
            context: TokenContext::default(),
        })
    }

    fn to_json(&self) -> Value {
        let audiences: Vec<&str> = self.audiences.iter().map(Audience::as_str).collect();
        let mut claims = json!({
            "iss": self.issuer, "sub": self.subject.as_str(), "exp": self.expires_at.as_seconds(), "iat": self.issued_at.as_seconds(),
            "jti": self.id.digits(), "client_id": self.client_id, "scope": self.scopes.to_spaced(),
        });
        if let Value::Object(members) = &mut claims {
            members.insert("aud".into(), if let [one] = audiences.as_slice() { json!(one) } else { json!(audiences) });
            if let Some(at) = self.not_before {
                members.insert("nbf".into(), at.as_seconds().into());
            }
            if let Some(confirmation) = &self.confirmation {
                members.insert("cnf".into(), confirmation.to_json());
            }
            self.context.write(members);
        }
        claims
    }

    /// Reads the claims, each with its type; nothing is compared with the clock yet.
    fn read(members: &Map<String, Value>) -> Result<Self, JwtFault> {
        let named = claims::audiences(members)?;
        if named.len() > limits::AUDIENCES_MAX {
            return Err(JwtFault::Claim("aud"));
        }
        let audiences = named.into_iter().map(Audience::parse).collect::<Result<_, _>>().map_err(|_| JwtFault::Claim("aud"))?;
        let client_id = claims::text(members, "client_id")?;
        if client_id.is_empty() || client_id.len() > limits::AUDIENCE_MAX {
            return Err(JwtFault::Claim("client_id"));
        }
        Ok(Self {
            issuer: claims::text(members, "iss")?.to_owned(),
            subject: Subject::parse(claims::text(members, "sub")?).map_err(|_| JwtFault::Claim("sub"))?,
            audiences,
            expires_at: claims::instant(members, "exp")?,
            issued_at: claims::instant(members, "iat")?,
            not_before: claims::optional_instant(members, "nbf")?,
            id: TokenId::parse(claims::text(members, "jti")?).map_err(|_| JwtFault::Claim("jti"))?,
            client_id: client_id.to_owned(),
            scopes: ScopeSet::parse_spaced(claims::text(members, "scope")?).map_err(|_| JwtFault::Claim("scope"))?,
            confirmation: Confirmation::read(members)?,
            context: TokenContext::read(members)?,
        })
    }
}

impl SigningKey {
    /// Signs an access token. The claims are taken as they are: make them with [`AccessTokenClaims::of_record`].
    pub fn issue_access_token(&self, claims: &AccessTokenClaims) -> Result<PlainJwt, KeyFault> {
        self.sign_claims(TYPE, &claims.to_json())
    }
}

/// Verifies an access token of `issuer`: signature first, then type, issuer and every claim, then the clock. `keys` must be
/// the keys of that issuer and of nobody else.
pub fn verify_access_token_at(text: &[u8], keys: &KeySet, issuer: &str, now: Timestamp) -> Result<VerifiedAccessToken, Denial> {
    let jwt = UnverifiedJwt::parse(text).map_err(Denial::BadJwt)?;
    let kid = jwt.kid().ok_or(Denial::BadJwt(JwtFault::NoKeyId))?;
    let Some(key) = keys.find(kid) else {
        // An honest stranger is told so; whoever claims to be ours under a key that is not learns nothing.
        let foreign = jwt.issuer().is_ok_and(|named| named != issuer);
        return Err(if foreign { Denial::IssuerUntrusted } else { Denial::BadJwt(JwtFault::UnknownKey) });
    };
    jwt.verify_signature(key).map_err(Denial::BadJwt)?;
    if !jwt.typ().is_some_and(|typ| header::media_type_is(typ, TYPE)) {
        return Err(Denial::BadJwt(JwtFault::WrongType));
    }
    let claims = jwt.unverified_claims().and_then(|members| AccessTokenClaims::read(&members)).map_err(Denial::BadJwt)?;
    if claims.issuer != issuer {
        return Err(Denial::BadJwt(JwtFault::WrongIssuer));
    }
    timely(&claims, now)?;
    Ok(VerifiedAccessToken { claims, algorithm: key.algorithm() })
}

/// The end is exact; what lies ahead is forgiven [`limits::JWT_SKEW_MAX`].
fn timely(claims: &AccessTokenClaims, now: Timestamp) -> Result<(), Denial> {
    if claims.expires_at <= claims.issued_at || claims.expires_at.since(claims.issued_at) > limits::JWT_LIFE_MAX {
        return Err(Denial::BadJwt(JwtFault::Claim("exp")));
    }
    if now >= claims.expires_at {
        return Err(Denial::Expired { at: claims.expires_at });
    }
    let ahead = now.plus(limits::JWT_SKEW_MAX);
    if claims.issued_at > ahead {
        return Err(Denial::BadJwt(JwtFault::IssuedInFuture));
    }
    match claims.not_before {
        Some(at) if at > ahead => Err(Denial::NotYetValid { at }),
        _ => Ok(()),
    }
}

impl VerifiedAccessToken {
    /// What it says.
    pub const fn claims(&self) -> &AccessTokenClaims {
        &self.claims
    }
    /// The token's id, to find its record by.
    pub const fn id(&self) -> TokenId {
        self.claims.id
    }
    /// From when on it is dead.
    pub const fn expires_at(&self) -> Timestamp {
        self.claims.expires_at
    }
    /// The algorithm of the key that signed it.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
    /// Whether the claims are those of the token's record. They must be, or one of the two was tampered with. What no record
    /// holds ([`TokenContext`]) is the signature's alone.
    pub fn agrees_with(&self, record: &TokenRecord) -> Result<(), Denial> {
        let own = AccessTokenClaims::of_record(&self.claims.issuer, record, self.claims.issued_at);
        let own = own.map(|own| AccessTokenClaims { context: self.claims.context.clone(), ..own });
        if own.is_some_and(|own| own == self.claims) { Ok(()) } else { Err(Denial::BadJwt(JwtFault::Differs)) }
    }
}

/// The binding of the record's policy as a claim.
fn confirmation_of(record: &TokenRecord) -> Option<Confirmation> {
    record.policy.binding.map(|binding| match binding {
        Binding::Dpop(thumbprint) => Confirmation::Key(thumbprint),
        Binding::Certificate(hash) => Confirmation::Certificate(hash),
    })
}

const fn second_down(at: Timestamp) -> Timestamp {
    Timestamp::from_seconds(at.as_seconds())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        facts::{Secrets, TokenState},
        id::OrganisationId,
        policy::Policy,
        token_text::TokenDigest,
    };

    const ISSUER: &str = "https://auth.example.com";
    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn record() -> TokenRecord {
        let policy = Policy {
            organisation: OrganisationId::from_random([1; 16]),
            project: None,
            kind: TokenKind::Oat,
            format: TokenFormat::Jwt,
            client_id: None,
            binding: None,
            exchanged: false,
            signed_by: None,
            authentication: None,
            parent: None,
            audiences: vec![Audience::parse("https://api.example.com").expect("audience")],
            scopes: ScopeSet::parse_spaced("orders:read orders:write").expect("scopes"),
            networks: Default::default(),
            routes: Vec::new(),
            allowances: Default::default(),
        };
        TokenRecord {
            id: TokenId::from_random([2; 16]),
            secrets: Secrets { current: TokenDigest::from_bytes([0; 32]), previous: None },
            subject: Subject::parse("usr_1").expect("subject"),
            state: TokenState::Active,
            not_before: None,
            expires_at: Some(NOW.plus(Span::from_micros(900_500_000))),
            policy: std::sync::Arc::new(policy),
        }
    }

    #[test]
    fn what_is_issued_verifies_and_agrees_with_its_record() {
        for algorithm in Algorithm::SIGNING {
            let key = SigningKey::generate(algorithm).expect("key");
            let key = SigningKey::from_pkcs8(algorithm, &key.to_pkcs8().expect("PKCS #8")).expect("same key");
            let keys = KeySet::new(vec![key.public().clone()]).expect("key set");
            let (keys, skipped) = KeySet::parse(keys.to_jwks().to_string().as_bytes()).expect("JWKS");
            assert_eq!(skipped, []);
            let record = record();
            let claims = AccessTokenClaims::of_record(ISSUER, &record, NOW).expect("claims");
            let plain = key.issue_access_token(&claims).expect("issued");
            let verified = verify_access_token_at(plain.expose().as_bytes(), &keys, ISSUER, NOW).expect("verifies");
            assert_eq!(verified.claims(), &claims);
            assert_eq!(verified.agrees_with(&record), Ok(()));
            let other = TokenRecord { subject: Subject::parse("usr_2").expect("subject"), ..record };
            assert_eq!(verified.agrees_with(&other), Err(Denial::BadJwt(JwtFault::Differs)));
            assert_eq!(format!("{plain:?} {key:?}"), format!("PlainJwt(redacted) SigningKey({algorithm}, {}, redacted)", key.kid()));
        }
    }

    #[test]
    fn time_is_kept_to_the_second() {
        let key = SigningKey::generate(Algorithm::EdDsa).expect("key");
        let keys = KeySet::new(vec![key.public().clone()]).expect("key set");
        let record = TokenRecord { not_before: Some(NOW.plus(Span::from_seconds(60))), ..record() };
        let claims = AccessTokenClaims::of_record(ISSUER, &record, NOW).expect("claims");
        let plain = key.issue_access_token(&claims).expect("issued");
        let at = |now| verify_access_token_at(plain.expose().as_bytes(), &keys, ISSUER, now).map(|_| ());
        let end = NOW.plus(Span::from_seconds(900));
        assert_eq!(at(end), Err(Denial::Expired { at: end }));
        assert_eq!(at(end.minus(Span::from_micros(1))), Ok(()));
        assert_eq!(at(NOW), Err(Denial::NotYetValid { at: NOW.plus(Span::from_seconds(60)) }));
        assert_eq!(at(NOW.plus(Span::from_seconds(50))), Ok(()));
        assert_eq!(at(NOW.minus(Span::from_seconds(11))), Err(Denial::BadJwt(JwtFault::IssuedInFuture)));
    }
}
