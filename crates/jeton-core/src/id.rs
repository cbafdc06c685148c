//! Typed ids. Each kind of thing has its own type, so that one id cannot stand for another.
//!
//! Ids are public: they are printed, logged and named in commands. They are made from randomness that the caller brings.

use crate::{base62, timestamp::Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Digits of every id after its prefix.
pub const ID_DIGITS: usize = 12;

/// An id that is not of the expected form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be `{prefix}` followed by 12 letters or digits")]
pub struct BadId {
    /// The prefix that this kind of id has; empty for token ids.
    pub prefix: &'static str,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; ID_DIGITS]);

        impl $name {
            /// What stands in front of the digits.
            pub const PREFIX: &'static str = $prefix;

            /// From 128 random bits.
            pub fn from_random(random: [u8; 16]) -> Self {
                Self(base62::encode::<ID_DIGITS>(&random))
            }
            /// Reads the id's text form.
            pub fn parse(text: &str) -> Result<Self, BadId> {
                let digits = text.strip_prefix($prefix).ok_or(BadId { prefix: $prefix })?;
                let digits: [u8; ID_DIGITS] = digits.as_bytes().try_into().map_err(|_| BadId { prefix: $prefix })?;
                if base62::is_base62(&digits) { Ok(Self(digits)) } else { Err(BadId { prefix: $prefix }) }
            }
            /// The twelve digits without the prefix.
            pub fn digits(&self) -> &str {
                std::str::from_utf8(&self.0).unwrap_or_default()
            }
            /// The twelve digits as bytes.
            pub const fn as_bytes(&self) -> &[u8; ID_DIGITS] {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($prefix)?;
                f.write_str(self.digits())
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                Self::parse(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(
    /// Names a token in lists, logs and commands: the twelve digits that stand in the token's own text. A JWT's `jti` is one.
    TokenId, ""
);
id!(
    /// An organisation: the wall that no list and no look-up crosses.
    OrganisationId, "org_"
);
id!(
    /// A project of an organisation.
    ProjectId, "prj_"
);
id!(
    /// A person's account.
    UserId, "usr_"
);
id!(
    /// A resource server, which the dashboard calls an API.
    ApiId, "api_"
);
id!(
    /// A registered OAuth client, which the dashboard calls an app. Its digits are those of its anchor among the tokens.
    ClientId, "app_"
);
id!(
    /// A signed-in person at one browser.
    SessionId, "ses_"
);
id!(
    /// A passkey of a person.
    PasskeyId, "pky_"
);
id!(
    /// A link that is good for once: an invitation, another password, an address to verify.
    LinkId, "lnk_"
);
id!(
    /// One decision of a gate, printed with each refusal and asked about with `token explain`.
    DecisionId, "dec_"
);
id!(
    /// One request to a server of Jeton's, printed in its log lines and answers.
    RequestId, "req_"
);

/// Digits of a token's id that count time.
const CLOCK_DIGITS: usize = 5;
/// As many milliseconds as those digits can count, ten days and a half: then they begin again.
const CLOCK_PERIOD: i64 = 62i64.pow(CLOCK_DIGITS as u32);

impl TokenId {
    /// Of a token that is issued at this instant. Five digits count milliseconds, seven are random: tokens that are issued together
    /// lie together in every index of a store, so that a commit writes few pages. Says nothing of the secret.
    pub fn issued_at(at: Timestamp, random: [u8; 16]) -> Self {
        let millisecond = at.as_micros().div_euclid(1000).rem_euclid(CLOCK_PERIOD).unsigned_abs();
        let mut digits = [0; ID_DIGITS];
        let (clock, rest) = digits.split_at_mut(CLOCK_DIGITS);
        clock.copy_from_slice(&base62::encode::<CLOCK_DIGITS>(&millisecond.to_be_bytes()));
        rest.copy_from_slice(&base62::encode::<{ ID_DIGITS - CLOCK_DIGITS }>(&random));
        Self(digits)
    }
}

impl ClientId {
    /// The client's anchor: the token row that its secret lies in and that all of its tokens descend from.
    pub const fn anchor(self) -> TokenId {
        TokenId(self.0)
    }
    /// The client whose anchor this is.
    pub const fn of_anchor(anchor: TokenId) -> Self {
        Self(anchor.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_tokens_issued_one_after_the_other_are_in_order() {
        let at = |millisecond: i64| Timestamp::from_micros((1959 * CLOCK_PERIOD + millisecond) * 1000);
        let id = |millisecond, random| TokenId::issued_at(at(millisecond), [random; 16]);
        for (earlier, later) in [(1, 2), (61, 62), (3_843, 3_844), (238_327, 238_328)] {
            assert!(id(earlier, 255) < id(later, 0), "{earlier}");
        }
        assert_ne!(id(1, 1), id(1, 2), "the rest is chance");
        assert_eq!(id(1, 1).digits().len(), ID_DIGITS);
        assert_eq!(TokenId::parse(id(1, 1).digits()), Ok(id(1, 1)));
        assert_eq!(id(7, 9), id(7 + CLOCK_PERIOD, 9), "it begins again");
        let before_1970 = TokenId::issued_at(Timestamp::from_micros(-1), [0; 16]);
        assert_eq!(before_1970.digits(), "zzzzz0000000");
    }

    #[test]
    fn ids_print_and_parse() {
        let id = ProjectId::from_random([7; 16]);
        assert_eq!(ProjectId::parse(&id.to_string()), Ok(id));
        assert_eq!(id.to_string().len(), 16);
        assert!(UserId::parse(&id.to_string()).is_err());
        assert!(TokenId::parse("short").is_err());
        assert!(TokenId::parse("0123456789é").is_err());
    }
}
