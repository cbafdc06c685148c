//! What goes over the line between an authority and the gates that follow it. Digests go, secrets never do: an authority has none.
//!
//! Unknown members are passed over, so that a gate of one version follows an authority of the next.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jeton_core::{
    api::Api,
    change::{Change, Revision},
    facts::{Secrets, TokenRecord, TokenState},
    id::{OrganisationId, TokenId},
    name::{Audience, Subject},
    policy::Policy,
    timestamp::Timestamp,
    token_text::TokenDigest,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::sync::Arc;

/// What an authority tells a gate that asks for what came after a place in the change log.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Told {
    /// What the gate sent along, so that it knows that this is the answer to this very question.
    #[serde(default)]
    pub ask: u64,
    /// Everything up to this place is in this answer, or is nothing that the gate may know.
    pub reached: Revision,
    /// The newest place when this was read.
    pub head: Revision,
    /// The asked place lies before what the log still holds, or beyond its end: everything may have changed.
    #[serde(default)]
    pub truncated: bool,
    /// The time of the authority, in microseconds since the epoch.
    pub now: i64,
    /// The changes, in order.
    #[serde(default)]
    pub changes: Vec<Change>,
    /// Tokens among them that the gate is entitled to, as they are now.
    #[serde(default)]
    pub tokens: Vec<ToldToken>,
    /// The tokens are at least as new as this place.
    pub as_of: Revision,
    /// All APIs that the gate is entitled to, where any changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apis: Option<Vec<Api>>,
    /// The keys that verify JWTs (RFC 7517), where they changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<Value>,
    /// Whom the gate follows, and for what.
    pub whom: Whom,
}

/// Whom a gate follows, and for what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whom {
    /// The issuer.
    pub issuer: String,
    /// The organisation whose tokens the gate may know.
    pub organisation: OrganisationId,
    /// The APIs that it guards.
    pub audiences: Vec<Audience>,
}

/// A token as a gate is told of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ToldToken {
    /// The token.
    pub id: TokenId,
    /// What proves its holder; absent where nobody can present it here.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    digest: Option<Digest>,
    /// The digest of the secret before, and the end of the overlap.
    #[serde(rename = "pd", default, skip_serializing_if = "Option::is_none")]
    previous: Option<(Digest, i64)>,
    /// Whom it speaks for.
    #[serde(rename = "sub")]
    subject: Subject,
    #[serde(rename = "st")]
    state: TokenState,
    #[serde(rename = "nbf", default, skip_serializing_if = "Option::is_none")]
    not_before: Option<i64>,
    #[serde(rename = "exp", default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
    /// What it may do; in a snapshot the number of a policy that came before.
    #[serde(rename = "p")]
    pub policy: ToldPolicy,
}

/// A policy, or the number of one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ToldPolicy {
    /// The number that it came under.
    Number(u32),
    /// The policy itself.
    Whole(Box<Policy>),
}

/// 32 bytes as text.
#[derive(Clone, Copy, Debug)]
struct Digest(TokenDigest);

/// One line of a snapshot.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// The first: everything that follows is at least as new as this place, and about so many tokens follow at most.
    Start {
        /// The place.
        revision: Revision,
        /// How many tokens the organisation has.
        tokens: u64,
    },
    /// From here on this number stands for this policy.
    Policy {
        /// The number, from 0 to one less than [`POLICY_SLOTS`].
        number: u32,
        /// The policy.
        policy: Box<Policy>,
    },
    /// A token.
    Token(ToldToken),
    /// Tokens that are there as well, but not sent.
    Ids(Vec<TokenId>),
    /// The last: nothing is missing.
    End {
        /// How many tokens were sent or named.
        tokens: u64,
    },
}

/// Policies of a snapshot that have a number at once.
pub const POLICY_SLOTS: u32 = 16_384;

/// The policies that numbers stand for, as they are read.
#[derive(Debug, Default)]
pub struct PolicySlots(Vec<Arc<Policy>>);

impl PolicySlots {
    /// From here on a number stands for a policy; `false` where it is not its turn.
    pub fn set(&mut self, number: u32, policy: Policy) -> bool {
        let (at, policy) = (number as usize, Arc::new(policy));
        if at == self.0.len() && number < POLICY_SLOTS {
            self.0.push(policy);
            return true;
        }
        self.0.get_mut(at).map(|slot| *slot = policy).is_some()
    }
    /// The record of a token, with the policy that its number stands for or that it brought; `None` where there is none.
    pub fn record(&self, token: ToldToken) -> Option<TokenRecord> {
        match token.policy {
            ToldPolicy::Number(number) => self.0.get(number as usize).cloned().map(|policy| token.into_record(policy)),
            ToldPolicy::Whole(_) => token.whole(),
        }
    }
}

/// Tokens that a gate asks for.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordsRequest {
    /// Which: `{id, below?}`.
    #[schema(min_items = 1, max_items = 100)]
    pub tokens: Vec<WantedToken>,
}

/// One token that a gate asks for.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedToken {
    /// The token.
    #[schema(value_type = String, min_length = 12, max_length = 12)]
    pub id: TokenId,
    /// A token that hangs on it and is for one of the gate's APIs, where this one is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, min_length = 12, max_length = 12)]
    pub below: Option<TokenId>,
}

/// Tokens that a gate asked for. What is not among them is nothing that the gate may know.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Records {
    /// The answer is at least as new as this place.
    pub as_of: Revision,
    /// The tokens.
    pub tokens: Vec<ToldToken>,
}

impl ToldToken {
    /// A token whose holder may come to the gate.
    pub fn of(record: &TokenRecord, policy: ToldPolicy) -> Self {
        let digest = Some(record.secrets.current).filter(|digest| *digest != NOBODYS).map(Digest);
        let previous = record.secrets.previous.map(|(digest, until)| (Digest(digest), until.as_micros()));
        Self {
            id: record.id,
            digest,
            previous,
            subject: record.subject.clone(),
            state: record.state,
            not_before: record.not_before.map(Timestamp::as_micros),
            expires_at: record.expires_at.map(Timestamp::as_micros),
            policy,
        }
    }
    /// A token that others hang on: nobody can present it at a gate that knows this of it.
    pub fn above(record: &TokenRecord, policy: ToldPolicy) -> Self {
        Self { digest: None, previous: None, ..Self::of(record, policy) }
    }
    /// The record, with its policy.
    pub fn into_record(self, policy: Arc<Policy>) -> TokenRecord {
        TokenRecord {
            id: self.id,
            secrets: Secrets {
                current: self.digest.map_or(NOBODYS, |digest| digest.0),
                previous: self.previous.map(|(digest, until)| (digest.0, Timestamp::from_micros(until))),
            },
            subject: self.subject,
            state: self.state,
            not_before: self.not_before.map(Timestamp::from_micros),
            expires_at: self.expires_at.map(Timestamp::from_micros),
            policy,
        }
    }
    /// The record of a token that came with its policy; `None` where it came with a number.
    pub fn whole(self) -> Option<TokenRecord> {
        match &self.policy {
            ToldPolicy::Whole(policy) => {
                let policy = Arc::new(Policy::clone(policy));
                Some(self.into_record(policy))
            }
            ToldPolicy::Number(_) => None,
        }
    }
}

impl ToldPolicy {
    /// That of a record.
    pub fn whole(record: &TokenRecord) -> Self {
        Self::Whole(Box::new(Policy::clone(&record.policy)))
    }
}

/// The digest of nothing that can be presented.
const NOBODYS: TokenDigest = TokenDigest::from_bytes([0; 32]);

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(self.0.as_bytes()))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let bytes = URL_SAFE_NO_PAD.decode(text.as_bytes()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes.map(|bytes| Self(TokenDigest::from_bytes(bytes))).ok_or_else(|| serde::de::Error::custom("is no digest"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_core::{
        allowance::Allowances,
        kind::{TokenFormat, TokenKind},
        network::Networks,
        scope::ScopeSet,
        timestamp::Span,
    };

    fn record() -> TokenRecord {
        let now = Timestamp::from_seconds(1_800_000_000);
        let policy = Policy {
            organisation: OrganisationId::from_random([1; 16]),
            project: None,
            kind: TokenKind::Pat,
            format: TokenFormat::Opaque,
            client_id: Some("client".into()),
            parent: Some(TokenId::from_random([3; 16])),
            binding: None,
            exchanged: true,
            signed_by: None,
            authentication: None,
            audiences: vec![Audience::parse("https://api.example.com").expect("audience")],
            scopes: ScopeSet::parse_list(&["orders:read"]).expect("scopes"),
            networks: Networks::default(),
            routes: Vec::new(),
            allowances: Allowances::default(),
        };
        TokenRecord {
            id: TokenId::from_random([2; 16]),
            secrets: Secrets { current: TokenDigest::from_bytes([7; 32]), previous: Some((TokenDigest::from_bytes([8; 32]), now)) },
            subject: Subject::parse("usr_0123456789ab").expect("subject"),
            state: TokenState::Suspended,
            not_before: Some(now),
            expires_at: Some(now.plus(Span::from_days(1))),
            policy: Arc::new(policy),
        }
    }

    #[test]
    fn what_is_told_comes_back() {
        let record = record();
        let told = ToldToken::of(&record, ToldPolicy::whole(&record));
        let text = serde_json::to_string(&told).expect("written");
        let read: ToldToken = serde_json::from_str(&text).expect("read");
        assert_eq!(read.whole(), Some(record.clone()));
        let numbered = Line::Token(ToldToken::of(&record, ToldPolicy::Number(5)));
        let text = serde_json::to_string(&numbered).expect("written");
        let Line::Token(read) = serde_json::from_str(&text).expect("read") else { panic!("another line: {text}") };
        assert!(matches!(read.policy, ToldPolicy::Number(5)));
        assert_eq!(read.into_record(Arc::clone(&record.policy)), record);
    }

    #[test]
    fn nobody_can_present_what_others_hang_on() {
        let record = record();
        let told = ToldToken::above(&record, ToldPolicy::whole(&record));
        let text = serde_json::to_string(&told).expect("written");
        assert!(!text.contains("\"d\"") && !text.contains("\"pd\""), "{text}");
        let read = serde_json::from_str::<ToldToken>(&text).expect("read").whole().expect("whole");
        assert_eq!(read.secrets, Secrets { current: NOBODYS, previous: None });
        assert_eq!(read.state, record.state);
    }

    #[test]
    fn a_digest_of_another_length_is_none() {
        let id = TokenId::from_random([2; 16]);
        let line = format!("{{\"token\":{{\"id\":\"{id}\",\"d\":\"AAAA\",\"sub\":\"a\",\"st\":\"active\",\"p\":0}}}}");
        assert!(serde_json::from_str::<Line>(&line).is_err());
    }
}
