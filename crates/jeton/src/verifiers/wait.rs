//! How long an answer waits for the verifiers: `true` for the usual time, or a number of seconds. Bounded.

use jeton_core::limits;
use serde::{Deserialize, Deserializer, de};
use std::{fmt, time::Duration};
use utoipa::openapi::{
    RefOr, Schema,
    schema::{ObjectBuilder, OneOfBuilder, Type},
};

/// Whether, and how long, to wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wait(Option<Duration>);

impl Wait {
    /// The longest time to wait; `None` where nobody wants to.
    pub const fn at_most(self) -> Option<Duration> {
        self.0
    }
}

impl<'de> Deserialize<'de> for Wait {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl de::Visitor<'_> for Read {
            type Value = Wait;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "`true`, or 1 to {} seconds", limits::REVOCATION_WAIT_MAX.as_seconds_up())
            }
            fn visit_bool<E: de::Error>(self, wanted: bool) -> Result<Wait, E> {
                Ok(Wait(wanted.then(|| limits::REVOCATION_WAIT_DEFAULT.into())))
            }
            fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Wait, E> {
                let most: Duration = limits::REVOCATION_WAIT_MAX.into();
                let wanted = Duration::from_secs(seconds);
                if wanted.is_zero() || wanted > most {
                    return Err(E::invalid_value(de::Unexpected::Unsigned(seconds), &self));
                }
                Ok(Wait(Some(wanted)))
            }
        }
        deserializer.deserialize_any(Read)
    }
}

impl utoipa::PartialSchema for Wait {
    fn schema() -> RefOr<Schema> {
        let seconds =
            ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(limits::REVOCATION_WAIT_MAX.as_seconds_up()));
        let words = "`true` for the usual time, or how many seconds to wait for the verifiers at most";
        OneOfBuilder::new().item(ObjectBuilder::new().schema_type(Type::Boolean)).item(seconds).description(Some(words)).into()
    }
}

impl utoipa::ToSchema for Wait {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_a_flag_or_bounded_seconds() {
        let read = |text: &str| serde_json::from_str::<Wait>(text);
        assert_eq!(read("false").expect("a flag").at_most(), None);
        assert_eq!(read("true").expect("a flag").at_most(), Some(limits::REVOCATION_WAIT_DEFAULT.into()));
        assert_eq!(read("7").expect("seconds").at_most(), Some(Duration::from_secs(7)));
        for bad in ["0", "31", "-1", "1.5", "\"5\"", "null", "18446744073709551615"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
